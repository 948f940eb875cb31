import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { type Office, openOffice, type Who } from '#test/office.ts'

let office: Office
let productId: number
beforeAll(async () => {
  office = await openOffice('2026-01-15T09:00:00Z')
  const made = await office.ask('POST /loan-products', 'officer', {
    name: 'Market',
    max_amount: '50000.00',
    terms: {
      rate_percent: '10',
      months: 6,
      charges: [{ name: 'Processing', time: 'disbursement', basis: 'disbursed', percent: '2', most: '100.00' }],
    },
  })
  expect(made.status).toBe(201)
  productId = made.body.id
})
afterAll(() => office.close())

const apply = async (amount = '12000.00', more: object = {}): Promise<number> => {
  const { customerId } = office
  const body = { customer_id: customerId, loan_product_id: productId, amount, ...more }
  return (await office.ask('POST /loans', 'officer', body)).body.id
}
/** Applied for by the officer, approved and disbursed by the manager. */
const lend = async (amount?: string, more?: object): Promise<number> => {
  const id = await apply(amount, more)
  expect((await office.ask(`POST /loans/${id}/approve`, 'manager')).status).toBe(200)
  expect((await office.ask(`POST /loans/${id}/disburse`, 'manager', { account: 1010 })).status).toBe(200)
  return id
}
const why = { reason: 'because' }

