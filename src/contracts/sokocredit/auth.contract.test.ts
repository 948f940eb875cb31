import { createSigner } from 'fast-jwt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeAccess } from '#modules/identity/identity.ts'
import { transact } from '#platform/context.ts'
import { tokensOf } from '#platform/security/tokens.ts'
import { ADMIN, type Answered, bothWays, LENDER, MAMA, openSoko, refusal, type Soko } from '#test/soko.ts'

let soko: Soko
const later = (seconds: number): void =>
  soko.world.clock.moveTo(new Date(soko.world.clock.now().getTime() + seconds * 1000))
const claimsIn = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
const whoIs = (token?: string): Promise<Answered> => soko.ask('GET /auth/me', { token })

beforeAll(async () => {
  soko = await openSoko()
})
afterAll(() => soko.close())

describe('POST /auth/login', () => {
  it.each(bothWays('POST /auth/login'))('%s: tokens with the documented identity', async (what) => {
    const { status, body } = await soko.ask(what, { body: { credential: MAMA, password: 'password' } })
    expect(status).toBe(200)
    const now = Math.floor(soko.world.clock.now().getTime() / 1000)
    const claims = claimsIn(body.access_token)
    expect(claims).toEqual({
      sub: 'user_3:mama_mboga',
      type: 'access',
      jti: expect.stringMatching(/^[\da-f-]{36}$/),
      fresh: true,
      csrf: expect.stringMatching(/^[\da-f-]{36}$/),
      sid: expect.stringMatching(/^[\da-f-]{36}$/),
      iat: expect.closeTo(now, -1),
      nbf: claims.iat,
      exp: claims.iat + 900,
    })
    expect(claimsIn(body.refresh_token)).toMatchObject({
      sub: claims.sub,
      type: 'refresh',
      sid: claims.sid,
      fresh: false,
    })
    expect(body.user).toMatchObject({ id: 3, role: 'mama_mboga' })
  })

  it.each([
    // who the clients say they are                                        | id
    [{ credential: 'LENDER1@sokocredit.com' }, 2],
    [{ credential: '0700000002' }, 2],
    [{ credential: '+254700000002' }, 2],
    [{ credential: 'lender1' }, 2],
    [{ identifier: '0700000001', login_type: 'phone' }, 1],
    [{ identifier: ADMIN, login_type: 'email' }, 1],
    [{ email: MAMA }, 3],
    [{ phone: '254700000003' }, 3],
    [{ username: 'mama1' }, 3],
  ])('lets in %o', async (name, id) => {
    const { status, body } = await soko.ask('POST /auth/login', { body: { ...name, password: 'password' } })
    expect([status, body.user?.id]).toEqual([200, id])
  })

  it.each([
    // body                                             | refusal
    [{}, 400, 'Phone/email and password are required'],
    [undefined, 400, 'Phone/email and password are required'],
    [{ credential: MAMA }, 400, 'Phone/email and password are required'],
    [{ credential: MAMA, password: '' }, 400, 'Phone/email and password are required'],
    [{ password: 'password' }, 400, 'Phone/email and password are required'],
    [{ credential: ' ', password: 'password' }, 400, 'Phone/email and password are required'],
    [{ credential: MAMA, password: 'wrong' }, 401, 'Invalid credentials'],
    [{ credential: 'nobody@sokocredit.com', password: 'password' }, 401, 'Invalid credentials'],
    [{ credential: "' or 1=1 --", password: 'password' }, 401, 'Invalid credentials'],
    [{ credential: 12, password: 'password' }, 400, /credential/],
    [{ credential: MAMA, password: ['password'] }, 400, /password/],
  ])('refuses %o: %i %s', async (body, status, text) => {
    expect(await soko.ask('POST /auth/login', { body, address: '10.0.1.1' })).toMatchObject(refusal(status, text))
  })

  it('refuses what is no JSON, and a disabled account', async () => {
    const headers = { 'content-type': 'application/json' }
    expect((await soko.ask('POST /auth/login', { body: '{"credential":', headers })).status).toBe(400)
    await transact(soko.world.door('sokocredit'), (ctx) => changeAccess(ctx, 2, { status: 'disabled' }))
    const entering = await soko.ask('POST /auth/login', { body: { credential: LENDER, password: 'password' } })
    expect(entering).toMatchObject(refusal(403, 'This account is disabled'))
    await transact(soko.world.door('sokocredit'), (ctx) => changeAccess(ctx, 2, { status: 'active' }))
  })

  it('is slowed after ten failures from one place, and its owner elsewhere is not', async () => {
    const guess = (password: string, n: number): Promise<Answered> =>
      soko.ask('POST /auth/login', { body: { credential: LENDER, password }, address: `10.0.2.${n}` })
    for (let n = 0; n < 10; n++) expect((await guess(`guess ${n}`, 1)).status).toBe(401)
    const refused = await guess('password', 1)
    expect(refused).toMatchObject(refusal(429, /Too many attempts/))
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(800)
    expect((await guess('password', 2)).status).toBe(200)
    later(901)
    expect((await guess('password', 1)).status).toBe(200)
  })
})

