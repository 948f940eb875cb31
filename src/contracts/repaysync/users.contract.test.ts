import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRepay, type Repay } from '#test/repay.ts'
import { bothWays } from '#test/soko.ts'

let repay: Repay
let names = 0
const EXAMPLE = {
  username: 'johndoe',
  email: 'john@example.com',
  role: 'calling_agent',
  manager: null,
  password: 'SomePassword123',
}
const given = (more: object = {}) => ({ ...EXAMPLE, username: `user${++names}`, ...more })
const login = (username: string, password = 'SomePassword123') =>
  repay.ask(null, 'POST /api/auth/token/', { username, password })
const claimsIn = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())

beforeAll(async () => {
  repay = await openRepay()
  await repay.hire('head', 'collection_head')
})
afterAll(() => repay.close())

describe('4.1 register', () => {
  it.each(bothWays('POST /api/users/register/'))('%s: anybody, as documented', async (what) => {
    const { password: _, ...shown } = given()
    expect(
      await repay.ask(null, what, { ...shown, password: 'SomePassword123', is_staff: true, is_superuser: true }),
    ).toMatchObject({
      status: 201,
      body: { ...shown, id: expect.any(Number) },
    })
    const { status, body } = await login(shown.username)
    expect(status).toBe(200)
    expect(
      (await repay.app.inject({ url: '/api/logs/', headers: { authorization: `Bearer ${body.access}` } })).statusCode,
    ).toBe(403)
  })

  it('takes any user for a manager, and one e-mail address for several', async () => {
    const first = (await repay.ask(null, 'POST /api/users/register/', given())).body
    const more = given({ role: 'collection_officer', manager: first.id, email: first.email.toUpperCase() })
    const second = await repay.ask(null, 'POST /api/users/register/', more)
    expect(second).toMatchObject({
      status: 201,
      body: { manager: first.id, email: more.email, role: 'collection_officer' },
    })
  })

  it.each([
    [{ username: undefined }, { username: ['This field is required.'] }],
    [{ username: 'a b' }, { username: [expect.stringContaining('Enter a valid username.')] }],
    [{ username: 'HEAD' }, { username: ['A user with that username already exists.'] }],
    [{ password: undefined }, { password: ['This field is required.'] }],
    [{ password: '' }, { password: ['This field may not be blank.'] }],
    [{ role: undefined }, { role: ['This field is required.'] }],
    [{ role: 'admin' }, { role: ['"admin" is not a valid choice.'] }],
    [{ email: 'nobody' }, { email: ['Enter a valid email address.'] }],
    [{ manager: 999 }, { manager: ['Invalid pk "999" - object does not exist.'] }],
    [{ manager: 'x' }, { manager: ['Incorrect type. Expected pk value, received str.'] }],
  ])('%j is refused with %j', async (more, errors) => {
    expect(await repay.ask(null, 'POST /api/users/register/', given(more))).toMatchObject({
      status: 400,
      body: { errors },
    })
  })

  it('lets nobody make himself a super manager', async () => {
    const more = { role: 'super_manager' }
    expect((await repay.ask(null, 'POST /api/users/register/', given(more))).status).toBe(403)
    expect(await repay.ask('head', 'POST /api/users/register/', given(more))).toMatchObject({ status: 201, body: more })
  })
})

describe('4.2 list', () => {
  it.each(bothWays('GET /api/users/'))('%s', async (what) => {
    expect((await repay.ask(null, what)).status).toBe(401)
    const { status, body } = await repay.ask('head', what)
    expect(status).toBe(200)
    expect(body[0]).toEqual({
      id: 1,
      username: 'head',
      email: 'head@example.com',
      role: 'super_manager',
      manager: null,
    })
    expect(body.map((user: { id: number }) => user.id)).toEqual(body.map((_: unknown, n: number) => n + 1))
  })

  it('leaves SokoCredit’s neighbours alone', async () => {
    expect((await repay.ask('head', 'PUT /api/users/change-password', {})).body).toHaveProperty('msg')
    expect((await repay.ask('head', 'GET /api/users/notifications/')).status).toBe(401)
  })
})

