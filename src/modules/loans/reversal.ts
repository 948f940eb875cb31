/** Taking a repayment back, and replaying the later ones so that the loan stands as if it had never come. */
import { CASH, SAVINGS } from '#domain/ledger/chart.ts'
import { credit, type Line, mergeLines, reversedLines } from '#domain/ledger/entry.ts'
import { type Allocation, allocate, applyAllocation } from '#domain/loans/allocation.ts'
import { repaymentLines } from '#domain/loans/entries.ts'
import { NOTHING, outstandingOf, totalOf } from '#domain/loans/instalment.ts'
import type { Day } from '#domain/day.ts'
import { refuse } from '#domain/refusal.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { allocationRuleOf, booksOf, isPlain } from '#modules/loans/agreed-terms.ts'
import * as history from '#modules/loans/history-store.ts'
import { courseOfLoan, reckonAnew, writeCourse } from '#modules/loans/history.ts'
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
 * repayments are allocated anew by value day. Refuses already_reversed when nothing of it stands any more,
 * insufficient_funds when the credit it left has been used, restructured_since when the loan was agreed on anew after it.
 */
export async function reverseRepaymentsOf(ctx: Ctx, payment: ReversedPayment, paidInto: number): Promise<void> {
  const loans = await store.lockLoansOfPayment(ctx, payment.id)
  const all = await history.effectiveRepayments(
    ctx,
    loans.map((loan) => loan.id),
  )
  const standing = all.filter((t) => t.paymentId === payment.id)
  await takeBack(ctx, { loans, standing }, { ...payment, idemKey: `reversal:payment:${payment.id}`, paidInto })
}

export interface TakingBack {
  readonly reason: string
  /** The savings account that the repayment was drawn from, and that has its money back. */
  readonly savingsAccountId?: number | undefined
}

/**
 * Takes back a repayment that staff took in, or that was drawn from savings; answers the entry that did it. Refuses
 * transaction_not_found, already_reversed, transaction_of_payment (what a provider told us of is taken back there),
 * transaction_not_reversible where the savings account is not said, insufficient_funds, restructured_since.
 */
export async function reverseRepayment(
  ctx: Ctx,
  { loan, one }: { readonly loan: store.LoanRow; readonly one: history.Repaid },
  { reason, savingsAccountId }: TakingBack,
): Promise<bigint> {
  if (one.paymentId !== null) refuse('transaction_of_payment', { paymentId: one.paymentId })
  const isDrawn = one.account === SAVINGS
  if (isDrawn && savingsAccountId === undefined) refuse('transaction_not_reversible', { kind: one.kind })
  const reference = one.reference ?? `loan ${loan.id}`
  const { id, amount } = one
  const from = { paidInto: one.account ?? CASH, ...(isDrawn && { owner: savingsAccountId }) }
  const taken = { id: null, reference, amount, entryId: null, reason, idemKey: `reversal:transaction:${id}`, ...from }
  return takeBack(ctx, { loans: [loan], standing: [one] }, taken)
}

interface TakenBack extends Omit<ReversedPayment, 'id' | 'entryId'> {
  readonly id: number | null
  readonly entryId: bigint | null
  readonly idemKey: string
  readonly paidInto: number
  /** Whose part of that account; none where it has no owners. */
  readonly owner?: number | undefined
}

interface Affected {
  readonly loans: readonly store.LoanRow[]
  readonly standing: readonly history.Repaid[]
}

async function takeBack(ctx: Ctx, { loans, standing }: Affected, payment: TakenBack): Promise<bigint> {
  if (standing.length === 0) refuse('already_reversed')
  const byId = new Map(loans.map((loan) => [loan.id, loan]))
  for (const t of standing) {
    if (t.rootId < (byId.get(t.loanId)!.plan?.firstTransaction ?? 1)) refuse('restructured_since', { loanId: t.loanId })
  }
  const taken = standing.flatMap((t) => repaymentLines(booksOf(byId.get(t.loanId)!), t.parts, t.overpayment))
  const entryId = await postOne(ctx, {
    kind: 'reversal',
    effectiveDay: ctx.today,
    reference: payment.reference,
    idemKey: payment.idemKey,
    lines: mergeLines([...reversedLines(taken), credit(payment.paidInto, payment.amount, payment.owner)]),
    ...(payment.entryId === null ? {} : { reversesId: payment.entryId }),
  })
  await store.insertTransactions(
    ctx,
    standing.map((t) => ({ ...reversalOf(t, entryId, ctx.today), reason: payment.reason })),
  )
  for (const loan of loans) await replay(ctx, loan)
  for (const t of standing) emitReversed(ctx, byId.get(t.loanId)!, t, payment)
  return entryId
}

const reversalOf = (t: history.Repaid, entryId: bigint | null, day: Day): store.NewTransaction => ({
  loanId: t.loanId,
  kind: 'reversal',
  valueDay: day,
  amount: t.amount,
  parts: t.parts,
  overpayment: t.overpayment,
  lines: t.lines,
  paymentId: t.paymentId,
  entryId,
  paymentType: t.paymentType,
  account: t.account,
  reference: t.reference,
  reversesId: t.id,
})

