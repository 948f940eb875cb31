/** The interest periods of a loan and the disbursements that fall into them. */
import { toNumber } from '#domain/day.ts'
import { type DayNumber, dueDays, regularFirstLength } from '#domain/loans/due-days.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import { divide, min, roundToMultiple } from '#domain/money.ts'
import { percentOf } from '#domain/rate.ts'

export interface Period {
  readonly from: DayNumber
  readonly due: DayNumber
  readonly days: number
  /** Days that a period of the agreed length has: other than `days` only in an odd first or last period. */
  readonly regularDays: number
}

export interface Tranche {
  readonly day: DayNumber
  readonly amount: bigint
  /** Of the amount, what is due back at once. */
  readonly downPayment: bigint
  /** The period it falls into: 0 for the first. */
  readonly period: number
}

/** From the start to the first due day, and from due day to due day. */
export function periodsOf(terms: LoanTerms): Period[] {
  let from = toNumber(terms.startDay)
  const periods = dueDays(terms).map((due) => {
    const days = due - from
    const period = { from, due, days, regularDays: days }
    from = due
    return period
  })
  return markOdd(periods, terms)
}

/** A first period before an agreed first due day, or before the first of two days of a month; a last one cut or stretched. */
function markOdd(periods: Period[], terms: LoanTerms): Period[] {
  const first = periods[0]!
  if (terms.firstDueDay !== null || terms.frequency === 'twiceMonthly') {
    periods[0] = { ...first, regularDays: regularFirstLength(first.due, terms) }
  }
  if (terms.fixedLength !== null) {
    const last = periods.at(-1)!
    const regularDue = dueDays({ ...terms, fixedLength: null }).at(-1)!
    periods[periods.length - 1] = { ...last, regularDays: regularDue - last.from }
  }
  return periods
}

/**
 * The disbursements with their down payments and periods. A disbursement on a due day belongs to the period that begins
 * there (progressive) or to the one that ends there (cumulative); one outside the term to the nearest period.
 */
export function tranchesOf(terms: LoanTerms, periods: readonly Period[]): Tranche[] {
  return terms.disbursements.map(({ day, amount }) => {
    const number = toNumber(day)
    return { day: number, amount, downPayment: downPaymentOf(amount, terms), period: periodOf(number, terms, periods) }
  })
}

/** Percent of the disbursement, rounded to the minor unit and then to the instalments' multiple. */
function downPaymentOf(amount: bigint, terms: LoanTerms): bigint {
  if (terms.downPayment === null) return 0n
  return min(toMultiple(percentOf(amount, terms.downPayment, terms.rounding), terms), amount)
}

function periodOf(day: DayNumber, terms: LoanTerms, periods: readonly Period[]): number {
  if (day <= periods[0]!.from) return 0
  const belongs = terms.engine === 'progressive' ? (p: Period) => day < p.due : (p: Period) => day <= p.due
  const found = periods.findIndex(belongs)
  return found < 0 ? periods.length - 1 : found
}

/** An instalment as a whole multiple of what the product rounds to. */
export function toMultiple(amount: bigint, terms: LoanTerms): bigint {
  return terms.multiple === null ? amount : roundToMultiple(amount, terms.multiple, terms.multipleRounding)
}

/** An exact quotient as money: to the minor unit, then to the product's multiple. */
export function instalmentOf(numerator: bigint, denominator: bigint, terms: LoanTerms): bigint {
  return toMultiple(divide(numerator, denominator, terms.rounding), terms)
}
