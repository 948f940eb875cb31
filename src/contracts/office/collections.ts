/** Collection work for the office: worklists, promises, who looks after whom, outcomes, when a customer may be contacted. */
import { z } from 'zod'
import { LOAN_STATUSES } from '#contracts/office/present-loans.ts'
import * as field from '#contracts/office/answer-fields.ts'
import { BUCKETS } from '#domain/collections/bucket.ts'
import { decimalsOf, parseMinor } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { amount, byId, daySchema, id, nextOf, reason } from '#contracts/office/asked.ts'
import {
  assignmentJson,
  assignmentSchema,
  interactionJson,
  interactionSchema,
  PROMISE_STATUSES,
  promiseJson,
  promiseSchema,
  revisionJson,
  revisionSchema,
  standing,
  standingJson,
  workItemJson,
  workItemSchema,
} from '#contracts/office/present-collections.ts'
import {
  assignInBulk,
  contactAdvice,
  getCustomer,
  loanWithin,
  makePromise,
  putDisposition,
  revisionsWithin,
  setDoNotCall,
  withdrawPromise,
} from '#modules/collections/collections.ts'
import {
  assignmentsOf,
  dispositionsOf,
  interactionsOfLoan,
  listPromises,
  promiseById,
  standingsOf,
  type WorkFilter,
  WORKLISTS,
  worklist,
} from '#modules/collections/views.ts'
import { idText, pageLimit, wholeText } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = 'Collections'
const NEWEST = 2_147_483_647
const limit = pageLimit(500, 50)

interface Asked<Body = unknown, Query = unknown> {
  readonly params: { readonly id: number }
  readonly query: Query
  readonly body: Body
}

const filter = {
  bucket: z.enum(BUCKETS).optional(),
  area: z.string().trim().min(1).max(100).optional().meta({ description: 'A pincode, or a city' }),
  loan_type: z.string().trim().min(1).max(50).optional(),
  product_id: idText.optional(),
  assigned_to: idText.optional(),
}

const filterOf = (given: z.output<z.ZodObject<typeof filter>>): WorkFilter => ({
  ...{ bucket: given.bucket, area: given.area, loanType: given.loan_type },
  ...{ productId: given.product_id, assignedTo: given.assigned_to },
})

const flag = z.enum(['true', 'false']).transform((text) => text === 'true')
const worklistQuery = z.object({
  ...filter,
  list: z.enum(WORKLISTS).default('due_today'),
  callable: flag.optional().meta({ description: 'Leaves out who may not be called' }),
  limit,
  offset: wholeText(0, 100_000).default(0),
})

export const showWorklist: Operation = {
  id: 'readWorklist',
  section,
  summary: 'Whom to contact next: least contacted first, then latest due',
  description:
    'due_today: a next action or a promise of today or before; broken_promises: not contacted since; never_contacted: overdue and never tried.',
  query: worklistQuery,
  answers: {
    200: {
      description: 'Running loans within the caller’s reach; `next` is the value of `offset` for the page after it',
      schema: z.object({ items: z.array(workItemSchema), next: field.count.nullable() }),
    },
  },
  async handle(ctx: Ctx, { query }: Asked<unknown, z.output<typeof worklistQuery>>): Promise<Answer> {
    const items = await worklist(ctx, { ...query, ...filterOf(query) })
    const next = items.length === query.limit ? query.offset + query.limit : null
    return { status: 200, body: { items: items.map(workItemJson), next } }
  },
}

const assignment = z.object({
  ...filter,
  product_id: id.optional(),
  assigned_to: id.optional(),
  unassigned: z.boolean().optional(),
  to_user: id,
  reason: reason.nullish(),
  limit: z.int().min(1).max(5_000).optional().meta({ description: 'At most so many customers' }),
})

export const assignCustomersInBulk: Operation = {
  id: 'assignCustomers',
  section,
  summary: 'Hand customers over by bucket, area or product',
  description:
    'Those of running loans within the caller’s reach, latest due first; to himself or whoever is below him. The history of each is kept.',
  body: assignment,
  exampleBody: { bucket: 'sma_1', area: '700019', to_user: 2, reason: 'New beat' },
  answers: {
    200: {
      description: 'How many changed hands',
      schema: z.object({ assigned: field.count }),
      example: { assigned: 12 },
    },
  },
  async handle(ctx: Ctx, { body }: Asked<z.output<typeof assignment>>): Promise<Answer> {
    const chosen = { ...filterOf(body), unassigned: body.unassigned }
    const given = { filter: chosen, toUser: body.to_user, reason: body.reason ?? null, limit: body.limit }
    return { status: 200, body: { assigned: await assignInBulk(ctx, given) } }
  },
}

