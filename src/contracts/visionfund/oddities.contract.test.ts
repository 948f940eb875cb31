import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documented } from '#contracts/visionfund/documented.ts'
import { routes } from '#contracts/visionfund/routes.ts'
import { type Member, openVision, type Vision } from '#test/vision.ts'

let vision: Vision
let client: Member
beforeAll(async () => {
  vision = await openVision()
  client = await vision.client('Odd One', { phone: '0722111222' })
  await vision.deposit(client, 5000)
})
afterAll(async () => {
  await vision.agrees()
  await vision.close()
})

const ODD_VALUES = [
  null,
  0,
  -1,
  1e21,
  '',
  ' ',
  'x',
  '\u0000',
  '\ud800',
  '💶'.repeat(300),
  [],
  [1],
  {},
  { a: 1 },
  true,
  '1; drop table users',
  'NaN',
  '٣',
]
const FIELDS = [
  'amount',
  'source',
  'type',
  'destination',
  'repayment_schedule',
  'name',
  'email',
  'role',
  'id_number',
  'phone',
  'password',
  'username',
  'third_party_id',
  'valid_days',
]
const WHOLE_BODIES = [
  null,
  [],
  'text',
  7,
  true,
  [[[]]],
  { client_token: {} },
  { token: [1] },
  { amount: 1, client_token: null },
]

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_, { method, path }) => {
  const url = () => path.replace(/:(client_id|user_id)/, String(client.id)).replace(/:\w+/, '1')
  const send = async (payload: unknown, token: string | undefined) => {
    const headers = { 'content-type': 'application/json' }
    const response = await vision.world.inject({
      method,
      url: url(),
      headers,
      payload: JSON.stringify(payload),
      ...(token && { token }),
    })
    return response.statusCode
  }

  test('never breaks, whatever is sent', async () => {
    const plain = { amount: 1, source: 'mpesa', type: 'deposit', role: 'client', id_number: '1234567' }
    const bodies = [
      ...WHOLE_BODIES,
      ...ODD_VALUES.flatMap((value) => FIELDS.map((field) => ({ ...plain, [field]: value }))),
    ]
    const picked = bodies.filter((_, n) => n < WHOLE_BODIES.length || n % 11 === path.length % 11)
    for (const [n, body] of picked.entries()) {
      const status = await send(body, [client.token, vision.staff.token, undefined, 'q1w2e3r4t5t65'][n % 4])
      expect({ body, broken: status >= 500 }).toEqual({ body, broken: false })
    }
  })
})

test.each([
  '/loans/0',
  '/loans/-1',
  '/loans/1e3',
  '/loans/99999999999',
  '/loans/%00',
  '/api/transactions/deposit/',
  '/api/transactions/',
])('%s is not there, or not so', async (url) => {
  const method = url.startsWith('/loans') ? 'GET' : 'POST'
  const { statusCode } = await vision.world.inject({ method, url, token: client.token })
  expect([400, 404, 405]).toContain(statusCode)
})

test('every operation of the document is served, and what is ours besides is marked so', () => {
  const served = routes.map(({ method, path }) => `${method} ${path}`)
  expect(documented.filter((line) => !served.includes(line))).toEqual([])
  const unmarked = routes.filter(({ extra, method, path }) => !extra && !documented.includes(`${method} ${path}`))
  expect(unmarked).toEqual([])
})
