/** Money on a running loan: repayments by staff, pay-off, refunds, reversals, and what is to be read of it. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { answerWaiting, waitingAnswer } from '#contracts/office/approvals.ts'
import {
  amount,
  byId,
  daySchema,
  minorOf,
  minorOrNone,
  moneyAccount,
  nextOf,
  pathId,
  reason,
  reasonBody,
} from '#contracts/office/asked.ts'
import { answerWithLoan, loanAnswer, type OfLoan, section, visibleLoan } from '#contracts/office/loans.ts'
import {
  instalmentExample,
  instalmentJson,
  instalmentSchema,
  partsJson,
  partsSchema,
  statementJson,
  statementSchema,
  transactionJson,
  transactionSchema,
} from '#contracts/office/present-loans.ts'
import type { Day } from '#domain/day.ts'
import { type Approvable, requestApproval } from '#modules/approvals/approvals.ts'
import {
  BACKDATE_REPAYMENT,
  type MONEYLESS_TYPES,
  needsSecondPerson,
  PAY_WITHOUT_MONEY,
  repay,
} from '#modules/loan-money/loan-money.ts'
import { payOff, payOffQuote, refundCredit } from '#modules/loan-closing/loan-closing.ts'
import { transactionsOfLoan } from '#modules/loan-records/views.ts'
import { BACKDATE_SUSPENSE, keepInSuspense } from '#modules/payments/payments.ts'
import { takeBack } from '#modules/teller/teller.ts'
import { idOrNone, pageLimit } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const reference = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^\P{Cc}*$/u, 'Remove the control characters.')

const confirmDuplicate = z.boolean().default(false).meta({
  description:
    'It is another repayment, although one taken into the same account has the same reference (409 reference_repeated)',
})

/** Brings the customer's money. */
const MONEY = { repayment: 'repayment', down_payment: 'downPayment' } as const

/** Lowers the debt without it: a second person decides. */
const NO_MONEY = {
  goodwill_credit: 'goodwillCredit',
  merchant_issued_refund: 'merchantIssuedRefund',
  payout_refund: 'payoutRefund',
} as const satisfies Record<string, (typeof MONEYLESS_TYPES)[number]>

const TYPES = ['repayment', 'down_payment', 'goodwill_credit', 'merchant_issued_refund', 'payout_refund'] as const

const repayment = z.object({
  amount,
  day: daySchema.optional().meta({ description: 'The day it counts from; today where left out' }),
  type: z.enum(TYPES).default('repayment'),
  account: moneyAccount.default(1000),
  reference: reference.optional(),
  confirm_duplicate: confirmDuplicate,
  reason: reason.optional().meta({ description: 'Why the debt is lowered, for the second person' }),
  when_settled: z.enum(['credit', 'suspense']).default('credit').meta({
    description:
      'Where money goes that comes for a loan which owes nothing any more: the customer’s credit, or suspense for a person to match',
  }),
})

async function waiting<Asked>(
  ctx: Ctx,
  step: Approvable<Asked>,
  request: { readonly asked: Asked; readonly reason: string },
): Promise<Answer> {
  return answerWaiting(ctx, await requestApproval(ctx, step, request))
}

export const repayLoan: Operation = {
  id: 'repayLoan',
  section,
  summary: 'Take in a repayment: cash, mobile money or bank',
  description:
    'Money of an earlier day has the later money allocated anew; of a day further back than the organisation lets staff go alone (`backdating_days`) it is booked when a second person approves it. On a loan written off it is a recovery. A `goodwill_credit` ' +
    '(at the lender’s expense), `merchant_issued_refund` or `payout_refund` brings no money of the customer: it asks for the ' +
    'permission to waive, never exceeds the debt, and is booked when a second person approves it at /office/v1/approvals.',
  params: byId,
  body: repayment,
  exampleBody: { amount: '2200.00', account: 1000, reference: 'Receipt 118' },
  answers: { ...loanAnswer, ...waitingAnswer },
  async handle(ctx: Ctx, { params, body }: OfLoan<z.output<typeof repayment>>): Promise<Answer> {
    const { day, account, reference, type, reason = '' } = body
    const paid = {
      ...{ loanId: params.id, amount: minorOf(ctx, body.amount), day, account, reference },
      confirmDuplicate: body.confirm_duplicate,
    }
    if (type in MONEY) {
      const taken = { ...paid, type: MONEY[type as keyof typeof MONEY] }
      const { status, customerId } = await visibleLoan(ctx, params.id)
      if (status === 'completed' && body.when_settled === 'suspense') {
        const kept = { ...paid, day: day ?? ctx.today, customerId }
        if (needsSecondPerson(ctx, day)) return waiting(ctx, BACKDATE_SUSPENSE, { asked: kept, reason })
        await keepInSuspense(ctx, kept)
        return answerWithLoan(ctx, params.id)
      }
      if (needsSecondPerson(ctx, day)) return waiting(ctx, BACKDATE_REPAYMENT, { asked: taken, reason })
      await repay(ctx, taken)
      return answerWithLoan(ctx, params.id)
    }
    const asked = { ...paid, type: NO_MONEY[type as keyof typeof NO_MONEY] }
    return waiting(ctx, PAY_WITHOUT_MONEY, { asked, reason })
  },
}

const quoteQuery = z.object({ day: daySchema.optional() })

