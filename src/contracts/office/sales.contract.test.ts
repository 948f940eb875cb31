/** A sale by a preset from the quote to the customer's schedule, over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BANK, CASH, DEVICE_SALES, DOWN_PAYMENTS, LOAN_PRINCIPAL } from '#domain/ledger/chart.ts'
import { listUsers } from '#modules/identity/views.ts'
import { eventsOf } from '#test/asking.ts'
import { expectBooksAgree } from '#test/books.ts'
import { type Movi, openMovi } from '#test/movi.ts'
import { applied, held, inBooks, newBuyer, pictured, TERMS } from '#test/selling.ts'

let movi: Movi
beforeAll(async () => {
  movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
})
afterAll(() => movi?.close())

const ACCOUNTS = [CASH, BANK, LOAN_PRINCIPAL, DOWN_PAYMENTS, DEVICE_SALES] as const
const books = () => Promise.all(ACCOUNTS.map((code) => held(movi, code)))
/** How the accounts have changed since they stood so. */
const since = async (before: readonly bigint[]) => (await books()).map((now, n) => now - before[n]!)

it('is quoted with the rule that stands against it, and with what the credit costs', async () => {
  const quote = (more: object) => movi.office('vendedor', 'POST /sale-quotes', { ...TERMS, ...more })
  expect(await quote({ date_of_birth: '1993-04-01' })).toMatchObject({
    status: 200,
    body: {
      ...{ down_payment: '1050.00', financed: '2450.00', instalment: '405.00', total: '4860.00', rate: '12.5' },
      disclosure: {
        ...{ nominal_annual_rate: '304.53', effective_annual_rate: '1662.39' },
        ...{ total_interest: '2410.00', total_to_pay: '4860.00' },
      },
    },
  })
  expect((await quote({ date_of_birth: '1970-04-01' })).status).toBe(400)
  expect((await quote({ date_of_birth: '1993-04-01', preset: 'other' })).status).toBe(400)
})

