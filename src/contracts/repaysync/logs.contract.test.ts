import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '#platform/context.ts'
import { forgetRequestsBefore } from '#platform/observability/request-log.ts'
import { redacted } from '#platform/observability/redaction.ts'
import { openRepay, type Repay } from '#test/repay.ts'
import { bothWays } from '#test/soko.ts'

let repay: Repay
const logs = async (query = ''): Promise<Record<string, unknown>[]> =>
  (await repay.ask('root', `GET /api/logs/${query}`)).body

beforeAll(async () => {
  repay = await openRepay()
  await repay.hire('root', 'admin')
  await repay.hire('john', 'calling_agent')
})
afterAll(() => repay.close())

describe('8.1 logs', () => {
  it.each(bothWays('GET /api/logs/'))('%s: for the admin alone, in the documented shape', async (what) => {
    await repay.ask('john', 'GET /api/customers/?city=Kolkata')
    const { status, body } = await repay.ask('root', what)
    expect(status).toBe(200)
    expect(body[0]).toEqual({
      id: expect.any(Number),
      user: repay.idOf('john'),
      method: 'GET',
      endpoint: '/api/customers/',
      request_payload: '',
      response_payload: '[]',
      status_code: 200,
      created_at: expect.stringMatching(/^2026-02-15T\d\d:\d\d:\d\dZ$/),
    })
    for (const who of [null, 'john']) expect((await repay.ask(who, what)).status).toBe(who ? 403 : 401)
    expect((await logs('?status=403'))[0]).toMatchObject({ endpoint: what.slice(4), user: repay.idOf('john') })
  })

  it('keeps no token and no identity number that somebody put into a path', async () => {
    await repay.ask('john', 'GET /api/customers/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln/')
    await repay.ask('john', 'GET /api/loans/customer/0801199012345/')
    const told = (await logs()).slice(0, 2).map(({ endpoint }) => endpoint)
    expect(told).toEqual(['/api/loans/customer/***/', '/api/customers/***/'])
  })

  it('notes failures, unknown paths and its own reading, the latter without bodies', async () => {
    await repay.ask(null, 'POST /api/auth/token/', { username: 'john', password: 'wrong' })
    await repay.ask('john', 'GET /api/customers/nowhere/at/all')
    await repay.ask('john', 'POST /api/customers/', '{"name":')
    await logs()
    const [own, ...others] = await logs('?limit=4')
    expect(own).toMatchObject({
      endpoint: '/api/logs/',
      request_payload: '',
      response_payload: '',
      user: repay.idOf('root'),
    })
    expect(others.map((one) => [one.endpoint, one.status_code])).toEqual([
      ['/api/customers/', 415],
      ['/api/customers/nowhere/at/all', 404],
      ['/api/auth/token/', 401],
    ])
    expect(others[2]).toMatchObject({ user: null })
  })

  it('holds no password, token, file or identity number', async () => {
    await repay.ask(null, 'POST /api/auth/token/', { username: 'john', password: 'password' })
    await repay.upload('john', 'POST /api/customers/bulk/upload/', 'name\nSecret Person\n')
    await repay.ask('john', 'POST /api/customers/', {
      name: 'Asha',
      aadhaar: '1234',
      address_line_1: 'id 2345 6789 0123',
    })
    const text = JSON.stringify(await logs('?limit=3'))
    expect(text).not.toMatch(/eyJ|\\"password\\":\\"password|Secret Person|6789 0123|1234\\"/)
    expect(text).toContain('***')
  })

  it('cuts what is long with a mark, and chooses by user, status and id', async () => {
    await repay.ask('john', 'POST /api/customers/', { name: 'x'.repeat(6_000) })
    const [long] = await logs(`?user=${repay.idOf('john')}&status=400&limit=1`)
    expect(String(long!.request_payload)).toMatch(/… \[truncated\]$/)
    expect(String(long!.request_payload).length).toBeLessThan(4_200)
    const before = await logs(`?before=${long!.id}`)
    expect(before.every((one) => Number(one.id) < Number(long!.id))).toBe(true)
  })

  it('forgets after a while', async () => {
    const forget = (instant: string) =>
      transact(repay.world.door('repaysync'), (ctx) => forgetRequestsBefore(ctx, new Date(instant)))
    expect(await forget('2026-02-14T00:00:00Z')).toBe(0)
    expect(await forget('2026-02-16T00:00:00Z')).toBeGreaterThan(5)
    expect((await logs()).length).toBeLessThan(3)
  })
})

it.each([
  ['{"password":"a\\"b","username":"u"}', '{"password":"***","username":"u"}'],
  ['{"refresh": "abc', '{"refresh": "***"'],
  ['username=u&password=p&x=1', 'username=u&password=***&x=1'],
  ['PAN ABCDE1234F', 'PAN ***'],
  ['{"pincode":"700001","phone":"+919876543210"}', '{"pincode":"700001","phone":"***210"}'],
  ['{"phone": 9876543210, "amount": 98765.43}', '{"phone": "***210", "amount": 98765.43}'],
  ['{"errors":["+919876543210 is in use"]}', '{"errors":["***210 is in use"]}'],
  ['name=Asha&phone=%2B919876543210&city=Kolkata', 'name=Asha&phone=***210&city=Kolkata'],
  [
    '{"phone":null,"due":"2026-02-15","loan_account_no":"1234567890"}',
    '{"phone":null,"due":"2026-02-15","loan_account_no":"1234567890"}',
  ],
  ['{"token":123,"a":1}', '{"token":"***","a":1}'],
])('%s is kept as %s', (text, kept) => {
  expect(redacted(text)).toBe(kept)
})
