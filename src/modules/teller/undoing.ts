/** Loans that money went from and to savings accounts for, taken back: the account has its money again, or gives it back. */
import { IN_PASSAGE, SAVINGS } from '#domain/ledger/chart.ts'
import { refuse } from '#domain/refusal.ts'
import { reverse } from '#modules/ledger/ledger.ts'
import { lockLoan, lockWithToppedUp } from '#modules/loan-repayments/loan-repayments.ts'
import { reverseTransaction, type Undoing } from '#modules/loan-corrections/loan-corrections.ts'
import { undoDisbursement } from '#modules/loans/loans.ts'
import { type TransactionView, transactionsOfLoan } from '#modules/loan-records/views.ts'
import { changeAccountStatus, lockedAccount, nextKey, recordMovements } from '#modules/savings/savings.ts'
import { disbursementReceipt } from '#modules/teller/views.ts'
import type { Ctx } from '#platform/context.ts'

/**
 * Takes a transaction of a loan back, as `reverseTransaction` does. What was repaid from a savings account returns to it,
 * also when it was blocked or closed meanwhile. Refuses what `reverseTransaction` refuses.
 */
export async function takeBack(ctx: Ctx, undoing: Undoing): Promise<void> {
  const { loanId, transactionId, reason } = undoing
  const [one] = await transactionsOfLoan(ctx, loanId, { after: transactionId - 1, limit: 1 })
  const isDrawn = one?.id === transactionId && one.account === SAVINGS && one.kind !== 'reversal'
  if (!isDrawn) return void (await reverseTransaction(ctx, undoing))
  await lockLoan(ctx, loanId)
  const account = await lockedAccount(ctx, one.savingsAccountId ?? refuse('savings_account_not_found'))
  const entryId = await reverseTransaction(ctx, undoing)
  const movements = [{ kind: 'return', amount: one.amount }] as const
  await recordMovements(ctx, account, { movements, entryId: entryId!, reference: reason.slice(0, 100) })
  if (account.status === 'closed') await changeAccountStatus(ctx, account.id, 'open')
}

/**
 * Takes a disbursement back, as `undoDisbursement` does. What went to the customer's savings account is taken from it again.
 * Refuses what `undoDisbursement` refuses, insufficient_funds where the account no longer has the money, and
 * transaction_of_payment for money that is on its way or went out by a payout: that order is returned first.
 */
export async function undoLending(ctx: Ctx, loanId: number, reason: string): Promise<void> {
  const loans = await lockWithToppedUp(ctx, [loanId])
  const loan = loans.find(({ id }) => id === loanId) ?? refuse('loan_not_found', { loanId })
  const standing = (await transactionsOfLoan(ctx, loanId)).findLast(isStandingDisbursement)
  if (standing?.account !== IN_PASSAGE) return undoDisbursement(ctx, loanId, reason)
  const receipt = (await disbursementReceipt(ctx, loan)) ?? refuse('transaction_not_reversible')
  if (receipt.savingsAccountId === null) refuse('transaction_of_payment', { payoutId: receipt.payoutId })
  const lent = receipt.amount - receipt.fee
  const account = await lockedAccount(ctx, receipt.savingsAccountId)
  if (account.balance - account.held < lent) refuse('insufficient_funds')
  await undoDisbursement(ctx, loanId, reason)
  const as = { effectiveDay: ctx.today, reference: `loan ${loanId}`, idemKey: nextKey(account) }
  const entryId = await reverse(ctx, receipt.entryId, as)
  const movements = [{ kind: 'return', amount: -lent }] as const
  await recordMovements(ctx, account, { movements, entryId, reference: as.reference })
}

const isStandingDisbursement = ({ kind, reversed }: TransactionView): boolean => kind === 'disbursement' && !reversed
