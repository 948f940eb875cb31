/** Taking a repayment back, and replaying the later ones so that the loan stands as if it had never come. */
import { credit, mergeLines, reversedLines } from '#domain/ledger/entry.ts'
import { type Allocation, allocate, applyAllocation } from '#domain/loans/allocation.ts'
import { repaymentLines } from '#domain/loans/entries.ts'
import { NOTHING, outstandingOf, totalOf } from '#domain/loans/instalment.ts'
import type { Day } from '#domain/day.ts'
import { refuse } from '#domain/refusal.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { allocationRuleOf, booksOf } from '#modules/loans/agreed-terms.ts'
import * as store from '#modules/loans/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events.ts'

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
 * repayments are allocated anew by value day. Refuses already_reversed when nothing of it stands any more, and
 * insufficient_funds when the credit it left has been used.
 */
export async function reverseRepaymentsOf(ctx: Ctx, payment: ReversedPayment, paidInto: number): Promise<void> {
  const loans = await store.lockLoansOfPayment(ctx, payment.id)
  const standing = (
    await store.effectiveRepayments(
      ctx,
      loans.map((loan) => loan.id),
    )
  ).filter((t) => t.paymentId === payment.id)
  if (standing.length === 0) refuse('already_reversed')
  const books = new Map(loans.map((loan) => [loan.id, booksOf(loan)]))
  const taken = standing.flatMap((t) => repaymentLines(books.get(t.loanId)!, t.parts, t.overpayment))
  const entryId = await postOne(ctx, {
    kind: 'reversal',
    effectiveDay: ctx.today,
    reference: payment.reference,
    idemKey: `reversal:payment:${payment.id}`,
    lines: mergeLines([...reversedLines(taken), credit(paidInto, payment.amount)]),
    reversesId: payment.entryId,
  })
  await store.insertTransactions(
    ctx,
    standing.map((t) => reversalOf(t, entryId, ctx.today)),
  )
  for (const loan of loans) await replay(ctx, loan)
  for (const t of standing) emitReversed(ctx, loans.find((loan) => loan.id === t.loanId)!, t, payment)
}

const reversalOf = (t: store.Repaid, entryId: bigint, day: Day): store.NewTransaction => ({
  loanId: t.loanId,
  kind: 'reversal',
  valueDay: day,
  amount: t.amount,
  parts: t.parts,
  overpayment: t.overpayment,
  lines: t.lines,
  paymentId: t.paymentId,
  entryId,
  reversesId: t.id,
})

/**
 * Allocates the loan's standing repayments anew in order of value day. Those that now pay other debts are taken back and
 * replaced, linked to what they replace; the books get the difference. Then instalments and status follow.
 */
export async function replay(ctx: Ctx, loan: store.LoanRow): Promise<void> {
  const repayments = await store.effectiveRepayments(ctx, [loan.id])
  const before = await store.readInstalments(ctx, [loan.id], 'all')
  const { changed, instalments } = allocateAnew(before, repayments, loan)
  await postDifferences(ctx, loan, changed)
  await store.writePaid(ctx, instalments)
  const settled = instalments.every((instalment) => instalment.completedOn !== null)
  await store.setStatus(
    ctx,
    [loan.id],
    settled ? { status: 'completed', completedOn: lastOf(instalments) } : { status: 'active', completedOn: null },
  )
  if (!settled && loan.status === 'completed') {
    emit(ctx, {
      type: 'loan.reopened',
      subject: `loan:${loan.id}`,
      data: { loan_id: loan.id, customer_id: loan.customerId },
    })
  }
}

/** After money was booked on an earlier day than money already there: allocates the loan anew. */
export async function replayIfBackdated(ctx: Ctx, loanId: number, valueDay: Day): Promise<void> {
  const repayments = await store.effectiveRepayments(ctx, [loanId])
  if (!repayments.some((repayment) => repayment.valueDay > valueDay)) return
  const loan = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  await replay(ctx, loan)
}

