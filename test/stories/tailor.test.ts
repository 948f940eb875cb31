/** A tailor's loan with fees: paid on time once, late twice, rescheduled, charged off, written off, and recovered in part. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { totalOf } from '#domain/loans/instalment.ts'
import { trialBalance } from '#modules/ledger/views.ts'
import { ageOverdueLoans, closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { chargeOff, writeOff } from '#modules/loan-adjustments/loan-adjustments.ts'
import { previewRestructure, restructure } from '#modules/loan-agreements/loan-agreements.ts'
import { transactionsOfLoan } from '#modules/loan-records/views.ts'
import { eventsOf } from '#test/asking.ts'
import { type Lender, openLender, type Person } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
let tailor: Person
let loanId: number
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-15T09:00:00Z' })
  lender = await openLender(world)
  tailor = await lender.borrower('chausiku')
})
afterAll(() => world.close())

const account = async (code: number): Promise<bigint> => {
  const { today } = lender.door()
  const rows = await lender.as(lender.officer, (ctx) => trialBalance(ctx, today))
  return rows.find((row) => row.code === code)?.balance ?? 0n
}
/** Nine in the morning of a day, the business of the day before closed. */
const morningOf = async (day: string): Promise<void> => {
  lender.goTo(day)
  await closeLoans(lender.door())
  await ageOverdueLoans(lender.door())
}
const dues = async () => (await lender.loan(loanId)).instalments.map((row) => [row.dueDay, totalOf(row.due)])

test('15 January: 12,000.00 at 10 % flat; 2 %, at most 100.00, is kept back; 25.00 of service with every instalment', async () => {
  const mobileMoney = await account(1010)
  loanId = await lender.lend(tailor, 1_200_000n, {
    charges: [
      { name: 'Processing', time: 'disbursement', basis: 'disbursed', percent: '2', most: '10000' },
      { name: 'Service', time: 'instalment', amount: '2500' },
    ],
    lateFee: { basis: 'overdue', percent: '5', graceDays: 3, mostOfLoan: '20000' },
  })
  expect((await dues())[0]).toEqual(['2026-02-15', 222_500n])
  expect((await account(1010)) - mobileMoney).toBe(-1_190_000n)
  // 100.00 kept back and six times 25.00.
  expect(await account(4010)).toBe(-25_000n)
  await lender.expectAgreement()
})

test('15 February: she pays on the day', async () => {
  lender.goTo('2026-02-15')
  await lender.pay(tailor.phone, 222_500n, 'CHA1')
  await morningOf('2026-02-19')
  expect((await lender.loan(loanId)).overdue).toBe(false)
})

test('15 March is missed: no fee while the three days of grace run, 5 % of 2,225.00 after them, once', async () => {
  await morningOf('2026-03-18')
  expect((await lender.loan(loanId)).instalments[1]!.due.penalty).toBe(0n)
  await morningOf('2026-03-19')
  await morningOf('2026-03-20')
  expect((await lender.loan(loanId)).instalments[1]!.due.penalty).toBe(11_125n)
  await lender.expectAgreement()
})

test('15 April is missed too: the fee would be 111.25 again, but all late fees of the loan may come to 200.00', async () => {
  await morningOf('2026-04-19')
  const loan = await lender.loan(loanId)
  expect(loan.instalments[2]!.due.penalty).toBe(8_875n)
  expect(loan).toMatchObject({ overdue: true, daysPastDue: 35, overdueAmount: 2n * 222_500n + 20_000n })
  await lender.expectAgreement()
})

test('20 April: what she owes, 11,325.00, is put into eight new instalments; the preview shows just that', async () => {
  lender.goTo('2026-04-20')
  const asked = { loanId, agreement: { kind: 'reschedule', instalments: 8 } as const, reason: 'Fire in the market' }
  const shown = await lender.as(lender.officer, (ctx) => previewRestructure(ctx, asked))
  expect((await lender.loan(loanId)).restructured).toBe(false)
  await lender.as(lender.officer, (ctx) => restructure(ctx, asked))
  const loan = await lender.loan(loanId)
  expect(loan.instalments.map(({ nr, due }) => ({ nr, due }))).toEqual(shown.map(({ nr, due }) => ({ nr, due })))
  expect(loan.balance).toBe(1_132_500n)
  // The first is the one paid in February. Fees of 125.00 make 15.62 each; the last one takes 15.66.
  expect((await dues()).slice(0, 2)).toEqual([
    ['2026-02-15', 222_500n],
    ['2026-05-20', 141_562n],
  ])
  expect((await dues()).at(-1)).toEqual(['2026-12-20', 141_566n])
  await lender.expectAgreement()
})

test('20 May: she pays the first of them, then nothing', async () => {
  lender.goTo('2026-05-20')
  await lender.pay(tailor.phone, 141_562n, 'CHA2')
  await morningOf('2026-09-21')
  expect((await lender.loan(loanId)).daysPastDue).toBe(93)
  await lender.expectAgreement()
})

test('21 September: charged off; interest not yet earned was never income', async () => {
  const owed = (await lender.loan(loanId)).balance
  const unearned = -(await account(2300))
  await lender.as(lender.officer, (ctx) => chargeOff(ctx, loanId, 'Shop closed'))
  expect(await account(5030)).toBe(owed - unearned)
  expect(await account(1100)).toBe(0n)
  expect(await lender.loan(loanId)).toMatchObject({ status: 'active', balance: owed, chargedOffOn: '2026-09-21' })
  await lender.expectAgreement()
})

test('1 November: 2,000.00 come in: a recovery, and she owes that much less', async () => {
  lender.goTo('2026-11-01')
  const { balance } = await lender.loan(loanId)
  expect(await lender.pay(tailor.phone, 200_000n, 'CHA3')).toMatchObject({ status: 'applied' })
  expect(await account(4030)).toBe(-200_000n)
  expect((await lender.loan(loanId)).balance).toBe(balance - 200_000n)
  await lender.expectAgreement()
})

test('January: written off; a payment after that is recovered too, not put in suspense', async () => {
  lender.goTo('2027-01-10')
  await lender.as(lender.officer, (ctx) => writeOff(ctx, loanId, 'Moved away'))
  expect(await account(5000)).toBe(0n)
  expect(await lender.pay(tailor.phone, 50_000n, 'CHA4')).toMatchObject({ status: 'applied', overpayment: 0n })
  expect(await account(4030)).toBe(-250_000n)
  const told = await lender.as(lender.officer, (ctx) => transactionsOfLoan(ctx, loanId))
  expect(told.map((one) => one.kind)).toEqual([
    'disbursement',
    'repayment',
    'penalty',
    'penalty',
    'repayment',
    'charge_off',
    'repayment',
    'write_off',
    'recovery',
  ])
  expect(await eventsOf(world, lender.slug, 'loan.recovered')).toHaveLength(1)
  await lender.expectAgreement()
})
