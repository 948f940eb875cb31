/** Whether money may leave an account, and what that costs. */
import { min } from '#domain/money.ts'
import { percentOf } from '#domain/rate.ts'
import { refuse } from '#domain/refusal.ts'
import type { FeeTerms, SavingsTerms } from '#domain/savings/terms.ts'

export interface Standing {
  readonly balance: bigint
  /** Set aside by holds. */
  readonly held: bigint
  /** Withdrawn or transferred away on this business day before, without fees. */
  readonly today: { readonly amount: bigint; readonly times: number }
}

/** What a withdrawal of the amount costs: flat part and percentage (half to even), capped. */
export function feeOf(amount: bigint, fee: FeeTerms): bigint {
  const full = fee.flat + percentOf(amount, fee.rate)
  return fee.most === null ? full : min(full, fee.most)
}

/** What can leave the account today at most, fees included: the balance without holds and the minimum that must stay. */
export function availableOf(standing: Pick<Standing, 'balance' | 'held'>, terms: SavingsTerms): bigint {
  const free = standing.balance - standing.held - terms.minimumBalance
  return free > 0n ? free : 0n
}

/**
 * The fee of a withdrawal that the product allows. Refuses withdrawal_below_least, withdrawal_above_most, daily_limit_reached,
 * insufficient_funds (the fee counts; holds and the minimum balance stay).
 */
export function withdrawalFee(standing: Standing, amount: bigint, terms: SavingsTerms): bigint {
  const fee = feeOf(amount, terms.withdrawal.fee)
  requireAllowed(standing, { amount, fee }, terms)
  return fee
}

/** Money may leave within the product's limits, fee or no fee. Refuses what `withdrawalFee` refuses. */
export function requireAllowed(
  standing: Standing,
  { amount, fee }: { readonly amount: bigint; readonly fee: bigint },
  terms: SavingsTerms,
): void {
  const { least, most, mostADay, timesADay } = terms.withdrawal
  if (amount < least) refuse('withdrawal_below_least', { least: String(least) })
  if (most !== null && amount > most) refuse('withdrawal_above_most', { most: String(most) })
  if (amount + fee > availableOf(standing, terms)) refuse('insufficient_funds')
  if (mostADay !== null && standing.today.amount + amount > mostADay) refuse('daily_limit_reached')
  if (timesADay !== null && standing.today.times >= timesADay) refuse('daily_limit_reached')
}
