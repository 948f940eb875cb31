/** The loans' part of the close of business: interest whose day has come is earned, customers are reminded. Every portion is a transaction of its own, and none does a loan twice, so a kill at any point only means going on. */
import { addDays, type Day } from '#domain/day.ts'
import type { EventType } from '#domain/event.ts'
import { interestEarnedLines } from '#domain/loans/entries.ts'
import { entryIdOf, post } from '#modules/ledger/ledger.ts'
import * as store from '#modules/loans/day-end-store.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { emit } from '#platform/events.ts'

const LOANS_AT_ONCE = 2_000
const INSTALMENTS_AT_ONCE = 1_000
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
  const portions = (work: (ctx: Ctx) => Promise<number>): Promise<number> => untilDone(() => transact(door, work))
  return {
    loansEarned: await portions((ctx) => earnInterest(ctx, closed)),
    reminded: await portions((ctx) => tellOf(ctx, 'instalment.due_soon', addDays(door.today, REMINDER_DAYS + 1))),
    overdue: await portions((ctx) => tellOf(ctx, 'instalment.overdue', door.today)),
  }
}

async function untilDone(portion: () => Promise<number>): Promise<number> {
  for (let total = 0; ; ) {
    const done = await portion()
    if (done === 0) return total
    total += done
  }
}

/** Interest of instalments due by the day turns into income; what a completed loan has not earned yet is earned at once. */
async function earnInterest(ctx: Ctx, day: Day): Promise<number> {
  const due = await store.lockUnearned(ctx, day, LOANS_AT_ONCE)
  if (due.length === 0) return 0
  const outcomes = await post(
    ctx,
    due.map((loan) => ({
      kind: 'interest_earned',
      effectiveDay: day,
      reference: `loan ${loan.loanId}`,
      idemKey: `interest:${loan.loanId}:${day}:${loan.earnedBefore}`,
      lines: interestEarnedLines({ ...loan, accounting: 'accrual' }, loan.amount),
    })),
  )
  for (const outcome of outcomes) entryIdOf(outcome)
  await store.markEarned(
    ctx,
    due.map((loan) => loan.loanId),
    day,
  )
  return due.length
}

async function tellOf(ctx: Ctx, type: Extract<EventType, `instalment.${string}`>, before: Day): Promise<number> {
  const told = await store.markTold(
    ctx,
    type === 'instalment.overdue' ? 'overdue' : 'due_soon',
    before,
    INSTALMENTS_AT_ONCE,
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
  return told.length
}
