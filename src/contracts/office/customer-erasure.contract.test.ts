/** An erasure request through the office: asked for by one, approved by an administrator, final; the books verify afterwards. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { registerUser } from '#modules/identity/identity.ts'
import { transact } from '#platform/context.ts'
import { type Answered, type Member, openVision, type Vision } from '#test/vision.ts'

let vision: Vision
let anna: string
let ben: string
let officer: string
beforeAll(async () => {
  vision = await openVision()
  for (const [name, role] of [
    ['anna', 'manager'],
    ['ben', 'admin'],
  ] as const) {
    const email = `${name}@visionfund.test`
    await transact(vision.world.door('visionfund'), (ctx) =>
      registerUser(ctx, { email, password: 'password', roles: [role] }),
    )
  }
  const login = async (email: string) =>
    (await vision.ask('POST /office/v1/auth/token', { body: { email, password: 'password' } })).body.access
  anna = await login('anna@visionfund.test')
  ben = await login('ben@visionfund.test')
  officer = await login(vision.staff.email)
})
afterAll(async () => {
  await vision.agrees()
  await vision.close()
})

const ask = (who: string, what: string, body?: object): Promise<Answered> =>
  vision.ask(what.replace(' ', ' /office/v1'), {
    ...{ token: who, headers: { 'x-organisation': 'visionfund' } },
    ...(body && { body }),
  })

it('is asked for with a reason, approved by an administrator, and ends the login; the books verify', async () => {
  const client = await vision.client('Akinyi Odhiambo', { phone: '0722555201' })
  const saver = await vision.client('Akinyi Ochieng', { phone: '0722555202' })
  await vision.deposit(saver, 250)
  const { customers } = (await ask(anna, 'GET /customers?limit=200')).body
  const idOf = (one: Member): number => customers.find(({ user_id }: { user_id: number }) => user_id === one.id).id
  const id = idOf(client)
  const path = `POST /customers/${id}/erasure`
  const body = { reason: 'Asked for in writing' }
  expect((await ask(anna, path, {})).status).toBe(400)
  expect((await ask(officer, path, body)).status).toBe(403)
  expect((await ask(anna, 'POST /customers/9999/erasure', body)).body.code).toBe('customer_not_found')
  const refused = await ask(anna, `POST /customers/${idOf(saver)}/erasure`, body)
  expect([refused.status, refused.body.code]).toEqual([409, 'customer_not_erasable'])
  const request = await ask(anna, path, body)
  expect([request.status, request.body]).toMatchObject([
    202,
    { kind: 'customer.erase', about: `customer:${id}`, asked: { customer_id: id }, reason: body.reason },
  ])
  const approve = `POST /approvals/${request.body.id}/approve`
  expect((await ask(anna, approve, {})).body.code).toBe('not_permitted')
  expect((await ask(ben, approve, {})).body).toMatchObject({ status: 'approved', outcome: { customer_id: id } })
  expect((await vision.list(client)).status).toBe(401)
  expect((await ask(anna, `GET /customers/${id}`)).body).toMatchObject({
    ...{ id, full_name: '[erased]', phone: null, email: null, identification_number: null, user_id: client.id },
  })
  expect((await ask(anna, `PATCH /customers/${id}`, { full_name: 'Akinyi' })).body.code).toBe('customer_not_found')
  const again = await ask(anna, path, body)
  expect([again.status, again.body]).toEqual([200, { customer_id: id, erased_at: expect.any(String) }])
  expect((await ask(ben, 'GET /ledger/verify')).body).toMatchObject({ ok: true })
})
