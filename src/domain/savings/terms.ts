/** What a savings product promises and allows. Amounts are minor units. */
import type { InterestTerms } from '#domain/savings/interest.ts'
import type { Rate } from '#domain/rate.ts'

interface WithdrawalTerms {
  readonly least: bigint
  /** Null: no limit, as for the others. */
  readonly most: bigint | null
  /** All withdrawals of a business day together, fees not counted. */
  readonly mostADay: bigint | null
  readonly timesADay: number | null
  readonly fee: FeeTerms
}

/** A flat part and a percentage of the amount (half to even), together at most so much. */
export interface FeeTerms {
  readonly flat: bigint
  readonly rate: Rate
  readonly most: bigint | null
}

export interface SavingsTerms {
  /** What must stay on the account after a withdrawal. */
  readonly minimumBalance: bigint
  readonly withdrawal: WithdrawalTerms
  readonly interest: InterestTerms
}
