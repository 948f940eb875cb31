/** Nobody lets money go on his own: who may not, and what an organisation's policy adds. */
import { afterAll, beforeAll, expect, it, test } from 'vitest'
import { apply, approve, disburse } from '#modules/loans/loans.ts'
import { refundCredit } from '#modules/loan-closing/loan-closing.ts'
import { repay } from '#modules/loan-money/loan-money.ts'
import { restructure } from '#modules/loan-agreements/loan-agreements.ts'
import { waive, writeOff } from '#modules/loan-adjustments/loan-adjustments.ts'
import { productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { type Actor, type Ctx, transact } from '#platform/context.ts'
import { refusalOf } from '#test/asking.ts'
import { type Lender, openLender, type Person, TERMS } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
let amina: Person
const colleague: Actor = { kind: 'user', id: 999, roles: ['manager'], sessionId: '', customerId: null }
const AT_THE_COUNTER = { productId: 1, amount: 100_000n, terms: productTermsSchema.parse(TERMS) }

beforeAll(async () => {
  world = await openWorld({ now: '2026-01-15T09:00:00Z' })
  lender = await openLender(world)
  amina = await lender.borrower('amina')
})
afterAll(() => world.close())

/** Applied for by the officer himself, at the counter. */
const applied = () =>
  lender.as(lender.officer, (ctx) =>
    apply(ctx, { ...AT_THE_COUNTER, customerId: amina.customerId, officerId: lender.officer.id }),
  )
const as = <T>(actor: Actor, work: (ctx: Ctx) => Promise<T>) => refusalOf(lender.as(actor, work))

test('who applied for a loan may not approve it, pay it out, write it off, refund it or agree on it anew', async () => {
  const loanId = await applied()
  expect(await as(lender.officer, (ctx) => approve(ctx, loanId))).toBe('own_request')
  await lender.as(colleague, (ctx) => approve(ctx, loanId))
  expect(await as(lender.officer, (ctx) => disburse(ctx, loanId))).toBe('own_request')
  await lender.as(colleague, (ctx) => disburse(ctx, loanId))
  const steps = [
    (ctx: Ctx) => writeOff(ctx, loanId, 'mine'),
    (ctx: Ctx) => refundCredit(ctx, { loanId, account: 1000, reason: 'mine' }),
    (ctx: Ctx) => restructure(ctx, { loanId, agreement: { kind: 'reschedule', instalments: 9 }, reason: 'mine' }),
  ]
  for (const step of steps) {
    expect(await as(lender.officer, step)).toBe('own_request')
    expect(await as(amina.actor, step)).toBe('own_request')
  }
  expect(await as(amina.actor, (ctx) => repay(ctx, { loanId, amount: 100n, account: 1000 }))).toBe('own_request')
})

test('nobody lowers their own debt, and a lower rate is for those who may waive interest', async () => {
  const loanId = await lender.lend(amina, 100_000n, { interestMethod: 'declining', ratePercent: '24' })
  const given = { loanId, component: 'interest', amount: 100n, reason: 'mine' } as const
  const manager = { ...amina.actor, roles: ['manager'] as const }
  expect(await as(manager, (ctx) => waive(ctx, given))).toBe('own_request')
  const reschedule = (ratePercent: string) => (ctx: Ctx) =>
    restructure(ctx, { loanId, agreement: { kind: 'reschedule', instalments: 9, ratePercent }, reason: 'drought' })
  const [officer, boss] = [
    { ...colleague, roles: ['loan_officer'] as const },
    { ...colleague, roles: ['manager'] as const },
  ]
  expect(await as(officer, reschedule('23.99'))).toBe('not_permitted')
  expect(await as(officer, reschedule('24.0'))).toBeNull()
  expect(await as(officer, reschedule('9'))).toBe('not_permitted')
  expect(await as(boss, reschedule('9'))).toBeNull()
  expect(await as(officer, reschedule('10'))).toBeNull()
})

it('lets one lender approve and disburse, unless the organisation wants two pairs of eyes', async () => {
  const loanId = await applied()
  await lender.as(colleague, (ctx) => approve(ctx, loanId))
  const door = lender.door(colleague)
  const strict = { ...door, org: { ...door.org, policies: { approverMayDisburse: false } } }
  expect(await refusalOf(transact(strict, (ctx) => disburse(ctx, loanId)))).toBe('own_request')
  expect(await as(colleague, (ctx) => disburse(ctx, loanId))).toBeNull()
  await lender.expectAgreement()
})

it('holds money in the accounts of the house only', async () => {
  const loanId = await lender.lend(amina, 50_000n)
  expect(await as(colleague, (ctx) => repay(ctx, { loanId, amount: 100n, account: 4000 }))).toBe('account_unknown')
  expect(await as(colleague, (ctx) => repay(ctx, { loanId, amount: 0n, account: 1000 }))).toBe('amount_invalid')
  const tomorrow = lender.door().today.replace('15', '16') as Ctx['today']
  expect(await as(colleague, (ctx) => repay(ctx, { loanId, amount: 1n, account: 1000, day: tomorrow }))).toBe(
    'invalid_input',
  )
})
