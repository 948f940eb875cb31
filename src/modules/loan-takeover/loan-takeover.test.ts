/** Loans taken over that have earned interest by a close of business, and are put right or handed back after it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { day } from '#domain/day.ts'
import { restructure, undoRestructure } from '#modules/loan-agreements/loan-agreements.ts'
import { payOffQuote } from '#modules/loan-closing/loan-closing.ts'
import { productTermsSchema } from '#modules/loan-products/loan-products.ts'
import {
  amendTakenOver,
  handBack,
  type TakenOver,
  takeLoanNumber,
  takeOver,
} from '#modules/loan-takeover/loan-takeover.ts'
import { closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { repay } from '#modules/loan-money/loan-money.ts'
import { reverseTransaction } from '#modules/loan-corrections/loan-corrections.ts'
import type { Ctx } from '#platform/context.ts'
import { refusalOf } from '#test/asking.ts'
import { expectBooksAgree } from '#test/books.ts'
import { type Lender, openLender, TERMS } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-15T09:00:00Z', lockOrder: true })
  lender = await openLender(world)
})
afterAll(() => world.close())

const as = <T>(work: (ctx: Ctx) => Promise<T>): Promise<T> => lender.as(lender.officer, work)

/** A loan that was paid out three months before it came to us, with interest earned since. */
async function earning(name: string, accounting: 'accrual' | 'cash'): Promise<TakenOver> {
  const { customerId } = await lender.borrower(name)
  const terms = productTermsSchema.parse({ ...TERMS, accounting })
  const agreed = { customerId, accountNo: name, principal: 120_000n, terms, startDay: day('2025-10-15') }
  const loan = await as(async (ctx) => {
    const taken = { ...agreed, id: await takeLoanNumber(ctx) }
    await takeOver(ctx, taken)
    return taken
  })
  await closeLoans(lender.door())
  return loan
}

test.each(['accrual', 'cash'] as const)('handed back, it leaves no interest in the books (%s)', async (accounting) => {
  const loan = await earning(`back ${accounting}`, accounting)
  await as((ctx) => handBack(ctx, loan.id))
  await expectBooksAgree(world, lender.slug)
})

test.each(['accrual', 'cash'] as const)('put right, it earns anew what its schedule says (%s)', async (accounting) => {
  const loan = await earning(`amended ${accounting}`, accounting)
  await as((ctx) => amendTakenOver(ctx, { ...loan, principal: 110_000n, startDay: day('2025-11-20') }))
  await expectBooksAgree(world, lender.slug)
  await closeLoans(lender.door())
  await expectBooksAgree(world, lender.slug)
  const transactionId = await as((ctx) => repay(ctx, { loanId: loan.id, amount: 20_000n, account: 1000 }))
  const boss = { ...lender.officer, id: 99_999 }
  await lender.as(boss, (ctx) => reverseTransaction(ctx, { loanId: loan.id, transactionId, reason: 'bounced' }))
  await as((ctx) => handBack(ctx, loan.id))
  await expectBooksAgree(world, lender.slug)
})

test('put right after an agreement, it is what it would be without: the agreement has ended', async () => {
  const [agreed, plain] = [await earning('agreed', 'cash'), await earning('plain', 'cash')]
  const agreement = { kind: 're_age', instalments: 3, firstDueDay: day('2026-03-20') } as const
  const boss = { ...lender.officer, id: 99_999 }
  await lender.as(boss, (ctx) => restructure(ctx, { loanId: agreed.id, agreement, reason: 'asked' }))
  for (const loan of [agreed, plain])
    await as((ctx) => amendTakenOver(ctx, { ...loan, principal: 110_000n, startDay: day('2025-12-20') }))
  const quote = (id: number) => as((ctx) => payOffQuote(ctx, id, ctx.today))
  expect(await quote(agreed.id)).toEqual(await quote(plain.id))
  const undone = lender.as(boss, (ctx) => undoRestructure(ctx, agreed.id, 'late'))
  expect(await refusalOf(undone)).toBe('transaction_not_found')
  await expectBooksAgree(world, lender.slug)
})
