/** Taking one transaction of a loan back. */
import { outstandingOf, type Parts, subtractParts } from '#domain/loans/instalment.ts'
import { UNEARNED_INTEREST } from '#domain/ledger/chart.ts'
import { min } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { reverse } from '#modules/ledger/ledger.ts'
import { entryById } from '#modules/ledger/views.ts'
import { emitLoan, refuseOwn } from '#modules/loans/facts.ts'
import * as history from '#modules/loans/history-store.ts'
import { PAY_OFF } from '#modules/loans/pay-off.ts'
import { replay, reverseRepayment, type TakingBack } from '#modules/loans/reversal.ts'
import * as store from '#modules/loans/store.ts'
import type { Ctx } from '#platform/context.ts'

export interface Undoing extends TakingBack {
  readonly loanId: number
  readonly transactionId: number
}

/**
 * Takes a transaction back: a repayment that staff took in (a pay-off with the interest that was given up for it), a recovery, a charge that is not paid yet, a waiver, a
 * write-off, a charge-off, a refund. What came after is allocated anew. Refuses loan_not_found, transaction_not_found,
 * already_reversed, transaction_of_payment, transaction_not_reversible, restructured_since, loan_has_transactions,
 * loan_not_active and loan_charged_off for debts out of the books,
 * insufficient_funds, own_request. Answers the entry that took it back; null where nothing was in the books.
 */
export async function reverseTransaction(ctx: Ctx, undoing: Undoing): Promise<bigint | null> {
  const { loanId, transactionId, reason } = undoing
  const loan = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  refuseOwn(ctx, loan)
  const one =
    (await history.standingTransaction(ctx, loanId, transactionId)) ?? (await refuseMissing(ctx, loanId, transactionId))
  if (one.kind === 'repayment' || one.kind === 'recovery') {
    await chargeAgain(ctx, { loan, paid: one, reason })
    return reverseRepayment(ctx, { loan, one: one as history.Repaid }, undoing)
  }
  if (one.rootId < (loan.plan?.firstTransaction ?? 1)) refuse('restructured_since', { loanId })
  await takeBackDebt(ctx, loan, one)
  const entryId = await takeBackEntry(ctx, one, reason)
  if (loan.status === 'active' || loan.status === 'completed') await replay(ctx, (await store.lockLoan(ctx, loanId))!)
  emitReversed(ctx, loan, one, reason)
  return entryId
}

// tidy: a fact reads best in a line
function emitReversed(ctx: Ctx, loan: store.LoanRow, { id, kind, amount }: history.Standing, reason: string): void {
  emitLoan(ctx, 'transaction.reversed', loan, { transaction_id: id, kind, amount: String(amount), reason })
}

interface PaidOff {
  readonly loan: store.LoanRow
  readonly paid: history.Standing
  readonly reason: string
}

/** A pay-off that is taken back was none: the interest that it did not ask for is owed again. */
async function chargeAgain(ctx: Ctx, { loan, paid, reason }: PaidOff): Promise<void> {
  if (loan.status === 'written_off' || loan.chargedOffOn !== null) return
  const before = (await history.readHistory(ctx, [loan.id])).findLast(({ rootId }) => rootId < paid.rootId)
  if (before?.kind !== 'waiver' || before.reason !== PAY_OFF) return
  await unwaive(ctx, loan, before)
  await takeBackEntry(ctx, before, reason)
  emitReversed(ctx, loan, before, reason)
}

async function refuseMissing(ctx: Ctx, loanId: number, id: number): Promise<never> {
  return refuse((await history.hasTransaction(ctx, loanId, id)) ? 'already_reversed' : 'transaction_not_found', { id })
}

async function takeBackDebt(ctx: Ctx, loan: store.LoanRow, one: history.Standing): Promise<void> {
  switch (one.kind) {
    case 'fee':
    case 'penalty':
      refuseOutOfBooks(loan)
      return uncharge(ctx, loan, one)
    case 'waiver':
      refuseOutOfBooks(loan)
      return unwaive(ctx, loan, one)
    case 'write_off':
      await refuseLater(ctx, one)
      return store.setStatus(ctx, [loan.id], { status: 'active', completedOn: null })
    case 'charge_off':
      await refuseLater(ctx, one)
      return unchargeOff(ctx, loan, one)
    case 'credit_refund':
      return
    default:
      return refuse('transaction_not_reversible', { kind: one.kind })
  }
}

