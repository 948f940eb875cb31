/** Loans at the counter: lent and repaid while other things go on with the same client's money. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { repayFor } from '#modules/teller/teller.ts'
import { expectBooksAgree } from '#test/books.ts'
import { type Lender, openLender } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-05T09:00:00Z', lockOrder: true })
  lender = await openLender(world)
})
afterEach(() => expectBooksAgree(world, lender.slug))
afterAll(() => world.close())

const PLAIN = { interestMethod: 'declining', ratePercent: '24', instalments: 24 } as const
const RECALCULATING = { ...PLAIN, instalments: 12, recalculation: { rest: 'daily' } } as const

test('what the oldest loan does not need pays the next one', async () => {
  const client = await lender.borrower('early')
  const old = await lender.lend(client, 1_200_000n, RECALCULATING)
  const next = await lender.lend(client, 1_200_000n, PLAIN)
  lender.goTo('2026-01-20')
  const { balance } = await lender.loan(next)
  const { userId: clientId } = client
  await lender.as(client.actor, (ctx) => repayFor(ctx, { clientId, source: 'mpesa', amount: 2_200_000n }))
  expect(await lender.loan(old)).toMatchObject({ status: 'completed', credit: 0n })
  const after = await lender.loan(next)
  expect(after.credit).toBe(0n)
  // 12,000 and fifteen days of 24 % a year on it close the old loan.
  expect(balance - after.balance).toBeGreaterThan(985_000n)
})
