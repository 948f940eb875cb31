/** 1. Authentication: login by identity number, and the contract number by SMS. */
import { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import { tokenFor } from '#contracts/movicuotas/auth.ts'
import { currentLoan, loanToShow } from '#contracts/movicuotas/current-loan.ts'
import { customerJson, loanJson } from '#contracts/movicuotas/present.ts'
import { holderOfIdNumber, idNumberOf, loginFor } from '#modules/customers/customers.ts'
import { customerById, customersByPhone } from '#modules/customers/views.ts'
import { countAgainst, loginLimits, refuseBeyond, sendingLimits } from '#modules/identity/identity.ts'
import { isContractOf } from '#modules/sales/sales.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { sha256 } from '#platform/crypto.ts'
import { emit } from '#platform/events.ts'
import { queueMessage } from '#platform/messages.ts'
import { normalisePhone } from '#platform/phone.ts'
import type { Answer, Operation } from '#platform/route.ts'

const section = '1. Authentication'
/** In which register identity numbers stand. */
export const ID_KIND = 'national'

interface LoginBody {
  readonly auth?: unknown
  readonly identification_number?: unknown
  readonly contract_number?: unknown
}

const loginBody = z.looseObject({
  auth: z
    .unknown()
    .optional()
    .meta({
      type: 'object',
      properties: { identification_number: { type: 'string' }, contract_number: { type: 'string' } },
      required: ['identification_number'],
    }),
})

export const login: Operation = {
  section,
  summary: 'Log in by identification number',
  description:
    'The contract number is checked when it is sent. Failures are counted by number and by address; too many are answered 429, never 401.',
  transaction: 'own',
  body: loginBody,
  exampleBody: { auth: { identification_number: '0801199012345' } },
  answers: { 200: { description: 'A token of thirty days, the customer and his loan' } },
  refusals: { invalid_input: [400, 'param is missing or the value is empty or invalid: auth'] },
  async handle(door: Door, { body }: { body: LoginBody }): Promise<Answer> {
    const given = readLogin(body)
    const limits = loginLimits(door, `identity ${sha256(given.number).toString('base64url')}`)
    const answer = await transact(door, async (ctx) => {
      await refuseBeyond(ctx, limits, true)
      const customerId = await holderOfIdNumber(ctx, { kind: ID_KIND, number: given.number })
      const admitted = customerId !== null && (await mayEnter(ctx, customerId, given.contractNumber))
      const session = admitted ? await sessionJson(ctx, customerId) : null
      if (session === null) await countAgainst(ctx, limits)
      return session
    })
    return { status: 200, body: answer ?? refuse('credentials_invalid') }
  },
}

/** Identity number and contract number as they are kept; the application writes the number without dashes. */
function readLogin(body: LoginBody): { number: string; contractNumber: string | null } {
  const auth = (body.auth ?? body) as LoginBody | null
  if (typeof auth !== 'object' || auth === null || auth.identification_number === undefined) refuse('invalid_input')
  const { identification_number: number, contract_number: contract } = auth
  const digits = typeof number === 'string' ? number.replace(/[\s-]/g, '') : ''
  return {
    number: digits.slice(0, 64),
    contractNumber: typeof contract === 'string' && contract.trim() ? contract : null,
  }
}

const mayEnter = async (ctx: Ctx, customerId: number, contractNumber: string | null): Promise<boolean> =>
  contractNumber === null || isContractOf(ctx, customerId, contractNumber)

/** Null: a customer without any loan has nothing to log in to. */
async function sessionJson(ctx: Ctx, customerId: number): Promise<Record<string, unknown> | null> {
  const bought = await loanToShow(ctx, customerId)
  if (!bought) return null
  const userId = await loginFor(ctx, customerId)
  const data = { user_id: userId, customer_id: customerId, address: ctx.address }
  emit(ctx, { type: 'user.logged_in', subject: `user:${userId}`, data })
  return {
    token: tokenFor(ctx, customerId),
    customer: await ownRecord(ctx, customerId),
    loan: loanJson(bought, ctx.today),
    device_activated: (bought.device?.activatedAt ?? null) !== null,
  }
}

/** The customer as the application shows him. Refuses customer_not_found. */
export async function ownRecord(ctx: Pick<Ctx, 'org' | 'tx'>, customerId: number): Promise<Record<string, unknown>> {
  const customer = (await customerById(ctx, customerId)) ?? refuse('customer_not_found')
  return customerJson(customer, await idNumberOf(ctx, customerId, ID_KIND))
}

export const forgotContract: Operation = {
  section,
  summary: 'Send the contract number to the registered phone',
  description: 'Any spelling of the number is understood, also a plus sign that arrived as a blank.',
  transaction: 'own',
  query: z.object({ phone: z.string().max(64).optional() }),
  answers: {
    200: { description: 'Sent', example: { message: 'Contract number sent to +50489978918' } },
  },
  refusals: { invalid_input: [400, 'param is missing or the value is empty or invalid: phone'] },
  async handle(door: Door, { query }: { query: { phone?: string } }): Promise<Answer> {
    const digits = (query.phone ?? '').replace(/\D/g, '')
    if (digits === '') refuse('invalid_input')
    const phone = normalisePhone(digits, door.org.country) ?? `+${digits}`
    const limits = sendingLimits(door, 'forgot contract', phone)
    await transact(door, async (ctx) => {
      await refuseBeyond(ctx, limits, true)
      await countAgainst(ctx, limits)
    })
    await transact(door, (ctx) => sendContractNumber(ctx, phone))
    return { status: 200, body: { message: `Contract number sent to ${phone}` } }
  },
}

async function sendContractNumber(ctx: Ctx, phone: string): Promise<void> {
  const customerId = (await customersByPhone(ctx, [phone])).get(phone) ?? refuse('customer_not_found')
  const { contract_number: number } = loanJson(await currentLoan(ctx, customerId), ctx.today)
  await queueMessage(ctx, { channel: 'sms', recipient: phone, body: `MOVICUOTAS: Tu numero de contrato es ${number}.` })
}
