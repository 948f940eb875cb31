import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeSettings, type SettingsChange, settingsNow } from '#modules/organisations/organisations.ts'
import { policiesNow } from '#modules/organisations/views.ts'
import { Refusal } from '#domain/refusal.ts'
import { type Ctx, transact } from '#platform/context.ts'
import { eventsAfter } from '#platform/events/events.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const change = (given: SettingsChange, slug = 'movicuotas') => changeSettings(world.door(slug), given)
const read = <T>(work: (ctx: Ctx) => Promise<T>, slug = 'movicuotas') => transact(world.door(slug), work, true)

describe('the settings of an organisation', () => {
  it('are the usual ones of its country until it has its own', async () => {
    expect(await read(settingsNow)).toEqual({
      ...{ supportPhone: null, supportSchedule: null, secondFactor: 'none', registration: 'open' },
      deviceLocks: {
        warnAfterDays: 27,
        lockAfterDays: 30,
        confirm: 'manual',
        noLockOn: [],
        provisionalDays: null,
        claimDays: 3,
      },
      ...{ contactHours: { from: '00:00', to: '24:00' }, noticeHour: 8, approverMayDisburse: true, backdatingDays: 31 },
      sales: { documents: [], incomeShare: 40 },
    })
    expect((await read(settingsNow, 'repaysync')).contactHours).toEqual({ from: '08:00', to: '19:00' })
  })

  it('change one by one: what is left out stays, null brings the usual back', async () => {
    await change({ supportPhone: '+504 2222-3333', deviceLocks: { warnAfterDays: 5, lockAfterDays: 10 } })
    await change({ deviceLocks: { lockAfterDays: 12 }, contactHours: { from: '08:00', to: '19:00' } })
    expect(await change({ contactHours: null })).toMatchObject({
      ...{ supportPhone: '+504 2222-3333', contactHours: { from: '00:00', to: '24:00' } },
      deviceLocks: { warnAfterDays: 5, lockAfterDays: 12, confirm: 'manual' },
    })
    expect(await read(settingsNow, 'sokocredit')).toMatchObject({ supportPhone: null })
  })

  it.each<[string, SettingsChange, string]>([
    ['a warning on the day of the lock', { deviceLocks: { warnAfterDays: 12 } }, 'device_locks.warn_after_days'],
    ['notices outside the hours', { contactHours: { from: '09:00', to: '19:00' } }, 'notice_hour'],
    ['hours that end before they begin', { contactHours: { from: '19:00', to: '08:00' } }, 'contact_hours.from'],
  ])('refuse %s', async (_, given, field) => {
    const refused = await change(given).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Refusal)
    expect(refused).toMatchObject({ code: 'invalid_input', data: { fields: { [field]: expect.any(String) } } })
  })

  it('never warn or never lock where the days are null', async () => {
    const never = {
      warnAfterDays: null,
      lockAfterDays: null,
      confirm: 'mdm',
      noLockOn: [6, 7],
      provisionalDays: null,
      claimDays: 3,
    } as const
    expect((await change({ deviceLocks: never })).deviceLocks).toEqual(never)
  })

  it('of two changes at once lose none, and leave policies of other kinds alone', async () => {
    await change({ supportPhone: '1', supportSchedule: 'a' }, 'visionfund')
    await Promise.all([
      change({ supportPhone: '2' }, 'visionfund'),
      change({ supportSchedule: 'b' }, 'visionfund'),
      change({ approverMayDisburse: false }, 'visionfund'),
    ])
    expect(await read(policiesNow, 'visionfund')).toEqual({
      ...{ supportPhone: '2', supportSchedule: 'b', approverMayDisburse: false },
    })
  })

  it('are in the log with what was and what is; a change that changes nothing is not', async () => {
    await change({ registration: 'staff' }, 'repaysync')
    await change({ registration: 'staff' }, 'repaysync')
    expect(await read((ctx) => eventsAfter(ctx, 0n, 10), 'repaysync')).toEqual([
      expect.objectContaining({
        type: 'organisation.settings_changed',
        subject: `organisation:${world.org('repaysync').id}`,
        actor: 'system:test',
        data: { changed: { registration: { from: 'open', to: 'staff' } } },
      }),
    ])
  })
})
