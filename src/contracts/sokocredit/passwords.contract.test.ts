import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '#platform/context.ts'
import { listOutbox } from '#platform/messaging/messages.ts'
import { registerUser } from '#modules/identity/identity.ts'
import { type Answered, bothWays, LENDER, MAMA, openSoko, refusal, type Soko } from '#test/soko.ts'

let soko: Soko
let people = 0
const later = (seconds: number): void =>
  soko.world.clock.moveTo(new Date(soko.world.clock.now().getTime() + seconds * 1000))
const whoIs = (token: string): Promise<Answered> => soko.ask('GET /auth/me', { token })
const forgot = (body?: object): Promise<Answered> => soko.ask('POST /auth/forgot-password', { body })
const reset = (body?: object): Promise<Answered> => soko.ask('POST /auth/reset-password', { body })

async function somebody(at = soko): Promise<{ id: number; email: string; phone: string }> {
  const n = String(++people).padStart(3, '0')
  const names = { email: `p${n}@example.com`, phone: `+254713000${n}` }
  const id = await transact(at.world.door('sokocredit'), (ctx) =>
    registerUser(ctx, { ...names, password: 'old secret', roles: ['customer'] }),
  )
  return { id, ...names }
}

const outboxOf = (to: string, at = soko) =>
  transact(at.world.door('sokocredit'), (ctx) => listOutbox(ctx, { to, limit: 5 }))

beforeAll(async () => {
  soko = await openSoko()
})
afterAll(() => soko.close())

describe('POST /auth/forgot-password and /auth/reset-password', () => {
  it.each([0, 1])('work together, with and without slash (%i)', async (slash) => {
    const { email } = await somebody()
    const before = await soko.login(email, 'old secret')
    const text = 'Reset token generated. Please check your console (simulated send).'
    const { status, body } = await soko.ask(bothWays('POST /auth/forgot-password')[slash]!, { body: { email } })
    expect(status).toBe(200)
    expect(body).toEqual({
      msg: text,
      message: text,
      token_preview: `${body.reset_token.slice(0, 5)}...`,
      reset_token: expect.stringMatching(/^[\w-]{43}$/),
    })
    const sent = { token: body.reset_token, new_password: 'new secret' }
    expect(await soko.ask(bothWays('POST /auth/reset-password')[slash]!, { body: sent })).toMatchObject({
      status: 200,
      body: { msg: 'Password has been reset successfully', message: 'Password has been reset successfully' },
    })
    expect(await reset(sent)).toMatchObject(refusal(400, 'Invalid or expired token'))
    expect((await whoIs(before.access)).status).toBe(401)
    expect((await soko.ask('POST /auth/refresh', { body: { refresh_token: before.refresh } })).status).toBe(401)
    expect((await soko.login(email, 'new secret')).access).toBeDefined()
    expect((await soko.login(email, 'old secret')).access).toBeUndefined()
  })

  it('find the account by e-mail or phone, under whichever key the client sends it', async () => {
    const { email, phone } = await somebody()
    for (const named of [
      { email },
      { phone },
      { email, phone: email },
      { email: phone, phone },
      { phone: `0${phone.slice(4)}` },
    ]) {
      expect((await forgot(named)).status).toBe(200)
    }
    expect((await outboxOf(email)).length).toBe(2)
    expect((await outboxOf(phone)).length).toBe(3)
  })

  it.each([
    [undefined, 'Email or phone is required'],
    [{}, 'Email or phone is required'],
    [{ email: '', phone: '' }, 'Email or phone is required'],
    [{ email: 7 }, /email/],
  ])('forgot %o: 400 %s', async (body, text) => {
    expect(await forgot(body)).toMatchObject(refusal(400, text))
  })

  it.each([
    [undefined, 'Token and new password are required'],
    [{ token: 'x' }, 'Token and new password are required'],
    [{ new_password: 'new secret' }, 'Token and new password are required'],
    [{ token: '', new_password: '' }, 'Token and new password are required'],
    [{ token: 'made-up', new_password: 'new secret' }, 'Invalid or expired token'],
    [{ token: 'made-up', new_password: '12345' }, /at least 6 characters/],
  ])('reset %o: 400 %s', async (body, text) => {
    expect(await reset(body)).toMatchObject(refusal(400, text))
  })

  it('say 404 for unknown accounts (account_not_found) in demo, and refuse a token after thirty minutes', async () => {
    expect(await forgot({ email: 'nobody@example.com' })).toMatchObject(refusal(404, 'No account found'))
    const { body } = await forgot({ email: (await somebody()).email })
    later(1801)
    const late = { token: body.reset_token, new_password: 'new secret' }
    expect(await reset(late)).toMatchObject(refusal(400, 'Invalid or expired token'))
  })

  it('are slowed when asked for too often', async () => {
    const { email } = await somebody()
    for (let n = 0; n < 10; n++) expect((await forgot({ email })).status).toBe(200)
    expect((await forgot({ email })).status).toBe(429)
    later(901)
    expect((await forgot({ email })).status).toBe(200)
  })

  it('tell a stranger nothing in production', async () => {
    const secret = 'z4V9-kq2P-77ab-Lmno-0pqr-stuv-WXYZ-5678'
    const real = await openSoko({ env: { MKOPO_MODE: 'production', MKOPO_SECRET: secret } })
    const { email } = await somebody(real)
    const known = await real.ask('POST /auth/forgot-password', { body: { email } })
    const unknown = await real.ask('POST /auth/forgot-password', { body: { email: 'nobody@example.com' } })
    expect(known.status).toBe(200)
    expect(Object.keys(known.body)).toEqual(['msg', 'message'])
    expect([unknown.status, unknown.body]).toEqual([known.status, known.body])
    const token = /: ([\w-]{43})\./.exec((await outboxOf(email, real))[0]!.body)![1]
    const done = await real.ask('POST /auth/reset-password', { body: { token, new_password: 'new secret' } })
    expect(done.status).toBe(200)
    await real.close()
  })
})

