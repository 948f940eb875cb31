import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CASH, FEE_INCOME } from '#domain/ledger/chart.ts'
import { day } from '#domain/day.ts'
import { balanceOf } from '#modules/ledger/views.ts'
import {
  captureHold,
  changeAccountStatus,
  changeSavingsProduct,
  deposit,
  hold,
  openAccount,
  releaseHold,
  returnWithdrawal,
  transfer,
  withdraw,
} from '#modules/savings/savings.ts'
import { passbook, savingsAccountById, savingsAccountByNo } from '#modules/savings/views.ts'
import { refusalOf } from '#test/asking.ts'
import { openSavings, type Savings, SETTLEMENT } from '#test/saving.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let savings: Savings
beforeAll(async () => {
  world = await openWorld({ now: '2026-02-15T09:00:00Z' })
  savings = await openSavings(world)
})
afterAll(() => world.close())

const draw = (accountId: number, amount: bigint) =>
  savings.run((ctx) => withdraw(ctx, { accountId, amount, to: { account: CASH, owner: 0 }, reference: null }))
const move = (fromId: number, toId: number, amount: bigint) =>
  savings.run((ctx) => transfer(ctx, { fromId, toId, amount, reference: null }))
const setAside = (accountId: number, amount: bigint) =>
  savings.run((ctx) => hold(ctx, { accountId, amount, purpose: 'security' }))

describe('deposits and withdrawals', () => {
  test('a deposit and a withdrawal with its fee: balance, passbook and books say the same', async () => {
    const id = await savings.account({ withdrawal: { fee: { flat: '30', ratePercent: '1' } } }, 100_000n)
    const before = await savings.run((ctx) => balanceOf(ctx, FEE_INCOME, 0))
    expect(await draw(id, 50_000n)).toMatchObject({ fee: 530n, balance: 49_470n })
    const { lines, opening, closing } = await savings.run((ctx) =>
      passbook(ctx, { accountId: id, from: day('2026-02-15'), to: day('2026-02-15'), after: 0, limit: 10 }),
    )
    expect([opening, closing]).toEqual([0n, 49_470n])
    expect(lines.map(({ nr, kind, amount, balanceAfter }) => [nr, kind, amount, balanceAfter])).toEqual([
      [1, 'deposit', 100_000n, 100_000n],
      [2, 'withdrawal', -50_000n, 50_000n],
      [3, 'fee', -530n, 49_470n],
    ])
    expect(before - (await savings.run((ctx) => balanceOf(ctx, FEE_INCOME, 0)))).toBe(530n)
    await savings.expectAgreement()
  })

  test('refused: more than there is, nothing, an unknown account, a number that is given, a blocked account', async () => {
    const id = await savings.account({}, 1_000n)
    expect(await refusalOf(draw(id, 1_001n))).toBe('insufficient_funds')
    expect(await refusalOf(draw(id, 0n))).toBe('amount_invalid')
    expect(await refusalOf(savings.payIn(id, -5n))).toBe('amount_invalid')
    expect(await refusalOf(draw(9_999, 1n))).toBe('savings_account_not_found')
    const known = (await savings.run((ctx) => savingsAccountById(ctx, id)))!
    const { customerId, accountNo } = known
    expect(await refusalOf(savings.run((ctx) => openAccount(ctx, { customerId, accountNo })))).toBe('id_number_taken')
    expect(await savings.run((ctx) => savingsAccountByNo(ctx, accountNo))).toEqual(known)
    await savings.run((ctx) => changeAccountStatus(ctx, id, 'blocked'))
    expect(await refusalOf(draw(id, 1n))).toBe('savings_account_not_open')
    await savings.payIn(id, 1n)
    expect(await savings.balance(id)).toBe(1_001n)
  })

  test('the limits of a day count withdrawals, not what came back', async () => {
    const id = await savings.account(
      { withdrawal: { mostADay: '5000', timesADay: 2, least: '100', most: '4000' } },
      100_000n,
    )
    expect(await refusalOf(draw(id, 99n))).toBe('withdrawal_below_least')
    expect(await refusalOf(draw(id, 4_001n))).toBe('withdrawal_above_most')
    const { entryId } = await draw(id, 3_000n)
    expect(await refusalOf(draw(id, 2_001n))).toBe('daily_limit_reached')
    await savings.run((ctx) => returnWithdrawal(ctx, entryId, 'payout 1'))
    await draw(id, 2_001n)
    await draw(id, 2_000n)
    expect(await refusalOf(draw(id, 100n))).toBe('daily_limit_reached')
    expect(await savings.balance(id)).toBe(95_999n)
    await savings.expectAgreement()
  })

  test('a withdrawal that is taken back brings its fee back, once', async () => {
    const id = await savings.account({ withdrawal: { fee: { flat: '30' } } }, 10_000n)
    const { entryId } = await draw(id, 9_970n)
    expect(await savings.balance(id)).toBe(0n)
    await savings.run((ctx) => returnWithdrawal(ctx, entryId, 'payout 2'))
    expect(await savings.balance(id)).toBe(10_000n)
    const again = savings.run((ctx) => returnWithdrawal(ctx, entryId, 'payout 2'))
    expect(await refusalOf(again)).toBe('entry_already_reversed')
    await savings.expectAgreement()
  })
})

