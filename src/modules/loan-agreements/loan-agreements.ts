/** Agreeing anew on a running loan: reschedule, re-age, re-amortise; each can be looked at before, and undone after. */
import { type Day, daysBetween } from '#domain/day.ts'
import { dueChange, type Reckoned } from '#domain/loans/course.ts'
import { dueChangeLines } from '#domain/loans/entries.ts'
import type { EventType } from '#domain/event.ts'
import { type Parts, totalOf } from '#domain/loans/instalment.ts'
import {
  earnedInOrder,
  type NewDue,
  newDueDays,
  overdueOn,
  owedOn,
  reAged,
  reAmortised,
  type Restructured,
  restructured,
} from '#domain/loans/restructure.ts'
import { permits, rolesFor } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { withInstalments, loanTermsOf } from '#modules/loan-products/loan-products.ts'
import { type AgreedTerms, booksOf, isPlain, scheduleFor } from '#modules/loan-records/loan-records.ts'
import { replay } from '#modules/loan-corrections/replay.ts'
import { loanFacts, refuseOwn } from '#modules/loan-records/facts.ts'
import { courseOfLoan, replayed } from '#modules/loan-corrections/history.ts'
import * as history from '#modules/loan-records/history-store.ts'
import { packParts } from '#modules/loan-records/plan.ts'
import { closingAmount } from '#modules/loan-closing/loan-closing.ts'
import * as kept from '#modules/loan-agreements/store.ts'
import * as store from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

/** What a customer and a lender agree on anew, from today on. */
export type Agreement =
  /**
   * The principal still owed by terms of its own. Interest accrued so far, fees and penalties are owed with the first
   * new instalment. Flat interest stays what it was unless a new rate is agreed on.
   */
  | {
      readonly kind: 'reschedule'
      readonly instalments: number
      readonly ratePercent?: string | undefined
      readonly firstDueDay?: Day | undefined
      readonly graceOnPrincipal?: number | undefined
    }
  /** Everything still owed in equal parts over new instalments; it becomes neither more nor less. */
  | { readonly kind: 're_age'; readonly instalments: number; readonly firstDueDay: Day }
  /** What is overdue in equal parts on top of the instalments to come. */
  | { readonly kind: 're_amortise' }

export interface Restructuring {
  readonly loanId: number
  readonly agreement: Agreement
  readonly reason: string
}

interface Drawn extends Restructured {
  readonly loan: store.LoanRow
  readonly before: readonly store.StoredInstalment[]
  readonly plan: store.StoredPlan
}

/**
 * The schedule that an agreement would make; nothing is changed. Refuses loan_not_found, loan_not_active, loan_charged_off,
 * nothing_overdue, no_instalment_left, invalid_input.
 */
export async function previewRestructure(ctx: Ctx, { loanId, agreement }: Restructuring): Promise<readonly Reckoned[]> {
  const loan = await lockRunning(ctx, loanId)
  const { kept: past, fresh } = await draw(ctx, { loan, before: await rowsOfToday(ctx, loan) }, agreement)
  return [...past, ...fresh]
}

/** The instalments as an agreement of today finds them: where interest follows what is owed, until today, written or not. */
async function rowsOfToday(ctx: Ctx, loan: store.LoanRow): Promise<readonly store.StoredInstalment[]> {
  if (isPlain(loan.terms)) return store.readInstalments(ctx, [loan.id], 'all')
  const course = await courseOfLoan(ctx, loan)
  return [...course.past, ...replayed(course).rows].map(
    (row) => ({ id: 0, ...row, loanId: loan.id }) as store.StoredInstalment,
  )
}

const FACTS = {
  reschedule: 'loan.rescheduled',
  re_age: 'loan.re_aged',
  re_amortise: 'loan.re_amortised',
} as const satisfies Record<Agreement['kind'], EventType>

/**
 * Puts an agreement into force. Returns its number. Refuses own_request, not_permitted for a lower rate to who may not waive
 * interest, and what `previewRestructure` refuses.
 */
export async function restructure(ctx: Ctx, { loanId, agreement, reason }: Restructuring): Promise<number> {
  const loan = await lockRunning(ctx, loanId)
  refuseOwn(ctx, loan)
  requireMayLower(ctx, loan, agreement)
  const instalments = 'instalments' in agreement ? agreement.instalments : 0
  const { id, firstInstalment } = await kept.reserveNumbers(ctx, (await countRows(ctx, loanId)) + instalments)
  if (!isPlain(loan.terms)) await replay(ctx, loan)
  const drawn = await draw(ctx, { loan, before: await store.readInstalments(ctx, [loanId], 'all') }, agreement)
  const marks = await history.readMarks(ctx, [loanId])
  const entryId = await writeRows(ctx, drawn, { idemKey: `restructure:${id}`, firstInstalment })
  await store.writePlan(ctx, loanId, drawn.plan)
  const before = { plan: loan.plan, rows: drawn.before, marks }
  await kept.insertRestructure(ctx, { id, loanId, kind: agreement.kind, reason, before, entryId })
  emit(ctx, FACTS[agreement.kind], { ...loanFacts(ctx, loan), restructure_id: id, reason })
  return id
}