export const listAssignments: Operation = {
  id: 'listCustomerAssignments',
  section,
  summary: 'Who looked after a customer, latest first',
  params: byId,
  answers: {
    200: { description: 'The history', schema: z.object({ assignments: z.array(assignmentSchema) }) },
  },
  async handle(ctx: Ctx, { params }: Asked): Promise<Answer> {
    await getCustomer(ctx, params.id)
    return { status: 200, body: { assignments: (await assignmentsOf(ctx, params.id, 500)).map(assignmentJson) } }
  },
}

const promiseBody = z.object({
  loan_id: id,
  amount,
  due_on: daySchema,
  channel: z.string().trim().min(1).max(50),
})

export const addPromise: Operation = {
  id: 'addPromise',
  section,
  summary: 'Note a promise to pay',
  description:
    'An open one of the same loan is replaced. The close of business decides it by what was paid: kept, part_kept, broken.',
  body: promiseBody,
  exampleBody: { loan_id: 1, amount: '5000.00', due_on: '2026-02-20', channel: 'calling' },
  answers: { 201: { description: 'The promise', schema: promiseSchema } },
  async handle(ctx: Ctx, { body }: Asked<z.output<typeof promiseBody>>): Promise<Answer> {
    const amount = parseMinor(body.amount, decimalsOf(ctx.org.currency))
    if (amount === null || amount <= 0n) refuse('amount_invalid', { fields: { amount: 'Give a positive amount.' } })
    const given = { loanId: body.loan_id, interactionId: null, amount, dueOn: body.due_on, channel: body.channel }
    const made = await makePromise(ctx, given)
    return { status: 201, body: promiseJson((await promiseById(ctx, made))!) }
  },
}

const promisesQuery = z.object({
  loan_id: idText.optional(),
  status: z.enum(PROMISE_STATUSES).optional(),
  before: idText.default(NEWEST),
  limit,
})

export const listOfPromises: Operation = {
  id: 'listPromises',
  section,
  summary: 'List promises, latest first',
  query: promisesQuery,
  answers: {
    200: {
      description: 'A page of promises; `next` is the value of `before` for the page after it',
      schema: z.object({ promises: z.array(promiseSchema), next: field.next }),
    },
  },
  async handle(ctx: Ctx, { query }: Asked<unknown, z.output<typeof promisesQuery>>): Promise<Answer> {
    const promises = await listPromises(ctx, { ...query, loanId: query.loan_id })
    const next = nextOf(promises, query.limit)
    return { status: 200, body: { promises: promises.map(promiseJson), next } }
  },
}

export const withdrawOpenPromise: Operation = {
  id: 'withdrawPromise',
  section,
  summary: 'Withdraw a promise that was noted by mistake',
  params: byId,
  answers: { 200: { description: 'The promise as it now stands', schema: promiseSchema } },
  async handle(ctx: Ctx, { params }: Asked): Promise<Answer> {
    await withdrawPromise(ctx, params.id)
    return { status: 200, body: promiseJson((await promiseById(ctx, params.id))!) }
  },
}

const ofLoan = {
  ...{ id: field.id, account_no: z.string(), customer_id: field.id, loan_type: z.string().nullable() },
  ...{ interactions: z.array(interactionSchema), promises: z.array(promiseSchema) },
}
const collectionLoanSchema = z
  .union([
    z.object({ ...ofLoan, ...standing, status: z.enum(LOAN_STATUSES) }),
    z.object({ ...ofLoan, status: z.literal('on_file').meta({ description: 'Its money is not kept here' }) }),
  ])
  .meta({ id: 'CollectionLoan' })

export const readCollectionLoan: Operation = {
  id: 'readCollectionLoan',
  section,
  summary:
    'How a loan stands, with what was tried and promised: visits for those who visit, calls for those who may read calls',
  params: byId,
  answers: {
    200: {
      description: 'Standing, and the latest 200 interactions and promises, latest first',
      schema: collectionLoanSchema,
    },
  },
  async handle(ctx: Ctx, { params }: Asked): Promise<Answer> {
    const loan = await loanWithin(ctx, params.id)
    const standing = (await standingsOf(ctx, [loan.id])).get(loan.id)
    const interactions = await interactionsOfLoan(ctx, { loanId: loan.id, before: NEWEST, limit: 200 })
    const promises = await listPromises(ctx, { loanId: loan.id, before: NEWEST, limit: 200 })
    const about = { id: loan.id, account_no: loan.accountNo, customer_id: loan.customerId, loan_type: loan.loanType }
    const stands = standing ? { status: standing.status, ...standingJson(standing) } : { status: 'on_file' }
    const tried = { interactions: interactions.map(interactionJson), promises: promises.map(promiseJson) }
    return { status: 200, body: { ...about, ...stands, ...tried } }
  },
}