describe('GET /auth/me', () => {
  it.each(bothWays('GET /auth/me'))('%s: the user flat, and again nested', async (what) => {
    const { access } = await soko.login(MAMA)
    const { status, body } = await soko.ask(what, { token: access })
    expect(status).toBe(200)
    const { user, ...flat } = body
    expect(user).toEqual({ ...flat, role: 'customer' })
    expect(flat).toMatchObject({
      ...{ id_number: null, location: null, business_name: null, business_type: null },
      ...{ average_income: null, gender: null, date_of_birth: null },
    })
    expect(flat).toMatchObject({ id: 3, username: 'mama1', role: 'mama_mboga', email: MAMA, phone: '+254700000003' })
    expect(flat).toMatchObject({ email_verified: false, phone_verified: false, customer_id: null })
    expect(JSON.stringify(body)).not.toContain('argon2')
    expect(body).not.toHaveProperty('data')
  })

  it.each([
    [ADMIN, 'admin'],
    [LENDER, 'lender'],
    [MAMA, 'mama_mboga'],
  ])('%s is %s', async (credential, role) => {
    const { body } = await whoIs((await soko.login(credential)).access)
    expect([body.role, body.user.role]).toEqual([role, role === 'mama_mboga' ? 'customer' : role])
  })

  it('says 401 to every token that is not its own, never 422', async () => {
    const { access, refresh } = await soko.login(MAMA)
    const [head, payload, signature] = access.split('.')
    const forged = Buffer.from(JSON.stringify({ ...claimsIn(access), sub: 'user_1:admin' })).toString('base64url')
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
    const life = { now: soko.world.clock.now(), seconds: 900 }
    const secret = soko.world.services.config.secret
    const refusals: readonly (readonly [string | undefined, string | RegExp])[] = [
      [undefined, 'Missing Authorization Header'],
      ['rubbish', 'Not enough segments'],
      [refresh, 'Only non-refresh tokens are allowed'],
      [`${head}.${forged}.${signature}`, 'Signature verification failed'],
      [`${none}.${payload}.`, 'Signature verification failed'],
      [`${none}.${payload}.${signature}`, 'Signature verification failed'],
      [createSigner({ key: 'guessed' })(claimsIn(access)), 'Signature verification failed'],
      [tokensOf(secret, 'visionfund').sign(claimsIn(access), life), 'Signature verification failed'],
      [tokensOf(secret, 'sokocredit').sign({ sub: 'user_1:admin', type: 'access' }, life), 'Not enough segments'],
      [
        tokensOf(secret, 'sokocredit').sign({ ...claimsIn(access), sub: 'user_1:admin' }, life),
        'Token has been revoked',
      ],
      [tokensOf(secret, 'sokocredit').sign({ ...claimsIn(access), sub: 'nobody' }, life), 'Not enough segments'],
    ]
    for (const [token, text] of refusals) expect(await whoIs(token)).toMatchObject(refusal(401, text))
    expect((await whoIs(access)).status).toBe(200)
    const basic = await soko.ask('GET /auth/me', { headers: { authorization: 'Basic bWFtYTE6cGFzc3dvcmQ=' } })
    expect(basic).toMatchObject(refusal(401, 'Missing Authorization Header'))
  })

  it('says 401 when the token has expired', async () => {
    const { access } = await soko.login(MAMA)
    later(901)
    expect(await whoIs(access)).toMatchObject(refusal(401, 'Token has expired'))
  })

  it('tells the role of today, not that of the token', async () => {
    const { access } = await soko.login(LENDER)
    await transact(soko.world.door('sokocredit'), (ctx) => changeAccess(ctx, 2, { roles: ['customer'] }))
    expect((await whoIs(access)).body.role).toBe('mama_mboga')
    await transact(soko.world.door('sokocredit'), (ctx) => changeAccess(ctx, 2, { roles: ['loan_officer'] }))
  })
})