describe('from application to disbursement', () => {
  test('an officer applies, a manager approves and disburses; the fee is kept back', async () => {
    const id = await apply()
    expect((await office.ask(`GET /loans/${id}`, 'officer')).body).toMatchObject({
      status: 'pending',
      customer_id: office.customerId,
      principal: '12000.00',
      currency: 'KES',
      balance: '0.00',
      terms: { rate_percent: '10', charges: [{ name: 'Processing', percent: '2', most: '100.00' }] },
    })
    const approved = await office.ask(`POST /loans/${id}/approve`, 'manager')
    expect(approved.body).toMatchObject({ status: 'approved' })
    const disbursed = await office.ask(`POST /loans/${id}/disburse`, 'manager', {})
    expect(disbursed.body).toMatchObject({ status: 'active', balance: '13200.00', disbursed_on: '2026-01-15' })
    expect(disbursed.body.instalments[0]).toMatchObject({ due_day: '2026-02-15', due: { total: '2200.00' } })
    // 2 % of 12,000.00 is 240.00, at most 100.00.
    const { body } = await office.ask(`GET /loans/${id}/transactions`, 'manager')
    expect(body.transactions).toMatchObject([{ kind: 'disbursement', amount: '12000.00', parts: { fees: '100.00' } }])
    await office.lender.expectAgreement()
  })

  test('a quote is the schedule that the disbursement creates, to the cent', async () => {
    const path = `/loan-products/${productId}/quotes`
    const quote = (await office.ask(`POST ${path}`, 'customer', { amount: '7777.77', instalments: 7 })).body
    expect(quote).toMatchObject({ principal: '7777.77', fees_at_disbursement: '100.00', paid_out: '7677.77' })
    const id = await lend('7777.77', { instalments: 7 })
    const { instalments } = (await office.ask(`GET /loans/${id}`, 'officer')).body
    const plain = instalments.map(({ nr, due_day, due }: Record<string, unknown>) => ({ nr, due_day, due }))
    expect(quote.instalments).toEqual(plain)
    expect((await office.ask(`POST ${path}`, 'customer', { amount: '0.00' })).body.code).toBe('amount_below_minimum')
    expect((await office.ask('POST /loan-products/999/quotes', 'customer', { amount: '10.00' })).status).toBe(404)
    expect((await office.ask(`POST ${path}`, 'stranger', { amount: '10.00' })).status).toBe(404)
  })

  test('who applied may neither approve nor disburse; nor may the borrower apply for himself here', async () => {
    const id = await apply()
    expect((await office.ask(`POST /loans/${id}/approve`, 'officer')).body).toMatchObject({ code: 'own_request' })
    await office.ask(`POST /loans/${id}/approve`, 'manager')
    expect((await office.ask(`POST /loans/${id}/disburse`, 'officer')).status).toBe(403)
    const own = { customer_id: office.customerId, loan_product_id: productId, amount: '100.00' }
    expect((await office.ask('POST /loans', 'customer', own)).status).toBe(403)
  })

  test('reject, withdraw, undo an approval, undo a disbursement', async () => {
    const rejected = await apply()
    expect((await office.ask(`POST /loans/${rejected}/reject`, 'manager', why)).body).toMatchObject({
      status: 'rejected',
      rejected_reason: 'because',
    })
    expect((await office.ask(`POST /loans/${rejected}/withdraw`, 'officer', why)).body).toMatchObject({
      code: 'loan_not_withdrawable',
    })
    const withdrawn = await apply()
    expect((await office.ask(`POST /loans/${withdrawn}/withdraw`, 'customer', why)).body.status).toBe('withdrawn')
    const id = await lend()
    const undone = await office.ask(`POST /loans/${id}/undo-disbursement`, 'manager', why)
    expect(undone.body).toMatchObject({ status: 'approved', disbursed_on: null })
    await office.lender.expectAgreement()
    expect((await office.ask(`POST /loans/${id}/undo-approval`, 'manager', why)).body).toMatchObject({
      status: 'pending',
      instalments: [],
    })
    await office.ask(`POST /loans/${id}/approve`, 'manager')
    expect((await office.ask(`POST /loans/${id}/disburse`, 'manager')).body.status).toBe('active')
    await office.ask(`POST /loans/${id}/charges`, 'manager', { component: 'fee', amount: '5.00', ...why })
    expect((await office.ask(`POST /loans/${id}/undo-disbursement`, 'manager', why)).body.code).toBe(
      'loan_has_transactions',
    )
    await office.lender.expectAgreement()
  })

  test('each step has its time', async () => {
    const id = await apply()
    expect((await office.ask(`POST /loans/${id}/disburse`, 'manager')).body.code).toBe('loan_not_approved')
    expect((await office.ask(`POST /loans/${id}/repayments`, 'clerk', { amount: '1.00' })).body.code).toBe(
      'loan_not_active',
    )
    await office.ask(`POST /loans/${id}/approve`, 'manager')
    expect((await office.ask(`POST /loans/${id}/approve`, 'manager')).body.code).toBe('loan_not_pending')
    expect((await office.ask(`POST /loans/${id}/reject`, 'manager', why)).body.code).toBe('loan_not_pending')
    const body = { customer_id: office.customerId, amount: '100.00' }
    expect((await office.ask('POST /loans', 'officer', { ...body, officer_id: 999 })).body.code).toBe('no_officer')
    expect((await office.ask('POST /loans', 'officer', { ...body, tops_up: id })).body.code).toBe('loan_not_active')
    expect((await office.ask('POST /loans', 'officer', { ...body, customer_id: 999 })).body.code).toBe(
      'customer_not_found',
    )
    expect((await office.ask('POST /loans', 'officer', { ...body, amount: '900000.00' })).body.code).toBe(
      'amount_above_maximum',
    )
  })

  test('an Idempotency-Key applies once', async () => {
    const body = { customer_id: office.customerId, loan_product_id: productId, amount: '7000.00' }
    const key = { 'idempotency-key': 'once' }
    const [first, second] = [
      await office.ask('POST /loans', 'officer', body, key),
      await office.ask('POST /loans', 'officer', body, key),
    ]
    expect(second.body.id).toBe(first.body.id)
    expect((await office.ask('POST /loans', 'officer', { ...body, amount: '7001.00' }, key)).status).toBe(409)
  })
})

