/** What a phone is locked for decides what lifts the lock: the day's job, a payment, the pay-off, or staff alone. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { enforceLocks, unlockOnEvents } from '#modules/devices/devices.ts'
import { transact } from '#platform/context.ts'
import { eventsOf } from '#test/asking.ts'
import { JUAN, MARIA, type Movi, openMovi } from '#test/movi.ts'

const IMEI = { [JUAN]: '123456789012345', [MARIA]: '356938035643809' } as const
type Whose = keyof typeof IMEI

describe('a lock', () => {
  let movi: Movi
  beforeEach(async () => {
    movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
  })
  afterEach(() => movi?.close())

  const phone = async (whose: Whose) =>
    (await movi.office('supervisor', `GET /devices?imei=${IMEI[whose]}`)).body.devices[0]
  const stands = async (whose: Whose) => {
    const { lock_status, lock_cause } = await phone(whose)
    return [lock_status, lock_cause]
  }
  const tell = async (whose: Whose, what: 'lock' | 'confirm-lock' | 'unlock', body?: object) =>
    movi.office('admin', `POST /devices/${(await phone(whose)).id}/${what}`, body)
  const lock = async (whose: Whose, asked: { reason: string; cause?: string }) => {
    expect((await tell(whose, 'lock', asked)).status).toBe(200)
    expect((await tell(whose, 'confirm-lock')).status).toBe(200)
  }
  const endOfDay = () => enforceLocks(movi.world.door('movicuotas'))
  /** He says that he has paid, staff says so too, and the readers of the log hear of it. */
  const pay = async (whose: Whose, amount: number) => {
    const token = await movi.login(whose)
    const { next_payment } = (await movi.ask('GET /dashboard', { token })).body
    const payment = { installment_id: next_payment.id, amount, payment_date: '2026-02-15' }
    const { body } = await movi.ask('POST /payments', { token, body: { payment } })
    expect((await movi.office('supervisor', `POST /payments/${body.id}/verify`)).status).toBe(200)
    await movi.world.settle()
  }

  it('of a phone that is not late is staff’s: no day lifts it, a payment does', async () => {
    await lock(JUAN, { reason: 'Pago vencido' })
    expect(await stands(JUAN)).toEqual(['locked', 'staff'])
    expect(await endOfDay()).toMatchObject({ unlocked: 0 })
    expect(await stands(JUAN)).toEqual(['locked', 'staff'])
    await pay(JUAN, 1166.67)
    expect(await stands(JUAN)).toEqual(['unlocked', null])
    const { history } = await phone(JUAN)
    expect(history.map((one: { status: string; cause: string | null }) => [one.status, one.cause])).toEqual([
      ['pending', 'staff'],
      ['locked', 'staff'],
      ['unlocked', null],
    ])
  })

  it('of staff is not lifted by a payment that came before it and is heard of after it', async () => {
    await pay(JUAN, 100)
    const heard = (await eventsOf(movi.world, 'movicuotas', 'repayment.posted')).slice(-1)
    movi.world.clock.moveTo(new Date('2026-02-15T16:00:00Z'))
    await lock(JUAN, { reason: 'Reporte de robo' })
    await transact(movi.world.door('movicuotas'), (ctx) => unlockOnEvents(ctx, heard))
    expect(await stands(JUAN)).toEqual(['locked', 'staff'])
  })

  it('of a late phone follows the arrears, whoever asked for it', async () => {
    expect(await stands(MARIA)).toEqual(['locked', 'arrears'])
    expect((await tell(MARIA, 'unlock', { reason: 'Promesa' })).body.lock_cause).toBe(null)
    await lock(MARIA, { reason: 'Pago vencido' })
    expect(await stands(MARIA)).toEqual(['locked', 'arrears'])
    await pay(MARIA, 1166.67)
    expect(await stands(MARIA)).toEqual(['locked', 'arrears'])
    await pay(MARIA, 1166.67)
    expect(await stands(MARIA)).toEqual(['unlocked', null])
  })

  it('of a phone that is not late, said to be for arrears, is lifted by the end of the day', async () => {
    await lock(JUAN, { reason: 'Pago vencido', cause: 'arrears' })
    expect(await endOfDay()).toMatchObject({ unlocked: 1 })
    expect(await stands(JUAN)).toEqual(['unlocked', null])
  })

  it('for security is lifted by staff alone, also of a phone that was locked late before it was stolen', async () => {
    const asked = { reason: 'Reporte de robo', cause: 'security' }
    expect((await tell(JUAN, 'lock', { ...asked, cause: 'theft' })).status).toBe(400)
    await lock(JUAN, asked)
    expect((await tell(MARIA, 'lock', { reason: 'Otra vez' })).status).toBe(409)
    const kept = await tell(MARIA, 'lock', asked)
    expect(kept.body).toMatchObject({ lock_status: 'locked', lock_cause: 'security', lock_reason: 'Reporte de robo' })
    expect((await tell(MARIA, 'lock', asked)).status).toBe(409)
    const [told] = (await eventsOf(movi.world, 'movicuotas', 'device.lock_cause_changed')).slice(-1)
    expect(told?.data).toMatchObject({ cause: 'security', was: 'arrears', reason: 'Reporte de robo' })
    await pay(MARIA, 2333.34)
    await pay(JUAN, 1166.67)
    await endOfDay()
    for (const whose of [JUAN, MARIA] as const) expect(await stands(whose)).toEqual(['locked', 'security'])
    expect((await tell(MARIA, 'unlock', { reason: 'Recuperado' })).body).toMatchObject({ lock_status: 'unlocked' })
  })

  it.each([
    ['staff', 'unlocked', true],
    ['security', 'locked', false],
  ] as const)('for %s is %s when the loan is paid off', async (cause, after, released) => {
    await lock(JUAN, { reason: 'Reporte de robo', cause })
    await pay(JUAN, 15_000)
    expect(await phone(JUAN)).toMatchObject({ lock_status: after })
    expect((await phone(JUAN)).released_on !== null).toBe(released)
    if (released) return
    await endOfDay()
    expect(await stands(JUAN)).toEqual(['locked', 'security'])
    const { body } = await tell(JUAN, 'unlock', { reason: 'Recuperado' })
    expect(body).toMatchObject({ lock_status: 'unlocked', lock_cause: null, released_on: '2026-02-15' })
    expect((await tell(JUAN, 'lock', { reason: 'Otra vez' })).status).toBe(409)
  })
})
