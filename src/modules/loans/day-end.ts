/** The loans' part of the close of business: interest whose day has come is earned, customers are reminded. Every portion is a transaction of its own, and none does a loan twice, so a kill at any point only means going on. */
import { randomUUID } from 'node:crypto'
import { addDays, type Day } from '#domain/day.ts'
import type { EventType } from '#domain/event.ts'
import { interestEarnedLines } from '#domain/loans/entries.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import * as store from '#modules/loans/day-end-store.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

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
    emit(ctx, {
      type,
      subject: `loan:${loanId}`,
      data: {
        loan_id: loanId,
        customer_id: customerId,
        borrower_user_id: borrowerUserId,
        officer_id: officerId,
        nr,
        due_day: dueDay,
        amount: String(amount),
        currency,
      },
    })
  }
  return portion
}
