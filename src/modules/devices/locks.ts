/** Locking and unlocking of phones: by staff, by the day's policy, and by the payment that cures the arrears. */
import { addDays, dayIn } from '#domain/day.ts'
import {
  afterStep,
  claimsHoldOff,
  isSpared,
  type LockCause,
  lockPolicyOf,
  type LockStep,
  lifts,
  usualCause,
  type WaitingClaims,
  wanted,
} from '#domain/devices/lock.ts'
import type { EventOf, EventType } from '#domain/event.ts'
import { permits } from '#domain/permission.ts'
import { type RefusalCode, refuse } from '#domain/refusal.ts'
import { callOffLock, giveCommand } from '#modules/devices/commands.ts'
import * as store from '#modules/devices/store.ts'
import { boundDevicesAfter, boundDevicesOf, type Device } from '#modules/devices/views.ts'
import { type LoanSummary, loanSummaries } from '#modules/loan-records/views.ts'
import { waitingClaims } from '#modules/payments/views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'
import { deviceFacts } from '#modules/devices/facts.ts'

/**
 * Asks for a phone to be locked; it is not locked before that is confirmed. Without a cause the lock follows the arrears where
 * there are any, and else is staff's. One that is locked already can still be locked for security: then payments lift it no
 * more. Refuses device_not_found, device_not_unlocked, device_released.
 */
export async function requestLock(ctx: Ctx, deviceId: number, reason: string, cause?: LockCause): Promise<void> {
  const device = await lockedDevice(ctx, deviceId)
  if (device.releasedOn !== null) refuse('device_released')
  if (device.lockCause !== null && device.lockCause !== 'security' && cause === 'security') {
    return changeCause(ctx, device, { cause, reason })
  }
  const loan = await loanOf(ctx, device)
  await requestLockOn(ctx, device, { reason, cause: cause ?? usualCause((loan?.daysPastDue ?? 0) > 0) })
}

interface Asked {
  readonly reason: string
  readonly cause: LockCause
}

/** The same of a phone whose row the caller has locked and which is neither locked nor paid for. */
export const requestLockOn = (ctx: Ctx, device: Device, { reason, cause }: Asked): Promise<void> =>
  step(ctx, device, { take: 'request', reason, cause })

/** The phone stays as it is; its screen says what it said. */
async function changeCause(ctx: Ctx, device: Device, { cause, reason }: Asked): Promise<void> {
  await store.changeLock(ctx, device.id, { status: device.lockStatus, cause, reason })
  emit(ctx, 'device.lock_cause_changed', { ...deviceFacts(device), reason, cause, was: device.lockCause })
}

/** The lock is on the phone. Refuses device_not_found, device_not_pending. */
export async function confirmLock(ctx: Ctx, deviceId: number): Promise<void> {
  const device = await lockedDevice(ctx, deviceId)
  await step(ctx, device, { take: 'confirm', reason: device.lockReason ?? '' })
}

/** Lifts a lock, or calls off one that was only asked for. Refuses device_not_found, device_not_locked, arrears_remain. */
export async function unlock(ctx: Ctx, deviceId: number, reason: string): Promise<void> {
  const device = await lockedDevice(ctx, deviceId)
  if (device.lockStatus === 'unlocked') refuse('device_not_locked')
  await requireMayUnlock(ctx, device)
  await lift(ctx, device, reason)
}

/** While instalments are overdue those may unlock who run the organisation, nobody else. Refuses arrears_remain. */
export async function requireMayUnlock(ctx: Ctx, device: Device): Promise<void> {
  const roles = 'roles' in ctx.actor ? ctx.actor.roles : []
  if (ctx.actor.kind === 'system' || permits(roles, 'device.unlock_in_arrears')) return
  const loan = await loanOf(ctx, device)
  if (loan && loan.daysPastDue > 0) refuse('arrears_remain', { overdue: String(loan.overdueAmount) })
}

/**
 * Lifts the lock of a phone, whose row the caller has locked, if there is any to lift. One that was kept locked beyond the last
 * payment is let go with it.
 */
export async function lift(ctx: Ctx, device: Device, reason: string): Promise<void> {
  if (device.lockStatus === 'unlocked') return
  const paid = device.releasedOn === null && (await loanOf(ctx, device))?.status === 'completed'
  await step(ctx, device, { take: 'unlock', reason, silently: paid })
  if (paid) await letGo(ctx, device)
}