describe('money', () => {
  test('cash is taken in, counts from its day, is reversed once; what a provider told of is not', async () => {
    const id = await lend()
    const paid = await office.ask(`POST /loans/${id}/repayments`, 'clerk', { amount: '2200.00', reference: 'R1' })
    expect(paid.body).toMatchObject({ balance: '11000.00' })
    const { body } = await office.ask(`GET /loans/${id}/transactions`, 'officer')
    expect(body.transactions.at(-1)).toMatchObject({
      kind: 'repayment',
      account: 1000,
      reference: 'R1',
      amount: '2200.00',
    })
    const last = body.transactions.at(-1).id
    const reverse = () => office.ask(`POST /loans/${id}/transactions/${last}/reverse`, 'manager', why)
    expect((await reverse()).body).toMatchObject({ balance: '13200.00' })
    expect((await reverse()).body).toMatchObject({ code: 'already_reversed' })
    await office.lender.expectAgreement()
  })

  test('a payment that a provider told of is taken back as a payment', async () => {
    const borrower = await office.lender.borrower('fatuma')
    const id = await office.lender.lend(borrower, 100_000n)
    await office.lender.pay(borrower.phone, 10_000n, 'MPESA1')
    const { transactions } = (await office.ask(`GET /loans/${id}/transactions`, 'manager')).body
    const [, paid] = transactions
    expect(paid).toMatchObject({ kind: 'repayment', reference: 'MPESA1', account: null })
    const reversed = await office.ask(`POST /loans/${id}/transactions/${paid.id}/reverse`, 'manager', why)
    expect([reversed.status, reversed.body.code]).toEqual([409, 'transaction_of_payment'])
    expect((await office.ask(`POST /payments/${paid.payment_id}/reverse`, 'manager', why)).status).toBe(200)
    await office.lender.expectAgreement()
  })

  test('what is overpaid is the customer’s credit and is paid back', async () => {
    const id = await lend('1000.00')
    const { body } = await office.ask(`POST /loans/${id}/repayments`, 'officer', { amount: '1150.00', account: 1020 })
    expect(body).toMatchObject({ status: 'completed', credit: '50.00' })
    const refund = (sent: object) => office.ask(`POST /loans/${id}/refund-credit`, 'manager', { ...why, ...sent })
    expect((await refund({ amount: '50.01' })).body.code).toBe('amount_invalid')
    expect((await refund({})).body).toMatchObject({ credit: '0.00' })
    expect((await refund({})).body.code).toBe('no_credit')
    await office.lender.expectAgreement()
  })

  test('money for a completed loan is its customer’s credit, or waits in suspense where that is asked for', async () => {
    const id = await lend('1000.00')
    await office.ask(`POST /loans/${id}/repayments`, 'officer', { amount: '1100.00', account: 1020 })
    const more = (sent: object) => office.ask(`POST /loans/${id}/repayments`, 'officer', { amount: '1.00', ...sent })
    expect((await more({})).body).toMatchObject({ status: 'completed', credit: '1.00' })
    expect((await more({ when_settled: 'suspense', reference: 'R-9' })).body).toMatchObject({ credit: '1.00' })
    const { payments } = (await office.ask('GET /payments?status=suspense', 'manager')).body
    expect(payments).toContainEqual(
      expect.objectContaining({ amount: '1.00', reason: 'nothing_due', provider: 'cash' }),
    )
    await office.lender.expectAgreement()
  })

  test('a pay-off quote is what the pay-off takes', async () => {
    const id = await lend()
    const quote = await office.ask(`GET /loans/${id}/pay-off-quote?day=2026-01-15`, 'customer')
    expect(quote.body.amount).toMatchObject({ principal: '12000.00', interest: '1200.00', total: '13200.00' })
    expect((await office.ask(`GET /loans/${id}/pay-off-quote?day=2026-01-14`, 'officer')).status).toBe(400)
    expect((await office.ask(`POST /loans/${id}/pay-off`, 'officer', { account: 1020 })).body.status).toBe('completed')
    await office.lender.expectAgreement()
  })

  test('a new loan settles the one that it tops up', async () => {
    const old = await lend('1000.00')
    const small = await lend('2000.00').then(() => apply('1100.00', { tops_up: old }))
    await office.ask(`POST /loans/${small}/approve`, 'manager')
    expect((await office.ask(`POST /loans/${small}/disburse`, 'manager')).body.code).toBe('top_up_too_small')
    const id = await lend('3000.00', { tops_up: old })
    expect((await office.ask(`GET /loans/${old}`, 'officer')).body).toMatchObject({ status: 'completed' })
    expect((await office.ask(`GET /loans/${id}`, 'officer')).body).toMatchObject({ tops_up: old, balance: '3300.00' })
    await office.lender.expectAgreement()
  })
})

