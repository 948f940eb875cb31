/** 6 Loans: entered as they were handed over, running in the core from then on. */
import { z } from 'zod'
import { decimalsOf, parseMinor } from '#domain/money.ts'
import { choice, day, decimal, idParam, pk, requiredText, whole } from '#contracts/repaysync/fields.ts'
import { namingField } from '#contracts/repaysync/naming.ts'
import { loanExample, loanJson, loanSchema } from '#contracts/repaysync/present.ts'
import {
  changeLoan,
  createLoan,
  getLoan,
  type LoanFile,
  loansOfCustomer,
  removeLoan,
} from '#modules/collections/collections.ts'
import { type CollectionLoan, loansAfter } from '#modules/collections/views.ts'
import { LONGEST_MONTHS } from '#modules/loan-products/loan-products.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { arrayAnswer, pagesById } from '#platform/http/json-array.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = '6 Loans'
const MOST_OF_A_CUSTOMER = 10_000

const fields = {
  loan_account_number: requiredText(100),
  principal_amount: decimal({ digits: 12, places: 2, sign: 'positive' }),
  interest_rate: decimal({ digits: 5, places: 2, sign: 'not negative' }),
  loan_type: choice(['personal', 'home', 'auto', 'education', 'business', ''] as const),
  tenure_months: whole(1, LONGEST_MONTHS),
  loan_date: day,
  customer: pk({ required: true, nullable: false }) as z.ZodType<number>,
}
const newLoan = z.object(fields)
const loanPatch = newLoan.extend({
  loan_account_number: fields.loan_account_number.optional(),
  customer: fields.customer.optional(),
})
type ById<Body = unknown> = Request<{ readonly id: number }, unknown, Body>

const { id: _, ...exampleBody } = loanExample
const params = z.object({ id: idParam })
const one = { description: 'The loan', schema: loanSchema, example: loanExample }
const many = { description: 'A bare array', schema: z.array(loanSchema), example: [loanExample] }

export const listLoans: Operation = {
  section,
  summary: 'List all loans',
  transaction: 'own',
  answers: { 200: many },
  handle(door: Door): Promise<Answer> {
    const read = (page: { after: number; limit: number }) => transact(door, (ctx) => loansAfter(ctx, page), true)
    return arrayAnswer(shown(pagesById(read), door.org.currency))
  },
}

async function* shown(pages: AsyncGenerator<readonly CollectionLoan[]>, currency: string): AsyncGenerator<unknown[]> {
  for await (const page of pages) yield page.map((loan) => loanJson(loan, currency))
}

export const addLoan: Operation = {
  section,
  summary: 'Create a loan',
  description:
    'With principal, rate (percent a year), tenure and date it runs at once: schedule, balance and days past due follow. Until then it is on file.',
  body: newLoan,
  exampleBody,
  answers: { 201: one },
  async handle(ctx: Ctx, { body }: Request<unknown, unknown, z.output<typeof newLoan>>): Promise<Answer> {
    const empty = { principal: null, ratePercent: null, tenureMonths: null, loanDate: null, loanType: null }
    const loan = { ...empty, accountNo: body.loan_account_number, customerId: body.customer, ...fileOf(ctx, body) }
    const id = await namingField(createLoan(ctx, loan), {
      code: 'customer_not_found',
      field: 'customer',
      id: body.customer,
    })
    return { status: 201, body: loanJson(await getLoan(ctx, id), ctx.org.currency) }
  },
}

/** The fields that were sent, in the core's words. */
function fileOf(ctx: Ctx, body: z.output<typeof loanPatch>): Partial<LoanFile> {
  const amount = body.principal_amount
  const principal = typeof amount === 'string' ? parseMinor(amount, decimalsOf(ctx.org.currency)) : amount
  return {
    ...(body.loan_account_number !== undefined && { accountNo: body.loan_account_number }),
    ...(principal !== undefined && { principal }),
    ...(body.interest_rate !== undefined && { ratePercent: body.interest_rate }),
    ...(body.loan_type !== undefined && { loanType: body.loan_type || null }),
    ...(body.tenure_months !== undefined && { tenureMonths: body.tenure_months }),
    ...(body.loan_date !== undefined && { loanDate: body.loan_date }),
    ...(body.customer !== undefined && { customerId: body.customer }),
  }
}

export const showLoan: Operation = {
  section,
  summary: 'Retrieve a loan',
  params,
  answers: { 200: one },
  async handle(ctx: Ctx, { params: { id } }: ById): Promise<Answer> {
    return { status: 200, body: loanJson(await getLoan(ctx, id), ctx.org.currency) }
  },
}

export const updateLoan: Operation = {
  section,
  summary: 'Update a loan',
  description:
    'PUT and PATCH alike change the fields that were sent; the schedule and the books follow. Once money was paid on it, number and type alone can be changed.',
  params,
  body: loanPatch,
  exampleBody: { principal_amount: '75000.00', tenure_months: 24 },
  answers: { 200: one },
  async handle(ctx: Ctx, { params: { id }, body }: ById<z.output<typeof loanPatch>>): Promise<Answer> {
    const changing = changeLoan(ctx, id, fileOf(ctx, body))
    await namingField(changing, { code: 'customer_not_found', field: 'customer', id: body.customer })
    return { status: 200, body: loanJson(await getLoan(ctx, id), ctx.org.currency) }
  },
}

export const deleteLoan: Operation = {
  section,
  summary: 'Delete a loan',
  description: 'It is handed back and leaves the books. A loan on which money was paid stays.',
  params,
  answers: { 200: { description: 'Deleted', example: { message: 'Loan deleted.' } } },
  async handle(ctx: Ctx, { params: { id } }: ById): Promise<Answer> {
    await removeLoan(ctx, id)
    return { status: 200, body: { message: 'Loan deleted.' } }
  },
}

export const listLoansOfCustomer: Operation = {
  section,
  summary: 'Retrieve all loans for a particular customer',
  params: z.object({ customer_id: idParam }),
  answers: { 200: many },
  async handle(ctx: Ctx, { params: { customer_id: id } }: Request<{ readonly customer_id: number }>): Promise<Answer> {
    const loans = await loansOfCustomer(ctx, id, MOST_OF_A_CUSTOMER)
    return { status: 200, body: loans.map((loan) => loanJson(loan, ctx.org.currency)) }
  },
}
