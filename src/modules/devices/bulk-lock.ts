/** Asking for many locks at once: phones by their ids, or those of late loans. */
import { afterStep, claimsHoldOff, lockPolicyOf, usualCause } from '#domain/devices/lock.ts'
import { refuse } from '#domain/refusal.ts'
import { claimsWaiting, requestLockOn } from '#modules/devices/locks.ts'
import * as store from '#modules/devices/store.ts'
import { boundDevicesAfter, type Device, devicesByIds } from '#modules/devices/views.ts'
import { type LoanSummary, loanSummaries } from '#modules/loan-records/views.ts'
import type { Ctx } from '#platform/context.ts'

/** Phones in one asking. */
const BULK_AT_MOST = 500

export interface BulkLock {
  /** Absent: every phone that is not locked, of those below. */
  readonly deviceIds?: readonly number[] | undefined
  readonly minDaysPastDue?: number | undefined
  /** Which of some loans are meant; all where left out. */
  readonly among?: ((loanIds: readonly number[]) => Promise<ReadonlySet<number>>) | undefined
  readonly reason: string
  /** Says what would happen, and does nothing. */
  readonly dryRun: boolean
}

export const BULK_OUTCOMES = [
  'lock_requested',
  'would_be_locked',
  'not_found',
  'released',
  'locked_already',
  'not_late_enough',
  'claim_waiting',
  'of_another_branch',
] as const
type BulkOutcome = (typeof BULK_OUTCOMES)[number]

export interface BulkRow {
  readonly deviceId: number
  readonly device: Device | null
  readonly daysPastDue: number
  readonly outcome: BulkOutcome
}

export interface BulkAnswer {
  readonly rows: readonly BulkRow[]
  /** There are more phones of this kind: ask again. */
  readonly more: boolean
}

/**
 * Asks for locks in one transaction, each phone for itself: one that cannot be locked is named with the reason and stops no
 * other; one that is paid for is never locked. Refuses invalid_input without phones or days past due, or beyond 500 phones.
 */
export async function lockInBulk(ctx: Ctx, asked: BulkLock): Promise<BulkAnswer> {
  const { deviceIds, minDaysPastDue } = asked
  if (deviceIds === undefined && minDaysPastDue === undefined) {
    refuse('invalid_input', { fields: { device_ids: 'Give device_ids, or min_days_past_due.' } })
  }
  const ids = deviceIds && [...new Set(deviceIds)].sort((a, b) => a - b)
  if (ids && ids.length > BULK_AT_MOST) {
    refuse('invalid_input', { fields: { device_ids: `Give at most ${BULK_AT_MOST} devices.` } })
  }
  const found = ids ?? (await lateOnes(ctx, asked))
  const chosen = found.slice(0, BULK_AT_MOST)
  // How late a loan is counts as it stands once its phone is held.
  const devices = await (asked.dryRun ? devicesByIds(ctx, chosen) : store.lockDevices(ctx, chosen))
  const byId = new Map((await seen(ctx, asked, devices)).map((one) => [one.device.id, one]))
  const rows: BulkRow[] = []
  for (const id of chosen) rows.push(await lockOne(ctx, asked, { id, seen: byId.get(id) }))
  return { rows, more: found.length > BULK_AT_MOST }
}

interface Seen {
  readonly device: Device
  readonly isMeant: boolean
  readonly daysPastDue: number
  /** Payments that would cure its arrears wait to be verified. */
  readonly isHeldOff: boolean
}

async function seen(ctx: Ctx, { among }: BulkLock, devices: readonly Device[]): Promise<Seen[]> {
  const ids = devices.map(({ loanId }) => loanId)
  const meant = await among?.(ids)
  const loans = ids.length === 0 ? [] : await loanSummaries(ctx, { ids, limit: ids.length })
  const claims = await claimsWaiting(
    ctx,
    loans.map((loan) => ({ loan })),
  )
  const policy = lockPolicyOf(ctx.org.policies.deviceLocks)
  const byId = new Map(loans.map((loan) => [loan.id, loan]))
  return devices.map((device) => {
    const loan = byId.get(device.loanId)
    const daysPastDue = loan ? lateness(loan) : 0
    const held = { claims: claims.get(device.loanId), overdue: loan?.overdueAmount ?? 0n, today: ctx.today }
    const isMeant = meant?.has(device.loanId) ?? true
    return { device, isMeant, daysPastDue, isHeldOff: daysPastDue > 0 && claimsHoldOff(policy, held) }
  })
}

const lateness = ({ status, daysPastDue }: LoanSummary): number => (status === 'active' ? daysPastDue : 0)

/** One more than may be locked, so that it is known whether there are more. */
async function lateOnes(ctx: Ctx, asked: BulkLock): Promise<number[]> {
  const late: number[] = []
  for (let after = 0; late.length <= BULK_AT_MOST; ) {
    const devices = await boundDevicesAfter(ctx, after, BULK_AT_MOST)
    const last = devices.at(-1)
    if (!last) break
    after = last.id
    const free = devices.filter(({ lockStatus }) => lockStatus === 'unlocked')
    const those = (await seen(ctx, asked, free)).filter((one) => one.isMeant && isLate(asked, one))
    late.push(...those.map(({ device }) => device.id))
  }
  return late.slice(0, BULK_AT_MOST + 1)
}

const isLate = ({ minDaysPastDue = 0 }: BulkLock, { daysPastDue }: Seen): boolean => daysPastDue >= minDaysPastDue

interface One {
  readonly id: number
  readonly seen: Seen | undefined
}

async function lockOne(ctx: Ctx, asked: BulkLock, { id, seen: found }: One): Promise<BulkRow> {
  if (!found) return { deviceId: id, device: null, daysPastDue: 0, outcome: 'not_found' }
  const { device } = found
  const row = { deviceId: id, device, daysPastDue: found.daysPastDue }
  if (!found.isMeant) return { ...row, outcome: 'of_another_branch' }
  if (!isLate(asked, found)) return { ...row, outcome: 'not_late_enough' }
  if (device.releasedOn !== null) return { ...row, outcome: 'released' }
  if (afterStep(device.lockStatus, 'request') === null) return { ...row, outcome: 'locked_already' }
  if (found.isHeldOff) return { ...row, outcome: 'claim_waiting' }
  if (asked.dryRun) return { ...row, outcome: 'would_be_locked' }
  await requestLockOn(ctx, device, { reason: asked.reason, cause: usualCause(found.daysPastDue > 0) })
  return { ...row, outcome: 'lock_requested' }
}
