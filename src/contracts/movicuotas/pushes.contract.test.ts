/** Notices on the phone: pushed over FCM's protocol to the applications of their customer, while they are there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Movi, openMovi } from '#test/movi.ts'
import { messageSimulators } from '#test/world.ts'

const HERE = `here-${'x'.repeat(60)}`
const GONE = `UNREGISTERED-${'x'.repeat(60)}`

describe('a reminder', () => {
  let movi: Movi
  let token: string
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-27T15:00:00Z' })
    token = await movi.login()
    for (const one of [HERE, GONE]) {
      const device_token = { token: one, platform: 'android', device_name: 'A54' }
      expect((await movi.ask('POST /device_tokens', { token, body: { device_token } })).status).toBe(201)
    }
  })
  afterAll(() => movi?.close())

  const pushes = async () => {
    const { body } = await movi.world.inject({ method: 'GET', url: '/demo/outbox?channel=push' })
    return JSON.parse(body) as { to: string; status: string; data: Record<string, string>; body: string }[]
  }
  const refresh = async (of: string) => (await movi.ask(`PUT /device_tokens/refresh?token=${of}`, { token })).status

  it('reaches the phone with both names of its type, the notification and what it is about, all as text', async () => {
    await movi.world.moveClock('2026-02-28T15:00:00Z')
    const { body } = await movi.ask('GET /notifications?per_page=1', { token })
    const [newest] = body.notifications
    const { fcm } = await messageSimulators()
    expect(fcm.taken.filter((one) => one.token === HERE).at(-1)).toEqual({
      token: HERE,
      notification: { title: 'Recordatorio de Pago', body: 'Tu cuota #3 vence mañana. Monto: L. 1,166.67' },
      data: {
        ...{ type: 'payment_reminder', notification_type: 'payment_reminder', notification_id: String(newest.id) },
        ...{ installment_id: '3', due_date: '2026-03-01' },
      },
      android: { priority: 'HIGH', notification: { channel_id: 'movicuotas_channel' } },
    })
  })

  it('stands among what was sent, and an application that is gone is not sent to again', async () => {
    const sent = await pushes()
    expect(sent.filter(({ to }) => to === HERE)).toMatchObject([{ status: 'sent', data: { type: 'payment_reminder' } }])
    expect(sent.filter(({ to }) => to === GONE)).toMatchObject([{ status: 'failed' }])
    expect([await refresh(HERE), await refresh(GONE)]).toEqual([200, 404])
    await movi.world.moveClock('2026-03-01T15:00:00Z')
    const after = await pushes()
    expect(after.filter(({ to }) => to === HERE).map(({ body }) => body)[0]).toMatch(/^Hoy vence tu cuota/)
    expect(after.filter(({ to }) => to === GONE)).toHaveLength(1)
  })

  it('waits as long as FCM says, and goes out then', async () => {
    const { fcm } = await messageSimulators()
    fcm.fail({ status: 429, headers: { 'retry-after': '1800' } })
    await movi.world.moveClock('2026-03-02T14:10:00Z')
    const waiting = async () => (await pushes()).filter(({ status }) => status === 'queued')
    expect(await waiting()).toMatchObject([{ to: HERE, body: expect.stringMatching(/^Tu cuota está vencida/) }])
    await movi.world.moveClock('2026-03-02T14:29:00Z')
    expect(await waiting()).toHaveLength(1)
    await movi.world.moveClock('2026-03-02T14:31:00Z')
    expect(await waiting()).toEqual([])
  })
})
