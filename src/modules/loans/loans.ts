/** A loan from application to disbursement, and back. */
import { DEVICE_SALES, IN_PASSAGE, MOBILE_MONEY } from '#domain/ledger/chart.ts'
import { credit, debit, type Line, mergeLines, reversedLines } from '#domain/ledger/entry.ts'
import { disbursementLines, dueChangeLines } from '#domain/loans/entries.ts'
import { type Instalment, NOTHING, type Parts } from '#domain/loans/instalment.ts'
import { instalmentsOf } from '#domain/loans/schedule.ts'
import { sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { customerForLoan } from '#modules/customers/views.ts'
import { officerExists } from '#modules/identity/views.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { completeIfSettled } from '#modules/loan-adjustments/loan-adjustments.ts'
import { type AgreedTerms, scheduleFor, booksOf } from '#modules/loan-records/loan-records.ts'
import { feeAtSource, fullScheduleFor } from '#modules/loan-products/loan-products.ts'
import { takeBackTogether } from '#modules/loan-corrections/replay.ts'
import { type LoanAsked, loanFacts, lockAsked, refuseOwn, userId } from '#modules/loan-records/facts.ts'
import * as history from '#modules/loan-records/history-store.ts'
import { type ReadyToClose, readyToClose } from '#modules/loan-closing/loan-closing.ts'
import {
  lockedOpenLoan,
  recordRepayments,
  type Repayment,
  repaymentEntryLines,
  settle,
} from '#modules/loan-repayments/loan-repayments.ts'
import { requireMoneyAccount } from '#modules/loan-money/loan-money.ts'
import * as steps from '#modules/loans/steps-store.ts'
import * as store from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

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
  emit(
    ctx,
    'loan.applied',
    loanFacts(ctx, { ...application, id, borrowerUserId: customer.userId, principal: application.amount }),
  )
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
  emit(ctx, 'loan.approved', loanFacts(ctx, loan))
}

/** Declines a pending loan with a reason for the customer. Refuses loan_not_found, loan_not_pending, own_request, loan_of_sale. */
export async function reject(ctx: Ctx, asked: LoanAsked, reason: string): Promise<void> {
  const loan = await lockForDecision(ctx, asked)
  const { id: loanId } = loan
  if (loan.status !== 'pending') refuse('loan_not_pending', { loanId })
  await steps.markRejected(ctx, loanId, reason)
  emit(ctx, 'loan.rejected', { ...loanFacts(ctx, loan), reason })
}

/** The loan, locked, if the actor may decide on it: nobody approves, rejects or disburses what is his own or what he applied for. */
async function lockForDecision(ctx: Ctx, asked: LoanAsked): Promise<store.LoanRow> {
  const loan = await lockAsked(ctx, asked)
  refuseOwn(ctx, loan)
  return loan
}

const interestOf = (rows: readonly Instalment[]): bigint => sum(rows.map((row) => row.due.interest))

export interface PaidOut {
  /** What left: the principal less the fees kept back and less what settled another loan. Minor units. */
  readonly amount: bigint
  readonly entryId: bigint
}

/**
 * Pays an approved loan out today: the schedule is dated from today, the books take principal and agreed interest, fees at
 * disbursement are kept back; a loan that it tops up is settled first. Refuses loan_not_found, loan_not_approved,
 * own_request (also to who approved it, where the organisation's policy separates the two), account_unknown,
 * top_up_too_small, invalid_input where its terms make no schedule from today, loan_of_sale.
 */
export async function disburse(ctx: Ctx, asked: LoanAsked, paidFrom: number = MOBILE_MONEY): Promise<PaidOut> {
  const loan = await lockWithOld(ctx, asked)
  const { id: loanId } = loan
  refuseOwn(ctx, loan)
  if (loan.status !== 'approved') refuse('loan_not_approved', { loanId })
  refuseApprover(ctx, loan)
  const inGoods = loan.againstSale && paidFrom === DEVICE_SALES
  if (paidFrom !== IN_PASSAGE && !inGoods) requireMoneyAccount(paidFrom)
  const lent = { principal: loan.principal, currency: loan.currency, startDay: ctx.today }
  const planned = fullScheduleFor(loan.terms, lent)
  const rows = instalmentsOf(planned)
  await store.writeSchedule(ctx, loanId, rows)
  await steps.markDisbursed(ctx, loanId, userId(ctx), interestOf(rows))
  const paidOut = await book(ctx, loan, { rows, kept: feeAtSource(planned), paidFrom })
  emit(ctx, 'loan.disbursed', loanFacts(ctx, loan))
  return paidOut
}

/** The loan, locked after the one that it tops up. Refuses loan_not_found, loan_of_sale. */
async function lockWithOld(ctx: Ctx, asked: LoanAsked): Promise<store.LoanRow> {
  await store.lockWithToppedUp(ctx, [typeof asked === 'number' ? asked : asked.ofSale])
  return lockAsked(ctx, asked)
}