describe('a sale paid down in cash', () => {
  let loan: number
  const step = (who: 'admin' | 'supervisor' | 'vendedor', what: string, body?: unknown) =>
    movi.office(who, `POST /sales/${loan}/${what}`, body)

  it('is applied for under the numbers of a contract', async () => {
    const agreed = await applied(movi, { identity: '0801199300777', imei: '990000862471854' })
    expect(agreed).toMatchObject({
      status: 201,
      body: {
        ...{ status: 'applied', contract_number: 'MC-2026-0004', branch_contract_code: 'S01-2026-02-15-000001' },
        ...{ down_payment: '1050.00', financed: '2450.00', instalments: 12, instalment: '405.00' },
        device: { imei_doubtful: true, activation_code: expect.stringMatching(/^[A-Z2-9]{6}$/) },
      },
    })
    loan = agreed.body.loan_id
    const { customer } = agreed.body
    const again = { ...TERMS, customer_id: customer.id, phone_model_id: 1, imei: '356938035643808' }
    expect((await movi.office('vendedor', 'POST /sales', again)).status).toBe(409)
  })

  it('takes its steps at the sale, not at the loan', async () => {
    for (const what of ['approve', 'disburse', 'undo-disbursement', 'undo-approval', 'reject', 'withdraw']) {
      const body = what === 'disburse' || what === 'approve' ? undefined : { reason: 'around the sale' }
      expect(await movi.office('admin', `POST /loans/${loan}/${what}`, body)).toMatchObject({
        status: 409,
        body: { code: 'loan_of_sale' },
      })
    }
  })

  it('takes one step after the other', async () => {
    for (const [who, what, body] of [
      ['vendedor', 'sign', undefined],
      ['vendedor', 'down-payment', { method: 'cash' }],
      ['supervisor', 'down-payment/verify', undefined],
      ['admin', 'activate', undefined],
      ['admin', 'undo-activation', { reason: 'too early' }],
    ] as const) {
      expect(await step(who, what, body)).toMatchObject({ status: 409, body: { code: 'sale_step_not_open' } })
    }
  })

  it('is decided by somebody who decides', async () => {
    expect((await step('vendedor', 'decide', {})).status).toBe(403)
    expect((await movi.office('vendedor', `GET /sales/${loan}/assessment`)).body).toEqual({
      approvable: true,
      reasons: [],
    })
    expect(await step('supervisor', 'decide', {})).toMatchObject({
      status: 200,
      body: { status: 'approved', decision: { decision: 'approved', reasons: [] } },
    })
    expect((await step('supervisor', 'decide', {})).status).toBe(409)
  })

  it('is signed, paid down and handed over, and every step is balanced in the books', async () => {
    const start = await books()
    const signed = await step('vendedor', 'sign', pictured({}))
    expect(signed).toMatchObject({
      status: 200,
      body: { status: 'signed', signed_on: '2026-02-15', has_signature: true },
    })
    expect((await step('supervisor', 'down-payment', { method: 'cash' })).status).toBe(403)
    expect(await since(start)).toEqual([0n, 0n, 0n, 0n, 0n])

    const paid = await step('vendedor', 'down-payment', { method: 'cash', reference: 'R-17' })
    expect(paid).toMatchObject({ status: 200, body: { status: 'ready', down_payments: [{ status: 'received' }] } })
    expect(await since(start)).toEqual([105_000n, 0n, 0n, -105_000n, 0n])
    expect((await step('vendedor', 'down-payment', { method: 'cash' })).status).toBe(409)

    expect(await step('vendedor', 'activate')).toMatchObject({ status: 403, body: { code: 'own_request' } })
    expect(await step('admin', 'activate')).toMatchObject({
      status: 200,
      body: { status: 'active', active_since: '2026-02-15' },
    })
    expect(await since(start)).toEqual([105_000n, 0n, 245_000n, 0n, -350_000n])
    expect((await step('admin', 'cancel', { reason: 'too late' })).status).toBe(409)
  })

  it('is shown to its customer with the printed instalments', async () => {
    const token = await movi.login('0801199300777')
    const { body } = await movi.ask('GET /installments', { token })
    expect(body.installments.map((one: { amount: number }) => one.amount)).toEqual(new Array(12).fill(405))
    expect(body.installments.slice(0, 2)).toMatchObject([{ due_date: '2026-03-02' }, { due_date: '2026-03-17' }])
    await movi.world.settle()
    const { notifications } = (await movi.ask('GET /notifications', { token })).body
    expect(notifications.map(({ title }: { title: string }) => title)).toEqual(['Contrato Firmado'])
  })

  it('is taken back while nothing was paid, handed over once more, and not taken back after a payment', async () => {
    const start = await books()
    expect((await step('supervisor', 'undo-activation', { reason: 'faulty' })).status).toBe(403)
    expect(await step('admin', 'undo-activation', { reason: 'The phone was faulty' })).toMatchObject({
      status: 200,
      body: { status: 'ready' },
    })
    expect(await since(start)).toEqual([0n, 0n, -245_000n, -105_000n, 350_000n])
    expect((await step('admin', 'activate')).status).toBe(200)
    expect(await since(start)).toEqual([0n, 0n, 0n, 0n, 0n])
    await movi.office('admin', `POST /loans/${loan}/repayments`, { amount: '405.00', account: 1000 })
    expect(await step('admin', 'undo-activation', { reason: 'too late' })).toMatchObject({
      status: 409,
      body: { code: 'loan_has_transactions' },
    })
  })
})

