/** Loans whose payments go through their whole history: dues that follow what is paid, and orders that look ahead. */
import type { Day } from '#domain/day.ts'
import type { Line } from '#domain/ledger/entry.ts'
import { reversedLines } from '#domain/ledger/entry.ts'
import type { Allocation } from '#domain/loans/allocation.ts'
import {
  type CourseEvent,
  courseOf,
  dueChange,
  isSameAllocation,
  type Plan,
  planOfRows,
  planOfTerms,
  type Reckoned,
  reckonedRows,
} from '#domain/loans/course.ts'
import { dueChangeLines, repaymentLines } from '#domain/loans/entries.ts'
import { COMPONENTS, NOTHING, type Parts } from '#domain/loans/instalment.ts'
import type { LoanState } from '#domain/loans/replay.ts'
import type { LoanPaymentType } from '#modules/loan-products/loan-products.ts'
import { allocationRuleOf, booksOf, loanTermsOf } from '#modules/loans/agreed-terms.ts'
import * as history from '#modules/loans/history-store.ts'
import * as store from '#modules/loans/store.ts'
import type { Ctx } from '#platform/context.ts'

/** A locked loan with everything that happened to it; payments that come are entered in memory before they are written. */
export interface Course {
  readonly row: store.LoanRow
  readonly plan: Plan
  readonly events: CourseEvent[]
  /** What stands of each payment by the number it has among the events; of one not yet written the id is 0. */
  readonly payments: Map<number, Paid>
  /** The instalments of the plan as written, then as reckoned last. */
  rows: readonly (Reckoned & { readonly id: number | null })[]
  /** Until when interest is reckoned: today, or the day of the charge-off. */
  readonly until: Day
  /** Payments entered and not yet written are numbered downwards from -1. */
  entered: number
}

export interface Paid extends Allocation {
  readonly id: number
  readonly rootId: number
  readonly kind: 'repayment' | 'recovery'
  readonly valueDay: Day
  readonly amount: bigint
  readonly paymentType: LoanPaymentType
  readonly paymentId: number | null
  readonly account: number | null
  readonly reference: string | null
}

/** The courses of locked loans, by loan. */
export async function coursesOf(ctx: Ctx, loans: readonly store.LoanRow[]): Promise<Map<number, Course>> {
  const courses = new Map<number, Course>()
  if (loans.length === 0) return courses
  const ids = loans.map((loan) => loan.id)
  const standing = await history.readHistory(ctx, ids)
  const instalments = await store.readInstalments(ctx, ids, 'all')
  for (const row of loans) {
    const isIts = ({ loanId }: { readonly loanId: number }): boolean => loanId === row.id
    courses.set(row.id, courseFrom(ctx, row, { all: standing.filter(isIts), rows: instalments.filter(isIts) }))
  }
  return courses
}

/** The course of one locked loan. */
export async function courseOfLoan(ctx: Ctx, loan: store.LoanRow): Promise<Course> {
  return (await coursesOf(ctx, [loan])).get(loan.id)!
}

interface Written {
  readonly all: readonly history.Standing[]
  readonly rows: readonly store.StoredInstalment[]
}

function courseFrom(ctx: Ctx, row: store.LoanRow, written: Written): Course {
  const firstNr = row.plan?.firstNr ?? 1
  const standing = written.all.filter((one) => one.rootId >= (row.plan?.firstTransaction ?? 1))
  const plan = planOf(row)
  const payments = new Map(standing.filter(isMoney).map((one): [number, Paid] => [one.rootId, one]))
  return {
    row,
    plan,
    events: standing.flatMap((one) => eventsOf(one, row, plan)),
    payments,
    rows: written.rows.filter((instalment) => instalment.nr >= firstNr),
    until: row.chargedOffOn !== null && row.chargedOffOn < ctx.today ? row.chargedOffOn : ctx.today,
    entered: 0,
  }
}

const isMoney = (one: history.Standing): one is history.Repaid => one.kind === 'repayment' || one.kind === 'recovery'

/** What the loan was agreed on: at its disbursement, or anew afterwards. */
export function planOf(loan: store.LoanRow): Plan {
  const { plan, terms, currency } = loan
  const duesFirst = !('order' in terms.allocation) || terms.allocation.order !== 'ranked'
  if (plan?.of === 'rows') {
    const rows = plan.rows.map(([nr, dueDay, due], n) => ({
      kind: 'instalment' as const,
      nr,
      fromDay: n === 0 ? plan.day : plan.rows[n - 1]![1],
      dueDay,
      due: unpackParts(due),
    }))
    return planOfRows(plan.day, rows, duesFirst)
  }
  const agreed = plan?.terms ?? terms
  const lent = plan
    ? { principal: BigInt(plan.principal), startDay: plan.day }
    : { principal: loan.principal, startDay: loan.disbursedOn! }
  return planOfTerms({
    terms: loanTermsOf(agreed, { ...lent, currency }),
    recalculation: agreed.recalculation ?? null,
    duesFirst,
    firstNr: plan?.firstNr ?? 1,
    carried: plan ? unpackParts(plan.carried) : NOTHING,
  })
}

export const unpackParts = ([penalty, fee, interest, principal]: store.PackedParts): Parts => ({
  penalty: BigInt(penalty),
  fee: BigInt(fee),
  interest: BigInt(interest),
  principal: BigInt(principal),
})

export const packParts = (parts: Parts): store.PackedParts => [
  `${parts.penalty}`,
  `${parts.fee}`,
  `${parts.interest}`,
  `${parts.principal}`,
]

