/** Loans that were topped up, agreed on anew or taken over, and what is taken back of their earlier life. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { day } from '#domain/day.ts'
import { MOBILE_MONEY } from '#domain/ledger/chart.ts'
import { balanceOf } from '#modules/ledger/views.ts'
import { charge, waive } from '#modules/loan-adjustments/loan-adjustments.ts'
import { type Agreement, restructure, undoRestructure } from '#modules/loan-agreements/loan-agreements.ts'
import { payOff, payOffQuote, refundCredit } from '#modules/loan-closing/loan-closing.ts'
import { reverseTransaction } from '#modules/loan-corrections/loan-corrections.ts'
import { closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { repay } from '#modules/loan-money/loan-money.ts'
import { type GivenTerms, productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { type TransactionView, transactionsOfLoan } from '#modules/loan-records/views.ts'
import { apply, approve, disburse, undoDisbursement } from '#modules/loans/loans.ts'
import { takeBack } from '#modules/payments/payments.ts'
import { lend } from '#modules/teller/teller.ts'
import type { Ctx } from '#platform/context.ts'
import { refusalOf } from '#test/asking.ts'
import { expectBooksAgree } from '#test/books.ts'
import { type Lender, openLender, type Person, TERMS } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
let wanjiku: Person
beforeEach(async () => {
  world = await openWorld({ now: '2026-01-05T09:00:00Z' })
  lender = await openLender(world)
  wanjiku = await lender.borrower('wanjiku')
})
afterEach(async () => {
  await expectBooksAgree(world, lender.slug)
  await world.close()
})

const as = <T>(work: (ctx: Ctx) => Promise<T>): Promise<T> => lender.as({ ...lender.officer, id: 77_777 }, work)
const cash = (loanId: number, amount: bigint): Promise<number> =>
  as((ctx) => repay(ctx, { loanId, amount, account: 1000 }))
const undo = (loanId: number, transactionId: number) =>
  as((ctx) => reverseTransaction(ctx, { loanId, transactionId, reason: 'mistake' }))
const standing = async (loanId: number, kind: TransactionView['kind']): Promise<TransactionView> =>
  (await as((ctx) => transactionsOfLoan(ctx, loanId))).findLast((one) => one.kind === kind && !one.reversed)!

describe('a loan that another one topped up', () => {
  /** The old loan of 6,000.00 at a tenth, and one of 15,000.00 that is to settle it. */
  async function applied(): Promise<{ old: number; fresh: number }> {
    const old = await lender.lend(wanjiku, 600_000n)
    lender.goTo('2026-01-20')
    const { customerId } = wanjiku
    const terms = productTermsSchema.parse(TERMS)
    const asked = { customerId, productId: 1, officerId: lender.officer.id, amount: 1_500_000n, terms, topsUp: old }
    const fresh = await lender.as(wanjiku.actor, (ctx) => apply(ctx, asked))
    await as((ctx) => approve(ctx, fresh))
    return { old, fresh }
  }

  test('its settlement is taken back with the top-up alone, since no money of its own came', async () => {
    const { old, fresh } = await applied()
    await as((ctx) => disburse(ctx, fresh))
    const before = await as((ctx) => balanceOf(ctx, MOBILE_MONEY, 0))
    const { id } = await standing(old, 'repayment')
    expect(await refusalOf(undo(old, id))).toBe('transaction_not_reversible')
    expect(await as((ctx) => balanceOf(ctx, MOBILE_MONEY, 0))).toBe(before)
    await as((ctx) => undoDisbursement(ctx, fresh, 'mistake'))
    expect(await lender.loan(old)).toMatchObject({ status: 'active', balance: 660_000n })
  })

  test('the same of one that was lent at the counter', async () => {
    const { old } = await applied()
    await as((ctx) => lend(ctx, { clientId: wanjiku.userId, amount: 1_500_000n, destination: 'account' }))
    const { id } = await standing(old, 'repayment')
    expect(await refusalOf(undo(old, id))).toBe('transaction_not_reversible')
  })

  test('an older repayment of it may bounce, and the top-up be undone afterwards', async () => {
    const { old, fresh } = await applied()
    const paid = await cash(old, 50_000n)
    await as((ctx) => disburse(ctx, fresh))
    await undo(old, paid)
    expect(await lender.loan(old)).toMatchObject({ status: 'active', balance: 50_000n })
    await as((ctx) => undoDisbursement(ctx, fresh, 'mistake'))
    expect((await lender.loan(old)).balance).toBe(660_000n)
  })
})

const DECLINING: Partial<GivenTerms> = { interestMethod: 'declining', ratePercent: '24', instalments: 12 }
const AGREEMENTS: readonly Agreement[] = [
  { kind: 're_age', instalments: 6, firstDueDay: day('2026-05-10') },
  { kind: 're_amortise' },
  { kind: 'reschedule', instalments: 6 },
]

