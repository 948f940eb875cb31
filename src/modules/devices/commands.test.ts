import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  confirmLock,
  enforceLocks,
  requestLock,
  takeCommandToSend,
  unlock,
  unlockOnEvents,
} from '#modules/devices/devices.ts'
import type { EventOf } from '#domain/event.ts'
import { ALWAYS_ALLOWED } from '#domain/devices/lock.ts'
import { deviceById } from '#modules/devices/views.ts'
import { openMdm } from '#platform/providers/mdm/mdm.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { type ManagedPhone, type Managing, openManaging } from '#test/managing.ts'
import { openOf } from '#test/measured.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let managing: Managing
const open = async () => {
  world = await openWorld()
  managing = await openManaging(world)
}
const close = async () => {
  await managing?.close()
  await world?.close()
}

const lock = ({ id }: ManagedPhone, reason = 'Pago vencido') => managing.run((ctx) => requestLock(ctx, id, reason))
const free = ({ id }: ManagedPhone) => managing.run((ctx) => unlock(ctx, id, 'Pago recibido'))
const told = async ({ id }: ManagedPhone) =>
  (await managing.commands(id)).map(({ kind, status }) => `${kind} ${status}`)
const lockStatus = async ({ id }: ManagedPhone) => (await managing.device(id)).lockStatus
const paidOn = ({ loanId }: ManagedPhone) => [{ data: { loan_id: loanId } } as EventOf<'loan.completed'>]
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a phone under device management', () => {
  beforeAll(open)
  afterEach(() => managing.mdm.clearRules())
  afterAll(close)

  it('is enrolled when its application is activated, with the secret that checks its codes', async () => {
    const phone = await managing.phone()
    await expect.poll(() => managing.mdm.phone(phone.imei).offlineSecret).toMatch(/^[\w+/]{43}=$/)
    expect(managing.mdm.commands(phone.imei).map(({ command }) => command)).toEqual(['enrol'])
  })

  it('has its commands measured while they wait, and while they were not heard of', async () => {
    const open = () => openOf(managing.address, 'sokocredit', 'device-commands')
    const phone = await managing.phone()
    await expect.poll(open).toEqual({ requested: 0, sent: 0 })
    managing.mdm.setOnline(phone.imei, false)
    await lock(phone)
    expect(await open()).toEqual({ requested: 1, sent: 0 })
    await managing.until(phone.id, 'sent')
    expect(await open()).toEqual({ requested: 0, sent: 1 })
    managing.mdm.setOnline(phone.imei, true)
    await expect.poll(open).toEqual({ requested: 0, sent: 0 })
  })

  it('is locked by a command that leaves emergency calls, support, the balance and receipts', async () => {
    const phone = await managing.phone()
    await lock(phone)
    expect(await told(phone)).toEqual(['lock requested'])
    await managing.until(phone.id, 'acknowledged')
    const locked = managing.mdm.phone(phone.imei)
    expect([locked.state, locked.allowed]).toEqual(['locked', ALWAYS_ALLOWED])
    expect(managing.mdm.commands(phone.imei).at(-1)).toMatchObject({
      ...{ message: 'Pago vencido', emergency_numbers: ['112', '911'] },
    })
    const facts = await eventsOf(world, 'sokocredit', 'device.command_acknowledged')
    expect(facts.at(-1)).toMatchObject({ subject: `device:${phone.id}`, actor: 'provider:mdm', data: { kind: 'lock' } })
  })

  it('stays pending until staff confirms, as the usual policy has it; staff need not wait for the phone', async () => {
    const phone = await managing.phone()
    await lock(phone)
    await managing.until(phone.id, 'acknowledged')
    expect(await lockStatus(phone)).toBe('pending')
    await managing.run((ctx) => confirmLock(ctx, phone.id))
    expect(await lockStatus(phone)).toBe('locked')
    const unheard = await managing.phone()
    await lock(unheard)
    await managing.run((ctx) => confirmLock(ctx, unheard.id))
    expect([await lockStatus(unheard), await told(unheard)]).toEqual(['locked', ['lock requested']])
  })

  it('is unlocked by a command of its own, at once for us', async () => {
    const phone = await managing.phone()
    await lock(phone)
    await managing.until(phone.id, 'acknowledged')
    await managing.run((ctx) => confirmLock(ctx, phone.id))
    await free(phone)
    expect([await lockStatus(phone), await told(phone)]).toEqual([
      'unlocked',
      ['lock acknowledged', 'unlock requested'],
    ])
    await managing.until(phone.id, 'acknowledged')
    expect(managing.mdm.phone(phone.imei).state).toBe('free')
  })

  it('answers late: sent meanwhile', async () => {
    const phone = await managing.phone()
    managing.mdm.setOnline(phone.imei, false)
    await lock(phone)
    await managing.work()
    expect(await told(phone)).toEqual(['lock sent'])
    managing.mdm.setOnline(phone.imei, true)
    await managing.until(phone.id, 'acknowledged')
  })

  it('answers twice: acknowledged once', async () => {
    const phone = await managing.phone()
    managing.mdm.rule({ outcome: 'twice' })
    await lock(phone)
    await managing.until(phone.id, 'acknowledged')
    await pause(80)
    const facts = await eventsOf(world, 'sokocredit', 'device.command_acknowledged')
    const ofLock = facts.filter(({ subject, data }) => subject === `device:${phone.id}` && data.kind === 'lock')
    expect(ofLock).toHaveLength(1)
  })

  it('says that it is done and then that it failed: the first word counts', async () => {
    const phone = await managing.phone()
    managing.mdm.rule({ outcome: 'contradict' })
    await lock(phone)
    await managing.until(phone.id, 'acknowledged')
    await pause(100)
    expect(await told(phone)).toEqual(['lock acknowledged'])
  })

  it('never answers: it is asked about after five minutes', async () => {
    const phone = await managing.phone()
    managing.mdm.rule({ outcome: 'silent' })
    await lock(phone)
    await managing.until(phone.id, 'sent')
    expect(await managing.work()).toBe(0)
    managing.later(6)
    expect(await managing.until(phone.id, 'acknowledged')).toMatchObject({ questions: 1, attempts: 1 })
  })

  it('is off the network for good: after thirty days the lock expires, and a word that comes later still counts', async () => {
    const phone = await managing.phone()
    managing.mdm.setOnline(phone.imei, false)
    await lock(phone)
    await managing.until(phone.id, 'sent')
    managing.later(31 * 24 * 60)
    const expired = await managing.until(phone.id, 'expired')
    expect(expired.failure).toBe('the phone was not heard of')
    expect((await eventsOf(world, 'sokocredit', 'device.command_expired')).at(-1)?.subject).toBe(`device:${phone.id}`)
    managing.mdm.setOnline(phone.imei, true)
    await managing.until(phone.id, 'acknowledged')
  })

  it('refuses: it is told again after ten minutes, three times, and then a person must look', async () => {
    const phone = await managing.phone()
    managing.mdm.rule({ outcome: 'fail', imei: phone.imei })
    await lock(phone)
    for (const minutes of [11, 21, 41, 81]) {
      await managing.work()
      await expect.poll(async () => (await told(phone)).filter((one) => one === 'lock sent')).toEqual([])
      managing.later(minutes)
    }
    await managing.until(phone.id, 'failed')
    const commands = await managing.commands(phone.id)
    expect(commands.map(({ status, retry }) => [status, retry])).toEqual([0, 1, 2, 3].map((n) => ['failed', n]))
    const [last] = (await eventsOf(world, 'sokocredit', 'device.command_failed')).slice(-1)
    expect(last?.data).toMatchObject({ again: false, why: 'the phone has no agent' })
  })

  it('is not known to the service: refused for good, and staff can still confirm by hand', async () => {
    const phone = await managing.phone()
    managing.mdm.rule({ outcome: 'unknown_device', imei: phone.imei })
    await lock(phone)
    const refused = await managing.until(phone.id, 'failed')
    expect(refused.failure).toBe('device management 404: no such device is enrolled')
    await managing.run((ctx) => confirmLock(ctx, phone.id))
    expect(await lockStatus(phone)).toBe('locked')
  })

  it('was forgotten by the service: it is sent again when asked about', async () => {
    const phone = await managing.phone()
    managing.mdm.rule({ outcome: 'forgotten', imei: phone.imei, times: 1 })
    await lock(phone)
    await managing.until(phone.id, 'sent')
    managing.later(6)
    await managing.work()
    expect((await managing.commands(phone.id)).at(-1)).toMatchObject({ attempts: 2 })
  })
})

