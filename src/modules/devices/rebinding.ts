/** Phones that were let go because their loans were paid, when the payment is taken back. */
import type { EventOf, EventType } from '#domain/event.ts'
import { giveCommand } from '#modules/devices/commands.ts'
import * as store from '#modules/devices/store.ts'
import { type Device, devicesOfLoans } from '#modules/devices/views.ts'
import { loanSummaries } from '#modules/loan-records/views.ts'
import { attempt, type Ctx } from '#platform/context.ts'
import { violatedKey } from '#platform/database/db.ts'
import { emit } from '#platform/events/events.ts'
import { deviceFacts } from '#modules/devices/facts.ts'

export const REBINDING_EVENTS = ['loan.reopened'] as const satisfies readonly EventType[]

/**
 * A loan that seemed paid is owed again: its phone is bound to it as before, may be locked again, and device management is
 * told to take it back. One that was sold to somebody else meanwhile stays his.
 */
export async function rebindOnEvents(ctx: Ctx, events: readonly EventOf<'loan.reopened'>[]): Promise<void> {
  const loanIds = [...new Set(events.map(({ data }) => data.loan_id))]
  const released = (await devicesOfLoans(ctx, loanIds)).filter(({ releasedOn }) => releasedOn !== null)
  if (released.length === 0) return
  const devices = await store.lockDevices(
    ctx,
    released.map(({ id }) => id),
  )
  const loans = await loanSummaries(ctx, { ids: devices.map(({ loanId }) => loanId), limit: devices.length })
  const owed = new Set(loans.filter(({ status }) => status === 'active').map(({ id }) => id))
  for (const device of devices) if (device.releasedOn !== null && owed.has(device.loanId)) await rebind(ctx, device)
}

async function rebind(ctx: Ctx, device: Device): Promise<void> {
  const { id } = device
  try {
    await attempt(ctx, () => store.markBound(ctx, id))
  } catch (error) {
    if (violatedKey(error) === 'devices_by_imei') return
    throw error
  }
  emit(ctx, 'device.rebound', deviceFacts(device))
  if (device.activatedAt === null) return
  // The first recalls a release that is still under way, the second takes back a phone that has had it.
  await giveCommand(ctx, id, { kind: 'unlock', reason: '' })
  await giveCommand(ctx, id, { kind: 'enrol', reason: '' })
}
