/** Payments for the office: what came in, what waits for a person, and what the person decides. */
import { z } from 'zod'
import { MEDIA_TYPES } from '#platform/files/file-kind.ts'
import * as field from '#contracts/office/answer-fields.ts'
import { answerWaiting, waitingAnswer } from '#contracts/office/approvals.ts'
import { byId, daySchema, id, nextOf, reason, reasonBody } from '#contracts/office/asked.ts'
import { refuse } from '#domain/refusal.ts'
import { PAYMENT_STATUSES, paymentFields, paymentJson } from '#contracts/office/present.ts'
import { claimJson, claimSchema } from '#contracts/office/present-reports.ts'
import { requestApproval } from '#modules/approvals/approvals.ts'
import { openFile } from '#modules/files/files.ts'
import {
  BACKDATE_VERIFICATION,
  match,
  reject,
  takeBack,
  verificationNeedsSecondPerson,
  verifyClaim,
} from '#modules/payments/payments.ts'
import { listPayments, paymentById, type PaymentView, receiptFileOf } from '#modules/payments/views.ts'
import { claimsOf, type Place, verificationQueue } from '#modules/reporting/views.ts'
import { cursorText, idText, pageLimit } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = 'Payments'
const paymentSchema = z
  .object({ ...paymentFields, claim: claimSchema.nullable().meta({ description: 'What a customer told of it' }) })
  .meta({ id: 'Payment' })
const paymentAnswer = { 200: { description: 'The payment as it now stands', schema: paymentSchema } }

interface OfPayment<Body = unknown> {
  readonly params: { readonly id: number }
  readonly body: Body
}

/** With what is claimed of those that a customer told of. */
async function paymentsJson(ctx: Ctx, payments: readonly PaymentView[]): Promise<z.infer<typeof paymentSchema>[]> {
  const claims = await claimsOf(
    ctx,
    payments.map((payment) => payment.id),
  )
  const byPayment = new Map(claims.map((claim) => [claim.paymentId, claimJson(claim)]))
  return payments.map((payment) => ({ ...paymentJson(payment), claim: byPayment.get(payment.id) ?? null }))
}

async function answerWith(ctx: Ctx, paymentId: number): Promise<Answer> {
  const payment = (await paymentById(ctx, paymentId)) ?? refuse('payment_not_found')
  return { status: 200, body: (await paymentsJson(ctx, [payment]))[0] }
}

const listQuery = z
  .object({
    status: z.enum(PAYMENT_STATUSES).optional(),
    order: z
      .enum(['latest', 'locked_first'])
      .default('latest')
      .meta({ description: 'locked_first, of pending ones: customers whose phone is locked, then who waits longest' }),
    before: idText.optional().meta({ description: 'Of the order latest' }),
    after: cursorText(0, 1).optional().meta({ description: 'Of the order locked_first' }),
    limit: pageLimit(200, 50),
  })
  .refine(({ order, status }) => order === 'latest' || status === 'pending', {
    path: ['order'],
    error: 'Only pending payments come in this order: add status=pending.',
  })
type ListQuery = z.output<typeof listQuery>

export const listOfPayments: Operation = {
  id: 'listPayments',
  section,
  summary: 'List payments, latest first, or pending ones in the order of their urgency',
  description:
    '`claim` says what a customer told: for which contract and instalment, whether there is a receipt, since when it waits. `repeats`: one like it waited already, or the same picture came with another payment (`same_receipt_as`). Whoever sells for one branch sees those of its loans only.',
  query: listQuery,
  answers: {
    200: {
      description:
        'A page of payments; `next` is the value of `before` (in the order locked_first: of `after`) for the page after it',
      schema: z.object({
        payments: z.array(paymentSchema),
        next: z.union([field.id, z.string()]).nullable().meta({ description: 'Null on the last page' }),
      }),
    },
  },
  handle: (ctx: Ctx, { query }: { query: ListQuery }) =>
    query.order === 'latest' ? latestPayments(ctx, query) : urgentPayments(ctx, query),
}

async function latestPayments(ctx: Ctx, { status, before, limit }: ListQuery): Promise<Answer> {
  const payments = await listPayments(ctx, { status, before, limit })
  const next = nextOf(payments, limit)
  return { status: 200, body: { payments: await paymentsJson(ctx, payments), next } }
}

async function urgentPayments(ctx: Ctx, { after, limit }: ListQuery): Promise<Answer> {
  const places = await verificationQueue(ctx, { after: placeIn(after), limit })
  const ids = places.map((place) => place.id)
  const payments = new Map((await listPayments(ctx, { ids, limit })).map((payment) => [payment.id, payment]))
  const last = places.length === limit ? places.at(-1)! : null
  const body = {
    payments: await paymentsJson(
      ctx,
      ids.map((one) => payments.get(one)!),
    ),
    next: last && `${last.turn}:${last.id}`,
  }
  return { status: 200, body }
}

