/** 2. Transaction Handling: what clients do with their money, what staff lend, and the list of both. */
import { z } from 'zod'
import { permits, rolesFor } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import { amountField, amountOf } from '#contracts/visionfund/amounts.ts'
import { anyToken, clientToken, userToken } from '#contracts/visionfund/auth.ts'
import { clientParams } from '#contracts/visionfund/client-id.ts'
import { madeJson, transactionJson } from '#contracts/visionfund/present.ts'
import { depositFor, lend, REPAYMENT_SCHEDULES, repayFor, knownClient, withdrawFor } from '#modules/teller/teller.ts'
import { type Receipt, receiptsOf } from '#modules/teller/views.ts'
import { lookUp } from '#modules/third-parties/third-parties.ts'
import { idText } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = '2. Transaction Handling'
const MOST_LISTED = 500

type Of<Body> = { readonly params: { readonly client_id: number }; readonly body: Body }

const made = (ctx: Ctx, receipt: Receipt): Answer => ({ status: 201, body: madeJson(receipt, ctx) })

const times = { time: '12:23:45', date: '2/3/2024' }

/** A word, however it is written. */
const word = <T extends string>(words: readonly [T, ...T[]]) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.trim().toLowerCase().replaceAll('_', ' ') : value),
    z.enum(words, `Give ${words.join(' or ')}.`),
  )

const collected = word(['mpesa'])
const repaidFrom = word(['mpesa', 'account'])
const destination = word(['account', 'mpesa'])
const schedule = word([...REPAYMENT_SCHEDULES])
const paidOutTo = word(['mpesa', 'counter'])

export const disburseLoan: Operation = {
  section,
  summary: 'loan disbursment transaction',
  description:
    'Staff lend to a client: to his account, or with destination `mpesa` to his phone. repayment_schedule: weekly, monthly or yearly. A loan of this amount that is approved already is used.',
  tokenIn: userToken,
  params: clientParams,
  body: z.object({ amount: amountField, destination: destination.optional(), repayment_schedule: schedule.optional() }),
  exampleBody: { amount: 233, user_token: 'eyJ…' },
  answers: {
    201: {
      description: 'The disbursement',
      example: {
        id: 456,
        by: 1,
        code: 'qwerty12',
        user_id: 123,
        amount: 233,
        type: 'disbursement',
        ...times,
        balance: '233',
      },
    },
  },
  async handle(ctx: Ctx, { params, body }: Of<Disbursing>): Promise<Answer> {
    return made(ctx, await disburse(ctx, params.client_id, body))
  },
}

interface Disbursing {
  readonly amount?: unknown
  readonly destination?: 'account' | 'mpesa' | undefined
  readonly repayment_schedule?: (typeof REPAYMENT_SCHEDULES)[number] | undefined
}

function disburse(ctx: Ctx, client: number, body: Disbursing): Promise<Receipt> {
  const { destination: to = 'account', repayment_schedule: rhythm } = body
  return lend(ctx, {
    clientId: client,
    amount: amountOf(body.amount, ctx.org.currency),
    destination: to,
    schedule: rhythm,
  })
}

const repaying = z.object({ source: repaidFrom, amount: amountField })

export const repayLoan: Operation = {
  section,
  summary: 'loan repayment by client transaction',
  description:
    'The oldest open loan first. `balance` is what is still owed on all loans; account_balance what the account holds.',
  tokenIn: clientToken,
  params: clientParams,
  body: repaying,
  exampleBody: { source: 'mpesa', amount: 233, client_token: 'eyJ…' },
  answers: {
    201: {
      description: 'The repayment',
      example: { id: 456, code: 'qwerty12', amount: 233, ...times, balance: '289', account_balance: '22' },
    },
  },
  async handle(ctx: Ctx, { params, body }: Of<z.output<typeof repaying>>): Promise<Answer> {
    const amount = amountOf(body.amount, ctx.org.currency)
    return made(ctx, await repayFor(ctx, { clientId: params.client_id, source: body.source, amount }))
  },
}

const movement = z.looseObject({
  amount: amountField,
  type: word(['deposit', 'withdrawal']).optional(),
  source: z.unknown().optional(),
})
type Movement = z.output<typeof movement>

export const depositOrWithdraw: Operation = {
  section,
  summary: 'client deposit transaction, client withdrawal transaction',
  description:
    'One path for both: with `source` (mpesa) it is a deposit, without it a withdrawal; an explicit `type` decides before that. The answer says which it was. A withdrawal goes to M-Pesa where the client has a phone and M-Pesa pays such an amount, else it is fetched at the counter; `destination` decides.',
  tokenIn: clientToken,
  params: clientParams,
  body: movement,
  exampleBody: { source: 'mpesa', amount: 233, client_token: 'eyJ…' },
  answers: {
    201: {
      description: 'The transaction',
      example: { id: 456, code: 'qwerty12', ...times, balance: '22', type: 'deposit', amount: 233 },
    },
  },
  async handle(ctx: Ctx, { params, body }: Of<Movement>): Promise<Answer> {
    return made(ctx, await (isDeposit(body) ? payIn : drawOut)(ctx, params.client_id, body))
  },
}

