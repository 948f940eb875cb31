/** Loans in collection work: entered as they were handed over, running in the core as soon as their terms are complete. */
import { parseRate } from '#domain/rate.ts'
import { Refusal, refuse } from '#domain/refusal.ts'
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
} from '#modules/loan-takeover/loan-takeover.ts'
import type { Ctx } from '#platform/context.ts'
import { violatedKey } from '#platform/database/db.ts'
import { emit } from '#platform/events/events.ts'

export type { LoanFile } from '#modules/collections/store.ts'

/**
 * Enters a loan for a customer. With principal, rate, tenure and date it runs in the core from now on: interest a year on
 * the balance, equal monthly instalments from the day of the loan, income as it is received, since what was earned before
 * it came to us is another's. Refuses customer_not_found, not_yours, account_no_taken, invalid_input.
 */
export async function createLoan(ctx: Ctx, loan: store.LoanFile): Promise<number> {
  await requireCustomer(ctx, loan.customerId)
  const id = await takeLoanNumber(ctx)
  await refusing(() => store.insertLoanFile(ctx, id, loan))
  const running = runningFrom(id, loan)
  if (running) await refusing(() => takeOver(ctx, running))
  emit(ctx, 'loan.filed', fileFacts(id, loan))
  return id
}

/** Nobody enters loans for customers whom they may not see. Refuses customer_not_found, not_yours. */
async function requireCustomer(ctx: Ctx, customerId: number): Promise<void> {
  const customer = (await customerReached(ctx, customerId)) ?? refuse('customer_not_found')
  if (!customer.mayRead) refuse('not_yours', { customerId })
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
 * Changes what was entered; a running loan is put right in the books. Once money was paid on it, what moves no money may
 * still be changed: its number, its type, and any term as it stands. Refuses loan_not_found, not_yours (also for loans that
 * were lent by another way), customer_not_found, account_no_taken, loan_has_repayments (naming the fields), invalid_input.
 */
export async function changeLoan(ctx: Ctx, id: number, patch: Partial<store.LoanFile>): Promise<void> {
  const was = await lockWritable(ctx, id)
  const is = { ...was, ...patch }
  const changed = changedOf(was, is)
  if (changed.length === 0) return
  if (changed.includes('customerId')) await requireCustomer(ctx, is.customerId)
  const before = runningFrom(id, was)
  const after = runningFrom(id, is)
  if (before && !after) refuse('invalid_input', { fields: missingOf(is) })
  await refusing(() => store.writeLoanFile(ctx, id, is))
  if (after) await follow(ctx, { before, after, changed })
  emit(ctx, 'loan.file_changed', { ...fileFacts(id, is), changed })
}

type Field = keyof store.LoanFile

/** The fields that say something else now; 10.5 percent is 10.50. */
const changedOf = (was: store.LoanFile, is: store.LoanFile): Field[] =>
  (Object.keys(is) as Field[]).filter((field) => {
    const [a, b] = [was[field], is[field]]
    const isRate = field === 'ratePercent' && a !== null && b !== null
    return isRate ? parseRate(String(a)) !== parseRate(String(b)) : a !== b
  })

interface Change {
  readonly before: TakenOver | null
  readonly after: TakenOver
  readonly changed: readonly Field[]
}

/** What the core has of the loan follows its file. */
async function follow(ctx: Ctx, { before, after, changed }: Change): Promise<void> {
  if (!before) return refusing(() => takeOver(ctx, after))
  const moving = changed.filter((field) => field !== 'accountNo' && field !== 'loanType')
  if (moving.length > 0) await refusing(() => naming(moving, () => amendTakenOver(ctx, after)))
  else if (changed.includes('accountNo')) await refusing(() => renumberTakenOver(ctx, after.id, after.accountNo))
}

/** Says of each field that it cannot be changed any more. */
async function naming(fields: readonly Field[], amend: () => Promise<void>): Promise<void> {
  try {
    await amend()
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'loan_has_repayments') throw error
    const said = 'Money was paid on this loan: this can no longer be changed.'
    refuse(error.code, { ...error.data, fields: Object.fromEntries(fields.map((field) => [field, said])) })
  }
}

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
  emit(ctx, 'loan.file_removed', fileFacts(id, was))
}

const fileFacts = (id: number, { customerId, accountNo }: store.LoanFile) => ({
  loan_id: id,
  customer_id: customerId,
  account_no: accountNo,
})

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
