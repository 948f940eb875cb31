/**
 * The course of a loan: what is due and paid after everything that happened to it, and how that differs from what has been
 * written so far. For loans whose dues follow what is paid, and for orders of allocation that look at more than the oldest
 * instalment.
 */
import type { Day } from '#domain/day.ts'
import type { AllocationLine } from '#domain/loans/allocation.ts'
import type { AllocationRule } from '#domain/loans/allocation-rule.ts'
import { chargeAmount } from '#domain/loans/charges.ts'
import {
  addParts,
  type Component,
  type Instalment,
  NOTHING,
  outstandingOf,
  type Parts,
  subtractParts,
  totalOf,
} from '#domain/loans/instalment.ts'
import { completedOn, type Levy, type LoanRow, type PlannedRow } from '#domain/loans/loan-rows.ts'
import type { RecalculationRule } from '#domain/loans/running-interest.ts'
import { type Reckon, reckoner } from '#domain/loans/reckoner.ts'
import type { Happening } from '#domain/loans/happening.ts'
import { type Applied, type LoanState, replay, rowReplayer } from '#domain/loans/replay.ts'
import { schedule } from '#domain/loans/schedule.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import { max, min } from '#domain/money.ts'

/** What was agreed on, from its first day. */
export interface Plan {
  readonly day: Day
  readonly rows: readonly PlannedRow[]
  /** Where interest follows the principal really owed. */
  readonly reckon: Reckon | null
  /** Fees that are part of the agreement. */
  readonly levies: readonly Levy[]
  /** Payments find all dues of today, not only those that had been entered by their day. */
  readonly duesFirst: boolean
  /** Dues change by charges and waivers alone: each counts from the day it was entered, on the row it was put on. */
  readonly fixed: boolean
}

export interface PlanFromTerms {
  readonly terms: LoanTerms
  readonly recalculation: RecalculationRule | null
  readonly duesFirst: boolean
  /** The number of its first row. */
  readonly firstNr: number
  /** Dues that the agreement takes over, as a row of their own, due with the first instalment. */
  readonly carried?: Parts
}

/** The plan that follows from terms. */
export function planOfTerms({ terms, recalculation, duesFirst, firstNr, carried = NOTHING }: PlanFromTerms): Plan {
  const { rows: planned } = schedule({ ...terms, charges: [] })
  const own = planned.flatMap((row) => {
    if (row.kind === 'disbursement') return []
    const { kind, dueDay, due } = row
    return [{ kind, fromDay: kind === 'downPayment' ? dueDay : row.fromDay, dueDay, due }]
  })
  const rows = [...carriedRow(carried, own), ...own].map((row, n) => ({ ...row, nr: firstNr + n }))
  const reckon = recalculation === null ? null : reckoner(terms, recalculation)
  return {
    day: terms.startDay,
    rows,
    reckon: reckon && ((now, paid, asOf) => besideCarried(carried, now, (others) => reckon(others, paid, asOf))),
    levies: terms.charges.flatMap((charge) => (charge.time === 'disbursement' ? [] : [levyOf(charge, terms)])),
    duesFirst,
    fixed: false,
  }
}

/** What is carried over bears no interest, as a down payment does not. */
function carriedRow(carried: Parts, rows: readonly Omit<PlannedRow, 'nr'>[]): Omit<PlannedRow, 'nr'>[] {
  if (totalOf(carried) === 0n) return []
  const { dueDay } = rows.find((row) => row.kind === 'instalment')!
  return [{ kind: 'downPayment', fromDay: dueDay, dueDay, due: carried }]
}

function besideCarried(
  carried: Parts,
  rows: readonly LoanRow[],
  reckon: (rows: readonly LoanRow[]) => readonly PlannedRow[],
): readonly PlannedRow[] {
  if (totalOf(carried) === 0n) return reckon(rows)
  return [rows[0]!, ...reckon(rows.slice(1))]
}

function levyOf(charge: LoanTerms['charges'][number], terms: LoanTerms): Levy {
  return {
    component: charge.penalty ? 'penalty' : 'fee',
    dueDay: charge.time === 'instalment' ? null : charge.dueDay,
    amountOn: ({ principal, interest }) =>
      chargeAmount(charge, { principal, interest, disbursed: terms.principal }, terms),
  }
}

/** The plan of dues that were agreed on one by one and change no more. */
export const planOfRows = (day: Day, rows: readonly PlannedRow[], duesFirst: boolean): Plan => ({
  day,
  rows,
  reckon: null,
  levies: [],
  duesFirst,
  fixed: false,
})

/** The plan of a loan whose dues stay as they were scheduled. */
export const planOfFixedRows = (day: Day, rows: readonly PlannedRow[]): Plan => ({
  ...planOfRows(day, rows, false),
  fixed: true,
})

