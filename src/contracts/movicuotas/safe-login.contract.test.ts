/** Login by a number that can be guessed, made safe: throttled without 401, told to the office, with a second factor, revocable. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimIdNumber, createCustomer } from '#modules/customers/customers.ts'
import { actorOfToken, changeAccess, endSession } from '#modules/identity/identity.ts'
import { transact } from '#platform/context.ts'
import { eventsOf } from '#test/asking.ts'
import { JUAN, MARIA, type Movi, openMovi } from '#test/movi.ts'

const APPLICATION = `here-${'x'.repeat(60)}`
const LATER = { error: 'Too many attempts. Please try again later.' }

interface Sent {
  readonly to: string
  readonly subject: string | null
  readonly body: string
}

describe('the login of buyers', () => {
  let movi: Movi
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-15T15:00:00Z', env: { MKOPO_TRUST_PROXY: 'on' } })
  })
  afterAll(() => movi?.close())

  const at = (address: string) => ({ 'x-forwarded-for': address })
  const enter = (auth: Record<string, unknown>, address = '10.0.0.1') =>
    movi.ask('POST /auth/login', { body: { auth }, headers: at(address) })
  const juan = (more: Record<string, unknown> = {}, address?: string) =>
    enter({ identification_number: JUAN, ...more }, address)
  const later = (minutes: number) =>
    movi.world.clock.moveTo(new Date(movi.world.clock.now().getTime() + minutes * 60_000))
  const outbox = async (channel: string, to = ''): Promise<Sent[]> => {
    await movi.world.settle()
    const query = `channel=${channel}${to && `&to=${encodeURIComponent(to)}`}`
    const { body } = await movi.world.inject({ method: 'GET', url: `/demo/outbox?${query}` })
    return JSON.parse(body)
  }
  const activation = async (imei: string) => {
    const { devices } = (await movi.office('admin', `GET /devices?imei=${imei}`)).body
    return { activation_code: devices[0].activation_code, fcm_token: APPLICATION, platform: 'android' }
  }

  it('answers a stranger, a customer without a loan and a wrong contract alike', async () => {
    await transact(movi.world.door('movicuotas'), async (ctx) => {
      const id = await createCustomer(ctx, { fullName: 'Sin Préstamo', phone: '+50499887766' })
      await claimIdNumber(ctx, id, { kind: 'national', number: '0501199900001' })
    })
    const answers = [
      await enter({ identification_number: '0801199099999' }),
      await enter({ identification_number: '0501199900001' }),
      await enter({ identification_number: 'not a number' }),
      await juan({ contract_number: 'MC-2026-0999' }),
    ]
    for (const { status, body } of answers) {
      expect({ status, body }).toEqual({ status: 401, body: { error: 'Invalid credentials' } })
    }
  })

  it('counts failures only: ten for a number, told to the office once, and not held against where he logs in from', async () => {
    await juan({}, '10.0.0.1')
    const wrong = (address: string) => juan({ contract_number: 'MC-2026-0999' }, address)
    for (let n = 0; n < 5; n++) expect((await wrong('10.0.1.1')).status).toBe(401)
    for (let n = 0; n < 4; n++) expect((await wrong('10.0.1.2')).status).toBe(401)
    for (let n = 0; n < 3; n++) await wrong('10.0.1.3')
    const blocked = await juan({}, '10.0.1.4')
    expect(blocked).toMatchObject({ status: 429, body: LATER })
    expect(Number(blocked.headers['retry-after'])).toBeGreaterThan(800)
    expect((await juan({}, '10.0.0.1')).status).toBe(200)
    expect(await eventsOf(movi.world, 'movicuotas', 'customer.locked_out')).toHaveLength(1)
    const mails = (await outbox('mail', 'admin@movicuotas.com')).filter((mail) => /intentos/.test(mail.subject ?? ''))
    expect(mails).toMatchObject([{ body: expect.stringMatching(/cliente 1 .*cerrado por 15 minutos/) }])
    later(16)
    expect((await juan({}, '10.0.1.4')).status).toBe(200)
  })

  it('bears thirty failures from an address, whatever the numbers, and tells the office', async () => {
    for (let n = 100; n < 130; n++) {
      expect((await enter({ identification_number: `0801199000${n}` }, '10.0.2.1')).status).toBe(401)
    }
    expect(await juan({}, '10.0.2.1')).toMatchObject({ status: 429, body: LATER })
    expect(await eventsOf(movi.world, 'movicuotas', 'address.locked_out')).toMatchObject([
      { data: { address: '10.0.2.1' } },
    ])
  })

  it('from a new address is told to the customer: by SMS where no application can be pushed to', async () => {
    const before = (await outbox('sms', '+50489978918')).length
    const { body } = await juan({}, '10.0.3.1')
    const sent = await outbox('sms', '+50489978918')
    expect(sent.slice(0, sent.length - before)).toMatchObject([
      { body: 'MOVICUOTAS: Se inició sesión en tu cuenta desde un lugar nuevo. Si no fuiste tú, contáctanos.' },
    ])
    const { body: page } = await movi.ask('GET /notifications?per_page=1', { token: body.token })
    expect(page.notifications[0]).toMatchObject({ title: 'Nuevo inicio de sesión', notification_type: 'general' })
    await juan({}, '10.0.3.1')
    expect((await outbox('sms', '+50489978918')).length).toBe(sent.length)
  })

  it('is ended by the office: tokens issued so far open nothing, the next one does', async () => {
    const { body: first } = await juan()
    const device_token = { token: APPLICATION, platform: 'android' }
    await movi.ask('POST /device_tokens', { token: first.token, body: { device_token } })
    const refused = await movi.office('vendedor', 'POST /customers/1/end-sessions', { reason: 'Robo' })
    expect(refused.status).toBe(403)
    const ended = await movi.office('admin', 'POST /customers/1/end-sessions', { reason: 'Teléfono robado' })
    expect(ended).toMatchObject({ status: 200, body: { id: 1, tokens_valid_after: expect.any(String) } })
    expect(await movi.ask('GET /dashboard', { token: first.token })).toMatchObject({
      status: 401,
      body: { error: 'Invalid token' },
    })
    const { body: second } = await juan()
    expect((await movi.ask('GET /dashboard', { token: second.token })).status).toBe(200)
    const claims = JSON.parse(Buffer.from(second.token.split('.')[1], 'base64url').toString())
    expect(claims).toEqual({ customer_id: 1, iat: expect.any(Number), exp: claims.iat + 2_592_000 })
    await movi.world.settle()
    const refresh = await movi.ask(`PUT /device_tokens/refresh?token=${APPLICATION}`, { token: second.token })
    expect(refresh.status).toBe(404)
    expect((await movi.office('admin', 'POST /customers/999/end-sessions', { reason: 'x' })).status).toBe(404)
  })

  it('issues tokens that stand for themselves: one ends without the other, and none outlives a closed account', async () => {
    const isIn = async (token: string) => (await movi.ask('GET /dashboard', { token })).status
    const { body: first } = await juan()
    expect((await juan()).body.token).toBe(first.token)
    later(1)
    const { body: second } = await juan()
    const userId = (await movi.office('admin', 'GET /customers/1')).body.user_id
    const door = movi.world.door('movicuotas')
    const ended = await actorOfToken(door.services, door.org, { token: first.token, contract: 'movicuotas' })
    await transact({ ...door, actor: ended }, (ctx) => endSession(ctx))
    expect([await isIn(first.token), await isIn(second.token)]).toEqual([401, 200])
    await transact(door, (ctx) => changeAccess(ctx, userId, { status: 'disabled' }))
    expect(await isIn(second.token)).toBe(401)
    const closed = { status: 403, body: { error: 'This account is disabled.' } }
    expect(await juan()).toMatchObject(closed)
    expect(await movi.ask('POST /devices/activate', { body: await activation('123456789012345') })).toMatchObject(
      closed,
    )
    await transact(door, (ctx) => changeAccess(ctx, userId, { status: 'active' }))
    expect((await juan()).status).toBe(200)
  })

  it('asks for the contract number where the organisation wants it, without saying whose the number is', async () => {
    await movi.office('admin', 'PATCH /organisation', { second_factor: 'contract_number' })
    const expected = { error: 'Ingresa también tu número de contrato.', second_factor: 'contract_number' }
    for (const identification_number of [JUAN, '0801199099999']) {
      const { status, body } = await enter({ identification_number })
      expect({ status, body }).toEqual({ status: 422, body: expected })
    }
    expect((await juan({ contract_number: 'mc-2026-0001' })).status).toBe(200)
  })

  it('asks for a code sent by SMS where the organisation wants it: good once, five guesses, never 401', async () => {
    await movi.office('admin', 'PATCH /organisation', { second_factor: 'sms' })
    const code = async () => /\d{6}/.exec((await outbox('sms', '+50489978918'))[0]!.body)![0]
    const asked = await juan()
    const sent = { error: 'Te enviamos un código por SMS. Ingrésalo para continuar.', second_factor: 'sms' }
    expect({ status: asked.status, body: asked.body }).toEqual({ status: 422, body: sent })
    const otp = await code()
    const wrong = await juan({ otp: otp === '000000' ? '000001' : '000000' })
    expect(wrong).toMatchObject({ status: 422, body: { error: 'El código no es correcto o ya venció.' } })
    expect((await juan({ otp })).status).toBe(200)
    expect((await juan({ otp })).status).toBe(422)
    expect((await enter({ identification_number: '0801199099999' })).status).toBe(401)
    later(20)
    await juan()
    const late = await code()
    later(11)
    expect((await juan({ otp: late })).status).toBe(422)
    later(20)
    await juan()
    const good = await code()
    for (let n = 0; n < 5; n++) await juan({ otp: 'nonsense' })
    expect((await juan({ otp: good })).status).toBe(422)
    later(20)
    const answers = []
    for (let n = 0; n < 11; n++) answers.push((await juan()).status)
    expect(answers).toEqual([...new Array(10).fill(422), 429])
  })

  it('takes the token of an activated application in the place of the code', async () => {
    later(20)
    const body = await activation('356938035643809')
    expect((await movi.ask('POST /devices/activate', { body })).status).toBe(200)
    expect((await enter({ identification_number: MARIA, device_token: APPLICATION })).status).toBe(200)
    expect((await juan({ device_token: APPLICATION })).status).toBe(422)
  })

  it('sends the numbers of all current loans of those who share a phone', async () => {
    await movi.office('admin', 'PATCH /organisation', { second_factor: 'none' })
    await movi.login(MARIA)
    await transact(movi.world.door('movicuotas'), (ctx) =>
      sql`
        update users set phone = '+50489978918', phone_verified_at = now(), phone_doubtful = false
         where org_id = ${ctx.org.id} and id = (select user_id from customers where org_id = ${ctx.org.id} and phone = '+50498765432')
      `.execute(ctx.tx),
    )
    expect((await movi.ask('GET /auth/forgot_contract?phone=+50489978918')).status).toBe(200)
    const [newest] = await outbox('sms', '+50489978918')
    const [own, other] = ['S01-2026-01-01-000001 (MC-2026-0001)', 'S02-2026-01-01-000001 (MC-2026-0002)']
    expect(newest!.body).toBe(`MOVICUOTAS: Tus numeros de contrato son ${own}, ${other}.`)
  })

  it('says that the server is up to whoever watches it', async () => {
    const up = await movi.world.inject({ method: 'GET', url: '/up' })
    expect([up.statusCode, up.json()]).toEqual([200, { status: 'up' }])
  })
})