describe.each([
  ['plain', DECLINING],
  ['recalculating', { ...DECLINING, recalculation: { rest: 'daily' } } as Partial<GivenTerms>],
])('a %s loan that is agreed on anew', (_, terms) => {
  test.each(AGREEMENTS)('what closes it today stays the same, and closes it ($kind)', async (agreement) => {
    const loanId = await lender.lend(wanjiku, 1_200_000n, terms)
    lender.goTo('2026-04-10')
    await closeLoans(lender.door())
    const quote = () => as((ctx) => payOffQuote(ctx, loanId, ctx.today))
    const before = await quote()
    await as((ctx) => restructure(ctx, { loanId, agreement, reason: 'drought' }))
    expect(await quote()).toEqual(before)
    lender.goTo('2026-06-20')
    expect((await quote()).interest).toBeGreaterThan(before.interest)
    await as((ctx) => payOff(ctx, { loanId, account: 1000 }))
    expect(await lender.loan(loanId)).toMatchObject({ status: 'completed', balance: 0n, completedOn: '2026-06-20' })
  })

  test.each(AGREEMENTS)(
    'a payment of before bounces although money came since: the agreement is undone, then the payment taken back ($kind)',
    async (agreement) => {
      const loanId = await lender.lend(wanjiku, 1_200_000n, terms)
      lender.goTo('2026-03-01')
      const { paymentId } = await lender.pay(wanjiku.phone, 80_000n, 'BOUNCES')
      lender.goTo('2026-04-10')
      await as((ctx) => restructure(ctx, { loanId, agreement, reason: 'drought' }))
      lender.goTo('2026-04-20')
      await lender.pay(wanjiku.phone, 70_000n, 'REAL')
      const bounce = () => as((ctx) => takeBack(ctx, paymentId, 'bounced'))
      expect(await refusalOf(bounce())).toBe('restructured_since')
      await as((ctx) => undoRestructure(ctx, loanId, 'the payment bounced'))
      await expectBooksAgree(world, lender.slug)
      await bounce()
      const twin = await lender.lend(await lender.borrower('twin'), 1_200_000n, terms)
      expect((await lender.loan(loanId)).instalments.length).toBe((await lender.loan(twin)).instalments.length)
      expect((await standing(loanId, 'repayment')).amount).toBe(70_000n)
    },
  )
})

test('money paid before the due days completes a loan on the day it was paid, not on the day that was agreed on', async () => {
  const loanId = await lender.lend(wanjiku, 1_200_000n, { ...DECLINING, recalculation: { rest: 'daily' } })
  lender.goTo('2026-01-20')
  await cash(loanId, 1_300_000n)
  const loan = await lender.loan(loanId)
  expect(loan).toMatchObject({ status: 'completed', completedOn: '2026-01-20' })
  expect(new Set(loan.instalments.map(({ completedOn }) => completedOn))).toEqual(new Set(['2026-01-20']))
})

test.each([
  ['plain', DECLINING],
  ['flat', {}],
])('nobody is made late by an agreement of today, nor let off for a lifetime (%s)', async (_, terms) => {
  const loanId = await lender.lend(wanjiku, 1_200_000n, terms)
  for (const kind of ['reschedule', 're_age'] as const)
    for (const first of ['2019-01-01', '2026-01-04', '2036-02-01', '9999-12-31']) {
      const agreement: Agreement = { kind, instalments: 3, firstDueDay: day(first) }
      const agreeing = as((ctx) => restructure(ctx, { loanId, agreement, reason: 'x' }))
      expect([kind, first, await refusalOf(agreeing)]).toEqual([kind, first, 'invalid_input'])
    }
  expect((await lender.loan(loanId)).daysPastDue).toBe(0)
})

test('what is given up of an overpayment that was paid back and bounced is given up of that, and not of the schedule', async () => {
  const loanId = await lender.lend(wanjiku, 1_000_000n, { ratePercent: '0', instalments: 10 })
  const boss = { ...lender.officer, id: 88_888 }
  await cash(loanId, 350_000n)
  lender.goTo('2026-01-20')
  const { paymentId } = await lender.pay(wanjiku.phone, 800_000n, 'QAE1')
  await as((ctx) => refundCredit(ctx, { loanId, account: 1010, reason: 'paid too much' }))
  await as((ctx) => takeBack(ctx, paymentId, 'bounced'))
  expect((await lender.loan(loanId)).balance).toBe(800_000n)
  await lender.as(boss, (ctx) => waive(ctx, { loanId, component: 'principal', amount: 20_000n, reason: 'flood' }))
  const paid = await standing(loanId, 'repayment')
  await as((ctx) => charge(ctx, { loanId, component: 'fee', amount: 1_000n, reason: 'visit' }))
  await undo(loanId, (await standing(loanId, 'fee')).id)
  expect((await standing(loanId, 'repayment')).id).toBe(paid.id)
  expect((await lender.loan(loanId)).balance).toBe(780_000n)
})
