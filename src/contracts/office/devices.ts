/** Phones sold on credit: where they are, how they are locked, and who locked them. */
import { z } from 'zod'
import { byId, nextOf, page, pathId, reasonBody } from '#contracts/office/asked.ts'
import { refuse } from '#domain/refusal.ts'
import { confirmLock, requestLock, resetActivation, unlock } from '#modules/devices/devices.ts'
import { type Device, deviceById, listDevices, type LockChange, lockHistory } from '#modules/devices/views.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/route.ts'

const section = 'Devices'

const listQuery = z.object({
  ...page,
  imei: z.string().max(32).optional(),
  loan_id: pathId.optional(),
  customer_id: pathId.optional(),
  lock_status: z.enum(['unlocked', 'pending', 'locked']).optional(),
})

interface OfDevice<Body = unknown> {
  readonly params: { readonly id: number }
  readonly body: Body
}

function deviceJson(device: Device, history: readonly LockChange[]): Record<string, unknown> {
  return {
    ...{ id: device.id, imei: device.imei, imei_doubtful: device.imeiDoubtful },
    ...{ brand: device.brand, model: device.model, phone_model_id: device.phoneModelId },
    ...{ loan_id: device.loanId, customer_id: device.customerId },
    activation_code: device.activationCode,
    activated_at: device.activatedAt?.toISOString() ?? null,
    lock_status: device.lockStatus,
    is_locked: device.lockStatus === 'locked',
    lock_reason: device.lockReason,
    released_on: device.releasedOn,
    history: history
      .filter(({ deviceId }) => deviceId === device.id)
      .map(({ status, reason, actor, at }) => ({ status, reason, actor, at: at.toISOString() })),
  }
}

const answerWith = async (ctx: Ctx, id: number): Promise<Answer> => {
  const device = (await deviceById(ctx, id)) ?? refuse('device_not_found')
  return { status: 200, body: deviceJson(device, await lockHistory(ctx, [id])) }
}

const deviceAnswer = { 200: { description: 'The device as it now stands, with the history of its lock' } }

export const listOfDevices: Operation = {
  section,
  summary: 'List devices',
  query: listQuery,
  answers: { 200: { description: 'A page of devices; `next` is the value of `after` for the page after it' } },
  async handle(ctx: Ctx, { query }: { query: z.output<typeof listQuery> }): Promise<Answer> {
    const { imei, loan_id: loanId, customer_id: customerId, lock_status: lockStatus, after, limit } = query
    const devices = await listDevices(ctx, { imei, loanId, customerId, lockStatus, after, limit })
    const history = await lockHistory(
      ctx,
      devices.map(({ id }) => id),
    )
    return {
      status: 200,
      body: { devices: devices.map((one) => deviceJson(one, history)), next: nextOf(devices, limit) },
    }
  },
}

export const readDevice: Operation = {
  section,
  summary: 'Read a device',
  params: byId,
  answers: deviceAnswer,
  handle: (ctx: Ctx, { params }: OfDevice) => answerWith(ctx, params.id),
}

export const lockDevice: Operation = {
  section,
  summary: 'Ask for a device to be locked',
  description: 'It is pending until the lock is confirmed. Emergency calls, support and sending receipts always work.',
  params: byId,
  body: reasonBody,
  exampleBody: { reason: 'Pago vencido' },
  answers: deviceAnswer,
  async handle(ctx: Ctx, { params, body }: OfDevice<{ reason: string }>): Promise<Answer> {
    await requestLock(ctx, params.id, body.reason)
    return answerWith(ctx, params.id)
  },
}

export const confirmDeviceLock: Operation = {
  section,
  summary: 'Confirm that a device is locked',
  params: byId,
  answers: deviceAnswer,
  async handle(ctx: Ctx, { params }: OfDevice): Promise<Answer> {
    await confirmLock(ctx, params.id)
    return answerWith(ctx, params.id)
  },
}

export const unlockDevice: Operation = {
  section,
  summary: 'Unlock a device, or call a lock off that was asked for',
  description: 'While installments are overdue only those may who run the organisation.',
  params: byId,
  body: z.object({ reason: reasonBody.shape.reason.default('Pago recibido') }),
  exampleBody: { reason: 'Pago recibido' },
  answers: deviceAnswer,
  async handle(ctx: Ctx, { params, body }: OfDevice<{ reason: string }>): Promise<Answer> {
    await unlock(ctx, params.id, body.reason)
    return answerWith(ctx, params.id)
  },
}

export const resetDeviceActivation: Operation = {
  section,
  summary: 'Let another application be activated with the device’s code',
  params: byId,
  answers: deviceAnswer,
  async handle(ctx: Ctx, { params }: OfDevice): Promise<Answer> {
    await resetActivation(ctx, params.id)
    return answerWith(ctx, params.id)
  },
}