export const quotePayOff: Operation = {
  id: 'quoteLoanPayOff',
  section,
  summary: 'What closes the loan on a day',
  params: byId,
  query: quoteQuery,
  answers: {
    200: {
      description: 'By component',
      schema: z.object({ loan_id: field.id, day: field.day, currency: field.currency, amount: partsSchema }),
      example: {
        loan_id: 12,
        day: '2026-03-01',
        currency: 'KES',
        amount: { principal: '8000.00', interest: '60.00', fees: '0.00', penalties: '0.00', total: '8060.00' },
      },
    },
  },
  async handle(ctx: Ctx, { params, query }: OfLoan<unknown, { day?: Day }>): Promise<Answer> {
    const { currency, id: loan_id } = await visibleLoan(ctx, params.id)
    const day = query.day ?? ctx.today
    const parts = await payOffQuote(ctx, params.id, day)
    return { status: 200, body: { loan_id, day, currency, amount: partsJson(parts, currency) } }
  },
}

const payOffBody = z.object({
  account: moneyAccount.default(1000),
  reference: reference.optional(),
  confirm_duplicate: confirmDuplicate,
})

export const payOffLoan: Operation = {
  id: 'payOffLoan',
  section,
  summary: 'Close the loan today with what the pay-off quote asks for',
  params: byId,
  body: payOffBody,
  exampleBody: { account: 1020, reference: 'Transfer 77' },
  answers: loanAnswer,
  async handle(ctx: Ctx, { params, body }: OfLoan<z.output<typeof payOffBody>>): Promise<Answer> {
    const { account, reference, confirm_duplicate } = body
    await payOff(ctx, { loanId: params.id, account, reference, confirmDuplicate: confirm_duplicate })
    return answerWithLoan(ctx, params.id)
  },
}

const refund = z.object({
  amount: amount.optional().meta({ description: 'All of the credit where left out' }),
  account: moneyAccount.default(1010),
  reference: reference.optional(),
  reason,
})

export const refundLoanCredit: Operation = {
  id: 'refundLoanCredit',
  section,
  summary: 'Pay back what the customer has overpaid',
  description: 'Not by the borrower, nor by who applied for the loan.',
  params: byId,
  body: refund,
  exampleBody: { account: 1010, reason: 'Paid twice' },
  answers: loanAnswer,
  async handle(ctx: Ctx, { params, body }: OfLoan<z.output<typeof refund>>): Promise<Answer> {
    await refundCredit(ctx, { loanId: params.id, ...body, amount: minorOrNone(ctx, body.amount) })
    return answerWithLoan(ctx, params.id)
  },
}

const ofTransaction = z.object({ id: pathId, transaction_id: pathId })

export const reverseLoanTransaction: Operation = {
  id: 'reverseLoanTransaction',
  section,
  summary: 'Reverse a transaction that staff entered',
  description:
    'A repayment, recovery, charge that is not paid yet, waiver, write-off, charge-off or refund. What a provider told us of is reversed as a payment. What was repaid from a savings account returns to it.',
  params: ofTransaction,
  body: reasonBody,
  exampleBody: { reason: 'Entered on the wrong loan' },
  answers: loanAnswer,
  async handle(
    ctx: Ctx,
    { params, body }: Request<z.output<typeof ofTransaction>, unknown, { reason: string }>,
  ): Promise<Answer> {
    await takeBack(ctx, { loanId: params.id, transactionId: params.transaction_id, reason: body.reason })
    return answerWithLoan(ctx, params.id)
  },
}

export const readLoanSchedule: Operation = {
  id: 'readLoanSchedule',
  section,
  summary: 'The schedule as it now stands',
  params: byId,
  answers: {
    200: {
      description: 'Instalments in order',
      schema: z.object({ loan_id: field.id, currency: field.currency, instalments: z.array(instalmentSchema) }),
      example: { loan_id: 12, currency: 'KES', instalments: [instalmentExample] },
    },
  },
  async handle(ctx: Ctx, { params }: OfLoan): Promise<Answer> {
    const { id: loan_id, currency, instalments } = await visibleLoan(ctx, params.id)
    return {
      status: 200,
      body: { loan_id, currency, instalments: instalments.map((row) => instalmentJson(row, currency)) },
    }
  },
}

const transactionsQuery = z.object({
  after: idOrNone.default(0),
  limit: pageLimit(500, 100),
})

export const listLoanTransactions: Operation = {
  id: 'listLoanTransactions',
  section,
  summary: 'Everything that happened to the loan, in order of entry, reversals and replacements linked',
  params: byId,
  query: transactionsQuery,
  answers: {
    200: {
      description: 'A page; `next` is the value of `after` for the page after it',
      schema: z.object({ transactions: z.array(transactionSchema), next: field.next }),
      example: { transactions: [], next: null },
    },
  },
  async handle(ctx: Ctx, { params, query }: OfLoan<unknown, z.output<typeof transactionsQuery>>): Promise<Answer> {
    const { currency } = await visibleLoan(ctx, params.id)
    const rows = await transactionsOfLoan(ctx, params.id, query)
    const next = nextOf(rows, query.limit)
    return { status: 200, body: { transactions: rows.map((row) => transactionJson(row, currency)), next } }
  },
}

export const readLoanStatement: Operation = {
  id: 'readLoanStatement',
  section,
  summary: 'A statement for the customer: what stands, by day',
  params: byId,
  answers: { 200: { description: 'Lines and totals', schema: statementSchema } },
  async handle(ctx: Ctx, { params }: OfLoan): Promise<Answer> {
    const loan = await visibleLoan(ctx, params.id)
    return { status: 200, body: statementJson(loan, await transactionsOfLoan(ctx, params.id), ctx.today) }
  },
}