interface Changed {
  readonly was: store.Repaid
  readonly is: Allocation
}

interface Replayed {
  readonly changed: readonly Changed[]
  readonly instalments: readonly store.PaidInstalment[]
}

function allocateAnew(
  before: readonly store.StoredInstalment[],
  repayments: readonly store.Repaid[],
  loan: store.LoanRow,
): Replayed {
  const rule = allocationRuleOf(loan.terms)
  const changed: Changed[] = []
  const completedOn = new Map<number, Day>()
  let instalments = before.map((instalment) => ({ ...instalment, paid: NOTHING }))
  for (const repayment of repayments) {
    const is = allocate(instalments, { amount: repayment.amount, day: repayment.valueDay }, rule)
    if (!sameAllocation(is, repayment)) changed.push({ was: repayment, is })
    const after = applyAllocation(instalments, is)
    instalments = instalments.map((instalment, n) => ({ ...instalment, paid: after[n]!.paid }))
    for (const line of is.lines) completedOn.set(line.nr, repayment.valueDay)
  }
  return {
    changed,
    instalments: instalments.map((instalment) => ({
      loanId: loan.id,
      nr: instalment.nr,
      paid: instalment.paid,
      completedOn:
        totalOf(outstandingOf(instalment)) === 0n ? (completedOn.get(instalment.nr) ?? instalment.dueDay) : null,
    })),
  }
}

function sameAllocation(is: Allocation, was: store.Repaid): boolean {
  return is.overpayment === was.overpayment && store.packLines(is.lines) === store.packLines(was.lines)
}

/** One reversal and one replacement for each changed repayment; the books get what all of them change together. */
async function postDifferences(ctx: Ctx, loan: store.LoanRow, changed: readonly Changed[]): Promise<void> {
  if (changed.length === 0) return
  const entryId = await postReplay(ctx, loan, changed)
  await store.insertTransactions(
    ctx,
    changed.flatMap(({ was, is }) => {
      const taken = reversalOf(was, entryId ?? was.entryId, was.valueDay)
      const replacement = { ...taken, ...is, kind: 'repayment' as const, replacesId: was.id }
      return [taken, { ...withoutReverses(replacement), parts: is.parts }]
    }),
  )
}

function withoutReverses({ reversesId: _, ...transaction }: store.NewTransaction): store.NewTransaction {
  return transaction
}

/** Null when money only moved between instalments: then no account changes. */
async function postReplay(ctx: Ctx, loan: store.LoanRow, changed: readonly Changed[]): Promise<bigint | null> {
  const books = booksOf(loan)
  const lines = changed.flatMap(({ was, is }) => [
    ...repaymentLines(books, is.parts, is.overpayment),
    ...reversedLines(repaymentLines(books, was.parts, was.overpayment)),
  ])
  const merged = mergeLines(lines)
  if (merged.length === 0) return null
  const idemKey = `replay:${changed.map(({ was }) => was.id).join(',')}`
  return postOne(ctx, { kind: 'replay', effectiveDay: ctx.today, reference: `loan ${loan.id}`, idemKey, lines: merged })
}

const lastOf = (instalments: readonly store.PaidInstalment[]): Day =>
  instalments.map((instalment) => instalment.completedOn!).reduce((a, b) => (a > b ? a : b))

function emitReversed(ctx: Ctx, loan: store.LoanRow, t: store.Repaid, payment: ReversedPayment): void {
  emit(ctx, {
    type: 'repayment.reversed',
    subject: `loan:${loan.id}`,
    data: {
      loan_id: loan.id,
      customer_id: loan.customerId,
      borrower_user_id: loan.borrowerUserId,
      officer_id: loan.officerId,
      transaction_id: t.id,
      payment_id: payment.id,
      amount: String(t.amount),
      currency: loan.currency,
      reference: payment.reference,
      reason: payment.reason,
    },
  })
}