/** Where an organisation wants two pairs of eyes on what leaves: `approverMayDisburse: false` among its policies. */
function refuseApprover(ctx: Ctx, loan: store.LoanRow): void {
  const by = userId(ctx)
  if (ctx.org.policies.approverMayDisburse === false && by !== null && by === loan.approvedBy) {
    refuse('own_request', { loanId: loan.id })
  }
}

interface Paying {
  readonly rows: readonly Instalment[]
  /** Fees kept back. */
  readonly kept: bigint
  readonly paidFrom: number
}

/** One entry: what goes out, what becomes receivable, and what settles the loan that is topped up. */
async function book(ctx: Ctx, loan: store.LoanRow, { rows, kept, paidFrom }: Paying): Promise<PaidOut> {
  const { principal } = loan
  const amounts = { principal, interest: interestOf(rows), fee: chargesOf(rows), feeAtSource: kept }
  const settling = loan.topsUp === null ? null : await settleOld(ctx, loan.topsUp, principal - kept)
  const settled = settling?.repayments ?? []
  const old = sum(settled.map(amountOf))
  const reference = `loan ${loan.id}`
  const entryId = await postOne(ctx, {
    kind: 'disbursement',
    effectiveDay: ctx.today,
    reference,
    idemKey: `disbursement:${loan.id}:${await history.countTransactions(ctx, loan.id)}`,
    lines: mergeLines([
      ...disbursementLines(booksOf(loan), amounts, paidFrom),
      ...penaltyLines(loan, rows),
      debit(paidFrom, old),
      ...repaymentEntryLines(settled),
    ]),
  })
  await store.insertTransactions(ctx, [{ ...disbursementOf(ctx, loan, kept), account: paidFrom, entryId }])
  const waiverId = settling?.waiverId ?? null
  const from = { paymentId: null, entryId, reference, account: paidFrom, origin: 'top_up' as const, waiverId }
  await recordRepayments(
    ctx,
    settled.map((repayment) => ({ ...repayment, ...from })),
  )
  for (const { loan: closed } of settled)
    emit(ctx, 'loan.topped_up', { ...loanFacts(ctx, closed.row), by_loan_id: loan.id, amount: String(old) })
  return { amount: principal - kept - old, entryId }
}

/** Penalties that are part of the agreement are receivable from the first day, as fees are. */
function penaltyLines(loan: store.LoanRow, rows: readonly Instalment[]): Line[] {
  const due: Parts = { ...NOTHING, penalty: sum(rows.map((row) => row.due.penalty)) }
  return dueChangeLines(booksOf(loan), { due, earned: 0n })
}

const disbursementOf = (ctx: Ctx, loan: store.LoanRow, kept: bigint) => ({
  loanId: loan.id,
  kind: 'disbursement' as const,
  valueDay: ctx.today,
  amount: loan.principal,
  parts: { ...NOTHING, fee: kept, principal: loan.principal },
  overpayment: 0n,
  lines: [],
  paymentId: null,
})

/** The old loan's pay-off out of the new one. Refuses top_up_too_small, loan_not_active. */
async function settleOld(ctx: Ctx, loanId: number, most: bigint): Promise<Settling> {
  const old = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  if (old.status !== 'active' || old.chargedOffOn !== null) refuse('loan_not_active', { loanId })
  const { amount, waiverId } = await readyToClose(ctx, old, 'top_up')
  if (amount >= most) refuse('top_up_too_small', { loanId })
  if (amount === 0n) await completeIfSettled(ctx, old)
  return { repayments: settle([await lockedOpenLoan(ctx, loanId)], { amount, day: ctx.today }), waiverId }
}

interface Settling extends Pick<ReadyToClose, 'waiverId'> {
  readonly repayments: readonly Repayment[]
}

const amountOf = ({ parts, overpayment }: Repayment): bigint =>
  parts.penalty + parts.fee + parts.interest + parts.principal + overpayment

const chargesOf = (rows: readonly Instalment[]): bigint => sum(rows.map((row) => row.due.fee))

/**
 * Takes a disbursement back, the money having come back to where it was paid from: the loan is approved again, and one that
 * it topped up runs again as before. Refuses loan_not_found, loan_not_active, own_request, loan_has_transactions once
 * anything else has happened to it, loan_of_sale.
 */
