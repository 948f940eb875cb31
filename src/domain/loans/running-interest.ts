/** Interest of a period on the principal that was really owed, and on what is planned from the day of reckoning on. */
import { type Day, toNumber } from '#domain/day.ts'
import { min } from '#domain/money.ts'
import type { Agreement } from '#domain/loans/agreement.ts'
import type { Bearing } from '#domain/loans/interest.ts'

export interface RecalculationRule {
  /** Daily: a payment counts from its day. Per instalment: from the end of the period it falls in. */
  readonly rest: 'daily' | 'perInstalment'
  /** Overdue principal bears interest until it is paid, but never past the last due day. */
  readonly overdueBearsInterest: boolean
}

/** A payment of principal on instalments; negative where money was handed back. */
export interface PrincipalPaid {
  readonly day: Day
  readonly amount: bigint
}

/** How much principal had been paid by the end of a day. */
export interface PaidByDay {
  readonly days: readonly number[]
  readonly totals: readonly bigint[]
}

export function paidByDay(payments: readonly PrincipalPaid[]): PaidByDay {
  const byDay = new Map<number, bigint>()
  for (const { day, amount } of payments) {
    const on = toNumber(day)
    byDay.set(on, (byDay.get(on) ?? 0n) + amount)
  }
  const days = [...byDay.keys()].sort((a, b) => a - b)
  let total = 0n
  return { days, totals: days.map((on) => (total += byDay.get(on)!)) }
}

function totalBy({ days, totals }: PaidByDay, day: number): bigint {
  const after = firstAfter(days, day)
  return after === 0 ? 0n : totals[after - 1]!
}

/** Where in ascending days the first one after a day stands. */
function firstAfter(days: readonly number[], day: number): number {
  let low = 0
  let high = days.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (days[middle]! <= day) low = middle + 1
    else high = middle
  }
  return low
}

export interface Running {
  readonly agreement: Agreement
  readonly rule: RecalculationRule
  readonly paid: PaidByDay
  /** The day of reckoning. */
  readonly day: number
  /** Interest counts only until the day of reckoning. */
  readonly settling: boolean
}

export interface PeriodBalance {
  readonly k: number
  /** Everything lent before the period. */
  readonly lentBefore: bigint
  /** What is owed before the period's disbursements when everything due until then has been paid. */
  readonly owed: bigint
  /** Principal already paid on this instalment and those behind it. */
  readonly ahead: bigint
}

/** Interest of the k-th period, rounded once. */
export function runningInterest(run: Running, place: PeriodBalance): bigint {
  const { interest, periods } = run.agreement.book
  const { from, due } = periods[place.k]!
  if (run.settling && run.day <= from) return 0n
  const end = run.settling && run.rule.rest === 'daily' ? Math.min(run.day, due) : due
  const bearings = bearingsOf(run, place, end)
  if (bearings.length === 1 && end === due) return interest.whole(place.k, bearings[0]!.balance)
  return interest.inParts(place.k, bearings)
}

/** The balances from one change to the next, from the start of the period to its end. */
function bearingsOf(run: Running, place: PeriodBalance, end: number): Bearing[] {
  const { from } = run.agreement.book.periods[place.k]!
  const lending = lendingIn(run.agreement, place.k)
  const payments = run.rule.rest === 'daily' ? paymentsBetween(run.paid.days, from, end) : []
  const now = nowIn(run, place.k)
  if (lending.length === 0 && payments.length === 0 && (now <= from || now >= end)) {
    return [{ balance: balanceOn(run, place, from), from, to: end }]
  }
  const changes = [from, now, ...lending.map((t) => t.day), ...payments, end]
  const days = [...new Set(changes)].filter((day) => day >= from && day <= end).sort((a, b) => a - b)
  return days.slice(0, -1).map((day, at) => {
    const lent = lending.reduce((total, t) => (t.day <= day ? total + t.amount : total), 0n)
    return { balance: balanceOn(run, place, day) + lent, from: day, to: days[at + 1]! }
  })
}

/** Days of payments after one day and before another. */
function paymentsBetween(days: readonly number[], from: number, end: number): readonly number[] {
  const first = firstAfter(days, from)
  const last = firstAfter(days, end - 1)
  return first < last ? days.slice(first, last) : []
}

/** The day of reckoning as this period sees it: it may be over, not begun, or count as a whole. */
function nowIn({ agreement, rule, day }: Running, k: number): number {
  const { from, due } = agreement.book.periods[k]!
  if (day <= from) return from
  return rule.rest === 'daily' ? Math.min(day, due) : due
}

/**
 * Until now the principal really owed (or the planned, if that is less and overdue principal bears no interest); from
 * now on the planned, less what has been paid ahead.
 */
function balanceOn(run: Running, { k, lentBefore, owed, ahead }: PeriodBalance, day: number): bigint {
  if (day >= nowIn(run, k)) return owed - ahead
  const counted = run.rule.rest === 'daily' ? day : run.agreement.book.periods[k]!.from
  const actual = lentBefore - totalBy(run.paid, counted)
  return run.rule.overdueBearsInterest ? actual : min(actual, owed)
}

/** Disbursements of the period by the day from which they bear interest. */
function lendingIn({ book: { terms, tranches, periods } }: Agreement, k: number) {
  const { from, due } = periods[k]!
  const wholePeriods = terms.interestPeriod === 'perInstalment' && !terms.partialPeriodInterest
  const own = tranches.filter((t) => t.period === k)
  return own.map((t) => ({
    day: wholePeriods || t.day <= from ? from : Math.min(t.day, due),
    amount: t.amount - t.downPayment,
  }))
}
