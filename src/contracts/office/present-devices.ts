/** The office's shapes of devices, what they were told, and the codes that unlock them. */
import { refuse } from '#domain/refusal.ts'
import { readableCode } from '#modules/devices/devices.ts'
import {
  commandsOf,
  type Device,
  type DeviceCommand,
  deviceById,
  type LockChange,
  lockHistory,
} from '#modules/devices/views.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer } from '#platform/http/route.ts'

const commandJson = (command: DeviceCommand): object => ({
  ...{ id: command.id, kind: command.kind, status: command.status, reason: command.reason },
  ...{ attempts: command.attempts, failure: command.failure, actor: command.actor },
  created_at: command.createdAt.toISOString(),
  sent_at: command.sentAt?.toISOString() ?? null,
  settled_at: command.settledAt?.toISOString() ?? null,
})

interface Known {
  readonly history: readonly LockChange[]
  readonly commands: readonly DeviceCommand[]
}

function deviceJson(ctx: Ctx, device: Device, { history, commands }: Known): object {
  const code = readableCode(ctx, device)
  return {
    ...{ id: device.id, imei: device.imei, imei_doubtful: device.imeiDoubtful },
    ...{ brand: device.brand, model: device.model, phone_model_id: device.phoneModelId },
    ...{ loan_id: device.loanId, customer_id: device.customerId },
    activation_code: code,
    activation_code_until: code === null ? null : device.activationCodeUntil!.toISOString(),
    activated_at: device.activatedAt?.toISOString() ?? null,
    lock_status: device.lockStatus,
    is_locked: device.lockStatus === 'locked',
    lock_reason: device.lockReason,
    lock_cause: device.lockCause,
    spared_until: device.sparedUntil,
    released_on: device.releasedOn,
    history: history
      .filter(({ deviceId }) => deviceId === device.id)
      .map(({ status, cause, reason, actor, at }) => ({ status, cause, reason, actor, at: at.toISOString() })),
    commands: commands.filter(({ deviceId }) => deviceId === device.id).map(commandJson),
  }
}

/** Devices with the history of their locks and the latest of what they were told. */
export async function devicesJson(ctx: Ctx, devices: readonly Device[]): Promise<object[]> {
  const ids = devices.map(({ id }) => id)
  const known = { history: await lockHistory(ctx, ids), commands: await commandsOf(ctx, ids) }
  return devices.map((device) => deviceJson(ctx, device, known))
}

/** The device as it now stands. Refuses device_not_found. */
export async function answerWithDevice(ctx: Ctx, id: number): Promise<Answer> {
  const device = (await deviceById(ctx, id)) ?? refuse('device_not_found')
  return { status: 200, body: (await devicesJson(ctx, [device]))[0] }
}
