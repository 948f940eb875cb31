/**
 * A loan's whole history in memory: what stands of it, entered in its order, and what follows from it. Loans whose dues
 * follow what is paid go through it with every payment; all others when something is corrected or entered out of order.
 */
import type { Day } from '#domain/day.ts'
import { type Line, mergeLines, reversedLines } from '#domain/ledger/entry.ts'
import type { Allocation } from '#domain/loans/allocation.ts'
import {
  type CourseEvent,
  courseOf,
  earnedOn,
  inBooksRows,
  isSameAllocation,
  linesByInstalment,
  netOf,
  type Plan,
  type Reckoned,
  reckonedRows,
} from '#domain/loans/course.ts'
import { dueChangeLines, lossOf, transactionLines } from '#domain/loans/entries.ts'
import { addParts, COMPONENTS, NOTHING, type Parts, subtractParts, totalOf } from '#domain/loans/instalment.ts'
import type { LoanState } from '#domain/loans/replay.ts'
import { sum } from '#domain/money.ts'
import type { LoanPaymentType } from '#modules/loan-products/loan-products.ts'
import { allocationRuleOf, booksOf, isPlain } from '#modules/loan-records/loan-records.ts'
import * as history from '#modules/loan-records/history-store.ts'
import { UNWRITTEN } from '#modules/loan-corrections/unwritten.ts'
import { addsDues, fixedPlan, planOf } from '#modules/loan-records/plan.ts'
import * as store from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'

type Standing = history.Standing

/** A locked loan with everything that happened to it and stands; payments that come are entered before they are written. */
export interface Course {
  readonly row: store.LoanRow
  readonly plan: Plan
  /** Since the last agreement, in order of entry; of a payment not yet written the id is 0 and the root negative. */
  items: readonly Standing[]
  /** The instalments of the plan as written, then as they were worked out last. */
  rows: readonly (Reckoned & { readonly id: number | null })[]
  /** The instalments before the last agreement: settled, though what was paid of their interest may not be earned yet. */
  readonly past: readonly Reckoned[]
  readonly today: Day
  /** The numbers of the rows that are written. */
  readonly writtenNumbers: readonly number[]
  /** Under which numbers a transaction stands that was written, or replaced, since the course was read; by its root then. */
  readonly written: Map<number, Pick<Standing, 'id' | 'rootId'>>
  /** Late fees that an earlier replay took back. */
  readonly lateFeesTakenBack: readonly Standing[]
  /** Losses of nothing, which an earlier replay took back: what was decided still holds for debts that come back. */
  readonly lossesOfNothing: readonly Standing[]
  /** What the late fees before the last agreement came to: they count towards the most that the loan may bear. */
  readonly lateFeesBefore: bigint
}

/** The courses of locked loans, by loan. */
export async function coursesOf(ctx: Ctx, loans: readonly store.LoanRow[]): Promise<Map<number, Course>> {
  const courses = new Map<number, Course>()
  if (loans.length === 0) return courses
  const ids = loans.map((loan) => loan.id)
  const all = await history.readHistory(ctx, ids)
  const rows = await store.readInstalments(ctx, ids, 'all')
  const takenBack = await history.takenBackByReplay(ctx, ids)
  for (const row of loans) {
    const isIts = ({ loanId }: { readonly loanId: number }): boolean => loanId === row.id
    const written = { all: all.filter(isIts), rows: rows.filter(isIts), takenBack: takenBack.filter(isIts) }
    courses.set(row.id, courseFrom(ctx, row, written))
  }
  return courses
}

/** The course of one locked loan. */
export async function courseOfLoan(ctx: Ctx, loan: store.LoanRow): Promise<Course> {
  return (await coursesOf(ctx, [loan])).get(loan.id)!
}

interface Written {
  readonly all: readonly Standing[]
  readonly rows: readonly store.StoredInstalment[]
  readonly takenBack: readonly Standing[]
}

