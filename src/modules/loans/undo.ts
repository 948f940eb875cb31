/** Taking one transaction of a loan back. */
import { CASH } from '#domain/ledger/chart.ts'
import { debit, type Line } from '#domain/ledger/entry.ts'
import { sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { takeBackTogether } from '#modules/loans/corrections.ts'
import { emitLoan, refuseOwn } from '#modules/loans/facts.ts'
import { isBefore } from '#modules/loans/history.ts'
import * as history from '#modules/loans/history-store.ts'
import { refuseAgreedSince, reverseRepayment } from '#modules/loans/reversal.ts'
import * as store from '#modules/loans/store.ts'
import type { Ctx } from '#platform/context.ts'

export interface Undoing {
  readonly loanId: number
  readonly transactionId: number
  readonly reason: string
}

/**
 * Takes a transaction back: a repayment that staff took in (a pay-off with the interest that was given up for it), a
 * recovery, a charge (what was paid on it pays other debts), a waiver, a write-off, a charge-off, a refund. Everything
 * after it is worked out anew. Refuses loan_not_found, transaction_not_found, already_reversed, transaction_of_payment,
 * transaction_not_reversible, restructured_since, own_request, loan_has_transactions (a charge that was given up in part, a
 * loss with recoveries after it), loan_not_active and loan_charged_off for debts out of the books. Answers the entry that
 * took it back; null where nothing was in the books.
 */
export async function reverseTransaction(ctx: Ctx, undoing: Undoing): Promise<bigint | null> {
  const { loanId, transactionId, reason } = undoing
  const loan = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  refuseOwn(ctx, loan)
  const one =
    (await history.standingTransaction(ctx, loanId, transactionId)) ?? (await refuseMissing(ctx, loanId, transactionId))
  if (one.kind === 'repayment' || one.kind === 'recovery') return reverseRepayment(ctx, { loan, one }, reason)
  if (one.kind === 'disbursement') refuse('transaction_not_reversible', { kind: one.kind })
  refuseAgreedSince(loan, one)
  await refuseBound(ctx, loan, one)
  const entryId = await takeBackTogether(ctx, {
    loans: [loan],
    taken: [one],
    money: moneyOf(one),
    entry: { reference: `loan ${loanId}`, idemKey: `reversal:transaction:${one.id}`, ...reversed(one) },
    reason,
  })
  const { id, kind, amount } = one
  emitLoan(ctx, 'transaction.reversed', loan, { transaction_id: id, kind, amount: String(amount), reason })
  return entryId
}

async function refuseMissing(ctx: Ctx, loanId: number, id: number): Promise<never> {
  return refuse((await history.hasTransaction(ctx, loanId, id)) ? 'already_reversed' : 'transaction_not_found', { id })
}

/** A refund comes back to where it was paid from. */
const moneyOf = ({ kind, account, amount }: history.Standing): Line[] =>
  kind === 'credit_refund' ? [debit(account ?? CASH, amount)] : []

/** The entry of a transaction that stands as it was entered; a replay's entry is not its own. */
const reversed = ({ id, rootId, entryId }: history.Standing) =>
  id === rootId && entryId !== null ? { reversesId: entryId } : {}

/** Refuses what something that came later rests on. */
async function refuseBound(ctx: Ctx, loan: store.LoanRow, one: history.Standing): Promise<void> {
  if (one.kind === 'write_off' || one.kind === 'charge_off') return refuseLater(ctx, one)
  if (one.kind === 'credit_refund' || one.outOfBooks) return
  refuseOutOfBooks(loan)
  if (one.kind !== 'waiver') await refuseGivenUp(ctx, one)
}

/** A debt that has left the books cannot come back to them by itself: the loss is taken back first. */
function refuseOutOfBooks(loan: store.LoanRow): void {
  if (loan.status === 'written_off') refuse('loan_not_active', { loanId: loan.id })
  if (loan.chargedOffOn !== null) refuse('loan_charged_off', { loanId: loan.id })
}

/** What counts after a loss was booked out of the books: it goes first. */
async function refuseLater(ctx: Ctx, one: history.Standing): Promise<void> {
  const standing = await history.readHistory(ctx, [one.loanId])
  if (standing.some((other) => isBefore(one, other))) refuse('loan_has_transactions', { loanId: one.loanId })
}

/** What was given up of charges is taken back before them. What was paid on them pays other debts. */
async function refuseGivenUp(ctx: Ctx, one: history.Standing): Promise<void> {
  const component = one.kind === 'fee' ? 'fee' : 'penalty'
  const rows = await store.readInstalments(ctx, [one.loanId], 'all')
  const [due, waived] = [sum(rows.map((row) => row.due[component])), sum(rows.map((row) => row.waived[component]))]
  if (due - one.amount < waived) refuse('loan_has_transactions', { loanId: one.loanId })
}
