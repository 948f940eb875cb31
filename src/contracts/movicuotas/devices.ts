/** Devices, push tokens and settings: not in the document, and called by the application. */
import { z } from 'zod'
import { isImei } from '#domain/devices/imei.ts'
import { Refusal, refuse } from '#domain/refusal.ts'
import { me, issueToken } from '#contracts/movicuotas/auth.ts'
import { loanToShow } from '#contracts/movicuotas/current-loan.ts'
import { loanJson, nextOf, numberOf } from '#contracts/movicuotas/present.ts'
import { ownRecord } from '#contracts/movicuotas/sessions.ts'
import { loginFor } from '#modules/customers/customers.ts'
import { activate, deviceToActivate, dropToken, refreshToken, registerToken } from '#modules/devices/devices.ts'
import { type Device, deviceById, imeiIsBound } from '#modules/devices/views.ts'
import { countAgainst, loginLimits, noteLogin, refuseBeyond } from '#modules/identity/identity.ts'
import { type Ctx, type Door, reachingCustomer, transact } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = 'Devices'
const text = z.string().max(200)
const loose = z.unknown().optional().meta({ type: 'string' })

interface Activation {
  readonly activation_code?: unknown
  readonly fcm_token?: unknown
  readonly platform?: unknown
  readonly device_name?: unknown
}

export const activateDevice: Operation = {
  section,
  summary: 'Activate the application on a phone by its code',
  description:
    'The code is the credential. The same application may come again; another is refused until staff resets it.',
  extra: true,
  transaction: 'own',
  body: z.looseObject({ activation_code: loose, fcm_token: loose, platform: loose, device_name: loose }),
  exampleBody: { activation_code: 'K7M2QX', fcm_token: 'a token of at least fifty characters', platform: 'android' },
  answers: { 200: { description: 'A token of thirty days, the customer and his loan' } },
  refusals: { invalid_input: [400, 'Token FCM requerido'], code_invalid: [422, 'Token FCM inválido'] },
  async handle(door: Door, { body }: { body: Activation }): Promise<Answer> {
    const device = await findByCode(door, shown(body.activation_code) ?? '')
    const token = typeof body.fcm_token === 'string' ? body.fcm_token.trim() : ''
    if (token === '') refuse('invalid_input')
    if (!isPushToken(token)) refuse('code_invalid')
    const asCustomer = reachingCustomer(door, device.customerId)
    return transact(asCustomer, (ctx) => activated(ctx, device, { token, ...phoneOf(body) }))
  },
}

const PUSH_TOKEN = /^[\w:-]{50,4096}$/
const isPushToken = (token: string): boolean => PUSH_TOKEN.test(token)
const shown = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value.slice(0, 200) : null
const phoneOf = (body: Activation) => ({
  platform: shown(body.platform) ?? 'android',
  deviceName: shown(body.device_name),
})

const FEW = { account: 30, address: 30 }

/** Codes that do not exist are counted against the address, so that nobody tries them all. */
async function findByCode(door: Door, code: string): Promise<Device> {
  const limits = loginLimits(door, 'activation', FEW).filter(({ of }) => of === 'address')
  const found = await transact(door, async (ctx) => {
    await refuseBeyond(ctx, limits, true)
    try {
      return await deviceToActivate(ctx, code)
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'activation_code_unknown') throw error
      await countAgainst(ctx, limits)
      return null
    }
  })
  return found ?? refuse('activation_code_unknown')
}

interface Phone {
  readonly token: string
  readonly platform: string
  readonly deviceName: string | null
}

async function activated(ctx: Ctx, { id, customerId }: Device, phone: Phone): Promise<Answer> {
  const userId = await loginFor(ctx, customerId)
  await noteLogin(ctx, userId)
  const time = await activate(ctx, id, { ...phone, userId })
  const device = (await deviceById(ctx, id))!
  const bought = (await loanToShow(ctx, customerId)) ?? refuse('no_open_loan')
  const next = nextOf(bought.loan)
  return {
    status: 200,
    body: {
      message: time === 'first' ? 'Dispositivo activado correctamente' : 'Sesión iniciada correctamente',
      activated_at: device.activatedAt!.toISOString(),
      token: await issueToken(ctx, customerId),
      customer: await ownRecord(ctx, customerId),
      loan: {
        ...loanJson(bought, ctx.today),
        next_payment_date: next?.dueDay ?? null,
        next_payment_amount: next ? numberOf(next.due.principal + next.due.interest, bought.loan.currency) : null,
      },
    },
  }
}

