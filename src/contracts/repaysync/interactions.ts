/** 7 Interactions: visits (field) and calls (calling), the same operations for both. */
import { z } from 'zod'
import type { Channel } from '#domain/collections/disposition.ts'
import { decimalsOf, parseMinor } from '#domain/money.ts'
import { choice, day, decimal, idParam, optionalText, pk, REQUIRED, requiredText } from '#contracts/repaysync/fields.ts'
import { namingField } from '#contracts/repaysync/naming.ts'
import { interactionExample, interactionJson, interactionSchema } from '#contracts/repaysync/present.ts'
import {
  changeInteraction,
  getInteraction,
  type InteractionPatch,
  loanWithin,
  makePromise,
  recordInteraction,
  removeInteraction,
} from '#modules/collections/collections.ts'
import { interactionsOfLoan } from '#modules/collections/views.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

export const section = '7 Interactions'
const MOST_OF_A_LOAN = 10_000

const fields = {
  loan: pk(),
  comment: requiredText(10_000),
  disposition: requiredText(50),
  next_call_date: day,
  interaction_type: choice(['field', 'calling'] as const),
}
/** Beyond the document: what the customer promised, when the disposition is a promise to pay. */
const promised = {
  promise_amount: decimal({ digits: 12, places: 2, sign: 'positive' }),
  promise_date: day,
  promise_channel: optionalText(50),
}
const newInteraction = z
  .object({ ...fields, ...promised })
  .refine((body) => !body.promise_amount || body.promise_date || body.next_call_date, {
    path: ['promise_date'],
    message: REQUIRED,
  })
  .refine((body) => !body.promise_amount || body.loan, { path: ['loan'], message: REQUIRED })
const patch = z.object({ ...fields, comment: fields.comment.optional(), disposition: fields.disposition.optional() })
type New = z.output<typeof newInteraction>
type ById<Body = unknown> = Request<{ readonly id: number }, unknown, Body>

const params = z.object({ id: idParam })
const example = (kind: Channel) =>
  kind === 'field'
    ? interactionExample
    : {
        ...interactionExample,
        comment: 'Called customer to remind about due payment.',
        disposition: 'called',
        next_call_date: '2025-03-20',
        interaction_type: kind,
      }
const one = (kind: Channel) => ({ description: 'The interaction', schema: interactionSchema, example: example(kind) })

interface Operations {
  readonly create: Operation
  readonly show: Operation
  readonly update: Operation
  readonly remove: Operation
  readonly listOfLoan: Operation
}

/** The operations of one channel. */
export const interactionsBy = (kind: Channel): Operations => ({
  create: creating(kind),
  show: {
    section,
    summary: `Retrieve a ${kind} interaction`,
    params,
    answers: { 200: one(kind) },
    async handle(ctx: Ctx, { params: { id } }: ById): Promise<Answer> {
      return { status: 200, body: interactionJson(await getInteraction(ctx, kind, id)) }
    },
  },
  update: {
    section,
    summary: `Update a ${kind} interaction`,
    description:
      'PUT and PATCH alike change the fields that were sent; type, author and time stay, and what was said before is kept.',
    params,
    body: patch,
    exampleBody: { comment: 'Customer asked for a visit after the 20th.' },
    answers: { 200: one(kind) },
    async handle(ctx: Ctx, { params: { id }, body }: ById<z.output<typeof patch>>): Promise<Answer> {
      const changing = changeInteraction(ctx, { kind, id }, patchOf(body))
      const changed = await namingField(changing, { code: 'loan_not_found', field: 'loan', id: body.loan })
      return { status: 200, body: interactionJson(changed) }
    },
  },
  remove: {
    section,
    summary: `Delete a ${kind} interaction`,
    params,
    answers: { 200: { description: 'Deleted', example: { message: 'Interaction deleted.' } } },
    async handle(ctx: Ctx, { params: { id } }: ById): Promise<Answer> {
      await removeInteraction(ctx, { kind, id })
      return { status: 200, body: { message: 'Interaction deleted.' } }
    },
  },
  listOfLoan: listing(kind),
})

function creating(kind: Channel): Operation {
  const { loan, comment, disposition, next_call_date } = example(kind)
  return {
    section,
    summary: `Create a ${kind} interaction`,
    description:
      'With promise_amount (and promise_date, else next_call_date) the promise to pay is kept as such and judged by what is paid.',
    body: newInteraction,
    exampleBody: { loan, comment, disposition, next_call_date },
    answers: { 201: one(kind) },
    async handle(ctx: Ctx, { body }: Request<unknown, unknown, New>): Promise<Answer> {
      const contact = {
        kind,
        loanId: body.loan ?? null,
        comment: body.comment,
        disposition: body.disposition,
        nextActionOn: body.next_call_date ?? null,
      }
      const id = await namingField(recordInteraction(ctx, contact), {
        code: 'loan_not_found',
        field: 'loan',
        id: body.loan,
      })
      await notePromise(ctx, { body, interactionId: id, kind })
      return { status: 201, body: interactionJson(await getInteraction(ctx, kind, id)) }
    },
  }
}

async function notePromise(
  ctx: Ctx,
  { body, interactionId, kind }: { readonly body: New; readonly interactionId: number; readonly kind: Channel },
): Promise<void> {
  const amount = body.promise_amount ? parseMinor(body.promise_amount, decimalsOf(ctx.org.currency)) : null
  const dueOn = body.promise_date ?? body.next_call_date
  if (amount === null || !dueOn || !body.loan) return
  await makePromise(ctx, { loanId: body.loan, interactionId, amount, dueOn, channel: body.promise_channel ?? kind })
}

const patchOf = (body: z.output<typeof patch>): InteractionPatch => ({
  ...(body.loan !== undefined && { loanId: body.loan }),
  ...(body.comment !== undefined && { comment: body.comment }),
  ...(body.disposition !== undefined && { disposition: body.disposition }),
  ...(body.next_call_date !== undefined && { nextActionOn: body.next_call_date }),
})

const listing = (kind: Channel): Operation => ({
  section,
  summary: `List ${kind} interactions for a loan`,
  description: `At most the latest ${MOST_OF_A_LOAN}.`,
  params: z.object({ loan_id: idParam }),
  answers: {
    200: { description: 'A bare array, latest first', schema: z.array(interactionSchema), example: [example(kind)] },
  },
  async handle(ctx: Ctx, { params: { loan_id: loanId } }: Request<{ readonly loan_id: number }>): Promise<Answer> {
    await loanWithin(ctx, loanId)
    const found = await interactionsOfLoan(ctx, { loanId, kind, before: 2_147_483_647, limit: MOST_OF_A_LOAN })
    return { status: 200, body: found.map(interactionJson) }
  },
})
