/** What the application’s HTTP client lives on: one error shape, 401 for tokens only, no body where none is sent, no redirect. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '#platform/context.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { signExactly } from '#platform/security/exact-tokens.ts'
import { readError, readGood } from '#test/flutter-client.ts'
import { type Asked, MARIA, type Movi, openMovi } from '#test/movi.ts'
import { picture } from '#test/movi-buyers.ts'

const JSON_HEADER = { 'content-type': 'application/json' }
const DOCUMENTED = [
  ...['GET /dashboard', 'GET /installments', 'GET /notifications', 'POST /payments'],
  ...['POST /notifications/mark_all_read', 'POST /notifications/1/mark_read', 'PUT /notifications/1/mark_read'],
  ...['POST /device_tokens', 'DELETE /device_tokens?token=x', 'DELETE /device_tokens/x', 'PUT /device_tokens/refresh'],
]

describe('the application’s transport', () => {
  let movi: Movi
  let token: string
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
    token = await movi.login()
  })
  afterAll(() => movi?.close())

  const error = async (what: string, asked: Asked = {}) => {
    const answered = await movi.ask(what, asked)
    return [answered.status, readError(answered)]
  }
  const claims = (more: Record<string, unknown>) => {
    const iat = 1_771_167_600 // 2026-02-15T15:00:00Z
    return signExactly(movi.world.services.config.secret, 'movicuotas', { customer_id: 1, exp: iat + 60, iat, ...more })
  }

  it.each<[string, string, Asked, number, string]>([
    ['a path that is not there', 'GET /nothing', {}, 404, 'Not found'],
    ['a path below one that is there', 'GET /installments/3', {}, 404, 'Not found'],
    ['the root', 'GET /', {}, 404, 'Not found'],
    ['a method that the path does not know', 'GET /auth/login', {}, 405, 'Method not allowed'],
    ['a method that nothing knows', 'PATCH /payments', {}, 405, 'Method not allowed'],
    [
      'broken JSON',
      'POST /auth/login',
      { body: '{"auth":', headers: JSON_HEADER },
      400,
      'The request body is not valid JSON',
    ],
    [
      'JSON of another root',
      'POST /auth/login',
      { body: { user: {} } },
      400,
      'param is missing or the value is empty or invalid: auth',
    ],
    ['a list', 'POST /auth/login', { body: [] }, 400, 'param is missing or the value is empty or invalid: auth'],
    [
      'a form',
      'POST /auth/login',
      { body: 'a=b', headers: { 'content-type': 'text/csv' } },
      415,
      'Send application/json',
    ],
    [
      'a phone that is missing',
      'GET /auth/forgot_contract',
      {},
      400,
      'param is missing or the value is empty or invalid: phone',
    ],
    [
      'a phone that is not a phone',
      'GET /auth/forgot_contract?phone=abc',
      {},
      400,
      'param is missing or the value is empty or invalid: phone',
    ],
    ['a phone that nobody has', 'GET /auth/forgot_contract?phone=99990000', {}, 404, 'Customer not found'],
    [
      'a code that does not exist',
      'POST /devices/activate',
      { body: { activation_code: 'ZZZZZZ' } },
      404,
      'Codigo de activacion invalido',
    ],
    [
      ...(['a code that is no text', 'POST /devices/activate'] as const),
      ...([{ body: { activation_code: { toString: 1 } } }, 404, 'Codigo de activacion invalido'] as const),
    ],
    ['a zero byte', 'GET /devices/check_imei?imei=%00', {}, 400, 'query: Remove the NUL characters.'],
  ])('says {"error"} to %s', async (_, what, asked, status, text) => {
    expect(await error(what, asked)).toEqual([status, text])
  })

  it.each<[string, Asked, number, string]>([
    ['nothing to pay', { body: { payment: {} } }, 400, 'param is missing or the value is empty or invalid: payment'],
    ['another’s instalment', { body: { payment: { installment_id: 13, amount: 1 } } }, 404, 'Installment not found'],
    ['no amount', { body: { payment: { installment_id: 3, amount: 0 } } }, 422, 'Amount must be greater than 0'],
    [
      'far too much',
      { body: `{"payment":"${'x'.repeat(15_000_000)}"}`, headers: JSON_HEADER },
      413,
      'Receipt image is too large (maximum is 10 MB)',
    ],
  ])('says {"error"} to a payment of %s', async (_, asked, status, text) => {
    expect(await error('POST /payments', { ...asked, token })).toEqual([status, text])
  })

  it('says {"error"} when a request is repeated with another body, and answers the same one once', async () => {
    const payment = { installment_id: 3, amount: 10, payment_date: '2026-02-15', receipt_image: picture() }
    const headers = { 'idempotency-key': 'f3a0' }
    const first = await movi.ask('POST /payments', { token, headers, body: { payment } })
    expect(first.status).toBe(201)
    expect((await movi.ask('POST /payments', { token, headers, body: { payment } })).body).toEqual(first.body)
    expect(await error('POST /payments', { token, headers, body: { payment: { ...payment, amount: 11 } } })).toEqual([
      ...[409, 'This Idempotency-Key was used for another request'],
    ])
  })

  it('says {"error"} when the server itself fails, and nothing of the cause', async () => {
    const rename = (from: string, to: string) =>
      withClient(movi.world.owner, (client) => client.query(`alter table ${from} rename to ${to}`))
    await rename('sales', 'sales_away')
    const text = 'Something went wrong on our side. Quote the request id when you ask about it.'
    expect(await error('GET /dashboard', { token })).toEqual([500, text])
    await rename('sales_away', 'sales')
    expect((await movi.ask('GET /dashboard', { token })).status).toBe(200)
  })

  it('says 401 for no other reason than the token', async () => {
    for (const what of DOCUMENTED) {
      expect(await error(what)).toEqual([401, 'No token provided'])
      expect(await error(what, { token: 'nonsense' })).toEqual([401, 'Invalid token'])
    }
    const header = (authorization: string) => error('GET /dashboard', { headers: { authorization } })
    expect(await header('')).toEqual([401, 'No token provided'])
    for (const given of ['Bearer', 'Bearer ', 'NotBearer token123', token, `Basic ${token}`]) {
      expect((await header(given))[0]).toBe(401)
    }
    expect((await movi.ask('GET /dashboard', { headers: { authorization: `bearer ${token}` } })).status).toBe(200)
  })

  it('opens to its own tokens only, while they are valid and their customer is there', async () => {
    expect((await movi.ask('GET /dashboard', { token })).status).toBe(200)
    const { access } = (
      await movi.world.inject({
        method: 'POST',
        url: '/office/v1/auth/token',
        payload: { email: 'admin@movicuotas.com', password: 'password' },
        headers: { 'x-organisation': 'movicuotas' },
      })
    ).json()
    const changed = `${token.slice(0, -6)}${token.endsWith('AAAAAA') ? 'BBBBBB' : 'AAAAAA'}`
    for (const bad of [
      access,
      changed,
      claims({ exp: 1_771_167_599 }),
      claims({ customer_id: '1' }),
      claims({ customer_id: 1.5 }),
      // Signed as it should be, but nobody logged in for it: whoever knows the secret.
      claims({ customer_id: 1, iat: 1_771_167_599 }),
      claims({ customer_id: 4711 }),
    ]) {
      expect(await error('GET /dashboard', { token: bad })).toEqual([401, 'Invalid token'])
    }
    const rosa = await movi.login('0318199500456')
    await transact(movi.world.door('movicuotas'), ({ tx, org }) =>
      sql`update customers set user_id = null where org_id = ${org.id} and user_id =
        (select customers.user_id from customer_id_numbers n join customers on customers.org_id = n.org_id and customers.id = n.customer_id
          where n.org_id = ${org.id} and n.number = '0318199500456')`.execute(tx),
    )
    expect(await error('GET /dashboard', { token: rosa })).toEqual([401, 'Customer not found'])
  })

  it('takes JSON that is announced and not sent, and paths with a slash at their end', async () => {
    const bodyless = [
      ...['GET /dashboard', 'GET /installments', 'GET /notifications', 'POST /notifications/mark_all_read'],
      ...['GET /settings', 'GET /devices/check_imei', 'GET /auth/forgot_contract?phone=89978918'],
    ]
    for (const what of bodyless) {
      const [path, query = ''] = what.split('?')
      for (const spelled of [what, `${path}/${query && `?${query}`}`]) {
        const answered = await movi.ask(spelled, { token, headers: JSON_HEADER })
        expect([spelled, answered.status]).toEqual([spelled, 200])
        expect(answered.headers['content-type']).toBe('application/json; charset=utf-8')
      }
    }
    for (const what of ['DELETE /device_tokens?token=x', 'PUT /device_tokens/refresh?token=x']) {
      expect(await error(what, { token, headers: JSON_HEADER })).toEqual([404, 'Device token not found'])
    }
  })

  it('answers HEAD like GET without a body, and preflights from anywhere', async () => {
    const bare = { authorization: `Bearer ${token}` }
    const head = await movi.world.inject({ method: 'HEAD', url: '/api/v1/dashboard', headers: bare })
    expect([head.statusCode, head.body]).toEqual([200, ''])
    const preflight = await movi.world.inject({
      method: 'OPTIONS',
      url: '/api/v1/payments',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    })
    expect(preflight.statusCode).toBe(204)
    expect(preflight.headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example' })
    expect(String(preflight.headers['access-control-allow-headers']).toLowerCase()).toContain('authorization')
    const refused = await movi.world.inject({
      method: 'GET',
      url: '/api/v1/dashboard',
      headers: { origin: 'https://app.example' },
    })
    expect([refused.statusCode, refused.headers['access-control-allow-origin']]).toEqual([401, 'https://app.example'])
  })

  it.each([
    ['', 1, 10],
    ['?page=1&per_page=3', 1, 3],
    ['?page=2&per_page=3', 2, 3],
    ['?page=0&per_page=0', 1, 10],
    ['?page=-1&per_page=-5', 1, 10],
    ['?page=abc&per_page=2.5', 1, 10],
    ['?page=&per_page=', 1, 10],
    ['?page=1&page=2', 1, 10],
    ['?page[]=2&per_page=100000', 1, 100],
    ['?page=99999999999999999999', 1, 10],
    ['?page=900', 900, 10],
    ['?sort=id&x=%27', 1, 10],
  ])('pages by %s', async (query, page, perPage) => {
    const maria = await movi.login(MARIA)
    const { notifications, pagination } = readGood(
      'GET /notifications',
      await movi.ask(`GET /notifications${query}`, { token: maria }),
    )
    const { totalCount } = pagination
    const left = Math.max(0, totalCount - (page - 1) * perPage)
    expect(notifications).toHaveLength(Math.min(perPage, left))
    expect(pagination).toEqual({
      ...{ currentPage: page, perPage, totalCount, totalPages: Math.ceil(totalCount / perPage) },
    })
    const ids = notifications.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => b - a))
  })
})

describe('the application where requests are limited', () => {
  let movi: Movi
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-15T15:00:00Z', env: { MKOPO_RATE_LIMIT: '20' } })
  })
  afterAll(() => movi?.close())

  it('is told 429 and when to come again, never 401', async () => {
    const token = await movi.login()
    for (let n = 0; n < 100; n++) {
      const answered = await movi.ask('GET /settings', { token })
      if (answered.status === 200) continue
      expect([answered.status, readError(answered)]).toEqual([429, 'Too many attempts. Please try again later.'])
      expect(Number(answered.headers['retry-after'])).toBeGreaterThan(0)
      return
    }
    throw new Error('a hundred requests of a minute were answered where twenty are allowed')
  })
})