describe('who may see and do what', () => {
  const operations: [string, object][] = [
    ['POST /loans/:id/approve', {}],
    ['POST /loans/:id/reject', why],
    ['POST /loans/:id/withdraw', why],
    ['POST /loans/:id/undo-approval', why],
    ['POST /loans/:id/disburse', {}],
    ['POST /loans/:id/undo-disbursement', why],
    ['POST /loans/:id/repayments', { amount: '1.00' }],
    ['GET /loans/:id', {}],
    ['GET /loans/:id/pay-off-quote', {}],
    ['GET /loans/:id/schedule', {}],
    ['GET /loans/:id/transactions', {}],
    ['GET /loans/:id/statement', {}],
    ['POST /loans/:id/pay-off', {}],
    ['POST /loans/:id/refund-credit', why],
    ['POST /loans/:id/transactions/1/reverse', why],
    ['POST /loans/:id/charges', { component: 'fee', amount: '1.00', ...why }],
    ['POST /loans/:id/waivers', { component: 'fee', amount: '1.00', ...why }],
    ['POST /loans/:id/reschedule', { instalments: 3, ...why }],
    ['POST /loans/:id/re-age', { instalments: 3, first_due_day: '2026-03-01', ...why }],
    ['POST /loans/:id/re-amortise', why],
    ['POST /loans/:id/undo-restructure', why],
    ['POST /loans/:id/write-off', why],
    ['POST /loans/:id/charge-off', why],
  ]
  const send = (what: string, body: object, [who, id]: [Who | undefined, number | string]) =>
    office.ask(what.replace(':id', String(id)), who, what.startsWith('GET') ? undefined : body)

  it.each(operations)(
    '%s: 404 for another organisation’s loan, 401 without a token, 4xx for anything else',
    async (what, body) => {
      const id = await apply()
      const foreign = await send(what, body, ['stranger', id])
      expect([foreign.status, foreign.body.code, foreign.type]).toEqual([
        404,
        'loan_not_found',
        'application/problem+json; charset=utf-8',
      ])
      expect((await send(what, body, [undefined, id])).status).toBe(401)
      expect((await send(what, body, ['manager', 999_999])).status).toBe(404)
      for (const wrong of ['0', 'x', '-1', '99999999999']) {
        expect((await send(what, body, ['manager', wrong])).status).toBe(404)
      }
      if (what.startsWith('POST') && Object.keys(body).length > 0) {
        for (const bad of [{}, { reason: '' }, { amount: 5 }, { amount: '1.005', component: 'fee' }, [], 'x']) {
          const { status } = await office.ask(what.replace(':id', String(id)), 'manager', bad)
          expect(status >= 400 && status < 500).toBe(true)
        }
      }
    },
  )

  it('shows a customer his own loans only', async () => {
    const id = await apply()
    const other = await office.lender.borrower('zawadi')
    const foreign = await office.lender.lend(other, 100_000n)
    expect((await office.ask(`GET /loans/${id}`, 'customer')).status).toBe(200)
    expect((await office.ask(`GET /loans/${foreign}`, 'customer')).body.code).toBe('loan_not_found')
    expect((await office.ask(`POST /loans/${foreign}/withdraw`, 'customer', why)).body.code).toBe('loan_not_found')
    const { body } = await office.ask('GET /loans?limit=200', 'customer')
    expect(body.loans.every((loan: { customer_id: number }) => loan.customer_id === office.customerId)).toBe(true)
  })

  it('lets the platform’s staff act in the organisation', async () => {
    const id = await apply()
    expect((await office.ask(`POST /loans/${id}/approve`, 'platform')).status).toBe(200)
    expect((await office.ask('GET /customers', 'platform')).status).toBe(200)
  })

  it('lists by status, customer, officer, lateness, page by page', async () => {
    const all = (await office.ask('GET /loans?limit=200', 'officer')).body.loans as { id: number; status: string }[]
    const page = (await office.ask('GET /loans?limit=2', 'officer')).body
    expect(page.loans.map((loan: { id: number }) => loan.id)).toEqual(all.slice(0, 2).map((loan) => loan.id))
    const second = (await office.ask(`GET /loans?limit=2&before=${page.next}`, 'officer')).body
    expect(second.loans[0].id).toBe(all[2]!.id)
    const pending = (await office.ask('GET /loans?status=pending&limit=200', 'officer')).body.loans
    expect(pending.length).toBe(all.filter((loan) => loan.status === 'pending').length)
    const none = (await office.ask('GET /loans?overdue=true&officer_id=999', 'officer')).body
    expect(none).toEqual({ loans: [], next: null })
    expect((await office.ask('GET /loans?status=unknown', 'officer')).status).toBe(400)
  })
})
