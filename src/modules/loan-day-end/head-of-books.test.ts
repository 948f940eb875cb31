/** The head of the books is held for writing alone: loans are worked out before it is taken. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ageOverdueLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { transactionsOfLoan } from '#modules/loan-records/views.ts'
import { type Lender, openLender } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-05T09:00:00Z' })
  lender = await openLender(world)
})
afterAll(() => world.close())

const LOANS = 30

/** How many entries were posted in the same transaction as each: a block of the books is one posting. */
async function blocks(): Promise<{ readonly block: number; readonly kinds: string[]; readonly loans: number }[]> {
  return lender.as(lender.officer, async (ctx) => {
    const { rows } = await sql<{ block: number; kinds: string[]; loans: number }>`
      select block_no::integer as block, array_agg(distinct kind order by kind) as kinds, count(distinct reference)::integer as loans
        from journal_entries where org_id = ${ctx.org.id} and kind in ('penalty', 'replay') group by block_no order by block_no`.execute(
      ctx.tx,
    )
    return rows
  })
}

test('late fees, and what they change in the courses of their loans, are posted at once for a portion of loans', async () => {
  const lateFee = { basis: 'flat' as const, amount: '5000', graceDays: 0 }
  const terms = {
    ...{ ratePercent: '24', interestMethod: 'declining' as const, instalments: 12, lateFee },
    recalculation: { rest: 'daily' as const, overdueBearsInterest: true },
  }
  const loans: number[] = []
  for (let n = 0; n < LOANS; n++) {
    const person = await lender.borrower(`person ${n}`)
    const loanId = await lender.lend(person, 100_000n, terms)
    await lender.pay(person.phone, 3_000n, `P${n}`)
    loans.push(loanId)
  }
  lender.goTo('2026-03-20')
  expect(await ageOverdueLoans(lender.door())).toEqual({ charged: LOANS, recalculated: LOANS })
  const posted = await blocks()
  // 25 loans at once, then five; and what interest has grown since, where the fees had not said so already.
  const withFees = posted.filter(({ kinds }) => kinds.includes('penalty'))
  expect(withFees.map(({ loans: at }) => at)).toEqual([25, 5])
  expect(posted.length).toBeLessThanOrEqual(3)
  for (const id of loans) {
    const fees = (await lender.as(lender.officer, (ctx) => transactionsOfLoan(ctx, id))).filter(
      (one) => one.kind === 'penalty' && !one.reversed,
    )
    expect(fees).toHaveLength(2)
  }
  await lender.expectAgreement()
})