/** The key alone decides, whatever is in it: nothing that was meant as a deposit becomes a withdrawal. */
const isDeposit = (body: Movement): boolean => (body.type === undefined ? 'source' in body : body.type === 'deposit')

export const withdrawMoney: Operation = {
  section,
  summary: 'client withdrawal transaction, under a path of its own',
  extra: true,
  tokenIn: clientToken,
  params: clientParams,
  body: z.looseObject({ amount: amountField, source: z.undefined('A withdrawal has no source.').optional() }),
  exampleBody: { amount: 233, client_token: 'eyJ…' },
  answers: { 201: { description: 'The withdrawal', example: { id: 456, code: 'qwerty12', ...times, balance: '22' } } },
  async handle(ctx: Ctx, { params, body }: Of<Movement>): Promise<Answer> {
    return made(ctx, await drawOut(ctx, params.client_id, body))
  },
}

function payIn(ctx: Ctx, client: number, body: Movement): Promise<Receipt> {
  demand(collected, 'source', body.source ?? null)
  return depositFor(ctx, { clientId: client, amount: amountOf(body.amount, ctx.org.currency) })
}

function drawOut(ctx: Ctx, client: number, body: Movement): Promise<Receipt> {
  const channel = body.destination === undefined ? undefined : demand(paidOutTo, 'destination', body.destination)
  return withdrawFor(ctx, { clientId: client, amount: amountOf(body.amount, ctx.org.currency), channel })
}

/** A field that only some requests carry. Refuses invalid_input. */
function demand<T>(schema: z.ZodType<T>, field: string, value: unknown): T {
  const parsed = schema.safeParse(value)
  return parsed.success
    ? parsed.data
    : refuse('invalid_input', { fields: { [field]: parsed.error.issues[0]!.message } })
}

const recorded = z.looseObject({
  amount: amountField.optional(),
  type: word(['deposit', 'withdrawal', 'loan repayment', 'disbursement']).optional(),
})
type Recorded = z.output<typeof recorded>
const listQuery = z.object({ latest: z.enum(['true', 'false']).optional(), before: idText.optional() })
type ListQuery = z.output<typeof listQuery>

export const listOrRecord: Operation = {
  section,
  summary: 'All Transactions by for an individual client',
  description: `With a token only: the client’s transactions, newest first, at most ${MOST_LISTED} (older ones by ?before=<id>, the newest alone by ?latest=true). With amount and type it records that transaction, by the rules of the operation for it.`,
  tokenIn: anyToken,
  params: clientParams,
  query: listQuery,
  body: recorded,
  exampleBody: { token: 'eyJ…' },
  answers: {
    200: {
      description: 'The transactions',
      example: [{ id: 456, code: 'qwerty12', user_id: 123, amount: 100, type: 'withdrawal', ...times }],
    },
    201: { description: 'Recorded' },
  },
  async handle(ctx: Ctx, { params, query, body }: Of<Recorded> & { query: ListQuery }): Promise<Answer> {
    const isList = body.type === undefined && body.amount === undefined
    return isList ? list(ctx, params.client_id, query) : record(ctx, params.client_id, body)
  },
}

async function list(ctx: Ctx, id: number, { latest, before }: ListQuery): Promise<Answer> {
  const { customerId } = await knownClient(ctx, id)
  const looking = await lookUp(ctx, customerId, 'transactions')
  const receipts = await receiptsOf(looking, customerId, { limit: latest === 'true' ? 1 : MOST_LISTED, before })
  const rows = receipts.map((receipt) => transactionJson(receipt, ctx))
  return { status: 200, body: latest === 'true' ? (rows[0] ?? null) : rows }
}

async function record(ctx: Ctx, id: number, body: Recorded): Promise<Answer> {
  if (body.type === undefined) refuse('invalid_input', { fields: { type: 'This field is required.' } })
  const amount = amountOf(body.amount, ctx.org.currency)
  if (body.type === 'deposit') return made(ctx, await payIn(ctx, id, { source: 'mpesa', ...body } as Movement))
  if (body.type === 'withdrawal') return made(ctx, await drawOut(ctx, id, body as Movement))
  if (body.type === 'loan repayment') {
    const source = demand(repaidFrom, 'source', body.source ?? 'mpesa')
    return made(ctx, await repayFor(ctx, { clientId: id, source, amount }))
  }
  const { actor } = ctx
  const roles = 'roles' in actor ? actor.roles : []
  if (!permits(roles, 'loan.lend')) refuse('not_permitted', { roles, allowed: rolesFor('loan.lend') })
  const to = body.destination === undefined ? undefined : demand(destination, 'destination', body.destination)
  const rhythm =
    body.repayment_schedule === undefined ? undefined : demand(schedule, 'repayment_schedule', body.repayment_schedule)
  return made(ctx, await disburse(ctx, id, { amount: body.amount, destination: to, repayment_schedule: rhythm }))
}
