/** Loans for the office: from application to disbursement, and reading them. */
import { z } from 'zod'
import { termsExample } from '#contracts/office/product-terms.ts'
import * as field from '#contracts/office/answer-fields.ts'
import {
  amount,
  byId,
  daySchema,
  id,
  minorOf,
  moneyAccount,
  nextOf,
  pathId,
  reasonBody,
} from '#contracts/office/asked.ts'
import {
  instalmentExample,
  LOAN_STATUSES,
  loanJson,
  loanQuoteSchema,
  loanSchema,
  loanSummaryJson,
  loanSummarySchema,
  quoteJson,
} from '#contracts/office/present-loans.ts'
import { refuse } from '#domain/refusal.ts'
import { firstOfficer } from '#modules/identity/views.ts'
import { productForApplication, productTermsSchema, fullScheduleFor } from '#modules/loan-products/loan-products.ts'
import { apply, approve, disburse, reject, undoApproval, withdraw } from '#modules/loans/loans.ts'
import { type LoanView, loanById, loanSummaries } from '#modules/loan-records/views.ts'
import { undoLending } from '#modules/teller/teller.ts'
import { pageLimit } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

export const section = 'Loans'
export type OfLoan<Body = unknown, Query = unknown> = Request<z.output<typeof byId>, Query, Body>

const summaryExample: z.infer<typeof loanSummarySchema> = {
  id: 12,
  status: 'active',
  customer_id: 7,
  customer_name: 'Fatuma Hassan',
  loan_product_id: 1,
  loan_product_name: 'Growth',
  officer_id: 2,
  officer_name: 'Grace Njeri',
  principal: '12000.00',
  currency: 'KES',
  balance: '11000.00',
  overdue: false,
  overdue_amount: '0.00',
  days_past_due: 0,
  credit: '0.00',
  restructured: false,
  charged_off_on: null,
  tops_up: null,
  applied_at: '2026-01-14T09:00:00.000Z',
  approved_at: '2026-01-14T13:00:00.000Z',
  disbursed_on: '2026-01-15',
  completed_on: null,
  rejected_reason: null,
  terms: termsExample,
}
const loanExample = { ...summaryExample, instalments: [instalmentExample] }
export const loanAnswer = {
  200: { description: 'The loan as it now stands', schema: loanSchema, example: loanExample },
}

/** The loan, if the caller may see it. Refuses loan_not_found. */
export const visibleLoan = async (ctx: Ctx, loanId: number): Promise<LoanView> =>
  (await loanById(ctx, loanId)) ?? refuse('loan_not_found', { loanId })

export const answerWithLoan = async (ctx: Ctx, loanId: number, status = 200): Promise<Answer> => ({
  status,
  body: loanJson(await visibleLoan(ctx, loanId)),
})

const listQuery = z.object({
  status: z.enum(LOAN_STATUSES).exclude(['draft']).optional(),
  customer_id: pathId.optional(),
  officer_id: pathId.optional(),
  loan_product_id: pathId.optional(),
  overdue: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  before: pathId.optional(),
  limit: pageLimit(200, 50),
})

const loanPage = z.object({ loans: z.array(loanSummarySchema), next: field.next })

export const listOfLoans: Operation = {
  id: 'listLoans',
  section,
  summary: 'List loans, latest first',
  description:
    'Customers see their own, whoever sells for one branch its loans. Without schedules; `next` is the value of `before` for the page after it.',
  query: listQuery,
  answers: {
    200: { description: 'A page of loans', schema: loanPage, example: { loans: [summaryExample], next: null } },
  },
  async handle(ctx: Ctx, { query: q }: { query: z.output<typeof listQuery> }): Promise<Answer> {
    const loans = await loanSummaries(ctx, {
      ...{ status: q.status, customerId: q.customer_id, officerId: q.officer_id, productId: q.loan_product_id },
      ...{ overdue: q.overdue, before: q.before, limit: q.limit },
    })
    const next = nextOf(loans, q.limit)
    return { status: 200, body: { loans: loans.map(loanSummaryJson), next } }
  },
}

export const readLoan: Operation = {
  id: 'readLoan',
  section,
  summary: 'Read a loan with its schedule',
  params: byId,
  answers: loanAnswer,
  handle: (ctx: Ctx, { params }: OfLoan) => answerWithLoan(ctx, params.id),
}

/** What may differ from the product. */
const wishes = z.object({
  rate_percent: z.string().max(20).optional(),
  months: z.int().min(1).max(600).optional(),
  instalments: z.int().min(1).max(1_200).optional(),
})
const application = wishes.extend({
  customer_id: id,
  loan_product_id: id.optional(),
  amount,
  officer_id: id.optional(),
  tops_up: id.optional().meta({ description: 'A running loan of the customer that the disbursement settles' }),
})
type ApplicationBody = z.output<typeof application>