/** What happened to the loan, in order of entry. */
export type CourseEvent =
  | {
      readonly kind: 'charge'
      readonly day: Day
      readonly component: 'fee' | 'penalty'
      readonly dueDay: Day
      readonly amount: bigint
      readonly nr: number
    }
  | {
      readonly kind: 'waiver'
      readonly day: Day
      readonly component: Component
      readonly dueDay: Day
      readonly amount: bigint
      readonly nr: number
    }
  | {
      readonly kind: 'payment'
      readonly id: number
      readonly day: Day
      readonly amount: bigint
      readonly rule: AllocationRule
    }
  | { readonly kind: 'refund'; readonly id: number; readonly day: Day; readonly amount: bigint }
  /** A write-off or charge-off. */
  | { readonly kind: 'loss'; readonly id: number; readonly day: Day }

/** The state of the loan on a day. What came before the plan counts from the plan's first day. */
export function courseOf(plan: Plan, events: readonly CourseEvent[], today: Day): LoanState {
  return replay(happenings(plan, events), { asOf: { day: today, settling: null }, duesFirst: plan.duesFirst })
}

/** The same as what would be owed if everything were paid on the day: interest counts until then. */
export function settlementOf(plan: Plan, events: readonly CourseEvent[], day: Day): LoanState {
  const asOf = { day: day < plan.day ? plan.day : day, settling: 'fromFirst' as const }
  return replay(happenings(plan, events), { asOf, duesFirst: plan.duesFirst })
}

/**
 * The instalments on a day, as `courseOf` finds them, for events of which each time mostly more are told: the same object
 * stands for the same event, and is not gone through again.
 */
export function growingCourse(plan: Plan): (events: readonly CourseEvent[], day: Day) => readonly LoanRow[] {
  const { rows } = rowReplayer(plan.duesFirst)
  const start = startOf(plan)
  const known = new WeakMap<CourseEvent, { readonly day: Day; readonly happening: Happening }>()
  const once: typeof happeningOf = (event, on) => {
    const found = known.get(event)
    if (found?.day === on.day) return found.happening
    const happening = happeningOf(event, on)
    known.set(event, { day: on.day, happening })
    return happening
  }
  return (events, day) => rows(happenings(plan, events, { start, of: once }), { day, settling: null })
}

function startOf({ day, rows, reckon, levies }: Plan): Happening[] {
  const start: Happening = reckon ? { kind: 'plan', day, rows, reckon } : { kind: 'plan', day, rows }
  return [start, ...levies.map((levy): Happening => ({ kind: 'levy', day, levy }))]
}

function happenings(
  plan: Plan,
  events: readonly CourseEvent[],
  { start, of }: { start: readonly Happening[]; of: typeof happeningOf } = { start: startOf(plan), of: happeningOf },
): Happening[] {
  const { day } = plan
  const spared = plan.fixed ? sparedFirst(events) : new Set()
  const dayOf = (event: CourseEvent): Day => (spared.has(event) || event.day < day ? day : event.day)
  const ordered = [...events.filter((event) => spared.has(event)), ...events.filter((event) => !spared.has(event))]
  return [...start, ...ordered.map((event) => of(event, { day: dayOf(event), fixed: plan.fixed }))]
}

/**
 * Waivers of what was scheduled: what was given up is never asked for again, also not by a payment of an earlier day that
 * is entered later. A waiver of a later charge, of principal that a refund may have lent again, or after a loss keeps its
 * place.
 */
function sparedFirst(events: readonly CourseEvent[]): ReadonlySet<CourseEvent> {
  const loss = events.find(({ kind }) => kind === 'loss')
  const refunded = events.findIndex(({ kind }) => kind === 'refund')
  const isLentAgain = (event: CourseEvent & { kind: 'waiver' }): boolean =>
    event.component === 'principal' && refunded >= 0 && refunded < events.indexOf(event)
  const isCharged = ({ component, nr }: { readonly component: Component; readonly nr: number }): boolean =>
    events.some((event) => event.kind === 'charge' && event.component === component && event.nr === nr)
  const before = loss ? events.slice(0, events.indexOf(loss)) : events
  return new Set(before.filter((event) => event.kind === 'waiver' && !isCharged(event) && !isLentAgain(event)))
}

function happeningOf(event: CourseEvent, { day, fixed }: { day: Day; fixed: boolean }): Happening {
  if (event.kind === 'waiver' && !fixed) {
    const { nr: _, ...anywhere } = event
    return { ...anywhere, day }
  }
  if (event.kind !== 'charge') return { ...event, day }
  const { component, dueDay, amount, nr } = event
  const amountOn = (): bigint => amount
  if (fixed) return { kind: 'levy', day, levy: { component, dueDay, nr, amountOn } }
  const effective = dueDay < day ? dueDay : day
  return { kind: 'levy', day: effective, levy: { component, dueDay, amountOn } }
}

