/** The loans' part of the close of business: interest whose day has come is earned, what is late bears its fee and its interest, customers are reminded. Every portion is a transaction of its own, and none does a loan twice, so a kill at any point only means going on. */
import { addDays, type Day } from '#domain/day.ts'
import type { EventType } from '#domain/event.ts'
import { mergeLines, type NewEntry } from '#domain/ledger/entry.ts'
import { interestEarnedLines } from '#domain/loans/entries.ts'
import { postOne, entryIdOf, post } from '#modules/ledger/ledger.ts'
import { entriesOf, prepared, writeWorkedOut } from '#modules/loan-corrections/replay.ts'
import * as store from '#modules/loan-day-end/store.ts'
import { loanFacts } from '#modules/loan-records/facts.ts'
import { writeReckoned } from '#modules/loan-records/history-store.ts'
import { type Course, coursesOf, type Replayed, replayed } from '#modules/loan-corrections/history.ts'
import { chargeLatePortion } from '#modules/loan-day-end/late-fees.ts'
import * as overdue from '#modules/loan-day-end/overdue-store.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'
import { randomUUID } from 'node:crypto'

const INSTALMENTS_AT_ONCE = 20_000
const TOLD_AT_ONCE = 2_000
/** Days before an instalment falls due on which its customer is reminded. */
const REMINDER_DAYS = 1

export interface DayEnd {
  readonly loansEarned: number
  readonly reminded: number
  readonly overdue: number
}

/**
 * Closes the organisation's business day before today: its interest is earned on it, what was left unpaid is overdue, who
 * has to pay soon is reminded. Safe to run again, and after a kill.
 */
export async function closeLoans(door: Door): Promise<DayEnd> {
  const closed = addDays(door.today, -1)
  return {
    loansEarned: (await earnAll(door, 'due', closed)) + (await earnAll(door, 'completed', closed)),
    reminded: await tellAll(door, { of: 'due_soon', before: addDays(door.today, REMINDER_DAYS + 1) }),
    overdue: await tellAll(door, { of: 'overdue', before: door.today }),
  }
}

/** Interest of instalments due by the day turns into income; what a completed loan has not earned yet is earned at once. */
async function earnAll(door: Door, which: store.Earning, day: Day): Promise<number> {
  const ranges = await transact(
    door,
    (ctx) => store.earningRanges(ctx, which, { day, atOnce: INSTALMENTS_AT_ONCE }),
    true,
  )
  let earned = 0
  for (const loans of ranges) earned += await transact(door, (ctx) => earnInterest(ctx, which, { day, loans }))
  return earned
}

/** One entry a range of loans; says how many of them earned something. */
async function earnInterest(
  ctx: Ctx,
  which: store.Earning,
  of: { readonly day: Day; readonly loans: store.LoanRange },
): Promise<number> {
  const earned = await store.earnInterest(ctx, which, of)
  if (earned.amount > 0n) {
    await postOne(ctx, {
      kind: 'interest_earned',
      effectiveDay: of.day,
      reference: `${earned.loans} loans`,
      // Each instalment is earned once, in the transaction that says so; the key only has to be new.
      idemKey: `interest:${of.day}:${randomUUID()}`,
      lines: interestEarnedLines(earned.amount),
    })
  }
  return earned.loans
}

/** Tells of all of a kind, portion after portion; what somebody held meanwhile is come back to. */
async function tellAll(door: Door, what: Pick<store.Telling, 'of' | 'before'>): Promise<number> {
  let after: store.ToldUpTo | null = null
  for (let total = 0; ; ) {
    const portion: store.Told = await transact(door, (ctx) => tell(ctx, { ...what, after, limit: TOLD_AT_ONCE }))
    if (portion.upTo === null && after === null) return total
    total += portion.told.length
    after = portion.upTo
  }
}

async function tell(ctx: Ctx, telling: store.Telling): Promise<store.Told> {
  const portion = await store.markTold(ctx, telling)
  const type: EventType = `instalment.${telling.of}`
  for (const { loanId, dueDay, nr, amount, customerId, borrowerUserId, officerId, currency } of portion.told) {
    emit(ctx, type, {
      loan_id: loanId,
      customer_id: customerId,
      borrower_user_id: borrowerUserId,
      officer_id: officerId,
      nr,
      due_day: dueDay,
      amount: String(amount),
      currency,
    })
  }
  return portion
}

/** Each is worked out by itself: few at once, so that nobody waits for long. */
const LOANS_AT_ONCE = 50

/**
 * Charges the late fees that have fallen due, and lets the interest of loans whose overdue principal bears it follow. Every
 * portion is a transaction of its own and none does a loan twice a day, so a kill only means going on.
 */
export async function ageOverdueLoans(
  door: Door,
): Promise<{ readonly charged: number; readonly recalculated: number }> {
  const untilDone = async (portion: (ctx: Ctx) => Promise<number>): Promise<number> => {
    for (let loans = 0; ; ) {
      const done = await transact(door, portion)
      if (done === 0) return loans
      loans += done
    }
  }
  return { charged: await untilDone(chargeLatePortion), recalculated: await untilDone(recalculatePortion) }
}

async function recalculatePortion(ctx: Ctx): Promise<number> {
  const loans = await overdue.lockRecalculating(ctx, LOANS_AT_ONCE)
  if (loans.length === 0) return 0
  await overdue.markReckoned(
    ctx,
    loans.map((loan) => loan.id),
  )
  const outcomes = [...(await coursesOf(ctx, loans)).values()].map((course) => ({ course, ...replayed(course) }))
  const [moved, grown] = split(outcomes, ({ changes }) => changes.length > 0)
  const reallocated = await prepared(ctx, moved)
  const growth = grown.filter(({ lines }) => lines.length > 0)
  // All is worked out by now: the head of the books is held for what is left to write.
  const entries = [...growth.map((one) => growthEntry(ctx, one)), ...entriesOf(reallocated)]
  const ids = entries.length === 0 ? [] : (await post(ctx, entries)).map(entryIdOf)
  for (const { course } of growth) emit(ctx, 'loan.interest_recalculated', loanFacts(ctx, course.row))
  await writeReckoned(
    ctx,
    grown.flatMap(({ course, rows }) => rows.map((row) => ({ ...row, loanId: course.row.id }))),
  )
  await writeWorkedOut(ctx, reallocated, ids.slice(growth.length))
  return loans.length
}

type Grown = Pick<Replayed, 'lines'> & { readonly course: Course }

const growthEntry = (ctx: Ctx, { course: { row }, lines }: Grown): NewEntry => ({
  kind: 'replay',
  effectiveDay: ctx.today,
  reference: `loan ${row.id}`,
  idemKey: `interest recalculated:${row.id}:${ctx.today}`,
  lines: mergeLines(lines),
})

function split<T>(items: readonly T[], which: (item: T) => boolean): [T[], T[]] {
  return [items.filter(which), items.filter((item) => !which(item))]
}