describe('what is under way when something else is wanted', () => {
  beforeAll(open)
  afterEach(() => managing.mdm.clearRules())
  afterAll(close)

  it('a lock called off before it was sent is never sent', async () => {
    const phone = await managing.phone()
    await lock(phone)
    await free(phone)
    expect(await told(phone)).toEqual(['lock superseded'])
    await managing.work()
    expect(managing.mdm.commands(phone.imei).map(({ command }) => command)).toEqual(['enrol'])
  })

  it('a lock called off after it was sent takes an unlock, and its own late result changes nothing', async () => {
    const phone = await managing.phone()
    managing.mdm.setOnline(phone.imei, false)
    await lock(phone)
    await managing.until(phone.id, 'sent')
    await free(phone)
    await managing.work()
    expect(await told(phone)).toEqual(['lock superseded', 'unlock sent'])
    managing.mdm.setOnline(phone.imei, true)
    await managing.until(phone.id, 'acknowledged')
    await pause(50)
    expect(await told(phone)).toEqual(['lock superseded', 'unlock acknowledged'])
    expect([managing.mdm.phone(phone.imei).state, await lockStatus(phone)]).toEqual(['free', 'unlocked'])
  })

  it('a phone that was locked and whose unlock never left is unlocked by the next call-off', async () => {
    const phone = await managing.phone()
    await lock(phone)
    await managing.until(phone.id, 'acknowledged')
    await managing.run((ctx) => confirmLock(ctx, phone.id))
    await free(phone)
    await lock(phone)
    await free(phone)
    expect((await told(phone)).at(-1)).toBe('unlock requested')
    await managing.until(phone.id, 'acknowledged')
    expect(managing.mdm.phone(phone.imei).state).toBe('free')
  })

  it('two staff lock at once: one lock, one command', async () => {
    const phone = await managing.phone()
    const both = await Promise.all([refusalOf(lock(phone, 'one')), refusalOf(lock(phone, 'two'))])
    expect(both.filter((refusal) => refusal !== null)).toEqual(['device_not_unlocked'])
    expect(await told(phone)).toEqual(['lock requested'])
  })

  it('a worker is killed after taking a command: another sends it after a minute', async () => {
    const phone = await managing.phone()
    await lock(phone)
    await managing.run(takeCommandToSend)
    expect(await managing.work()).toBe(0)
    managing.later(2)
    expect(await managing.until(phone.id, 'acknowledged')).toMatchObject({ attempts: 2 })
    expect(managing.mdm.commands(phone.imei).filter(({ command }) => command === 'lock')).toHaveLength(1)
  })

  it('a worker is killed after sending and before noting it: sent again under its name, done once', async () => {
    const phone = await managing.phone()
    managing.mdm.rule({ outcome: 'silent', imei: phone.imei })
    await lock(phone)
    const { key, id } = (await managing.run(takeCommandToSend))!
    await openMdm(managing.mdm.account(managing.address)).send({
      ...{ imei: phone.imei, key, sequence: id, kind: 'lock', message: '', supportPhone: null, allowed: [] },
      ...{ emergencyNumbers: [], offlineSecret: null, expiresAt: new Date('2027-01-01T00:00:00Z') },
      callbackUrl: `${managing.address}/callbacks/nobody`,
    })
    managing.later(2)
    await managing.until(phone.id, 'sent')
    expect(managing.mdm.commands(phone.imei).filter(({ command }) => command === 'lock')).toHaveLength(1)
  })

  it.each(['lost_before', 'lost_after', 'busy'] as const)('%s, and then it works', async (outcome) => {
    const phone = await managing.phone()
    managing.mdm.rule({ outcome, times: 1 })
    await lock(phone)
    await managing.work()
    managing.later(1)
    await managing.until(phone.id, 'acknowledged')
    expect(managing.mdm.commands(phone.imei).filter(({ command }) => command === 'lock')).toHaveLength(1)
  })

  it('two workers and six commands: each is sent once', async () => {
    const phones: ManagedPhone[] = []
    for (let n = 0; n < 6; n++) phones.push(await managing.phone())
    for (const phone of phones) await lock(phone)
    await Promise.all([managing.work(), managing.work()])
    for (const { id } of phones) expect(await managing.until(id, 'acknowledged')).toMatchObject({ attempts: 1 })
  })

  it('paid in full: let go for good, by one command, and never locked again', async () => {
    const phone = await managing.phone()
    await lock(phone)
    await managing.until(phone.id, 'acknowledged')
    const { balance } = await managing.lender.loan(phone.loanId)
    await managing.lender.pay(phone.owner.phone, balance, `PAID${phone.id}`)
    await managing.run((ctx) => unlockOnEvents(ctx, paidOn(phone)))
    expect(await told(phone)).toEqual(['lock acknowledged', 'release requested'])
    await managing.until(phone.id, 'acknowledged')
    expect([managing.mdm.phone(phone.imei).state, await lockStatus(phone)]).toEqual(['released', 'unlocked'])
    expect(await refusalOf(lock(phone))).toBe('device_released')
    await managing.run((ctx) => unlockOnEvents(ctx, paidOn(phone)))
    expect(await told(phone)).toHaveLength(2)
  })
})

