/** The pay-off: what closes a loan on a day. */
import { type Day, daysBetween } from '#domain/day.ts'
import { divide, max, min, sum } from '#domain/money.ts'
import { type Instalment, type Parts, addParts, NOTHING, outstandingOf } from '#domain/loans/instalment.ts'
import type { Happening } from '#domain/loans/happening.ts'
import { replay } from '#domain/loans/replay.ts'

/** Whole: all interest that was agreed on. Accrued: no interest for the time after the day. */
export type PayoffInterest = 'whole' | 'accrued'

export interface PayoffRule {
  readonly interest: PayoffInterest
  /** The day of disbursement, from which the first instalment bears interest. */
  readonly from: Day
  /** Of each instalment's interest, in their order: what had accrued by then, when the loan was agreed on anew. */
  readonly accruedBefore?: readonly bigint[]
}

/**
 * What closes the loan on a day: all principal, fees and penalties outstanding, and the interest by the product's rule.
 * Accrued interest of the running instalment is its interest × days passed / days of its period, HALF_EVEN.
 */
export function payoff(instalments: readonly Instalment[], day: Day, rule: PayoffRule): Parts {
  let total = NOTHING
  let from = rule.from
  for (const [n, instalment] of instalments.entries()) {
    const start = instalment.startDay ?? from
    const outstanding = outstandingOf(instalment)
    const already = rule.accruedBefore?.[n] ?? 0n
    const accrued = (): bigint => accruedInterest(instalment, { already, from: start, day })
    const interest = rule.interest === 'whole' ? outstanding.interest : accrued()
    total = addParts(total, { ...outstanding, interest })
    if (instalment.dueDay > from) from = instalment.dueDay
  }
  return total
}

/**
 * Interest that had accrued when the loan was agreed on anew, laid on its new instalments: on the first of them, where a
 * carried debt is due with the first; in proportion to their interest, where the debt was spread over all.
 */
export function layAccrued(instalments: readonly Instalment[], accrued: bigint, spread: boolean): bigint[] {
  const all = sum(instalments.map(({ due }) => due.interest))
  let [left, seen, laid] = [accrued, 0n, 0n]
  return instalments.map(({ due }) => {
    if (!spread) {
      const part = min(left, due.interest)
      left -= part
      return part
    }
    seen += due.interest
    const upToHere = all === 0n ? 0n : divide(min(accrued, all) * seen, all, 'DOWN')
    const part = upToHere - laid
    laid = upToHere
    return part
  })
}

interface Accruing {
  /** What of its interest had accrued before. */
  readonly already: bigint
  readonly from: Day
  readonly day: Day
}

/** What has accrued of an instalment's interest by a day and is neither paid nor waived. */
function accruedInterest({ due, paid, waived, dueDay }: Instalment, { already, from, day }: Accruing): bigint {
  const settled = paid.interest + waived.interest
  if (day >= dueDay) return due.interest - settled
  if (day <= from) return max(0n, already - settled)
  const [passed, days] = [daysBetween(from, day), daysBetween(from, dueDay)].map(BigInt) as [bigint, bigint]
  return max(0n, already + divide((due.interest - already) * passed, days, 'HALF_EVEN') - settled)
}

/**
 * What closes a loan on a day, from its history. Where its interest is reckoned anew from the principal really owed, it
 * counts until that day; otherwise it is all that was agreed on.
 */
export function payoffOf(history: readonly Happening[], day: Day): Parts {
  const { rows } = replay(history, { asOf: { day, settling: 'fromFirst' }, duesFirst: false })
  return rows.reduce((total, row) => addParts(total, outstandingOf(row.instalment)), NOTHING)
}
