/** The code that activates the application and logs in as the customer: who is shown it, how long it is good for, how another is issued. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { registerUser } from '#modules/identity/identity.ts'
import { assignCustomers } from '#modules/collections/customers.ts'
import { transact } from '#platform/context.ts'
import { type Movi, openMovi } from '#test/movi.ts'
import { applied } from '#test/selling.ts'

const IMEI = '990000862471854'
const OTHERS = '490154203237518'
let movi: Movi
let device: number
let leader: string

beforeAll(async () => {
  movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
  const sold = (await applied(movi, { identity: '0801199300777', imei: IMEI })).body
  device = sold.device.id
  const login = { email: 'leader@movicuotas.com', password: 'password', roles: ['collection_manager'] as const }
  await transact(movi.world.door('movicuotas'), async (ctx) => {
    const toUser = await registerUser(ctx, login)
    await assignCustomers(ctx, { customerIds: [sold.customer.id], toUser, reason: null })
  })
  const signedIn = await asked('POST', '/auth/token', { body: { email: login.email, password: login.password } })
  leader = signedIn.body.access
})
afterAll(() => movi?.close())

async function asked(method: 'GET' | 'POST', path: string, more: { body?: object; token?: string } = {}) {
  const headers = { 'x-organisation': 'movicuotas' }
  const token = more.token === undefined ? {} : { token: more.token }
  const payload = more.body === undefined ? {} : { payload: more.body }
  const answer = await movi.world.inject({ method, url: `/office/v1${path}`, headers, ...token, ...payload })
  return { status: answer.statusCode, body: answer.json() }
}
const asLeader = (path: string, body: object = {}) => asked('POST', path, { body, token: leader })
const shown = async () => (await movi.office('vendedor', `GET /devices?imei=${IMEI}`)).body.devices[0]
const activate = (activation_code: string, app: string) =>
  movi.ask('POST /devices/activate', { body: { activation_code, fcm_token: app.repeat(60), platform: 'android' } })

it('is shown to those who sell, with the day until which it is good', async () => {
  expect(await shown()).toMatchObject({
    activation_code: expect.stringMatching(/^[A-Z2-9]{6}$/),
    activation_code_until: expect.stringMatching(/^2026-03-17T/),
  })
})

it('is in no answer to those who lock phones and may not read it', async () => {
  const { activation_code: code } = await shown()
  const steps = ['lock', 'confirm-lock', 'repeat-command', 'unlock']
  for (const step of steps) {
    const { status, body } = await asLeader(`/devices/${device}/${step}`, { reason: 'late' })
    expect([step, status, body.activation_code, JSON.stringify(body).includes(code)]).toEqual([step, 200, null, false])
  }
  expect((await asked('GET', `/devices/${device}`, { token: leader })).status).toBe(403)
  expect((await asLeader(`/devices/${device}/activation-code`)).status).toBe(403)
})

it.each(['lock', 'confirm-lock', 'unlock', 'repeat-command'])(
  'lets nobody %s a phone of a customer of another team',
  async (step) => {
    const { devices } = (await movi.office('admin', `GET /devices?imei=${OTHERS}`)).body
    const refused = await asLeader(`/devices/${devices[0].id}/${step}`, { reason: 'late' })
    expect(refused).toMatchObject({ status: 404, body: { code: 'device_not_found' } })
    const bulk = await asLeader('/devices/bulk-lock', { device_ids: [devices[0].id], reason: 'late' })
    expect(bulk.body.devices).toMatchObject([{ outcome: 'not_found', imei: null }])
  },
)

it('gives way to a new one, which alone is good from then on', async () => {
  const { activation_code: old } = await shown()
  const { status, body } = await movi.office('vendedor', `POST /devices/${device}/activation-code`)
  expect({ status, same: body.activation_code === old }).toEqual({ status: 200, same: false })
  expect((await shown()).activation_code).toBe(body.activation_code)
  expect((await activate(old, 'a')).status).toBe(404)
})

it('expires after thirty days, and a new one can be issued', async () => {
  const { activation_code: code } = await shown()
  movi.world.clock.moveTo(new Date('2026-03-18T15:00:00Z'))
  expect(await shown()).toMatchObject({ activation_code: null, activation_code_until: null })
  expect((await activate(code, 'a')).status).toBe(404)
  const issued = (await movi.office('vendedor', `POST /devices/${device}/activation-code`)).body.activation_code
  expect((await activate(issued, 'a')).status).toBe(200)
})

it('is shown no more once it was used; the same application may come again, also later', async () => {
  const { body } = await movi.office('vendedor', `POST /devices/${device}/activation-code`)
  expect(body).toMatchObject({ status: 409, code: 'activation_code_used' })
  expect(await shown()).toMatchObject({ activation_code: null, activated_at: expect.any(String) })
  const reset = (await movi.office('admin', `POST /devices/${device}/reset-activation`)).body
  expect((await activate(reset.activation_code, 'b')).status).toBe(200)
  movi.world.clock.moveTo(new Date('2026-05-18T15:00:00Z'))
  expect((await activate(reset.activation_code, 'b')).status).toBe(200)
  expect((await activate(reset.activation_code, 'c')).status).toBe(422)
})
