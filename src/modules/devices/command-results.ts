/** What became of commands to phones, and what follows from it. */
import {
  afterCommandHandover,
  afterReport,
  type CommandHandover,
  type CommandReport,
  type CommandStatus,
  type CommandStep,
} from '#domain/devices/command.ts'
import { lockPolicyOf } from '#domain/devices/lock.ts'
import { refuse } from '#domain/refusal.ts'
import * as commandStore from '#modules/devices/command-store.ts'
import type { DeviceCommand } from '#modules/devices/command-views.ts'
import { giveCommand } from '#modules/devices/commands.ts'
import { confirmLock } from '#modules/devices/locks.ts'
import * as store from '#modules/devices/store.ts'
import type { Device } from '#modules/devices/views.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'
import { deviceFacts } from '#modules/devices/facts.ts'

/** Notes what came of handing a command over. Refuses device_not_found where there is no such command. */
export async function recordCommandHandover(ctx: Ctx, key: string, handover: CommandHandover): Promise<CommandStatus> {
  const { device, command } = await lockBoth(ctx, key)
  const remoteId = handover.outcome === 'accepted' ? handover.remoteId : null
  return follow(ctx, { device, command, remoteId }, afterCommandHandover(command, handover, ctx.now))
}

/**
 * Notes what the service says became of a command, whenever and however often it says it. Where the policy says so, a lock
 * that the phone has carried out is confirmed by it. Refuses device_not_found where there is no such command.
 */
export async function recordCommandReport(ctx: Ctx, key: string, report: CommandReport): Promise<CommandStatus> {
  const { device, command } = await lockBoth(ctx, key)
  return follow(ctx, { device, command, remoteId: null }, afterReport(command, report, ctx.now))
}

interface Following {
  readonly device: Device
  readonly command: DeviceCommand
  readonly remoteId: string | null
}

/** The phone first, as everywhere, so that a result and a person never pass each other. */
async function lockBoth(ctx: Ctx, key: string): Promise<{ device: Device; command: DeviceCommand }> {
  const deviceId = (await commandStore.deviceOfKey(ctx, key)) ?? refuse('device_not_found')
  const device = (await store.lockDevice(ctx, deviceId)) ?? refuse('device_not_found')
  return { device, command: (await commandStore.lockCommand(ctx, key)) ?? refuse('device_not_found') }
}

async function follow(ctx: Ctx, { device, command, remoteId }: Following, step: CommandStep): Promise<CommandStatus> {
  const isSettled = command.status !== 'requested' && command.status !== 'sent'
  if (isSettled && step.status === command.status) return command.status
  await commandStore.writeCommand(ctx, command.id, { ...step, remoteId })
  if (step.status === command.status) return step.status
  tell(ctx, { device, command, remoteId }, step)
  if (step.retryAt) {
    const { kind, reason, retry } = command
    await giveCommand(ctx, device.id, { kind, reason, retry: { times: retry + 1, at: step.retryAt } })
  }
  const policy = lockPolicyOf(ctx.org.policies.deviceLocks)
  const locks = step.status === 'acknowledged' && command.kind === 'lock' && device.lockStatus === 'pending'
  if (locks && policy.confirm === 'mdm') await confirmLock(ctx, device.id)
  return step.status
}

function tell(ctx: Ctx, { device, command }: Following, step: CommandStep): void {
  const about = { ...deviceFacts(device), command: command.id, kind: command.kind }
  if (step.status === 'acknowledged') emit(ctx, 'device.command_acknowledged', about)
  else if (step.status === 'expired') emit(ctx, 'device.command_expired', about)
  else if (step.status === 'failed')
    emit(ctx, 'device.command_failed', { ...about, why: step.failure, again: step.retryAt !== null })
}
