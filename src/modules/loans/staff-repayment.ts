/** Money that staff take in themselves: cash, bank, mobile money; and what pays a loan without money, in the customer's favour. */
import type { Day } from '#domain/day.ts'
import { BANK, CASH, MOBILE_MONEY, WAIVER_EXPENSE } from '#domain/ledger/chart.ts'
import { debit, mergeLines } from '#domain/ledger/entry.ts'
import { refuse } from '#domain/refusal.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import type { LoanPaymentType } from '#modules/loan-products/loan-products.ts'
import { userId } from '#modules/loans/facts.ts'
import { lockedOpenLoan, recordRepayments, repaymentEntryLines, settle } from '#modules/loans/repayments.ts'
import * as store from '#modules/loans/store.ts'
import type { Ctx } from '#platform/context.ts'

/** Accounts of the chart in which staff hold money. */
export const MONEY_ACCOUNTS = [CASH, MOBILE_MONEY, BANK] as const

export interface TakenIn {
  readonly loanId: number
  /** Minor units, positive. */
  readonly amount: bigint
  /** The day it counts from; today where left out. */
  readonly day?: Day | undefined
  readonly type?: LoanPaymentType | undefined
  /** Where it is held: one of MONEY_ACCOUNTS. */
  readonly account: number
  /** The number of the receipt, the transfer … */
  readonly reference?: string | null | undefined
}

/**
 * Takes a repayment in. A goodwill credit pays without money, at the lender's expense. Returns the number of the
 * transaction. Refuses loan_not_found, loan_not_active, nothing_due, amount_invalid, account_unknown, own_request to the
 * borrower, invalid_input for a day to come.
 */
export async function repay(ctx: Ctx, taken: TakenIn): Promise<number> {
  const { loanId, amount, account, type = 'repayment', day = ctx.today, reference = null } = taken
  if (amount <= 0n) refuse('amount_invalid', { fields: { amount: 'Give a positive amount.' } })
  requireMoneyAccount(account)
  if (day > ctx.today) refuse('invalid_input', { fields: { day: 'Give a day until today.' } })
  const loan = await lockedOpenLoan(ctx, loanId)
  if (userId(ctx) !== null && userId(ctx) === loan.row.borrowerUserId) refuse('own_request', { loanId })
  const repayments = settle([loan], { amount, day, type })
  if (repayments.length === 0) refuse('nothing_due', { loanId })
  const into = type === 'goodwillCredit' ? WAIVER_EXPENSE : account
  const entryId = await postOne(ctx, {
    kind: loan.row.status === 'written_off' ? 'recovery' : 'repayment',
    effectiveDay: day,
    reference: reference ?? `loan ${loanId}`,
    idemKey: `repayment:${loanId}:${await store.countTransactions(ctx, loanId)}`,
    lines: mergeLines([debit(into, amount), ...repaymentEntryLines(repayments)]),
  })
  return recordRepayments(
    ctx,
    repayments.map((repayment) => ({ ...repayment, paymentId: null, entryId, reference, account: into })),
  )
}

/** Refuses account_unknown for an account that holds no money. */
export function requireMoneyAccount(account: number): void {
  const known: readonly number[] = MONEY_ACCOUNTS
  if (!known.includes(account)) refuse('account_unknown', { account })
}
