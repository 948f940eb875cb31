/** Loans that were running already when they came to us: taken over with an opening entry, put right, handed back. */
import type { Day } from '#domain/day.ts'
import { LOANS_TAKEN_OVER } from '#domain/ledger/chart.ts'
import { mergeLines, reversedLines } from '#domain/ledger/entry.ts'
import { disbursementLines, dueChangeLines } from '#domain/loans/entries.ts'
import { type Instalment, NOTHING } from '#domain/loans/instalment.ts'
import { sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { type AgreedTerms, booksOf, scheduleFor } from '#modules/loan-records/loan-records.ts'
import * as running from '#modules/loan-takeover/store.ts'
import * as history from '#modules/loan-records/history-store.ts'
import * as store from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { emit } from '#platform/events/events.ts'

export interface TakenOver {
  /** A number that was taken from the series of loans before. */
  readonly id: number
  readonly customerId: number
  /** The lender's own number of it; payers name it. */
  readonly accountNo: string
  /** Minor units. */
  readonly principal: bigint
  readonly terms: AgreedTerms
  /** The day it was paid out. */
  readonly startDay: Day
}

/** A number for a loan to come, whether it runs at once or later. */
export const takeLoanNumber = (ctx: Ctx): Promise<number> => takeNumbers(ctx, 'loan')

/**
 * Takes over a loan that runs already: active, its schedule dated from the day it was paid out, its principal in the books
 * by an opening entry of today. Refuses invalid_input for terms that make no schedule.
 */
export async function takeOver(ctx: Ctx, loan: TakenOver): Promise<void> {
  const rows = scheduleFor(loan.terms, { ...loan, currency: ctx.org.currency })
  await running.insertRunning(ctx, { ...loan, totalInterest: interestOf(rows) })
  await store.writeSchedule(ctx, loan.id, rows)
  await enterInBooks(ctx, loan, { rows, version: 1 })
  emit(ctx, 'loan.taken_over', runningFacts(ctx, loan))
}

/**
 * Puts right what was handed over: the opening entry is taken back and made anew, and so is the schedule. Refuses
 * loan_not_found, loan_not_active, loan_has_repayments once money was paid on it, invalid_input.
 */
export async function amendTakenOver(ctx: Ctx, loan: TakenOver): Promise<void> {
  const was = await lockUntouched(ctx, loan.id)
  const rows = scheduleFor(loan.terms, { ...loan, currency: was.currency })
  const version = (await history.countTransactions(ctx, loan.id)) + 1
  const written = await store.readInstalments(ctx, [loan.id], 'all')
  await store.writeSchedule(ctx, loan.id, rows)
  await takeFromBooks(ctx, was, { kind: 'loan_amended', rows: written })
  await running.writeRunning(ctx, { ...loan, totalInterest: interestOf(rows) })
  await enterInBooks(ctx, loan, { rows, version })
  emit(ctx, 'loan.amended', runningFacts(ctx, loan))
}

/** Gives a running loan the number that its lender calls it by. */
export const renumberTakenOver = (ctx: Ctx, id: number, accountNo: string): Promise<void> =>
  running.writeAccountNo(ctx, id, accountNo)

/** Hands a loan back: it leaves the books, its number is free again. Refuses loan_not_found, loan_not_active, loan_has_repayments. */
export async function handBack(ctx: Ctx, id: number): Promise<void> {
  const was = await lockUntouched(ctx, id)
  const rows = await store.readInstalments(ctx, [id], 'all')
  await takeFromBooks(ctx, was, { kind: 'loan_handed_back', rows })
  await store.setStatus(ctx, [id], { status: 'withdrawn', completedOn: null })
  await running.writeAccountNo(ctx, id, null)
  emit(ctx, 'loan.handed_back', runningFacts(ctx, was))
}

async function lockUntouched(ctx: Ctx, id: number): Promise<store.LoanRow> {
  const loan = (await store.lockLoan(ctx, id)) ?? refuse('loan_not_found', { loanId: id })
  if (await running.hasMoved(ctx, id)) refuse('loan_has_repayments', { loanId: id })
  return loan.status === 'active' ? loan : refuse('loan_not_active', { loanId: id })
}

async function enterInBooks(
  ctx: Ctx,
  loan: TakenOver,
  { rows, version }: { readonly rows: readonly Instalment[]; readonly version: number },
): Promise<void> {
  const amounts = { principal: loan.principal, interest: interestOf(rows), fee: 0n, feeAtSource: 0n }
  const entryId = await postOne(ctx, {
    kind: 'loan_taken_over',
    effectiveDay: ctx.today,
    reference: loan.accountNo,
    idemKey: `taken over:${loan.id}:${version}`,
    lines: mergeLines(disbursementLines(booksOf(loan), amounts, LOANS_TAKEN_OVER)),
  })
  await store.insertTransactions(ctx, [{ ...opening(loan), entryId }])
}

interface Leaving {
  readonly kind: 'loan_amended' | 'loan_handed_back'
  /** Its instalments as they stand in the books. */
  readonly rows: readonly store.StoredInstalment[]
}

async function takeFromBooks(ctx: Ctx, loan: store.LoanRow, { kind, rows }: Leaving): Promise<void> {
  const standing = (await running.standingOpening(ctx, loan.id)) ?? refuse('transaction_not_found')
  const amounts = { principal: loan.principal, interest: interestOf(rows), fee: 0n, feeAtSource: 0n }
  const earned = -sum(rows.map((row) => row.interestEarned))
  const opened = disbursementLines(booksOf(loan), amounts, LOANS_TAKEN_OVER)
  const entryId = await postOne(ctx, {
    kind,
    effectiveDay: ctx.today,
    reference: `loan ${loan.id}`,
    idemKey: `taken back:${standing.id}`,
    lines: mergeLines([...reversedLines(opened), ...dueChangeLines(booksOf(loan), { due: NOTHING, earned })]),
    reversesId: standing.entryId,
  })
  const taken = { ...opening({ ...loan, startDay: ctx.today }), entryId }
  await store.insertTransactions(ctx, [{ ...taken, kind: 'reversal', reversesId: standing.id }])
}

const opening = (loan: Pick<TakenOver, 'id' | 'principal' | 'startDay'>) => ({
  loanId: loan.id,
  kind: 'disbursement' as const,
  valueDay: loan.startDay,
  amount: loan.principal,
  parts: { ...NOTHING, principal: loan.principal },
  overpayment: 0n,
  lines: [],
  paymentId: null,
})

const interestOf = (rows: readonly Instalment[]): bigint => sum(rows.map((row) => row.due.interest))

const runningFacts = (
  { org }: Ctx,
  { id, customerId, principal }: Pick<TakenOver, 'id' | 'customerId' | 'principal'>,
) => ({
  loan_id: id,
  customer_id: customerId,
  amount: String(principal),
  currency: org.currency,
})
