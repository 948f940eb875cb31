/** What an instalment costs that was not paid in time. */
import { type Instalment, outstandingOf } from '#domain/loans/instalment.ts'
import { max, min } from '#domain/money.ts'
import { percentOf, type Rate } from '#domain/rate.ts'

export interface LateFeeRule {
  /** An amount, or a percentage of principal, interest and fees that are overdue, or of the principal alone. */
  readonly basis: 'flat' | 'overdue' | 'overduePrincipal'
  readonly amount: bigint
  readonly percent: Rate
  /** Bounds of one fee. */
  readonly least: bigint | null
  readonly most: bigint | null
  /** What all late fees of the loan may come to, and what they have come to before. */
  readonly mostOfLoan: bigint | null
  readonly charged: bigint
}

/** The fee for one late instalment, minor units, HALF_EVEN. Penalties bear no penalty. */
export function lateFeeOn(instalment: Instalment, rule: LateFeeRule): bigint {
  const { principal, interest, fee } = outstandingOf(instalment)
  const base = rule.basis === 'overduePrincipal' ? principal : principal + interest + fee
  if (base <= 0n) return 0n
  const part = rule.basis === 'flat' ? rule.amount : max(percentOf(base, rule.percent), rule.least ?? 0n)
  const bounded = rule.most === null ? part : min(part, rule.most)
  return rule.mostOfLoan === null ? bounded : max(0n, min(bounded, rule.mostOfLoan - rule.charged))
}