/** A lower rate gives interest up. */
function requireMayLower({ actor }: Ctx, { plan, terms }: store.LoanRow, agreement: Agreement): void {
  if (agreement.kind !== 'reschedule' || agreement.ratePercent === undefined) return
  const agreed = plan?.of === 'terms' ? plan.terms : terms
  if (Number(agreement.ratePercent) >= Number(agreed.ratePercent) || !('roles' in actor)) return
  const { roles } = actor
  if (!permits(roles, 'loan.waive')) refuse('not_permitted', { roles, allowed: rolesFor('loan.waive') })
}

/**
 * Undoes the last agreement; what was paid since pays what was owed before it. Refuses loan_not_found, loan_not_active,
 * transaction_not_found where there is none, loan_has_transactions once anything was charged, waived or refunded since.
 */
export async function undoRestructure(ctx: Ctx, loanId: number, reason: string): Promise<void> {
  const loan = await lockRunning(ctx, loanId)
  const last = (await kept.lastRestructure(ctx, loanId)) ?? refuse('transaction_not_found', { loanId })
  const since = loan.plan?.firstTransaction ?? 1
  const later = (await history.readHistory(ctx, [loanId])).filter((one) => one.rootId >= since)
  if (later.some(({ kind }) => kind !== 'repayment')) refuse('loan_has_transactions', { loanId })
  const before = await store.readInstalments(ctx, [loanId], 'all')
  const earned = before.reduce((sum, row) => sum + row.interestEarned, 0n)
  const rows = earnedInOrder(last.before.rows, earned)
  const firstInstalment = await kept.takeInstalments(ctx, rows.length)
  const idemKey = `restructure undone:${last.id}`
  await writeRows(ctx, { loan, before, kept: rows, fresh: [] }, { idemKey, firstInstalment })
  await history.writeMarks(ctx, last.before.marks)
  await store.writePlan(ctx, loanId, last.before.plan)
  await kept.markUndone(ctx, last.id)
  if (later.length > 0) await replay(ctx, { ...loan, plan: last.before.plan })
  emit(ctx, 'loan.restructure_undone', { ...loanFacts(ctx, loan), restructure_id: last.id, reason })
}

const countRows = async (ctx: Ctx, loanId: number): Promise<number> =>
  (await store.readInstalments(ctx, [loanId], 'all')).length

async function lockRunning(ctx: Ctx, loanId: number): Promise<store.LoanRow> {
  const loan = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  if (loan.status !== 'active') refuse('loan_not_active', { loanId })
  if (loan.chargedOffOn !== null) refuse('loan_charged_off', { loanId })
  return loan
}

async function draw(ctx: Ctx, { loan, before }: Running, agreement: Agreement): Promise<Drawn> {
  const drawn = await dues(ctx, { loan, before }, agreement)
  const after = restructured(before, ctx.today, drawn.dues)
  const common = {
    day: ctx.today,
    firstNr: after.fresh[0]!.nr,
    firstTransaction: (await history.newestTransaction(ctx)) + 1,
    accrued: `${(await closingAmount(ctx, loan, ctx.today)).interest}`,
  }
  const rows = after.fresh.map(({ nr, dueDay, due }) => [nr, dueDay, packParts(due)] as const)
  const plan = drawn.terms === null ? { ...common, of: 'rows' as const, rows } : { ...common, ...drawn.terms }
  return { ...after, loan, before, plan }
}

interface Dues {
  readonly dues: readonly NewDue[]
  /** The terms that they follow from; null where each was agreed on by itself. */
  readonly terms: Omit<
    Extract<store.StoredPlan, { of: 'terms' }>,
    'day' | 'firstNr' | 'firstTransaction' | 'accrued'
  > | null
}

interface Running {
  readonly loan: store.LoanRow
  readonly before: readonly store.StoredInstalment[]
}

