/** Money that staff take in themselves: cash, bank, mobile money. And what pays a loan without money, decided by two people. */
import { z } from 'zod'
import type { Day } from '#domain/day.ts'
import { BANK, CASH, MOBILE_MONEY, WAIVER_EXPENSE } from '#domain/ledger/chart.ts'
import { debit } from '#domain/ledger/entry.ts'
import { sum } from '#domain/money.ts'
import { earliestAlone } from '#domain/loans/value-day.ts'
import { refuse } from '#domain/refusal.ts'
import { type Approvable, minorUnits, storedDay } from '#modules/approvals/approvals.ts'
import type { LoanPaymentType } from '#modules/loan-products/loan-products.ts'
import { refuseBorrower, userId } from '#modules/loan-records/facts.ts'
import { countTransactions, readHistory, repaidUnder } from '#modules/loan-records/history-store.ts'
import {
  lockedLoan,
  lockedOpenLoan,
  postRepayments,
  recordRepayments,
  settle,
} from '#modules/loan-repayments/loan-repayments.ts'
import * as store from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'

/** Accounts of the chart in which staff hold money. */
export const MONEY_ACCOUNTS = [CASH, MOBILE_MONEY, BANK] as const

/** Kinds of repayment that bring no money from the customer: they lower a debt on somebody's word. */
export const MONEYLESS_TYPES = [
  'goodwillCredit',
  'merchantIssuedRefund',
  'payoutRefund',
] as const satisfies readonly LoanPaymentType[]
type MoneylessType = (typeof MONEYLESS_TYPES)[number]

interface Paid<Type extends LoanPaymentType> {
  readonly loanId: number
  /** Minor units, positive. */
  readonly amount: bigint
  /** The day it counts from; today where left out. */
  readonly day?: Day | undefined
  readonly type?: Type | undefined
  /** Where it is held: one of MONEY_ACCOUNTS. */
  readonly account: number
  /** The number of the receipt, the transfer … */
  readonly reference?: string | null | undefined
  /** The caller knows that a repayment into the same account has the same reference, and that this is another one. */
  readonly confirmDuplicate?: boolean | undefined
  /** Of a pay-off: the transaction that gave up the interest it does not ask for. */
  readonly waiverId?: number | null
}

export type TakenIn = Paid<Exclude<LoanPaymentType, MoneylessType>>

/**
 * Takes a repayment in: money that has arrived. On a completed loan it is the customer's credit. Returns the number of the
 * transaction. Refuses loan_not_found, loan_not_active, nothing_due, amount_invalid, account_unknown, own_request to the borrower, invalid_input for a day to
 * come, value_day_too_early before the disbursement, second_person_needed further back than staff may go alone,
 * period_closed, reference_repeated where it may be the same money.
 */
export async function repay(ctx: Ctx, taken: TakenIn): Promise<number> {
  requireAlone(ctx, taken.day)
  return takeIn(ctx, taken)
}

/** Refuses second_person_needed for a day further back than staff may go alone. */
export function requireAlone(ctx: Ctx, day: Day | undefined): void {
  if (needsSecondPerson(ctx, day)) refuse('second_person_needed', { earliest: earliestOf(ctx) })
}

/** The first day that staff may give alone. */
const earliestOf = (ctx: Ctx): Day => earliestAlone(ctx.today, ctx.org.policies.backdatingDays)

/** Whether a repayment of the day needs a second person; today's never does. The system answers for nobody and needs none. */
export const needsSecondPerson = (ctx: Ctx, day: Day | undefined): boolean =>
  day !== undefined && userId(ctx) !== null && day < earliestOf(ctx)

/**
 * A repayment of a day further back than staff may go alone (`backdatingDays` of the organisation's policies), taken in when
 * a second person approves it. Refuses what `repay` refuses.
 */
export const BACKDATE_REPAYMENT: Approvable<TakenIn> = {
  kind: 'loan.backdate_repayment',
  permission: 'loan.repay',
  asked: z.object({
    loanId: z.int(),
    amount: minorUnits,
    day: storedDay.optional(),
    type: z.enum(['repayment', 'downPayment']).optional(),
    account: z.int(),
    reference: z.string().nullish(),
    confirmDuplicate: z.boolean().optional(),
  }),
  subject: ({ loanId }) => `loan:${loanId}`,
  carryOut: async (ctx, taken) => ({ loan_id: taken.loanId, transaction_id: await takeIn(ctx, taken) }),
}

export type PaidWithoutMoney = Paid<MoneylessType> & { readonly type: MoneylessType }

