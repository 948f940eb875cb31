/** The loans' part of the close of business: interest whose day has come is earned, customers are reminded. Every portion is a transaction of its own, and none does a loan twice, so a kill at any point only means going on. */
import { randomUUID } from 'node:crypto'
import { addDays, type Day } from '#domain/day.ts'
import type { EventType } from '#domain/event.ts'
import { interestEarnedLines } from '#domain/loans/entries.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import * as store from '#modules/loans/day-end-store.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { emit } from '#platform/events.ts'

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
  const portions = (work: (ctx: Ctx) => Promise<Portion>): Promise<number> => untilDone(() => transact(door, work))
  return {
    loansEarned:
      (await portions((ctx) => earnInterest(ctx, 'due', closed))) +
      (await portions((ctx) => earnInterest(ctx, 'completed', closed))),
    reminded: await portions((ctx) => tellOf(ctx, 'instalment.due_soon', addDays(door.today, REMINDER_DAYS + 1))),
    overdue: await portions((ctx) => tellOf(ctx, 'instalment.overdue', door.today)),
  }
}

interface Portion {
  /** Rows gone through; the last portion goes through none. */
  readonly marked: number
  readonly count: number
}

async function untilDone(portion: () => Promise<Portion>): Promise<number> {
  for (let total = 0; ; ) {
    const { marked, count } = await portion()
    if (marked === 0) return total
    total += count
  }
}

/** Interest of instalments due by the day turns into income, one entry a portion; what a completed loan has not earned yet is earned at once. */
async function earnInterest(ctx: Ctx, which: store.Earning, day: Day): Promise<Portion> {
  const earned = await store.earnInterest(ctx, which, { day, limit: INSTALMENTS_AT_ONCE })
  if (earned.amount > 0n) {
    await postOne(ctx, {
      kind: 'interest_earned',
      effectiveDay: day,
      reference: `${earned.loans} loans`,
      // Each instalment is earned once, in the transaction that says so; the key only has to be new.
      idemKey: `interest:${day}:${randomUUID()}`,
      lines: interestEarnedLines(earned.amount),
    })
  }
  return { marked: earned.marked, count: earned.loans }
}

async function tellOf(ctx: Ctx, type: Extract<EventType, `instalment.${string}`>, before: Day): Promise<Portion> {
  const { marked, told } = await store.markTold(
    ctx,
    type === 'instalment.overdue' ? 'overdue' : 'due_soon',
    before,
    TOLD_AT_ONCE,
  )
  for (const { loanId, dueDay, nr, amount, customerId, borrowerUserId, officerId, currency } of told) {
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
  return { marked, count: told.length }
}
