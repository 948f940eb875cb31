/** The office's shapes of devices, what they were told, and the codes that unlock them. */
import { z } from 'zod'
import { LOCK_CAUSES, LOCK_STATUSES } from '#domain/devices/lock.ts'
import { COMMAND_KINDS, COMMAND_STATUSES } from '#domain/devices/command.ts'
import * as field from '#contracts/office/answer-fields.ts'
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

const commandSchema = z.object({
  ...{ id: field.id, kind: z.enum(COMMAND_KINDS), status: z.enum(COMMAND_STATUSES), reason: z.string() },
  ...{ attempts: field.count, failure: z.string().nullable(), actor: field.actor },
  ...{ created_at: field.instant, sent_at: field.instant.nullable(), settled_at: field.instant.nullable() },
})

const lockChangeSchema = z.object({
  status: z.enum(LOCK_STATUSES),
  cause: z.enum(LOCK_CAUSES).nullable(),
  ...{ reason: z.string(), actor: field.actor, at: field.instant },
})

/** A phone sold on credit, with the history of its lock and the latest of what it was told. */
export const deviceSchema = z
  .object({
    id: field.id,
    imei: z.string(),
    imei_doubtful: z.boolean().meta({ description: 'Its check digit is wrong' }),
    brand: z.string(),
    model: z.string(),
    phone_model_id: field.id,
    loan_id: field.id,
    customer_id: field.id,
    customer_name: z.string(),
    activation_code: z.string().nullable().meta({ description: 'Shown to those who may read such codes' }),
    activation_code_until: field.instant.nullable(),
    activated_at: field.instant.nullable(),
    lock_status: z.enum(LOCK_STATUSES),
    is_locked: z.boolean(),
    lock_reason: z.string().nullable(),
    lock_cause: z.enum(LOCK_CAUSES).nullable(),
    spared_until: field.day.nullable().meta({ description: 'The policy asks for no lock up to this day' }),
    released_on: field.day.nullable(),
    history: z.array(lockChangeSchema),
    commands: z.array(commandSchema),
  })
  .meta({ id: 'Device' })

const commandJson = (command: DeviceCommand): z.infer<typeof commandSchema> => ({
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

function deviceJson(ctx: Ctx, device: Device, { history, commands }: Known): z.infer<typeof deviceSchema> {
  const code = readableCode(ctx, device)
  return {
    ...{ id: device.id, imei: device.imei, imei_doubtful: device.imeiDoubtful },
    ...{ brand: device.brand, model: device.model, phone_model_id: device.phoneModelId },
    ...{ loan_id: device.loanId, customer_id: device.customerId, customer_name: device.customerName },
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
export async function devicesJson(ctx: Ctx, devices: readonly Device[]): Promise<z.infer<typeof deviceSchema>[]> {
  const ids = devices.map(({ id }) => id)
  const known = { history: await lockHistory(ctx, ids), commands: await commandsOf(ctx, ids) }
  return devices.map((device) => deviceJson(ctx, device, known))
}

/** The device as it now stands. Refuses device_not_found. */
export async function answerWithDevice(ctx: Ctx, id: number): Promise<Answer> {
  const device = (await deviceById(ctx, id)) ?? refuse('device_not_found')
  return { status: 200, body: (await devicesJson(ctx, [device]))[0] }
}
