/** Loans in collection work: entered as they were handed over, running in the core as soon as their terms are complete. */
import { refuse } from '#domain/refusal.ts'
import { customerReached } from '#modules/collections/customer-views.ts'
import { loanReached } from '#modules/collections/loan-views.ts'
import * as store from '#modules/collections/store.ts'
import { productTermsSchema } from '#modules/loan-products/loan-products.ts'
import {
  amendTakenOver,
  handBack,
  renumberTakenOver,
  takeLoanNumber,
  takeOver,
  type TakenOver,
} from '#modules/loans/loans.ts'
import type { Ctx } from '#platform/context.ts'
import { violatedKey } from '#platform/db.ts'

export type { LoanFile } from '#modules/collections/store.ts'

/**
 * Enters a loan for a customer. With principal, rate, tenure and date it runs in the core from now on: interest a year on
 * the balance, equal monthly instalments from the day of the loan, income as it is received, since what was earned before
 * it came to us is another's. Refuses customer_not_found, account_no_taken, invalid_input.
 */
export async function createLoan(ctx: Ctx, loan: store.LoanFile): Promise<number> {
  if (!(await customerReached(ctx, loan.customerId))) refuse('customer_not_found')
  const id = await takeLoanNumber(ctx)
  await refusing(() => store.insertLoanFile(ctx, id, loan))
  const running = runningFrom(id, loan)
  if (running) await refusing(() => takeOver(ctx, running))
  return id
}

/** What the core needs to know of it, or null while something is missing. */
function runningFrom(id: number, loan: store.LoanFile): TakenOver | null {
  const { customerId, accountNo, principal, ratePercent, tenureMonths, loanDate } = loan
  if (principal === null || ratePercent === null || tenureMonths === null || loanDate === null) return null
  const terms = productTermsSchema.parse({
    interestMethod: 'declining',
    rateBasis: 'annual',
    ratePercent,
    months: tenureMonths,
    frequency: 'monthly',
    accounting: 'cash',
  })
  return { id, customerId, accountNo, principal, terms, startDay: loanDate }
}

/**
 * Changes what was entered; a running loan is put right in the books. Refuses loan_not_found, not_yours (also for loans that
 * were lent by another way), customer_not_found, account_no_taken, loan_has_repayments, invalid_input.
 */
export async function changeLoan(ctx: Ctx, id: number, patch: Partial<store.LoanFile>): Promise<void> {
  const was = await lockWritable(ctx, id)
  const is = { ...was, ...patch }
  if (is.customerId !== was.customerId && !(await customerReached(ctx, is.customerId))) refuse('customer_not_found')
  const before = runningFrom(id, was)
  const after = runningFrom(id, is)
  if (before && !after) refuse('invalid_input', { fields: missingOf(is) })
  await refusing(() => store.writeLoanFile(ctx, id, is))
  if (!after) return
  if (!before) await refusing(() => takeOver(ctx, after))
  else if (termsDiffer(before, after)) await refusing(() => amendTakenOver(ctx, after))
  else if (before.accountNo !== after.accountNo) await refusing(() => renumberTakenOver(ctx, id, after.accountNo))
}

const termsDiffer = (a: TakenOver, b: TakenOver): boolean =>
  a.customerId !== b.customerId ||
  a.principal !== b.principal ||
  a.startDay !== b.startDay ||
  a.terms.ratePercent !== b.terms.ratePercent ||
  a.terms.months !== b.terms.months

function missingOf(loan: store.LoanFile): Record<string, string> {
  const needed = { principal: 1, ratePercent: 1, tenureMonths: 1, loanDate: 1 } satisfies Partial<
    Record<keyof store.LoanFile, 1>
  >
  const missing = (Object.keys(needed) as (keyof typeof needed)[]).filter((field) => loan[field] === null)
  return Object.fromEntries(missing.map((field) => [field, 'This field may not be null while the loan is running.']))
}

/** Takes a loan out: a running one is handed back and leaves the books. Refuses loan_not_found, not_yours, loan_has_repayments. */
export async function removeLoan(ctx: Ctx, id: number): Promise<void> {
  const was = await lockWritable(ctx, id)
  if (runningFrom(id, was)) await handBack(ctx, id)
  await store.markLoanRemoved(ctx, id)
}

async function lockWritable(ctx: Ctx, id: number): Promise<store.LoanFile> {
  const loan = (await loanReached(ctx, id)) ?? refuse('loan_not_found')
  if (!loan.mayWrite) refuse('not_yours', { loanId: id })
  return (await store.lockLoanFile(ctx, id)) ?? refuse('not_yours', { loanId: id })
}

async function refusing(write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    const key = violatedKey(error)
    if (key === 'collection_loans_by_account_no' || key === 'loans_by_account_no') refuse('account_no_taken')
    throw error
  }
}
