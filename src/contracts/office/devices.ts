/** Phones sold on credit: where they are, how they are locked, and who locked them. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { byId, nextOf, page, pathId, reasonBody } from '#contracts/office/asked.ts'
import { answerWithDevice, deviceSchema, devicesJson } from '#contracts/office/present-devices.ts'
import { COMMAND_STATUSES } from '#domain/devices/command.ts'
import { LOCK_CAUSES, LOCK_STATUSES } from '#domain/devices/lock.ts'
import {
  confirmLock,
  issueActivationCode,
  repeatCommand,
  requestLock,
  resetActivation,
  unlock,
} from '#modules/devices/devices.ts'
import { listDevices } from '#modules/devices/views.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = 'Devices'

const listQuery = z.object({
  ...page,
  imei: z.string().max(32).optional(),
  loan_id: pathId.optional(),
  customer_id: pathId.optional(),
  lock_status: z.enum(LOCK_STATUSES).optional(),
  /** Of the latest command to lock, unlock or let go. */
  command_status: z.enum(COMMAND_STATUSES).optional(),
  released: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
})

interface OfDevice<Body = unknown> {
  readonly params: { readonly id: number }
  readonly body: Body
}

const lockBody = reasonBody.extend({
  cause: z.enum(LOCK_CAUSES, 'Give arrears, staff or security, or leave it out.').optional(),
})

/** Who reads codes, and until when they are shown. */
const ABOUT_CODE =
  '`activation_code` activates the application, which is then logged in as the customer: it is shown to those who may read such codes (loan officers, managers, admins) until it is used or `activation_code_until` has come.'

const deviceAnswer = {
  200: { description: 'The device as it now stands, with the history of its lock', schema: deviceSchema },
}

export const listOfDevices: Operation = {
  id: 'listDevices',
  section,
  summary: 'List devices',
  description:
    '`command_status=failed` finds those whose phone did not do what it was told last. Whoever sells for one branch sees its phones only.',
  query: listQuery,
  answers: {
    200: {
      description: 'A page of devices; `next` is the value of `after` for the page after it',
      schema: z.object({ devices: z.array(deviceSchema), next: field.next }),
    },
  },
  async handle(ctx: Ctx, { query }: { query: z.output<typeof listQuery> }): Promise<Answer> {
    const { imei, loan_id: loanId, customer_id: customerId, lock_status: lockStatus, after, limit } = query
    const { command_status: commandStatus, released } = query
    const filter = { imei, loanId, customerId, lockStatus, commandStatus, released, after, limit }
    const devices = await listDevices(ctx, filter)
    return { status: 200, body: { devices: await devicesJson(ctx, devices), next: nextOf(devices, limit) } }
  },
}

export const readDevice: Operation = {
  id: 'readDevice',
  section,
  summary: 'Read a device',
  description: ABOUT_CODE,
  params: byId,
  answers: deviceAnswer,
  handle: (ctx: Ctx, { params }: OfDevice) => answerWithDevice(ctx, params.id),
}

export const lockDevice: Operation = {
  id: 'lockDevice',
  section,
  summary: 'Ask for a device to be locked',
  description:
    'It is pending until the lock is confirmed. Emergency calls, support and sending receipts always work. `cause` decides what lifts the lock: `arrears` (the default while installments are overdue) by itself once none is; `staff` (else the default) by a payment that leaves none overdue, or by staff; `security` (theft, fraud) by staff alone, even when the loan is paid off. A device that is locked already can be locked for `security` still.',
  params: byId,
  body: lockBody,
  exampleBody: { reason: 'Pago vencido' },
  answers: deviceAnswer,
  async handle(ctx: Ctx, { params, body }: OfDevice<z.output<typeof lockBody>>): Promise<Answer> {
    await requestLock(ctx, params.id, body.reason, body.cause)
    return answerWithDevice(ctx, params.id)
  },
}

export const confirmDeviceLock: Operation = {
  id: 'confirmDeviceLock',
  section,
  summary: 'Confirm that a device is locked',
  params: byId,
  answers: deviceAnswer,
  async handle(ctx: Ctx, { params }: OfDevice): Promise<Answer> {
    await confirmLock(ctx, params.id)
    return answerWithDevice(ctx, params.id)
  },
}

export const unlockDevice: Operation = {
  id: 'unlockDevice',
  section,
  summary: 'Unlock a device, or call a lock off that was asked for',
  description: 'While installments are overdue only those may who run the organisation.',
  params: byId,
  body: z.object({ reason: reasonBody.shape.reason.default('Pago recibido') }),
  exampleBody: { reason: 'Pago recibido' },
  answers: deviceAnswer,
  async handle(ctx: Ctx, { params, body }: OfDevice<{ reason: string }>): Promise<Answer> {
    await unlock(ctx, params.id, body.reason)
    return answerWithDevice(ctx, params.id)
  },
}

export const repeatDeviceCommand: Operation = {
  id: 'repeatDeviceCommand',
  section,
  summary: 'Tell a device again what it should be',
  description: 'Locked, unlocked or let go, as it stands here: for one whose last command failed or expired.',
  params: byId,
  answers: deviceAnswer,
  async handle(ctx: Ctx, { params }: OfDevice): Promise<Answer> {
    await repeatCommand(ctx, params.id)
    return answerWithDevice(ctx, params.id)
  },
}

export const issueDeviceCode: Operation = {
  id: 'issueActivationCode',
  section,
  summary: 'Issue a new activation code in the place of the old one',
  description: `For a code that was lost, seen by others or has expired, while the application has not been activated. ${ABOUT_CODE}`,
  params: byId,
  answers: deviceAnswer,
  refusals: {
    activation_code_used: [409, 'The application was activated already: reset the activation first.'],
    device_released: [409, 'This device belongs to no running loan any more.'],
  },
  async handle(ctx: Ctx, { params }: OfDevice): Promise<Answer> {
    await issueActivationCode(ctx, params.id)
    return answerWithDevice(ctx, params.id)
  },
}

export const resetDeviceActivation: Operation = {
  id: 'resetDeviceActivation',
  section,
  summary: 'Let another application be activated with the device’s code, which is good for thirty days again',
  params: byId,
  answers: deviceAnswer,
  async handle(ctx: Ctx, { params }: OfDevice): Promise<Answer> {
    await resetActivation(ctx, params.id)
    return answerWithDevice(ctx, params.id)
  },
}
