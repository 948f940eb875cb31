/** Late fees judged anew when something of an earlier day becomes known. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDays } from '#domain/day.ts'
import { type Course, courseOfLoan } from '#modules/loan-corrections/history.ts'
import { reviewedWhole } from '#modules/loan-corrections/late-fee-review.ts'
import { ageOverdueLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { repay } from '#modules/loan-money/loan-money.ts'
import { lockLoan } from '#modules/loan-records/store.ts'
import { judgedOneByOne } from '#test/late-fees.ts'
import { type Lender, openLender } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-05T09:00:00Z' })
  lender = await openLender(world)
})
afterAll(() => world.close())

const DAYS = 40

/** The course with a plan that counts how often one of its rows is laid out. */
function counted(course: Course): { readonly course: Course; laidOut(): number } {
  let times = 0
  const rows = course.plan.rows.map(({ due, ...row }) => ({
    ...row,
    get due() {
      times++
      return due
    },
  }))
  return { course: { ...course, plan: { ...course.plan, rows } }, laidOut: () => times }
}

test('all fees of a loan are judged in one pass over its history', async () => {
  const who = await lender.borrower('wanjiku')
  const lateFee = { basis: 'flat' as const, amount: '5000', graceDays: 0 }
  const loanId = await lender.lend(who, 1_200_000n, {
    ratePercent: '10',
    instalments: DAYS,
    frequency: 'daily',
    lateFee,
  })
  for (const { dueDay } of (await lender.loan(loanId)).instalments) {
    lender.goTo(addDays(dueDay, 1))
    await ageOverdueLoans(lender.door())
  }
  await lender.as(lender.officer, (ctx) => repay(ctx, { loanId, amount: 60_000n, account: 1000 }))
  await lender.as(lender.officer, async (ctx) => {
    const { course, laidOut } = counted(await courseOfLoan(ctx, (await lockLoan(ctx, loanId))!))
    const { items } = reviewedWhole(course)
    // Each fee adds up the plan once: that is two reads of a row for each fee, and a few layouts of the whole.
    expect(laidOut()).toBeLessThan(DAYS * (4 * DAYS))
    const fees = items.filter(({ origin }) => origin === 'late_fee')
    expect(fees).toHaveLength(DAYS)
    expect(fees.map((fee) => `${fee.rootId}: ${fee.amount} on ${fee.lines[0]!.nr}`)).toEqual(
      judgedOneByOne(course, course.items[0]!, []),
    )
  })
})
