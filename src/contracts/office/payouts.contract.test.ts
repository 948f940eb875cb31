import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answered, type Member, openVision, type Vision } from '#test/vision.ts'

let vision: Vision
let saver: Member
let officer: string
let boss: string
beforeAll(async () => {
  vision = await openVision()
  saver = await vision.client('Counter Saver')
  await vision.deposit(saver, 300)
  const login = async (email: string) =>
    (await vision.ask('POST /office/v1/auth/token', { body: { email, password: 'password' } })).body.access
  officer = await login(vision.staff.email)
  boss = await login('admin@mkopo.dev')
})
afterAll(async () => {
  await vision.agrees()
  await vision.close()
})

const ask = (what: string, token: string, body?: object): Promise<Answered> =>
  vision.ask(what.replace(' ', ' /office/v1/payouts'), {
    token,
    headers: { 'x-organisation': 'visionfund' },
    ...(body && { body }),
  })

test('what is reserved at the counter is listed, read, and paid or given back by who may decide', async () => {
  const ids = [100, 200].map((amount) => vision.withdraw(saver, amount))
  const [paid, kept] = (await Promise.all(ids)).map(({ body }) => body.payout_id)
  const { body } = await ask('GET ?status=reserved&limit=1', officer)
  expect([body.payouts.length, body.next]).toEqual([1, Math.max(paid, kept)])
  expect((await ask(`GET /${paid}`, officer)).body).toMatchObject({
    channel: 'counter',
    status: 'reserved',
    amount: '100.00',
  })
  expect((await ask(`POST /${paid}/confirm`, officer, { receipt: 'till 1' })).status).toBe(403)
  expect((await ask(`POST /${paid}/confirm`, boss, { receipt: 'till 1' })).body).toMatchObject({
    status: 'confirmed',
    receipt: 'till 1',
  })
  expect((await ask(`POST /${kept}/return`, boss, { reason: 'never fetched' })).body).toMatchObject({
    status: 'returned',
  })
  expect((await ask(`POST /${kept}/confirm`, boss, { receipt: 'till 2' })).status).toBe(409)
  expect((await ask('GET /99999', boss)).status).toBe(404)
  expect((await ask(`POST /${kept}/return`, boss, { reason: '' })).status).toBe(400)
  expect((await vision.list(saver)).body.map(({ payout_status }: { payout_status?: string }) => payout_status)).toEqual(
    expect.arrayContaining(['returned', 'confirmed']),
  )
})

test('nobody is asked about a payout at the counter, and nothing is owed of one that did not reach anybody twice', async () => {
  const { payout_id } = (await vision.withdraw(saver, 10)).body
  expect((await ask(`POST /${payout_id}/ask`, boss, {})).body.code).toBe('payout_not_sent')
  expect((await ask(`POST /${payout_id}/ask`, officer, {})).status).toBe(403)
  expect((await ask(`POST /${payout_id}/debt-repayments`, boss, {})).body.code).toBe('nothing_due')
  expect((await ask(`POST /${payout_id}/debt-repayments`, officer, {})).status).toBe(403)
  expect((await ask(`GET /${payout_id}`, boss)).body).toMatchObject({ answer: null, debt: '0.00', debt_repaid: '0.00' })
})