/**
 * Lowers a loan's debt without the customer's money: a goodwill credit at the lender's expense, or what a merchant or a
 * payout gives back into one of MONEY_ACCOUNTS. It never exceeds what is owed, so it leaves no credit to be refunded.
 * Refuses what `repay` refuses, amount_above_outstanding, loan_charged_off, loan_not_active also for a loan written off.
 */
export const PAY_WITHOUT_MONEY: Approvable<PaidWithoutMoney> = {
  kind: 'loan.pay_without_money',
  permission: 'loan.waive',
  asked: z.object({
    loanId: z.int(),
    amount: minorUnits,
    day: storedDay.optional(),
    type: z.enum(MONEYLESS_TYPES),
    account: z.int(),
    reference: z.string().nullish(),
    confirmDuplicate: z.boolean().optional(),
  }),
  subject: ({ loanId }) => `loan:${loanId}`,
  async carryOut(ctx, paid) {
    const { loanId } = paid
    const loan = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
    if (loan.status !== 'active') refuse('loan_not_active', { loanId })
    if (loan.chargedOffOn !== null) refuse('loan_charged_off', { loanId })
    const before = await overpaidOn(ctx, loanId)
    const transactionId = await takeIn(ctx, paid)
    // Counted from an earlier day it may also leave too much of a later payment.
    if ((await overpaidOn(ctx, loanId)) > before) refuse('amount_above_outstanding', { loanId })
    return { loan_id: loanId, transaction_id: transactionId }
  },
}

const overpaidOn = async (ctx: Ctx, loanId: number): Promise<bigint> =>
  sum((await readHistory(ctx, [loanId])).map((one) => one.overpayment))

async function takeIn(ctx: Ctx, taken: Paid<LoanPaymentType>): Promise<number> {
  const { loanId, amount, account, type = 'repayment', day = ctx.today, reference = null, waiverId = null } = taken
  if (amount <= 0n) refuse('amount_invalid', { fields: { amount: 'Give a positive amount.' } })
  requireMoneyAccount(account)
  if (day > ctx.today) refuse('invalid_input', { fields: { day: 'Give a day until today.' } })
  const loan = await (type === 'repayment' ? lockedLoan : lockedOpenLoan)(ctx, loanId, day)
  requireSinceDisbursement(loan.row, day)
  refuseBorrower(ctx, loan.row)
  const into = type === 'goodwillCredit' ? WAIVER_EXPENSE : account
  await requireNewReference(ctx, { ...taken, account: into })
  const repayments = settle([loan], { amount, day, type })
  if (repayments.length === 0) refuse('nothing_due', { loanId })
  const entry = {
    kind:
      repayments[0]!.entered?.kind ??
      (loan.row.status === 'written_off' ? ('recovery' as const) : ('repayment' as const)),
    effectiveDay: day,
    reference: reference ?? `loan ${loanId}`,
    idemKey: `repayment:${loanId}:${await countTransactions(ctx, loanId)}`,
    money: [debit(into, amount)],
  }
  const posted = await postRepayments(ctx, entry, repayments)
  const of = { paymentId: null, reference, account: into, waiverId, ...posted }
  return recordRepayments(
    ctx,
    repayments.map((repayment) => ({ ...repayment, ...of })),
  )
}

/**
 * Refuses reference_repeated where a repayment of the loan that was not taken back has the same reference in the same
 * account, unless the caller confirms that it is another. The loan is locked, or completed.
 */
export async function requireNewReference(
  ctx: Ctx,
  {
    loanId,
    account,
    reference,
    confirmDuplicate,
  }: Pick<TakenIn, 'loanId' | 'account' | 'reference' | 'confirmDuplicate'>,
): Promise<void> {
  if (!reference || confirmDuplicate) return
  const before = await repaidUnder(ctx, { loanId, account, reference })
  if (!before) return
  const advice = `Transaction ${before.id} of ${before.valueDay} has this reference: send confirm_duplicate if this is another payment.`
  refuse('reference_repeated', { transactionId: before.id, fields: { reference: advice } })
}

/** Refuses value_day_too_early for a day before the loan was paid out. */
export function requireSinceDisbursement({ disbursedOn }: Pick<store.LoanRow, 'disbursedOn'>, day: Day): void {
  if (disbursedOn === null || day >= disbursedOn) return
  const fields = { day: `Give a day from ${disbursedOn} on, when the loan was paid out.` }
  refuse('value_day_too_early', { earliest: disbursedOn, fields })
}

/** Refuses account_unknown for an account that holds no money. */
export function requireMoneyAccount(account: number): void {
  const known: readonly number[] = MONEY_ACCOUNTS
  if (!known.includes(account)) refuse('account_unknown', { account })
}
