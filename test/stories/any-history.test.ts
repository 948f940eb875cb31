/** Whatever products, payments, reversals, fees and waivers come, in whatever order: everything written agrees to the cent. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDays } from '#domain/day.ts'
import { outstandingOf, totalOf } from '#domain/loans/instalment.ts'
import { sum } from '#domain/money.ts'
import { Refusal } from '#domain/refusal.ts'
import type { GivenTerms } from '#modules/loan-products/loan-products.ts'
import { charge, waive } from '#modules/loan-adjustments/loan-adjustments.ts'
import { closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { match, receiveBatch, takeBack } from '#modules/payments/payments.ts'
import { listPayments } from '#modules/payments/views.ts'
import { type Lender, openLender, type Person } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
let people = 0
let codes = 0
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-05T09:00:00Z' })
  lender = await openLender(world)
})
afterAll(() => world.close())

const cents = (most: bigint) => fc.bigInt({ min: 1n, max: most })
const RANKS = ['pastDue', 'due', 'inAdvance'].flatMap((due) =>
  ['penalty', 'fee', 'interest', 'principal'].map((component) => `${due}.${component}`),
)
const flat = { interestMethod: 'flat' as const }
/** Two of three go by the open instalments alone, the third through the whole history. */
const way = fc.constantFrom<Partial<GivenTerms>>(
  flat,
  flat,
  { interestMethod: 'declining', recalculation: { rest: 'daily' } },
  { ...flat, allocation: { order: 'ranked', rules: { default: { ranks: RANKS, inAdvanceTo: 'last' } } } },
)
const loan = fc.record({
  amount: cents(2_000_000n),
  way,
  terms: fc.record({
    ratePercent: fc.constantFrom('0', '10', '12.5', '33.33333333'),
    months: fc.integer({ min: 1, max: 4 }),
    frequency: fc.constantFrom('monthly' as const, 'weekly' as const),
    accounting: fc.constantFrom('accrual' as const, 'cash' as const),
  }),
})
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pay' as const),
      amount: cents(600_000n),
      daysBefore: fc.constantFrom(0, 0, 0, 3, 40),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('suspend' as const), amount: cents(300_000n) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('match' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('takeBack' as const), which: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('charge' as const),
      component: fc.constantFrom('fee' as const, 'penalty' as const),
      amount: cents(50_000n),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('waive' as const),
      component: fc.constantFrom('interest' as const, 'principal' as const, 'penalty' as const),
      amount: cents(50_000n),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 30 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

test('any history keeps schedule, balances, trial balance and chain in agreement', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(loan, { minLength: 1, maxLength: 2 }),
      fc.array(step, { maxLength: 14 }),
      async (loans, steps) => {
        const person = await lender.borrower(`person-${++people}`)
        const ids: number[] = []
        for (const { amount, terms, way } of loans) ids.push(await lender.lend(person, amount, { ...terms, ...way }))
        for (const one of steps) await perform(one, person, ids)
        await lender.expectAgreement()
        for (const id of ids) await expectSound(id)
      },
    ),
    { numRuns: 30 },
  )
})

/** No instalment is paid beyond its dues, and a loan is completed exactly when nothing is owed. */
async function expectSound(id: number): Promise<void> {
  const view = await lender.loan(id)
  const owed = view.instalments.map(outstandingOf)
  for (const parts of owed) expect(Object.values(parts).every((part) => part >= 0n)).toBe(true)
  expect(view.status === 'completed').toBe(sum(owed.map(totalOf)) === 0n)
  for (const i of view.instalments) expect(i.completedOn !== null).toBe(totalOf(outstandingOf(i)) === 0n)
}

async function perform(one: Step, person: Person, loanIds: readonly number[]): Promise<void> {
  try {
    await act(one, person, loanIds)
  } catch (error) {
    // A person may be told no (nothing owed any more, credit used): then nothing may have changed.
    if (!(error instanceof Refusal)) throw error
  }
}

async function act(one: Step, person: Person, loanIds: readonly number[]): Promise<void> {
  const as = <T>(work: Parameters<typeof lender.as<T>>[1]): Promise<T> => lender.as(lender.officer, work)
  const pay = (payerPhone: string, amount: bigint, daysBefore: number) =>
    as((ctx) =>
      receiveBatch(ctx, [
        {
          provider: 'mpesa',
          reference: `C${++codes}`,
          payerPhone,
          accountRef: null,
          amount,
          valueDay: addDays(ctx.today, -daysBefore),
        },
      ]),
    )
  if (one.do === 'pay') await pay(person.phone, one.amount, one.daysBefore)
  if (one.do === 'suspend') await pay('+254700000000', one.amount, 0)
  if (one.do === 'match') {
    const [waiting] = await as((ctx) => listPayments(ctx, { status: 'suspense', limit: 1 }))
    if (waiting) await as((ctx) => match(ctx, waiting.id, loanIds[0]!))
  }
  if (one.do === 'takeBack') {
    const applied = await as((ctx) => listPayments(ctx, { status: 'applied', limit: 10 }))
    const chosen = applied.filter((payment) => payment.customerId === person.customerId)[one.which]
    if (chosen) await as((ctx) => takeBack(ctx, chosen.id, 'provider reversal'))
  }
  if (one.do === 'charge') await as((ctx) => charge(ctx, { ...one, loanId: loanIds[0]!, reason: 'any' }))
  if (one.do === 'waive') await as((ctx) => waive(ctx, { ...one, loanId: loanIds[0]!, reason: 'any' }))
  if (one.do === 'wait') {
    world.clock.moveTo(new Date(world.clock.now().getTime() + one.days * 86_400_000))
    await closeLoans(lender.door())
  }
}
