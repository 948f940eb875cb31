/** Business days: `YYYY-MM-DD` without time or zone. A due date is a Day, never an instant. */

export type Day = string & { readonly __day: unique symbol }

const FORM = /^(\d{4})-(\d{2})-(\d{2})$/
const MS_A_DAY = 86_400_000

/** The text as a Day, or null when it names no day of the calendar ("2025-02-30"). */
export function parseDay(text: string): Day | null {
  if (!FORM.test(text)) return null
  const day = text as Day
  return fromNumber(toNumber(day)) === text ? day : null
}

/** A Day known to be well formed; throws on a programmer's mistake. */
export function day(text: string): Day {
  const parsed = parseDay(text)
  if (!parsed) throw new Error(`not a day: ${text}`)
  return parsed
}

/** Days since 1970-01-01. */
export function toNumber(d: Day): number {
  return Date.UTC(Number(d.slice(0, 4)), Number(d.slice(5, 7)) - 1, Number(d.slice(8, 10))) / MS_A_DAY
}

export function fromNumber(n: number): Day {
  return new Date(n * MS_A_DAY).toISOString().slice(0, 10) as Day
}

export const addDays = (d: Day, n: number): Day => fromNumber(toNumber(d) + n)

/** Calendar days from a to b (negative when b is earlier). */
export const daysBetween = (a: Day, b: Day): number => toNumber(b) - toNumber(a)

/** n months on, clamped to the last day of a short month: 31 Jan + 1 → 28 or 29 Feb. */
export function addMonths(d: Day, n: number): Day {
  const months = Number(d.slice(0, 4)) * 12 + Number(d.slice(5, 7)) - 1 + n
  const year = Math.trunc(months / 12)
  const month = (months % 12) + 1
  return make(year, month, Math.min(Number(d.slice(8, 10)), daysInMonth(year, month)))
}

export function make(year: number, month: number, dayOfMonth: number): Day {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(dayOfMonth).padStart(2, '0')}` as Day
}

export const isLeapYear = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

export const daysInYear = (year: number): number => (isLeapYear(year) ? 366 : 365)

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

export const yearOf = (d: Day): number => Number(d.slice(0, 4))
export const monthOf = (d: Day): number => Number(d.slice(5, 7))
export const dayOfMonthOf = (d: Day): number => Number(d.slice(8, 10))

/** 1 = Monday … 7 = Sunday (ISO 8601). */
export const weekdayOf = (d: Day): number => ((((toNumber(d) + 3) % 7) + 7) % 7) + 1

/** The calendar day that it is in a time zone at an instant: an organisation's "today". */
export function dayIn(timeZone: string, instant: Date): Day {
  const quarter = Math.trunc(instant.getTime() / QUARTER_HOUR)
  const last = lastAsked.get(timeZone)
  if (last?.quarter === quarter) return last.day
  const day = formatterFor(timeZone).format(instant) as Day
  if (quarter > QUARTERS_SINCE_1972) lastAsked.set(timeZone, { quarter, day })
  return day
}

/** Since 1972 every zone keeps whole quarters of an hour from UTC, so within one the day is the same: asked at each request. */
const QUARTER_HOUR = 900_000
const QUARTERS_SINCE_1972 = Date.UTC(1973) / QUARTER_HOUR
const lastAsked = new Map<string, { readonly quarter: number; readonly day: Day }>()

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
    formatters.set(timeZone, formatter)
  }
  return formatter
}

/** A date in parts, for reckoning many due days without texts. */
export interface DateParts {
  readonly year: number
  readonly month: number
  readonly dayOfMonth: number
}

const DAYS_IN_400_YEARS = 146_097
/** Days from 1 March of the year 0 to 1970-01-01: a year that begins in March has its leap day at the end. */
const TO_EPOCH = 719_468

/** Days since 1970-01-01 of a date of the calendar (years from 1 on). */
export function numberOf({ year, month, dayOfMonth }: DateParts): number {
  const y = month > 2 ? year : year - 1
  const sinceMarch = month > 2 ? month - 3 : month + 9
  const leapDays = Math.trunc(y / 4) - Math.trunc(y / 100) + Math.trunc(y / 400)
  return y * 365 + leapDays + Math.trunc((153 * sinceMarch + 2) / 5) + dayOfMonth - 1 - TO_EPOCH
}

/** The reverse of `numberOf`. */
export function partsOf(n: number): DateParts {
  const z = n + TO_EPOCH
  const era = Math.trunc(z / DAYS_IN_400_YEARS)
  const inEra = z - era * DAYS_IN_400_YEARS
  const leapDays = Math.trunc(inEra / 1460) - Math.trunc(inEra / 36_524) + Math.trunc(inEra / 146_096)
  const yearOfEra = Math.trunc((inEra - leapDays) / 365)
  const inYear = inEra - (365 * yearOfEra + Math.trunc(yearOfEra / 4) - Math.trunc(yearOfEra / 100))
  const sinceMarch = Math.trunc((5 * inYear + 2) / 153)
  const month = sinceMarch < 10 ? sinceMarch + 3 : sinceMarch - 9
  const dayOfMonth = inYear - Math.trunc((153 * sinceMarch + 2) / 5) + 1
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfMonth }
}

const texts = new Map<number, Day>()

/** As `fromNumber`, remembering the text: due days of many loans fall on the same few thousand days. */
export function dayOfNumber(n: number): Day {
  let text = texts.get(n)
  if (!text) {
    const { year, month, dayOfMonth } = partsOf(n)
    text = make(year, month, dayOfMonth)
    if (texts.size < 100_000) texts.set(n, text)
  }
  return text
}
