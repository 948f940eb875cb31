import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TOKEN_SECONDS } from '#contracts/visionfund/auth.ts'
import { openBooks } from '#modules/ledger/ledger.ts'
import { savingsAccountByNo } from '#modules/savings/views.ts'
import { transact } from '#platform/context.ts'
import { openVision, STAFF, type Vision } from '#test/vision.ts'
import { openWorld } from '#test/world.ts'

let vision: Vision
beforeAll(async () => {
  vision = await openVision()
})
afterAll(() => vision.close())

/** The document's own request. */
const JOHN = { name: 'John Doe', email: 'john.doe@example.com', role: 'client', id_number: '1234567' }
const create = (body: object, token?: string) => vision.ask('POST /users', { body, ...(token ? { token } : {}) })
const refused = (status: number, field: string, what: string | RegExp) => ({
  status,
  body: {
    error: expect.any(String),
    errors: { [field]: [typeof what === 'string' ? what : expect.stringMatching(what)] },
  },
})

describe('POST /users: a client', () => {
  test('the document’s example: its answer, and an account at nothing under the number', async () => {
    const { status, body } = await create(JOHN)
    expect([status, body]).toEqual([
      201,
      {
        id: expect.any(Number),
        name: 'John Doe',
        email: 'john.doe@example.com',
        role: 'client',
        'a/c': 'john1234567',
        account_number: 'john1234567',
        temporary_password: expect.stringMatching(/^.{12}$/),
      },
    ])
    const account = await transact(
      vision.world.door('visionfund'),
      (ctx) => savingsAccountByNo(ctx, 'john1234567'),
      true,
    )
    expect(account).toMatchObject({ balance: 0n, status: 'open', currency: 'KES' })
  })

  test('its temporary password logs in, and can be changed for one of his own', async () => {
    const { body } = await create({ ...JOHN, email: 'first@example.com', id_number: 7654321 })
    expect(body['a/c']).toBe('john7654321')
    const token = await vision.login('FIRST@example.com', body.temporary_password)
    const elsewhere = await vision.login('FIRST@example.com', body.temporary_password)
    const change = { token, current_password: body.temporary_password, new_password: 'one of my own' }
    expect(await vision.ask('POST /auth/password', { body: change })).toMatchObject({
      status: 200,
      body: { token: expect.any(String) },
    })
    const errorOf = async (token: string) =>
      (await vision.ask('POST /auth/password', { body: { ...change, token } })).body.error
    expect(await errorOf(token)).toBe('The current password is wrong.')
    expect(await errorOf(elsewhere)).toMatch(/token/i)
    expect(await vision.login('first@example.com', 'one of my own')).toEqual(expect.any(String))
    const wrong = { current_password: 'wrong', new_password: 'another one' }
    const again = await vision.login('first@example.com', 'one of my own')
    expect((await vision.ask('POST /auth/password', { body: wrong, token: again })).body.error).toBe(
      'The current password is wrong.',
    )
  })

  test.each([
    ['  JANE  wanjiru ', '29876543', 'jane29876543'],
    ["Ng'ang'a Kamau", '11223399', 'nganga11223399'],
    ['Anne-Marie O', 'AB 12345', 'annemarieab12345'],
  ])('%s with %s gets %s', async (name, id_number, expected) => {
    const { status, body } = await create({ name, id_number, role: 'client', email: `${expected}@example.com` })
    expect([status, body['a/c'], body.name]).toEqual([201, expected, name.trim()])
  })

  test.each([
    ['an e-mail that is in use, whatever its case', { email: 'JOHN.doe@example.com', id_number: '5555555' }, 'email'],
    ['an ID number that is in use', { email: 'other@example.com' }, 'id_number'],
    ['the same ID number in other letters', { email: 'other@example.com', id_number: 'ab12345' }, 'id_number'],
  ])('%s is refused with 409', async (_, change, field) => {
    expect(await create({ ...JOHN, ...change })).toMatchObject(refused(409, field, /in use/))
  })

  test('of two with one ID number at once, one gets it', async () => {
    const both = ['x@example.com', 'y@example.com'].map((email) => create({ ...JOHN, email, id_number: '99999999' }))
    expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([201, 409])
  })

  test.each([
    ['no name', { name: ' ' }, 'name'],
    ['no e-mail', { email: undefined }, 'email'],
    ['no e-mail address', { email: 'john' }, 'email'],
    ['no ID number', { id_number: undefined }, 'id_number'],
    ['an ID number of four digits', { id_number: '1234' }, 'id_number'],
    ['an ID number with other signs', { id_number: '12345/67' }, 'id_number'],
    ['a short password', { password: 'short' }, 'password'],
    ['another role', { role: 'admin' }, 'role'],
    ['no role', { role: undefined }, 'role'],
    ['no phone number', { phone: 'call me' }, 'phone'],
  ])('%s: 400, and the field is named', async (_, change, field) => {
    const given = { ...JOHN, email: 'new@example.com', id_number: '8888888', ...change }
    expect(await create(given)).toMatchObject(refused(400, field, /./))
  })
})

