/** Repayments that bring no money: asked for by one person with the permission to waive, approved by another. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { addDays } from '#domain/day.ts'
import { PAYMENT_TYPES } from '#modules/loan-products/loan-products.ts'
import { MONEY_ACCOUNTS, MONEYLESS_TYPES, repay } from '#modules/loan-money/loan-money.ts'
import { type Office, openOffice, type Who } from '#test/office.ts'

let office: Office
let productId: number
beforeAll(async () => {
  office = await openOffice('2026-01-15T09:00:00Z')
  const terms = { rate_percent: '10', months: 6 }
  const product = { name: 'Market', max_amount: '50000.00', terms }
  productId = (await office.ask('POST /loan-products', 'officer', product)).body.id
})
afterAll(() => office.close())

/** A loan of 1,000.00 that owes 1,100.00. */
async function lend(): Promise<number> {
  const body = { customer_id: office.customerId, loan_product_id: productId, amount: '1000.00' }
  const { id } = (await office.ask('POST /loans', 'officer', body)).body
  await office.ask(`POST /loans/${id}/approve`, 'manager')
  expect((await office.ask(`POST /loans/${id}/disburse`, 'manager')).status).toBe(200)
  return id
}
const snake = (type: string) => type.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const pay = (who: Who, loanId: number, body: object) => office.ask(`POST /loans/${loanId}/repayments`, who, body)
const decide = (who: Who, id: number, [how, body]: [how: string, body?: object] = ['approve']) =>
  office.ask(`POST /approvals/${id}/${how}`, who, body ?? {})
const loan = async (id: number) => (await office.ask(`GET /loans/${id}`, 'manager')).body
const MONEYLESS = MONEYLESS_TYPES.map(snake)

describe.each(PAYMENT_TYPES.map(snake))('a repayment of type %s', (type) => {
  it('taken in by one clerk puts money into an account of the house, or is refused', async () => {
    const id = await lend()
    const taken = await pay('clerk', id, { amount: '150.00', type })
    const { transactions } = (await office.ask(`GET /loans/${id}/transactions`, 'manager')).body
    if (MONEYLESS.includes(type)) {
      expect([taken.status, taken.body.code, (await loan(id)).balance]).toEqual([403, 'not_permitted', '1100.00'])
      expect((await pay('officer', id, { amount: '150.00', type })).status).toBe(403)
    } else {
      expect([taken.status, taken.body.balance]).toEqual([200, '950.00'])
      expect(MONEY_ACCOUNTS).toContain(transactions.at(-1).account)
    }
    await office.lender.expectAgreement()
  })
})

