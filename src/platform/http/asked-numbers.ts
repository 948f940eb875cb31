/** Ids and whole numbers as requests carry them: decimal digits and nothing else, one schema for all contracts. */
import { z } from 'zod'

const MOST_ID = 2_147_483_647
const DIGITS = 'Give decimal digits only.'

/** Digits of a path or query, as a number from `least` to `most`. `0x1`, `1e0`, `+1` and blanks are no digits. */
export const wholeText = (least: number, most: number) =>
  z
    .string(DIGITS)
    .regex(/^\d{1,16}$/, DIGITS)
    .transform(Number)
    .pipe(z.int().min(least).max(most))
    .meta({ type: 'integer', minimum: least, maximum: most, pattern: undefined })

/** An id in a path or query. */
export const idText = wholeText(1, MOST_ID)

/** An id in a JSON body. */
const idNumber = z.int('Give a whole number.').min(1).max(MOST_ID)

/** An id in a body that may be JSON or a form: a whole number, or its digits. */
export const idEitherWay = z
  .union([idNumber, idText], 'Give the id in decimal digits.')
  .meta({ type: 'integer', minimum: 1, maximum: MOST_ID, anyOf: undefined })

/** How many rows a page has. */
export const pageLimit = (most: number, usual: number) => wholeText(1, most).default(usual)

/** The id after which a page begins; 0, which is no id, for the first page. */
export const idOrNone = wholeText(0, MOST_ID)

const WRONG_CURSOR = 'Send the cursor that the page before gave.'

/** A cursor of two numbers, `12:345`: what the list is ordered by, within its bounds, and the id of the last row. */
export const cursorText = (least: number, most: number) =>
  z
    .string(WRONG_CURSOR)
    .regex(/^\d{1,16}:\d{1,10}$/, WRONG_CURSOR)
    .transform((text) => text.split(':').map(Number))
    .pipe(z.tuple([z.int(WRONG_CURSOR).min(least, WRONG_CURSOR).max(most, WRONG_CURSOR), idNumber]))
