/** What is another customer’s is answered exactly like what does not exist. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registerUser } from '#modules/identity/identity.ts'
import { transact } from '#platform/context.ts'
import { JUAN, MARIA, type Movi, openMovi } from '#test/movi.ts'
import { expectStatus, picture } from '#test/movi-buyers.ts'
import type { Asking } from '#test/world.ts'

const PUSH = `push-${'j'.repeat(60)}`

describe('a customer who asks for what is another’s', () => {
  let movi: Movi
  let juan: string
  let maria: string
  let paymentId: number
  let noticeId: number
  let tokenId: number
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
    juan = await movi.login(JUAN)
    maria = await movi.login(MARIA)
    const payment = { installment_id: 3, amount: 10, payment_date: '2026-02-15', receipt_image: picture() }
    paymentId = expectStatus(201, await movi.ask('POST /payments', { token: juan, body: { payment } })).body.id
    const device_token = { token: PUSH, platform: 'android' }
    const registered = await movi.ask('POST /device_tokens', { token: juan, body: { device_token } })
    tokenId = expectStatus(201, registered).body.device_token.id
    noticeId = (await movi.ask('GET /notifications', { token: juan })).body.notifications[0].id
  })
  afterAll(() => movi?.close())

  /** Status, body byte for byte, and the headers that could tell. */
  const answer = async (asking: Asking) => {
    const { statusCode, body, headers } = await movi.world.inject(asking)
    const { 'x-request-id': _, date: __, ...told } = headers
    return { statusCode, body, told }
  }
  /** What is theirs and what is nobody’s: the same answer, which is a 404. */
  const expectTwins = async (
    of: (which: string | number) => Asking,
    theirs: string | number,
    nobodys: string | number,
  ) => {
    const [there, nowhere] = [await answer(of(theirs)), await answer(of(nobodys))]
    expect(there).toEqual(nowhere)
    expect(there.statusCode).toBe(404)
    expect(JSON.parse(there.body)).toEqual({ error: expect.any(String) })
  }
  const paying =
    (token: string, more: Record<string, unknown>) =>
    (installment_id: string | number): Asking => ({
      method: 'POST',
      ...{ url: '/api/v1/payments', token },
      payload: { payment: { installment_id, amount: 10, payment_date: '2026-02-15', ...more } },
    })

  // tidy: twins expects
  it.each<[string, Record<string, unknown>]>([
    ['well', {}],
    ['with a receipt', { receipt_image: picture() }],
    ['with a receipt that is none', { receipt_image: 'dGVzdA==' }],
    ['with no amount', { amount: 0 }],
    ['with no date', { payment_date: null }],
    ['by a way that is not known', { payment_method: 'barter' }],
  ])('learns nothing of an instalment that he pays %s', async (_, more) => {
    // The first is paid, the third is not.
    for (const theirs of [1, 3]) await expectTwins(paying(maria, more), theirs, 987_654)
    await expectTwins(paying(juan, more), 13, 987_654)
  })

  it('learns nothing of notices, tokens, payments, receipts and devices', async () => {
    const at = (method: Asking['method'], path: (which: string | number) => string) => (which: string | number) =>
      ({ method, url: `/api/v1${path(which)}`, token: maria }) as const
    for (const method of ['POST', 'PUT'] as const) {
      await expectTwins(
        at(method, (id) => `/notifications/${id}/mark_read`),
        noticeId,
        987_654,
      )
    }
    await expectTwins(
      at('DELETE', (token) => `/device_tokens?token=${token}`),
      PUSH,
      `${PUSH}x`,
    )
    await expectTwins(
      at('DELETE', (token) => `/device_tokens/${token}`),
      tokenId,
      987_654,
    )
    await expectTwins(
      at('PUT', (token) => `/device_tokens/refresh?token=${token}`),
      PUSH,
      `${PUSH}x`,
    )
    for (const path of ['payments', 'payments/receipt', 'installments', 'devices', 'loans', 'customers']) {
      const [folder, what = ''] = path.split('/')
      await expectTwins(
        at('GET', (id) => `/${folder}/${id}${what && `/${what}`}`),
        paymentId,
        987_654,
      )
    }
    expect((await movi.ask(`PUT /device_tokens/refresh?token=${PUSH}`, { token: juan })).status).toBe(200)
    const { body } = await movi.ask('GET /notifications', { token: juan })
    expect(body.notifications[0]).toMatchObject({ id: noticeId, is_read: false })
  })

  it('gets the same refusal for another’s contract number as for a person who does not exist', async () => {
    const login = (identification_number: string, contract_number?: string) =>
      answer({
        method: 'POST',
        url: '/api/v1/auth/login',
        payload: { auth: { identification_number, ...(contract_number && { contract_number }) } },
      })
    const mismatch = await login(JUAN, 'MC-2026-0002')
    expect(mismatch).toEqual(await login('0101190000000', 'MC-2026-0002'))
    expect(mismatch).toEqual(await login('0101190000000'))
    expect(mismatch.body).toBe('{"error":"Invalid credentials"}')
  })

  it('is not disturbed by another’s Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'one-for-two' }
    const own = (await movi.ask('GET /dashboard', { token: maria })).body.next_payment.id
    const first = await movi.ask('POST /payments', {
      ...{ token: juan, headers },
      body: { payment: { installment_id: 3, amount: 11, payment_date: '2026-02-15' } },
    })
    const second = await movi.ask('POST /payments', {
      ...{ token: maria, headers },
      body: { payment: { installment_id: own, amount: 12, payment_date: '2026-02-15' } },
    })
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.body.id).not.toBe(first.body.id)
  })

  it('does not come into the office, and sees no receipt there with a login of his own', async () => {
    const url = `/office/v1/payments/${paymentId}/receipt`
    const headers = { 'x-organisation': 'movicuotas' }
    for (const token of [juan, maria])
      expect((await answer({ method: 'GET', url, headers, token })).statusCode).toBe(401)
    const credentials = { email: 'cliente@example.com', password: 'password' }
    const door = movi.world.door('movicuotas')
    await transact(door, (ctx) => registerUser(ctx, { ...credentials, roles: ['customer'] }))
    const asked = { method: 'POST', url: '/office/v1/auth/token', payload: credentials, headers } as const
    const { access } = (await movi.world.inject(asked)).json()
    for (const path of [url, `/office/v1/payments/${paymentId}`, '/office/v1/payments', '/office/v1/devices/1']) {
      expect((await answer({ method: 'GET', url: path, headers, token: access })).statusCode).toBe(403)
    }
    const seen = await movi.office('supervisor', `GET /payments/${paymentId}/receipt`)
    expect([seen.status, seen.headers['content-type']]).toEqual([200, 'image/jpeg'])
  })
})
