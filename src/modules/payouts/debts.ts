/** What customers give back of payouts that reached them although the money had gone back. */
import { CUSTOMER_DEBT } from '#domain/ledger/chart.ts'
import { credit, debit } from '#domain/ledger/entry.ts'
import { refuse } from '#domain/refusal.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { requireMoneyAccount } from '#modules/loan-money/loan-money.ts'
import * as store from '#modules/payouts/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

export interface DebtRepayment {
  readonly payoutId: number
  /** Minor units; all that is still owed where left out. */
  readonly amount?: bigint | undefined
  /** Where it is taken in: one of MONEY_ACCOUNTS. */
  readonly account: number
  readonly reference?: string | null | undefined
}

/**
 * Takes in what a customer gives back. Refuses payout_not_found, nothing_due where nothing is owed, amount_invalid above the
 * debt, account_unknown.
 */
export async function repayPayoutDebt(ctx: Ctx, given: DebtRepayment): Promise<void> {
  const { payoutId, account, reference } = given
  const order = (await store.lockPayout(ctx, payoutId)) ?? refuse('payout_not_found')
  requireMoneyAccount(account)
  const owed = order.debt - order.debtRepaid
  if (owed === 0n) refuse('nothing_due', { payoutId })
  const amount = given.amount ?? owed
  if (amount <= 0n || amount > owed)
    refuse('amount_invalid', { fields: { amount: 'Give a positive amount up to the debt.' } })
  await postOne(ctx, {
    kind: 'payout_debt_repaid',
    effectiveDay: ctx.today,
    reference: reference ?? `payout ${payoutId}`,
    idemKey: `payout debt repaid:${payoutId}:${order.debtRepaid}`,
    lines: [debit(account, amount), credit(CUSTOMER_DEBT, amount, order.customerId)],
  })
  await store.writeDebtRepaid(ctx, payoutId, amount)
  emit(ctx, 'payout.debt_repaid', {
    ...{ payout_id: payoutId, customer_id: order.customerId, amount: String(amount), currency: order.currency },
  })
}
