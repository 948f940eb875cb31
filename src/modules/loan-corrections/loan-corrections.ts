/** Taking back what happened to a loan, so that it stands as if it had never come. */
import { CASH, SAVINGS } from '#domain/ledger/chart.ts'
import { debit, type Line, credit } from '#domain/ledger/entry.ts'
import { sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { takeBackTogether } from '#modules/loan-corrections/replay.ts'
import { loanFacts, refuseOwn } from '#modules/loan-records/facts.ts'
import * as history from '#modules/loan-records/history-store.ts'
import { isBefore } from '#modules/loan-corrections/history.ts'
import * as store from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

export interface Undoing {
  readonly loanId: number
  readonly transactionId: number
  readonly reason: string
}

/**
 * Takes a transaction back: a repayment that staff took in (a pay-off with the interest that was given up for it), a
 * recovery, a charge (what was paid on it pays other debts), a waiver, a write-off, a charge-off, a refund. Everything
 * after it is worked out anew. Refuses loan_not_found, transaction_not_found, already_reversed, transaction_of_payment,
 * transaction_not_reversible, restructured_since, own_request, loan_has_transactions (a charge that was given up in part, a
 * loss with recoveries after it), loan_not_active and loan_charged_off for debts out of the books. Answers the entry that
 * took it back; null where nothing was in the books.
 */
export async function reverseTransaction(ctx: Ctx, undoing: Undoing): Promise<bigint | null> {
  const { loanId, transactionId, reason } = undoing
  const loan = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  refuseOwn(ctx, loan)
  const one =
    (await history.standingTransaction(ctx, loanId, transactionId)) ?? (await refuseMissing(ctx, loanId, transactionId))
  if (one.kind === 'repayment' || one.kind === 'recovery') return reverseRepayment(ctx, { loan, one }, reason)
  if (one.kind === 'disbursement') refuse('transaction_not_reversible', { kind: one.kind })
  refuseTopUp(one)
  refuseAgreedSince(loan, one)
  await refuseBound(ctx, loan, one)
  const entryId = await takeBackTogether(ctx, {
    loans: [loan],
    taken: [one],
    money: moneyOf(one),
    entry: { reference: `loan ${loanId}`, idemKey: `reversal:transaction:${one.id}`, ...reversed(one) },
    reason,
  })
  const { id, kind, amount } = one
  emit(ctx, 'transaction.reversed', {
    ...loanFacts(ctx, loan),
    transaction_id: id,
    kind,
    amount: String(amount),
    reason,
  })
  return entryId
}

async function refuseMissing(ctx: Ctx, loanId: number, id: number): Promise<never> {
  return refuse((await history.hasTransaction(ctx, loanId, id)) ? 'already_reversed' : 'transaction_not_found', { id })
}

/** What a top-up settled is taken back with the loan that topped it up: no money moved but that loan's. */
function refuseTopUp({ origin, reference }: history.Standing): void {
  if (origin === 'top_up') refuse('transaction_not_reversible', { kind: origin, by: reference })
}

/** A refund comes back to where it was paid from. */
const moneyOf = ({ kind, account, amount }: history.Standing): Line[] =>
  kind === 'credit_refund' ? [debit(account ?? CASH, amount)] : []

/** The entry of a transaction that stands as it was entered; a replay's entry is not its own. */
const reversed = ({ id, rootId, entryId }: history.Standing) =>
  id === rootId && entryId !== null ? { reversesId: entryId } : {}

/** Refuses what something that came later rests on. */
async function refuseBound(ctx: Ctx, loan: store.LoanRow, one: history.Standing): Promise<void> {
  if (one.kind === 'write_off' || one.kind === 'charge_off') return refuseLater(ctx, one)
  if (one.kind === 'credit_refund' || one.outOfBooks) return
  refuseOutOfBooks(loan)
  if (one.kind !== 'waiver') await refuseGivenUp(ctx, one)
}

/** A debt that has left the books cannot come back to them by itself: the loss is taken back first. */
function refuseOutOfBooks(loan: store.LoanRow): void {
  if (loan.status === 'written_off') refuse('loan_not_active', { loanId: loan.id })
  if (loan.chargedOffOn !== null) refuse('loan_charged_off', { loanId: loan.id })
}

/** What counts after a loss was booked out of the books: it goes first. */
async function refuseLater(ctx: Ctx, one: history.Standing): Promise<void> {
  const standing = await history.readHistory(ctx, [one.loanId])
  if (standing.some((other) => isBefore(one, other))) refuse('loan_has_transactions', { loanId: one.loanId })
}

/** What was given up of charges is taken back before them. What was paid on them pays other debts. */
async function refuseGivenUp(ctx: Ctx, one: history.Standing): Promise<void> {
  const component = one.kind === 'fee' ? 'fee' : 'penalty'
  const rows = await store.readInstalments(ctx, [one.loanId], 'all')
  const [due, waived] = [sum(rows.map((row) => row.due[component])), sum(rows.map((row) => row.waived[component]))]
  if (due - one.amount < waived) refuse('loan_has_transactions', { loanId: one.loanId })
}

export interface ReversedPayment {
  readonly id: number
  readonly reference: string
  readonly amount: bigint
  /** The entry that took the money in; it can be taken back once. */
  readonly entryId: bigint
  readonly reason: string
}

/**
 * Takes back what a payment did to its loans: debts rise again, the settlement account gives the money back, later
 * repayments are allocated anew by value day. What of it was paid back to the customer, they owe again; what it had kept
 * from a loss becomes a part of the loss. Refuses already_reversed when nothing of it stands any more, restructured_since
 * when the loan was agreed on anew after it.
 */
export async function reverseRepaymentsOf(ctx: Ctx, payment: ReversedPayment, paidInto: number): Promise<void> {
  const { id, reference, amount, reason, entryId } = payment
  const loans = await store.lockLoansOfPayment(ctx, id)
  const all = await history.effectiveRepayments(
    ctx,
    loans.map((loan) => loan.id),
  )
  const taken = all.filter((one) => one.paymentId === id)
  if (taken.length === 0) refuse('already_reversed')
  for (const one of taken) refuseAgreedSince(loans.find((loan) => loan.id === one.loanId)!, one)
  const entry = { reference, idemKey: `reversal:payment:${id}`, reversesId: entryId }
  await takeBackTogether(ctx, { loans, taken, money: [credit(paidInto, amount)], entry, reason })
  for (const one of taken) emitReversed(ctx, loans.find((loan) => loan.id === one.loanId)!, { one, reference, reason })
}

/**
 * Takes back a repayment that staff took in, or that was drawn from savings; a pay-off with the interest that was given up
 * for it. Answers the entry that did it. Refuses transaction_of_payment (what a provider told us of is taken back there),
 * restructured_since.
 */
async function reverseRepayment(
  ctx: Ctx,
  { loan, one }: { readonly loan: store.LoanRow; readonly one: history.Standing },
  reason: string,
): Promise<bigint> {
  if (one.paymentId !== null) refuse('transaction_of_payment', { paymentId: one.paymentId })
  refuseTopUp(one)
  refuseAgreedSince(loan, one)
  const { account, amount, savingsAccountId } = one
  const from = account === SAVINGS ? credit(SAVINGS, amount, savingsAccountId!) : credit(account ?? CASH, amount)
  const reference = one.reference ?? `loan ${loan.id}`
  const waiver = one.waiverId === null ? null : await history.standingTransaction(ctx, loan.id, one.waiverId)
  const entry = { reference, idemKey: `reversal:transaction:${one.id}` }
  const taken = waiver ? [waiver, one] : [one]
  const entryId = await takeBackTogether(ctx, { loans: [loan], taken, money: [from], entry, reason })
  emitReversed(ctx, loan, { one, reference, reason })
  return entryId!
}

/** Money that came before the last agreement: the agreement was made for what was owed then, and is undone first. */
function refuseAgreedSince(loan: store.LoanRow, one: history.Standing): void {
  if (one.rootId < (loan.plan?.firstTransaction ?? 1)) refuse('restructured_since', { loanId: loan.id })
}

interface Reversed {
  readonly one: history.Standing
  readonly reference: string
  readonly reason: string
}

function emitReversed(ctx: Ctx, loan: store.LoanRow, { one, reference, reason }: Reversed): void {
  emit(ctx, 'repayment.reversed', {
    loan_id: loan.id,
    customer_id: loan.customerId,
    borrower_user_id: loan.borrowerUserId,
    officer_id: loan.officerId,
    transaction_id: one.id,
    payment_id: one.paymentId,
    amount: String(one.amount),
    currency: loan.currency,
    reference,
    reason,
  })
}