export const applyForLoan: Operation = {
  id: 'applyForLoan',
  section,
  summary: 'Apply for a loan for a customer',
  description:
    'Without a product the first that lends the amount. Rate and length are the product’s unless given. Somebody else must approve and disburse it.',
  body: application,
  exampleBody: { customer_id: 7, loan_product_id: 1, amount: '12000.00', months: 6 },
  answers: {
    201: { description: 'The application', schema: loanSchema, example: { ...loanExample, status: 'pending' } },
  },
  async handle(ctx: Ctx, { body }: { body: ApplicationBody }): Promise<Answer> {
    const asked = minorOf(ctx, body.amount)
    const product = await productForApplication(ctx, { productId: body.loan_product_id ?? null, amount: asked })
    const officerId = body.officer_id ?? (await firstOfficer(ctx)) ?? refuse('no_officer')
    const terms = agreedTerms(product.terms, body)
    const of = { customerId: body.customer_id, productId: product.id, officerId, topsUp: body.tops_up ?? null }
    return answerWithLoan(ctx, await apply(ctx, { ...of, amount: asked, terms }), 201)
  },
}

/** The product's terms with the rate and the length that were asked for. */
function agreedTerms(
  product: z.output<typeof productTermsSchema>,
  { rate_percent, months, instalments }: z.output<typeof wishes>,
) {
  const { instalments: usual, months: usualMonths, ...terms } = product
  const length =
    instalments !== undefined
      ? { instalments }
      : months !== undefined
        ? { months }
        : { instalments: usual, months: usualMonths }
  const agreed = productTermsSchema.safeParse({ ...terms, ...length, ratePercent: rate_percent ?? terms.ratePercent })
  if (agreed.success) return agreed.data
  return refuse('invalid_input', { fields: { rate_percent: agreed.error.issues[0]!.message } })
}

const quoteBody = wishes.extend({ amount, day: daySchema.optional() })

export const quoteLoanProduct: Operation = {
  id: 'quoteLoanProduct',
  section: 'Loan products',
  summary: 'Quote a loan of this product: what is paid out, and what is owed when',
  description: 'As if it were disbursed on the day, today where left out: the schedule is then the same to the cent.',
  params: byId,
  body: quoteBody,
  exampleBody: { amount: '12000.00', months: 6 },
  answers: {
    200: {
      description: 'The schedule and its totals',
      schema: loanQuoteSchema,
      example: {
        principal: '12000.00',
        currency: 'KES',
        disbursed_on: '2026-02-15',
        fees_at_disbursement: '100.00',
        paid_out: '11900.00',
        instalments: [],
        totals: { principal: '12000.00', interest: '1200.00', fees: '0.00', penalties: '0.00', total: '13200.00' },
      },
    },
  },
  async handle(ctx: Ctx, { params, body }: OfLoan<z.output<typeof quoteBody>>): Promise<Answer> {
    const principal = minorOf(ctx, body.amount)
    const product = await productForApplication(ctx, { productId: params.id, amount: principal })
    const { currency } = ctx.org
    const day = body.day ?? ctx.today
    const planned = fullScheduleFor(agreedTerms(product.terms, body), { principal, currency, startDay: day })
    return { status: 200, body: quoteJson(planned, { currency, principal, day }) }
  },
}

/** A step in a loan's life that takes no more than a reason, or nothing. */
const decision = (
  { id: name, summary }: { readonly id: string; readonly summary: string },
  act: (ctx: Ctx, loanId: number, why: string) => Promise<void>,
): Operation => ({
  id: name,
  section,
  summary,
  params: byId,
  body: reasonBody,
  exampleBody: { reason: 'The customer changed her mind' },
  answers: loanAnswer,
  async handle(ctx: Ctx, { params, body }: OfLoan<{ reason: string }>): Promise<Answer> {
    await act(ctx, params.id, body.reason)
    return answerWithLoan(ctx, params.id)
  },
})

export const approveLoan: Operation = {
  id: 'approveLoan',
  section,
  summary: 'Approve an application: its schedule is planned',
  description: 'Not by the borrower, nor by who applied for it.',
  params: byId,
  answers: loanAnswer,
  async handle(ctx: Ctx, { params }: OfLoan): Promise<Answer> {
    await approve(ctx, params.id)
    return answerWithLoan(ctx, params.id)
  },
}

export const rejectLoan = decision({ id: 'rejectLoan', summary: 'Reject an application' }, reject)
export const withdrawLoan = decision(
  { id: 'withdrawLoan', summary: 'Withdraw an application or an approved loan' },
  withdraw,
)
export const undoLoanApproval = decision(
  { id: 'undoLoanApproval', summary: 'Undo an approval: the application is pending again' },
  undoApproval,
)
export const undoLoanDisbursement = decision(
  {
    id: 'undoLoanDisbursement',
    summary: 'Undo a disbursement while nothing else has happened: the loan is approved again',
  },
  undoLending,
)

const disbursement = z.object({ account: moneyAccount.default(1010) })

export const disburseLoan: Operation = {
  id: 'disburseLoan',
  section,
  summary: 'Disburse an approved loan: dated from today, fees at disbursement kept back',
  description:
    'Not by the borrower, nor by who applied for it; nor by who approved it where the organisation’s policy says so.',
  params: byId,
  body: disbursement,
  exampleBody: { account: 1010 },
  answers: loanAnswer,
  async handle(ctx: Ctx, { params, body }: OfLoan<z.output<typeof disbursement>>): Promise<Answer> {
    await disburse(ctx, params.id, body.account)
    return answerWithLoan(ctx, params.id)
  },
}