export const checkImei: Operation = {
  section,
  summary: 'Whether a phone can be sold on credit',
  extra: true,
  query: z.object({ imei: text.optional() }),
  answers: { 200: { description: 'Always answered', example: { available: true, message: 'IMEI disponible' } } },
  async handle(ctx: Ctx, { query }: { query: { imei?: string } }): Promise<Answer> {
    const imei = (query.imei ?? '').trim()
    const answer = (available: boolean, message: string): Answer => ({ status: 200, body: { available, message } })
    if (!isImei(imei)) return answer(false, 'IMEI debe tener 15 dígitos numéricos')
    if (await imeiIsBound(ctx, imei)) return answer(false, 'IMEI ya registrado en otro préstamo')
    return answer(true, 'IMEI disponible')
  },
}

export const addDeviceToken: Operation = {
  section,
  summary: 'Register where pushes go',
  extra: true,
  body: z.looseObject({ device_token: z.unknown().optional().meta({ type: 'object' }) }),
  exampleBody: { device_token: { token: 'a token of at least fifty characters', platform: 'android' } },
  answers: { 201: { description: 'Registered', example: { message: 'Device token registered successfully' } } },
  refusals: {
    invalid_input: [400, 'param is missing or the value is empty or invalid: device_token'],
    code_invalid: [422, 'Token is invalid'],
  },
  async handle(ctx: Ctx, { body }: { body: Readonly<Record<string, unknown>> }): Promise<Answer> {
    const given = (body.device_token ?? body) as Readonly<Record<string, unknown>>
    if (typeof given !== 'object' || given === null || given.token === undefined) refuse('invalid_input')
    if (typeof given.token !== 'string' || !isPushToken(given.token)) refuse('code_invalid')
    const saved = await registerToken(ctx, {
      ...{ token: given.token, userId: me(ctx).userId, ...phoneOf(given) },
      ...{ osVersion: shown(given.os_version), appVersion: shown(given.app_version) },
    })
    const { id, platform, active } = saved
    const device_token = { id, platform, active, created_at: saved.createdAt.toISOString() }
    return { status: 201, body: { message: 'Device token registered successfully', device_token } }
  },
}

const tokenQuery = z.object({ token: z.string().max(4_096).optional() })

export const removeDeviceToken: Operation = {
  section,
  summary: 'No pushes go there any more',
  extra: true,
  query: tokenQuery,
  answers: { 200: { description: 'Removed', example: { message: 'Device token unregistered successfully' } } },
  async handle(ctx: Ctx, { query, params }: { query: { token?: string }; params: { id?: string } }): Promise<Answer> {
    const named = params.id === undefined ? (query.token ?? '') : params.id
    await dropToken(ctx, me(ctx).userId, /^\d{1,9}$/.test(named) ? Number(named) : named)
    return { status: 200, body: { message: 'Device token unregistered successfully' } }
  },
}

export const refreshDeviceToken: Operation = {
  section,
  summary: 'The application was started',
  extra: true,
  query: tokenQuery,
  answers: { 200: { description: 'Seen', example: { message: 'Device token refreshed' } } },
  async handle(ctx: Ctx, { query }: { query: { token?: string } }): Promise<Answer> {
    await refreshToken(ctx, me(ctx).userId, query.token ?? '')
    return { status: 200, body: { message: 'Device token refreshed' } }
  },
}

export const settings: Operation = {
  section: 'Settings',
  summary: 'Whom to call for help',
  extra: true,
  answers: {
    200: { description: 'Null where nothing is set', example: { support_phone_number: null, support_schedule: null } },
  },
  async handle({ org }: Ctx): Promise<Answer> {
    const { supportPhone, supportSchedule } = org.policies
    const body = { support_phone_number: shown(supportPhone), support_schedule: shown(supportSchedule) }
    return { status: 200, body }
  },
}