describe('a sale paid down into the bank', () => {
  let loan: number
  const IMEI = '356938035643817'
  const step = (who: 'admin' | 'supervisor' | 'vendedor', what: string, body?: unknown) =>
    movi.office(who, `POST /sales/${loan}/${what}`, body)

  beforeAll(async () => {
    const { body } = await applied(movi, { identity: '0801199100888', imei: IMEI })
    loan = body.loan_id
    await step('supervisor', 'decide', {})
    await step('vendedor', 'sign')
  })

  it('shows a receipt, waits, and moves nothing', async () => {
    const start = await books()
    expect((await step('vendedor', 'down-payment', { method: 'deposit' })).status).toBe(422)
    expect(await step('vendedor', 'down-payment', pictured({ method: 'deposit', reference: 'BAC 77' }))).toMatchObject({
      status: 200,
      body: { status: 'signed', down_payments: [{ status: 'pending', has_receipt: true, reference: 'BAC 77' }] },
    })
    expect(await step('vendedor', 'down-payment', { method: 'cash' })).toMatchObject({
      status: 409,
      body: { code: 'down_payment_waiting' },
    })
    expect(await since(start)).toEqual([0n, 0n, 0n, 0n, 0n])
    const receipt = await movi.office('supervisor', `GET /sales/${loan}/down-payment/receipt`)
    expect(receipt.headers['content-type']).toBe('image/png')
    expect((await step('admin', 'activate')).status).toBe(409)
  })

  it('is rejected with a reason, sent again, and verified by another than who took it', async () => {
    const start = await books()
    const reason = { reason: 'Comprobante inválido o ilegible' }
    expect(await step('supervisor', 'down-payment/reject', reason)).toMatchObject({
      status: 200,
      body: { status: 'signed', down_payments: [{ status: 'rejected', ...reason }] },
    })
    expect(await step('supervisor', 'down-payment/verify')).toMatchObject({
      body: { code: 'down_payment_not_pending' },
    })
    expect((await step('admin', 'down-payment', pictured({ method: 'deposit' }))).status).toBe(200)
    expect(await step('admin', 'down-payment/verify')).toMatchObject({ status: 403, body: { code: 'own_request' } })
    const both = await Promise.all([1, 2].map(() => step('supervisor', 'down-payment/verify')))
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(await since(start)).toEqual([0n, 105_000n, 0n, -105_000n, 0n])
  })

  it('is cancelled by who may pay back: money returned, phone free', async () => {
    const other = { identity: '0801199100999', imei: IMEI }
    expect((await applied(movi, other)).status).toBe(409)
    const start = await books()
    expect((await step('vendedor', 'cancel', { reason: 'changed his mind' })).status).toBe(403)
    expect(await step('admin', 'cancel', { reason: 'The customer changed his mind' })).toMatchObject({
      status: 200,
      body: {
        ...{ status: 'cancelled', cancelled_reason: 'The customer changed his mind' },
        device: { released_on: '2026-02-15' },
        down_payments: [{ status: 'rejected' }, { status: 'refunded' }],
      },
    })
    expect(await since(start)).toEqual([0n, -105_000n, 0n, 105_000n, 0n])
    expect((await applied(movi, { ...other, identity: '0801199100998' })).status).toBe(201)
  })
})

describe('a sale that is turned down', () => {
  const IMEI = '356938035643825'

  it('says every reason in both languages, tells the loan in Spanish, and frees the phone', async () => {
    const buyer = { identity: '0801199400111', imei: IMEI }
    const { body: sale } = await applied(movi, buyer, { monthly_income: '2053.12' })
    const { body } = await movi.office('supervisor', `POST /sales/${sale.loan_id}/decide`, { decision: 'by_rules' })
    expect(body).toMatchObject({
      ...{ status: 'rejected', device: { released_on: '2026-02-15' } },
      decision: { decision: 'rejected', reasons: [{ code: 'income_insufficient', text: { en: expect.any(String) } }] },
    })
    const loan = await movi.office('supervisor', `GET /loans/${sale.loan_id}`)
    expect(loan.body).toMatchObject({ status: 'rejected' })
    const again = { ...TERMS, customer_id: sale.customer.id, phone_model_id: 1, imei: IMEI }
    expect((await movi.office('vendedor', 'POST /sales', { ...again, monthly_income: '2053.13' })).status).toBe(201)
  })

  it('may be turned down by staff with a note, and without one not', async () => {
    const { body: sale } = await applied(movi, { identity: '0801199400112', imei: '356938035643833' })
    const decide = (body: object) => movi.office('supervisor', `POST /sales/${sale.loan_id}/decide`, body)
    expect((await decide({ decision: 'reject' })).status).toBe(400)
    expect((await decide({ decision: 'reject', note: 'Referencias negativas' })).body).toMatchObject({
      status: 'rejected',
      decision: { reasons: [{ code: 'staff_judgement' }], note: 'Referencias negativas' },
    })
  })

  it('may be cancelled by the vendedor before any money', async () => {
    const { body: sale } = await applied(movi, { identity: '0801199400113', imei: '356938035643841' })
    const cancelled = await movi.office('vendedor', `POST /sales/${sale.loan_id}/cancel`, { reason: 'No show' })
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled', down_payments: [] } })
  })
})