describe('POST /users: staff', () => {
  test('the document’s example, without a token and without an account', async () => {
    const { status, body } = await create({ name: 'John Doe', email: 'colleague@example.com', role: 'user' })
    expect([status, body]).toEqual([
      201,
      {
        id: expect.any(Number),
        name: 'John Doe',
        email: 'colleague@example.com',
        role: 'user',
        temporary_password: expect.any(String),
      },
    ])
  })

  test('in production by whoever comes first, then by staff alone; a client who says that he paid is not believed there', async () => {
    const secret = 'z4V9-kq2P-77ab-Lmno-0pqr-stuv-WXYZ-5678'
    const world = await openWorld({ env: { MKOPO_MODE: 'production', MKOPO_SECRET: secret } })
    await transact(world.door('visionfund'), openBooks)
    const post = async (url: string, payload: object, token?: string) => {
      const response = await world.inject({ method: 'POST', url, payload, ...(token && { token }) })
      return { status: response.statusCode, body: response.json() }
    }
    const login = async (username: string) => (await post('/auth/token', { username, password })).body.token
    const password = 'a good password'
    const eve = { name: 'Eve First', email: 'eve@example.com', role: 'user', password }
    expect((await post('/users', eve)).status).toBe(201)
    const second = { ...eve, email: 'second@example.com' }
    expect((await post('/users', second)).status).toBe(401)
    const { body: john } = await post('/users', { ...JOHN, password })
    const client_token = await login(JOHN.email)
    expect((await post('/users', second, client_token)).status).toBe(403)
    expect((await post('/users', second, await login(eve.email))).status).toBe(201)
    const paid = await post(`/api/transactions/deposit/${john.id}`, { source: 'mpesa', amount: 5, client_token })
    expect(paid).toEqual({ status: 503, body: { error: 'M-Pesa is not set up here.' } })
    await world.close()
  })
})

describe('POST /auth/token', () => {
  test('a token of an hour, by username or email', async () => {
    const expected = {
      token: expect.stringMatching(/^eyJ/),
      expires_in: TOKEN_SECONDS,
      role: 'user',
      id: vision.staff.id,
    }
    for (const who of [{ username: STAFF }, { email: STAFF.toUpperCase() }]) {
      const answer = await vision.ask('POST /auth/token/', { body: { ...who, password: 'password' } })
      expect([answer.status, answer.body]).toEqual([200, expected])
    }
    const claims = JSON.parse(Buffer.from(vision.staff.token.split('.')[1]!, 'base64url').toString())
    expect(claims).toMatchObject({ sub: '1', role: 'user', iat: expect.any(Number), jti: expect.any(String) })
    expect(claims.exp - claims.iat).toBe(TOKEN_SECONDS)
  })

  test('wrong password, unknown user: 401; nothing given: 400; bad JSON: 400', async () => {
    const ask = (body: object) => vision.ask('POST /auth/token', { body })
    expect(await ask({ username: STAFF, password: 'wrong' })).toMatchObject({
      status: 401,
      body: { error: 'Invalid username or password.' },
    })
    expect((await ask({ username: 'nobody@example.com', password: 'x' })).status).toBe(401)
    expect(await ask({ password: 'x' })).toMatchObject(refused(400, 'username', 'This field is required.'))
    expect((await ask({ username: STAFF })).status).toBe(400)
    const bad = await vision.world.inject({
      method: 'POST',
      url: '/auth/token',
      headers: { 'content-type': 'application/json' },
      payload: '{"username": "a",}',
    })
    expect([bad.statusCode, bad.json()]).toEqual([400, { error: 'The request body is not valid JSON at position 17.' }])
  })

  test('its token opens no other contract, nor theirs this one', async () => {
    const soko = await vision.ask('POST /auth/login', {
      body: { credential: 'admin@sokocredit.com', password: 'password' },
    })
    expect((await vision.ask('GET /loans/1', { token: soko.body.access_token })).status).toBe(401)
    expect((await vision.ask('GET /auth/me', { token: vision.staff.token })).status).toBe(401)
  })
})
