/** The walk from period to period: what of each instalment is interest, what is principal, and what is then still owed. */
import { toNumber } from '#domain/day.ts'
import type { DayNumber } from '#domain/loans/due-days.ts'
import type { Bearing, Interest } from '#domain/loans/interest.ts'
import type { Period, Tranche } from '#domain/loans/periods.ts'
import type { LoanTerms, OverdueRecalculation } from '#domain/loans/terms.ts'
import { max, min } from '#domain/money.ts'

/** Everything a schedule is reckoned from, worked out once. */
export interface Book {
  readonly terms: LoanTerms
  readonly periods: readonly Period[]
  readonly tranches: readonly Tranche[]
  readonly interest: Interest
  /** Flat interest of each period, which no balance changes; null for declining. */
  readonly flat: readonly bigint[] | null
}

/** What an instalment aims at: a whole amount of which interest is a part, or an amount of principal beside the interest. */
export interface Target {
  readonly of: 'instalment' | 'principal'
  readonly amount: bigint
}

export interface Line {
  readonly interest: bigint
  readonly principal: bigint
  readonly balanceAfter: bigint
}

/** Where a walk begins: a period, and the balance before the disbursements of that period. */
export interface Start {
  readonly period: number
  readonly balance: bigint
}

export const BEGINNING: Start = { period: 0, balance: 0n }

/** What is paid out in a period and stays owed: disbursements less their down payments. */
export function lentIn(book: Book, period: number): bigint {
  let lent = 0n
  for (const t of book.tranches) if (t.period === period) lent += t.amount - t.downPayment
  return lent
}

/**
 * From the start through every period that has a target. Principal is never negative and never more than is owed;
 * the last instalment is whatever is left. Interest that an instalment cannot hold waits for the next one.
 */
export function amortise(book: Book, start: Start, targets: readonly Target[]): Line[] {
  return walk(book, start, { targets, overdue: null })
}

/** As `amortise` from the beginning, nothing having been paid until a day: overdue principal bears interest beside the plan. */
export function amortiseOverdue(book: Book, targets: readonly Target[], overdue: OverdueRecalculation): Line[] {
  return walk(book, BEGINNING, { targets, overdue })
}

interface Aim {
  readonly targets: readonly Target[]
  readonly overdue: OverdueRecalculation | null
}

function walk(book: Book, start: Start, { targets, overdue }: Aim): Line[] {
  const last = book.periods.length - 1
  const lines: Line[] = []
  let { balance } = start
  let waiting = 0n
  let planned = 0n
  for (let k = start.period; k < targets.length; k++) {
    const bearing = overdue === null ? 0n : planned
    const charged = interestIn(book, k, { balance, overdue: bearing, rule: overdue }) + waiting
    balance += lentIn(book, k)
    const target = targets[k]!
    const held = k < last && target.of === 'instalment' && book.flat === null ? min(charged, target.amount) : charged
    const principal = k === last ? balance : principalOf(target, held, balance)
    waiting = charged - held
    balance -= principal
    planned += principal
    lines.push({ interest: held, principal, balanceAfter: balance })
  }
  return lines
}

function principalOf(target: Target, interest: bigint, balance: bigint): bigint {
  const wanted = target.of === 'principal' ? target.amount : target.amount - interest
  return min(max(wanted, 0n), balance)
}

interface Owed {
  /** At the start of the period, before its disbursements. */
  readonly balance: bigint
  /** Principal of earlier instalments that was not paid. */
  readonly overdue: bigint
  readonly rule: OverdueRecalculation | null
}

function interestIn(book: Book, k: number, owed: Owed): bigint {
  if (book.flat) return book.flat[k]!
  return interestOn(book, k, owed)
}

/** Interest of the k-th period on a balance, on what is disbursed within the period, and on overdue principal. */
export function interestOn(book: Book, k: number, owed: Owed): bigint {
  const inPeriod = book.tranches.filter((t) => t.period === k)
  const fromStart = inPeriod.every((t) => countsFrom(book, k, t) === book.periods[k]!.from)
  const until = overdueUntil(book.periods[k]!, owed)
  if (fromStart && until === null) {
    let balance = owed.balance
    for (const t of inPeriod) balance += t.amount - t.downPayment
    return book.interest.whole(k, balance)
  }
  return book.interest.inParts(k, bearings(book, k, { ...owed, until, inPeriod }))
}

/** A disbursement within a period bears interest from its day; from the period's start where parts of periods do not count. */
function countsFrom({ terms, periods }: Book, k: number, tranche: Tranche): DayNumber {
  const { from, due } = periods[k]!
  if (terms.interestPeriod === 'perInstalment' && !terms.partialPeriodInterest) return from
  return tranche.day <= from ? from : tranche.day > due ? due : tranche.day
}

/** The day in this period until which overdue principal bears interest; null when it bears none. */
function overdueUntil({ from, due }: Period, { overdue, rule }: Owed): DayNumber | null {
  if (rule === null || overdue === 0n) return null
  const asOf = toNumber(rule.asOf)
  if (asOf <= from) return null
  return rule.rest === 'daily' && asOf < due ? asOf : due
}

type Cut = Owed & { readonly until: DayNumber | null; readonly inPeriod: readonly Tranche[] }

/** The balances from one change to the next through the period. */
function bearings(book: Book, k: number, { balance, overdue, until, inPeriod }: Cut): Bearing[] {
  const { from, due } = book.periods[k]!
  const changes = inPeriod.map((t) => ({ day: countsFrom(book, k, t), by: t.amount - t.downPayment }))
  if (until !== null) changes.push({ day: from, by: overdue }, { day: until, by: -overdue })
  const days = [...new Set([from, ...changes.map((c) => c.day), due])].sort((a, b) => a - b)
  return days.slice(0, -1).map((day, i) => {
    let bearing = balance
    for (const c of changes) if (c.day <= day) bearing += c.by
    return { balance: bearing, from: day, to: days[i + 1]! }
  })
}