function placeIn(after: ListQuery['after']): Place | undefined {
  const [turn, id] = after ?? []
  return turn === undefined || id === undefined ? undefined : { turn, id }
}

export const readPayment: Operation = {
  id: 'readPayment',
  section,
  summary: 'Read a payment',
  params: byId,
  answers: paymentAnswer,
  handle: (ctx: Ctx, { params: { id: paymentId } }: OfPayment) => answerWith(ctx, paymentId),
}

export const readReceipt: Operation = {
  id: 'readPaymentReceipt',
  section,
  summary: 'See the receipt that a customer sent with their payment',
  params: byId,
  answers: { 200: { description: 'The picture, JPEG or PNG', file: MEDIA_TYPES } },
  async handle(ctx: Ctx, { params: { id: paymentId } }: OfPayment): Promise<Answer> {
    const sent = await receiptFileOf(ctx, paymentId)
    if (sent === undefined) refuse('payment_not_found')
    const file = await openFile(ctx, sent ?? refuse('file_not_found'))
    const headers = { 'content-type': file.mediaType, 'cache-control': 'private, no-store' }
    return { status: 200, headers, stream: file.content }
  },
}

export const matchPayment: Operation = {
  id: 'matchPayment',
  section,
  summary: 'Match a payment in suspense to a loan',
  description: 'The money counts from the day it came in: later repayments of the loan are allocated anew.',
  params: byId,
  body: z.object({ loan_id: id }),
  exampleBody: { loan_id: 1 },
  answers: paymentAnswer,
  async handle(ctx: Ctx, { params: { id: paymentId }, body }: OfPayment<{ loan_id: number }>): Promise<Answer> {
    await match(ctx, paymentId, body.loan_id)
    return answerWith(ctx, paymentId)
  },
}

const verification = z.object({
  day: daySchema.optional().meta({ description: 'The day of payment on the receipt, where the customer gave another' }),
  reason: reason.optional().meta({ description: 'Why, for the second person' }),
})

export const verifyPayment: Operation = {
  id: 'verifyPayment',
  section,
  summary: 'Verify a pending payment: the money that a customer says they have paid is there',
  description:
    'It counts from the day it was paid, at the latest from the day of the claim; later repayments are allocated anew. Where the loan is closed the money waits in suspense. A `day` further back than the customer says, and than staff may go alone (`backdating_days`), waits for a second person. Of two who verify at once, one is told 409.',
  params: byId,
  body: verification,
  exampleBody: { day: '2026-03-01' },
  answers: { ...paymentAnswer, ...waitingAnswer },
  async handle(
    ctx: Ctx,
    { params: { id: paymentId }, body }: OfPayment<z.output<typeof verification>>,
  ): Promise<Answer> {
    const { day: paidOn, reason: why = '' } = body
    if (paidOn !== undefined && (await verificationNeedsSecondPerson(ctx, paymentId, paidOn))) {
      const asked = { paymentId, paidOn }
      return answerWaiting(ctx, await requestApproval(ctx, BACKDATE_VERIFICATION, { asked, reason: why }))
    }
    await verifyClaim(ctx, paymentId, { paidOn })
    return answerWith(ctx, paymentId)
  },
}

export const rejectPayment: Operation = {
  id: 'rejectPayment',
  section,
  summary: 'Reject a payment: one in suspense goes back to its payer, one that is pending is not believed',
  params: byId,
  body: reasonBody,
  exampleBody: { reason: 'Sent to us by mistake' },
  answers: paymentAnswer,
  async handle(ctx: Ctx, { params: { id: paymentId }, body }: OfPayment<{ reason: string }>): Promise<Answer> {
    await reject(ctx, paymentId, body.reason)
    return answerWith(ctx, paymentId)
  },
}

export const reversePayment: Operation = {
  id: 'reversePayment',
  section,
  summary: 'Reverse a payment that the provider took back',
  description: 'What it paid is owed again and later repayments are allocated anew, each linked to what it replaces.',
  params: byId,
  body: reasonBody,
  exampleBody: { reason: 'M-Pesa reversal' },
  answers: paymentAnswer,
  async handle(ctx: Ctx, { params: { id: paymentId }, body }: OfPayment<{ reason: string }>): Promise<Answer> {
    await takeBack(ctx, paymentId, body.reason)
    return answerWith(ctx, paymentId)
  },
}