export const listRevisions: Operation = {
  id: 'listInteractionRevisions',
  section,
  summary: 'What an interaction said before each change',
  params: byId,
  answers: {
    200: {
      description: 'Oldest first; kept for ever, also of what was removed',
      schema: z.object({ revisions: z.array(revisionSchema) }),
    },
  },
  async handle(ctx: Ctx, { params }: Asked): Promise<Answer> {
    return { status: 200, body: { revisions: (await revisionsWithin(ctx, params.id)).map(revisionJson) } }
  },
}

const CHANNELS = ['field', 'calling', 'any'] as const
const dispositionSchema = z
  .object({
    ...{ code: z.string(), name: z.string(), channel: z.enum(CHANNELS) },
    reached: z.boolean().meta({ description: 'Somebody who knows the customer was spoken to' }),
    active: z.boolean(),
  })
  .meta({ id: 'Disposition' })

export const listDispositions: Operation = {
  id: 'listDispositions',
  section,
  summary: 'The outcomes that a contact may have',
  answers: {
    200: {
      description: 'Standard ones and the organisation’s own',
      schema: z.object({ dispositions: z.array(dispositionSchema) }),
    },
  },
  async handle(ctx: Ctx): Promise<Answer> {
    return { status: 200, body: { dispositions: await dispositionsOf(ctx) } }
  },
}

const dispositionBody = z.object({
  name: z.string().trim().min(1).max(100),
  channel: z.enum(CHANNELS).default('any'),
  reached: z.boolean().default(true),
  active: z.boolean().default(true),
})
const byCode = z.object({ code: z.string().regex(/^[a-z][a-z0-9_]{0,49}$/) })

export const setDisposition: Operation = {
  id: 'setDisposition',
  section,
  summary: 'Add an outcome, or change one',
  params: byCode,
  body: dispositionBody,
  exampleBody: { name: 'Paid at the branch', channel: 'any', reached: true, active: true },
  answers: { 200: { description: 'The outcome', schema: dispositionSchema } },
  async handle(
    ctx: Ctx,
    { params, body }: { params: z.output<typeof byCode>; body: z.output<typeof dispositionBody> },
  ): Promise<Answer> {
    const disposition = { code: params.code, ...body }
    await putDisposition(ctx, disposition)
    return { status: 200, body: disposition }
  },
}

const contactQuery = z.object({
  channel: z.enum(['field', 'calling']).default('calling'),
  at: z.iso.datetime({ offset: true }).optional().meta({ description: 'Default: now' }),
})

export const adviseContact: Operation = {
  id: 'adviseContact',
  section,
  summary: 'Whether a customer may be contacted now, or at an instant',
  description: 'By the organisation’s contact hours (India: 08:00 to 19:00) and the customer’s wish not to be called.',
  params: byId,
  query: contactQuery,
  answers: {
    200: {
      description: 'Allowed or not, and why',
      schema: z.object({
        allowed: z.boolean(),
        reason: z.enum(['outside_hours', 'do_not_call']).nullable(),
        hours: z.object({ from: z.string(), to: z.string() }),
      }),
      example: { allowed: false, reason: 'outside_hours', hours: { from: '08:00', to: '19:00' } },
    },
  },
  async handle(ctx: Ctx, { params, query }: Asked<unknown, z.output<typeof contactQuery>>): Promise<Answer> {
    const at = query.at === undefined ? ctx.now : new Date(query.at)
    return { status: 200, body: await contactAdvice(ctx, params.id, { channel: query.channel, at }) }
  },
}

const doNotCallBody = z.object({ do_not_call: z.boolean(), reason: reason.nullish() })

export const setCustomerDoNotCall: Operation = {
  id: 'setDoNotCall',
  section,
  summary: 'Note that a customer is not to be called, or may be again',
  params: byId,
  body: doNotCallBody,
  exampleBody: { do_not_call: true, reason: 'Asked by letter' },
  answers: {
    200: {
      description: 'As it now is',
      schema: z.object({ customer_id: field.id, do_not_call: z.boolean(), reason: z.string().nullable() }),
    },
  },
  async handle(ctx: Ctx, { params, body }: Asked<z.output<typeof doNotCallBody>>): Promise<Answer> {
    await setDoNotCall(ctx, params.id, { doNotCall: body.do_not_call, reason: body.reason ?? null })
    const { doNotCall, doNotCallReason } = await getCustomer(ctx, params.id)
    return { status: 200, body: { customer_id: params.id, do_not_call: doNotCall, reason: doNotCallReason } }
  },
}
