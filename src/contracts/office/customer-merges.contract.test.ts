/** VisionFund: who was enrolled by staff signs up with their own phone, and has two records, with money in both. */
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
  for (const name of ['anna', 'ben']) {
    const email = `${name}@visionfund.test`
    await transact(vision.world.door('visionfund'), (ctx) =>
      registerUser(ctx, { email, password: 'password', roles: ['manager'] }),
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

/** Enrolled without a login, with a running loan; signed up with the same phone, with savings. */
async function twoRecords(
  phone: string,
): Promise<{ enrolled: number; signedUp: number; member: Member; loan: number }> {
  const enrolled = (await ask(anna, 'POST /customers', { full_name: 'Akinyi Odhiambo', phone })).body.id
  const loan = (await ask(officer, 'POST /loans', { customer_id: enrolled, amount: '600.00' })).body.id
  await ask(anna, `POST /loans/${loan}/approve`)
  expect((await ask(anna, `POST /loans/${loan}/disburse`, { account: 1000 })).status).toBe(200)
  const member = await vision.client('Akinyi O', { phone })
  await vision.deposit(member, 250)
  const { customers } = (await ask(anna, 'GET /customers?limit=200')).body
  const signedUp = customers.find(({ user_id }: { user_id: number }) => user_id === member.id).id
  return { enrolled, signedUp, member, loan }
}

it('previews, is approved by another, shows the client both, and is undone until money has moved', async () => {
  const { enrolled, signedUp, member, loan } = await twoRecords('0722555101')
  const mergePath = `POST /customers/${enrolled}/merges`
  const body = { customer_id: signedUp, reason: 'Same phone and person' }
  expect((await ask(officer, mergePath, body)).status).toBe(403)
  const preview = await ask(anna, `${mergePath}?preview=true`, body)
  expect([preview.status, preview.body]).toMatchObject([
    200,
    {
      ...{ preview: true, kept: { id: enrolled, user_id: null }, merged: { id: signedUp, user_id: member.id } },
      ...{ moved: { savings_accounts: 1, customer_id_numbers: 1 }, balances: [], login: 'moved' },
    },
  ])
  expect((await ask(anna, `GET /customers/${enrolled}/merges`)).body.merges).toEqual([])
  const request = await ask(anna, mergePath, body)
  expect([request.status, request.body]).toMatchObject([
    202,
    {
      kind: 'customer.merge',
      about: `customer:${enrolled}`,
      asked: { kept_customer_id: enrolled, merged_customer_id: signedUp },
    },
  ])
  expect((await ask(anna, `POST /approvals/${request.body.id}/approve`, {})).body.code).toBe('own_request')
  expect((await ask(ben, `POST /approvals/${request.body.id}/approve`, {})).body.status).toBe('approved')
  const [{ id: mergeId }] = (await ask(anna, `GET /customers/${enrolled}/merges`)).body.merges
  expect((await ask(anna, `GET /customers/${signedUp}`)).body.code).toBe('customer_not_found')
  expect((await ask(anna, `GET /customers/${enrolled}`)).body).toMatchObject({ user_id: member.id })
  expect((await ask(anna, `GET /loans?customer_id=${enrolled}`)).body.loans).toMatchObject([{ id: loan }])
  expect((await vision.list(member)).body.map(({ type }: { type: string }) => type)).toEqual(['deposit'])
  expect((await ask(anna, `POST /customer-merges/${mergeId}/undo`, { reason: 'They are sisters' })).body).toMatchObject(
    {
      ...{ id: mergeId, undone_at: expect.any(String) },
    },
  )
  expect((await ask(anna, `GET /customers/${signedUp}`)).body).toMatchObject({ user_id: member.id })
  const again = await ask(ben, mergePath, body)
  await ask(anna, `POST /approvals/${again.body.id}/approve`, {})
  expect((await vision.repay(member, 100)).status).toBe(201)
  const [latest] = (await ask(anna, `GET /customers/${enrolled}/merges`)).body.merges
  expect((await ask(ben, `POST /customer-merges/${latest.id}/undo`, { reason: 'x' })).body.code).toBe(
    'merge_not_undoable',
  )
  expect((await ask(ben, 'POST /customer-merges/999/undo', { reason: 'x' })).body.code).toBe('merge_not_found')
})