test('of two withdrawals of the whole balance at once exactly one succeeds, a hundred times', async () => {
  const id = await savings.account()
  for (let n = 1; n <= 100; n++) {
    await savings.payIn(id, 1_000n)
    const outcomes = await Promise.all([refusalOf(draw(id, 1_000n)), refusalOf(draw(id, 1_000n))])
    expect(outcomes.sort()).toEqual([null, 'insufficient_funds'].sort())
    expect(await savings.balance(id)).toBe(0n)
  }
  await savings.expectAgreement()
})

describe('holds', () => {
  test('what is held stays on the account and cannot be drawn; released it can', async () => {
    const id = await savings.account({}, 1_000n)
    const holdId = await setAside(id, 700n)
    expect(await savings.balance(id)).toBe(1_000n)
    expect(await refusalOf(draw(id, 301n))).toBe('insufficient_funds')
    expect(await refusalOf(setAside(id, 301n))).toBe('insufficient_funds')
    await draw(id, 300n)
    await savings.run((ctx) => releaseHold(ctx, holdId))
    expect(await refusalOf(savings.run((ctx) => releaseHold(ctx, holdId)))).toBe('hold_not_active')
    expect(await refusalOf(savings.run((ctx) => releaseHold(ctx, 999)))).toBe('hold_not_found')
    await draw(id, 700n)
    await savings.expectAgreement()
  })

  test('captured in part, the rest is free again; captured twice it is not', async () => {
    const id = await savings.account({}, 1_000n)
    const holdId = await setAside(id, 700n)
    const capture = (amount: bigint) =>
      savings.run((ctx) => captureHold(ctx, holdId, { amount, to: SETTLEMENT, kind: 'repayment', reference: null }))
    expect(await refusalOf(capture(701n))).toBe('amount_invalid')
    expect(await capture(500n)).toMatchObject({ balance: 500n })
    await expect(capture(500n))
      .rejects.toMatchObject({ code: 'insufficient_funds' })
      .catch(() => undefined)
    expect(await savings.balance(id)).toBe(500n)
    await draw(id, 500n)
    await savings.expectAgreement()
  })
})

describe('transfers', () => {
  test('twenty both ways at once lose nothing and wait for nobody in a circle', async () => {
    const a = await savings.account({}, 10_000n)
    const b = await savings.account({}, 10_000n)
    const both = Array.from({ length: 20 }, (_, n) => (n % 2 ? move(a, b, 100n + BigInt(n)) : move(b, a, 100n)))
    await Promise.all(both)
    expect((await savings.balance(a)) + (await savings.balance(b))).toBe(20_000n)
    expect(await savings.balance(b)).toBe(10_100n)
    expect(await refusalOf(move(a, b, 20_000n))).toBe('insufficient_funds')
    expect(await refusalOf(move(a, a, 1n))).toBe('invalid_input')
    await savings.expectAgreement()
  })

  test('cost nothing, and count among what may leave in a day', async () => {
    const terms = { withdrawal: { fee: { flat: '50' }, mostADay: '1000' } }
    const a = await savings.account(terms, 1_500n)
    const b = await savings.account()
    await move(a, b, 600n)
    expect(await refusalOf(move(a, b, 500n))).toBe('daily_limit_reached')
    expect(await refusalOf(draw(a, 500n))).toBe('daily_limit_reached')
    const c = await savings.account({ withdrawal: { fee: { flat: '50' } } }, 300n)
    await move(c, b, 300n)
    expect([await savings.balance(a), await savings.balance(b), await savings.balance(c)]).toEqual([900n, 900n, 0n])
    await savings.expectAgreement()
  })

  test('an empty account is closed and takes nothing any more; one with money or interest to come is not', async () => {
    const a = await savings.account({}, 500n)
    const b = await savings.account()
    const close = (id: number) => savings.run((ctx) => changeAccountStatus(ctx, id, 'closed'))
    expect(await refusalOf(close(a))).toBe('savings_account_not_empty')
    await close(b)
    expect(await refusalOf(move(a, b, 100n))).toBe('savings_account_not_open')
    const paidIn = savings.run((ctx) => deposit(ctx, { accountId: b, amount: 1n, from: SETTLEMENT, reference: null }))
    expect(await refusalOf(paidIn)).toBe('savings_account_not_open')
  })
})

test('the passbook cannot be changed, not even by its owner', async () => {
  const id = await savings.account({}, 100n)
  const change = savings.run((ctx) =>
    sql`update savings_transactions set amount = 200 where org_id = ${ctx.org.id} and account_id = ${id}`.execute(
      ctx.tx,
    ),
  )
  await expect(change).rejects.toThrow(/permission denied|append-only/)
})

test('a product that is not there cannot be changed, nor one made of nonsense', async () => {
  const change = (id: number, name: string) => savings.run((ctx) => changeSavingsProduct(ctx, id, { name }))
  expect(await refusalOf(change(999, 'Gold'))).toBe('savings_product_not_found')
  expect(await refusalOf(savings.product({ interest: { ratePercent: '-1' } }))).toBe('invalid_input')
  expect(await refusalOf(change(1, ' '))).toBe('invalid_input')
})