describe('POST /auth/refresh-token', () => {
  it.each([...bothWays('POST /auth/refresh-token'), ...bothWays('POST /auth/refresh')])(
    '%s: a new access token',
    async (what) => {
      const { refresh } = await soko.login(MAMA)
      later(1000)
      for (const asked of [{ token: refresh }, { body: { refresh_token: refresh } }]) {
        const { status, body } = await soko.ask(what, asked)
        expect([status, Object.keys(body)]).toEqual([200, ['access_token']])
        expect(claimsIn(body.access_token)).toMatchObject({ type: 'access', fresh: false, sub: 'user_3:mama_mboga' })
        expect((await whoIs(body.access_token)).status).toBe(200)
      }
    },
  )

  it('goes by the body when an expired access token comes along in the header', async () => {
    const { access, refresh } = await soko.login(MAMA)
    later(1000)
    expect((await soko.ask('POST /auth/refresh', { token: access, body: { refresh_token: refresh } })).status).toBe(200)
  })

  it('refuses anything but a refresh token of a session that goes on', async () => {
    const { access, refresh } = await soko.login(MAMA)
    const ask = (token?: string): Promise<Answered> => soko.ask('POST /auth/refresh-token', { token })
    expect(await ask()).toMatchObject(refusal(401, 'Missing Authorization Header'))
    expect(await ask(access)).toMatchObject(refusal(401, 'Only refresh tokens are allowed'))
    expect(await ask('rubbish')).toMatchObject(refusal(401, 'Not enough segments'))
    const life = { now: soko.world.clock.now(), seconds: 900 }
    const another = { ...claimsIn(refresh), jti: 'another' }
    const notIssued = tokensOf(soko.world.services.config.secret, 'sokocredit').sign(another, life)
    expect(await ask(notIssued)).toMatchObject(refusal(401, 'Token has been revoked'))
    expect((await soko.ask('POST /auth/refresh', { body: { refresh_token: 7 } })).status).toBe(400)
    later(30 * 86_400)
    expect(await ask(refresh)).toMatchObject(refusal(401, 'Token has expired'))
  })
})

describe('POST /auth/logout', () => {
  it.each(bothWays('POST /auth/logout'))('%s: ends this session, access and refresh, and no other', async (what) => {
    const [here, elsewhere] = [await soko.login(MAMA), await soko.login(MAMA)]
    const logout = await soko.ask(what, { token: here.access })
    expect(logout).toMatchObject({
      status: 200,
      body: { msg: 'Successfully logged out', message: 'Successfully logged out' },
    })
    expect(await whoIs(here.access)).toMatchObject(refusal(401, 'Token has been revoked'))
    expect((await soko.ask('POST /auth/refresh-token', { token: here.refresh })).status).toBe(401)
    expect((await soko.ask(what, { token: here.access })).status).toBe(401)
    expect((await whoIs(elsewhere.access)).status).toBe(200)
    expect((await soko.ask(what)).status).toBe(401)
  })
})

describe('POST /auth/logout-all', () => {
  it.each(bothWays('POST /auth/logout-all'))(
    "%s: ends the caller's sessions, whatever his role, and nobody else's",
    async (what) => {
      const [one, two, lender] = [await soko.login(MAMA), await soko.login(MAMA), await soko.login(LENDER)]
      expect(await soko.ask(what, { token: one.access })).toMatchObject({
        status: 200,
        body: { msg: 'All sessions logged out' },
      })
      for (const { access, refresh } of [one, two]) {
        expect((await whoIs(access)).status).toBe(401)
        expect((await soko.ask('POST /auth/refresh', { body: { refresh_token: refresh } })).status).toBe(401)
      }
      expect((await whoIs(lender.access)).status).toBe(200)
      expect((await soko.ask(what)).status).toBe(401)
    },
  )
})
