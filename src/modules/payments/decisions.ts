/** What a person decides on a payment: match one in suspense to a loan, send it back, or take an applied one back. */
import { SUSPENSE } from '#domain/ledger/chart.ts'
import { credit, debit } from '#domain/ledger/entry.ts'
import { sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { postOne, reverse } from '#modules/ledger/ledger.ts'
import { lockedOpenLoan, postRepayments, recordRepayments, settle } from '#modules/loan-repayments/loan-repayments.ts'
import { reverseRepaymentsOf } from '#modules/loan-corrections/loan-corrections.ts'
import { rejectClaim } from '#modules/payments/claims.ts'
import { isPendingClaim } from '#modules/payments/claims-store.ts'
import { moneyAccountOf } from '#domain/ledger/money-accounts.ts'
import * as store from '#modules/payments/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

/**
 * Applies a payment in suspense to a loan by the day it came in; later repayments of the loan are allocated anew.
 * Nobody matches money to a loan of his own.
 * Refuses payment_not_found, payment_not_in_suspense, loan_not_found, loan_not_active, own_request.
 */
export async function match(ctx: Ctx, paymentId: number, loanId: number): Promise<void> {
  const payment = await lockIn(ctx, paymentId, 'suspense')
  const loan = await lockedOpenLoan(ctx, loanId, payment.valueDay)
  if (ctx.actor.kind === 'user' && ctx.actor.id === loan.row.borrowerUserId) refuse('own_request', { loanId })
  const repayments = settle([loan], { amount: payment.amount, day: payment.valueDay })
  if (repayments.length === 0) refuse('loan_not_active', { loanId })
  const { reference } = payment
  const entry = { kind: 'suspense_matched' as const, effectiveDay: ctx.today, reference, idemKey: `match:${paymentId}` }
  const money = [debit(SUSPENSE, payment.amount, paymentId)]
  const posted = await postRepayments(ctx, { ...entry, money }, repayments)
  const overpayment = sum(repayments.map((one) => one.overpayment))
  await store.decide(ctx, paymentId, { status: 'applied', reason: null, customerId: loan.row.customerId, overpayment })
  await recordRepayments(
    ctx,
    repayments.map((repayment) => ({ ...repayment, paymentId, reference, ...posted })),
  )
  emit(ctx, 'payment.matched', { ...decidedFacts(payment), loan_id: loanId })
}

/**
 * Sends a payment in suspense back to its payer; one that a customer only claims is not believed. Refuses
 * payment_not_found, payment_not_in_suspense, and what rejectClaim refuses.
 */
export async function reject(ctx: Ctx, paymentId: number, reason: string): Promise<void> {
  if (await isPendingClaim(ctx, paymentId)) return rejectClaim(ctx, paymentId, reason)
  const payment = await lockIn(ctx, paymentId, 'suspense')
  await postOne(ctx, {
    kind: 'suspense_returned',
    effectiveDay: ctx.today,
    reference: payment.reference,
    idemKey: `return:${paymentId}`,
    lines: [debit(SUSPENSE, payment.amount, paymentId), credit(moneyAccountOf(payment.provider), payment.amount)],
  })
  await store.decide(ctx, paymentId, { status: 'rejected', reason, customerId: payment.customerId, overpayment: 0n })
  emit(ctx, 'payment.rejected', { ...decidedFacts(payment), reason })
}

/**
 * Takes a payment back that the provider reversed: what it paid is owed again, later repayments are allocated anew.
 * Refuses payment_not_found, already_reversed, restructured_since.
 */
export async function takeBack(ctx: Ctx, paymentId: number, reason: string): Promise<void> {
  const payment = (await store.lockPayment(ctx, paymentId)) ?? refuse('payment_not_found')
  if (payment.status === 'applied')
    await reverseRepaymentsOf(ctx, { ...payment, entryId: payment.entryId!, reason }, moneyAccountOf(payment.provider))
  else if (payment.status === 'suspense') {
    const as = { effectiveDay: ctx.today, reference: payment.reference, idemKey: `reversal:payment:${paymentId}` }
    await reverse(ctx, payment.entryId!, as)
  } else refuse(payment.status === 'pending' ? 'payment_not_in_suspense' : 'already_reversed')
  const { customerId } = payment
  await store.decide(ctx, paymentId, { status: 'reversed', reason, customerId, overpayment: 0n })
}

async function lockIn(ctx: Ctx, paymentId: number, status: 'suspense'): Promise<store.PaymentRow> {
  const payment = (await store.lockPayment(ctx, paymentId)) ?? refuse('payment_not_found')
  if (payment.status !== status) refuse('payment_not_in_suspense', { status: payment.status })
  return payment
}

const decidedFacts = ({ id, reference, amount, currency }: store.PaymentRow) => ({
  payment_id: id,
  reference,
  amount: String(amount),
  currency,
})
