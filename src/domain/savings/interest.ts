/**
 * Interest on daily balances. What a day earns is kept exactly, in parts of a minor unit, and rounded once: when it is
 * paid. What the rounding left over, or lent, is carried into the next period, so nothing is lost or invented.
 */
import { addDays, type Day, daysInMonth, daysInYear, dayOfMonthOf, monthOf, yearOf } from '#domain/day.ts'
import { divide, type Rounding } from '#domain/money.ts'
import { type Rate, UNITS_A_WHOLE } from '#domain/rate.ts'

export const DAY_COUNTS = ['actual/365', 'actual/360', 'actual/364', 'actual/actual', '30/360'] as const
/** How many days a day counts, over how many a year has. 30/360: every month has thirty, the 31st counts nothing. */
type DayCount = (typeof DAY_COUNTS)[number]

export const PAID = ['daily', 'monthly', 'quarterly', 'yearly'] as const
/** When interest is added to the balance: at the end of the calendar day, month, quarter or year. */
export type Paid = (typeof PAID)[number]

export interface InterestTerms {
  /** A year's. */
  readonly rate: Rate
  readonly dayCount: DayCount
  /** How a payment becomes whole minor units. */
  readonly rounding: Rounding
  readonly paid: Paid
  /** A day that ends with less earns nothing. */
  readonly from: bigint
}

/** Divisible by every number of days that a year may have (360, 364, 365, 366). */
const YEAR_PARTS = 145_880_280n
/** So many parts are one minor unit. */
export const PARTS_A_MINOR = UNITS_A_WHOLE * YEAR_PARTS

/** What a balance at the end of a day earns until the end of the next, in parts of a minor unit: exact. */
export function earnedOn(day: Day, balance: bigint, terms: InterestTerms): bigint {
  if (balance <= 0n || balance < terms.from) return 0n
  const { days, year } = counted(day, terms.dayCount)
  return balance * terms.rate * BigInt(days) * (YEAR_PARTS / BigInt(year))
}

function counted(day: Day, dayCount: DayCount): { days: number; year: number } {
  if (dayCount === 'actual/actual') return { days: 1, year: daysInYear(yearOf(day)) }
  if (dayCount === '30/360') return { days: daysOfThirty(day), year: 360 }
  return { days: 1, year: Number(dayCount.slice('actual/'.length)) }
}

/** From a day to the next where every month has thirty days: 30 January to the 31st is none, 28 February to 1 March three. */
function daysOfThirty(day: Day): number {
  const next = addDays(day, 1)
  const months = (yearOf(next) - yearOf(day)) * 12 + monthOf(next) - monthOf(day)
  return months * 30 + Math.min(dayOfMonthOf(next), 30) - Math.min(dayOfMonthOf(day), 30)
}

/** Whether interest is paid at the end of the day. */
export function endsPeriod(day: Day, paid: Paid): boolean {
  if (paid === 'daily') return true
  const month = monthOf(day)
  if (dayOfMonthOf(day) !== daysInMonth(yearOf(day), month)) return false
  return paid === 'monthly' || (paid === 'quarterly' ? month % 3 === 0 : month === 12)
}

/** Parts as whole minor units under the named rounding. */
export const wholeOf = (parts: bigint, rounding: Rounding): bigint => divide(parts, PARTS_A_MINOR, rounding)

export interface Accruing {
  /** Earned and not yet paid, in parts. */
  readonly accrued: bigint
  /** The last day that is in it. */
  readonly until: Day
  /** The balance at the end of that day. */
  readonly balance: bigint
  /** What moved it since, by day; the order does not matter. */
  readonly movements: readonly { readonly day: Day; readonly amount: bigint }[]
}

export interface Accrued {
  readonly accrued: bigint
  /** Interest to be added to the balance, on the day after the one that ended its period; earning from then on. */
  readonly payments: readonly { readonly day: Day; readonly amount: bigint }[]
}

/** Accrues day by day through a day; what falls due for payment on the way is paid and bears interest itself. */
export function accrue(state: Accruing, terms: InterestTerms, through: Day): Accrued {
  const moved = new Map<Day, bigint>()
  for (const { day, amount } of state.movements) moved.set(day, (moved.get(day) ?? 0n) + amount)
  const payments: { day: Day; amount: bigint }[] = []
  let { accrued, balance } = state
  for (let day = addDays(state.until, 1); day <= through; day = addDays(day, 1)) {
    balance += moved.get(day) ?? 0n
    accrued += earnedOn(day, balance, terms)
    const amount = endsPeriod(day, terms.paid) ? wholeOf(accrued, terms.rounding) : 0n
    if (amount <= 0n) continue
    payments.push({ day: addDays(day, 1), amount })
    accrued -= amount * PARTS_A_MINOR
    balance += amount
  }
  return { accrued, payments }
}
