/** A loan from application to disbursement, and the door to what happens to it afterwards. */
import { MOBILE_MONEY } from '#domain/ledger/chart.ts'
import { disbursementLines } from '#domain/loans/entries.ts'
import { type Instalment, NOTHING } from '#domain/loans/instalment.ts'
import { sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { customerForLoan } from '#modules/customers/views.ts'
import { officerExists } from '#modules/identity/views.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { type AgreedTerms, booksOf, scheduleFor } from '#modules/loans/agreed-terms.ts'
import * as store from '#modules/loans/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events.ts'

export { type Charge, charge, type Waiver, waive, writeOff } from '#modules/loans/adjustments.ts'
export { closeLoans, type DayEnd } from '#modules/loans/day-end.ts'
export {
  lockedOpenLoan,
  openLoansOf,
  type OpenLoan,
  recordRepayments,
  type Repayment,
  repaymentEntryLines,
  settle,
} from '#modules/loans/repayments.ts'
export { reverseRepaymentsOf } from '#modules/loans/reversal.ts'
export type { AgreedTerms } from '#modules/loans/agreed-terms.ts'

export interface Application {
  readonly customerId: number
  readonly productId: number
  readonly officerId: number
  /** Minor units. */
  readonly amount: bigint
  readonly terms: AgreedTerms
}

/** A customer asks for a loan. Nothing is owed yet. Refuses customer_not_found, no_officer. */
export async function apply(ctx: Ctx, application: Application): Promise<number> {
  const customer = (await customerForLoan(ctx, application.customerId)) ?? refuse('customer_not_found')
  if (!(await officerExists(ctx, application.officerId))) refuse('no_officer')
  const id = await store.insertLoan(ctx, {
    ...application,
    principal: application.amount,
    appliedBy: userId(ctx),
  })
  emitLoan(ctx, 'loan.applied', { ...application, id, borrowerUserId: customer.userId, principal: application.amount })
  return id
}

/** Agrees to a pending loan and plans its schedule from today. Refuses loan_not_found, loan_not_pending, own_request. */
export async function approve(ctx: Ctx, loanId: number): Promise<void> {
  const loan = await lockForDecision(ctx, loanId)
  if (loan.status !== 'pending') refuse('loan_not_pending', { loanId })
  const rows = scheduleFor(loan.terms, { principal: loan.principal, currency: loan.currency, startDay: ctx.today })
  await store.writeSchedule(ctx, loanId, rows)
  await store.markApproved(ctx, loanId, userId(ctx), interestOf(rows))
  emitLoan(ctx, 'loan.approved', loan)
}

/** Declines a pending loan with a reason for the customer. Refuses loan_not_found, loan_not_pending, own_request. */
export async function reject(ctx: Ctx, loanId: number, reason: string): Promise<void> {
  const loan = await lockForDecision(ctx, loanId)
  if (loan.status !== 'pending') refuse('loan_not_pending', { loanId })
  await store.markRejected(ctx, loanId, reason)
  emitLoan(ctx, 'loan.rejected', loan, { reason })
}

/**
 * Pays an approved loan out today: the schedule is dated from today and the books take principal and agreed interest.
 * Refuses loan_not_found, loan_not_approved, own_request.
 */
export async function disburse(ctx: Ctx, loanId: number): Promise<void> {
  const loan = await lockForDecision(ctx, loanId)
  if (loan.status !== 'approved') refuse('loan_not_approved', { loanId })
  const rows = scheduleFor(loan.terms, { principal: loan.principal, currency: loan.currency, startDay: ctx.today })
  await store.writeSchedule(ctx, loanId, rows)
  await store.markDisbursed(ctx, loanId, userId(ctx), interestOf(rows))
  const amounts = { principal: loan.principal, interest: interestOf(rows), fee: feesOf(rows), feeAtSource: 0n }
  const entryId = await postOne(ctx, {
    kind: 'disbursement',
    effectiveDay: ctx.today,
    reference: `loan ${loanId}`,
    idemKey: `disbursement:${loanId}`,
    lines: disbursementLines(booksOf(loan), amounts, MOBILE_MONEY),
  })
  await store.insertTransactions(ctx, [
    {
      loanId,
      kind: 'disbursement',
      valueDay: ctx.today,
      amount: loan.principal,
      parts: { ...NOTHING, principal: loan.principal },
      overpayment: 0n,
      lines: [],
      paymentId: null,
      entryId,
    },
  ])
  emitLoan(ctx, 'loan.disbursed', loan)
}

/** The loan, locked, if the actor may decide on it: nobody approves, rejects or disburses what is his own or what he applied for. */
async function lockForDecision(ctx: Ctx, loanId: number): Promise<store.LoanRow> {
  const loan = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  const by = userId(ctx)
  if (by !== null && (by === loan.borrowerUserId || by === loan.appliedBy)) refuse('own_request', { loanId })
  return loan
}

const userId = (ctx: Ctx): number | null => (ctx.actor.kind === 'user' ? ctx.actor.id : null)

const interestOf = (rows: readonly Instalment[]): bigint => sum(rows.map((row) => row.due.interest))
const feesOf = (rows: readonly Instalment[]): bigint => sum(rows.map((row) => row.due.fee))

type LoanFact = 'loan.applied' | 'loan.approved' | 'loan.rejected' | 'loan.disbursed'
type Told = Pick<store.LoanRow, 'id' | 'customerId' | 'borrowerUserId' | 'officerId' | 'principal'>

function emitLoan(ctx: Ctx, type: LoanFact, loan: Told, more: Record<string, unknown> = {}): void {
  emit(ctx, {
    type,
    subject: `loan:${loan.id}`,
    data: {
      loan_id: loan.id,
      customer_id: loan.customerId,
      borrower_user_id: loan.borrowerUserId,
      officer_id: loan.officerId,
      amount: String(loan.principal),
      currency: ctx.org.currency,
      ...more,
    },
  })
}
