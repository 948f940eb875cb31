import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Office, openOffice } from '#test/office.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice('2026-02-15T09:00:00Z')
})
afterAll(() => office.close())

const FULL = {
  interest_method: 'declining',
  rate_percent: '24',
  instalments: 12,
  frequency: 'twiceMonthly',
  twice_monthly_days: [5, 20],
  first_due: { rule: 'onDayOfMonth', day: 5, at_least_days: 14 },
  day_count: { month: 'actual', year: '365' },
  grace: { principal: 1 },
  multiple: '10.00',
  down_payment_percent: '10',
  charges: [
    { name: 'Processing', time: 'disbursement', basis: 'disbursed', percent: '2', most: '500.00' },
    { name: 'Service', time: 'instalment', amount: '25.00' },
  ],
  late_fee: { basis: 'overdue', percent: '5', grace_days: 3, most: '300.00', most_of_loan: '900.00' },
  allocation: {
    order: 'ranked',
    rules: {
      default: { ranks: ['pastDue.penalty', 'due.interest', 'inAdvance.principal'], in_advance_to: 'last' },
      goodwillCredit: { ranks: ['pastDue.principal'] },
    },
  },
  recalculation: { rest: 'daily', overdue_bears_interest: false },
  payoff_interest: 'accrued',
  arrears_tolerance: '1.00',
}

describe('loan products', () => {
  let id: number

  it('are offered with every term, shown as they were sent, and read by everybody', async () => {
    const body = { name: 'Growth', min_amount: '500.00', max_amount: '90000.00', terms: FULL }
    const made = await office.ask('POST /loan-products', 'officer', body)
    expect(made.status).toBe(201)
    id = made.body.id
    const { grace: _grace, charges: _charges, allocation: _allocation, ...plain } = FULL
    expect(made.body).toMatchObject({
      name: 'Growth',
      min_amount: '500.00',
      max_amount: '90000.00',
      currency: 'KES',
      terms: plain,
    })
    expect(made.body.terms.charges[1]).toMatchObject({ name: 'Service', time: 'instalment', amount: '25.00' })
    expect(made.body.terms.allocation.rules.default.in_advance_to).toBe('last')
    expect((await office.ask(`GET /loan-products/${id}`, 'customer')).body.terms).toEqual(made.body.terms)
  })

  it('are changed in parts', async () => {
    const change = { max_amount: '95000.00', terms: { rate_percent: '22' } }
    const { body } = await office.ask(`PATCH /loan-products/${id}`, 'manager', change)
    expect(body).toMatchObject({
      max_amount: '95000.00',
      min_amount: '500.00',
      terms: { rate_percent: '22', instalments: 12 },
    })
  })

  it.each<[string, object, string]>([
    ['a rate as a number', { rate_percent: 24, months: 6 }, 'terms.rate_percent'],
    ['a rate below nothing', { rate_percent: '-0', months: 6 }, 'terms.rate_percent'],
    ['no length', { rate_percent: '24' }, 'terms.months'],
    ['an amount with three decimals', { rate_percent: '24', months: 6, multiple: '1.005' }, 'terms.multiple'],
    ['a term nobody knows', { rate_percent: '24', months: 6, colour: 'red' }, 'terms.colour'],
    [
      'a fee without an amount',
      { rate_percent: '24', months: 6, charges: [{ name: 'X', time: 'instalment' }] },
      'terms.charges.0.amount',
    ],
    ['an unknown order', { rate_percent: '24', months: 6, allocation: ['interest'] }, 'terms.allocation'],
  ])('refuse %s by its field', async (_, terms, field) => {
    const { status, body } = await office.ask('POST /loan-products', 'officer', {
      name: 'X',
      max_amount: '10.00',
      terms,
    })
    expect([status, body.errors?.[0]?.field]).toEqual([400, field])
  })

  it('are retired once, listed by status, and belong to their organisation', async () => {
    expect((await office.ask(`DELETE /loan-products/${id}`, 'stranger')).status).toBe(404)
    expect((await office.ask(`DELETE /loan-products/${id}`, 'customer')).status).toBe(403)
    expect((await office.ask(`DELETE /loan-products/${id}`, 'officer')).status).toBe(204)
    expect((await office.ask(`DELETE /loan-products/${id}`, 'officer')).body.code).toBe('loan_product_not_found')
    const { body } = await office.ask('GET /loan-products?status=retired', 'officer')
    expect(body.loan_products.map((product: { id: number }) => product.id)).toEqual([id])
    expect((await office.ask('GET /loan-products?limit=1', 'officer')).body.next).toBe(1)
    expect((await office.ask('GET /loan-products', 'stranger')).body.loan_products).toEqual([])
  })
})

describe('customers', () => {
  it('are taken on, found, changed', async () => {
    const made = await office.ask('POST /customers', 'officer', { full_name: 'Beatrice', phone: '0711000002' })
    expect([made.status, made.body.phone]).toEqual([201, '+254711000002'])
    const changed = await office.ask(`PATCH /customers/${made.body.id}`, 'officer', { location: 'Kibera' })
    expect(changed.body.location).toBe('Kibera')
    const found = await office.ask('GET /customers?search=kibera', 'manager')
    expect(found.body.customers.map((one: { id: number }) => one.id)).toEqual([made.body.id])
    expect((await office.ask('GET /customers?limit=1', 'officer')).body.next).toBe(office.customerId)
  })

  it.each<[string, string, object | undefined, number]>([
    ['POST /customers', 'officer', { full_name: 'X', phone: 'none' }, 400],
    ['POST /customers', 'officer', { full_name: 'X', phone: '0711000001' }, 409],
    ['POST /customers', 'clerk', { full_name: 'X', phone: '0711000009' }, 403],
    ['GET /customers/999', 'officer', undefined, 404],
    ['GET /customers/1', 'stranger', undefined, 404],
    ['GET /customers', 'customer', undefined, 403],
  ])('%s by %s is refused', async (what, who, body, status) => {
    expect((await office.ask(what, who as 'officer', body)).status).toBe(status)
  })
})
