import { afterAll, beforeAll, expect, test } from 'vitest'
import { CASH, SAVINGS_INTEREST_EXPENSE } from '#domain/ledger/chart.ts'
import { day } from '#domain/day.ts'
import { balanceAsOf } from '#modules/ledger/views.ts'
import { changeAccountStatus, changeSavingsProduct, closeSavings, withdraw } from '#modules/savings/savings.ts'
import { savingsAccountById } from '#modules/savings/views.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { openSavings, type Savings } from '#test/saving.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let savings: Savings
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-15T09:00:00Z' })
  savings = await openSavings(world)
})
afterAll(() => world.close())

const YIELD = { interest: { ratePercent: '7.3' } } as const
const close = () => closeSavings(savings.door())
const expense = (until: string) =>
  savings.run((ctx) => balanceAsOf(ctx, { account: SAVINGS_INTEREST_EXPENSE, owner: 0 }, day(until)))

test('15 January to 1 February: 17 days of 10,000.00 at 7.3 % are 34.00, accrued daily and paid on the first', async () => {
  const id = await savings.account(YIELD, 1_000_000n)
  await savings.account({}, 5_000n)
  savings.goTo('2026-01-16')
  expect(await close()).toEqual({ accountsAccrued: 2 })
  expect(await close()).toEqual({ accountsAccrued: 0 })
  expect(await expense('2026-01-15')).toBe(200n)
  await savings.expectAgreement()
  for (const date of ['2026-01-20', '2026-02-01']) {
    savings.goTo(date)
    await close()
  }
  expect(await savings.balance(id)).toBe(1_003_400n)
  expect(await expense('2026-01-31')).toBe(3_400n)
  expect((await eventsOf(world, 'visionfund', 'savings.interest_paid')).map(({ data }) => data.amount)).toEqual([
    '3400',
  ])
  await savings.expectAgreement()
})

test('two closes at once do each account once', async () => {
  const accounts = [await savings.account(YIELD, 365_000n), await savings.account(YIELD, 365_000n)]
  savings.goTo('2026-02-03')
  const done = await Promise.all([close(), close(), closeSavings({ ...savings.door(), services: world.another() })])
  expect(done.reduce((sum, { accountsAccrued }) => sum + accountsAccrued, 0)).toBe(4)
  await savings.expectAgreement()
  savings.goTo('2026-03-01')
  await close()
  // 28 days of 0.73, the first of February on
  for (const id of accounts) expect(await savings.balance(id)).toBe(365_000n + 73n * 28n)
  await savings.expectAgreement()
})

test('a new rate counts from the day it is closed with, and what was earned stays', async () => {
  const id = await savings.account(YIELD, 1_000_000n)
  const { productId } = (await savings.run((ctx) => savingsAccountById(ctx, id)))!
  savings.goTo('2026-03-11')
  await close()
  await savings.run((ctx) =>
    changeSavingsProduct(ctx, productId, { name: 'Savings', terms: { interest: { ratePercent: '3.65' } } }),
  )
  savings.goTo('2026-04-01')
  await close()
  // ten days of 2.00, twenty-one of 1.00
  expect(await savings.balance(id)).toBe(1_004_100n)
  await savings.expectAgreement()
})

test('how interest is rounded stays while there are accounts, since what they are owed is in the books rounded so', async () => {
  const roundUp = { interest: { ratePercent: '7.3', rounding: 'UP' } } as const
  const id = await savings.account(roundUp, 10_007n)
  const { productId } = (await savings.run((ctx) => savingsAccountById(ctx, id)))!
  const change = (product: number, rounding: 'UP' | 'DOWN') =>
    savings.run((ctx) =>
      changeSavingsProduct(ctx, product, { name: 'Savings', terms: { interest: { ratePercent: '7.3', rounding } } }),
    )
  expect(await refusalOf(change(productId, 'DOWN'))).toBe('invalid_input')
  await change(productId, 'UP')
  await change(await savings.product(roundUp), 'DOWN')
})

test('an account with interest still to be paid is not closed, however empty', async () => {
  const id = await savings.account(YIELD, 1_000_000n)
  savings.goTo('2026-04-03')
  await close()
  await savings.run((ctx) =>
    withdraw(ctx, { accountId: id, amount: 1_000_000n, to: { account: CASH, owner: 0 }, reference: null }),
  )
  const closing = savings.run((ctx) => changeAccountStatus(ctx, id, 'closed'))
  expect(await refusalOf(closing)).toBe('savings_account_not_empty')
  savings.goTo('2026-05-01')
  await close()
  expect(await savings.balance(id)).toBe(400n)
  await savings.expectAgreement()
})
