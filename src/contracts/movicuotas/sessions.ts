/** 1. Authentication: login by identity number, and the contract number by SMS. */
import { z } from 'zod'
import type { Day } from '#domain/day.ts'
import { refuse } from '#domain/refusal.ts'
import { typedNumber, typedNumberOfLoan } from '#domain/sales/contract-number.ts'
import { issueToken } from '#contracts/movicuotas/auth.ts'
import { loanToShow, owedLoans } from '#contracts/movicuotas/current-loan.ts'
import { type Bought, customerJson, loanJson } from '#contracts/movicuotas/present.ts'
import { idNumberOf } from '#modules/customers/customers.ts'
import { customerById, customersSharing } from '#modules/customers/views.ts'
import { countWithin, type Limit } from '#modules/identity/identity.ts'
import { enter } from '#modules/sales/sales.ts'
import { type Ctx, type Door, reachingCustomer, transact } from '#platform/context.ts'
import { queueMessage } from '#platform/messaging/messages.ts'
import { normalisePhone } from '#platform/phone.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = '1. Authentication'
/** In which register identity numbers stand. */
const ID_KIND = 'national'

interface LoginBody {
  readonly auth?: unknown
  readonly identification_number?: unknown
}

const text = { type: 'string' } as const
const loginBody = z.looseObject({
  auth: z
    .unknown()
    .optional()
    .meta({
      type: 'object',
      properties: { identification_number: text, contract_number: text, otp: text, device_token: text },
      required: ['identification_number'],
    }),
})

export const login: Operation = {
  section,
  summary: 'Log in by identification number',
  description:
    'The contract number is checked when it is sent. Failures are counted by number and by address; too many are answered 429, ' +
    'never 401. Where the organisation asks for a second factor (setting `second_factor`), 422 names it in `second_factor`: ' +
    '`contract_number`, or `sms`, and then the code that was sent is given in `auth.otp`; the token of an application that was ' +
    'activated, in `auth.device_token`, stands in for the code.',
  transaction: 'own',
  body: loginBody,
  exampleBody: { auth: { identification_number: '0801199012345' } },
  answers: { 200: { description: 'A token of thirty days, the customer and his loan' } },
  refusals: { invalid_input: [400, 'param is missing or the value is empty or invalid: auth'] },
  async handle(door: Door, { body }: { body: LoginBody }): Promise<Answer> {
    const { customerId } = await enter(door, readLogin(body))
    const asCustomer = reachingCustomer(door, customerId)
    return { status: 200, body: await transact(asCustomer, (ctx) => sessionJson(ctx, customerId)) }
  },
}

/** Identity number and second factors as they are kept; the application writes the number without dashes. */
function readLogin(body: LoginBody): Parameters<typeof enter>[1] {
  const auth = (body.auth ?? body) as Readonly<Record<string, unknown>> | null
  if (typeof auth !== 'object' || auth === null || auth.identification_number === undefined) refuse('invalid_input')
  const given = (key: string): string | null => {
    const value = auth[key]
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
  }
  const digits = (given('identification_number') ?? '').replace(/[\s-]/g, '')
  return {
    identity: { kind: ID_KIND, number: digits.slice(0, 64) },
    ...{ contractNumber: given('contract_number'), code: given('otp'), deviceToken: given('device_token') },
  }
}

/** Refuses credentials_invalid where the loan has gone in this very moment. */
async function sessionJson(ctx: Ctx, customerId: number): Promise<Record<string, unknown>> {
  const bought = (await loanToShow(ctx, customerId)) ?? refuse('credentials_invalid')
  return {
    token: await issueToken(ctx, customerId),
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

/** How often a phone is sent its contract number, and how often an address may ask: in an hour. */
const askingLimits = (door: Door, phone: string): Limit[] => [
  { key: `contract number ${phone}`, most: 3, seconds: 3600 },
  ...(door.address === '' ? [] : [{ key: `contract number from ${door.address}`, most: 30, seconds: 3600 }]),
]

export const forgotContract: Operation = {
  section,
  summary: 'Send the contract number to the registered phone',
  description:
    'The number is told as it can be typed at the login (`S01-2026-01-01-000001`), with the one that is shown. Any spelling of the phone is understood, also a plus sign that arrived as a blank. Several customers on one phone are sent ' +
    'the numbers of all their current loans. A phone is sent it three times an hour; more is answered 429.',
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
    await transact(door, (ctx) => countWithin(ctx, askingLimits(door, phone)))
    await transact(door, (ctx) => sendContractNumbers(ctx, phone))
    return { status: 200, body: { message: `Contract number sent to ${phone}` } }
  },
}

async function sendContractNumbers(ctx: Ctx, phone: string): Promise<void> {
  const customers = await customersSharing(ctx, phone)
  if (customers.length === 0) refuse('customer_not_found')
  const owed: Bought[] = []
  for (const id of customers) owed.push(...(await owedLoans(reachingCustomer(ctx, id), id)))
  if (owed.length === 0) refuse('no_open_loan')
  const numbers = owed.map((bought) => numbersToTell(bought, ctx.today)).join(', ')
  const body =
    owed.length === 1
      ? `MOVICUOTAS: Tu numero de contrato es ${numbers}.`
      : `MOVICUOTAS: Tus numeros de contrato son ${numbers}.`
  await queueMessage(ctx, { channel: 'sms', recipient: phone, body })
}

/** The number that the application's field holds, and the one that it shows. */
function numbersToTell(bought: Bought, today: Day): string {
  const { loan, sale } = bought
  const typed = sale ? typedNumber(sale) : typedNumberOfLoan(loan)
  return `${typed} (${loanJson(bought, today).contract_number})`
}