describe('3 tokens', () => {
  it.each(bothWays('POST /api/auth/token/'))('%s: an hour and a day', async (what) => {
    const { status, body } = await repay.ask(null, what, { username: 'head', password: 'password' })
    expect({ status, body }).toEqual({ status: 200, body: { access: expect.any(String), refresh: expect.any(String) } })
    const [access, refresh] = [claimsIn(body.access), claimsIn(body.refresh)]
    expect(access).toMatchObject({ token_type: 'access', user_id: 1, jti: expect.any(String) })
    expect(refresh).toMatchObject({ token_type: 'refresh', user_id: 1 })
    expect([access.exp - access.iat, refresh.exp - refresh.iat]).toEqual([3_600, 86_400])
  })

  it.each([
    [{}, 400, { errors: { username: ['This field is required.'], password: ['This field is required.'] } }],
    [{ username: 'head', password: 'wrong' }, 401, { detail: 'No active account found with the given credentials' }],
    [
      { username: 'nobody', password: 'password' },
      401,
      { detail: 'No active account found with the given credentials' },
    ],
    [[], 400, { errors: { non_field_errors: ['Invalid data. Expected a dictionary, but got list.'] } }],
  ])('%j is answered %i', async (body, status, said) => {
    expect(await repay.ask(null, 'POST /api/auth/token/', body)).toMatchObject({ status, body: said })
  })

  it.each(bothWays('POST /api/auth/token/refresh/'))('%s: a new access token, again and again', async (what) => {
    const { refresh } = (await login('head', 'password')).body
    for (const _ of [1, 2]) {
      const { status, body } = await repay.ask(null, what, { refresh })
      expect({ status, body }).toEqual({ status: 200, body: { access: expect.any(String) } })
      const shown = await repay.app.inject({ url: '/api/users/', headers: { authorization: `Bearer ${body.access}` } })
      expect(shown.statusCode).toBe(200)
    }
  })

  it('keeps access and refresh apart', async () => {
    const { access, refresh } = (await login('head', 'password')).body
    const asBearer = await repay.ask(null, 'GET /api/users/', undefined, {
      headers: { authorization: `Bearer ${refresh}` },
    })
    const wrong = { status: 401, body: { detail: 'Token has wrong type', code: 'token_not_valid' } }
    expect(asBearer).toMatchObject(wrong)
    expect(await repay.ask(null, 'POST /api/auth/token/refresh/', { refresh: access })).toMatchObject(wrong)
    expect(await repay.ask(null, 'POST /api/auth/token/refresh/', { refresh: 'junk' })).toMatchObject({
      status: 401,
      body: { error: 'Token is invalid or expired', code: 'token_not_valid' },
    })
    expect(await repay.ask(null, 'POST /api/auth/token/refresh/', {})).toMatchObject({
      status: 400,
      body: { errors: { refresh: [expect.any(String)] } },
    })
  })

  it.each([
    ['Bearer', 'Authentication credentials were not provided.'],
    ['Token abc', 'Authentication credentials were not provided.'],
    ['Bearer abc', 'Token is invalid or expired'],
  ])('%s as Authorization is 401', async (authorization, detail) => {
    expect(await repay.ask(null, 'GET /api/loans/', undefined, { headers: { authorization } })).toMatchObject({
      status: 401,
      body: { detail, error: detail },
    })
  })

  it('ends after an hour, and the refresh token after a day', async () => {
    const { access, refresh } = (await login('head', 'password')).body
    const asked = { headers: { authorization: `Bearer ${access}` } }
    repay.world.clock.moveTo(new Date(repay.world.clock.now().getTime() + 3_601_000))
    expect((await repay.ask(null, 'GET /api/users/', undefined, asked)).status).toBe(401)
    expect((await repay.ask(null, 'POST /api/auth/token/refresh/', { refresh })).status).toBe(200)
    repay.world.clock.moveTo(new Date(repay.world.clock.now().getTime() + 86_400_000))
    expect((await repay.ask(null, 'POST /api/auth/token/refresh/', { refresh })).status).toBe(401)
  })
})

describe('bodies nobody can read', () => {
  it.each([
    ['application/json', '{"a":', 400],
    ['text/plain', 'hello', 415],
    ['application/json', '[]', 400],
  ])('%s %j → %i in JSON', async (type, payload, status) => {
    const answer = await repay.ask(null, 'POST /api/users/register/', payload, { headers: { 'content-type': type } })
    expect(answer.status).toBe(status)
    expect(answer.body).toEqual(expect.any(Object))
    if (status === 415) expect(answer.body.detail).toBe(`Unsupported media type "${type}" in request.`)
  })
})
