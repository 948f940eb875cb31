/** 💸 Loan Routes: application, approval, disbursement. Also the borrower's repayment schedule. */
import { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import { parseDecimal } from '#contracts/sokocredit/amounts.ts'
import { loanJson, scheduleJson } from '#contracts/sokocredit/present-loans.ts'
import { borrowerProfile } from '#modules/customers/customers.ts'
import { firstOfficer } from '#modules/identity/views.ts'
import { productForApplication } from '#modules/loan-products/loan-products.ts'
import { apply, approve, disburse, reject } from '#modules/loans/loans.ts'
import { listLoans, loanById, scheduleOfBorrower } from '#modules/loan-records/views.ts'
import { idEitherWay, idText } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = '💸 Loan Routes (/loans)'
const MOST_LOANS = 200
/** Instalments and transactions of all loans of a page. */
const ROWS_OF_A_PAGE = 20_000
const MOST_MONTHS = 120

const loanId = z.object({ id: idText })
const loanExample = {
  id: 1,
  amount: 12000,
  interest_rate: 10,
  duration_months: 6,
  status: 'pending',
  repayment_schedules: [],
}
const loanAnswer = { 200: { description: 'The loan with its schedule', example: loanExample } }

export const statusCheck: Operation = {
  section,
  summary: 'Status check',
  transaction: 'own',
  answers: { 200: { description: 'The loan service is running', example: { message: 'SokoCredit Loan running' } } },
  handle: async () => ({ status: 200, body: { message: 'SokoCredit Loan running' } }),
}

const numeric = z.union([z.number(), z.string()])
const applicationSchema = z.object({
  amount: z.unknown().optional().meta({ type: 'number', description: 'More than 0, at most the product’s maximum' }),
  interest_rate: numeric.optional(),
  duration_months: z
    .unknown()
    .optional()
    .meta({ type: 'integer', description: `Whole months, 1 to ${MOST_MONTHS}` }),
  loan_product_id: idEitherWay.nullish(),
  lender_id: idEitherWay.nullish(),
})
type ApplicationBody = z.infer<typeof applicationSchema>

export const applyForLoan: Operation = {
  section,
  summary: 'Apply for a loan (mama_mboga only)',
  description:
    'Without loan_product_id the amount, interest_rate and duration_months are required and the first product that covers the amount is attached; with it, rate and duration default to the product’s. The rate is flat for the whole term.',
  body: applicationSchema,
  exampleBody: { amount: 12000, interest_rate: 10, duration_months: 6 },
  answers: { 201: { description: 'The application', example: loanExample } },
  refusals: {
    amount_invalid: [400, 'Loan amount must be a positive number.'],
    invalid_input: [400, explainApplication],
  },
  async handle(ctx: Ctx, { body }: { body: ApplicationBody }): Promise<Answer> {
    requireFields(body)
    const amount = amountOf(ctx, body.amount)
    const product = await productForApplication(ctx, { productId: body.loan_product_id ?? null, amount })
    const customerId = await borrowerProfile(ctx)
    const officerId = body.lender_id ?? (await firstOfficer(ctx)) ?? refuse('no_officer')
    const terms = { ...product.terms, ...agreedRate(body), ...agreedMonths(body) }
    const created = await apply(ctx, { customerId, productId: product.id, officerId, amount, terms })
    return { status: 201, body: loanJson((await loanById(ctx, created))!) }
  },
}

const isMissing = (value: unknown): boolean => value === undefined || value === null || value === '' || value === 0

/** The three numbers that an application without a product must carry. */
function requireFields(body: ApplicationBody): void {
  const needed = body.loan_product_id ? ['amount'] : ['amount', 'interest_rate', 'duration_months']
  if (needed.some((field) => isMissing(body[field as keyof ApplicationBody])))
    refuse('invalid_input', { missing: needed })
}

function explainApplication(data: Readonly<Record<string, unknown>>): string {
  if (Array.isArray(data.missing)) return `Missing required fields: ${data.missing.join(', ')}`
  const fields = Object.entries((data.fields ?? {}) as Record<string, string>)
  if (fields.some(([field]) => field === 'duration_months')) return 'Duration must be a positive number.'
  return fields.map(([field, what]) => `${field}: ${what}`).join('; ')
}

function amountOf(ctx: Ctx, value: unknown): bigint {
  if (typeof value !== 'number') refuse('amount_invalid', { fields: { amount: 'Give a number.' } })
  const amount = parseDecimal(value, ctx.org.currency)
  if (amount === null || amount <= 0n) refuse('amount_invalid', { fields: { amount: 'Give a positive number.' } })
  return amount
}

const RATE = /^\d{1,3}(\.\d{1,6})?$/

/** The rate as an exact decimal; percent of the amount for the whole term. */
function agreedRate({ interest_rate: rate }: ApplicationBody): { ratePercent?: string } {
  if (rate === undefined) return {}
  const text = String(rate).trim()
  if (!RATE.test(text))
    refuse('invalid_input', { fields: { interest_rate: 'Give a percentage between 0 and 999.999999.' } })
  return { ratePercent: text }
}

function agreedMonths({ duration_months: months }: ApplicationBody): { months?: number } {
  if (months === undefined || months === null) return {}
  if (typeof months !== 'number' || !Number.isInteger(months) || months < 1 || months > MOST_MONTHS) {
    refuse('invalid_input', { fields: { duration_months: `Give a whole number of months from 1 to ${MOST_MONTHS}.` } })
  }
  return { months }
}

export const viewLoans: Operation = {
  section,
  summary: 'View all loans (based on role)',
  description: `Admins and lenders see all, whoever sells for one branch its loans, a mama_mboga her own; the newest ${MOST_LOANS}, in order of id; fewer where their instalments and payments come to more than ${ROWS_OF_A_PAGE}. Older ones by ?before=<id> of the first.`,
  query: z.object({ before: idText.optional(), borrower_id: idText.optional() }),
  answers: { 200: { description: 'Loans with their schedules', example: [loanExample] } },
  async handle(ctx: Ctx, { query }: { query: { before?: number; borrower_id?: number } }): Promise<Answer> {
    const loans = await listLoans(ctx, {
      limit: MOST_LOANS,
      mostRows: ROWS_OF_A_PAGE,
      borrowerUserId: query.borrower_id,
      before: query.before,
    })
    return { status: 200, body: loans.map(loanJson) }
  },
}

export const approveLoan: Operation = {
  section,
  summary: 'Approve a loan',
  params: loanId,
  answers: {
    200: {
      description: 'Approved; the schedule is planned from today and dated anew at disbursement',
      example: { message: 'Loan approved and repayment schedule created', loan: loanExample },
    },
  },
  refusals: { loan_not_pending: [400, 'No pending loans to approve'] },
  async handle(ctx: Ctx, { params }: { params: { id: number } }): Promise<Answer> {
    await approve(ctx, params.id)
    const message = 'Loan approved and repayment schedule created'
    return { status: 200, body: { message, msg: message, loan: loanJson((await loanById(ctx, params.id))!) } }
  },
}

const rejectionSchema = z.object({ rejected_reason: z.string().max(1_000).nullish() })

export const rejectLoan: Operation = {
  section,
  summary: 'Reject a loan (with reason)',
  params: loanId,
  body: rejectionSchema,
  exampleBody: { rejected_reason: 'Business not found at the given stall' },
  answers: loanAnswer,
  refusals: { loan_not_pending: [400, 'You can only reject a pending loan'] },
  async handle(
    ctx: Ctx,
    { params, body }: { params: { id: number }; body: z.infer<typeof rejectionSchema> },
  ): Promise<Answer> {
    await reject(ctx, params.id, body.rejected_reason ?? '')
    return { status: 200, body: loanJson((await loanById(ctx, params.id))!) }
  },
}

export const disburseLoan: Operation = {
  section,
  summary: 'Disburse a loan',
  params: loanId,
  answers: loanAnswer,
  async handle(ctx: Ctx, { params }: { params: { id: number } }): Promise<Answer> {
    await disburse(ctx, params.id)
    return { status: 200, body: loanJson((await loanById(ctx, params.id))!) }
  },
}

export const viewSchedules: Operation = {
  section: '📅 Repayment Schedules (/repayment-schedules)',
  summary: 'Get upcoming schedules (mama_mboga only)',
  answers: {
    200: {
      description: 'Instalments of own loans, next due first',
      example: [{ id: 1, loan_id: 1, due_date: '2026-03-15T00:00:00Z', amount_due: 2200, status: 'unpaid' }],
    },
  },
  async handle(ctx: Ctx): Promise<Answer> {
    if (ctx.actor.kind !== 'user') refuse('not_authenticated')
    const rows = await scheduleOfBorrower(ctx, ctx.actor.id)
    return { status: 200, body: rows.map((row) => scheduleJson(row, ctx.org.currency)) }
  },
}
