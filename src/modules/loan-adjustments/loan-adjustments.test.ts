import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { totalOf } from '#domain/loans/instalment.ts'
import { charge, waive, writeOff } from '#modules/loan-adjustments/loan-adjustments.ts'
import { closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { trialBalance } from '#modules/ledger/views.ts'
import { type Lender, openLender, type Person } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
let person: Person
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-15T09:00:00Z' })
  lender = await openLender(world)
  person = await lender.borrower('amina')
})
afterAll(() => world.close())

const account = async (code: number): Promise<bigint> => {
  const { today } = lender.door()
  const rows = await lender.as(lender.officer, (ctx) => trialBalance(ctx, today))
  return rows.find((row) => row.code === code)?.balance ?? 0n
}

describe('a loan of 12,000.00 with 1,200.00 of interest', () => {
  let loanId: number

  test('a fee is owed with the next instalment and paid before interest and principal', async () => {
    loanId = await lender.lend(person, 1_200_000n)
    await lender.as(lender.officer, (ctx) =>
      charge(ctx, { loanId, component: 'fee', amount: 5_000n, reason: 'Statement' }),
    )
    const [first] = (await lender.loan(loanId)).instalments
    expect(first!.due).toEqual({ penalty: 0n, fee: 5_000n, interest: 20_000n, principal: 200_000n })
    expect(await account(4010)).toBe(-5_000n)
    await lender.pay(person.phone, 6_000n, 'FEE1')
    expect((await lender.loan(loanId)).instalments[0]!.paid).toEqual({
      penalty: 0n,
      fee: 5_000n,
      interest: 1_000n,
      principal: 0n,
    })
    await lender.expectAgreement()
  })

  test('waived interest is an expense only as far as it had been earned', async () => {
    lender.goTo('2026-02-16')
    await closeLoans(lender.door())
    // 200.00 of February is earned, 10.00 of it paid; 200.00 of March is not earned yet: 190.00 expense, 110.00 never income.
    await lender.as(lender.officer, (ctx) =>
      waive(ctx, { loanId, component: 'interest', amount: 30_000n, reason: 'Flood' }),
    )
    expect(await account(5020)).toBe(19_000n)
    await lender.expectAgreement()
  })

  test.each([0n, -1n, 1_000_000_000n])('a waiver of %s is refused', async (amount) => {
    await expect(
      lender.as(lender.officer, (ctx) => waive(ctx, { loanId, component: 'penalty', amount, reason: 'no' })),
    ).rejects.toMatchObject({ code: 'amount_invalid' })
  })

  test('a penalty that is waived whole leaves nothing owed but what was owed before', async () => {
    const before = (await lender.loan(loanId)).balance
    await lender.as(lender.officer, (ctx) =>
      charge(ctx, { loanId, component: 'penalty', amount: 7_700n, reason: 'Late' }),
    )
    expect((await lender.loan(loanId)).balance).toBe(before + 7_700n)
    await lender.as(lender.officer, (ctx) =>
      waive(ctx, { loanId, component: 'penalty', amount: 7_700n, reason: 'Ill' }),
    )
    expect((await lender.loan(loanId)).balance).toBe(before)
    await lender.expectAgreement()
  })

  test('waiving the last debt completes the loan', async () => {
    const small = await lender.lend(person, 10_000n)
    const owed = (await lender.loan(small)).instalments.reduce((sum, i) => sum + i.due.principal, 0n)
    await lender.as(lender.officer, (ctx) =>
      waive(ctx, { loanId: small, component: 'interest', amount: 1_000n, reason: 'Gift' }),
    )
    await lender.as(lender.officer, (ctx) =>
      waive(ctx, { loanId: small, component: 'principal', amount: owed, reason: 'Gift' }),
    )
    expect(await lender.loan(small)).toMatchObject({ status: 'completed', completedOn: '2026-02-16', balance: 0n })
    await expect(
      lender.as(lender.officer, (ctx) => charge(ctx, { loanId: small, component: 'fee', amount: 1n, reason: 'late' })),
    ).rejects.toMatchObject({ code: 'loan_not_active' })
    await lender.expectAgreement()
  })

  test('a write-off takes everything owed out of the books, unearned interest without expense', async () => {
    const lost = await lender.lend(await lender.borrower('beatrice'), 60_000n)
    const before = await account(5000)
    await lender.as(lender.officer, (ctx) => writeOff(ctx, lost, 'Moved away'))
    expect((await account(5000)) - before).toBe(60_000n)
    const loan = await lender.loan(lost)
    expect(loan.status).toBe('written_off')
    expect(loan.instalments.every((i) => totalOf(i.paid) === 0n)).toBe(true)
    await lender.expectAgreement()
  })
})
