import { afterAll, beforeAll, expect, it } from 'vitest'
import { addDays } from '#domain/day.ts'
import { enforceLocks, spareOnClaims } from '#modules/devices/devices.ts'
import { type Device, listDevices } from '#modules/devices/views.ts'
import { type Door, transact } from '#platform/context.ts'
import { eventsOf } from '#test/asking.ts'
import { MARIA, type Movi, openMovi } from '#test/movi.ts'

let movi: Movi
beforeAll(async () => {
  movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
})
afterAll(() => movi?.close())

const door = (deviceLocks: object): Door => {
  const given = movi.world.door('movicuotas')
  return { ...given, org: { ...given.org, policies: { ...given.org.policies, deviceLocks } } }
}
const THREE_DAYS = { provisionalDays: 3 }
const phone = async (): Promise<Device> =>
  (await transact(door({}), (ctx) => listDevices(ctx, { imei: '356938035643809', after: 0, limit: 1 }), true))[0]!

/** Maria sends a receipt, and the reader of the log hears of it. */
async function claim(policy: object): Promise<void> {
  const token = await movi.login(MARIA)
  const { body } = await movi.ask('GET /dashboard', { token })
  const payment = { installment_id: body.next_payment.id, amount: 10, payment_date: '2026-02-15' }
  expect((await movi.ask('POST /payments', { token, body: { payment } })).status).toBe(201)
  const events = (await eventsOf(movi.world, 'movicuotas', 'payment.claimed')).slice(-1)
  await transact(door(policy), (ctx) => spareOnClaims(ctx, events))
}

it('lifts no lock where the organisation gives no days', async () => {
  await claim({})
  expect(await phone()).toMatchObject({ lockStatus: 'locked', sparedUntil: null })
})

it('lifts the lock for three days while a receipt is looked at, once for the same arrears', async () => {
  await claim(THREE_DAYS)
  expect(await phone()).toMatchObject({ lockStatus: 'unlocked', sparedUntil: '2026-02-18' })
  for (let day = 0; day <= 4; day++) {
    const today = addDays(door({}).today, day)
    await enforceLocks({ ...door(THREE_DAYS), today })
    expect([today, (await phone()).lockStatus]).toEqual([today, day <= 3 ? 'unlocked' : 'pending'])
  }
  await claim(THREE_DAYS)
  expect(await phone()).toMatchObject({ lockStatus: 'pending', sparedUntil: '2026-02-18' })
})
