/** Loans at the counter: lent and repaid while other things go on with the same client's money. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { apply, approve } from '#modules/loans/loans.ts'
import { lend, repayFor, undoLending } from '#modules/teller/teller.ts'
import { expectBooksAgree } from '#test/books.ts'
import { refusalOf } from '#test/asking.ts'
import { type Lender, openLender, type Person, TERMS } from '#test/lending.ts'
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

const cashier = (): Lender['officer'] => ({ ...lender.officer, id: 77_777 })
const lendTo = ({ userId: clientId }: Person, amount: bigint, by = cashier()) =>
  lender.as(by, (ctx) => lend(ctx, { clientId, amount, destination: 'account' }))
const repay = (client: Person, amount: bigint) =>
  lender.as(client.actor, (ctx) => repayFor(ctx, { clientId: client.userId, source: 'mpesa', amount }))

let people = 0
/** Somebody with a loan that runs and one agreed on. */
async function agreed(amount: bigint, more: { isTopUp?: boolean; againstSale?: boolean } = {}) {
  const client = await lender.borrower(`agreed${++people}`)
  const old = await lender.lend(client, 600_000n)
  const { isTopUp = false, againstSale = false } = more
  const fresh = await lender.as(client.actor, async (ctx) => {
    const { productId } = await lender.loan(old)
    const terms = productTermsSchema.parse(TERMS)
    const of = { customerId: client.customerId, productId: productId!, officerId: lender.officer.id, amount, terms }
    return apply(ctx, { ...of, topsUp: isTopUp ? old : null, againstSale })
  })
  await lender.as(lender.officer, (ctx) => approve(ctx, againstSale ? { ofSale: fresh } : fresh))
  return { client, old, fresh }
}
const statuses = async (...ids: number[]) => Promise.all(ids.map(async (id) => (await lender.loan(id)).status))

test('a top-up locks the loan that it settles before the account, lent and taken back', async () => {
  const { client, old, fresh } = await agreed(1_500_000n, { isTopUp: true })
  await lendTo(client, 1_500_000n)
  expect(await statuses(old, fresh)).toEqual(['completed', 'active'])
  await lender.as(lender.officer, (ctx) => undoLending(ctx, fresh, 'not wanted after all'))
  expect(await statuses(old, fresh)).toEqual(['active', 'approved'])
})

test('money that comes while a loan is topped up is never told that nothing is owed', async () => {
  for (let round = 1; round <= 4; round++) {
    const { client, fresh } = await agreed(1_500_000n, { isTopUp: true })
    const coming = Array.from({ length: 6 }, (_, n) =>
      n % 2 === 0 ? refusalOf(repay(client, 100n)) : lender.pay(client.phone, 100n, `WHILE${fresh}-${n}`),
    )
    const answers = await Promise.all([lendTo(client, 1_500_000n).then(() => null), ...coming])
    expect(answers.map((one) => (one === null ? null : typeof one === 'string' ? one : one.status))).toEqual([
      ...[null, null, 'applied', null, 'applied', null, 'applied'],
    ])
  }
})

test('an agreed loan that pays for something sold is passed over, not paid out at the counter', async () => {
  const { client, fresh } = await agreed(1_300_000n, { againstSale: true })
  const { loanId } = await lendTo(client, 1_300_000n, lender.officer)
  expect(loanId).not.toBe(fresh)
  expect(await statuses(fresh, loanId!)).toEqual(['approved', 'active'])
})
