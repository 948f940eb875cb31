/**
 * Interest recalculation: what falls due when interest follows the principal that is really owed from day to day. Paid
 * early, principal stops bearing interest; not paid when due, it bears on. The instalments keep their amount, so their
 * principal grows or shrinks with the interest and the last instalment takes the difference.
 */
import { type Day, toNumber } from '#domain/day.ts'
import { max, min, sum } from '#domain/money.ts'
import type { Agreement } from '#domain/loans/agreement.ts'
import {
  type PrincipalPaid,
  type RecalculationRule,
  type Running,
  paidByDay,
  runningInterest,
} from '#domain/loans/running-interest.ts'

/** What was paid on one instalment so far. */
export interface PaidSoFar {
  readonly interest: bigint
  readonly principal: bigint
}

export interface Recalculation {
  readonly agreement: Agreement
  readonly rule: RecalculationRule
  /** By instalment. */
  readonly paid: readonly PaidSoFar[]
  /** The same principal by value day, in any order. */
  readonly payments: readonly PrincipalPaid[]
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

export interface RecalculatedDue {
  readonly interest: bigint
  readonly principal: bigint
}

interface Run extends Running {
  readonly on: readonly PaidSoFar[]
  /** Principal paid on each instalment and all behind it. */
  readonly ahead: readonly bigint[]
  /** The instalment that takes what the others leave over. */
  readonly balancing: number
}

/**
 * Interest and principal due of every instalment, given what was paid on each. Of an instalment on which more principal
 * was paid than falls due with its interest, the unpaid interest waits for the next one: it has been paid early. The
 * last instalment that is not fully paid takes what is left of the principal.
 */
export function recalculate(recalculation: Recalculation, asOf: AsOf): RecalculatedDue[] {
  const run = runOf(recalculation, asOf)
  const { lent } = run.agreement
  const dues: RecalculatedDue[] = []
  let lentBefore = 0n
  let owed = 0n
  let waiting = 0n
  for (let k = 0; k < run.balancing; k++) {
    const charged = runningInterest(run, { k, lentBefore, owed, ahead: run.ahead[k]! }) + waiting
    lentBefore += lent[k]!
    const due = dueOf(run, k, { charged, owed: owed + lent[k]! })
    owed += lent[k]! - due.principal
    waiting = charged - due.interest
    dues.push(due)
  }
  const k = run.balancing
  const charged = runningInterest(run, { k, lentBefore, owed, ahead: run.ahead[k]! }) + waiting
  return [...dues, ...remainder(run, { charged, owed: owed + sum(lent.slice(k)) })]
}

function runOf({ agreement, rule, paid, payments }: Recalculation, { day, settling }: AsOf): Run {
  const byDay = paidByDay(payments)
  const ahead: bigint[] = new Array(paid.length)
  let total = 0n
  for (let k = paid.length - 1; k >= 0; k--) ahead[k] = total += paid[k]!.principal
  const now = Math.max(toNumber(day), byDay.days.at(-1) ?? 0)
  const balancing = balancingAt({ agreement, paid, day: now, fromLast: settling === 'fromLast' })
  return { agreement, rule, paid: byDay, on: paid, ahead, day: now, settling: settling !== null, balancing }
}

interface Search {
  readonly agreement: Agreement
  readonly paid: readonly PaidSoFar[]
  readonly day: number
  readonly fromLast: boolean
}

/** The last instalment that is not fully paid; for money that comes from the last, the first that is still to come. */
function balancingAt({ agreement, paid, day, fromLast }: Search): number {
  const isOpen = (_: unknown, k: number) => paid[k]!.principal < principalTarget(agreement, paid[k]!, k)
  const { periods } = agreement.book
  const found = fromLast
    ? periods.findIndex((period, k) => period.due > day && isOpen(period, k))
    : periods.findLastIndex(isOpen)
  return found < 0 ? periods.length - 1 : found
}

/** What an instalment needs of principal when the interest paid on it is all it bears. */
function principalTarget({ targets }: Agreement, paid: PaidSoFar, k: number): bigint {
  const { of, amount } = targets[k]!
  return of === 'instalment' ? amount - paid.interest : amount
}

interface Reached {
  /** Interest of the period and what waited for it. */
  readonly charged: bigint
  /** Principal owed from this instalment on. */
  readonly owed: bigint
}

function dueOf({ agreement, on, ahead }: Run, k: number, { charged, owed }: Reached): RecalculatedDue {
  const { book, targets } = agreement
  const { of, amount } = targets[k]!
  const paid = on[k]!
  const inWhole = of === 'instalment'
  const planned = inWhole ? max(amount - charged, 0n) : amount
  const deferred = k < Math.min(book.terms.grace.interestPayment, targets.length - 1)
  const held = inWhole ? min(charged, amount) : charged
  const interest = deferred || paid.principal > planned ? paid.interest : max(held, paid.interest)
  const wanted = deferred ? planned : inWhole ? max(amount - interest, 0n) : amount
  return { interest, principal: max(paid.principal, min(wanted, owed - (ahead[k + 1] ?? 0n))) }
}

/** The balancing instalment and those behind it, which are paid or (money coming from the last) are to be paid first. */
function remainder(run: Run, { charged, owed }: Reached): RecalculatedDue[] {
  const { agreement, on, ahead, balancing } = run
  const fromLast = run.settling && agreement.targets.length > balancing + 1
  const later = on.slice(balancing + 1).map((paid) => ({ ...paid }))
  let left = owed - ahead[balancing]!
  for (let j = later.length - 1; fromLast && j >= 0; j--) {
    const due = later[j]!
    const more = max(0n, min(principalTarget(agreement, due, balancing + 1 + j) - due.principal, left))
    later[j] = { ...due, principal: due.principal + more }
    left -= more
  }
  const paid = on[balancing]!
  return [{ interest: max(charged, paid.interest), principal: paid.principal + left }, ...later]
}
