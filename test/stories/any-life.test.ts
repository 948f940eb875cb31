/** Whatever the product and whatever happens to a loan, in whatever order: everything written agrees to the cent. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDays } from '#domain/day.ts'
import { outstandingOf, totalOf } from '#domain/loans/instalment.ts'
import { sum } from '#domain/money.ts'
import { Refusal } from '#domain/refusal.ts'
import { type GivenTerms, productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { scheduleFor } from '#modules/loans/agreed-terms.ts'
import {
  type Agreement,
  ageOverdueLoans,
  charge,
  chargeOff,
  closeLoans,
  payOff,
  refundCredit,
  repay,
  restructure,
  reverseTransaction,
  undoRestructure,
  waive,
  writeOff,
} from '#modules/loans/loans.ts'
import { transactionsOfLoan } from '#modules/loans/views.ts'
import type { Ctx } from '#platform/context.ts'
import { type Lender, openLender } from '#test/lending.ts'
import { anyTerms } from '#test/product-terms.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
let people = 0
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-05T09:00:00Z' })
  lender = await openLender(world)
})
afterAll(() => world.close())

const HORIZONTAL = ['pastDue', 'due', 'inAdvance'].flatMap((due) =>
  ['penalty', 'fee', 'interest', 'principal'].map((component) => `${due}.${component}`),
)
const ranked = (inAdvanceTo: 'next' | 'last' | 'spread') =>
  ({ order: 'ranked', rules: { default: { ranks: HORIZONTAL, inAdvanceTo } } }) as const

/** The half of them go through their history. */
const terms: fc.Arbitrary<GivenTerms> = fc
  .record({
    given: anyTerms,
    recalculation: fc.constantFrom(null, null, { rest: 'daily' as const }, { rest: 'perInstalment' as const }),
    allocation: fc.constantFrom(null, null, ranked('next'), ranked('last'), ranked('spread')),
    lateFee: fc.constantFrom(null, { basis: 'flat' as const, amount: '2500', graceDays: 3, mostOfLoan: '6000' }),
  })
  .map(({ given, recalculation, allocation, lateFee }) => ({
    ...given,
    ...(recalculation && given.interestMethod === 'declining' && { recalculation }),
    ...(allocation && { allocation }),
    ...(lateFee && { lateFee }),
  }))

const cents = (most: bigint) => fc.bigInt({ min: 1n, max: most })
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pay' as const),
      amount: cents(500_000n),
      daysBefore: fc.constantFrom(0, 0, 0, 5, 40),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('reverse' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('charge' as const), amount: cents(20_000n) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('waive' as const),
      component: fc.constantFrom('interest' as const, 'principal' as const, 'penalty' as const),
      amount: cents(20_000n),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('restructure' as const),
      agreement: fc.constantFrom<(ctx: Ctx) => Agreement>(
        () => ({ kind: 'reschedule', instalments: 5 }),
        () => ({ kind: 'reschedule', instalments: 4, ratePercent: '20' }),
        (ctx) => ({ kind: 're_age', instalments: 3, firstDueDay: addDays(ctx.today, 10) }),
        () => ({ kind: 're_amortise' }),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'undoRestructure' as const,
        'payOff' as const,
        'chargeOff' as const,
        'writeOff' as const,
        'refund' as const,
      ),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

test('any life of a loan keeps schedule, balances, trial balance and chain in agreement', async () => {
  await fc.assert(
    fc.asyncProperty(terms, fc.array(step, { minLength: 4, maxLength: 16 }), async (given, steps) => {
      const person = await lender.borrower(`person-${++people}`)
      const loanId = await lender.lend(person, 1_000_000n, given)
      await expectQuoted(loanId, given)
      for (const one of steps) await perform(one, loanId)
      await lender.expectAgreement()
      await expectSound(loanId)
    }),
    { numRuns: 30 },
  )
})

/** What was quoted is what the disbursement created. */
async function expectQuoted(loanId: number, given: GivenTerms): Promise<void> {
  const { disbursedOn: startDay, instalments } = await lender.loan(loanId)
  const quote = scheduleFor(productTermsSchema.parse(given), {
    principal: 1_000_000n,
    currency: 'KES',
    startDay: startDay!,
  })
  expect(instalments.map(({ nr, dueDay, due }) => ({ nr, dueDay, due }))).toEqual(
    quote.map(({ nr, dueDay, due }) => ({ nr, dueDay, due })),
  )
}

async function expectSound(id: number): Promise<void> {
  const view = await lender.loan(id)
  const owed = view.instalments.map(outstandingOf)
  for (const parts of owed) expect(Object.values(parts).every((part) => part >= 0n)).toBe(true)
  if (view.status !== 'written_off') expect(view.status === 'completed').toBe(sum(owed.map(totalOf)) === 0n)
  for (const row of view.instalments) expect(row.completedOn !== null).toBe(totalOf(outstandingOf(row)) === 0n)
}

async function perform(one: Step, loanId: number): Promise<void> {
  try {
    await act(one, loanId)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
}

const ways = {
  undoRestructure: (ctx: Ctx, loanId: number) => undoRestructure(ctx, loanId, 'any'),
  payOff: (ctx: Ctx, loanId: number) => payOff(ctx, { loanId, account: 1020 }),
  chargeOff: (ctx: Ctx, loanId: number) => chargeOff(ctx, loanId, 'any'),
  writeOff: (ctx: Ctx, loanId: number) => writeOff(ctx, loanId, 'any'),
  refund: (ctx: Ctx, loanId: number) => refundCredit(ctx, { loanId, account: 1010, reason: 'any' }),
}

async function act(one: Step, loanId: number): Promise<void> {
  const as = <T>(work: (ctx: Ctx) => Promise<T>): Promise<T> => lender.as(lender.officer, work)
  switch (one.do) {
    case 'wait':
      world.clock.moveTo(new Date(world.clock.now().getTime() + one.days * 86_400_000))
      await closeLoans(lender.door())
      await ageOverdueLoans(lender.door())
      return
    case 'pay':
      await as((ctx) =>
        repay(ctx, { loanId, amount: one.amount, day: addDays(ctx.today, -one.daysBefore), account: 1000 }),
      )
      return
    case 'reverse': {
      const [chosen] = (await as((ctx) => transactionsOfLoan(ctx, loanId))).slice(one.which)
      if (chosen) await as((ctx) => reverseTransaction(ctx, { loanId, transactionId: chosen.id, reason: 'any' }))
      return
    }
    case 'charge':
      await as((ctx) => charge(ctx, { loanId, component: 'fee', amount: one.amount, reason: 'any' }))
      return
    case 'waive':
      await as((ctx) => waive(ctx, { ...one, loanId, reason: 'any' }))
      return
    case 'restructure':
      await as((ctx) => restructure(ctx, { loanId, agreement: one.agreement(ctx), reason: 'any' }))
      return
    default:
      await as((ctx) => ways[one.do](ctx, loanId) as Promise<unknown>)
  }
}
