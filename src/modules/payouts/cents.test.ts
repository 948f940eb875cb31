/** M-Pesa pays out whole shillings: no order has cents, and none is sent with another amount than it has. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { payoutPlace, reservePayout } from '#modules/payouts/payouts.ts'
import { insertPayout } from '#modules/payouts/store.ts'
import { lockedAccount, withdraw } from '#modules/savings/savings.ts'
import { savingsAccountById } from '#modules/savings/views.ts'
import { refusalOf } from '#test/asking.ts'
import { openPayingOut, type PayingOut } from '#test/paying-out.ts'
import { openSavings, type Savings } from '#test/saving.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let savings: Savings
let out: PayingOut
beforeAll(async () => {
  world = await openWorld({ now: '2026-02-15T09:00:00Z', lockOrder: true })
  savings = await openSavings(world)
  out = await openPayingOut(world)
})
afterEach(() => savings.expectAgreement())
afterAll(async () => {
  await out.close()
  await world.close()
})

const PHONE = '254712000888'

/** Draws an amount from a new account of 105.00 and orders it to M-Pesa as told. */
async function ordered(amount: bigint, write: typeof reservePayout) {
  const accountId = await savings.account({}, 10_500n)
  const { customerId } = (await savings.run((ctx) => savingsAccountById(ctx, accountId)))!
  const order = () =>
    savings.run(async (ctx) => {
      await lockedAccount(ctx, accountId)
      const { id, place } = await payoutPlace(ctx)
      const { entryId } = await withdraw(ctx, { accountId, amount, to: place, reference: `payout ${id}` })
      const to = { id, channel: 'mpesa', phone: `+${PHONE}`, purpose: 'withdrawal' } as const
      await write(ctx, { ...to, amount, entryId, customerId, savingsAccountId: accountId })
      return id
    })
  return { accountId, order }
}

test.each([5_050n, 999n, 1n])('an order of %s cents is refused, and the account keeps its money', async (amount) => {
  const { accountId, order } = await ordered(amount, reservePayout)
  expect(await refusalOf(order())).toBe('payout_not_payable')
  expect(await savings.balance(accountId)).toBe(10_500n)
})

test('an order of cents that was written before this was so goes back unsent', async () => {
  const { accountId, order } = await ordered(5_050n, (ctx, { savingsAccountId = null, loanId = null, ...given }) =>
    insertPayout(ctx, { ...given, savingsAccountId, loanId, originatorId: 'mk of cents' }),
  )
  await out.until(await order(), 'returned')
  expect(out.mpesa.paidTo(PHONE)).toBe(0)
  expect(await savings.balance(accountId)).toBe(10_500n)
})
