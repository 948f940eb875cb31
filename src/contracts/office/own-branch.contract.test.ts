/** Whoever sells for one branch only: what belongs to another branch is not there for them, whatever contract they come through. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closePortfolio } from '#modules/delinquency/delinquency.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { JUAN, type Movi, openMovi } from '#test/movi.ts'
import { applied, newBuyer } from '#test/selling.ts'

let movi: Movi
let own: { readonly loan: number; readonly device: number }
let elsewhere: { readonly loan: number; readonly device: number; readonly payment: number }

const asVendedor = (what: string, body?: unknown) => movi.office('vendedor', what, body)

beforeAll(async () => {
  movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
  const { id } = (await asVendedor('GET /auth/me')).body
  const sold = await applied(movi, { identity: '0801199300777', imei: '990000862471854' })
  own = { loan: sold.body.loan_id, device: sold.body.device.id }
  await movi.office('admin', `PUT /sales-staff/${id}`, { branch_number: 'S01' })
  const token = await movi.login(JUAN)
  const { loan } = (await movi.ask('GET /dashboard', { token })).body
  const { payments } = (await movi.office('admin', `GET /payments?status=applied`)).body
  const payment = payments.find((one: { claim: { loan_id: number } | null }) => one.claim?.loan_id === loan.id)
  elsewhere = { loan: loan.id, device: loan.device.id, payment: payment.id }
})
afterAll(() => movi?.close())

it('lists the loans, phones and payments of the branch, and no others', async () => {
  const loans = (await asVendedor('GET /loans')).body.loans.map((loan: { id: number }) => loan.id)
  const devices = (await asVendedor('GET /devices')).body.devices.map((device: { id: number }) => device.id)
  expect({ loans, devices }).toEqual({ loans: [own.loan], devices: [own.device] })
  expect((await asVendedor(`GET /devices?loan_id=${elsewhere.loan}`)).body.devices).toEqual([])
  expect((await asVendedor('GET /payments')).body.payments).toEqual([])
  expect((await asVendedor('GET /payments?status=pending&order=locked_first')).body.payments).toEqual([])
  expect((await movi.office('supervisor', 'GET /payments')).body.payments.length).toBeGreaterThan(0)
})

it('reads what is its own', async () => {
  expect((await asVendedor(`GET /loans/${own.loan}`)).status).toBe(200)
  expect((await asVendedor(`GET /devices/${own.device}`)).body.activation_code).toMatch(/^[A-Z2-9]{6}$/)
})

it.each([
  ['GET /loans/{loan}', undefined, 'loan_not_found'],
  ['GET /loans/{loan}/schedule', undefined, 'loan_not_found'],
  ['GET /loans/{loan}/transactions', undefined, 'loan_not_found'],
  ['GET /loans/{loan}/statement', undefined, 'loan_not_found'],
  ['GET /loans/{loan}/pay-off-quote', undefined, 'loan_not_found'],
  ['POST /loans/{loan}/repayments', { amount: '1.00' }, 'loan_not_found'],
  ['POST /loans/{loan}/pay-off', {}, 'loan_not_found'],
  ['POST /loans/{loan}/charges', { component: 'fee', amount: '1.00', reason: 'x' }, 'loan_not_found'],
  ['GET /devices/{device}', undefined, 'device_not_found'],
  ['GET /payments/{payment}', undefined, 'payment_not_found'],
  ['GET /payments/{payment}/receipt', undefined, 'payment_not_found'],
  ['POST /payments/{payment}/match', { loan_id: 1 }, 'payment_not_found'],
  ['POST /payments/{payment}/reject', { reason: 'x' }, 'payment_not_found'],
])('answers 404 to %s of another branch', async (what, body, code) => {
  const { loan, device, payment } = elsewhere
  const asked = what.replace('{loan}', `${loan}`).replace('{device}', `${device}`).replace('{payment}', `${payment}`)
  expect(await asVendedor(asked, body)).toMatchObject({ status: 404, body: { code } })
})

describe('through collections, the portfolio and SokoCredit', () => {
  let soko: string
  let plain: number
  let promise: number
  const asSoko = async (what: string) => {
    const [method, url] = what.split(' ') as ['GET' | 'PATCH', string]
    const { statusCode: status, json } = await movi.world.inject({ method, url, token: soko })
    return { status, body: json() }
  }

  beforeAll(async () => {
    const { world } = movi
    const bind = 'update contract_bindings set served_org = $1 where contract = $2'
    await withClient(world.owner, (client) => client.query(bind, [world.org('movicuotas').id, 'sokocredit']))
    const credentials = { credential: 'vendedor@movicuotas.com', password: 'password' }
    soko = (await world.inject({ method: 'POST', url: '/auth/login', payload: credentials })).json().access_token
    await closePortfolio(world.door('movicuotas'))
    const buyer = await newBuyer(movi, { identity: '0801199300888', name: 'Plain Borrower' })
    const asked = { customer_id: buyer, amount: '100.00' }
    plain = (await movi.office('supervisor', 'POST /loans', asked)).body.id
    const made = { loan_id: elsewhere.loan, amount: '5.00', due_on: '2026-02-20', channel: 'calling' }
    promise = (await movi.office('supervisor', 'POST /collections/promises', made)).body.id
  })

  it('shows no late loan, no work and no figures of another branch', async () => {
    const late = (await movi.office('supervisor', 'GET /portfolio/late-loans')).body.loans
    const names = late.map((loan: { customer: { name: string } }) => loan.customer.name)
    expect(names).toContain('María Fernanda López')
    expect((await asVendedor('GET /portfolio/late-loans')).body.loans).toEqual([])
    expect((await asVendedor('GET /portfolio')).body.totals).toMatchObject({ loans: 0, principal: '0.00' })
    expect((await movi.office('supervisor', 'GET /portfolio')).body.totals.loans).toBeGreaterThan(1)
    expect((await asVendedor('GET /collections/worklist?list=all')).body.items).toEqual([])
    expect((await asVendedor('GET /collections/promises')).body.promises).toEqual([])
    expect((await asVendedor('GET /payouts')).body.payouts).toEqual([])
  })

  it('opens no collection loan there, and takes and withdraws no promise on it', async () => {
    const { loan } = elsewhere
    const made = { loan_id: loan, amount: '5.00', due_on: '2026-02-20', channel: 'calling' }
    expect((await asVendedor(`GET /collections/loans/${loan}`)).body.code).toBe('loan_not_found')
    expect((await asVendedor('POST /collections/promises', made)).body.code).toBe('loan_not_found')
    expect((await asVendedor(`POST /collections/promises/${promise}/withdraw`)).body.code).toBe('promise_not_found')
    expect((await movi.office('supervisor', `GET /collections/promises?loan_id=${loan}`)).body.promises).toMatchObject([
      { id: promise, status: 'open' },
    ])
  })

  it('shows the loans and repayments of the branch alone, and decides on no others', async () => {
    const loans = (await asSoko('GET /loans')).body
    expect(loans.map((loan: { id: number }) => loan.id)).toEqual([own.loan])
    expect((await asSoko('GET /repayments')).body).toEqual([])
    for (const step of ['approve', 'reject', 'disburse']) {
      expect([step, (await asSoko(`PATCH /loans/${plain}/${step}`)).status]).toEqual([step, 404])
      expect([step, (await asSoko(`PATCH /loans/${elsewhere.loan}/${step}`)).status]).toEqual([step, 404])
    }
  })

  it('keeps what they apply for themselves theirs', async () => {
    const buyer = await newBuyer(movi, { identity: '0801199300999', name: 'Own Borrower' })
    const asked = await asVendedor('POST /loans', { customer_id: buyer, amount: '100.00' })
    expect(asked).toMatchObject({ status: 201, body: { status: 'pending' } })
    expect((await asVendedor(`GET /loans/${asked.body.id}`)).status).toBe(200)
    const topping = { customer_id: buyer, amount: '200.00', tops_up: elsewhere.loan }
    expect((await asVendedor('POST /loans', topping)).body.code).toBe('loan_not_found')
  })
})

it('hides nothing from those who sell for no branch in particular', async () => {
  expect((await movi.office('supervisor', `GET /loans/${elsewhere.loan}`)).status).toBe(200)
  expect((await movi.office('supervisor', `GET /devices/${elsewhere.device}`)).status).toBe(200)
  expect((await movi.office('supervisor', `GET /payments/${elsewhere.payment}`)).status).toBe(200)
})
