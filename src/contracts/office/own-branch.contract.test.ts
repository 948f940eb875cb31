/** Who sells for one branch only: what stands at another branch is not there for him. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { JUAN, type Movi, openMovi } from '#test/movi.ts'
import { applied } from '#test/selling.ts'

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

it('hides nothing from those who sell for no branch in particular', async () => {
  expect((await movi.office('supervisor', `GET /loans/${elsewhere.loan}`)).status).toBe(200)
  expect((await movi.office('supervisor', `GET /devices/${elsewhere.device}`)).status).toBe(200)
  expect((await movi.office('supervisor', `GET /payments/${elsewhere.payment}`)).status).toBe(200)
})