async function dues(ctx: Ctx, { loan, before }: Running, agreement: Agreement): Promise<Dues> {
  if ('firstDueDay' in agreement && agreement.firstDueDay !== undefined) requireSoon(ctx, agreement.firstDueDay)
  if (agreement.kind === 'reschedule') return rescheduled(ctx, { loan, before }, agreement)
  if (agreement.kind === 're_age') {
    return { dues: reAged(owedOn(before), daysOf(ctx, loan, agreement)), terms: null }
  }
  if (totalOf(overdueOn(before, ctx.today)) === 0n) refuse('nothing_overdue', { loanId: loan.id })
  const spread = reAmortised(before, ctx.today)
  return spread.length > 0 ? { dues: spread, terms: null } : refuse('no_instalment_left', { loanId: loan.id })
}

const LATEST_FIRST_DUE_DAYS = 3_660

/** Nobody is late by an agreement of today, nor let off for a lifetime. Refuses invalid_input. */
function requireSoon({ today }: Ctx, firstDueDay: Day): void {
  if (firstDueDay >= today && daysBetween(today, firstDueDay) <= LATEST_FIRST_DUE_DAYS) return
  refuse('invalid_input', { fields: { first_due_day: 'Give a day from today on, within ten years.' } })
}

type Reschedule = Extract<Agreement, { kind: 'reschedule' }>

async function rescheduled(ctx: Ctx, running: Running, agreement: Reschedule): Promise<Dues> {
  const { loan, before } = running
  const terms = newTerms(loan, agreement)
  if (terms.interestMethod === 'flat' && agreement.ratePercent === undefined) {
    return { dues: reAged(owedOn(before), daysOf(ctx, loan, agreement)), terms: null }
  }
  const closing = await closingAmount(ctx, loan, ctx.today)
  const carried: Parts = { ...closing, principal: 0n }
  const { currency } = loan
  const planned = scheduleFor(terms, { principal: closing.principal, currency, startDay: ctx.today })
  const own = planned.map(({ dueDay, due }) => ({ dueDay, due }))
  const first = totalOf(carried) === 0n ? [] : [{ dueDay: own[0]!.dueDay, due: carried }]
  return {
    dues: [...first, ...own],
    terms: { of: 'terms', terms, principal: `${closing.principal}`, carried: packParts(carried) },
  }
}

/** The loan's terms without what belonged to its beginning: fees, down payment, a balloon or amounts for each instalment. */
function newTerms(loan: store.LoanRow, agreement: Reschedule): AgreedTerms {
  const { instalments, ratePercent, firstDueDay, graceOnPrincipal } = agreement
  const {
    charges: _charges,
    downPaymentPercent: _down,
    fixedLength: _length,
    balloon: _balloon,
    contractualInstalments: _amounts,
    firstDue: _first,
    grace: _grace,
    ...lasting
  } = loan.plan?.of === 'terms' ? loan.plan.terms : loan.terms
  const agreed = {
    ...lasting,
    ratePercent: ratePercent ?? lasting.ratePercent,
    ...(firstDueDay && { firstDue: { rule: 'on' as const, day: firstDueDay as string } }),
    ...(graceOnPrincipal && { grace: { principal: graceOnPrincipal, interestPayment: 0, interestFree: 0 } }),
  }
  return withInstalments(agreed as AgreedTerms, instalments)
}

function daysOf(
  ctx: Ctx,
  loan: store.LoanRow,
  { instalments, firstDueDay }: { instalments: number; firstDueDay?: Day | undefined },
): Day[] {
  const lent = { principal: loan.principal, currency: loan.currency, startDay: ctx.today }
  return newDueDays({
    ...loanTermsOf(loan.terms, lent),
    instalments,
    fixedLength: null,
    firstDueDay: firstDueDay ?? null,
  })
}

interface Written {
  readonly idemKey: string
  /** The first of the numbers reserved for new instalments. */
  readonly firstInstalment: number
}

/** The instalments as they now are, and what changes with them in the books; null where nothing does. */
async function writeRows(
  ctx: Ctx,
  { loan, before, kept: past, fresh }: Running & Restructured,
  { idemKey, firstInstalment }: Written,
): Promise<bigint | null> {
  const after = [...past, ...fresh]
  const change = dueChange(before, after)
  const lines = dueChangeLines(booksOf(loan), change)
  const reference = `loan ${loan.id}`
  const entryId =
    lines.length === 0
      ? null
      : await postOne(ctx, { kind: 'restructure', effectiveDay: ctx.today, reference, idemKey, lines })
  const ids = new Map(before.map((row) => [row.nr, row.id]))
  const staying = new Set(past.map((row) => row.nr))
  await history.dropInstalments(
    ctx,
    loan.id,
    before.flatMap((row) => (staying.has(row.nr) ? [] : [row.nr])),
  )
  let next = firstInstalment
  await history.writeReckoned(
    ctx,
    after.map((row) => ({ ...row, loanId: loan.id, id: (staying.has(row.nr) && ids.get(row.nr)) || next++ })),
  )
  return entryId
}
