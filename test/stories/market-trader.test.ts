/** A market trader's loan: 12,000.00 at 10 % flat over six months, 2,200.00 a month, told with dates. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { match, takeBack } from '#modules/payments/payments.ts'
import { listPayments } from '#modules/payments/views.ts'
import { totalOf } from '#domain/loans/instalment.ts'
import type { Actor } from '#platform/context.ts'
import { eventsAfter } from '#platform/events/events.ts'
import { expectBooksAgree } from '#test/books.ts'
import { type Lender, openLender, type Person } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
beforeAll(async () => {
  world = await openWorld({ lockOrder: true, now: '2026-01-15T09:00:00Z' })
  lender = await openLender(world)
})
afterAll(async () => {
  await expectBooksAgree(world)
  await world.close()
})

const statuses = async (loanId: number): Promise<string[]> =>
  (await lender.loan(loanId)).instalments.map((i) =>
    totalOf(i.due) === totalOf(i.paid) ? 'paid' : totalOf(i.paid) > 0n ? 'partial' : 'unpaid',
  )

describe('15 January: four traders borrow 12,000.00 each', () => {
  let amina: Person, beatrice: Person, chebet: Person, dorcas: Person
  let aminasLoan: number, beatricesLoan: number, chebetsLoan: number, dorcasLoan: number

  test('the schedule is six times 2,200.00, a month apart, and the books owe what it says', async () => {
    ;[amina, beatrice, chebet, dorcas] = [
      await lender.borrower('amina'),
      await lender.borrower('beatrice'),
      await lender.borrower('chebet'),
      await lender.borrower('dorcas'),
    ]
    aminasLoan = await lender.lend(amina, 1_200_000n)
    beatricesLoan = await lender.lend(beatrice, 1_200_000n)
    chebetsLoan = await lender.lend(chebet, 1_200_000n)
    dorcasLoan = await lender.lend(dorcas, 1_200_000n)
    const loan = await lender.loan(aminasLoan)
    expect(loan).toMatchObject({ status: 'active', overdue: false, totalInterest: 120_000n, balance: 1_320_000n })
    expect(loan.instalments.map((i) => [i.dueDay, totalOf(i.due)])).toEqual([
      ['2026-02-15', 220_000n],
      ['2026-03-15', 220_000n],
      ['2026-04-15', 220_000n],
      ['2026-05-15', 220_000n],
      ['2026-06-15', 220_000n],
      ['2026-07-15', 220_000n],
    ])
    await lender.expectAgreement()
  })

  test('14 February: Amina pays on time; the same code delivered twenty times at once is one repayment and one answer', async () => {
    lender.goTo('2026-02-14')
    const receipts = await Promise.all(Array.from({ length: 20 }, () => lender.pay(amina.phone, 220_000n, 'AMI1')))
    expect(new Set(receipts.map((r) => r.paymentId)).size).toBe(1)
    expect(receipts.filter((r) => !r.repeated)).toHaveLength(1)
    expect(await statuses(aminasLoan)).toEqual(['paid', 'unpaid', 'unpaid', 'unpaid', 'unpaid', 'unpaid'])
    expect((await lender.loan(aminasLoan)).instalments[0]!.repayments).toHaveLength(1)
    await lender.expectAgreement()
  })

  test('14 February: Beatrice pays half of it: interest 200.00 first, then principal', async () => {
    await lender.pay(beatrice.phone, 110_000n, 'BEA1')
    const [first] = (await lender.loan(beatricesLoan)).instalments
    expect(first!.paid).toEqual({ penalty: 0n, fee: 0n, interest: 20_000n, principal: 90_000n })
    await lender.expectAgreement()
  })

  test('14 February: Chebet pays ahead: two instalments and 100.00 of the third', async () => {
    await lender.pay(chebet.phone, 450_000n, 'CHE1')
    expect(await statuses(chebetsLoan)).toEqual(['paid', 'paid', 'partial', 'unpaid', 'unpaid', 'unpaid'])
    await lender.expectAgreement()
  })

  test('16 February, after the close of business: interest of the 15th is earned once, who did not pay is overdue', async () => {
    lender.goTo('2026-02-16')
    expect(await closeLoans(lender.door())).toEqual({ loansEarned: 4, reminded: 0, overdue: 2 })
    expect(await closeLoans(lender.door())).toEqual({ loansEarned: 0, reminded: 0, overdue: 0 })
    expect((await lender.loan(beatricesLoan)).overdue).toBe(true)
    expect((await lender.loan(aminasLoan)).overdue).toBe(false)
    await lender.expectAgreement()
  })

  test('20 February: Beatrice pays the rest late and is overdue no more', async () => {
    lender.goTo('2026-02-20')
    await lender.pay(beatrice.phone, 110_000n, 'BEA2')
    const loan = await lender.loan(beatricesLoan)
    expect(loan.overdue).toBe(false)
    expect(loan.instalments[0]!.completedOn).toBe('2026-02-20')
    await lender.expectAgreement()
  })

  test('20 February: an unknown phone pays 2,200.00: it waits in suspense, and a person matches it to Dorcas later, by its own day', async () => {
    const receipt = await lender.pay('+254799999999', 220_000n, 'DOR1')
    expect(receipt).toMatchObject({ status: 'suspense', reason: 'payer_unknown', repeated: false })
    await lender.expectAgreement()
    lender.goTo('2026-02-25')
    await lender.pay(dorcas.phone, 100_000n, 'DOR2')
    expect(await statuses(dorcasLoan)).toEqual(['partial', 'unpaid', 'unpaid', 'unpaid', 'unpaid', 'unpaid'])
    lender.goTo('2026-02-26')
    const asDorcas = lender.as(dorcas.actor, (ctx) => match(ctx, receipt.paymentId, dorcasLoan))
    await expect(asDorcas).rejects.toMatchObject({ code: 'payment_not_found' })
    const employed = { ...dorcas.actor, roles: ['loan_officer'] } as Actor
    const own = lender.as(employed, (ctx) => match(ctx, receipt.paymentId, dorcasLoan))
    await expect(own).rejects.toMatchObject({ code: 'own_request' })
    await lender.as(lender.officer, (ctx) => match(ctx, receipt.paymentId, dorcasLoan))
    const loan = await lender.loan(dorcasLoan)
    expect(loan.instalments[0]).toMatchObject({ completedOn: '2026-02-20' })
    expect(loan.instalments[1]!.paid).toEqual({ penalty: 0n, fee: 0n, interest: 20_000n, principal: 80_000n })
    await expect(lender.as(lender.officer, (ctx) => match(ctx, receipt.paymentId, dorcasLoan))).rejects.toMatchObject({
      code: 'payment_not_in_suspense',
    })
    expect(await lender.pay('+254799999999', 220_000n, 'DOR1')).toMatchObject({ status: 'applied', repeated: true })
    await lender.expectAgreement()
  })

  test('March: a repayment in the middle is reversed; the later ones are allocated anew, linked to what they replace', async () => {
    lender.goTo('2026-03-10')
    const second = await lender.pay(amina.phone, 220_000n, 'AMI2')
    lender.goTo('2026-03-20')
    await lender.pay(amina.phone, 330_000n, 'AMI3')
    expect(await statuses(aminasLoan)).toEqual(['paid', 'paid', 'paid', 'partial', 'unpaid', 'unpaid'])
    await lender.as(lender.officer, (ctx) => takeBack(ctx, second.paymentId, 'M-Pesa reversal'))
    const loan = await lender.loan(aminasLoan)
    expect(await statuses(aminasLoan)).toEqual(['paid', 'paid', 'partial', 'unpaid', 'unpaid', 'unpaid'])
    expect(loan.instalments[1]!.completedOn).toBe('2026-03-20')
    expect(loan.balance).toBe(1_320_000n - 220_000n - 330_000n)
    await expect(lender.as(lender.officer, (ctx) => takeBack(ctx, second.paymentId, 'again'))).rejects.toMatchObject({
      code: 'already_reversed',
    })
    await lender.expectAgreement()
  })

  test('April: Chebet overpays; the rest is her credit and the loan is completed; a further payment owes nothing and waits', async () => {
    lender.goTo('2026-04-01')
    const receipt = await lender.pay(chebet.phone, 900_000n, 'CHE2')
    expect(receipt).toMatchObject({ status: 'applied', overpayment: 30_000n })
    expect(await lender.loan(chebetsLoan)).toMatchObject({
      status: 'completed',
      completedOn: '2026-04-01',
      balance: 0n,
    })
    await lender.expectAgreement()
    expect(await lender.pay(chebet.phone, 5_000n, 'CHE3')).toMatchObject({ status: 'suspense', reason: 'nothing_due' })
    await closeLoans(lender.door())
    await lender.expectAgreement()
  })

  test('April: Chebet’s last payment is reversed: the loan is running again and her credit is gone', async () => {
    const [payment] = (await lender.as(lender.officer, (ctx) => listPayments(ctx, { limit: 10 }))).filter(
      (p) => p.reference === 'CHE2',
    )
    await lender.as(lender.officer, (ctx) => takeBack(ctx, payment!.id, 'M-Pesa reversal'))
    expect(await lender.loan(chebetsLoan)).toMatchObject({ status: 'active', completedOn: null, balance: 870_000n })
    await lender.expectAgreement()
  })

  test('the log tells all of it once, in order', async () => {
    const events = await lender.as(lender.officer, (ctx) => eventsAfter(ctx, 0n, 1000))
    const told = events.filter((e) => e.subject === `loan:${chebetsLoan}`).map((e) => e.type)
    expect(told).toEqual([
      'loan.applied',
      'loan.approved',
      'loan.disbursed',
      'repayment.posted',
      'repayment.posted',
      'loan.completed',
      'loan.reopened',
      'repayment.reversed',
    ])
  })
})