function courseFrom(ctx: Ctx, row: store.LoanRow, { all, rows: stored, takenBack }: Written): Course {
  const { firstNr, firstTransaction } = row.plan ?? { firstNr: 1, firstTransaction: 1 }
  const isSince = ({ rootId }: Standing): boolean => rootId >= firstTransaction
  const items = all.filter((one) => isSince(one) && one.kind !== 'disbursement')
  const rows = stored.filter((instalment) => instalment.nr >= firstNr)
  const plan = isPlain(row.terms) ? fixedPlan(row, rows, items) : planOf(row)
  return {
    row,
    plan,
    items,
    rows,
    past: stored.filter((instalment) => instalment.nr < firstNr),
    today: ctx.today,
    writtenNumbers: rows.map(({ nr }) => nr),
    written: new Map(),
    lateFeesTakenBack: takenBack.filter((one) => isSince(one) && !isLoss(one)),
    lossesOfNothing: takenBack.filter((one) => isSince(one) && isLoss(one)),
    lateFeesBefore: sum(all.filter((one) => one.origin === 'late_fee' && !isSince(one)).map((one) => one.amount)),
  }
}

const isPaid = ({ kind }: Standing): boolean => kind === 'repayment' || kind === 'recovery'
const isLoss = ({ kind }: Standing): boolean => kind === 'write_off' || kind === 'charge_off'

/** What happened to the loan, as the domain's replay wants to know it. */
export const eventsOf = (course: Course): CourseEvent[] => course.items.flatMap(eventsIn(course))

/** The same of one transaction. */
export function eventsIn({ row, plan, rows }: Omit<Course, 'items'>): (one: Standing) => CourseEvent[] {
  const dueDayOf = dueDays(plan, rows)
  return (one) => eventsOfOne(one, { row, dueDayOf })
}

interface Loan {
  readonly row: store.LoanRow
  readonly dueDayOf: (nr: number) => Day
}

function dueDays(plan: Plan, rows: Course['rows']): (nr: number) => Day {
  const days = new Map([...rows, ...plan.rows].map(({ nr, dueDay }) => [nr, dueDay]))
  return (nr) => days.get(nr) ?? plan.rows.at(-1)!.dueDay
}

function eventsOfOne(one: Standing, { row, dueDayOf }: Loan): CourseEvent[] {
  const { valueDay: day, amount, rootId: id } = one
  switch (one.kind) {
    case 'repayment':
    case 'recovery':
      return [{ kind: 'payment', id, day, amount, rule: allocationRuleOf(row.terms, one.paymentType) }]
    case 'fee':
    case 'penalty': {
      const { kind: component } = one
      return one.lines.map(({ nr, parts }) => {
        return { kind: 'charge', day, component, dueDay: dueDayOf(nr), amount: parts[component], nr }
      })
    }
    case 'waiver':
      return one.lines.flatMap(({ nr, parts }) =>
        COMPONENTS.filter((component) => parts[component] > 0n).map((component): CourseEvent => {
          return { kind: 'waiver', day, component, dueDay: dueDayOf(nr), amount: parts[component], nr }
        }),
      )
    case 'credit_refund':
      return [{ kind: 'refund', id, day, amount }]
    case 'write_off':
    case 'charge_off':
      return [{ kind: 'loss', id, day }]
    default:
      return []
  }
}

/** A transaction that comes out differently than it is written. */
export interface Change {
  /** Null: a late fee that is due again. */
  readonly was: Standing | null
  /** Null: it is taken back. */
  readonly is: Standing | null
}

/** How the loan stands after everything that happened to it, against what was written. */
export interface Replayed {
  readonly rows: Course['rows']
  readonly items: readonly Standing[]
  readonly changes: readonly Change[]
  /** What the books get for changed transactions and changed dues. */
  readonly lines: readonly Line[]
}

export interface Replaying {
  /** Transactions that are taken back: what they booked is reversed by their own entry. */
  readonly without?: readonly Standing[]
  /** The late fees as they should be; those that stand where left out. */
  readonly lateFees?: readonly Standing[]
}

