/** A declining loan whose interest follows what is really owed: paid early, back-dated, reversed, paid off. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { day } from '#domain/day.ts'
import { totalOf } from '#domain/loans/instalment.ts'
import { ageOverdueLoans, closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { payOff, payOffQuote } from '#modules/loan-closing/loan-closing.ts'
import { repay } from '#modules/loan-money/loan-money.ts'
import { reverseTransaction } from '#modules/loan-corrections/loan-corrections.ts'
import { transactionsOfLoan } from '#modules/loan-records/views.ts'
import { type Lender, openLender, type Person } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
let person: Person
let loanId: number
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-01T09:00:00Z' })
  lender = await openLender(world)
  person = await lender.borrower('wekesa')
})
afterAll(() => world.close())

const morningOf = async (date: string): Promise<void> => {
  lender.goTo(date)
  await closeLoans(lender.door())
  await ageOverdueLoans(lender.door())
}
const rows = async () =>
  (await lender.loan(loanId)).instalments.map(({ due, paid }) => [due.principal, due.interest, totalOf(paid)])
const transactions = () => lender.as(lender.officer, (ctx) => transactionsOfLoan(ctx, loanId))

/** 2 % a month on 10,000.00 in four instalments of 2,626.24; the last takes what is left. */
const AGREED = [
  [242_624n, 20_000n, 0n],
  [247_476n, 15_148n, 0n],
  [252_426n, 10_198n, 0n],
  [257_474n, 5_149n, 0n],
]

test('1 January: 10,000.00 at 24 % a year', async () => {
  loanId = await lender.lend(person, 1_000_000n, {
    interestMethod: 'declining',
    ratePercent: '24',
    months: 4,
    recalculation: { rest: 'daily' },
  })
  expect(await rows()).toEqual(AGREED)
  await lender.expectAgreement()
})

test('16 January: paid half a month early, the first instalment bears 15/31 of its 200.00; the rest of the debt bears on', async () => {
  lender.goTo('2026-01-16')
  await lender.pay(person.phone, 262_624n, 'W1')
  // 7,470.53 × 2 % × 16/31 = 77.12 of January wait for February's 149.41: 226.53.
  expect(await rows()).toEqual([
    [252_947n, 9_677n, 262_624n],
    [239_971n, 22_653n, 0n],
    [252_482n, 10_142n, 0n],
    [254_600n, 5_092n, 0n],
  ])
  await lender.expectAgreement()
})

test('11 March: the instalment of 1 March is ten days overdue: its 2,399.71 have borne 15.48 more, which April’s bears', async () => {
  await morningOf('2026-03-11')
  // 2,399.71 × 2 % × 10/31.
  expect((await rows())[2]).toEqual([250_934n, 11_690n, 0n])
  const known = await transactions()
  await morningOf('2026-03-11')
  expect(await transactions()).toEqual(known)
  await lender.expectAgreement()
})

test('the same day, cash of 20 February is found: it counts from then, and nothing was ever overdue', async () => {
  await lender.as(lender.officer, (ctx) =>
    repay(ctx, { loanId, amount: 262_624n, day: day('2026-02-20'), account: 1000, reference: 'R7' }),
  )
  expect((await rows())[1]).toEqual([244_773n, 17_851n, 262_624n])
  expect(await lender.loan(loanId)).toMatchObject({ overdue: false, daysPastDue: 0 })
  await lender.expectAgreement()
})

test('it was another customer’s: reversed, the loan stands as if it had never come', async () => {
  const found = (await transactions()).at(-1)!
  await lender.as(lender.officer, (ctx) =>
    reverseTransaction(ctx, { loanId, transactionId: found.id, reason: 'Another customer’s' }),
  )
  expect((await rows())[1]).toEqual([239_971n, 22_653n, 0n])
  expect((await rows())[2]).toEqual([250_934n, 11_690n, 0n])
  expect((await lender.loan(loanId)).daysPastDue).toBe(10)
  expect((await transactions()).at(-1)).toMatchObject({ kind: 'reversal', reversesId: found.id })
  await lender.expectAgreement()
})

test('an M-Pesa payment of 1 March, matched late, has the later one allocated anew and linked', async () => {
  lender.goTo('2026-03-12')
  await lender.pay(person.phone, 50_000n, 'W2')
  const before = (await transactions()).at(-1)!
  await lender.as(lender.officer, (ctx) =>
    repay(ctx, { loanId, amount: 262_624n, day: day('2026-03-01'), account: 1020, reference: 'T1' }),
  )
  const replaced = (await transactions()).find((one) => one.replacesId === before.id)!
  expect(replaced).toMatchObject({
    kind: 'repayment',
    valueDay: '2026-03-12',
    amount: 50_000n,
    paymentId: before.paymentId,
  })
  expect(replaced.parts).not.toEqual(before.parts)
  await lender.expectAgreement()
})

test('21 March: the pay-off asks for interest until that day only, and closes the loan to the cent', async () => {
  const quote = await lender.as(lender.officer, (ctx) => payOffQuote(ctx, loanId, day('2026-03-21')))
  const later = await lender.as(lender.officer, (ctx) => payOffQuote(ctx, loanId, day('2026-03-31')))
  expect(later.principal).toBe(quote.principal)
  expect(later.interest > quote.interest).toBe(true)
  await morningOf('2026-03-21')
  await lender.as(lender.officer, (ctx) => payOff(ctx, { loanId, account: 1020 }))
  expect((await transactions()).at(-1)).toMatchObject({ kind: 'repayment', parts: quote, overpayment: 0n })
  expect(await lender.loan(loanId)).toMatchObject({ status: 'completed', balance: 0n, credit: 0n })
  await morningOf('2026-03-22')
  await lender.expectAgreement()
})
