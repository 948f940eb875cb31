/** Some days for a customer who says that he has paid, while somebody looks at his receipt. */
import { addDays } from '#domain/day.ts'
import { lockPolicyOf } from '#domain/devices/lock.ts'
import type { Event } from '#domain/event.ts'
import { lift, lockedDevice } from '#modules/devices/locks.ts'
import * as store from '#modules/devices/store.ts'
import { boundDevicesOf } from '#modules/devices/views.ts'
import { type LoanSummary, loanSummaries } from '#modules/loans/views.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events.ts'

/** Why a lock is lifted. */
const IN_REVIEW = 'Comprobante en revisión'

/**
 * Lifts the lock of a phone whose customer sent in a payment, and asks for none for the days of the organisation's policy
 * (`provisionalDays` of `deviceLocks`; none: never). Once for the same arrears, whatever else he sends.
 */
export async function spareOnClaims(ctx: Ctx, events: readonly Event[]): Promise<void> {
  const { provisionalDays } = lockPolicyOf(ctx.org.policies.deviceLocks)
  const loanIds = [...new Set(events.flatMap(({ data }) => (typeof data.loan_id === 'number' ? [data.loan_id] : [])))]
  if (provisionalDays === null || loanIds.length === 0) return
  const devices = await boundDevicesOf(ctx, loanIds)
  if (devices.length === 0) return
  const loans = new Map((await loanSummaries(ctx, { ids: loanIds, limit: loanIds.length })).map((one) => [one.id, one]))
  for (const { id, loanId } of devices) {
    const loan = loans.get(loanId)
    if (loan?.status === 'active' && loan.daysPastDue > 0) await spare(ctx, id, { loan, days: provisionalDays })
  }
}

async function spare(ctx: Ctx, deviceId: number, given: { loan: LoanSummary; days: number }): Promise<void> {
  const { loan, days } = given
  const device = await lockedDevice(ctx, deviceId)
  const since = addDays(ctx.today, -loan.daysPastDue)
  if (device.releasedOn !== null || device.provisionalFor === since) return
  const until = addDays(ctx.today, days)
  await store.spare(ctx, deviceId, until)
  await store.markProvisional(ctx, deviceId, since)
  const data = { device_id: deviceId, loan_id: device.loanId, customer_id: device.customerId, until }
  emit(ctx, { type: 'device.spared', subject: `device:${deviceId}`, data })
  await lift(ctx, device, IN_REVIEW)
}
