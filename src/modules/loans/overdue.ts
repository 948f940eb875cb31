/** What happens to overdue loans by the mere passing of time, once a day: late fees, and interest on overdue principal. */
import { mergeLines } from '#domain/ledger/entry.ts'
import { entryIdOf, post } from '#modules/ledger/ledger.ts'
import { replay } from '#modules/loans/corrections.ts'
import { emitLoan } from '#modules/loans/facts.ts'
import { type Course, coursesOf, type Replayed, replayed } from '#modules/loans/history.ts'
import { writeReckoned } from '#modules/loans/history-store.ts'
import { chargeLatePortion } from '#modules/loans/late-fees.ts'
import * as overdue from '#modules/loans/overdue-store.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'

const LOANS_AT_ONCE = 500

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
  const [reallocated, grown] = split(outcomes, ({ changes }) => changes.length > 0)
  await postGrowth(ctx, grown)
  await writeReckoned(
    ctx,
    grown.flatMap(({ course, rows }) => rows.map((row) => ({ ...row, loanId: course.row.id }))),
  )
  for (const { course } of reallocated) await replay(ctx, course.row)
  return loans.length
}

type Grown = Pick<Replayed, 'lines'> & { readonly course: Course }

async function postGrowth(ctx: Ctx, grown: readonly Grown[]): Promise<void> {
  const changed = grown.filter(({ lines }) => lines.length > 0)
  if (changed.length === 0) return
  const outcomes = await post(
    ctx,
    changed.map(({ course: { row }, lines }) => ({
      kind: 'replay' as const,
      effectiveDay: ctx.today,
      reference: `loan ${row.id}`,
      idemKey: `interest recalculated:${row.id}:${ctx.today}`,
      lines: mergeLines(lines),
    })),
  )
  for (const outcome of outcomes) entryIdOf(outcome)
  for (const { course } of changed) emitLoan(ctx, 'loan.interest_recalculated', course.row)
}

function split<T>(items: readonly T[], which: (item: T) => boolean): [T[], T[]] {
  return [items.filter(which), items.filter((item) => !which(item))]
}
