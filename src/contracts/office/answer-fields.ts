/** What office answers are made of, each kind in one place, so that clients are typed from it. What is asked for: asked.ts. */
import { z } from 'zod'

/** The id of a resource. */
export const id = z.int().min(1)

/** A day without a time: a business day, a due day, a birthday. */
export const day = z.iso.date().meta({ pattern: undefined, example: '2026-02-15' })

/** A moment, in UTC. */
export const instant = z.iso.datetime().meta({ pattern: undefined, example: '2026-02-15T09:00:00.000Z' })

/** An amount in the currency that the answer names, else the organisation's, with its decimals: "1500.00". */
export const money = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/)
  .meta({ example: '1500.00' })

/** Per cent, as an exact decimal: "12.5". */
export const percent = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/)
  .meta({ example: '12.50' })

/** ISO 4217. */
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .meta({ example: 'KES' })

/** How many there are. */
export const count = z.int().min(0)

/** Who did it: `user:3`, `system` … */
export const actor = z.string().meta({ example: 'user:3' })

/** The cursor of the page after this one, where it is the id of the last row; null on the last page. */
export const next = id.nullable().meta({ description: 'The cursor of the page after this one; null on the last page' })

/** A cursor made of two values; null on the last page. */
export const nextText = z
  .string()
  .nullable()
  .meta({ description: 'The cursor of the page after this one; null on the last page' })
