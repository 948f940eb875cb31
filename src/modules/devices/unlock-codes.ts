/** Codes that unlock a phone without a network: issued by staff, typed in on the phone, heard of afterwards. */
import { addDays, type Day, dayIn } from '#domain/day.ts'
import { codeMessage, truncated, WRONG_CODES_A_DAY } from '#domain/devices/unlock-code.ts'
import { refuse } from '#domain/refusal.ts'
import { lift, requireMayUnlock } from '#modules/devices/locks.ts'
import * as store from '#modules/devices/store.ts'
import * as codes from '#modules/devices/unlock-code-store.ts'
import type { Device } from '#modules/devices/views.ts'
import { countAgainst, refuseBeyond } from '#modules/identity/identity.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { deriveKey, keyedHash } from '#platform/security/crypto.ts'
import { emit } from '#platform/events/events.ts'
import { deviceFacts } from '#modules/devices/facts.ts'

type Holder = Pick<Door, 'services' | 'org'>

/**
 * What a phone checks codes with; null before it is activated. It follows from the one secret, the phone and its activation,
 * so it is stored nowhere. It goes to the phone through device management alone: in the hands of who is locked out it would
 * unlock the phone for ever.
 */
export function offlineSecretOf({ services, org }: Holder, device: Device): Buffer | null {
  if (device.activatedAt === null) return null
  const of = `${org.id} ${device.id} ${device.activatedAt.toISOString()}`
  return keyedHash(deriveKey(services.config.secret, 'offline unlocking'), of)
}

export interface UnlockCode {
  readonly code: string
  readonly counter: number
  readonly validUntil: Day
}

/**
 * A code for a phone, to be told to its customer; it is shown this once. Whoever may not lift the lock by hand may issue none.
 * Refuses device_not_found, device_not_activated, arrears_remain.
 */
export async function issueUnlockCode(
  ctx: Ctx,
  deviceId: number,
  given: { readonly validDays: number; readonly reason: string },
): Promise<UnlockCode> {
  const device = (await store.lockDevice(ctx, deviceId)) ?? refuse('device_not_found')
  const secret = offlineSecretOf(ctx, device) ?? refuse('device_not_activated')
  await requireMayUnlock(ctx, device)
  const counter = await codes.nextCounter(ctx, deviceId)
  const validUntil = addDays(ctx.today, given.validDays)
  const code = truncated(keyedHash(secret, codeMessage(counter, validUntil)))
  const row = { deviceId, counter, activatedAt: device.activatedAt!, validUntil, reason: given.reason }
  await codes.insertUnlockCode(ctx, { ...row, codeHash: hashOf(ctx, deviceId, code) })
  emit(ctx, 'device.unlock_code_issued', {
    ...deviceFacts(device),
    counter,
    valid_until: validUntil,
    reason: given.reason,
  })
  return { code, counter, validUntil }
}

const hashOf = ({ services, org }: Holder, deviceId: number, code: string): Buffer =>
  keyedHash(deriveKey(services.config.secret, 'unlock codes kept'), `${org.id} ${deviceId} ${code}`)

/** Why a lock is lifted. */
const BY_CODE = 'Código de desbloqueo'
const DAY_SECONDS = 86_400

export interface TypedCode {
  readonly code: string
  /** The day on which it was typed in; null: today. */
  readonly usedOn: Day | null
}

/**
 * A code was typed in on the phone: it is used up, the lock is lifted, and the policy asks for none until the code's last
 * day. Five wrong ones in a day, and none is looked at. Refuses device_not_found, device_not_activated, unlock_code_wrong,
 * unlock_code_used, unlock_code_expired, invalid_input (a day before it was issued, or to come), too_many_attempts.
 */
export async function redeemUnlockCode(door: Door, deviceId: number, typed: TypedCode): Promise<void> {
  const limits = [{ key: `unlock code of ${deviceId}`, most: WRONG_CODES_A_DAY, seconds: DAY_SECONDS }]
  const isRight = await transact(door, async (ctx) => {
    const device = (await store.lockDevice(ctx, deviceId)) ?? refuse('device_not_found')
    await refuseBeyond(ctx, limits, true)
    const { activatedAt } = device
    if (activatedAt === null) refuse('device_not_activated')
    const codeHash = hashOf(ctx, deviceId, typed.code)
    const issued = await codes.codeByHash(ctx, { deviceId, activatedAt, codeHash })
    if (issued) await use(ctx, device, { issued, usedOn: typed.usedOn ?? ctx.today })
    else await countAgainst(ctx, limits)
    return issued !== null
  })
  if (!isRight) refuse('unlock_code_wrong')
}

interface Use {
  readonly issued: codes.IssuedCode
  readonly usedOn: Day
}

async function use(ctx: Ctx, device: Device, { issued, usedOn }: Use): Promise<void> {
  if (issued.usedOn !== null || issued.passed) refuse('unlock_code_used')
  if (usedOn > ctx.today || usedOn < dayIn(ctx.org.timeZone, issued.createdAt)) {
    refuse('invalid_input', { fields: { used_on: 'Give a day from the one it was issued on up to today.' } })
  }
  if (usedOn > issued.validUntil) refuse('unlock_code_expired')
  await codes.markUsed(ctx, issued.id, usedOn)
  await store.spare(ctx, device.id, issued.validUntil)
  emit(ctx, 'device.unlock_code_redeemed', { ...deviceFacts(device), counter: issued.counter, used_on: usedOn })
  await lift(ctx, device, BY_CODE)
}
