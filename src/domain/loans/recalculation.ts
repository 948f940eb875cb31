/**
 * Interest recalculation: what falls due when interest follows the principal that is really owed from day to day. Paid
 * early, principal stops bearing interest; not paid when due, it bears on. The instalments keep their amount, so their
 * principal grows or shrinks with the interest and the last instalment takes the difference.
 */
import type { Day } from '#domain/day.ts'
import { toNumber } from '#domain/day.ts'
import { max, min, sum } from '#domain/money.ts'
import type { Book } from '#domain/loans/amortise.ts'
import type { Bearing } from '#domain/loans/interest.ts'
import { bookOf, schedule } from '#domain/loans/schedule.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'

export interface RecalculationRule {
  /** Daily: a payment counts from its day. Per instalment: from the end of the period it falls in. */
  readonly rest: 'daily' | 'perInstalment'
  /** Overdue principal bears interest until it is paid, but never past the last due day. */
  readonly overdueBearsInterest: boolean
}

export interface PrincipalPaid {
  readonly day: Day
  readonly amount: bigint
}

/** What was paid on one instalment so far. */
export interface PaidSoFar {
  readonly interest: bigint
  /** In order of value day. */
  readonly principal: readonly PrincipalPaid[]
}

export interface AsOf {
  /** Overdue principal is taken to be paid on this day. */
  readonly day: Day
  /**
   * What a payment on `day` would have to pay: interest counts only until then, and less principal is needed in all. The
   * instalment that money in advance reaches last takes the difference: so it matters from which end it comes.
   * Null: what stands, interest counting to the end of the term.
   */
  readonly settling: 'fromFirst' | 'fromLast' | null
}

/** What an instalment keeps while its interest changes: its whole amount, or (where that is what is equal) its principal. */
interface Target {
  readonly of: 'instalment' | 'principal'
  readonly amount: bigint
}

/** What recalculation works on: the agreement as it was scheduled. */
export interface Agreement {
  readonly book: Book
  readonly targets: readonly Target[]
}

/** The agreement of the terms, charges not counted. */
export function agreementOf(terms: LoanTerms): Agreement {
  const plain = { ...terms, charges: [], overdue: null, grace: { ...terms.grace, interestPayment: 0 } }
  const rows = schedule(plain).rows.flatMap((row) => (row.kind === 'instalment' ? [row] : []))
  const targets = rows.map(({ due }, k): Target => {
    const interestOnly = terms.amortization !== 'equalInstalments' || k < terms.grace.principal
    if (interestOnly) return { of: 'principal', amount: due.principal }
    return { of: 'instalment', amount: due.principal + due.interest }
  })
  return { book: bookOf({ ...terms, charges: [], overdue: null }), targets }
}

export interface RecalculatedDue {
  readonly interest: bigint
  readonly principal: bigint
}

interface Run extends Agreement {
  readonly rule: RecalculationRule
  readonly paid: readonly PaidSoFar[]
  readonly day: number
  readonly settling: AsOf['settling']
}

/**
 * Interest and principal due of every instalment, given what was paid on each. Of an instalment on which more principal
 * was paid than falls due with its interest, the unpaid interest waits for the next one: it has been paid early. The
 * last instalment that is not fully paid takes what is left of the principal.
 */
export function recalculate(run: Omit<Run, 'day' | 'settling'>, asOf: AsOf): RecalculatedDue[] {
  const { book, targets } = run
  const whole: Run = { ...run, day: toNumber(asOf.day), settling: asOf.settling }
  const balancing = balancingAt(whole)
  const dues: RecalculatedDue[] = []
  let owed = 0n
  let waiting = 0n
  for (const [k, target] of targets.entries()) {
    const charged = k <= balancing ? interestOf(whole, { k, owed, dues }) + waiting : 0n
    owed += sum(book.tranches.filter((t) => t.period === k).map((t) => t.amount - t.downPayment))
    const place = { k, target, charged, owed }
    if (k === balancing) dues.push(...remainder(whole, place))
    else if (k < balancing) dues.push(dueOf(whole, place))
    const due = dues[k]!
    waiting = charged - due.interest
    owed -= due.principal
  }
  return dues
}

const principalOf = (paid: PaidSoFar): bigint => sum(paid.principal.map((p) => p.amount))

/** The instalment that takes what the others leave over. */
function balancingAt(run: Run): number {
  const last = run.targets.length - 1
  const isOpen = (k: number) => principalOf(run.paid[k]!) < principalTarget(run, k)
  const fromLast = run.settling === 'fromLast'
  const open = run.targets
    .map((_, k) => k)
    .filter((k) => isOpen(k) && (!fromLast || run.book.periods[k]!.due > run.day))
  return (fromLast ? open[0] : open.at(-1)) ?? last
}

