/** Some days for a customer who says that he has paid, while somebody looks at his receipt. */
import { addDays, type Day } from '#domain/day.ts'
import { claimsHoldOff, lockPolicyOf } from '#domain/devices/lock.ts'
import type { EventOf } from '#domain/event.ts'
import { claimsWaiting, lift, withLoans } from '#modules/devices/locks.ts'
import * as store from '#modules/devices/store.ts'
import { boundDevicesOf, type Device } from '#modules/devices/views.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'
import { deviceFacts } from '#modules/devices/facts.ts'

/** Why a lock is lifted. */
const IN_REVIEW = 'Comprobante en revisión'

/**
 * Lifts the lock that follows the arrears of a phone whose customer sent in a payment, and asks for none for the days of the organisation's policy
 * (`provisionalDays` of `deviceLocks`; none: never). Once for the same arrears, whatever else he sends. A lock that was only
 * asked for is called off where the claims that wait would cure the arrears (`claimDays`).
 */
export async function spareOnClaims(ctx: Ctx, events: readonly EventOf<'payment.claimed'>[]): Promise<void> {
  const policy = lockPolicyOf(ctx.org.policies.deviceLocks)
  const { provisionalDays, claimDays } = policy
  const loanIds = [...new Set(events.map(({ data }) => data.loan_id))]
  if ((provisionalDays === null && claimDays === null) || loanIds.length === 0) return
  const bound = await boundDevicesOf(ctx, loanIds)
  if (bound.length === 0) return
  const lent = await withLoans(ctx, bound)
  const claims = await claimsWaiting(ctx, lent)
  for (const { device, loan } of lent) {
    const since = addDays(ctx.today, -loan.daysPastDue)
    if (loan.status !== 'active' || loan.daysPastDue === 0) continue
    const held = { claims: claims.get(loan.id), overdue: loan.overdueAmount, today: ctx.today }
    if (provisionalDays !== null && device.provisionalFor !== since)
      await spare(ctx, device, { since, days: provisionalDays })
    else if (device.lockStatus === 'pending' && device.lockCause === 'arrears' && claimsHoldOff(policy, held))
      await lift(ctx, device, IN_REVIEW)
  }
}

async function spare(ctx: Ctx, device: Device, { since, days }: { since: Day; days: number }): Promise<void> {
  const until = addDays(ctx.today, days)
  await store.spare(ctx, device.id, until)
  await store.markProvisional(ctx, device.id, since)
  emit(ctx, 'device.spared', { ...deviceFacts(device), until })
  if (device.lockCause === 'arrears') await lift(ctx, device, IN_REVIEW)
}