/** An instalment with what of its interest has been taken to income. */
export interface Written extends Instalment {
  readonly interestEarned: bigint
}

export interface Reckoned extends Written {
  /** The value day of what settled it; null while anything is owed. */
  readonly completedOn: Day | null
}

/**
 * The rows of a state as they are to be written: never more waived than is due and not paid, never more earned than is due
 * and not waived (when its debts left the books, where they have). `earnedAgain` is earned interest that a waiver had taken
 * and that is owed again. A row that owes nothing without having been paid was complete on its due day, and at the latest
 * when the loan was.
 */
export function reckonedRows(state: LoanState, written: readonly Written[], earnedAgain = 0n): Reckoned[] {
  const earned = new Map(written.map((row) => [row.nr, row.interestEarned]))
  const most = new Map(inBooksRows(state).map((row) => [row.nr, netInterest(row)]))
  const last = lastPaidOn(state.rows)
  let again = earnedAgain
  return state.rows.map((row) => {
    const { nr, dueDay } = row.instalment
    const instalment = soundOf(row)
    const bound = most.get(nr) ?? 0n
    const kept = min(earned.get(nr) ?? 0n, bound)
    const more = min(again, bound - kept)
    again -= more
    const isSettled = totalOf(outstandingOf(instalment)) === 0n
    return {
      ...instalment,
      interestEarned: kept + more,
      completedOn: isSettled
        ? (completedOn(row) ?? row.paidOn ?? (last !== null && last < dueDay ? last : dueDay))
        : null,
    }
  })
}

/** The day that settled the loan; null while anything is owed, and where nothing was ever paid. */
function lastPaidOn(rows: readonly LoanRow[]): Day | null {
  if (rows.some((row) => totalOf(outstandingOf(soundOf(row))) > 0n)) return null
  const days = rows.map((row) => row.paidOn).filter((day) => day !== null)
  return days.length === 0 ? null : days.reduce((a, b) => (a > b ? a : b))
}

/** The rows as they stand in the books: as they are, or as the first loss found them. */
export function inBooksRows({ rows, losses }: LoanState): Instalment[] {
  const [first] = losses.values()
  return (first ?? rows).map(soundOf)
}

/** A row as an instalment: never more waived than is due and not paid. */
export function soundOf({ instalment: { nr, dueDay, due, paid, waived } }: LoanRow): Instalment {
  return { nr, dueDay, due, paid, waived: leastParts(waived, due, paid) }
}

const netInterest = ({ due, waived }: Instalment): bigint => due.interest - waived.interest

const leastParts = (waived: Parts, due: Parts, paid: Parts): Parts => ({
  penalty: min(waived.penalty, max(0n, due.penalty - paid.penalty)),
  fee: min(waived.fee, max(0n, due.fee - paid.fee)),
  interest: min(waived.interest, max(0n, due.interest - paid.interest)),
  principal: min(waived.principal, max(0n, due.principal - paid.principal)),
})

/** How much more, or less, is due and not waived, and how much less has been earned, than is written. */
export interface DueChange {
  readonly due: Parts
  readonly earned: bigint
}

export function dueChange(written: readonly Written[], reckoned: readonly Written[]): DueChange {
  const [was, is] = [netOf(written), netOf(reckoned)]
  return { due: subtractParts(is, was), earned: earnedOn(reckoned) - earnedOn(written) }
}

/** What is due and not waived of all rows. */
export const netOf = (rows: readonly Instalment[]): Parts =>
  rows.reduce((sum, { due, waived }) => addParts(sum, subtractParts(due, waived)), NOTHING)

/** The interest of all rows that counts as earned. */
export const earnedOn = (rows: readonly Written[]): bigint => rows.reduce((sum, row) => sum + row.interestEarned, 0n)

/** Whether a payment reached other instalments, or the same ones otherwise. */
export function isSameAllocation(a: Pick<Applied, 'lines' | 'overpayment'>, b: typeof a): boolean {
  const flat = ({ lines }: typeof a) =>
    lines.map(({ nr, parts: p }) => `${nr}/${p.penalty}/${p.fee}/${p.interest}/${p.principal}`).join(' ')
  return a.overpayment === b.overpayment && flat(a) === flat(b)
}

/** One line an instalment, in order, however often a payment reached it. */
export function linesByInstalment(lines: readonly AllocationLine[]): AllocationLine[] {
  const merged = new Map<number, Parts>()
  for (const { nr, parts } of lines) merged.set(nr, addParts(merged.get(nr) ?? NOTHING, parts))
  return [...merged].sort(([a], [b]) => a - b).map(([nr, parts]) => ({ nr, parts }))
}