/**
 * Allocates the loan's standing repayments anew in order of value day. Those that now pay other debts are taken back and
 * replaced, linked to what they replace; the books get the difference, changed dues included where interest follows what
 * is paid. Then instalments and status follow.
 */
export async function replay(ctx: Ctx, loan: store.LoanRow): Promise<void> {
  const instalments = isPlain(loan.terms) ? await replayOldestFirst(ctx, loan) : await replayHistory(ctx, loan)
  if (loan.status === 'written_off') return
  const settled = instalments.every((instalment) => instalment.completedOn !== null)
  await store.setStatus(
    ctx,
    [loan.id],
    settled ? { status: 'completed', completedOn: lastOf(instalments) } : { status: 'active', completedOn: null },
  )
  if (settled === (loan.status === 'completed')) return
  emit(ctx, {
    type: settled ? 'loan.completed' : 'loan.reopened',
    subject: `loan:${loan.id}`,
    data: { loan_id: loan.id, customer_id: loan.customerId, borrower_user_id: loan.borrowerUserId },
  })
}

type Settling = Pick<store.PaidInstalment, 'nr' | 'completedOn'>

/** A restructured loan's past is settled: only what came after it is allocated anew. */
async function replayOldestFirst(ctx: Ctx, loan: store.LoanRow): Promise<readonly Settling[]> {
  const { firstNr, firstTransaction } = loan.plan ?? { firstNr: 1, firstTransaction: 1 }
  const repayments = await history.effectiveRepayments(ctx, [loan.id])
  const before = await store.readInstalments(ctx, [loan.id], 'all')
  const { changed, instalments } = allocateAnew(
    before.filter((row) => row.nr >= firstNr),
    repayments.filter((repayment) => repayment.rootId >= firstTransaction),
    loan,
  )
  await postDifferences(ctx, loan, changed)
  await store.writePaid(ctx, instalments)
  return instalments
}

async function replayHistory(ctx: Ctx, loan: store.LoanRow): Promise<readonly Settling[]> {
  const course = await courseOfLoan(ctx, loan)
  const { reallocated, lines } = reckonAnew(course)
  const merged = mergeLines(lines)
  const entryId = merged.length === 0 ? null : await postReplay(ctx, loan, merged)
  await writeCourse(ctx, course, { reallocated, entryId })
  return course.rows
}

async function postReplay(ctx: Ctx, loan: store.LoanRow, lines: Line[]): Promise<bigint> {
  const idemKey = `replay:${loan.id}:${await store.nextReplay(ctx, loan.id)}`
  return postOne(ctx, { kind: 'replay', effectiveDay: ctx.today, reference: `loan ${loan.id}`, idemKey, lines })
}

/** After money was booked on an earlier day than money already there: allocates the loan anew. */
export async function replayIfBackdated(ctx: Ctx, loanId: number, valueDay: Day): Promise<void> {
  const repayments = await history.effectiveRepayments(ctx, [loanId])
  if (!repayments.some((repayment) => repayment.valueDay > valueDay)) return
  const loan = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  await replay(ctx, loan)
}

interface Changed {
  readonly was: history.Repaid
  readonly is: Allocation
}

interface Replayed {
  readonly changed: readonly Changed[]
  readonly instalments: readonly store.PaidInstalment[]
}

function allocateAnew(
  before: readonly store.StoredInstalment[],
  repayments: readonly history.Repaid[],
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

function sameAllocation(is: Allocation, was: history.Repaid): boolean {
  return is.overpayment === was.overpayment && store.packLines(is.lines) === store.packLines(was.lines)
}

/** One reversal and one replacement for each changed repayment; the books get what all of them change together. */
async function postDifferences(ctx: Ctx, loan: store.LoanRow, changed: readonly Changed[]): Promise<void> {
  if (changed.length === 0) return
  const books = booksOf(loan)
  const lines = changed.flatMap(({ was, is }) => [
    ...repaymentLines(books, is.parts, is.overpayment),
    ...reversedLines(repaymentLines(books, was.parts, was.overpayment)),
  ])
  const merged = mergeLines(lines)
  const entryId = merged.length === 0 ? null : await postReplay(ctx, loan, merged)
  await store.insertTransactions(
    ctx,
    changed.flatMap(({ was, is }) => {
      const { reversesId: _, ...taken } = reversalOf(was, entryId, was.valueDay)
      const replacement = { ...taken, ...is, kind: was.kind, replacesId: was.id, rootId: was.rootId }
      return [{ ...taken, reversesId: was.id }, replacement]
    }),
  )
}

const lastOf = (instalments: readonly Settling[]): Day =>
  instalments.map((instalment) => instalment.completedOn!).reduce((a, b) => (a > b ? a : b))

function emitReversed(ctx: Ctx, loan: store.LoanRow, t: history.Repaid, payment: TakenBack): void {
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
