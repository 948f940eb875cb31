/** What changes a debt without money moving: fees and penalties, waivers, write-off and charge-off. */
import { z } from 'zod'
import { type Loss, lossOf, transactionLines } from '#domain/loans/entries.ts'
import {
  addParts,
  type Component,
  COMPONENTS,
  NOTHING,
  outstandingOf,
  type Parts,
  totalOf,
} from '#domain/loans/instalment.ts'
import { min, sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { type Approvable, minorUnits } from '#modules/approvals/approvals.ts'
import { lockBooks, postOne } from '#modules/ledger/ledger.ts'
import { booksOf, isPlain } from '#modules/loan-records/loan-records.ts'
import { loanFacts, refuseBorrower, refuseOwn, userId } from '#modules/loan-records/facts.ts'
import { replay } from '#modules/loan-corrections/replay.ts'
import * as history from '#modules/loan-records/history-store.ts'
import * as store from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

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
  const id = await record(ctx, { ...change, lines: [{ nr: instalment.nr, parts }] })
  await store.writeOwed(ctx, loan.id, [{ ...instalment, due: addParts(instalment.due, parts) }])
  emit(ctx, 'loan.charged', adjustedFacts(ctx, change))
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
 * amount_invalid, own_request to the borrower, second_person_needed for principal to who paid it out.
 */
export async function waive(ctx: Ctx, waiver: Waiver): Promise<number> {
  if (waiver.component === 'principal') await requireAnother(ctx, waiver.loanId)
  return bookWaiver(ctx, waiver)
}

/** Principal waived by two people: for who paid the loan out themselves. Refuses what `waive` refuses. */
export const WAIVE: Approvable<Waiver> = {
  kind: 'loan.waive',
  permission: 'loan.waive',
  asked: z.object({ loanId: z.int(), component: z.enum(COMPONENTS), amount: minorUnits, reason: z.string() }),
  subject: ({ loanId }) => `loan:${loanId}`,
  carryOut: async (ctx, waiver) => ({ loan_id: waiver.loanId, transaction_id: await bookWaiver(ctx, waiver) }),
}

async function bookWaiver(ctx: Ctx, { loanId, component, amount, reason }: Waiver): Promise<number> {
  const { loan, instalments } = await lockActive(ctx, loanId)
  refuseBorrower(ctx, loan)
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
  readonly origin?: store.TransactionOrigin
}

/** Gives up a part of a locked loan's debt, instalment by instalment in the order given; the loan's status stays. */
export async function waiveParts(
  ctx: Ctx,
  loan: store.LoanRow,
  { instalments, component, amount, reason, origin = 'entered' }: WaivedDebt,
): Promise<number> {
  const waived = waivedFrom(instalments, component, amount)
  const parts: Parts = { ...NOTHING, [component]: amount }
  const { outOfBooks = false, accounting } = booksOf(loan)
  const unearned = component === 'interest' && accounting === 'accrual' && !outOfBooks ? unearnedOf(waived) : 0n
  const lines = waived.map(({ instalment, part }) => ({ nr: instalment.nr, parts: { ...NOTHING, [component]: part } }))
  const change = { loan, kind: 'waiver' as const, parts, reason, lines, unearned, outOfBooks, origin }
  const id = await record(ctx, change)
  const owed = waived.map(({ instalment, part }) => ({
    ...instalment,
    waived: addParts(instalment.waived, { ...NOTHING, [component]: part }),
  }))
  await store.writeOwed(ctx, loan.id, owed, { outOfBooks })
  emit(ctx, 'loan.waived', adjustedFacts(ctx, change))
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

/** A loan that is given up, or charged off, and why. */
export interface Loses {
  readonly loanId: number
  readonly reason: string
}

/**
 * Gives the loan up as lost: everything owed leaves the books. The customer still owes it; what they pay later is a
 * recovery. Returns the number of the transaction. Refuses loan_not_found, loan_not_active, own_request,
 * second_person_needed to who paid it out.
 */
export async function writeOff(ctx: Ctx, loanId: number, reason: string): Promise<number> {
  await requireAnother(ctx, loanId)
  return bookWriteOff(ctx, { loanId, reason })
}

/** A loan written off by two people: for who paid it out themselves. Refuses what `writeOff` refuses. */
export const WRITE_OFF = lossBy('write_off', (ctx, loses) => bookWriteOff(ctx, loses))

/** The same of a loan that is charged off. */
export const CHARGE_OFF = lossBy('charge_off', (ctx, loses) => bookChargeOff(ctx, loses))

function lossBy(
  what: 'write_off' | 'charge_off',
  book: (ctx: Ctx, loses: Loses) => Promise<number>,
): Approvable<Loses> {
  return {
    kind: `loan.${what}`,
    permission: `loan.${what}`,
    asked: z.object({ loanId: z.int(), reason: z.string() }),
    subject: ({ loanId }) => `loan:${loanId}`,
    carryOut: async (ctx, loses) => ({ loan_id: loses.loanId, transaction_id: await book(ctx, loses) }),
  }
}

/** Whether the actor paid the loan out, and so needs a second person to give it up. Refuses loan_not_found. */
export async function lossNeedsSecondPerson(ctx: Ctx, loanId: number): Promise<boolean> {
  const loan = (await store.readLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  return userId(ctx) !== null && userId(ctx) === loan.disbursedBy
}

async function requireAnother(ctx: Ctx, loanId: number): Promise<void> {
  await store.lockLoan(ctx, loanId)
  if (await lossNeedsSecondPerson(ctx, loanId)) refuse('second_person_needed', { loanId })
}

async function bookWriteOff(ctx: Ctx, { loanId, reason }: Loses): Promise<number> {
  const { loan, loss } = await lockForLoss(ctx, loanId)
  const change = { loan, kind: 'write_off' as const, reason, ...loss }
  const id = await record(ctx, change)
  const { chargedOffOn } = loan
  await store.writeStanding(ctx, loanId, {
    status: 'written_off',
    completedOn: null,
    chargedOffOn,
    writtenOffOn: ctx.today,
  })
  emit(ctx, 'loan.written_off', adjustedFacts(ctx, change))
  return id
}

/**
 * Takes a doubtful loan out of the books while the customer is still asked for it: it stays active, bears no further
 * interest in the books, and what is paid on it is a recovery. Returns the number of the transaction. Refuses
 * loan_not_found, loan_not_active, loan_charged_off, own_request, second_person_needed to who paid it out.
 */
export async function chargeOff(ctx: Ctx, loanId: number, reason: string): Promise<number> {
  await requireAnother(ctx, loanId)
  return bookChargeOff(ctx, { loanId, reason })
}

async function bookChargeOff(ctx: Ctx, { loanId, reason }: Loses): Promise<number> {
  const { loan, loss } = await lockForLoss(ctx, loanId)
  if (loan.chargedOffOn !== null) refuse('loan_charged_off', { loanId })
  const change = { loan, kind: 'charge_off' as const, reason, ...loss }
  const id = await record(ctx, change)
  await store.writeStanding(ctx, loanId, {
    status: 'active',
    completedOn: null,
    chargedOffOn: ctx.today,
    writtenOffOn: null,
  })
  emit(ctx, 'loan.charged_off', adjustedFacts(ctx, change))
  return id
}

/** What of interest had been earned stays as it is: the loss is taken back to it. */
async function lockForLoss(ctx: Ctx, loanId: number) {
  const loan = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  if (loan.status !== 'active') refuse('loan_not_active', { loanId })
  refuseOwn(ctx, loan)
  if (!isPlain(loan.terms) && loan.chargedOffOn === null) await replay(ctx, loan)
  const { outOfBooks = false, accounting } = booksOf(loan)
  const loss: Loss = lossOf(await store.readInstalments(ctx, [loanId], 'all'), accounting)
  const { outstanding: parts, unearned, earned } = loss
  return { loan, loss: { parts, outOfBooks, ...(outOfBooks ? { unearned: 0n, earned: 0n } : { unearned, earned }) } }
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
  /** What of it concerns which instalment. */
  readonly lines?: store.NewTransaction['lines']
  readonly outOfBooks?: boolean
  readonly unearned?: bigint
  readonly earned?: bigint
  readonly origin?: store.TransactionOrigin
}

/** The journal entry (none where nothing in the books moves) and the line of the loan's history. */
async function record(ctx: Ctx, { loan, lines: allocation = [], ...change }: Change): Promise<number> {
  const { kind, parts, outOfBooks = false, unearned = 0n, earned = 0n } = change
  const reference = `loan ${loan.id}`
  const idemKey = `${kind}:${loan.id}:${await history.countTransactions(ctx, loan.id)}`
  const one = { kind, amount: totalOf(parts), parts, overpayment: 0n, outOfBooks, unearned, earned }
  const lines = transactionLines(booksOf(loan), one)
  const isBooked = lines.length > 0
  if (!isBooked) await lockBooks(ctx)
  const entryId = isBooked ? await postOne(ctx, { kind, effectiveDay: ctx.today, reference, idemKey, lines }) : null
  const { reason, origin = 'entered' } = change
  const written = { ...one, loanId: loan.id, valueDay: ctx.today, lines: allocation, paymentId: null, entryId }
  return store.insertTransactions(ctx, [{ ...written, reason, origin }])
}

/** Completes a locked loan that owes nothing any more. */
export async function completeIfSettled(ctx: Ctx, loan: store.LoanRow): Promise<void> {
  if ((await store.readInstalments(ctx, [loan.id], 'open')).length > 0) return
  await store.setStatus(ctx, [loan.id], { status: 'completed', completedOn: ctx.today })
  emit(ctx, 'loan.completed', loanFacts(ctx, loan))
}

const adjustedFacts = (ctx: Ctx, { loan, kind, parts, reason }: Change) => ({
  ...loanFacts(ctx, loan),
  kind,
  amount: String(totalOf(parts)),
  reason,
})
