/** A loan whose money came back from the provider: it was never lent, unless something has happened to it since. */
import { CUSTOMER_CREDIT, IN_PASSAGE, PAYOUTS_IN_TRANSIT } from '#domain/ledger/chart.ts'
import { credit, debit, type Line } from '#domain/ledger/entry.ts'
import { Refusal } from '#domain/refusal.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { undoDisbursement } from '#modules/loans/loans.ts'
import { lockWithToppedUp } from '#modules/loan-repayments/loan-repayments.ts'
import { deposit, lockedAccount } from '#modules/savings/savings.ts'
import { savingsAccountsOf } from '#modules/savings/views.ts'
import { attempt, type Ctx } from '#platform/context.ts'

export interface ReturnedLoan {
  /** The payout order. */
  readonly id: number
  readonly loanId: number
  readonly customerId: number
  readonly amount: bigint
}

/** Locks what `returnDisbursement` changes, for who books something before: the loans, then the customer's account. */
export async function lockReturnedLoan(
  ctx: Ctx,
  { loanId, customerId }: Omit<ReturnedLoan, 'id' | 'amount'>,
): Promise<void> {
  await lockWithToppedUp(ctx, [loanId])
  const [account] = await savingsAccountsOf(ctx, customerId)
  if (account) await lockedAccount(ctx, account.id)
}

/**
 * Takes the disbursement back: the loan is approved as before and may be paid out again. Where other money has moved on it
 * the loan stands, and what it was lent goes to the customer's savings account, or is his credit where he has none.
 */
export async function returnDisbursement(ctx: Ctx, order: ReturnedLoan, reference: string): Promise<bigint> {
  if (await undone(ctx, order.loanId, reference))
    return postBack(ctx, order, { reference, to: credit(IN_PASSAGE, order.amount) })
  const [account] = await savingsAccountsOf(ctx, order.customerId)
  if (!account) return postBack(ctx, order, { reference, to: credit(CUSTOMER_CREDIT, order.amount, order.customerId) })
  const from = { account: PAYOUTS_IN_TRANSIT, owner: order.id }
  return (await deposit(ctx, { accountId: account.id, amount: order.amount, from, reference })).entryId
}

async function undone(ctx: Ctx, loanId: number, reference: string): Promise<boolean> {
  try {
    await attempt(ctx, () => undoDisbursement(ctx, loanId, `${reference} came back`))
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

const postBack = (
  ctx: Ctx,
  { id, amount }: ReturnedLoan,
  { reference, to }: { reference: string; to: Line },
): Promise<bigint> =>
  postOne(ctx, {
    kind: 'payout_returned',
    effectiveDay: ctx.today,
    reference,
    idemKey: `payout returned:${id}`,
    lines: [debit(PAYOUTS_IN_TRANSIT, amount, id), to],
  })