describe('the list of sales', () => {
  it('is filtered by status, branch, customer and contract number, and paged', async () => {
    const list = async (query: string) => {
      const { body } = await movi.office('supervisor', `GET /sales?${query}`)
      return body.sales.map((one: { contract_number: string }) => one.contract_number)
    }
    expect(await list('status=cancelled')).toEqual(['MC-2026-0010', 'MC-2026-0005'])
    expect(await list('status=rejected')).toEqual(['MC-2026-0009', 'MC-2026-0007'])
    expect(await list('branch=002')).toEqual(['MC-2026-0002'])
    expect(await list('contract_number=s01-2026-02-15-000001')).toEqual(['MC-2026-0004'])
    expect(await list('customer_id=1')).toEqual(['MC-2026-0001'])
    const pages: string[] = []
    for (let after = ''; ; ) {
      const { body } = await movi.office('supervisor', `GET /sales?limit=3${after}`)
      pages.push(...body.sales.map((one: { contract_number: string }) => one.contract_number))
      if (body.next === null) break
      after = `&after=${body.next}`
    }
    expect(new Set(pages).size).toBe(pages.length)
    expect(pages).toEqual(await list('limit=200'))
  })

  it('shows who sells for one branch its sales only', async () => {
    const people = await inBooks(movi, (ctx) => listUsers(ctx, { limit: 50, offset: 0 }))
    const { id } = people.users.find((user) => user.roles.includes('loan_officer'))!
    const assign = (branch_number: string | null) => movi.office('admin', `PUT /sales-staff/${id}`, { branch_number })
    expect((await movi.office('vendedor', `PUT /sales-staff/${id}`, { branch_number: null })).status).toBe(403)
    expect((await assign('s 1')).status).toBe(400)
    expect((await assign('002')).status).toBe(200)
    expect((await movi.office('admin', 'GET /sales-staff')).body.sales_staff).toEqual([
      { user_id: id, user_name: 'Víctor Vendedor', branch_number: '002' },
    ])
    expect((await movi.office('vendedor', 'GET /sales')).body.sales).toHaveLength(1)
    expect((await movi.office('vendedor', 'GET /sales?branch=S01')).body.sales).toEqual([])
    expect((await movi.office('vendedor', 'GET /sales/1')).status).toBe(404)
    expect((await movi.office('vendedor', 'GET /sales/2')).status).toBe(200)
    expect((await movi.office('vendedor', 'POST /sales/1/cancel', { reason: 'not mine' })).status).toBe(404)
    const customer_id = await newBuyer(movi, { identity: '0801199400114' })
    const sale = { ...TERMS, customer_id, phone_model_id: 1, imei: '356938035643858', branch_number: 'S01' }
    expect((await movi.office('vendedor', 'POST /sales', sale)).status).toBe(400)
    expect((await assign(null)).status).toBe(200)
    expect((await movi.office('vendedor', 'POST /sales', sale)).status).toBe(201)
  })
})

it('states that a phone model was retired, and that it was restored, each once and by its own name', async () => {
  for (const what of ['retire', 'retire', 'restore', 'restore'])
    expect((await movi.office('admin', `POST /phone-models/2/${what}`)).status).toBe(200)
  const told = async (type: 'phone_model.retired' | 'phone_model.restored') =>
    (await eventsOf(movi.world, 'movicuotas', type)).filter(({ subject }) => subject === 'phone_model:2')
  expect(await told('phone_model.retired')).toHaveLength(1)
  expect(await told('phone_model.restored')).toHaveLength(1)
})

it('sells no phone that was retired from the catalogue', async () => {
  const customer_id = await newBuyer(movi, { identity: '0801199400115' })
  const sale = { ...TERMS, customer_id, phone_model_id: 3, imei: '356938035643866' }
  expect((await movi.office('vendedor', 'POST /phone-models/3/retire')).status).toBe(403)
  expect((await movi.office('admin', 'POST /phone-models/3/retire')).status).toBe(200)
  expect((await movi.office('admin', 'GET /phone-models?status=retired')).body.phone_models).toMatchObject([{ id: 3 }])
  expect(await movi.office('vendedor', 'POST /sales', sale)).toMatchObject({ body: { code: 'phone_model_retired' } })
  expect((await movi.office('admin', 'POST /phone-models/3/restore')).status).toBe(200)
  expect((await movi.office('vendedor', 'POST /sales', sale)).status).toBe(201)
  expect((await movi.office('admin', 'POST /phone-models/99/retire')).status).toBe(404)
  expect((await movi.office('admin', 'POST /phone-models/99/restore')).status).toBe(404)
})

it('leaves the books whole', async () => {
  await expectBooksAgree(movi.world)
})
