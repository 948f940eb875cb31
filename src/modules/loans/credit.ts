/** The customer's credit: what was paid beyond a loan's debt, until it is paid back to them. */
import { credit } from '#domain/ledger/entry.ts'
import { creditRefundLines } from '#domain/loans/entries.ts'
import { NOTHING } from '#domain/loans/instalment.ts'
import { sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { booksOf } from '#modules/loans/agreed-terms.ts'
import { emitLoan, refuseOwn } from '#modules/loans/facts.ts'
import * as history from '#modules/loans/history-store.ts'
import { requireMoneyAccount } from '#modules/loans/staff-repayment.ts'
import * as store from '#modules/loans/store.ts'
import type { Ctx } from '#platform/context.ts'

export interface Refund {
  readonly loanId: number
  /** Minor units; all of the loan's credit where left out. */
  readonly amount?: bigint | undefined
  /** Where it is paid from: one of MONEY_ACCOUNTS. */
  readonly account: number
  readonly reference?: string | null | undefined
  readonly reason: string
}

/**
 * Pays back what a customer has overpaid on a loan. Returns the number of the transaction. Refuses loan_not_found,
 * own_request, account_unknown, no_credit, amount_invalid above the credit, insufficient_funds where it is used elsewhere.
 */
export async function refundCredit(ctx: Ctx, refund: Refund): Promise<number> {
  const { loanId, account, reason, reference = null } = refund
  const loan = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  refuseOwn(ctx, loan)
  requireMoneyAccount(account)
  const most = creditIn(await history.readHistory(ctx, [loanId]))
  if (most <= 0n) refuse('no_credit', { loanId })
  const amount = refund.amount ?? most
  if (amount <= 0n || amount > most) {
    refuse('amount_invalid', { fields: { amount: 'Give a positive amount up to the credit.' } })
  }
  const entryId = await postOne(ctx, {
    kind: 'credit_refund',
    effectiveDay: ctx.today,
    reference: reference ?? `loan ${loanId}`,
    idemKey: `credit_refund:${loanId}:${await history.countTransactions(ctx, loanId)}`,
    lines: [...creditRefundLines(booksOf(loan), { amount, lent: 0n }), credit(account, amount)],
  })
  const written = {
    loanId,
    kind: 'credit_refund' as const,
    valueDay: ctx.today,
    amount,
    parts: NOTHING,
    overpayment: 0n,
    outOfBooks: booksOf(loan).outOfBooks ?? false,
  }
  const how = { lines: [], paymentId: null, entryId, account, reference, reason }
  const id = await store.insertTransactions(ctx, [{ ...written, ...how }])
  emitLoan(ctx, 'loan.credit_refunded', loan, { amount: String(amount), reason })
  return id
}

/** Overpayments that stand, less what of them was paid back; what was lent again came out of no credit. */
function creditIn(standing: readonly history.Standing[]): bigint {
  const refunds = standing.filter((one) => one.kind === 'credit_refund')
  return sum(standing.map((one) => one.overpayment)) - sum(refunds.map((one) => one.amount - one.parts.principal))
}
