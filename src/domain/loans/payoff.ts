/** The pay-off: what closes a loan on a day. */
import { type Day, daysBetween } from '#domain/day.ts'
import { divide, max } from '#domain/money.ts'
import { type Instalment, type Parts, addParts, NOTHING, outstandingOf } from '#domain/loans/instalment.ts'
import { type Happening, replay } from '#domain/loans/replay.ts'

/** Whole: all interest that was agreed on. Accrued: no interest for the time after the day. */
export type PayoffInterest = 'whole' | 'accrued'

export interface PayoffRule {
  readonly interest: PayoffInterest
  /** The day of disbursement, from which the first instalment bears interest. */
  readonly from: Day
}

/**
 * What closes the loan on a day: all principal, fees and penalties outstanding, and the interest by the product's rule.
 * Accrued interest of the running instalment is its interest × days passed / days of its period, HALF_EVEN.
 */
export function payoff(instalments: readonly Instalment[], day: Day, rule: PayoffRule): Parts {
  let total = NOTHING
  let from = rule.from
  for (const instalment of instalments) {
    const start = instalment.startDay ?? from
    const outstanding = outstandingOf(instalment)
    const interest = rule.interest === 'whole' ? outstanding.interest : accruedInterest(instalment, start, day)
    total = addParts(total, { ...outstanding, interest })
    if (instalment.dueDay > from) from = instalment.dueDay
  }
  return total
}

/** What has accrued of an instalment's interest by a day and is neither paid nor waived. */
function accruedInterest({ due, paid, waived, dueDay }: Instalment, from: Day, day: Day): bigint {
  const settled = paid.interest + waived.interest
  if (day >= dueDay) return due.interest - settled
  if (day <= from) return 0n
  const days = BigInt(daysBetween(from, dueDay))
  return max(0n, divide(due.interest * BigInt(daysBetween(from, day)), days, 'HALF_EVEN') - settled)
}

/**
 * What closes a loan on a day, from its history. Where its interest is reckoned anew from the principal really owed, it
 * counts until that day; otherwise it is all that was agreed on.
 */
export function payoffOf(history: readonly Happening[], day: Day): Parts {
  const { rows } = replay(history, { asOf: { day, settling: 'fromFirst' }, duesFirst: false })
  return rows.reduce((total, row) => addParts(total, outstandingOf(row.instalment)), NOTHING)
}
