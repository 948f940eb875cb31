/** The organisation's settings over HTTP: who may change them, what is refused, and who notices. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Movi, openMovi } from '#test/movi.ts'

let movi: Movi
beforeAll(async () => {
  movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
})
afterAll(() => movi?.close())

describe('the settings of an organisation', () => {
  it('are read by its staff', async () => {
    const { status, body } = await movi.office('vendedor', 'GET /organisation')
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        ...{ slug: 'movicuotas', currency: 'HNL', time_zone: 'America/Tegucigalpa', support_phone: null },
        device_locks: { warn_after_days: 27, lock_after_days: 30, confirm: 'manual', no_lock_on: [] },
      },
    })
  })

  it('are changed by its administrator, and the application of its customers shows them at once', async () => {
    expect((await movi.ask('GET /settings')).body).toEqual({ support_phone_number: null, support_schedule: null })
    const change = { support_phone: ' +504 2222-3333 ', support_schedule: 'Lunes a sábado, 8:00–18:00' }
    const { status, body } = await movi.office('admin', 'PATCH /organisation', change)
    expect({ status, body }).toMatchObject({ status: 200, body: { support_phone: '+504 2222-3333' } })
    expect((await movi.ask('GET /settings')).body).toEqual({
      ...{ support_phone_number: '+504 2222-3333', support_schedule: 'Lunes a sábado, 8:00–18:00' },
    })
    expect((await movi.office('supervisor', 'GET /organisation')).body).toEqual(body)
  })

  it.each(['supervisor', 'vendedor'] as const)('are not changed by a %s', async (who) => {
    expect((await movi.office(who, 'PATCH /organisation', { support_phone: '1' })).status).toBe(403)
  })

  it.each([
    [{ name: 'Mine' }, 'name'],
    [{ currency: 'USD' }, 'currency'],
    [{ device_locks: { lock_after_days: 0 } }, 'lock_after_days'],
    [{ device_locks: { lock_after_days: 2.5 } }, 'lock_after_days'],
    [{ device_locks: { lock_after_days: 20 } }, 'warn_after_days'],
    [{ device_locks: { confirm: 'never' } }, 'confirm'],
    [{ device_locks: { no_lock_on: [0] } }, 'no_lock_on'],
    [{ device_locks: { emergency: false } }, 'emergency'],
    [{ contact_hours: { from: '8', to: '19:00' } }, 'from'],
    [{ contact_hours: { from: '19:00', to: '08:00' } }, 'from'],
    [{ notice_hour: 24 }, 'notice_hour'],
    [{ sales: { income_share: 0 } }, 'income_share'],
    [{ second_factor: 'voice' }, 'second_factor'],
    [{ support_phone: 'a\u0000b' }, 'support_phone'],
    [{ support_phone: '' }, 'support_phone'],
  ])('refuse %j, naming the field', async (change, field) => {
    const { status, body } = await movi.office('admin', 'PATCH /organisation', change)
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_input' })
    expect(JSON.stringify(body.errors)).toContain(field)
  })

  it('are in the log of events with who changed what', async () => {
    await movi.office('admin', 'PATCH /organisation', { device_locks: { warn_after_days: 3, lock_after_days: 7 } })
    const { body } = await movi.office('admin', 'GET /events?limit=200')
    const changes = body.events.filter(({ type }: { type: string }) => type === 'organisation.settings_changed')
    expect(changes.at(-1)).toMatchObject({
      actor: expect.stringMatching(/^user:\d+$/),
      contract: 'office',
      data: {
        changed: {
          deviceLocks: {
            from: {
              warnAfterDays: 27,
              lockAfterDays: 30,
              confirm: 'manual',
              noLockOn: [],
              provisionalDays: null,
              claimDays: 3,
            },
            to: {
              warnAfterDays: 3,
              lockAfterDays: 7,
              confirm: 'manual',
              noLockOn: [],
              provisionalDays: null,
              claimDays: 3,
            },
          },
        },
      },
    })
  })

  it('decide the very next morning’s locks', async () => {
    // Rosa is six days late on the 16th, seven on the 17th: warned, then locked, although a payment of hers waits.
    await movi.office('admin', 'PATCH /organisation', { device_locks: { claim_days: null } })
    await movi.world.moveClock('2026-02-16T15:00:00Z')
    const rosa = async () =>
      (await movi.office('admin', 'GET /devices?imei=490154203237518')).body.devices[0].lock_status
    expect(await rosa()).toBe('unlocked')
    await movi.world.moveClock('2026-02-17T15:00:00Z')
    expect(await rosa()).toBe('pending')
  })

  it('decide at which hour customers are told', async () => {
    const change = { notice_hour: 11, contact_hours: { from: '10:00', to: '18:00' }, sales: { income_share: 30 } }
    expect((await movi.office('admin', 'PATCH /organisation', change)).body).toMatchObject(change)
    // Juan's instalment of 1 March: three days before, two hours before the notices and after them.
    const told = async (now: string) => {
      await movi.world.moveClock(now)
      const { body } = await movi.ask('GET /notifications?per_page=50', { token: await movi.login() })
      return body.notifications.filter((one: { message: string }) => one.message.includes('01/03/2026')).length
    }
    expect(await told('2026-02-26T15:00:00Z')).toBe(0)
    expect(await told('2026-02-26T17:30:00Z')).toBe(1)
  })
})
