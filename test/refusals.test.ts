/** Refusals that other tests meet by their text only: each raised by a real request, under its name, as its contract answers it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answers as movicuotas } from '#contracts/movicuotas/answers.ts'
import { answers as repaysync } from '#contracts/repaysync/answers.ts'
import { answers as visionfund } from '#contracts/visionfund/answers.ts'
import type { RefusalCode } from '#domain/refusal.ts'
import { collectFromPhone } from '#modules/teller/collections.ts'
import { recipientOf } from '#modules/payouts/payouts.ts'
import { transact } from '#platform/context.ts'
import type { RefusalAnswer } from '#platform/http/route.ts'
import { refusalOf } from '#test/asking.ts'
import { JUAN, MARIA, type Movi, openMovi } from '#test/movi.ts'
import { openRepay, type Repay } from '#test/repay.ts'
import { type Member, openVision, type Vision } from '#test/vision.ts'
import { openWorld } from '#test/world.ts'

interface Answered {
  readonly status: number
  readonly body: unknown
}

/** Status and words of a code are those of the contract's own record. */
function expectRefused(answers: Readonly<Record<RefusalCode, RefusalAnswer>>, code: RefusalCode, got: Answered): void {
  const [status, text] = answers[code]
  expect({ status: got.status, says: JSON.stringify(got.body) }).toEqual({
    status,
    says: expect.stringContaining(String(text)),
  })
}

describe('the office, on phones and payments', () => {
  let movi: Movi
  const LATE = '356938035643809'
  const GOOD = '123456789012345'
  const devices = new Map<string, number>()
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
    for (const imei of [LATE, GOOD]) {
      const { body } = await movi.office('supervisor', `GET /devices?imei=${imei}`)
      devices.set(imei, body.devices[0].id)
    }
  })
  afterAll(() => movi?.close())

  const refused = async (what: string, body?: unknown) => {
    const got = await movi.office('supervisor', what, body)
    return { status: got.status, code: got.body?.code }
  }
  const at = (imei: string, act: string) => `POST /devices/${devices.get(imei)}/${act}`
  const reason = { reason: 'Pago vencido' }

  it.each([
    ['GET /payments/999', undefined, 404, 'payment_not_found'],
    ['POST /payments/999/verify', undefined, 404, 'payment_not_found'],
    ['POST /payments/999/reject', reason, 404, 'payment_not_found'],
    ['GET /devices/999', undefined, 404, 'device_not_found'],
    ['POST /devices/999/lock', reason, 404, 'device_not_found'],
    ['PATCH /devices', {}, 405, 'method_not_allowed'],
  ] as const)('%s', async (what, body, status, code) => {
    expect(await refused(what, body)).toEqual({ status, code })
  })

  it('a lock takes its steps in their order', async () => {
    expect(await refused(at(GOOD, 'confirm-lock'))).toEqual({ status: 409, code: 'device_not_pending' })
    expect(await refused(at(GOOD, 'unlock'))).toEqual({ status: 409, code: 'device_not_locked' })
    expect(await refused(at(LATE, 'lock'), reason)).toEqual({ status: 409, code: 'device_not_unlocked' })
    expect(await refused(at(LATE, 'unlock'))).toEqual({ status: 409, code: 'arrears_remain' })
  })

  it('a claim is decided once', async () => {
    const token = await movi.login(MARIA)
    const { body } = await movi.ask('GET /dashboard', { token })
    const payment = { installment_id: body.next_payment.id, amount: 5, payment_date: '2026-02-15' }
    const claim = (await movi.ask('POST /payments', { token, body: { payment } })).body.id
    expect((await movi.office('supervisor', `POST /payments/${claim}/verify`)).status).toBe(200)
    for (const act of [`verify`, `reject`]) {
      const got = await refused(`POST /payments/${claim}/${act}`, act === 'reject' ? reason : undefined)
      expect(got).toEqual({ status: 409, code: act === 'verify' ? 'payment_not_pending' : 'payment_not_in_suspense' })
    }
  })

  it('a phone that is paid for is never locked again', async () => {
    const { body } = await movi.office('supervisor', `GET /devices/${devices.get(GOOD)}`)
    const quote = await movi.office('admin', `GET /loans/${body.loan_id}/pay-off-quote`)
    expect(quote.status).toBe(200)
    expect(
      (await movi.office('admin', `POST /loans/${body.loan_id}/pay-off`, { account: 1020, reference: 'Transfer 77' }))
        .status,
    ).toBe(200)
    await movi.world.settle()
    expect(await refused(at(GOOD, 'lock'), reason)).toEqual({ status: 409, code: 'device_released' })
  })

  it('only organisations that there are, and bodies of a kind that it reads', async () => {
    const ask = (what: string, headers: Record<string, string>, payload: string) => {
      const [method, url] = what.split(' ') as ['POST', string]
      return movi.world.inject({ method, url, headers, payload })
    }
    const json = { 'content-type': 'application/json', 'x-organisation': 'nowhere' }
    const login = await ask('POST /office/v1/auth/token', json, '{"email":"a@b.c","password":"x"}')
    expect([login.statusCode, login.json().code]).toEqual([404, 'organisation_not_found'])
    const xml = await ask('POST /office/v1/auth/token', { 'content-type': 'text/xml' }, '<email/>')
    expect([xml.statusCode, xml.json().code]).toEqual([415, 'unsupported_media_type'])
  })
})

