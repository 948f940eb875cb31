/** Pushes over HTTP, against a server that checks what Google checks. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from '#platform/config.ts'
import { sendPush } from '#platform/providers/fcm/push.ts'
import { type FcmSimulator, startFcmSimulator } from '#platform/providers/fcm/simulator.ts'

const TOKEN = `${'a'.repeat(60)}:APA91b`
const PUSH = { token: TOKEN, title: 'Pago Hoy', body: 'Hoy vence tu cuota.', data: { type: 'payment_reminder' } }

let fcm: FcmSimulator
beforeAll(async () => {
  fcm = await startFcmSimulator()
})
afterEach(() => fcm.endTokens())
afterAll(() => fcm.close())

describe('a push', () => {
  it('is sent with an access token for a signed assertion, which serves until it ends', async () => {
    const account = { ...fcm.account }
    const before = fcm.tokensGranted()
    for (let n = 0; n < 3; n++) {
      expect(await sendPush(account, PUSH)).toEqual({
        outcome: 'sent',
        reference: expect.stringMatching(/\/messages\//),
      })
    }
    expect(fcm.tokensGranted()).toBe(before + 1)
    expect(fcm.taken.at(-1)).toEqual({
      token: TOKEN,
      notification: { title: 'Pago Hoy', body: 'Hoy vence tu cuota.' },
      data: { type: 'payment_reminder' },
      android: { priority: 'HIGH', notification: { channel_id: 'movicuotas_channel' } },
    })
  })

  it('asks for one access token, however many go out at once', async () => {
    const account = { ...fcm.account }
    const before = fcm.tokensGranted()
    const sent = await Promise.all(Array.from({ length: 8 }, () => sendPush(account, PUSH)))
    expect(new Set(sent.map(({ outcome }) => outcome))).toEqual(new Set(['sent']))
    expect(fcm.tokensGranted()).toBe(before + 1)
  })

  it('renews an access token that is refused, once', async () => {
    const account = { ...fcm.account }
    await sendPush(account, PUSH)
    fcm.endTokens()
    expect((await sendPush(account, PUSH)).outcome).toBe('sent')
    fcm.fail({ status: 401 }, 2)
    expect((await sendPush(account, PUSH)).outcome).toBe('try_again')
    expect((await sendPush(account, PUSH)).outcome).toBe('sent')
  })

  it.each([
    // token or fault                                      | outcome
    ['UNREGISTERED'.padEnd(60, 'x'), undefined, { outcome: 'rejected', addressGone: true }],
    ['short', undefined, { outcome: 'rejected', addressGone: true }],
    [TOKEN, { status: 429, headers: { 'retry-after': '240' } }, { outcome: 'try_again', retryAfterSeconds: 240 }],
    [TOKEN, { status: 503 }, { outcome: 'try_again' }],
    [TOKEN, { status: 500, body: 'oops' }, { outcome: 'try_again' }],
    [TOKEN, { status: 400, body: { error: { status: 'INVALID_ARGUMENT', message: 'Bad' } } }, { outcome: 'rejected' }],
  ])('to %s answered with %j is %j', async (token, fault, expected) => {
    if (fault) fcm.fail(fault)
    expect(await sendPush(fcm.account, { ...PUSH, token })).toEqual({
      ...expected,
      error: expect.stringMatching(/^FCM/),
    })
  })

  it('waits where Google cannot be reached, or does not know the account', async () => {
    const nowhere = { ...fcm.account, url: 'http://127.0.0.1:1', tokenUri: 'http://127.0.0.1:1/token' }
    expect(await sendPush(nowhere, PUSH)).toMatchObject({ outcome: 'try_again', error: /cannot be reached/ })
    for (const stranger of [
      { ...fcm.account, clientEmail: 'somebody@else.example' },
      { ...fcm.account, privateKey: (await startFcmSimulator()).account.privateKey },
    ]) {
      expect(await sendPush(stranger, PUSH)).toMatchObject({ outcome: 'try_again', error: /no access token: 400/ })
    }
  })
})

describe('the service account', () => {
  it('is read from its text', () => {
    const config = readConfig({ MKOPO_FCM_SERVICE_ACCOUNT: fcm.serviceAccount, MKOPO_FCM_URL: `${fcm.account.url}/` })
    expect(config.push).toEqual(fcm.account)
    expect(readConfig({}).push).toBeUndefined()
  })

  it.each(['{"project_id":"p"}', '{', '/nowhere/account.json'])('is refused as %s, without repeating it', (given) => {
    expect(() => readConfig({ MKOPO_FCM_SERVICE_ACCOUNT: given })).toThrow(ConfigError)
    expect(() => readConfig({ MKOPO_FCM_SERVICE_ACCOUNT: given })).not.toThrow(given)
  })
})