describe('PUT /api/users/change-password', () => {
  it.each(bothWays('PUT /api/users/change-password'))('%s: this session goes on, all others end', async (what) => {
    const { email } = await somebody()
    const [here, elsewhere] = [await soko.login(email, 'old secret'), await soko.login(email, 'old secret')]
    const body = { current_password: 'old secret', new_password: 'new secret' }
    const answer = await soko.ask(what, { token: here.access, body })
    expect(answer).toMatchObject({
      status: 200,
      body: { msg: 'Password changed successfully', message: 'Password changed successfully' },
    })
    const refresh = async (token: string) => (await soko.ask('POST /auth/refresh-token', { token })).status
    expect([(await whoIs(here.access)).status, await refresh(here.refresh)]).toEqual([200, 200])
    expect([(await whoIs(elsewhere.access)).status, await refresh(elsewhere.refresh)]).toEqual([401, 401])
    expect((await whoIs(answer.body.access_token)).status).toBe(200)
    expect((await soko.login(email, 'new secret')).access).toBeDefined()
    expect((await soko.login(email, 'old secret')).access).toBeUndefined()
  })

  it.each([
    [undefined, 400, 'Current and new passwords are required'],
    [{ current_password: 'password' }, 400, 'Current and new passwords are required'],
    [{ new_password: 'new secret' }, 400, 'Current and new passwords are required'],
    [{ current_password: 'wrong', new_password: 'new secret' }, 401, 'Current password is incorrect'],
    [{ current_password: 'password', new_password: '12345' }, 400, /at least 6 characters/],
  ])('refuses %o: %i %s', async (body, status, text) => {
    const { access } = await soko.login(LENDER)
    expect(await soko.ask('PUT /api/users/change-password', { token: access, body })).toMatchObject(
      refusal(status, text),
    )
    expect((await whoIs(access)).status).toBe(200)
  })

  it('needs a token, and is slowed for who guesses with a stolen one', async () => {
    const body = { current_password: 'password', new_password: 'new secret' }
    expect((await soko.ask('PUT /api/users/change-password', { body })).status).toBe(401)
    const { email } = await somebody()
    const { access: token } = await soko.login(email, 'old secret')
    for (let n = 0; n < 10; n++) await soko.ask('PUT /api/users/change-password', { token, body })
    const right = { current_password: 'old secret', new_password: 'new secret' }
    expect((await soko.ask('PUT /api/users/change-password', { token, body: right })).status).toBe(429)
  })
})

