/** What changes a debt without money moving: fees and penalties, waivers, write-off. */
import { chargeLines, waiverLines, writeOffLines } from '#domain/loans/entries.ts'
import { addParts, type Component, NOTHING, outstandingOf, type Parts, totalOf } from '#domain/loans/instalment.ts'
import { min, sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { booksOf } from '#modules/loans/agreed-terms.ts'
import * as store from '#modules/loans/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events.ts'

export interface Charge {
  readonly loanId: number
  readonly component: 'fee' | 'penalty'
  /** Minor units, positive. */
  readonly amount: bigint
  readonly reason: string
}

/**
 * Charges a fee or a penalty today: it is owed with the next instalment that is not overdue, or with the last. Refuses
 * loan_not_found, loan_not_active, amount_invalid.
 */
export async function charge(ctx: Ctx, { loanId, component, amount, reason }: Charge): Promise<void> {
  if (amount <= 0n) refuse('amount_invalid', { fields: { amount: 'Give a positive amount.' } })
  const { loan, instalments } = await lockActive(ctx, loanId)
  const instalment = instalments.find((i) => i.dueDay >= ctx.today) ?? instalments.at(-1)!
  const parts: Parts = { ...NOTHING, [component]: amount }
  const change = { loan, kind: component, parts, reason }
  await record(ctx, change, chargeLines(booksOf(loan), component, amount), [{ nr: instalment.nr, parts }])
  await store.writeOwed(ctx, loanId, [{ ...instalment, due: addParts(instalment.due, parts) }])
  emitAdjusted(ctx, 'loan.charged', change)
}

export interface Waiver {
  readonly loanId: number
  readonly component: Component
  /** Minor units, positive, at most what is outstanding of the component. */
  readonly amount: bigint
  readonly reason: string
}

/**
 * Gives up a part of the debt in the customer's favour, oldest instalment first. A loan that owes nothing afterwards is
 * completed. Refuses loan_not_found, loan_not_active, amount_invalid.
 */
export async function waive(ctx: Ctx, { loanId, component, amount, reason }: Waiver): Promise<void> {
  const { loan, instalments } = await lockActive(ctx, loanId)
  const most = sum(instalments.map((i) => outstandingOf(i)[component]))
  if (amount <= 0n || amount > most)
    refuse('amount_invalid', { fields: { amount: 'Give a positive amount up to what is owed.' } })
  const waived = waivedFrom(instalments, component, amount)
  const parts: Parts = { ...NOTHING, [component]: amount }
  const unearned = component === 'interest' && loan.terms.accounting === 'accrual' ? unearnedOf(waived) : 0n
  const change = { loan, kind: 'waiver' as const, parts, reason }
  const lines = waiverLines(booksOf(loan), parts, unearned)
  await record(
    ctx,
    change,
    lines,
    waived.map(({ instalment, part }) => ({ nr: instalment.nr, parts: { ...NOTHING, [component]: part } })),
  )
  const owed = waived.map(({ instalment, part }) => ({
    ...instalment,
    waived: addParts(instalment.waived, { ...NOTHING, [component]: part }),
  }))
  await store.writeOwed(ctx, loanId, owed)
  emitAdjusted(ctx, 'loan.waived', change)
  await completeIfSettled(ctx, loan)
}

interface WaivedPart {
  readonly instalment: store.StoredInstalment
  readonly part: bigint
}

function waivedFrom(
  instalments: readonly store.StoredInstalment[],
  component: Component,
  amount: bigint,
): WaivedPart[] {
  let left = amount
  return instalments.flatMap((instalment) => {
    const part = min(left, outstandingOf(instalment)[component])
    left -= part
    return part > 0n ? [{ instalment, part }] : []
  })
}

/** Of the waived interest, what had not been taken to income yet. */
const unearnedOf = (waived: readonly WaivedPart[]): bigint =>
  sum(waived.map(({ instalment: i, part }) => min(part, i.due.interest - i.waived.interest - i.interestEarned)))

/**
 * Gives the loan up as lost: everything owed leaves the books. The customer still owes it; what he pays later is a
 * recovery. Refuses loan_not_found, loan_not_active.
 */
export async function writeOff(ctx: Ctx, loanId: number, reason: string): Promise<void> {
  const { loan, instalments } = await lockActive(ctx, loanId)
  const outstanding = instalments.reduce((all, i) => addParts(all, outstandingOf(i)), NOTHING)
  const every = await store.readInstalments(ctx, [loanId], 'all')
  const accrual = loan.terms.accounting === 'accrual'
  const unearned = accrual ? sum(every.map((i) => i.due.interest - i.waived.interest - i.interestEarned)) : 0n
  const change = { loan, kind: 'write_off' as const, parts: outstanding, reason }
  await record(ctx, change, writeOffLines(booksOf(loan), outstanding, unearned), [])
  await store.setStatus(ctx, [loanId], { status: 'written_off', completedOn: null })
  emitAdjusted(ctx, 'loan.written_off', change)
}

interface Active {
  readonly loan: store.LoanRow
  /** Those still open, in order. */
  readonly instalments: readonly store.StoredInstalment[]
}

async function lockActive(ctx: Ctx, loanId: number): Promise<Active> {
  const loan = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  if (loan.status !== 'active') refuse('loan_not_active', { loanId })
  return { loan, instalments: await store.readInstalments(ctx, [loanId], 'open') }
}

interface Change {
  readonly loan: store.LoanRow
  readonly kind: 'fee' | 'penalty' | 'waiver' | 'write_off'
  readonly parts: Parts
  readonly reason: string
}

type Lines = Parameters<typeof postOne>[1]['lines']

/** The journal entry and the line of the loan's history. */
async function record(
  ctx: Ctx,
  change: Change,
  lines: Lines,
  allocation: store.NewTransaction['lines'],
): Promise<void> {
  const { loan, kind, parts } = change
  const id = await store.countTransactions(ctx, loan.id)
  const entryId = await postOne(ctx, {
    kind,
    effectiveDay: ctx.today,
    reference: `loan ${loan.id}`,
    idemKey: `${kind}:${loan.id}:${id}`,
    lines,
  })
  await store.insertTransactions(ctx, [
    {
      loanId: loan.id,
      kind,
      valueDay: ctx.today,
      amount: totalOf(parts),
      parts,
      overpayment: 0n,
      lines: allocation,
      paymentId: null,
      entryId,
    },
  ])
}

async function completeIfSettled(ctx: Ctx, loan: store.LoanRow): Promise<void> {
  if ((await store.readInstalments(ctx, [loan.id], 'open')).length > 0) return
  await store.setStatus(ctx, [loan.id], { status: 'completed', completedOn: ctx.today })
  emit(ctx, { type: 'loan.completed', subject: `loan:${loan.id}`, data: factsOf(loan) })
}

const factsOf = (loan: store.LoanRow): Record<string, unknown> => ({
  loan_id: loan.id,
  customer_id: loan.customerId,
  borrower_user_id: loan.borrowerUserId,
  officer_id: loan.officerId,
  currency: loan.currency,
})

function emitAdjusted(
  ctx: Ctx,
  type: 'loan.charged' | 'loan.waived' | 'loan.written_off',
  { loan, kind, parts, reason }: Change,
): void {
  emit(ctx, {
    type,
    subject: `loan:${loan.id}`,
    data: { ...factsOf(loan), kind, amount: String(totalOf(parts)), reason },
  })
}
