/** What may stand in a field, and what is said when something else does: one set of rules for JSON bodies and CSV rows. */
import { z } from 'zod'
import { type Day, parseDay } from '#domain/day.ts'
import { idText } from '#platform/http/asked-numbers.ts'

export const REQUIRED = 'This field is required.'
const MOST_ID = 2_147_483_647

type Read<T> = (given: unknown) => { readonly is: T } | { readonly fault: string }

interface Presence {
  readonly required?: boolean
  readonly nullable?: boolean
}

/** A field of a body: absent, null, or read; its fault names it. */
function field<T>(read: Read<T>, { required = false, nullable = !required }: Presence, meta: Record<string, unknown>) {
  return z
    .unknown()
    .optional()
    .transform((given, context): T | null | undefined => {
      if (given === undefined && !required) return undefined
      if (given === null && nullable) return null
      const found =
        given === undefined
          ? { fault: REQUIRED }
          : given === null
            ? { fault: 'This field may not be null.' }
            : read(given)
      if ('is' in found) return found.is
      context.addIssue({ code: 'custom', message: found.fault })
      return z.NEVER
    })
    .meta(meta)
}

/** Trimmed; a number is taken for its digits. */
function textOf(given: unknown): string | null {
  if (typeof given === 'string') return given.trim()
  return typeof given === 'number' ? String(given) : null
}

/** A text that must be there. */
export const requiredText = (most: number) =>
  field<string>(
    (given) => readText(given, most, false),
    { required: true },
    { type: 'string', maxLength: most },
  ) as z.ZodType<string>

/** A text that may be missing; an empty one is none. */
export const optionalText = (most: number) =>
  field<string | null>(
    (given) => {
      const found = readText(given, most, true)
      return 'is' in found ? { is: found.is || null } : found
    },
    {},
    { type: ['string', 'null'], maxLength: most },
  )

function readText(given: unknown, most: number, blank: boolean): ReturnType<Read<string>> {
  const text = textOf(given)
  if (text === null) return { fault: 'Not a valid string.' }
  if (text === '' && !blank) return { fault: 'This field may not be blank.' }
  return text.length > most ? { fault: `Ensure this field has no more than ${most} characters.` } : { is: text }
}

/** Taken as it is, blanks included. */
export const password = field<string>(
  (given) => {
    if (typeof given !== 'string') return { fault: 'Not a valid string.' }
    if (given === '') return { fault: 'This field may not be blank.' }
    return given.length > 200 ? { fault: 'Ensure this field has no more than 200 characters.' } : { is: given }
  },
  { required: true },
  { type: 'string' },
) as z.ZodType<string>

export const email = field<string | null>(
  (given) => {
    const text = textOf(given)
    if (text === '') return { is: null }
    const isAddress = text !== null && text.length <= 254 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)
    return isAddress ? { is: text } : { fault: 'Enter a valid email address.' }
  },
  {},
  { type: ['string', 'null'] },
)

/** One of a closed list. */
export const choice = <T extends string>(list: readonly T[], presence: Presence = {}) =>
  field<T>(
    (given) => {
      const text = textOf(given)
      const shown = typeof given === 'object' ? kindOf(given) : String(given)
      const found = list.find((one) => one === text)
      return found === undefined ? { fault: `"${text ?? shown}" is not a valid choice.` } : { is: found }
    },
    presence,
    { type: 'string', enum: list },
  )

const WRONG_DAY = 'Date has wrong format. Use one of these formats instead: YYYY-MM-DD.'

/** A day, its month and day with or without a zero before them. */
export const day = field<Day>(
  (given) => {
    const parts = typeof given === 'string' ? /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(given.trim()) : null
    const is = parts && parseDay(`${parts[1]}-${parts[2]!.padStart(2, '0')}-${parts[3]!.padStart(2, '0')}`)
    return is && is >= '0100-01-01' ? { is } : { fault: WRONG_DAY }
  },
  {},
  { type: ['string', 'null'], format: 'date' },
)

