/** How a loan ends before its time, and what is left over: pay-off, and the credit that is paid back. */
import type { Day } from '#domain/day.ts'
import { credit } from '#domain/ledger/entry.ts'
import { settlementOf } from '#domain/loans/course.ts'
import { creditRefundLines } from '#domain/loans/entries.ts'
import { type Instalment, NOTHING, outstandingOf, type Parts, totalOf } from '#domain/loans/instalment.ts'
import { layAccrued, payoff } from '#domain/loans/payoff.ts'
import { owedOn } from '#domain/loans/restructure.ts'
import { sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { completeIfSettled, waiveParts } from '#modules/loan-adjustments/loan-adjustments.ts'
import { isPlain, booksOf } from '#modules/loan-records/loan-records.ts'
import { loanFacts, refuseOwn } from '#modules/loan-records/facts.ts'
import * as history from '#modules/loan-records/history-store.ts'
import { courseOfLoan, eventsOf } from '#modules/loan-corrections/history.ts'
import { repay, type TakenIn, requireMoneyAccount } from '#modules/loan-money/loan-money.ts'
import * as store from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

/** What closes a running loan on a day. Refuses loan_not_found, loan_not_active, invalid_input for a day before it was paid out. */
export async function payOffQuote(ctx: Ctx, loanId: number, day: Day): Promise<Parts> {
  const loan = (await store.readLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  if (loan.status !== 'active') refuse('loan_not_active', { loanId })
  if (day < (loan.plan?.day ?? loan.disbursedOn!)) {
    refuse('invalid_input', { fields: { day: 'Give a day from the disbursement, or the last agreement, on.' } })
  }
  return closingAmount(ctx, loan, day)
}

/**
 * All principal, fees and penalties outstanding, and the interest until the day: all that was agreed on where the product
 * says so (usual for flat interest), what has accrued otherwise.
 */
export async function closingAmount(ctx: Ctx, loan: store.LoanRow, day: Day): Promise<Parts> {
  const from = loan.plan?.day ?? loan.disbursedOn!
  const closing = (rows: readonly Instalment[]): Parts => {
    const accruedBefore = layAccrued(rows, BigInt(loan.plan?.accrued ?? 0), loan.plan?.of === 'rows')
    return payoff(rows, day, { interest: interestRule(loan), from, accruedBefore })
  }
  const since = ({ nr }: Instalment): boolean => nr >= (loan.plan?.firstNr ?? 1)
  if (isPlain(loan.terms)) {
    const rows = await store.readInstalments(ctx, [loan.id], 'all')
    return closing(rows.filter(since))
  }
  const course = await courseOfLoan(ctx, loan)
  if (loan.chargedOffOn !== null) return owedOn(course.rows)
  const settled = settlementOf(course.plan, eventsOf(course), day).rows.map((row) => row.instalment)
  return isFixed(loan) ? closing(settled) : settled.reduce(addOutstanding, NOTHING)
}

/** Whether the dues stay as they were agreed on whatever is paid, so that a pay-off gives up interest of the time to come. */
const isFixed = ({ terms, plan }: store.LoanRow): boolean => isPlain(terms) || plan?.of === 'rows'

const addOutstanding = (total: Parts, instalment: Instalment): Parts => {
  const parts = outstandingOf(instalment)
  return {
    penalty: total.penalty + parts.penalty,
    fee: total.fee + parts.fee,
    interest: total.interest + parts.interest,
    principal: total.principal + parts.principal,
  }
}

const interestRule = ({ terms }: store.LoanRow): 'whole' | 'accrued' =>
  terms.payoffInterest ?? (terms.interestMethod === 'flat' ? 'whole' : 'accrued')

/** Closes a loan today with the money that it takes; interest for the time to come is given up. Refuses what `repay` refuses. */
export async function payOff(ctx: Ctx, taken: Omit<TakenIn, 'amount' | 'day' | 'type'>): Promise<number> {
  const loan = (await store.lockLoan(ctx, taken.loanId)) ?? refuse('loan_not_found', { loanId: taken.loanId })
  if (loan.status !== 'active') refuse('loan_not_active', { loanId: loan.id })
  const { amount, waiverId } = await readyToClose(ctx, loan, 'pay_off')
  const transactionId = amount > 0n ? await repay(ctx, { ...taken, amount, waiverId }) : 0
  if (amount === 0n) await completeIfSettled(ctx, loan)
  emit(ctx, 'loan.paid_off', { ...loanFacts(ctx, loan), amount: String(amount) })
  return transactionId
}

export interface ReadyToClose {
  /** What then closes the loan, minor units. */
  readonly amount: bigint
  /** The interest that was given up for it; null where there was none. */
  readonly waiverId: number | null
}

/** Gives up the interest that a pay-off, or a top-up, of today does not ask for. */
export async function readyToClose(ctx: Ctx, loan: store.LoanRow, origin: 'pay_off' | 'top_up'): Promise<ReadyToClose> {
  const closing = await closingAmount(ctx, loan, ctx.today)
  const amount = totalOf(closing)
  if (!isFixed(loan)) return { amount, waiverId: null }
  const open = await store.readInstalments(ctx, [loan.id], 'open')
  const unasked = sum(open.map((row) => outstandingOf(row).interest)) - closing.interest
  if (unasked <= 0n) return { amount, waiverId: null }
  const waived = { instalments: open.toReversed(), component: 'interest' as const, amount: unasked }
  return { amount, waiverId: await waiveParts(ctx, loan, { ...waived, reason: 'pay-off', origin }) }
}

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
  emit(ctx, 'loan.credit_refunded', { ...loanFacts(ctx, loan), amount: String(amount), reason })
  return id
}

/** Overpayments that stand, less what of them was paid back; what was lent again came out of no credit. */
function creditIn(standing: readonly history.Standing[]): bigint {
  const refunds = standing.filter((one) => one.kind === 'credit_refund')
  return sum(standing.map((one) => one.overpayment)) - sum(refunds.map((one) => one.amount - one.parts.principal))
}