describe('results from strangers', () => {
  beforeAll(open)
  afterAll(close)
  const post = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' }
    return (await fetch(`${managing.address}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).status
  }

  it('are not taken without the key of the address, nor for another command', async () => {
    const phone = await managing.phone()
    managing.mdm.setOnline(phone.imei, false)
    await lock(phone)
    const { key } = await managing.until(phone.id, 'sent')
    const done = { command_id: key, status: 'done' }
    const base = `/callbacks/sokocredit/device-commands/${key}`
    expect(await post(`${base}/${'0'.repeat(32)}`, done)).toBe(404)
    const path = new URL(managing.mdm.commands(phone.imei).at(-1)!.callback_url).pathname
    expect(await post(path.replace('sokocredit', 'visionfund'), done)).toBe(404)
    expect(await post(path, { ...done, command_id: 'dcother' })).toBeGreaterThanOrEqual(400)
    expect(await post(path, { command_id: key, status: 'perhaps' })).toBeGreaterThanOrEqual(400)
    expect(await told(phone)).toEqual(['lock sent'])
    expect([await post(path, done), await told(phone)]).toEqual([200, ['lock acknowledged']])
  })
})

describe('an organisation whose policy lets device management confirm', () => {
  beforeAll(async () => {
    world = await openWorld()
    const policies = { deviceLocks: { confirm: 'mdm', warnAfterDays: null, lockAfterDays: 10 } }
    await withClient(world.owner, (client) =>
      client.query(`update organisations set policies = $1 where slug = 'sokocredit'`, [policies]),
    )
    managing = await openManaging(world)
  })
  afterAll(close)

  it('locks when the phone says so, once, and by the service', async () => {
    const phone = await managing.phone()
    managing.mdm.rule({ outcome: 'twice', times: 1 })
    await lock(phone)
    await managing.until(phone.id, 'acknowledged')
    expect(await lockStatus(phone)).toBe('locked')
    await pause(60)
    const locked = (await eventsOf(world, 'sokocredit', 'device.locked')).filter(
      ({ subject }) => subject === `device:${phone.id}`,
    )
    expect(locked.map(({ actor, data }) => [actor, data.reason])).toEqual([['provider:mdm', 'Pago vencido']])
  })

  it('does not mind that staff has confirmed before', async () => {
    const phone = await managing.phone()
    managing.mdm.setOnline(phone.imei, false)
    await lock(phone)
    await managing.until(phone.id, 'sent')
    await managing.run((ctx) => confirmLock(ctx, phone.id))
    managing.mdm.setOnline(phone.imei, true)
    await managing.until(phone.id, 'acknowledged')
    expect(await managing.run((ctx) => deviceById(ctx, phone.id))).toMatchObject({ lockStatus: 'locked' })
  })

  it('asks for the lock of a late phone by its policy, and tells the phone', async () => {
    const phone = await managing.phone()
    managing.lender.goTo('2026-03-30')
    const door = managing.lender.door()
    const org = { ...door.org, policies: { deviceLocks: { warnAfterDays: null, lockAfterDays: 10 } } }
    expect((await enforceLocks({ ...door, org })).requested).toBeGreaterThan(0)
    await managing.until(phone.id, 'acknowledged')
    expect(managing.mdm.phone(phone.imei).state).toBe('locked')
  })
})
