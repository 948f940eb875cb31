/** What changes a debt without money moving: fees and penalties, waivers, write-off and charge-off. */
import { chargeLines, chargeOffLines, waiverLines, writeOffLines } from '#domain/loans/entries.ts'
import { addParts, type Component, NOTHING, outstandingOf, type Parts, totalOf } from '#domain/loans/instalment.ts'
import { min, sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { booksOf, isPlain } from '#modules/loans/agreed-terms.ts'
import { emitLoan, refuseOwn } from '#modules/loans/facts.ts'
import { replay } from '#modules/loans/reversal.ts'
import * as store from '#modules/loans/store.ts'
import type { Ctx } from '#platform/context.ts'

export interface Charge {
  readonly loanId: number
  readonly component: 'fee' | 'penalty'
  /** Minor units, positive. */
  readonly amount: bigint
  readonly reason: string
}

/**
 * Charges a fee or a penalty today: it is owed with the next instalment that is not overdue, or with the last. Returns the
 * number of the transaction. Refuses loan_not_found, loan_not_active, loan_charged_off, amount_invalid.
 */
export async function charge(ctx: Ctx, given: Charge): Promise<number> {
  if (given.amount <= 0n) refuse('amount_invalid', { fields: { amount: 'Give a positive amount.' } })
  const { loan, instalments } = await lockActive(ctx, given.loanId)
  const instalment = instalments.find((i) => i.dueDay >= ctx.today) ?? instalments.at(-1)!
  const { component, amount, reason } = given
  const parts: Parts = { ...NOTHING, [component]: amount }
  const change = { loan, kind: component, parts, reason }
  const id = await record(ctx, change, chargeLines(booksOf(loan), component, amount), [{ nr: instalment.nr, parts }])
  await store.writeOwed(ctx, loan.id, [{ ...instalment, due: addParts(instalment.due, parts) }])
  emitAdjusted(ctx, 'loan.charged', change)
  if (!isPlain(loan.terms)) await replay(ctx, loan)
  return id
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
 * completed. Returns the number of the transaction. Refuses loan_not_found, loan_not_active, loan_charged_off,
 * amount_invalid.
 */
export async function waive(ctx: Ctx, { loanId, component, amount, reason }: Waiver): Promise<number> {
  const { loan, instalments } = await lockActive(ctx, loanId)
  const most = sum(instalments.map((i) => outstandingOf(i)[component]))
  if (amount <= 0n || amount > most)
    refuse('amount_invalid', { fields: { amount: 'Give a positive amount up to what is owed.' } })
  const id = await waiveParts(ctx, loan, { instalments, component, amount, reason })
  if (isPlain(loan.terms)) await completeIfSettled(ctx, loan)
  else await replay(ctx, loan)
  return id
}

export interface WaivedDebt extends Omit<Waiver, 'loanId'> {
  /** In the order in which they are spared. */
  readonly instalments: readonly store.StoredInstalment[]
}

/** Gives up a part of a locked loan's debt, instalment by instalment in the order given; the loan's status stays. */
export async function waiveParts(
  ctx: Ctx,
  loan: store.LoanRow,
  { instalments, component, amount, reason }: WaivedDebt,
): Promise<number> {
  const waived = waivedFrom(instalments, component, amount)
  const parts: Parts = { ...NOTHING, [component]: amount }
  const unearned = component === 'interest' && loan.terms.accounting === 'accrual' ? unearnedOf(waived) : 0n
  const change = { loan, kind: 'waiver' as const, parts, reason }
  const lines = waived.map(({ instalment, part }) => ({ nr: instalment.nr, parts: { ...NOTHING, [component]: part } }))
  const id = await record(ctx, change, waiverLines(booksOf(loan), parts, unearned), lines)
  const owed = waived.map(({ instalment, part }) => ({
    ...instalment,
    waived: addParts(instalment.waived, { ...NOTHING, [component]: part }),
  }))
  await store.writeOwed(ctx, loan.id, owed)
  emitAdjusted(ctx, 'loan.waived', change)
  return id
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
 * recovery. Returns the number of the transaction. Refuses loan_not_found, loan_not_active, own_request.
 */
export async function writeOff(ctx: Ctx, loanId: number, reason: string): Promise<number> {
  const { loan, outstanding, unearned } = await lockForLoss(ctx, loanId)
  const change = { loan, kind: 'write_off' as const, parts: outstanding, reason }
  const id = await record(ctx, change, writeOffLines(booksOf(loan), outstanding, unearned), [])
  await store.setStatus(ctx, [loanId], { status: 'written_off', completedOn: null })
  emitAdjusted(ctx, 'loan.written_off', change)
  return id
}

/**
 * Takes a doubtful loan out of the books while the customer is still asked for it: it stays active, bears no further
 * interest in the books, and what is paid on it is a recovery. Returns the number of the transaction. Refuses
 * loan_not_found, loan_not_active, loan_charged_off, own_request.
 */
export async function chargeOff(ctx: Ctx, loanId: number, reason: string): Promise<number> {
  const { loan, outstanding, unearned, instalments } = await lockForLoss(ctx, loanId)
  if (loan.chargedOffOn !== null) refuse('loan_charged_off', { loanId })
  const change = { loan, kind: 'charge_off' as const, parts: outstanding, reason }
  const id = await record(ctx, change, chargeOffLines(booksOf(loan), outstanding, unearned), [])
  await store.writeChargedOff(ctx, loanId, ctx.today)
  await store.writeEarned(
    ctx,
    loanId,
    instalments.map((i) => ({ ...i, interestEarned: i.due.interest - i.waived.interest })),
  )
  emitAdjusted(ctx, 'loan.charged_off', change)
  return id
}

async function lockForLoss(ctx: Ctx, loanId: number) {
  const loan = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  if (loan.status !== 'active') refuse('loan_not_active', { loanId })
  refuseOwn(ctx, loan)
  if (!isPlain(loan.terms) && loan.chargedOffOn === null) await replay(ctx, loan)
  const instalments = await store.readInstalments(ctx, [loanId], 'all')
  const outstanding = instalments.reduce((all, i) => addParts(all, outstandingOf(i)), NOTHING)
  const accrual = loan.terms.accounting === 'accrual'
  const unearned = accrual ? sum(instalments.map((i) => i.due.interest - i.waived.interest - i.interestEarned)) : 0n
  return { loan, instalments, outstanding, unearned }
}

interface Active {
  readonly loan: store.LoanRow
  /** Those still open, in order. */
  readonly instalments: readonly store.StoredInstalment[]
}

async function lockActive(ctx: Ctx, loanId: number): Promise<Active> {
  const loan = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  if (loan.status !== 'active') refuse('loan_not_active', { loanId })
  if (loan.chargedOffOn !== null) refuse('loan_charged_off', { loanId })
  return { loan, instalments: await store.readInstalments(ctx, [loanId], 'open') }
}

interface Change {
  readonly loan: store.LoanRow
  readonly kind: 'fee' | 'penalty' | 'waiver' | 'write_off' | 'charge_off'
  readonly parts: Parts
  readonly reason: string
}

type Lines = Parameters<typeof postOne>[1]['lines']

/** The journal entry (none where nothing in the books moves) and the line of the loan's history. */
async function record(
  ctx: Ctx,
  { loan, kind, parts, reason }: Change,
  lines: Lines,
  // tidy: the allocation belongs to the history alone
  allocation: store.NewTransaction['lines'],
): Promise<number> {
  const reference = `loan ${loan.id}`
  const idemKey = `${kind}:${loan.id}:${await store.countTransactions(ctx, loan.id)}`
  const entryId =
    lines.length === 0 ? null : await postOne(ctx, { kind, effectiveDay: ctx.today, reference, idemKey, lines })
  const written = { loanId: loan.id, kind, valueDay: ctx.today, amount: totalOf(parts), parts, overpayment: 0n }
  return store.insertTransactions(ctx, [{ ...written, lines: allocation, paymentId: null, entryId, reason }])
}

async function completeIfSettled(ctx: Ctx, loan: store.LoanRow): Promise<void> {
  if ((await store.readInstalments(ctx, [loan.id], 'open')).length > 0) return
  await store.setStatus(ctx, [loan.id], { status: 'completed', completedOn: ctx.today })
  emitLoan(ctx, 'loan.completed', loan)
}

type Adjusted = 'loan.charged' | 'loan.waived' | 'loan.written_off' | 'loan.charged_off'

function emitAdjusted(ctx: Ctx, type: Adjusted, { loan, kind, parts, reason }: Change): void {
  emitLoan(ctx, type, loan, { kind, amount: String(totalOf(parts)), reason })
}
