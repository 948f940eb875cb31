/** What happens to overdue loans by the mere passing of time, once a day: late fees, and interest on overdue principal. */
import { emitLoan } from '#modules/loans/facts.ts'
import { chargeLatePortion } from '#modules/loans/late-fees.ts'
import * as overdue from '#modules/loans/overdue-store.ts'
import { replay } from '#modules/loans/reversal.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'

const LOANS_AT_ONCE = 200

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
  await overdue.markReckoned(
    ctx,
    loans.map((loan) => loan.id),
  )
  for (const loan of loans) {
    await replay(ctx, loan)
    emitLoan(ctx, 'loan.interest_recalculated', loan)
  }
  return loans.length
}
