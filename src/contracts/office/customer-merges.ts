/** Two records of one person made one: previewed, asked for by one of staff, approved by another, undone. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { answerWaiting, waitingAnswer } from '#contracts/office/approvals.ts'
import { byId, id, reason, reasonBody } from '#contracts/office/asked.ts'
import { moneyText } from '#contracts/office/present.ts'
import { requestApproval } from '#modules/approvals/approvals.ts'
import { getCustomer } from '#modules/customers/customers.ts'
import type { Customer } from '#modules/customers/views.ts'
import { MERGE_CUSTOMERS, type Merged, previewMerge, undoMerge } from '#modules/merging/merging.ts'
import { type MergeRow, mergesOf } from '#modules/merging/views.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = 'Customers'

const counts = z.record(z.string(), field.count).meta({ description: 'How many rows, by table' })
const mergeSchema = z
  .object({
    ...{ id: field.id, kept_customer_id: field.id, merged_customer_id: field.id },
    ...{ merged_by: field.actor, merged_at: field.instant },
    ...{ undone_by: field.actor.nullable(), undone_at: field.instant.nullable() },
    moved: counts,
  })
  .meta({ id: 'CustomerMerge' })
const personSchema = z.object({
  ...{ id: field.id, full_name: z.string(), phone: z.string().nullable(), user_id: field.id.nullable() },
})
const foreseen = {
  moved: counts,
  login: z.enum(['moved', 'closed', 'none']).meta({ description: 'What becomes of the login of the one that goes' }),
  balances: z.array(z.object({ account: z.int(), amount: field.money })),
}
const foreseenSchema = z.object(foreseen)
const previewSchema = z
  .object({
    ...{ preview: z.literal(true), currency: field.currency, kept: personSchema, merged: personSchema },
    ...foreseen,
  })
  .meta({ id: 'CustomerMergePreview' })

const mergeExample: z.infer<typeof mergeSchema> = {
  ...{ id: 1, kept_customer_id: 7, merged_customer_id: 12, merged_by: 'user:3', merged_at: '2026-02-15T09:00:00.000Z' },
  ...{ undone_by: null, undone_at: null, moved: { loans: 1, savings_accounts: 1 } },
}
const person = { id: 7, full_name: 'Fatuma Hassan', phone: '+254712345678', user_id: null }
const previewExample: z.infer<typeof previewSchema> = {
  ...{ preview: true, currency: 'KES', kept: person, merged: { ...person, id: 12, phone: null, user_id: 3 } },
  ...{ moved: { loans: 1 }, balances: [{ account: 2100, amount: '-50.00' }], login: 'moved' },
}

function mergeJson(row: MergeRow): z.infer<typeof mergeSchema> {
  const moved = row.erased ? {} : row.moved.rows
  const counts = Object.entries(moved).map(([table, keys]) => [table, keys.length] as const)
  return {
    ...{ id: row.id, kept_customer_id: row.keptId, merged_customer_id: row.goneId, merged_by: row.mergedBy },
    merged_at: row.mergedAt.toISOString(),
    undone_by: row.undoneBy,
    undone_at: row.undoneAt?.toISOString() ?? null,
    moved: Object.fromEntries(counts),
  }
}

const personJson = ({ id: customerId, fullName, phone, userId }: Customer): z.infer<typeof personSchema> => ({
  ...{ id: customerId, full_name: fullName, phone, user_id: userId },
})

const previewJson = (ctx: Ctx, { moved, balances, login }: Merged): z.infer<typeof foreseenSchema> => ({
  ...{ moved, login },
  balances: Object.entries(balances).map(([account, minor]) => ({
    ...{ account: Number(account), amount: moneyText(minor, ctx.org.currency) },
  })),
})

const merging = z.object({
  customer_id: id.meta({ description: 'The record that goes into the one of the path' }),
  reason: reason.optional().meta({ description: 'Why they are one person, for the second person' }),
})
const previewQuery = z.object({
  preview: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
})

export const mergeIntoCustomer: Operation = {
  id: 'mergeCustomer',
  section,
  summary: 'Merge another record of the same person into this one',
  description:
    'Loans, accounts, payments, phones and all else of the other record, with its money, become this one’s when a second person ' +
    'approves it at /office/v1/approvals. This record keeps what it has and takes what it lacks; where both have a login the other’s is ' +
    'closed. With ?preview=true nothing is changed: the answer says what would be moved, `balances` as debits less credits. It can ' +
    'be undone until money has moved for either.',
  params: byId,
  query: previewQuery,
  body: merging,
  exampleBody: { customer_id: 12, reason: 'Signed up herself with the phone that she was enrolled with' },
  answers: { 200: { description: 'The preview', schema: previewSchema, example: previewExample }, ...waitingAnswer },
  async handle(
    ctx: Ctx,
    { params, query, body }: Request<z.output<typeof byId>, z.output<typeof previewQuery>, z.output<typeof merging>>,
  ): Promise<Answer> {
    const asked = { keptId: params.id, goneId: body.customer_id }
    if (!query.preview) {
      return answerWaiting(ctx, await requestApproval(ctx, MERGE_CUSTOMERS, { asked, reason: body.reason ?? '' }))
    }
    const [kept, merged] = [await getCustomer(ctx, asked.keptId), await getCustomer(ctx, asked.goneId)]
    const people = { kept: personJson(kept), merged: personJson(merged) }
    const effects = previewJson(ctx, await previewMerge(ctx, asked))
    return { status: 200, body: { preview: true, currency: ctx.org.currency, ...people, ...effects } }
  },
}

export const listOfMerges: Operation = {
  id: 'listCustomerMerges',
  section,
  summary: 'List the merges that a record was part of, latest first',
  params: byId,
  answers: {
    200: {
      description: 'At most a hundred',
      schema: z.object({ merges: z.array(mergeSchema) }),
      example: { merges: [mergeExample] },
    },
  },
  async handle(ctx: Ctx, { params }: Request<z.output<typeof byId>>): Promise<Answer> {
    return { status: 200, body: { merges: (await mergesOf(ctx, params.id)).map(mergeJson) } }
  },
}

export const undoCustomerMerge: Operation = {
  id: 'undoCustomerMerge',
  section,
  summary: 'Undo a merge: both records are as they were',
  description: 'Until money has moved for either, or one of them was merged again. What was changed since stays.',
  params: byId,
  body: reasonBody,
  exampleBody: { reason: 'They are sisters' },
  answers: {
    200: { description: 'The merge', schema: mergeSchema, example: { ...mergeExample, undone_by: 'user:4' } },
  },
  async handle(
    ctx: Ctx,
    { params, body }: Request<z.output<typeof byId>, unknown, { reason: string }>,
  ): Promise<Answer> {
    const keptId = await undoMerge(ctx, params.id, body.reason)
    const merges = await mergesOf(ctx, keptId)
    return { status: 200, body: mergeJson(merges.find((one) => one.id === params.id)!) }
  },
}
