/** Late fees judged anew when something of an earlier day becomes known. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '#domain/day.ts'
import { totalOf } from '#domain/loans/instalment.ts'
import { type Course, courseOfLoan } from '#modules/loan-corrections/history.ts'
import { reverseTransaction } from '#modules/loan-corrections/loan-corrections.ts'
import { reviewedWhole } from '#modules/loan-corrections/late-fee-review.ts'
import { ageOverdueLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { repay } from '#modules/loan-money/loan-money.ts'
import { readHistory } from '#modules/loan-records/history-store.ts'
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

describe('a cap that a back-dated payment frees', () => {
  const capped = { basis: 'flat' as const, amount: '2500', graceDays: 0, mostOfLoan: '5000' }
  const system = { kind: 'system', name: 'statement' } as const

  /** Three instalments are late; the third bears no fee, since the first two bear the most. */
  async function late(name: string) {
    const loanId = await lender.lend(await lender.borrower(name), 1_200_000n, { lateFee: capped })
    const { instalments } = await lender.loan(loanId)
    for (const { dueDay } of instalments.slice(0, 3)) {
      lender.goTo(addDays(dueDay, 1))
      await ageOverdueLoans(lender.door())
    }
    return { loanId, first: instalments[0]! }
  }

  const fees = async (loanId: number) =>
    (await lender.as(lender.officer, (ctx) => readHistory(ctx, [loanId])))
      .filter((one) => one.kind === 'penalty')
      .map((one) => [one.lines[0]!.nr, one.amount])

  const payFirst = ({ loanId, first }: Awaited<ReturnType<typeof late>>) =>
    lender.as(system, (ctx) => repay(ctx, { loanId, amount: totalOf(first.due), day: first.dueDay, account: 1000 }))

  test('is used as if the payment had been known', async () => {
    const loan = await late('atieno')
    expect(await fees(loan.loanId)).toEqual([
      [1, 2_500n],
      [2, 2_500n],
    ])
    const paid = await payFirst(loan)
    expect(await fees(loan.loanId)).toEqual([
      [2, 2_500n],
      [3, 2_500n],
    ])
    await lender.as(lender.officer, (ctx) =>
      reverseTransaction(ctx, { loanId: loan.loanId, transactionId: paid, reason: 'bounced' }),
    )
    expect((await fees(loan.loanId)).toSorted()).toEqual([
      [1, 2_500n],
      [2, 2_500n],
    ])
    await lender.expectAgreement()
  })

  test('charges a fee that staff can take back', async () => {
    const loan = await late('wairimu')
    await payFirst(loan)
    const charged = (await lender.as(lender.officer, (ctx) => readHistory(ctx, [loan.loanId]))).at(-1)!
    expect([charged.lines[0]!.nr, charged.origin]).toEqual([3, 'late_fee'])
    await lender.as(lender.officer, (ctx) =>
      reverseTransaction(ctx, { loanId: loan.loanId, transactionId: charged.id, reason: 'goodwill' }),
    )
    expect(await fees(loan.loanId)).toEqual([[2, 2_500n]])
    await lender.expectAgreement()
  })

  test('is not used where staff took a fee back', async () => {
    const { loanId } = await late('njeri')
    const [fee] = (await lender.as(lender.officer, (ctx) => readHistory(ctx, [loanId]))).filter(
      (one) => one.kind === 'penalty',
    )
    await lender.as(lender.officer, (ctx) =>
      reverseTransaction(ctx, { loanId, transactionId: fee!.id, reason: 'goodwill' }),
    )
    expect(await fees(loanId)).toEqual([[2, 2_500n]])
    await lender.expectAgreement()
  })
})