async function letGo(ctx: Ctx, device: Device): Promise<void> {
  await store.markReleased(ctx, device.id)
  emit(ctx, 'device.released', deviceFacts(device))
  await giveCommand(ctx, device.id, { kind: 'release', reason: PAID })
}

const lockedDevice = async (ctx: Ctx, id: number): Promise<Device> =>
  (await store.lockDevice(ctx, id)) ?? refuse('device_not_found')

const loanOf = async (ctx: Ctx, { loanId }: Device): Promise<LoanSummary | undefined> =>
  (await loanSummaries(ctx, { ids: [loanId], limit: 1 }))[0]

const REFUSED: Readonly<Record<LockStep, RefusalCode>> = {
  request: 'device_not_unlocked',
  confirm: 'device_not_pending',
  unlock: 'device_not_locked',
}
const FACT = {
  request: 'device.lock_requested',
  confirm: 'device.locked',
  unlock: 'device.unlocked',
} as const satisfies Record<LockStep, EventType>

interface Stepping {
  readonly take: LockStep
  readonly reason: string
  /** Of a lock that is asked for; afterwards it stays what it was. */
  readonly cause?: LockCause
  /** The phone is told by another command. */
  readonly silently?: boolean
}

/** Moves the lock, and tells the phone through device management where there is any. */
async function step(ctx: Ctx, device: Device, stepping: Stepping): Promise<void> {
  const { take, reason, cause = device.lockCause, silently = false } = stepping
  const status = afterStep(device.lockStatus, take) ?? refuse(REFUSED[take], { status: device.lockStatus })
  await store.changeLock(ctx, device.id, { status, cause: status === 'unlocked' ? null : cause, reason })
  emit(ctx, FACT[take], { ...deviceFacts(device), reason, cause, was: device.lockStatus })
  if (silently || take === 'confirm') return
  if (take === 'request') await giveCommand(ctx, device.id, { kind: 'lock', reason })
  else if (device.lockStatus === 'pending') await callOffLock(ctx, device.id, reason)
  else await giveCommand(ctx, device.id, { kind: 'unlock', reason })
}

/** Facts after which a phone may be unlocked: money came, or what was owed is owed no more. */
export const LOCK_EVENTS = [
  'repayment.posted',
  'loan.completed',
  'loan.waived',
  'loan.re_aged',
  'loan.rescheduled',
] as const satisfies readonly EventType[]

/** Why a lock is lifted, and why a phone is let go. */
const CURED = 'Pago recibido'
const PAID = 'Crédito pagado'
/** Why the policy asks for a lock. */
const LATE = 'Pago vencido'

/** Unlocks the phones of loans whose arrears are cured, and lets those go whose loans are paid in full, unless their lock stays. */
export async function unlockOnEvents(
  ctx: Ctx,
  events: readonly EventOf<(typeof LOCK_EVENTS)[number]>[],
): Promise<void> {
  const loanIds = [...new Set(events.map(({ data }) => data.loan_id))]
  const bound = loanIds.length === 0 ? [] : await boundDevicesOf(ctx, loanIds)
  // Most loans have no phone bound to them, and reading how a loan stands costs more than all else here.
  if (bound.length === 0) return
  const paid = events.filter(({ type }) => type === 'repayment.posted')
  for (const { device, loan } of await withLoans(ctx, bound)) {
    const lastPaidAt = paid.findLast(({ data }) => data.loan_id === loan.id)?.at ?? null
    await cure(ctx, { device, loan }, lastPaidAt)
  }
}

export interface Lent {
  readonly device: Device
  readonly loan: LoanSummary
}

/**
 * The phones, locked, with their loans as they stand after that: whoever is paid meanwhile waits, and finds the lock that was
 * asked for. Those that were let go meanwhile are left out.
 */
export async function withLoans(ctx: Ctx, bound: readonly Device[]): Promise<Lent[]> {
  const ids = bound.map(({ id }) => id)
  const devices = (await store.lockDevices(ctx, ids)).filter(({ releasedOn }) => releasedOn === null)
  const loanIds = [...new Set(devices.map(({ loanId }) => loanId))]
  const summaries = loanIds.length === 0 ? [] : await loanSummaries(ctx, { ids: loanIds, limit: loanIds.length })
  const loans = new Map(summaries.map((loan) => [loan.id, loan]))
  return devices.flatMap((device) => {
    const loan = loans.get(device.loanId)
    return loan ? [{ device, loan }] : []
  })
}