function eventsOf(one: history.Standing, loan: store.LoanRow, plan: Plan): CourseEvent[] {
  const { valueDay: day, amount, rootId: id } = one
  const dueDayOf = (nr: number): Day => plan.rows.find((row) => row.nr === nr)?.dueDay ?? plan.rows.at(-1)!.dueDay
  switch (one.kind) {
    case 'repayment':
    case 'recovery':
      return [{ kind: 'payment', id, day, amount, rule: allocationRuleOf(loan.terms, one.paymentType) }]
    case 'fee':
    case 'penalty': {
      const { kind: component } = one
      return one.lines.map((line) => {
        return { kind: 'charge', day, component, dueDay: dueDayOf(line.nr), amount: line.parts[component] }
      })
    }
    case 'waiver':
      return one.lines.flatMap((line) =>
        COMPONENTS.filter((component) => line.parts[component] > 0n).map((component): CourseEvent => {
          return { kind: 'waiver', day, component, dueDay: dueDayOf(line.nr), amount: line.parts[component] }
        }),
      )
    case 'credit_refund':
      return [{ kind: 'refund', id, day, amount }]
    default:
      return []
  }
}

/** A payment that comes out differently than it is written. */
export interface Reallocated {
  /** Its number among the events. */
  readonly event: number
  readonly was: Paid
  readonly is: Allocation
}

/** How the loan stands after its events, against what was written: the rows, the payments that changed, the entry's lines. */
export interface Difference {
  readonly reallocated: readonly Reallocated[]
  /** What the books get for reallocated payments and changed dues. */
  readonly lines: readonly Line[]
}

/** Reckons the course anew, keeps its rows and payments as they now are, and answers what has changed. */
export function reckonAnew(course: Course): Difference & { readonly applied: LoanState['applied'] } {
  const { row, plan, events } = course
  const books = booksOf(row)
  const state = courseOf(plan, events, course.until)
  const reckoned = reckonedRows(state, course.rows)
  // What has left the books can be earned no more.
  const rows = row.chargedOffOn === null ? reckoned : reckoned.map(allEarned)
  const ids = new Map(course.rows.map((before) => [before.nr, before.id]))
  const lines = dueChangeLines(books, dueChange(course.rows, rows))
  const reallocated: Reallocated[] = []
  for (const [event, was] of course.payments) {
    const is = state.applied.get(event)!
    if (isSameAllocation(was, is)) continue
    reallocated.push({ event, was, is })
    lines.push(...repaymentLines(books, is.parts, is.overpayment))
    lines.push(...reversedLines(repaymentLines(books, was.parts, was.overpayment)))
    course.payments.set(event, { ...was, lines: is.lines, parts: is.parts, overpayment: is.overpayment })
  }
  course.rows = rows.map((after) => ({ ...after, id: ids.get(after.nr) ?? null }))
  return { reallocated, lines, applied: state.applied }
}

const allEarned = (row: Reckoned): Reckoned => ({ ...row, interestEarned: row.due.interest - row.waived.interest })

/** Money as it comes in. */
export interface Entering {
  readonly kind: 'repayment' | 'recovery'
  readonly amount: bigint
  readonly day: Day
  readonly type: LoanPaymentType
}

export interface EnteredPayment extends Difference {
  readonly event: number
  readonly allocation: Allocation
}

/** Enters a payment into the course: what it pays, and what it changes beside. */
export function enterPayment(course: Course, { kind, amount, day, type }: Entering): EnteredPayment {
  const event = --course.entered
  course.events.push({ kind: 'payment', id: event, day, amount, rule: allocationRuleOf(course.row.terms, type) })
  const { applied, ...difference } = reckonAnew(course)
  const allocation = applied.get(event)!
  const unwritten = { id: 0, rootId: 0, paymentId: null, account: null, reference: null }
  course.payments.set(event, { ...allocation, ...unwritten, kind, valueDay: day, amount, paymentType: type })
  return { ...difference, event, allocation }
}

/** The id of a payment that has been written meanwhile. */
export function noteWritten(course: Course, event: number, written: Pick<Paid, 'id' | 'paymentId' | 'account'>): void {
  course.payments.set(event, { ...course.payments.get(event)!, ...written, rootId: written.id })
}

/** Writes the rows as they stand, and for each changed payment its reversal and its replacement, linked. */
export async function writeCourse(
  ctx: Ctx,
  course: Course,
  { reallocated, entryId }: Pick<Difference, 'reallocated'> & { readonly entryId: bigint | null },
): Promise<void> {
  await writeRows(ctx, [course])
  if (reallocated.length === 0) return
  const pairs = reallocated.flatMap(({ event, was, is }) => {
    const { id, rootId } = course.payments.get(event)!
    const taken = { ...transactionOf(course, was), kind: 'reversal' as const, entryId, reversesId: id }
    return [taken, { ...transactionOf(course, { ...was, ...is }), entryId, replacesId: id, rootId }]
  })
  const first = await store.insertTransactions(ctx, pairs)
  for (const [n, { event }] of reallocated.entries()) {
    course.payments.set(event, { ...course.payments.get(event)!, id: first + 2 * n + 1 })
  }
}

/** Writes the rows of courses as they were reckoned last. */
export async function writeRows(ctx: Ctx, courses: readonly Course[]): Promise<void> {
  await history.writeReckoned(
    ctx,
    courses.flatMap((course) => course.rows.map((row) => ({ ...row, loanId: course.row.id }))),
  )
}

function transactionOf(course: Course, paid: Paid): Omit<store.NewTransaction, 'entryId'> {
  const { kind, valueDay, amount, parts, overpayment, lines, paymentId, paymentType, account, reference } = paid
  const shown = { kind, valueDay, amount, parts, overpayment, lines, paymentId, paymentType, account, reference }
  return { ...shown, loanId: course.row.id }
}
