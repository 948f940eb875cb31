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
  return formatterFor(timeZone).format(instant) as Day
}

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
    formatters.set(timeZone, formatter)
  }
  return formatter
}