/** Money that came before the lock was asked for, and is heard of only now, does not count as a payment. */
async function cure(ctx: Ctx, { device, loan }: Lent, lastPaidAt: Date | null): Promise<void> {
  const { lockCause, lockAskedAt } = device
  const paid = loan.status === 'completed'
  if (lockCause !== null) {
    const isPayment = lastPaidAt !== null && (lockAskedAt === null || lastPaidAt >= lockAskedAt)
    if (!lifts(paid ? 'pay_off' : isPayment ? 'payment' : 'relief', lockCause)) return
    if (!paid && (loan.status !== 'active' || loan.daysPastDue > 0)) return
    await step(ctx, device, { take: 'unlock', reason: paid ? PAID : CURED, silently: paid })
  }
  if (paid) await letGo(ctx, device)
}

const AT_ONCE = 200

export interface LockDay {
  readonly warned: number
  readonly requested: number
  readonly unlocked: number
}

/**
 * The day's portion: warns, asks for locks and lifts them by the organisation's policy (`deviceLocks` among its policies).
 * Safe to run again: each warning goes out once for the same arrears, each lock is asked for once.
 */
export async function enforceLocks(door: Door): Promise<LockDay> {
  const done: Done[] = []
  for (let after: number | null = 0; after !== null; ) {
    const from: number = after
    const portion: Portion = await transact(door, (ctx) => enforcePortion(ctx, from))
    done.push(...portion.done)
    after = portion.last
  }
  const count = (one: Done): number => done.filter((other) => other === one).length
  return { warned: count('warn'), requested: count('lock'), unlocked: count('unlock') }
}

/**
 * What waits to be verified on these loans, by loan. Its days count from the first claim during the arrears, also one that was
 * rejected: whoever sends false receipts one after the other does not keep the phone free for ever.
 */
export async function claimsWaiting(
  ctx: Ctx,
  lent: readonly Pick<Lent, 'loan'>[],
): Promise<Map<number, WaitingClaims>> {
  const waiting = await waitingClaims(
    ctx,
    lent.map(({ loan }) => ({ loanId: loan.id, since: addDays(ctx.today, -loan.daysPastDue) })),
  )
  return new Map(
    waiting.map(({ loanId, since, amount }) => [loanId, { since: dayIn(ctx.org.timeZone, since), amount }]),
  )
}

type Done = 'warn' | 'lock' | 'unlock'

interface Portion {
  readonly done: readonly Done[]
  /** The last phone seen; null where there was none left. */
  readonly last: number | null
}

async function enforcePortion(ctx: Ctx, after: number): Promise<Portion> {
  const bound = await boundDevicesAfter(ctx, after, AT_ONCE)
  const done: Done[] = []
  const policy = lockPolicyOf(ctx.org.policies.deviceLocks)
  const lent = await withLoans(ctx, bound)
  const claims = await claimsWaiting(ctx, lent)
  for (const { device, loan } of lent) {
    if (loan.status !== 'active') continue
    const since = addDays(ctx.today, -loan.daysPastDue)
    const held = { claims: claims.get(loan.id), overdue: loan.overdueAmount, today: ctx.today }
    const spared = isSpared(policy, ctx.today, device.sparedUntil) || claimsHoldOff(policy, held)
    const { lockStatus: status, lockCause: cause, warnedFor } = device
    const standing = { status, cause, daysPastDue: loan.daysPastDue, warned: warnedFor === since, spared }
    const want = wanted(policy, standing)
    if (want === null) continue
    done.push(want)
    if (want === 'lock') await step(ctx, device, { take: 'request', reason: LATE, cause: 'arrears' })
    else if (want === 'unlock') await step(ctx, device, { take: 'unlock', reason: CURED })
    else {
      await store.markWarned(ctx, device.id, since)
      const days = Math.max(1, (policy.lockAfterDays ?? loan.daysPastDue) - loan.daysPastDue)
      emit(ctx, 'device.lock_warned', { ...deviceFacts(device), days_left: days, days_past_due: loan.daysPastDue })
    }
  }
  return { done, last: bound.at(-1)?.id ?? null }
}
