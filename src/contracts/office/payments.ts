/** Payments for the office: what came in, what waits for a person, and what the person decides. */
import { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import { paymentJson } from '#contracts/office/present.ts'
import { openFile } from '#modules/files/files.ts'
import { match, reject, takeBack, verifyClaim } from '#modules/payments/payments.ts'
import { listPayments, paymentById, receiptFileOf } from '#modules/payments/views.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/route.ts'

const section = 'Payments'
const id = z.coerce.number().int().min(1).max(2_147_483_647)
const params = z.object({ id })
const reasonBody = z.object({ reason: z.string().trim().min(1, 'Say why.').max(500) })
const paymentAnswer = { 200: { description: 'The payment as it now stands' } }

interface OfPayment<Body = unknown> {
  readonly params: { readonly id: number }
  readonly body: Body
}

const answerWith = async (ctx: Ctx, paymentId: number): Promise<Answer> => ({
  status: 200,
  body: paymentJson((await paymentById(ctx, paymentId)) ?? refuse('payment_not_found')),
})

const listQuery = z.object({
  status: z.enum(['pending', 'applied', 'suspense', 'rejected', 'reversed']).optional(),
  before: id.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

export const listOfPayments: Operation = {
  section,
  summary: 'List payments, latest first',
  query: listQuery,
  answers: { 200: { description: 'A page of payments; `next` is the value of `before` for the page after it' } },
  async handle(ctx: Ctx, { query }: { query: z.output<typeof listQuery> }): Promise<Answer> {
    const payments = await listPayments(ctx, query)
    const next = payments.length === query.limit ? payments.at(-1)!.id : null
    return { status: 200, body: { payments: payments.map(paymentJson), next } }
  },
}

export const readPayment: Operation = {
  section,
  summary: 'Read a payment',
  params,
  answers: paymentAnswer,
  handle: (ctx: Ctx, { params: { id: paymentId } }: OfPayment) => answerWith(ctx, paymentId),
}

export const readReceipt: Operation = {
  section,
  summary: 'See the receipt that a customer sent with his payment',
  params,
  answers: { 200: { description: 'The picture, JPEG or PNG' } },
  async handle(ctx: Ctx, { params: { id: paymentId } }: OfPayment): Promise<Answer> {
    const file = await openFile(ctx, (await receiptFileOf(ctx, paymentId)) ?? refuse('file_not_found'))
    return { status: 200, headers: { 'content-type': file.mediaType }, stream: file.content }
  },
}

export const matchPayment: Operation = {
  section,
  summary: 'Match a payment in suspense to a loan',
  description: 'The money counts from the day it came in: later repayments of the loan are allocated anew.',
  params,
  body: z.object({ loan_id: id }),
  exampleBody: { loan_id: 1 },
  answers: paymentAnswer,
  async handle(ctx: Ctx, { params: { id: paymentId }, body }: OfPayment<{ loan_id: number }>): Promise<Answer> {
    await match(ctx, paymentId, body.loan_id)
    return answerWith(ctx, paymentId)
  },
}

export const verifyPayment: Operation = {
  section,
  summary: 'Verify a pending payment: the money that a customer says he has paid is there',
  description:
    'It counts from the day it was paid; later repayments are allocated anew. Of two who verify at once, one is told 409.',
  params,
  answers: paymentAnswer,
  async handle(ctx: Ctx, { params: { id: paymentId } }: OfPayment): Promise<Answer> {
    await verifyClaim(ctx, paymentId)
    return answerWith(ctx, paymentId)
  },
}

export const rejectPayment: Operation = {
  section,
  summary: 'Reject a payment: one in suspense goes back to its payer, one that is pending is not believed',
  params,
  body: reasonBody,
  exampleBody: { reason: 'Sent to us by mistake' },
  answers: paymentAnswer,
  async handle(ctx: Ctx, { params: { id: paymentId }, body }: OfPayment<{ reason: string }>): Promise<Answer> {
    await reject(ctx, paymentId, body.reason)
    return answerWith(ctx, paymentId)
  },
}

export const reversePayment: Operation = {
  section,
  summary: 'Reverse a payment that the provider took back',
  description: 'What it paid is owed again and later repayments are allocated anew, each linked to what it replaces.',
  params,
  body: reasonBody,
  exampleBody: { reason: 'M-Pesa reversal' },
  answers: paymentAnswer,
  async handle(ctx: Ctx, { params: { id: paymentId }, body }: OfPayment<{ reason: string }>): Promise<Answer> {
    await takeBack(ctx, paymentId, body.reason)
    return answerWith(ctx, paymentId)
  },
}
