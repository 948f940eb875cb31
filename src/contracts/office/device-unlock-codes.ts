/** Codes that unlock a phone without a network. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { byId, reason } from '#contracts/office/asked.ts'
import { answerWithDevice, deviceSchema } from '#contracts/office/present-devices.ts'
import { parseDay } from '#domain/day.ts'
import { CODE_DAYS } from '#domain/devices/unlock-code.ts'
import { refuse } from '#domain/refusal.ts'
import { issueUnlockCode, redeemUnlockCode } from '#modules/devices/devices.ts'
import { deviceById, unlockCodesOf } from '#modules/devices/views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = 'Devices'

const issueBody = z.object({
  valid_days: z.int('Give a whole number.').min(1).max(CODE_DAYS.most).default(CODE_DAYS.usual),
  reason,
})

interface OfDevice<Body = unknown> {
  readonly params: { readonly id: number }
  readonly body: Body
}

export const addUnlockCode: Operation = {
  id: 'issueUnlockCode',
  section,
  summary: 'Issue a code that unlocks a device without a network',
  description:
    'Shown this once: it is kept as a hash. For whoever may unlock the device by hand; while installments are overdue only those may who run the organisation.',
  params: byId,
  body: issueBody,
  exampleBody: { valid_days: 3, reason: 'Cliente sin señal' },
  answers: {
    201: {
      description: 'The code, good once and up to its last day',
      schema: z.object({ code: z.string(), counter: field.count, valid_until: field.day }),
      example: { code: '48300917', counter: 1, valid_until: '2026-02-18' },
    },
  },
  async handle(ctx: Ctx, { params, body }: OfDevice<z.output<typeof issueBody>>): Promise<Answer> {
    const given = { validDays: body.valid_days, reason: body.reason }
    const { code, counter, validUntil } = await issueUnlockCode(ctx, params.id, given)
    return { status: 201, body: { code, counter, valid_until: validUntil } }
  },
}

const codesSchema = z.object({
  unlock_codes: z.array(
    z.object({
      ...{ counter: field.count, valid_until: field.day, reason: z.string(), actor: field.actor },
      ...{ created_at: field.instant, used_on: field.day.nullable(), redeemed_by: field.actor.nullable() },
    }),
  ),
})

export const listOfUnlockCodes: Operation = {
  id: 'listUnlockCodes',
  section,
  summary: 'List the codes issued for a device',
  description: 'The latest hundred, latest first; never the digits.',
  params: byId,
  answers: {
    200: { description: 'When each was issued, by whom and why, and when it was used', schema: codesSchema },
  },
  async handle(ctx: Ctx, { params }: OfDevice): Promise<Answer> {
    if (!(await deviceById(ctx, params.id))) refuse('device_not_found')
    const codes = await unlockCodesOf(ctx, params.id)
    const unlock_codes = codes.map((code) => ({
      ...{ counter: code.counter, valid_until: code.validUntil, reason: code.reason, actor: code.actor },
      created_at: code.createdAt.toISOString(),
      ...{ used_on: code.usedOn, redeemed_by: code.redeemedBy },
    }))
    return { status: 200, body: { unlock_codes } }
  },
}

const redeemBody = z.object({
  code: z.string().regex(/^\d{8}$/, 'Give the eight digits.'),
  used_on: z.string().max(10).optional(),
})

export const redeemDeviceUnlockCode: Operation = {
  id: 'redeemUnlockCode',
  section,
  summary: 'Report that a code was typed in on the device',
  description:
    'Uses it up and unlocks the device; the daily policy asks for no lock up to its last day. Five wrong codes in a day, and none is looked at.',
  transaction: 'own',
  params: byId,
  body: redeemBody,
  exampleBody: { code: '48300917', used_on: '2026-02-16' },
  answers: { 200: { description: 'The device as it now stands', schema: deviceSchema } },
  async handle(door: Door, { params, body }: OfDevice<z.output<typeof redeemBody>>): Promise<Answer> {
    const usedOn = body.used_on === undefined ? null : (parseDay(body.used_on) ?? refuse('invalid_input', NO_DAY))
    await redeemUnlockCode(door, params.id, { code: body.code, usedOn })
    return transact(door, (ctx) => answerWithDevice(ctx, params.id), true)
  },
}

const NO_DAY = { fields: { used_on: 'Give a day, "2026-02-16".' } }