describe.each(MONEYLESS)('%s', (type) => {
  it('lowers the debt when a second person has approved it', async () => {
    const id = await lend()
    const asked = await pay('manager', id, { amount: '150.00', type, reason: 'Flood' })
    expect([asked.status, asked.body]).toMatchObject([
      202,
      { kind: 'loan.pay_without_money', about: `loan:${id}`, reason: 'Flood', status: 'pending' },
    ])
    expect(asked.body.asked).toMatchObject({ loan_id: id, amount: '150.00', currency: 'KES' })
    expect((await loan(id)).balance).toBe('1100.00')
    expect((await decide('manager', asked.body.id)).body.code).toBe('own_request')
    expect((await decide('officer', asked.body.id)).body.code).toBe('not_permitted')
    expect((await decide('platform', asked.body.id, ['approve', { note: 'seen' }])).body).toMatchObject({
      ...{ status: 'approved', note: 'seen', outcome: { loan_id: id, transaction_id: expect.any(Number) } },
    })
    expect((await loan(id)).balance).toBe('950.00')
    const { transactions } = (await office.ask(`GET /loans/${id}/transactions`, 'manager')).body
    const last = transactions.at(-1)
    expect(last).toMatchObject({ payment_type: type, account: type === 'goodwill_credit' ? 5020 : 1000 })
    expect(
      (await office.ask(`POST /loans/${id}/transactions/${last.id}/reverse`, 'manager', { reason: 'x' })).status,
    ).toBe(200)
    await office.lender.expectAgreement()
  })

  it('never exceeds the debt, neither when it is asked for nor when it is approved', async () => {
    const id = await lend()
    const tooMuch = await pay('manager', id, { amount: '1100.01', type })
    expect([tooMuch.status, tooMuch.body.code]).toEqual([422, 'amount_above_outstanding'])
    const asked = (await pay('manager', id, { amount: '1100.00', type })).body.id
    await pay('clerk', id, { amount: '0.01' })
    expect((await decide('platform', asked)).body.code).toBe('amount_above_outstanding')
    expect((await office.ask(`GET /approvals/${asked}`, 'manager')).body.status).toBe('pending')
    expect(await loan(id)).toMatchObject({ status: 'active', credit: '0.00' })
    const rest = (await pay('manager', id, { amount: '1099.99', type })).body.id
    expect((await decide('platform', rest)).body.status).toBe('approved')
    expect(await loan(id)).toMatchObject({ status: 'completed', credit: '0.00' })
    expect((await office.ask(`POST /loans/${id}/refund-credit`, 'manager', { reason: 'x' })).body.code).toBe(
      'no_credit',
    )
    await office.lender.expectAgreement()
  })

  it('counted from an earlier day leaves no credit of later money either', async () => {
    const terms = { interestMethod: 'declining', ratePercent: '36', recalculation: { rest: 'daily' } } as const
    const borrower = await office.lender.borrower(`early ${type}`)
    const { today } = office.lender.door()
    const id = await office.lender.lend(borrower, 120_000n, { ...terms, months: 6 })
    office.lender.goTo(addDays(today, 45))
    const { officer } = office.lender
    await office.lender.as(officer, (ctx) => repay(ctx, { loanId: id, amount: 100_000n, account: 1000 }))
    const { balance } = await loan(id)
    const asked = await pay('manager', id, { amount: balance, type, day: addDays(today, 1) })
    expect([asked.status, asked.body.code]).toEqual([422, 'amount_above_outstanding'])
    expect(await loan(id)).toMatchObject({ balance, credit: '0.00' })
    await office.lender.expectAgreement()
  })

  it('is not for a loan whose debts left the books', async () => {
    const [written, charged] = [await lend(), await lend()]
    await office.ask(`POST /loans/${written}/write-off`, 'platform', { reason: 'gone' })
    await office.ask(`POST /loans/${charged}/charge-off`, 'platform', { reason: 'gone' })
    expect((await pay('manager', written, { amount: '1.00', type })).body.code).toBe('loan_not_active')
    expect((await pay('manager', charged, { amount: '1.00', type })).body.code).toBe('loan_charged_off')
  })
})

test('requests are listed to who may decide them and to who made them', async () => {
  const id = await lend()
  const asked = (await pay('manager', id, { amount: '10.00', type: 'goodwill_credit' })).body
  const listed = async (who: Who) => (await office.ask(`GET /approvals?about=loan:${id}`, who)).body.approvals
  expect(await listed('manager')).toEqual([asked])
  expect(await listed('platform')).toEqual([asked])
  for (const who of ['officer', 'clerk'] as const) {
    expect(await listed(who)).toEqual([])
    expect((await office.ask(`GET /approvals/${asked.id}`, who)).body.code).toBe('approval_not_found')
  }
  expect((await office.ask(`GET /approvals/${asked.id}`, 'stranger')).status).toBe(404)
  expect((await office.ask('GET /approvals', 'customer')).status).toBe(403)
  expect((await decide('platform', asked.id, ['reject', { reason: 'not agreed' }])).body).toMatchObject({
    ...{ status: 'rejected', note: 'not agreed', outcome: null },
  })
  const own = (await pay('manager', id, { amount: '10.00', type: 'goodwill_credit' })).body.id
  expect((await decide('platform', own, ['withdraw'])).body.code).toBe('not_yours')
  expect((await decide('manager', own, ['withdraw'])).body.status).toBe('withdrawn')
  const page = (await office.ask('GET /approvals?limit=1&status=withdrawn', 'manager')).body
  expect([page.approvals[0].id, page.next]).toEqual([own, own])
})
