/** Taking a repayment back, so that the loan stands as if it had never come. */
import { CASH, SAVINGS } from '#domain/ledger/chart.ts'
import { credit } from '#domain/ledger/entry.ts'
import { refuse } from '#domain/refusal.ts'
import { takeBackTogether } from '#modules/loans/corrections.ts'
import * as history from '#modules/loans/history-store.ts'
import * as store from '#modules/loans/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

export interface ReversedPayment {
  readonly id: number
  readonly reference: string
  readonly amount: bigint
  /** The entry that took the money in; it can be taken back once. */
  readonly entryId: bigint
  readonly reason: string
}

/**
 * Takes back what a payment did to its loans: debts rise again, the settlement account gives the money back, later
 * repayments are allocated anew by value day. What of it was paid back to the customer, they owe again; what it had kept
 * from a loss becomes a part of the loss. Refuses already_reversed when nothing of it stands any more, restructured_since
 * when the loan was agreed on anew after it.
 */
export async function reverseRepaymentsOf(ctx: Ctx, payment: ReversedPayment, paidInto: number): Promise<void> {
  const { id, reference, amount, reason, entryId } = payment
  const loans = await store.lockLoansOfPayment(ctx, id)
  const all = await history.effectiveRepayments(
    ctx,
    loans.map((loan) => loan.id),
  )
  const taken = all.filter((one) => one.paymentId === id)
  if (taken.length === 0) refuse('already_reversed')
  for (const one of taken) refuseAgreedSince(loans.find((loan) => loan.id === one.loanId)!, one)
  const entry = { reference, idemKey: `reversal:payment:${id}`, reversesId: entryId }
  await takeBackTogether(ctx, { loans, taken, money: [credit(paidInto, amount)], entry, reason })
  for (const one of taken) emitReversed(ctx, loans.find((loan) => loan.id === one.loanId)!, { one, reference, reason })
}

/**
 * Takes back a repayment that staff took in, or that was drawn from savings; a pay-off with the interest that was given up
 * for it. Answers the entry that did it. Refuses transaction_of_payment (what a provider told us of is taken back there),
 * restructured_since.
 */
export async function reverseRepayment(
  ctx: Ctx,
  { loan, one }: { readonly loan: store.LoanRow; readonly one: history.Standing },
  reason: string,
): Promise<bigint> {
  if (one.paymentId !== null) refuse('transaction_of_payment', { paymentId: one.paymentId })
  refuseAgreedSince(loan, one)
  const { account, amount, savingsAccountId } = one
  const from = account === SAVINGS ? credit(SAVINGS, amount, savingsAccountId!) : credit(account ?? CASH, amount)
  const reference = one.reference ?? `loan ${loan.id}`
  const waiver = one.waiverId === null ? null : await history.standingTransaction(ctx, loan.id, one.waiverId)
  const entry = { reference, idemKey: `reversal:transaction:${one.id}` }
  const taken = waiver ? [waiver, one] : [one]
  const entryId = await takeBackTogether(ctx, { loans: [loan], taken, money: [from], entry, reason })
  emitReversed(ctx, loan, { one, reference, reason })
  return entryId!
}

/** Money that came before the last agreement: the agreement was made for what was owed then, and is undone first. */
export function refuseAgreedSince(loan: store.LoanRow, one: history.Standing): void {
  if (one.rootId < (loan.plan?.firstTransaction ?? 1)) refuse('restructured_since', { loanId: loan.id })
}

interface Reversed {
  readonly one: history.Standing
  readonly reference: string
  readonly reason: string
}

function emitReversed(ctx: Ctx, loan: store.LoanRow, { one, reference, reason }: Reversed): void {
  emit(ctx, {
    type: 'repayment.reversed',
    subject: `loan:${loan.id}`,
    data: {
      loan_id: loan.id,
      customer_id: loan.customerId,
      borrower_user_id: loan.borrowerUserId,
      officer_id: loan.officerId,
      transaction_id: one.id,
      payment_id: one.paymentId,
      amount: String(one.amount),
      currency: loan.currency,
      reference,
      reason,
    },
  })
}
