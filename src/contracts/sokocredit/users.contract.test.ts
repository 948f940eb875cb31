import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN, type Answered, bothWays, LENDER, MAMA, openSoko, refusal, type Soko } from '#test/soko.ts'

let soko: Soko
let mama: string
let lender: string
const create = (token: string, body?: object): Promise<Answered> =>
  soko.ask('POST /api/users/notifications/create-test', { token, body })
const list = (token: string, query = ''): Promise<Answered> =>
  soko.ask(`GET /api/users/notifications/${query}`, { token })

beforeAll(async () => {
  soko = await openSoko()
  mama = (await soko.login(MAMA)).access
  lender = (await soko.login(LENDER)).access
})
afterAll(() => soko.close())

describe('POST /api/users/notifications/create-test', () => {
  it.each(bothWays('POST /api/users/notifications/create-test'))(
    '%s: the notification, for the caller',
    async (what) => {
      const { status, body } = await soko.ask(what, { token: mama, body: { message: 'Habari' } })
      expect([status, body]).toEqual([
        201,
        {
          id: body.id,
          user_id: 3,
          title: 'Test notification',
          message: 'Habari',
          type: 'test',
          read: false,
          created_at: expect.stringMatching(/^2026-02-15T09:\d\d:\d\d\.\d{3}Z$/),
        },
      ])
      expect((await create(mama)).body.message).toBe('🔔 Test notification')
      expect((await create(mama, { message: '' })).body.message).toBe('🔔 Test notification')
      expect((await create(mama, { message: 'x'.repeat(255) })).status).toBe(201)
    },
  )

  it('refuses a text that is too long, no text at all, and no token', async () => {
    expect(await create(mama, { message: 'x'.repeat(256) })).toMatchObject(refusal(400, /message/))
    expect((await create(mama, { message: {} })).status).toBe(400)
    expect((await soko.ask('POST /api/users/notifications/create-test', { body: {} })).status).toBe(401)
  })

  it('is not there in production (demo_only)', async () => {
    const secret = 'z4V9-kq2P-77ab-Lmno-0pqr-stuv-WXYZ-5678'
    const real = await openSoko({ env: { MKOPO_MODE: 'production', MKOPO_SECRET: secret } })
    const { access } = await real.login(ADMIN)
    const answer = await real.ask('POST /api/users/notifications/create-test', { token: access, body: {} })
    expect(answer).toMatchObject(refusal(404, 'Not found'))
    await real.close()
  })
})

describe('GET /api/users/notifications/', () => {
  it.each(bothWays('GET /api/users/notifications/'))('%s: a bare array, newest first, own only', async (what) => {
    const one = (await create(lender, { message: 'one' })).body
    const two = (await create(lender, { message: 'two' })).body
    const { status, body } = await soko.ask(what, { token: lender })
    expect(status).toBe(200)
    expect(body.slice(0, 2)).toEqual([two, one])
    expect(new Set(body.map((each: { user_id: number }) => each.user_id))).toEqual(new Set([2]))
    expect((await soko.ask(what)).status).toBe(401)
  })

  it('is bounded', async () => {
    expect((await list(lender, '?limit=1')).body).toHaveLength(1)
    expect((await list(lender, '?limit=0')).status).toBe(400)
    expect((await list(lender, '?limit=501')).status).toBe(400)
    expect((await list(lender, '?limit=all')).status).toBe(400)
  })
})

describe('PUT /api/users/notifications/:id/read', () => {
  it.each(['', '/'])('with %s at its end: read by its owner, as often as he likes', async (slash) => {
    const { id } = (await create(mama)).body
    const read = (token: string | undefined, which: number | string = id): Promise<Answered> =>
      soko.ask(`PUT /api/users/notifications/${which}/read${slash}`, { token })
    expect(await read(lender)).toMatchObject(refusal(404, 'Notification not found'))
    const words = { msg: 'Marked as read', message: 'Marked as read' }
    expect(await read(mama)).toMatchObject({ status: 200, body: words })
    expect((await read(mama)).status).toBe(200)
    expect((await list(mama)).body.find((each: { id: number }) => each.id === id).read).toBe(true)
    expect((await list(mama, '?unread=true')).body.some((each: { id: number }) => each.id === id)).toBe(false)
    expect(await read(mama, 4711)).toMatchObject(refusal(404, 'Notification not found'))
    for (const wrong of ['x', '0', '-1', '99999999999']) expect((await read(mama, wrong)).status).toBe(404)
    expect((await read(undefined)).status).toBe(401)
  })
})

