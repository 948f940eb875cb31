/** A phone whose customer has paid, and says so, is not locked while somebody looks. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addDays, type Day } from '#domain/day.ts'
import { enforceLocks, lockInBulk, requestLock, spareOnClaims, unlock } from '#modules/devices/devices.ts'
import { type Device, listDevices } from '#modules/devices/views.ts'
import { rejectClaim } from '#modules/payments/payments.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { eventsOf } from '#test/asking.ts'
import { MARIA, type Movi, openMovi } from '#test/movi.ts'

let movi: Movi
beforeAll(async () => {
  movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
  await as((ctx) => unlockMaria(ctx))
})
afterAll(() => movi?.close())

const TODAY = '2026-02-15' as Day
const door = (today: Day = TODAY): Door => ({ ...movi.world.door('movicuotas'), today })
const as = <T>(work: (ctx: Ctx) => Promise<T>): Promise<T> => transact(door(), work)
const phone = async (): Promise<Device> =>
  (await as((ctx) => listDevices(ctx, { imei: '356938035643809', after: 0, limit: 1 })))[0]!
const unlockMaria = async (ctx: Ctx): Promise<void> => {
  const [device] = await listDevices(ctx, { imei: '356938035643809', after: 0, limit: 1 })
  await unlock(ctx, device!.id, 'to begin with')
}

/** Maria says that she paid so much; answers the payment. */
async function claim(amount: number): Promise<number> {
  const token = await movi.login(MARIA)
  const { body } = await movi.ask('GET /dashboard', { token })
  const payment = { installment_id: body.next_payment.id, amount, payment_date: TODAY }
  return (await movi.ask('POST /payments', { token, body: { payment } })).body.id
}
const overdue = async (): Promise<number> =>
  (await movi.ask('GET /dashboard', { token: await movi.login(MARIA) })).body.total_overdue_amount
const heard = async (): Promise<void> => {
  const events = (await eventsOf(movi.world, 'movicuotas', 'payment.claimed')).slice(-1)
  await as((ctx) => spareOnClaims(ctx, events))
}
const lockedOn = async (today: Day): Promise<string> => {
  await enforceLocks(door(today))
  return (await phone()).lockStatus
}

it('keeps off the lock of the day for three days, and not when it was rejected or comes to less', async () => {
  const less = await claim((await overdue()) - 1)
  expect(await lockedOn(TODAY)).toBe('pending')
  await as(unlockMaria)
  await as((ctx) => rejectClaim(ctx, less, 'unreadable'))
  const whole = await claim(await overdue())
  for (let days = 0; days <= 3; days++) expect(await lockedOn(addDays(TODAY, days))).toBe('unlocked')
  expect(await lockedOn(addDays(TODAY, 4))).toBe('pending')
  await as(unlockMaria)
  await as((ctx) => rejectClaim(ctx, whole, 'not there'))
  expect(await lockedOn(TODAY)).toBe('pending')
})

it('calls off a lock that was only asked for, and keeps it out of a lock of many', async () => {
  const waiting = await claim(await overdue())
  await heard()
  expect((await phone()).lockStatus).toBe('unlocked')
  const { id } = await phone()
  const asked = { deviceIds: [id], reason: 'late', dryRun: false }
  expect((await as((ctx) => lockInBulk(ctx, asked))).rows).toMatchObject([{ deviceId: id, outcome: 'claim_waiting' }])
  await as((ctx) => rejectClaim(ctx, waiting, 'not there'))
  expect((await as((ctx) => lockInBulk(ctx, asked))).rows).toMatchObject([{ outcome: 'lock_requested' }])
})

it('holds staff back from nothing: one who asks for a lock gets it', async () => {
  await as(unlockMaria)
  await claim(await overdue())
  await as(async (ctx) => requestLock(ctx, (await phone()).id, 'seen elsewhere', 'security'))
  expect((await phone()).lockStatus).toBe('pending')
})