/** What is said of a number that is nobody's. */
export const noSuch = (id: unknown): string => `Invalid pk "${id}" - object does not exist.`

/** The number of another object. */
export const pk = (presence: Presence = {}) =>
  field<number>(
    (given) => {
      const text = typeof given === 'boolean' ? null : textOf(given)
      if (text === null || !/^-?\d{1,18}$/.test(text))
        return { fault: `Incorrect type. Expected pk value, received ${kindOf(given)}.` }
      const id = Number(text)
      return id >= 1 && id <= MOST_ID ? { is: id } : { fault: noSuch(text) }
    },
    presence,
    { type: ['integer', 'null'] },
  )

const kindOf = (given: unknown): string =>
  typeof given === 'string'
    ? 'str'
    : typeof given === 'boolean'
      ? 'bool'
      : Array.isArray(given)
        ? 'list'
        : typeof given === 'number'
          ? 'float'
          : 'dict'

/** A whole number within bounds. */
export const whole = (least: number, most: number) =>
  field<number>(
    (given) => {
      const text = typeof given === 'boolean' ? null : textOf(given)
      const digits = text === null ? null : /^([+-]?\d{1,9})(?:\.0+)?$/.exec(text)
      if (!digits) return { fault: 'A valid integer is required.' }
      const n = Number(digits[1])
      if (n < least) return { fault: `Ensure this value is greater than or equal to ${least}.` }
      return n > most ? { fault: `Ensure this value is less than or equal to ${most}.` } : { is: n }
    },
    {},
    { type: ['integer', 'null'], minimum: least, maximum: most },
  )

export interface DecimalRule {
  /** All digits together. */
  readonly digits: number
  readonly places: number
  /** Of the value; a positive one is more than nothing. */
  readonly sign: 'positive' | 'not negative'
}

/** An exact decimal, as its text without an exponent: "1e3" is "1000". */
export const decimal = (rule: DecimalRule) =>
  field<string>((given) => readDecimal(given, rule), {}, { type: ['string', 'null'], format: 'decimal' })

function readDecimal(given: unknown, { digits, places, sign }: DecimalRule): ReturnType<Read<string>> {
  const text = typeof given === 'boolean' ? null : textOf(given)
  const plain = text === null ? null : withoutExponent(text)
  if (plain === null) return { fault: 'A valid number is required.' }
  const [whole = '', fraction = ''] = plain.replace('-', '').split('.')
  if (whole.length + fraction.length > digits)
    return { fault: `Ensure that there are no more than ${digits} digits in total.` }
  if (fraction.length > places) return { fault: `Ensure that there are no more than ${places} decimal places.` }
  if (whole.length > digits - places)
    return { fault: `Ensure that there are no more than ${digits - places} digits before the decimal point.` }
  const isNothing = /^[0.]*$/.test(whole + fraction)
  if (sign === 'positive' && (isNothing || plain.startsWith('-')))
    return { fault: 'Ensure this value is greater than 0.' }
  if (plain.startsWith('-') && !isNothing) return { fault: 'Ensure this value is greater than or equal to 0.' }
  return { is: plain.replace('-', '') }
}

/** A plain decimal of what may be written with an exponent; null for anything else. */
function withoutExponent(text: string): string | null {
  const match = /^([+-]?)(\d{0,40})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,2}))?$/.exec(text)
  if (!match || (match[2] === '' && !match[3])) return null
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const shift = Number(exponent)
  const all = whole + fraction
  const point = whole.length + shift
  const padded = point < 0 ? '0'.repeat(-point) + all : all.padEnd(point, '0')
  const at = Math.max(point, 0)
  const head = padded.slice(0, at).replace(/^0+(?=\d)/, '') || '0'
  const tail = exponent === '0' ? fraction : padded.slice(at).replace(/0+$/, '')
  return `${sign === '-' ? '-' : ''}${head}${tail === '' ? '' : `.${tail}`}`
}

/** The number in a path; one that cannot be is no path of ours. */
export const idParam = idText