describe('MoviCuotas', () => {
  let movi: Movi
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
  })
  afterAll(() => movi?.close())

  const claim = async (identity: string, installment_id: unknown) => {
    const payment = { installment_id, amount: 5, payment_date: '2026-02-15' }
    return movi.ask('POST /payments', { token: await movi.login(identity), body: { payment } })
  }

  it('knows its instalments, whose they are and which are paid', async () => {
    for (const id of [0, -1, 999_999, 'x']) expectRefused(movicuotas, 'instalment_not_found', await claim(JUAN, id))
    const { body } = await movi.ask('GET /installments', { token: await movi.login(JUAN) })
    const paid = body.installments.find(({ status }: { status: string }) => status === 'paid')
    expectRefused(movicuotas, 'instalment_paid', await claim(JUAN, paid.id))
    expectRefused(movicuotas, 'instalment_not_found', await claim(MARIA, paid.id))
  })

  it('knows activation codes and push tokens, each of one phone', async () => {
    const activate = (activation_code: string, fcm_token: string) =>
      movi.ask('POST /devices/activate', { body: { activation_code, fcm_token, platform: 'android' } })
    const { body } = await movi.office('supervisor', 'GET /devices?imei=123456789012345')
    const code = body.devices[0].activation_code
    expectRefused(movicuotas, 'activation_code_unknown', await activate('ZZZZZZ', 'a'.repeat(60)))
    expect((await activate(code, 'a'.repeat(60))).status).toBe(200)
    expectRefused(movicuotas, 'activation_code_used', await activate(code, 'b'.repeat(60)))
    const token = await movi.login(MARIA)
    expectRefused(
      movicuotas,
      'device_token_not_found',
      await movi.ask(`DELETE /device_tokens?token=${'a'.repeat(60)}`, { token }),
    )
  })

  it('has nothing to show to who owes nothing any more', async () => {
    const { body } = await movi.office('supervisor', 'GET /devices?imei=123456789012345')
    const [{ loan_id }] = body.devices
    expect(
      (await movi.office('admin', `POST /loans/${loan_id}/pay-off`, { account: 1020, reference: 'Transfer 77' }))
        .status,
    ).toBe(200)
    const answered = await movi.ask('GET /dashboard', { token: await movi.login(JUAN) })
    expectRefused(movicuotas, 'no_open_loan', answered)
  })
})

describe('VisionFund', () => {
  let vision: Vision
  let client: Member
  beforeAll(async () => {
    vision = await openVision()
    client = await vision.client('Without Phone')
    await vision.deposit(client, 1000)
  })
  afterAll(() => vision?.close())

  const withdraw = (amount: unknown, one = client) =>
    vision.ask(`POST /api/transactions/withdrawal/${one.id}`, {
      body: { amount, destination: 'mpesa', client_token: one.token },
    })

  it('pays out to a phone what M-Pesa pays', async () => {
    expectRefused(visionfund, 'phone_missing', await withdraw(100))
    const reachable = await vision.client('With Phone', { phone: '0722555001' })
    await vision.deposit(reachable, 1000)
    for (const amount of [9, 100.5]) expectRefused(visionfund, 'payout_not_payable', await withdraw(amount, reachable))
  })

  it('takes no more for loans than is owed', async () => {
    expectRefused(visionfund, 'no_open_loan', await vision.repay(client, 10))
    await vision.disburse(client, 100)
    expectRefused(visionfund, 'amount_above_outstanding', await vision.repay(client, 999))
  })

  it('knows the institutions that it let in, and who agreed', async () => {
    const token = client.token
    const agree = (third_party_id: number) =>
      vision.ask(`POST /users/${client.id}/consents`, { token, body: { third_party_id } })
    expectRefused(visionfund, 'third_party_not_found', await agree(99))
    const shutOut = await vision.ask('DELETE /third-parties/99', { token: vision.staff.token })
    expectRefused(visionfund, 'third_party_not_found', shutOut)
    const { body } = await vision.ask('POST /third-parties', {
      token: vision.staff.token,
      body: { name: 'Equity Bank', valid_days: 365 },
    })
    const look = () => vision.ask(`GET /loans/${client.id}`, { headers: { 'x-api-key': body.api_key } })
    expectRefused(visionfund, 'consent_missing', await look())
    expect((await agree(body.id)).status).toBe(201)
    expect((await look()).status).toBe(200)
    const disagree = () => vision.ask(`DELETE /users/${client.id}/consents/${body.id}`, { token })
    expect((await disagree()).status).toBe(204)
    expectRefused(visionfund, 'consent_missing', await disagree())
  })
})

describe('RepaySync', () => {
  let repay: Repay
  beforeAll(async () => {
    repay = await openRepay()
    await repay.hire('boss', 'manager')
  })
  afterAll(() => repay?.close())

  it('has each code of a customer once', async () => {
    const body = { customer_code: 'C-1', name: 'Asha Otieno', phone: '0712000001' }
    const add = (more: object) => repay.ask('boss', 'POST /api/customers/', { ...body, ...more })
    expect((await add({})).status).toBe(201)
    expectRefused(repaysync, 'customer_code_taken', await add({ phone: '0712000002' }))
  })
})

it('in production without M-Pesa nothing is collected from a phone nor paid out to one: mobile_money_off', async () => {
  const world = await openWorld({
    env: { MKOPO_MODE: 'production', MKOPO_SECRET: 'z4V9-kq2P-77ab-Lmno-0pqr-stuv-5678' },
  })
  const asked = { amount: 10_000n, channel: 'mpesa' } as const
  const payOut = transact(world.door('visionfund'), async (ctx) => recipientOf(ctx, '+254722000001', asked))
  expect(await refusalOf(payOut)).toBe('mobile_money_off')
  expect(await refusalOf(collectFromPhone(world, { phone: '+254722000001' }))).toBe('mobile_money_off')
  await world.close()
})