describe('POST /auth/verify-email and /auth/verify-phone', () => {
  it.each([
    ['email', 'POST /auth/verify-email', '654321', 'Email verified successfully'],
    ['phone', 'POST /auth/verify-phone', '123456', 'Phone number verified successfully'],
  ] as const)('%s: the fixed code of the demo, with and without slash', async (contact, what, otp, text) => {
    for (const spelled of bothWays(what)) {
      const person = await somebody()
      const { access: token } = await soko.login(person.email, 'old secret')
      const answer = await soko.ask(spelled, { token, body: { [contact]: person[contact], otp } })
      expect(answer).toMatchObject({ status: 200, body: { msg: text, message: text } })
      expect((await whoIs(token)).body[`${contact}_verified`]).toBe(true)
    }
  })

  it.each(['email', 'phone'] as const)('%s: the code that was sent', async (contact) => {
    const person = await somebody()
    const { access: token } = await soko.login(person.email, 'old secret')
    for (const what of bothWays(`POST /auth/send-${contact}-otp`)) {
      const sent = await soko.ask(what, { token, body: { [contact]: person[contact] } })
      expect(sent).toMatchObject({ status: 200, body: { msg: `OTP sent to ${person[contact]}` } })
    }
    expect((await soko.ask(`POST /auth/send-${contact}-otp`, { token })).status).toBe(200)
    const otp = /\d{6}/.exec((await outboxOf(person[contact]))[0]!.body)![0]
    const verify = (code: unknown) =>
      soko.ask(`POST /auth/verify-${contact}`, { token, body: { [contact]: person[contact], otp: code } })
    expect(await verify(otp === '111111' ? '222222' : '111111')).toMatchObject(refusal(400, 'Invalid or expired OTP'))
    expect((await verify(contact === 'phone' && !otp.startsWith('0') ? Number(otp) : otp)).status).toBe(200)
  })

  it('refuses what is missing, another’s address and no token', async () => {
    const { access: token } = await soko.login(MAMA)
    const email = (body?: object): Promise<Answered> => soko.ask('POST /auth/verify-email', { token, body })
    const phone = (body?: object): Promise<Answered> => soko.ask('POST /auth/verify-phone', { token, body })
    expect(await email()).toMatchObject(refusal(400, 'Email and OTP are required'))
    expect(await email({ email: MAMA })).toMatchObject(refusal(400, 'Email and OTP are required'))
    expect(await phone({ otp: '123456' })).toMatchObject(refusal(400, 'Phone and OTP are required'))
    expect(await email({ email: LENDER, otp: '654321' })).toMatchObject(
      refusal(403, 'You can only verify your own email'),
    )
    expect(await phone({ phone: '0700000002', otp: '123456' })).toMatchObject(
      refusal(403, 'You can only verify your own phone number'),
    )
    expect((await soko.ask('POST /auth/send-phone-otp', { token, body: { phone: '0700000002' } })).status).toBe(403)
    for (const what of ['verify-email', 'verify-phone', 'send-email-otp', 'send-phone-otp']) {
      expect((await soko.ask(`POST /auth/${what}`, { body: {} })).status).toBe(401)
    }
    expect((await phone({ phone: '+254 700 000 003', otp: '123456' })).status).toBe(200)
  })
})
