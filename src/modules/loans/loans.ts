/** A loan from application to approval, and the door to what happens to it afterwards. */
import type { Instalment } from '#domain/loans/instalment.ts'
import { sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { customerForLoan } from '#modules/customers/views.ts'
import { officerExists } from '#modules/identity/views.ts'
import { type AgreedTerms, scheduleFor } from '#modules/loans/agreed-terms.ts'
import { emitLoan, type LoanAsked, lockAsked, refuseOwn, userId } from '#modules/loans/facts.ts'
import * as steps from '#modules/loans/steps-store.ts'
import * as store from '#modules/loans/store.ts'
import type { Ctx } from '#platform/context.ts'

export {
  CHARGE_OFF,
  type Charge,
  charge,
  chargeOff,
  type Loses,
  lossNeedsSecondPerson,
  type Waiver,
  WRITE_OFF,
  waive,
  writeOff,
} from '#modules/loans/adjustments.ts'
export { type Refund, refundCredit } from '#modules/loans/credit.ts'
export { disburse, undoApproval, undoDisbursement, withdraw } from '#modules/loans/disbursement.ts'
export { ageOverdueLoans } from '#modules/loans/overdue.ts'
export { payOff, payOffQuote } from '#modules/loans/pay-off.ts'
export {
  type Agreement,
  previewRestructure,
  type Restructuring,
  restructure,
  undoRestructure,
} from '#modules/loans/restructure.ts'
export {
  BACKDATE_REPAYMENT,
  MONEY_ACCOUNTS,
  MONEYLESS_TYPES,
  needsSecondPerson,
  PAY_WITHOUT_MONEY,
  type PaidWithoutMoney,
  repay,
  requireAlone,
  requireNewReference,
  requireMoneyAccount,
  requireSinceDisbursement,
  type TakenIn,
} from '#modules/loans/staff-repayment.ts'
export { lockLoan } from '#modules/loans/store.ts'
export { reverseTransaction, type Undoing } from '#modules/loans/undo.ts'
export { closeLoans, type DayEnd } from '#modules/loans/day-end.ts'
export {
  bookedOn,
  lockedOpenLoan,
  openLoansOf,
  type OpenLoan,
  postedOf,
  postRepayments,
  recordRepayments,
  type Repayment,
  repaymentEntries,
  repaymentEntryLines,
  settle,
} from '#modules/loans/repayments.ts'
export { reverseRepaymentsOf } from '#modules/loans/reversal.ts'
export {
  amendTakenOver,
  type CalledLoan,
  handBack,
  loansByAccountNo,
  renumberTakenOver,
  takeLoanNumber,
  takeOver,
  type TakenOver,
} from '#modules/loans/running.ts'
export { type AgreedTerms, fullScheduleFor, scheduleFor } from '#modules/loans/agreed-terms.ts'

export interface Application {
  readonly customerId: number
  readonly productId: number
  readonly officerId: number
  /** Minor units. */
  readonly amount: bigint
  readonly terms: AgreedTerms
  /** A running loan of the same customer that this one settles when it is paid out. */
  readonly topsUp?: number | null
  /** It is to be paid out in goods: the sale takes its steps from here on. */
  readonly againstSale?: boolean
  /** The branch that it is of; where left out, the one that the actor works for, if any. */
  readonly branch?: string | null
}

/**
 * A customer asks for a loan. Nothing is owed yet. Refuses customer_not_found, no_officer, invalid_input for terms that make
 * no schedule; loan_not_found and loan_not_active for a loan to be topped up that is not a running one of his.
 */
export async function apply(ctx: Ctx, application: Application): Promise<number> {
  const customer = (await customerForLoan(ctx, application.customerId)) ?? refuse('customer_not_found')
  if (!(await officerExists(ctx, application.officerId))) refuse('no_officer')
  await requireToppable(ctx, application)
  scheduleFor(application.terms, { principal: application.amount, currency: ctx.org.currency, startDay: ctx.today })
  const id = await store.insertLoan(ctx, {
    ...application,
    principal: application.amount,
    appliedBy: userId(ctx),
    topsUp: application.topsUp ?? null,
    againstSale: application.againstSale ?? false,
    branch: application.branch ?? ctx.scope.branch,
  })
  emitLoan(ctx, 'loan.applied', { ...application, id, borrowerUserId: customer.userId, principal: application.amount })
  return id
}

async function requireToppable(ctx: Ctx, { topsUp, customerId }: Application): Promise<void> {
  if (topsUp === undefined || topsUp === null) return
  const old = await store.readLoan(ctx, topsUp)
  if (old?.customerId !== customerId) refuse('loan_not_found', { loanId: topsUp })
  if (old.status !== 'active') refuse('loan_not_active', { loanId: topsUp })
}

/** Agrees to a pending loan and plans its schedule from today. Refuses loan_not_found, loan_not_pending, own_request, loan_of_sale. */
export async function approve(ctx: Ctx, asked: LoanAsked): Promise<void> {
  const loan = await lockForDecision(ctx, asked)
  const { id: loanId } = loan
  if (loan.status !== 'pending') refuse('loan_not_pending', { loanId })
  const rows = scheduleFor(loan.terms, { principal: loan.principal, currency: loan.currency, startDay: ctx.today })
  await store.writeSchedule(ctx, loanId, rows)
  await steps.markApproved(ctx, loanId, userId(ctx), interestOf(rows))
  emitLoan(ctx, 'loan.approved', loan)
}

/** Declines a pending loan with a reason for the customer. Refuses loan_not_found, loan_not_pending, own_request, loan_of_sale. */
export async function reject(ctx: Ctx, asked: LoanAsked, reason: string): Promise<void> {
  const loan = await lockForDecision(ctx, asked)
  const { id: loanId } = loan
  if (loan.status !== 'pending') refuse('loan_not_pending', { loanId })
  await steps.markRejected(ctx, loanId, reason)
  emitLoan(ctx, 'loan.rejected', loan, { reason })
}

/** The loan, locked, if the actor may decide on it: nobody approves, rejects or disburses what is his own or what he applied for. */
async function lockForDecision(ctx: Ctx, asked: LoanAsked): Promise<store.LoanRow> {
  const loan = await lockAsked(ctx, asked)
  refuseOwn(ctx, loan)
  return loan
}

const interestOf = (rows: readonly Instalment[]): bigint => sum(rows.map((row) => row.due.interest))
