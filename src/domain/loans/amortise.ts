/** The walk from period to period: what of each instalment is interest, what is principal, and what is then still owed. */
import { toNumber } from '#domain/day.ts'
import type { DayNumber } from '#domain/loans/due-days.ts'
import type { Bearing, Interest } from '#domain/loans/interest.ts'
import type { Period, Tranche } from '#domain/loans/periods.ts'
import type { LoanTerms, OverdueRecalculation } from '#domain/loans/terms.ts'
import { max, min, sum } from '#domain/money.ts'

/** Everything a schedule is reckoned from, worked out once. */
export interface Book {
  readonly terms: LoanTerms
  readonly periods: readonly Period[]
  readonly tranches: readonly Tranche[]
  readonly interest: Interest
  /** What is lent in each period. */
  readonly lending: readonly Lending[]
  /** Flat interest of each period, which no balance changes; null for declining. */
  readonly flat: readonly bigint[] | null
}

/** Disbursements of a period, less their down payments. */
export interface Lending {
  readonly amount: bigint
  /** Those that bear interest only from a later day than the period's first. */
  readonly later: readonly { readonly day: DayNumber; readonly amount: bigint }[]
}

const NOTHING_LENT: Lending = { amount: 0n, later: [] }

/**
 * What is lent in each period. A disbursement within a period bears interest from its day, or from the period's start
 * where interest is the same for every period and parts of periods do not count.
 */
export function lendingOf({ terms, periods, tranches }: Pick<Book, 'terms' | 'periods' | 'tranches'>): Lending[] {
  const lending = periods.map(() => NOTHING_LENT)
  const wholePeriods = terms.interestPeriod === 'perInstalment' && !terms.partialPeriodInterest
  for (const t of tranches) {
    const { from, due } = periods[t.period]!
    const amount = t.amount - t.downPayment
    const known = lending[t.period]!
    const later = wholePeriods || t.day <= from ? [] : [{ day: Math.min(t.day, due), amount }]
    lending[t.period] = { amount: known.amount + amount, later: [...known.later, ...later] }
  }
  return lending
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
  /** Interest that the instalment could not hold; the next one bears it. */
  readonly waiting: bigint
}

/** Where a walk begins: a period, the balance before the disbursements of that period, and interest that waits. */
export interface Start {
  readonly period: number
  readonly balance: bigint
  readonly waiting: bigint
}

export const BEGINNING: Start = { period: 0, balance: 0n, waiting: 0n }

/**
 * From the start through the last period, with a target for each. Principal is never negative and never more than is owed;
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
  let { balance, waiting } = start
  let planned = 0n
  for (let k = start.period; k <= last; k++) {
    const bearing = overdue === null ? 0n : planned
    const charged = interestIn(book, k, { balance, overdue: bearing, rule: overdue }) + waiting
    balance += book.lending[k]!.amount
    const target = targets[k - start.period]!
    const held = k < last && target.of === 'instalment' && book.flat === null ? min(charged, target.amount) : charged
    const principal = k === last ? balance : principalOf(target, held, balance)
    waiting = charged - held
    balance -= principal
    planned += principal
    lines.push({ interest: held, principal, balanceAfter: balance, waiting })
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
  const { amount, later } = book.lending[k]!
  const until = overdueUntil(book.periods[k]!, owed)
  if (later.length === 0 && until === null) return book.interest.whole(k, owed.balance + amount)
  return book.interest.inParts(k, bearings(book, k, { ...owed, until }))
}

/** The day in this period until which overdue principal bears interest; null when it bears none. */
function overdueUntil({ from, due }: Period, { overdue, rule }: Owed): DayNumber | null {
  if (rule === null || overdue === 0n) return null
  const asOf = toNumber(rule.asOf)
  if (asOf <= from) return null
  return rule.rest === 'daily' && asOf < due ? asOf : due
}

/** The balances from one change to the next through the period. */
function bearings(book: Book, k: number, owed: Owed & { readonly until: DayNumber | null }): Bearing[] {
  const { from, due } = book.periods[k]!
  const { amount, later } = book.lending[k]!
  const changes = later.map((l) => ({ day: l.day, by: l.amount }))
  if (owed.until !== null) changes.push({ day: from, by: owed.overdue }, { day: owed.until, by: -owed.overdue })
  const atStart = owed.balance + amount - sum(later.map((l) => l.amount))
  const days = [...new Set([from, ...changes.map((c) => c.day), due])].sort((a, b) => a - b)
  return days.slice(0, -1).map((day, i) => {
    let balance = atStart
    for (const c of changes) if (c.day <= day) balance += c.by
    return { balance, from: day, to: days[i + 1]! }
  })
}
