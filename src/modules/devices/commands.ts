/** Commands to phones: given in the transaction that wants them, sent by the worker. */
import { type CommandKind, expiryOf, mayBeLocked } from '#domain/devices/command.ts'
import { refuse } from '#domain/refusal.ts'
import * as store from '#modules/devices/command-store.ts'
import { commandsOf, type DeviceCommand } from '#modules/devices/command-views.ts'
import { lockDevice } from '#modules/devices/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'
import { mdmServes } from '#platform/providers/mdm/mdm-account.ts'
import { deviceFacts } from '#modules/devices/facts.ts'

export interface GivenCommand {
  readonly kind: CommandKind
  readonly reason: string
  /** How many commands for the same end have failed before it; it waits until its time. */
  readonly retry?: { readonly times: number; readonly at: Date }
}

const LOCKING: readonly CommandKind[] = ['lock', 'unlock', 'release']

/**
 * Gives a phone a command, which supersedes those under way. The phone's row is locked by the caller. Nothing is given where
 * no service manages phones: then staff does it by hand.
 */
export async function giveCommand(ctx: Ctx, deviceId: number, { kind, reason, retry }: GivenCommand): Promise<void> {
  if (!mdmServes(ctx.services)) return
  await store.supersede(ctx, deviceId, kind === 'enrol' ? ['enrol'] : LOCKING)
  const at = retry?.at ?? ctx.now
  const expiresAt = expiryOf(kind, ctx.now)
  await store.insertCommand(ctx, { deviceId, kind, reason, retry: retry?.times ?? 0, at, expiresAt })
}

const MOST_LOOKED_AT = 500

/** Takes a lock back that was asked for; a command is given only if the phone may have been told of it. */
export async function callOffLock(ctx: Ctx, deviceId: number, reason: string): Promise<void> {
  await store.supersede(ctx, deviceId, LOCKING)
  if (mayBeLocked(await commandsOf(ctx, [deviceId], MOST_LOOKED_AT)))
    await giveCommand(ctx, deviceId, { kind: 'unlock', reason })
}

/**
 * Tells a phone again what it should be, after its last command failed or expired. Refuses device_management_off,
 * device_not_found.
 */
export async function repeatCommand(ctx: Ctx, deviceId: number): Promise<void> {
  if (!mdmServes(ctx.services)) refuse('device_management_off')
  const device = (await lockDevice(ctx, deviceId)) ?? refuse('device_not_found')
  const { lockStatus, lockReason, releasedOn } = device
  const kind = releasedOn !== null ? 'release' : lockStatus === 'unlocked' ? 'unlock' : 'lock'
  await giveCommand(ctx, deviceId, { kind, reason: lockReason ?? '' })
  emit(ctx, 'device.command_repeated', { ...deviceFacts(device), kind })
}

/** The next command to hand over, or null; it is somebody else's again if nothing is heard for a minute. */
export const takeCommandToSend = (ctx: Ctx): Promise<DeviceCommand | null> => store.takeToSend(ctx)

/** The next command to ask the service about, or null. */
export const takeCommandToAsk = (ctx: Ctx): Promise<DeviceCommand | null> => store.takeToAsk(ctx)
