/** Payouts for the office: what is on its way to customers, and what a person decides where no provider says anything. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { refuse } from '#domain/refusal.ts'
import { amount, byId, minorOrNone, moneyAccount, nextOf, reason } from '#contracts/office/asked.ts'
import { moneyText } from '#contracts/office/present.ts'
import { askAboutPayout, confirmPayout, repayPayoutDebt, returnPayout } from '#modules/payouts/payouts.ts'
import { listPayouts, payoutById, type PayoutView } from '#modules/payouts/views.ts'
import { idText, pageLimit } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = 'Payouts'
const STATUSES = ['reserved', 'sent', 'confirmed', 'returned', 'unknown'] as const
const payoutSchema = z
  .object({
    id: field.id,
    channel: z.enum(['mpesa', 'counter']),
    purpose: z.enum(['withdrawal', 'disbursement']),
    status: z.enum(STATUSES),
    currency: field.currency,
    amount: field.money,
    phone: z.string().nullable(),
    attempts: field.count,
    questions: field.count,
    receipt: z.string().nullable(),
    reason: z.string().nullable(),
    contradicted: z.boolean(),
    answer: z.enum(['paid', 'failed', 'not_found', 'pending', 'unclear']).nullable(),
    answered_at: field.instant.nullable(),
    debt: field.money,
    debt_repaid: field.money,
    customer_id: field.id,
    customer_name: z.string(),
    loan_id: field.id.nullable(),
    savings_account_id: field.id.nullable(),
    created_at: field.instant,
    sent_at: field.instant.nullable(),
    settled_at: field.instant.nullable(),
  })
  .meta({ id: 'Payout' })

const example: z.infer<typeof payoutSchema> = {
  ...{ id: 1, channel: 'mpesa', purpose: 'withdrawal', status: 'unknown', amount: '120.00', currency: 'KES' },
  ...{
    customer_id: 7,
    customer_name: 'Fatuma Hassan',
    phone: '+254712345678',
    loan_id: null,
    savings_account_id: 3,
    attempts: 1,
    questions: 2,
  },
  ...{ receipt: null, reason: 'no result yet', contradicted: false, answer: 'not_found', answered_at: null },
  ...{ debt: '0.00', debt_repaid: '0.00', created_at: '2026-02-15T09:00:00.000Z' },
  ...{ sent_at: '2026-02-15T09:00:02.000Z', settled_at: null },
}
const payoutAnswer = { 200: { description: 'The payout as it now stands', schema: payoutSchema, example } }

interface OfPayout<Body = unknown> {
  readonly params: { readonly id: number }
  readonly body: Body
}

function payoutJson(payout: PayoutView): z.infer<typeof payoutSchema> {
  const { channel, purpose, status, currency, phone, attempts, questions, receipt, reason, contradicted } = payout
  return {
    id: payout.id,
    ...{ channel, purpose, status, currency, phone, attempts, questions, receipt, reason, contradicted },
    amount: moneyText(payout.amount, currency),
    answer: payout.answer,
    answered_at: payout.answeredAt?.toISOString() ?? null,
    debt: moneyText(payout.debt, currency),
    debt_repaid: moneyText(payout.debtRepaid, currency),
    customer_id: payout.customerId,
    customer_name: payout.customerName,
    loan_id: payout.loanId,
    savings_account_id: payout.savingsAccountId,
    created_at: payout.createdAt.toISOString(),
    sent_at: payout.sentAt?.toISOString() ?? null,
    settled_at: payout.settledAt?.toISOString() ?? null,
  }
}

const answerWith = async (ctx: Ctx, payoutId: number): Promise<Answer> => ({
  status: 200,
  body: payoutJson((await payoutById(ctx, payoutId)) ?? refuse('payout_not_found')),
})

const listQuery = z.object({
  status: z.enum(STATUSES).optional(),
  before: idText.optional(),
  limit: pageLimit(200, 50),
})

export const listOfPayouts: Operation = {
  id: 'listPayouts',
  section,
  summary: 'List payouts, latest first',
  description:
    'Those that are `unknown` or contradicted wait for a person; so do those that are reserved at the counter.',
  query: listQuery,
  answers: {
    200: {
      description: 'A page of payouts; `next` is the value of `before` for the page after it',
      schema: z.object({ payouts: z.array(payoutSchema), next: field.next }),
      example: { payouts: [example], next: null },
    },
  },
  async handle(ctx: Ctx, { query }: { query: z.output<typeof listQuery> }): Promise<Answer> {
    const payouts = await listPayouts(ctx, query)
    const next = nextOf(payouts, query.limit)
    return { status: 200, body: { payouts: payouts.map(payoutJson), next } }
  },
}

export const readPayout: Operation = {
  id: 'readPayout',
  section,
  summary: 'Read a payout',
  params: byId,
  answers: payoutAnswer,
  handle: (ctx: Ctx, { params: { id: payoutId } }: OfPayout) => answerWith(ctx, payoutId),
}

export const confirmUnsettled: Operation = {
  id: 'confirmPayout',
  section,
  summary: 'Confirm a payout: the money has reached the customer',
  description: 'By the provider’s receipt, or the till’s. What the provider says afterwards moves nothing any more.',
  params: byId,
  body: z.object({ receipt: z.string().trim().min(1, 'Give the receipt.').max(64) }),
  exampleBody: { receipt: 'SG632NMUAB' },
  answers: payoutAnswer,
  async handle(ctx: Ctx, { params: { id: payoutId }, body }: OfPayout<{ receipt: string }>): Promise<Answer> {
    await confirmPayout(ctx, payoutId, body.receipt)
    return answerWith(ctx, payoutId)
  },
}

export const returnUnsettled: Operation = {
  id: 'returnPayout',
  section,
  summary: 'Return a payout: the money goes back to where it came from',
  description:
    'What was never handed over to the provider; what the provider, when asked, does not know (`answer` is `not_found`); what ' +
    'was confirmed and the provider says was not paid (`answer` is `failed`). Anything else may still be paid and is refused: ' +
    'ask first. Should the provider pay it all the same, the customer owes it (`debt`). At the counter: what was not fetched.',
  params: byId,
  body: z.object({ reason: reason.max(300) }),
  exampleBody: { reason: 'Never fetched' },
  answers: payoutAnswer,
  async handle(ctx: Ctx, { params: { id: payoutId }, body }: OfPayout<{ reason: string }>): Promise<Answer> {
    await returnPayout(ctx, payoutId, body.reason)
    return answerWith(ctx, payoutId)
  },
}

export const askAboutUnsettled: Operation = {
  id: 'askAboutPayout',
  section,
  summary: 'Ask the provider now what became of a payout',
  description: 'The answer comes by itself, usually within seconds; `answer` and `answered_at` show it.',
  params: byId,
  answers: payoutAnswer,
  async handle(ctx: Ctx, { params: { id: payoutId } }: OfPayout): Promise<Answer> {
    await askAboutPayout(ctx, payoutId)
    return answerWith(ctx, payoutId)
  },
}

const debtRepayment = z.object({
  amount: amount.optional().meta({ description: 'All that is still owed where left out' }),
  account: moneyAccount.default(1000),
  reference: z.string().trim().min(1).max(100).optional(),
})

export const repayDebtOfPayout: Operation = {
  id: 'repayPayoutDebt',
  section,
  summary: 'Take in what a customer gives back of a payout that reached them although it had been returned',
  params: byId,
  body: debtRepayment,
  exampleBody: { amount: '120.00', account: 1010, reference: 'SG632NMUAB' },
  answers: payoutAnswer,
  async handle(
    ctx: Ctx,
    { params: { id: payoutId }, body }: OfPayout<z.output<typeof debtRepayment>>,
  ): Promise<Answer> {
    const { account, reference } = body
    await repayPayoutDebt(ctx, { payoutId, amount: minorOrNone(ctx, body.amount), account, reference })
    return answerWith(ctx, payoutId)
  },
}
