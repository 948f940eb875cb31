import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addDays, type Day, day } from '#domain/day.ts'
import { codeMessage, truncated } from '#domain/devices/unlock-code.ts'
import {
  confirmLock,
  enforceLocks,
  issueUnlockCode,
  redeemUnlockCode,
  requestLock,
  resetActivation,
} from '#modules/devices/devices.ts'
import { type Actor, transact } from '#platform/context.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { type ManagedPhone, type Managing, openManaging } from '#test/managing.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let managing: Managing
beforeAll(async () => {
  world = await openWorld()
  managing = await openManaging(world)
})
afterAll(async () => {
  await managing?.close()
  await world?.close()
})

const MANAGER: Actor = { kind: 'user', id: 1, roles: ['manager'], sessionId: '', customerId: null }
const given = { validDays: 3, reason: 'no signal' }
const issue = ({ id }: ManagedPhone, more = given) => managing.run((ctx) => issueUnlockCode(ctx, id, more))
const redeem = ({ id }: ManagedPhone, code: string, usedOn: Day | null = null) =>
  redeemUnlockCode(managing.lender.door(), id, { code, usedOn })
const status = async ({ id }: ManagedPhone) => (await managing.device(id)).lockStatus
const today = () => managing.lender.door().today

async function lockedPhone(): Promise<ManagedPhone> {
  const phone = await managing.phone()
  await managing.run((ctx) => requestLock(ctx, phone.id, 'Pago vencido'))
  await managing.run((ctx) => confirmLock(ctx, phone.id))
  return phone
}

/** What the agent on the phone does with digits: the next ten counters, every last day of the next thirty. */
async function phoneAccepts(phone: ManagedPhone, code: string, last = 0): Promise<number | null> {
  await expect.poll(() => managing.mdm.phone(phone.imei).offlineSecret).not.toBeNull()
  const secret = Buffer.from(managing.mdm.phone(phone.imei).offlineSecret!, 'base64')
  for (let counter = last + 1; counter <= last + 10; counter++) {
    for (let ahead = 0; ahead <= 30; ahead++) {
      const message = codeMessage(counter, addDays(today(), ahead))
      if (truncated(createHmac('sha256', secret).update(message).digest()) === code) return counter
    }
  }
  return null
}

describe('a code for a phone without a network', () => {
  it('is what the phone itself finds with its secret; another phone does not take it', async () => {
    const [phone, other] = [await lockedPhone(), await lockedPhone()]
    const first = await issue(phone)
    const second = await issue(phone, { ...given, validDays: 30 })
    expect(first).toMatchObject({ counter: 1, validUntil: addDays(today(), 3) })
    expect(await phoneAccepts(phone, first.code)).toBe(1)
    expect(await phoneAccepts(phone, second.code)).toBe(2)
    expect(await phoneAccepts(phone, first.code, 2)).toBeNull()
    expect(await phoneAccepts(other, first.code)).toBeNull()
  })

  it('unlocks once, when we hear of it', async () => {
    const phone = await lockedPhone()
    const { code } = await issue(phone)
    expect(await status(phone)).toBe('locked')
    await redeem(phone, code)
    expect([await status(phone), (await managing.device(phone.id)).sparedUntil]).toEqual([
      'unlocked',
      addDays(today(), 3),
    ])
    expect(await refusalOf(redeem(phone, code))).toBe('unlock_code_used')
    await managing.until(phone.id, 'acknowledged')
    expect(managing.mdm.phone(phone.imei).state).toBe('free')
  })

  it('is heard of by two at once, and counts once', async () => {
    const phone = await lockedPhone()
    const { code } = await issue(phone)
    const both = await Promise.all([refusalOf(redeem(phone, code)), refusalOf(redeem(phone, code))])
    expect(both.filter((refusal) => refusal !== null)).toEqual(['unlock_code_used'])
  })

  it('is dead when a later one was used, as on the phone', async () => {
    const phone = await lockedPhone()
    const [first, second] = [await issue(phone), await issue(phone)]
    await redeem(phone, second.code)
    expect(await refusalOf(redeem(phone, first.code))).toBe('unlock_code_used')
  })

  it('is good up to its last day, however late we hear of it', async () => {
    const phone = await lockedPhone()
    const { code, validUntil } = await issue(phone)
    managing.later(5 * 24 * 60)
    expect(await refusalOf(redeem(phone, code))).toBe('unlock_code_expired')
    expect(await refusalOf(redeem(phone, code, addDays(validUntil, -4)))).toBe('invalid_input')
    expect(await refusalOf(redeem(phone, code, addDays(today(), 1)))).toBe('invalid_input')
    await redeem(phone, code, validUntil)
    expect(await status(phone)).toBe('unlocked')
  })

  it('is not tried out: five wrong ones in a day, and none is looked at', async () => {
    const phone = await lockedPhone()
    const { code } = await issue(phone, { ...given, validDays: 9 })
    const wrong = String((BigInt(code) + 1n) % 100_000_000n).padStart(8, '0')
    const tried = await Promise.all(Array.from({ length: 8 }, () => refusalOf(redeem(phone, wrong))))
    expect(tried.filter((refusal) => refusal === 'unlock_code_wrong')).toHaveLength(5)
    expect(tried.filter((refusal) => refusal === 'too_many_attempts')).toHaveLength(3)
    expect(await refusalOf(redeem(phone, code))).toBe('too_many_attempts')
    managing.later(24 * 60 + 1)
    await redeem(phone, code)
    expect(await status(phone)).toBe('unlocked')
  })

  it('is made anew with every activation: what was issued before is dead', async () => {
    const phone = await lockedPhone()
    const { code } = await issue(phone)
    await managing.run((ctx) => resetActivation(ctx, phone.id))
    expect(await refusalOf(issue(phone))).toBe('device_not_activated')
    expect(await refusalOf(redeem(phone, code))).toBe('device_not_activated')
    expect(await refusalOf(redeem({ ...phone, id: 9_999 }, code))).toBe('device_not_found')
  })

  it('is issued under the rule of unlocking by hand, and stated without its digits', async () => {
    const phone = await lockedPhone()
    const asManager = () => transact(managing.lender.door(MANAGER), (ctx) => issueUnlockCode(ctx, phone.id, given))
    const { code } = await asManager()
    const [fact] = (await eventsOf(world, 'sokocredit', 'device.unlock_code_issued')).slice(-1)
    expect(fact).toMatchObject({ subject: `device:${phone.id}`, actor: 'user:1', data: { reason: 'no signal' } })
    expect(JSON.stringify(fact?.data)).not.toContain(code)
    managing.lender.goTo('2026-04-30')
    expect(await refusalOf(asManager())).toBe('arrears_remain')
  })

  it('gives the customer its days: the policy asks for no lock before they are over', async () => {
    const phone = await lockedPhone()
    managing.lender.goTo(day('2026-07-15'))
    const { code, validUntil } = await issue(phone)
    await redeem(phone, code)
    for (let n = 0; n < 2; n++) await enforceLocks(managing.lender.door())
    expect(await status(phone)).toBe('unlocked')
    managing.lender.goTo(addDays(validUntil, 1))
    for (let n = 0; n < 2; n++) await enforceLocks(managing.lender.door())
    expect(await status(phone)).toBe('pending')
  })
})