export async function undoDisbursement(ctx: Ctx, asked: LoanAsked, reason: string): Promise<void> {
  const loan = await lockWithOld(ctx, asked)
  const { id: loanId } = loan
  if (loan.status !== 'active') refuse('loan_not_active', { loanId })
  refuseOwn(ctx, loan)
  const standing = await history.readHistory(ctx, [loanId])
  const [disbursed] = standing
  if (standing.length !== 1 || disbursed?.kind !== 'disbursement') refuse('loan_has_transactions', { loanId })
  if (loan.plan !== null) refuse('loan_has_transactions', { loanId })
  const rows = await store.readInstalments(ctx, [loanId], 'all')
  const { account, entryId: reversesId } = disbursed
  const paidFrom = account ?? MOBILE_MONEY
  const back = takenBackLines(loan, { rows, kept: disbursed.parts.fee, paidFrom })
  const old = loan.topsUp === null ? null : await settledOld(ctx, loan.topsUp, disbursed)
  const entryId = await takeBackTogether(ctx, {
    loans: old ? [old.loan] : [],
    taken: old?.taken ?? [],
    money: old ? [...back, credit(paidFrom, old.amount)] : back,
    entry: {
      reference: `loan ${loanId}`,
      idemKey: `disbursement undone:${disbursed.id}`,
      ...(reversesId === null ? {} : { reversesId }),
    },
    reason,
  })
  const taken = { ...disbursementOf(ctx, loan, disbursed.parts.fee), kind: 'reversal' as const, account, reason }
  await store.insertTransactions(ctx, [{ ...taken, entryId, reversesId: disbursed.id }])
  await steps.markUndone(ctx, loanId, 'approved')
  emit(ctx, 'loan.disbursement_undone', { ...loanFacts(ctx, loan), reason })
}

interface SettledOld {
  readonly loan: store.LoanRow
  readonly taken: readonly history.Standing[]
  readonly amount: bigint
}

/**
 * What the disbursement did to the loan that it topped up: everything that came to that loan later is worked out anew without
 * it. Refuses loan_has_transactions where that loan was agreed on anew since.
 */
async function settledOld(ctx: Ctx, loanId: number, disbursed: history.Standing): Promise<SettledOld> {
  const loan = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  const standing = await history.readHistory(ctx, [loanId])
  const settling = standing.filter(({ origin }) => origin === 'top_up')
  const roots = await history.enteredBy(ctx, loanId, disbursed.entryId)
  const repayment = settling.find(({ kind, rootId }) => kind === 'repayment' && roots.includes(rootId))
  // Where interest alone was left, it was given up and nothing was paid.
  const waiver = repayment ? settling.find(({ id }) => id === repayment.waiverId) : settling.findLast(isWaiver)
  const taken = [waiver, repayment].filter((one) => one !== undefined)
  if (taken.some(({ rootId }) => rootId < (loan.plan?.firstTransaction ?? 1)))
    refuse('loan_has_transactions', { loanId })
  return { loan, taken, amount: repayment?.amount ?? 0n }
}

const isWaiver = ({ kind }: history.Standing): boolean => kind === 'waiver'

/** The opposite of the disbursement, interest that was earned since then included. */
function takenBackLines(
  loan: store.LoanRow,
  { rows, kept, paidFrom }: Omit<Paying, 'rows'> & { rows: readonly store.StoredInstalment[] },
): Line[] {
  const amounts = { principal: loan.principal, interest: interestOf(rows), fee: chargesOf(rows), feeAtSource: kept }
  const earned = -sum(rows.map((row) => row.interestEarned))
  return mergeLines([
    ...reversedLines([...disbursementLines(booksOf(loan), amounts, paidFrom), ...penaltyLines(loan, rows)]),
    ...dueChangeLines(booksOf(loan), { due: NOTHING, earned }),
  ])
}

/** Takes an approval back before anything was paid out: the application is pending again. Refuses loan_not_found, loan_not_approved, own_request, loan_of_sale. */
export async function undoApproval(ctx: Ctx, asked: LoanAsked, reason: string): Promise<void> {
  const loan = await lockAsked(ctx, asked)
  const { id: loanId } = loan
  refuseOwn(ctx, loan)
  if (loan.status !== 'approved') refuse('loan_not_approved', { loanId })
  await steps.markUndone(ctx, loanId, 'pending')
  emit(ctx, 'loan.approval_undone', { ...loanFacts(ctx, loan), reason })
}

/**
 * The customer, or staff for him, does not want the loan any more. Refuses loan_not_found (also to another customer),
 * loan_not_withdrawable once it is paid out or decided against, loan_of_sale.
 */
export async function withdraw(ctx: Ctx, asked: LoanAsked, reason: string): Promise<void> {
  const loan = await lockAsked(ctx, asked)
  const { id: loanId } = loan
  const { actor } = ctx
  const isCustomer = actor.kind === 'user' && actor.roles.every((role) => role === 'customer')
  if (isCustomer && actor.id !== loan.borrowerUserId) refuse('loan_not_found', { loanId })
  if (loan.status !== 'pending' && loan.status !== 'approved') refuse('loan_not_withdrawable', { loanId })
  await store.setStatus(ctx, [loanId], { status: 'withdrawn', completedOn: null })
  emit(ctx, 'loan.withdrawn', { ...loanFacts(ctx, loan), reason })
}
