/** Payments that customers say they have made: nothing moves until staff has seen the money, and then once. */
import { z } from 'zod'
import { type Day, dayIn } from '#domain/day.ts'
import { SUSPENSE } from '#domain/ledger/chart.ts'
import { credit, debit } from '#domain/ledger/entry.ts'
import { permits } from '#domain/permission.ts'
import { sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { type Approvable, storedDay } from '#modules/approvals/approvals.ts'
import {
  lockedOpenLoan,
  type OpenLoan,
  postRepayments,
  recordRepayments,
  type Repayment,
  settle,
  lockLoan,
} from '#modules/loan-repayments/loan-repayments.ts'
import { needsSecondPerson, requireSinceDisbursement } from '#modules/loan-money/loan-money.ts'
import { loanById } from '#modules/loan-records/views.ts'
import * as claims from '#modules/payments/claims-store.ts'
import { moneyAccountOf } from '#domain/ledger/money-accounts.ts'
import * as store from '#modules/payments/store.ts'
import { emitSuspended } from '#modules/payments/suspended.ts'
import type { Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { emit } from '#platform/events/events.ts'

/**
 * Notes that a customer says he has paid an instalment; it waits for staff to verify it and changes no balance. A claim
 * like one that still waits is noted as a repetition. Refuses instalment_not_found, instalment_paid.
 */
export async function submitClaim(ctx: Ctx, claim: claims.NewClaim): Promise<number> {
  const loan = await loanById(ctx, claim.loanId)
  const instalment = loan?.instalments.find(({ id }) => id === claim.instalmentId)
  if (!loan || !instalment) refuse('instalment_not_found')
  if (instalment.completedOn !== null) refuse('instalment_paid')
  const id = await takeNumbers(ctx, 'payment')
  const { customerId } = loan
  await claims.insertClaim(ctx, { ...claim, id, customerId, instalmentNr: instalment.nr })
  emit(ctx, 'payment.claimed', {
    payment_id: id,
    ...{ customer_id: customerId, borrower_user_id: loan.borrowerUserId },
    ...{ loan_id: loan.id, instalment_id: instalment.id, nr: instalment.nr },
    ...{ amount: String(claim.amount), currency: ctx.org.currency, paid_on: claim.paidOn },
  })
  return id
}

export interface Verification {
  /** The day of payment on the receipt, where the customer gave another. */
  readonly paidOn?: Day | undefined
}

/**
 * The money is there: it is taken into the books by the day it was paid and pays the loan's oldest debts; what no debt is
 * left for is the customer's credit, and where the loan is closed the money waits in suspense. The day it was paid is the
 * one that the verifier gives, else the customer's, at the latest the day of the claim. Refuses payment_not_found,
 * payment_not_pending (a colleague was quicker), not_permitted, own_request to the payer and to whoever submitted it,
 * invalid_input for a day to come, value_day_too_early before the loan was paid out, second_person_needed for a day further
 * back than staff may go alone and than the customer says.
 */
export async function verifyClaim(ctx: Ctx, paymentId: number, { paidOn }: Verification = {}): Promise<void> {
  await takeIn(ctx, await lockPending(ctx, paymentId), { paidOn, isAlone: true })
}

/** Whether the day needs a second person: further back than staff may go alone, and than the customer says. Refuses what `verifyClaim` refuses. */
export async function verificationNeedsSecondPerson(ctx: Ctx, paymentId: number, paidOn: Day): Promise<boolean> {
  return isFarBack(ctx, await lockPending(ctx, paymentId), paidOn)
}

const isFarBack = (ctx: Ctx, claim: claims.ClaimRow, paidOn: Day | undefined): boolean =>
  paidOn !== undefined && paidOn < claim.paidOn && needsSecondPerson(ctx, paidOn)

export interface BackdatedVerification {
  readonly paymentId: number
  readonly paidOn: Day
}

/** A claim verified by a day that needs a second person. Refuses what `verifyClaim` refuses. */
export const BACKDATE_VERIFICATION: Approvable<BackdatedVerification> = {
  kind: 'payment.backdate_verification',
  permission: 'payment.verify',
  asked: z.object({ paymentId: z.int(), paidOn: storedDay }),
  subject: ({ paymentId }) => `payment:${paymentId}`,
  async carryOut(ctx, { paymentId, paidOn }) {
    await takeIn(ctx, await lockPending(ctx, paymentId), { paidOn, isAlone: false })
    return { payment_id: paymentId }
  },
}

interface Verified extends Verification {
  /** Nobody else decides on it. */
  readonly isAlone: boolean
}

async function takeIn(ctx: Ctx, claim: claims.ClaimRow, verified: Verified): Promise<void> {
  const { id: paymentId } = claim
  const { paidOn } = verified
  if (paidOn !== undefined && paidOn > ctx.today)
    refuse('invalid_input', { fields: { day: 'Give a day until today.' } })
  const { loan, repayments, day } = await settleClaim(ctx, claim, verified)
  const waits = repayments.length === 0
  const money = [debit(moneyAccountOf(claim.provider), claim.amount)]
  const entry = {
    kind: waits ? ('receipt_in_suspense' as const) : ('repayment' as const),
    effectiveDay: day,
    hasArrived: true,
    reference: claim.reference,
    idemKey: `claim:${paymentId}`,
    money: waits ? [...money, credit(SUSPENSE, claim.amount, paymentId)] : money,
  }
  const posted = await postRepayments(ctx, entry, repayments)
  const { entryId } = posted
  const overpayment = sum(repayments.map((one) => one.overpayment))
  await claims.takeIn(ctx, paymentId, { status: waits ? 'suspense' : 'applied', entryId, day, overpayment })
  await recordRepayments(
    ctx,
    repayments.map((repayment) => ({ ...repayment, paymentId, reference: claim.reference, ...posted })),
  )
  emit(ctx, 'payment.verified', { ...factsOf(claim), day, officer_id: loan?.row.officerId ?? null })
  if (waits) emitSuspended(ctx, { id: paymentId, reason: 'nothing_due', amount: claim.amount, payerPhone: null })
}

/** The claim is not believed, and the reason is told. Refuses payment_not_found, payment_not_pending, not_permitted, own_request. */
export async function rejectClaim(ctx: Ctx, paymentId: number, reason: string): Promise<void> {
  const claim = await lockPending(ctx, paymentId)
  const { customerId } = claim
  await store.decide(ctx, paymentId, { status: 'rejected', reason, customerId, overpayment: 0n })
  emit(ctx, 'payment.rejected', { ...factsOf(claim), reason })
}

async function lockPending(ctx: Ctx, paymentId: number): Promise<claims.ClaimRow> {
  const claim = (await claims.lockClaim(ctx, paymentId)) ?? refuse('payment_not_found')
  if (claim.status !== 'pending') refuse('payment_not_pending', { status: claim.status })
  const { actor } = ctx
  if ('roles' in actor && !permits(actor.roles, 'payment.verify')) refuse('not_permitted', { paymentId })
  const isPayer =
    actor.kind === 'user' && (actor.id === claim.borrowerUserId || claim.submittedBy === `user:${actor.id}`)
  return isPayer ? refuse('own_request', { paymentId }) : claim
}

interface Settled {
  readonly loan: OpenLoan | null
  readonly repayments: readonly Repayment[]
  /** The day it counts from. */
  readonly day: Day
}

/** Whether the loan still takes money is decided once it is locked: another claim may just have completed it. */
async function settleClaim(ctx: Ctx, claim: claims.ClaimRow, verified: Verified): Promise<Settled> {
  const { paidOn: corrected, isAlone } = verified
  const row = await lockLoan(ctx, claim.loanId)
  const first = row?.disbursedOn ?? null
  if (corrected !== undefined && row) requireSinceDisbursement(row, corrected)
  if (isAlone && isFarBack(ctx, claim, corrected)) refuse('second_person_needed', { earliest: claim.paidOn })
  const submittedOn = dayIn(ctx.org.timeZone, claim.submittedAt)
  const paidOn = corrected ?? (claim.paidOn < submittedOn ? claim.paidOn : submittedOn)
  const day = first !== null && paidOn < first ? first : paidOn
  if (row?.status !== 'active' && row?.status !== 'written_off') return { loan: null, repayments: [], day }
  const loan = await lockedOpenLoan(ctx, claim.loanId, day)
  return { loan, repayments: settle([loan], { amount: claim.amount, day }), day }
}

const factsOf = (claim: claims.ClaimRow) => ({
  payment_id: claim.id,
  ...{ customer_id: claim.customerId, borrower_user_id: claim.borrowerUserId },
  ...{ loan_id: claim.loanId, instalment_id: claim.instalmentId, nr: claim.instalmentNr },
  ...{ amount: String(claim.amount), currency: claim.currency, reference: claim.reference },
})