/** What an instalment needs of principal when the interest paid on it is all it bears. */
function principalTarget({ targets, paid }: Run, k: number): bigint {
  const { of, amount } = targets[k]!
  return of === 'instalment' ? amount - paid[k]!.interest : amount
}

/** The balancing instalment and those behind it, which are paid or (settling from the last) are to be paid first. */
function remainder(run: Run, { k, charged, owed }: Place): RecalculatedDue[] {
  const later = run.paid.slice(k + 1).map((paid) => ({ interest: paid.interest, principal: principalOf(paid) }))
  let left = owed - principalOf(run.paid[k]!) - sum(later.map((due) => due.principal))
  if (run.settling === 'fromLast') {
    for (let j = later.length - 1; j >= 0; j--) {
      const due = later[j]!
      const more = max(0n, min(principalTarget(run, k + 1 + j) - due.principal, left))
      later[j] = { ...due, principal: due.principal + more }
      left -= more
    }
  }
  const principal = principalOf(run.paid[k]!) + left
  return [{ interest: max(charged, run.paid[k]!.interest), principal }, ...later]
}

interface Place {
  readonly k: number
  readonly target: Target
  readonly charged: bigint
  readonly owed: bigint
}

function dueOf({ book, paid }: Run, { k, target, charged, owed }: Place): RecalculatedDue {
  const principalPaid = principalOf(paid[k]!)
  const inWhole = target.of === 'instalment'
  const planned = inWhole ? max(target.amount - charged, 0n) : target.amount
  const deferred = k < Math.min(book.terms.grace.interestPayment, book.periods.length - 1)
  const held = inWhole ? min(charged, target.amount) : charged
  const interest = deferred || principalPaid > planned ? paid[k]!.interest : max(held, paid[k]!.interest)
  const wanted = deferred ? planned : inWhole ? max(target.amount - interest, 0n) : target.amount
  const paidOnLater = sum(paid.slice(k + 1).map(principalOf))
  return { interest, principal: max(principalPaid, min(wanted, owed - paidOnLater)) }
}

interface Span {
  readonly k: number
  /** Balance before the period's disbursements, everything due until then paid. */
  readonly owed: bigint
  readonly dues: readonly RecalculatedDue[]
}

/** Interest of the k-th period on the balance as it was and, from the day of reckoning on, as it is planned. */
function interestOf(run: Run, span: Span): bigint {
  const { from, due } = run.book.periods[span.k]!
  const end = run.settling && run.day < due && run.rule.rest === 'daily' ? run.day : due
  if (end <= from || (run.settling && run.day <= from)) return 0n
  return run.book.interest.inParts(span.k, bearings(changesIn(run, span), span.owed, { from, end }))
}

interface Change {
  readonly day: number
  readonly by: bigint
}

/** The balances from one change to the next; changes before the start count from it. */
function bearings(changes: readonly Change[], owed: bigint, { from, end }: { from: number; end: number }): Bearing[] {
  const days = [...new Set([from, ...changes.map((c) => c.day), end])].filter((day) => day >= from && day <= end)
  days.sort((a, b) => a - b)
  return days.slice(0, -1).map((day, at) => {
    let balance = owed
    for (const change of changes) if (change.day <= day) balance += change.by
    return { balance, from: day, to: days[at + 1]! }
  })
}

function changesIn(run: Run, span: Span): Change[] {
  const { terms, tranches, periods } = run.book
  const { from, due } = periods[span.k]!
  const startOnly = terms.interestPeriod === 'perInstalment' && !terms.partialPeriodInterest
  const lent = tranches
    .filter((t) => t.period === span.k)
    .map((t) => ({ day: startOnly || t.day <= from ? from : Math.min(t.day, due), by: t.amount - t.downPayment }))
  const ahead = run.paid.slice(span.k).flatMap((paid) => paid.principal.map((p) => lowering(run, p, { from, due })))
  const overdue = run.rule.overdueBearsInterest ? overdueChanges(run, span) : []
  return [...lent, ...ahead, ...overdue]
}

/** A payment lowers the balance from its day, or from the end of the period where only whole periods count. */
function lowering(run: Run, { day, amount }: PrincipalPaid, period: { from: number; due: number }): Change {
  const on = toNumber(day)
  return { day: run.rule.rest === 'daily' || on <= period.from ? on : period.due, by: -amount }
}

/** Principal of earlier instalments that was still unpaid in this period, until it was paid or the day of reckoning. */
function overdueChanges(run: Run, { k, dues }: Span): Change[] {
  const { from, due } = run.book.periods[k]!
  if (run.day <= from) return []
  const until = run.rule.rest === 'daily' ? Math.min(run.day, due) : due
  return dues.flatMap((before, j) => {
    const payments = run.paid[j]!.principal.map((p) => lowering(run, p, { from, due })).filter((c) => c.day < until)
    const unpaid = before.principal + sum(payments.map((c) => c.by))
    return [{ day: from, by: before.principal }, ...payments, { day: until, by: -unpaid }]
  })
}