/** A debt that has left the books cannot come back to them by itself: the loss is taken back first. */
function refuseOutOfBooks(loan: store.LoanRow): void {
  if (loan.status === 'written_off') refuse('loan_not_active', { loanId: loan.id })
  if (loan.chargedOffOn !== null) refuse('loan_charged_off', { loanId: loan.id })
}

/** What happened after a loss was booked was booked as a recovery: it goes first. */
async function refuseLater(ctx: Ctx, one: history.Standing): Promise<void> {
  const standing = await history.readHistory(ctx, [one.loanId])
  if (standing.some((other) => other.id > one.id)) refuse('loan_has_transactions', { loanId: one.loanId })
}

async function uncharge(ctx: Ctx, loan: store.LoanRow, one: history.Standing): Promise<void> {
  await rewriteOwed(ctx, loan, one, (row, parts) => {
    const component = one.kind === 'fee' ? 'fee' : 'penalty'
    if (outstandingOf(row)[component] < parts[component]) refuse('loan_has_transactions', { loanId: loan.id })
    return { ...row, due: subtractParts(row.due, parts) }
  })
}

/** Interest that had been earned before it was waived is earned again. */
async function unwaive(ctx: Ctx, loan: store.LoanRow, one: history.Standing): Promise<void> {
  const entry = one.entryId === null ? null : await entryById(ctx, one.entryId)
  const unearned = entry?.lines.find((line) => line.account === UNEARNED_INTEREST)?.amount ?? 0n
  let earned = loan.terms.accounting === 'accrual' ? one.parts.interest - unearned : 0n
  const rows = await rewriteOwed(ctx, loan, one, (row, parts) => ({ ...row, waived: subtractParts(row.waived, parts) }))
  const again = rows.map((row) => {
    const part = min(earned, row.due.interest - row.waived.interest - row.interestEarned)
    earned -= part
    return { ...row, interestEarned: row.interestEarned + part }
  })
  await store.writeEarned(ctx, loan.id, again)
}

async function rewriteOwed(
  ctx: Ctx,
  loan: store.LoanRow,
  one: history.Standing,
  // tidy: what becomes of each row is the point of the call
  change: (row: store.StoredInstalment, parts: Parts) => store.StoredInstalment,
): Promise<store.StoredInstalment[]> {
  const rows = await store.readInstalments(ctx, [loan.id], 'all')
  const changed = one.lines.map(({ nr, parts }) => change(rows.find((row) => row.nr === nr)!, parts))
  await store.writeOwed(ctx, loan.id, changed)
  return changed
}

/** The interest that was not earned when the loan was charged off is not earned now: that of the last instalments. */
async function unchargeOff(ctx: Ctx, loan: store.LoanRow, one: history.Standing): Promise<void> {
  const entry = one.entryId === null ? null : await entryById(ctx, one.entryId)
  let unearned = entry?.lines.find((line) => line.account === UNEARNED_INTEREST)?.amount ?? 0n
  const rows = (await store.readInstalments(ctx, [loan.id], 'all')).toReversed().map((row) => {
    const part = min(unearned, row.interestEarned)
    unearned -= part
    return { ...row, interestEarned: row.interestEarned - part }
  })
  await store.writeEarned(ctx, loan.id, rows)
  await store.writeChargedOff(ctx, loan.id, null)
}

async function takeBackEntry(ctx: Ctx, one: history.Standing, reason: string): Promise<bigint | null> {
  const as = { effectiveDay: ctx.today, reference: `loan ${one.loanId}`, idemKey: `reversal:transaction:${one.id}` }
  const entryId = one.entryId === null ? null : await reverse(ctx, one.entryId, as)
  const { loanId, amount, parts, overpayment, lines, account, reference } = one
  const taken = { loanId, amount, parts, overpayment, lines, account, reference, reason, entryId }
  await store.insertTransactions(ctx, [
    { ...taken, kind: 'reversal', valueDay: ctx.today, paymentId: null, reversesId: one.id },
  ])
  return entryId
}