describe('DELETE /api/users/notifications/:id', () => {
  it.each(['', '/'])('with %s at its end: gone for its owner, untouchable for others', async (slash) => {
    const { id } = (await create(mama)).body
    const remove = (token: string | undefined): Promise<Answered> =>
      soko.ask(`DELETE /api/users/notifications/${id}${slash}`, { token })
    expect(await remove(lender)).toMatchObject(refusal(404, 'Notification not found'))
    expect((await remove(undefined)).status).toBe(401)
    const words = { msg: 'Notification deleted', message: 'Notification deleted' }
    expect(await remove(mama)).toMatchObject({ status: 200, body: words })
    expect(await remove(mama)).toMatchObject(refusal(404, 'Notification not found'))
    expect((await list(mama)).body.some((each: { id: number }) => each.id === id)).toBe(false)
  })
})

describe('PUT /api/users/profile', () => {
  const change = (body?: object): Promise<Answered> => soko.ask('PUT /api/users/profile', { token: mama, body })

  it('changes what is given and keeps the rest', async () => {
    const { status, body } = await change({
      first_name: 'Mary',
      last_name: 'Wanjiku',
      town: 'Nakuru',
      role: 'admin',
      password: 'x',
    })
    expect(status).toBe(200)
    expect(body.user).toMatchObject({ id: 3, full_name: 'Mary Wanjiku', role: 'mama_mboga', email: MAMA })
    expect(body.user.profile).toEqual({ first_name: 'Mary', last_name: 'Wanjiku', town: 'Nakuru' })
    expect((await change({})).body.user.full_name).toBe('Mary Wanjiku')
    expect((await change({ phone: '0733444555' })).body.user).toMatchObject({
      phone: '+254733444555',
      phone_verified: false,
    })
    expect((await soko.login(MAMA)).access).toBeDefined()
  })

  it('writes what GET /customers/{id} and /auth/me show', async () => {
    const registered = {
      ...{ phone: '0744000001', email: 'profile@example.com', password: 'secret', full_name: 'Asha Juma' },
      ...{ business_name: 'Asha Fish', location: 'Kisumu', gender: 'female' },
    }
    const { customer_id: id } = (await soko.ask('POST /auth/register', { body: registered })).body
    const token = (await soko.login(registered.email, 'secret')).access
    const change = (body: object) => soko.ask('PUT /api/users/profile', { token, body })
    const shown = async () => (await soko.ask(`GET /customers/${id}`, { token })).body
    const me = async () => (await soko.ask('GET /auth/me', { token })).body
    const sent = {
      ...{ full_name: 'Asha Juma Otieno', email: 'asha@example.com', phone: '0744000002' },
      ...{ business_name: 'Asha Fish and Rice', location: 'Mombasa', business_type: 'food' },
    }
    expect(await change(sent)).toMatchObject({
      status: 200,
      body: { user: { location: 'Mombasa', role: 'mama_mboga' } },
    })
    const { business_type: _, ...ofCustomer } = { ...sent, phone: '+254744000002' }
    expect(await shown()).toMatchObject(ofCustomer)
    expect(await me()).toMatchObject({ ...ofCustomer, business_type: 'food', gender: 'female' })
    await change({ location: 'Lamu' })
    expect(await shown()).toMatchObject({ ...ofCustomer, location: 'Lamu' })
    expect((await change({ location: 'x'.repeat(300) })).status).toBe(400)
    expect((await change({ business_name: {} })).status).toBe(400)
    expect((await shown()).location).toBe('Lamu')
  })

  it('refuses what belongs to another or is no address', async () => {
    expect(await change({ email: LENDER })).toMatchObject(refusal(409, 'Email already exists'))
    expect(await change({ phone: '0700000002' })).toMatchObject(refusal(409, 'Phone number already exists'))
    expect(await change({ username: 'Lender1' })).toMatchObject(refusal(409, 'Username already exists'))
    expect((await change({ phone: 'mama' })).status).toBe(400)
    expect((await change({ email: '' })).status).toBe(400)
    expect((await soko.ask('PUT /api/users/profile', { body: {} })).status).toBe(401)
  })
})