/** Works out the loan anew from everything that stands, and what that changes. Changes nothing itself. */
export function replayed(course: Course, { without = [], lateFees }: Replaying = {}): Replayed {
  const gone = new Set(without.map((one) => one.rootId))
  const standing = course.items.filter((one) => !gone.has(one.rootId))
  const given = inPlace(lateFees === undefined ? standing : standing.filter((one) => one.origin !== 'late_fee'), [
    ...(lateFees ?? []),
    ...dormantLosses(course, standing),
  ])
  const state = stateOf(course, given)
  const rows = rowsOf(course, state, without)
  const items = given.flatMap((one) => comeOut(one, { course, state, rows }) ?? [])
  const changes = changesBetween(standing, items)
  const books = booksOf(course.row)
  const lines = changes.flatMap(({ was, is }) => [
    ...(is ? transactionLines(books, is) : []),
    ...(was ? reversedLines(transactionLines(books, was)) : []),
  ])
  const due = subtractParts(scheduledIn(state, items), scheduledBy(course.rows, course.items))
  const earned = earnedOn(rows) - earnedOn(course.rows) - earnedAgain(course, without)
  return { rows, items, changes, lines: mergeLines([...lines, ...dueChangeLines(books, { due, earned })]) }
}

const stateOf = (course: Course, items: readonly Standing[]): LoanState =>
  courseOf(course.plan, eventsOf({ ...course, items }), course.today)

/** Losses of nothing, which may come back; none where its like was decided anew. */
const dormantLosses = ({ lossesOfNothing }: Course, standing: readonly Standing[]): Standing[] =>
  lossesOfNothing.filter((loss) => !standing.some(({ kind }) => kind === loss.kind))

/** Transactions among others, each in its place. */
const inPlace = (others: readonly Standing[], more: readonly Standing[]): readonly Standing[] =>
  more.length === 0 ? others : [...others, ...more].sort((a, b) => orderOf(a) - orderOf(b))

/** What is not written yet was entered last. */
const orderOf = ({ rootId }: Standing): number => (rootId < 0 ? BEHIND_ALL - rootId : rootId)
const BEHIND_ALL = 2 ** 32

function rowsOf(course: Course, state: LoanState, without: readonly Standing[]): Course['rows'] {
  const ids = new Map(course.rows.map((before) => [before.nr, before.id]))
  const rows = reckonedRows(state, course.rows, earnedAgain(course, without))
  return rows.map((after) => ({ ...after, id: ids.get(after.nr) ?? null }))
}

/** Interest that had been earned before it was waived is earned again. */
const earnedAgain = ({ row }: Course, without: readonly Standing[]): bigint =>
  row.terms.accounting === 'accrual'
    ? sum(
        without
          .filter((one) => one.kind === 'waiver' && !one.outOfBooks)
          .map((one) => one.parts.interest - one.unearned),
      )
    : 0n

interface Outcome {
  readonly course: Course
  readonly state: LoanState
  readonly rows: readonly Reckoned[]
}

/** A transaction as the replay finds it; null where nothing is left of it. */
function comeOut(one: Standing, outcome: Outcome): Standing | null {
  if (isPaid(one)) return paidAnew(one, outcome)
  if (isLoss(one)) return lostAnew(one, outcome)
  if (one.kind === 'credit_refund') return refundedAnew(one, outcome)
  return one
}

function paidAnew(one: Standing, { course, state }: Outcome): Standing {
  const { parts, overpayment, lines } = state.applied.get(one.rootId)!
  const outOfBooks = state.afterLoss.has(one.rootId)
  const kind = isAfterWriteOff(one, course, state) ? ('recovery' as const) : ('repayment' as const)
  return { ...one, kind, parts, overpayment, lines: linesByInstalment(lines), outOfBooks }
}

/** Money that came after a write-off is recovered; after a charge-off alone it is still a repayment. */
function isAfterWriteOff(one: Standing, { items }: Course, state: LoanState): boolean {
  if (!state.afterLoss.has(one.rootId)) return false
  return items.some((loss) => loss.kind === 'write_off' && state.losses.has(loss.rootId) && isBefore(loss, one))
}

/** Whether one counts before another: by value day, then by entry. */
export const isBefore = (one: Standing, other: Standing): boolean =>
  one.valueDay < other.valueDay || (one.valueDay === other.valueDay && orderOf(one) < orderOf(other))

function lostAnew(one: Standing, { course, state, rows }: Outcome): Standing | null {
  const found = state.losses.get(one.rootId)
  if (!found) return null
  const earned = new Map(rows.map((row) => [row.nr, row.interestEarned]))
  const lost = found.map(({ instalment }) => ({ ...instalment, interestEarned: earned.get(instalment.nr) ?? 0n }))
  const outOfBooks = [...state.losses.keys()][0] !== one.rootId
  const { outstanding, ...interest } = lossOf([...course.past, ...lost], course.row.terms.accounting)
  const amount = totalOf(outstanding)
  return { ...one, ...(outOfBooks ? { unearned: 0n, earned: 0n } : interest), amount, parts: outstanding, outOfBooks }
}

