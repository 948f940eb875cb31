/** What closes a loan on a day, and closing it. */
import type { Day } from '#domain/day.ts'
import { settlementOf } from '#domain/loans/course.ts'
import { type Instalment, NOTHING, outstandingOf, type Parts, totalOf } from '#domain/loans/instalment.ts'
import { payoff } from '#domain/loans/payoff.ts'
import { owedOn } from '#domain/loans/restructure.ts'
import { sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { isPlain } from '#modules/loans/agreed-terms.ts'
import { completeIfSettled, waiveParts } from '#modules/loans/adjustments.ts'
import { emitLoan } from '#modules/loans/facts.ts'
import { courseOfLoan, eventsOf } from '#modules/loans/history.ts'
import { repay, type TakenIn } from '#modules/loans/staff-repayment.ts'
import * as store from '#modules/loans/store.ts'
import type { Ctx } from '#platform/context.ts'

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
  if (isPlain(loan.terms)) {
    const rows = await store.readInstalments(ctx, [loan.id], 'all')
    return payoff(rows, day, { interest: interestRule(loan), from: loan.plan?.day ?? loan.disbursedOn! })
  }
  const course = await courseOfLoan(ctx, loan)
  if (loan.chargedOffOn !== null) return owedOn(course.rows)
  const settled = settlementOf(course.plan, eventsOf(course), day).rows
  return settled.reduce((total, row) => addOutstanding(total, row.instalment), NOTHING)
}

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
  emitLoan(ctx, 'loan.paid_off', loan, { amount: String(amount) })
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
  if (!isPlain(loan.terms)) return { amount, waiverId: null }
  const open = await store.readInstalments(ctx, [loan.id], 'open')
  const unasked = sum(open.map((row) => outstandingOf(row).interest)) - closing.interest
  if (unasked <= 0n) return { amount, waiverId: null }
  const waived = { instalments: open.toReversed(), component: 'interest' as const, amount: unasked }
  return { amount, waiverId: await waiveParts(ctx, loan, { ...waived, reason: 'pay-off', origin }) }
}