function refundedAnew(one: Standing, { state, rows }: Outcome): Standing {
  const { parts } = state.applied.get(one.rootId)!
  const nr = (rows.find(({ dueDay }) => one.valueDay <= dueDay) ?? rows.at(-1)!).nr
  const lines = parts.principal === 0n ? [] : [{ nr, parts }]
  return { ...one, parts, lines, outOfBooks: state.afterLoss.has(one.rootId) }
}

function changesBetween(before: readonly Standing[], after: readonly Standing[]): Change[] {
  const now = new Map(after.map((one) => [one.rootId, one]))
  const known = new Set(before.map((one) => one.rootId))
  const changed = before.flatMap((was): Change[] => {
    const is = now.get(was.rootId) ?? null
    return is && isSame(was, is) ? [] : [{ was, is }]
  })
  return [...changed, ...after.filter((one) => !known.has(one.rootId)).map((is) => ({ was: null, is }))]
}

const isSame = (a: Standing, b: Standing): boolean =>
  a.kind === b.kind &&
  a.amount === b.amount &&
  a.outOfBooks === b.outOfBooks &&
  a.unearned === b.unearned &&
  a.earned === b.earned &&
  COMPONENTS.every((component) => a.parts[component] === b.parts[component]) &&
  isSameAllocation(a, b)

/**
 * What the books hold of the agreement itself: dues, without what was charged, lent again or given up by transactions that
 * book for themselves. Of a loan that has left the books: when it left them.
 */
function scheduledIn(state: LoanState, items: readonly Standing[]): Parts {
  const isInBooks = (one: Standing): boolean => state.losses.size === 0 || !isAfter(one, state)
  return scheduledBy(inBooksRows(state), items.filter(isInBooks))
}

const isAfter = (one: Standing, state: LoanState): boolean => state.afterLoss.has(one.rootId) || one.outOfBooks

function scheduledBy(rows: Parameters<typeof netOf>[0], items: readonly Standing[]): Parts {
  const added = items.filter(addsDues).reduce((all, one) => addParts(all, one.parts), NOTHING)
  const waived = items.filter(({ kind }) => kind === 'waiver').reduce((all, one) => addParts(all, one.parts), NOTHING)
  return addParts(subtractParts(netOf(rows), added), waived)
}

/** Money as it comes in. */
export interface Entering {
  readonly kind: 'repayment' | 'recovery'
  readonly amount: bigint
  readonly day: Day
  readonly type: LoanPaymentType
}

export interface EnteredPayment extends Pick<Replayed, 'changes' | 'lines'> {
  /** Its number among the items, until it is written. */
  readonly rootId: number
  readonly allocation: Allocation
  readonly outOfBooks: boolean
  readonly kind: 'repayment' | 'recovery'
}

/** Enters a payment into the course: what it pays, and what it changes beside. `as` works the loan out. */
export function enterPayment(
  course: Course,
  { kind, amount, day: valueDay, type }: Entering,
  as: (course: Course) => Replayed = replayed,
): EnteredPayment {
  const rootId = Math.min(0, ...course.items.map((one) => one.rootId)) - 1
  const entered: Standing = { ...UNWRITTEN, kind, rootId, loanId: course.row.id, paymentType: type, valueDay, amount }
  const { rows, items, changes, lines } = as({ ...course, items: [...course.items, entered] })
  const is = items.find((one) => one.rootId === rootId)!
  course.rows = rows
  course.items = items
  // What it books itself is booked with the money; here is what it changes.
  const own = transactionLines(booksOf(course.row), is)
  return {
    rootId,
    allocation: is,
    outOfBooks: is.outOfBooks,
    kind: is.kind as EnteredPayment['kind'],
    changes: changes.filter(({ was }) => was?.rootId !== rootId),
    lines: mergeLines([...lines, ...reversedLines(own)]),
  }
}

/** Notes the number under which a payment has been written meanwhile. */
export function noteWritten(course: Course, rootId: number, id: number): void {
  course.written.set(rootId, { id, rootId: id })
}
