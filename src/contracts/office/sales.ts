/** Phones sold on credit: the quote, the application, and reading sales. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { amount, id, minorOf, minorOrNone, nextOf, page, pathId } from '#contracts/office/asked.ts'
import {
  quoteJson,
  reasonsJson,
  saleJson,
  saleQuoteSchema,
  saleReasonSchema,
  saleSchema,
  saleSummarySchema,
  wholeSaleJson,
} from '#contracts/office/present-sales.ts'
import { parseDay } from '#domain/day.ts'
import { SALE_STAGES } from '#domain/devices/sale-stage.ts'
import { refuse } from '#domain/refusal.ts'
import { deviceOfLoan } from '#modules/devices/views.ts'
import { loanById } from '#modules/loan-records/views.ts'
import { assess, assignBranch, quoteByPreset, sellByPreset, visibleSale } from '#modules/sales/sales.ts'
import { downPaymentsOf, listSales, listSalesStaff } from '#modules/sales/views.ts'
import { pageLimit } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

export const section = 'Sales on credit'

export const byLoan = z.object({ loan_id: pathId })
export type OfSale<Body = unknown> = Request<z.output<typeof byLoan>, unknown, Body>

const branchNumber = z.string().max(12)
const asked = {
  preset: z.string().max(40),
  price: amount,
  down_payment_percent: z.int().min(0).max(99),
  instalments: z.int().min(1).max(120),
}
const quoteBody = z.object({ ...asked, date_of_birth: z.iso.date() })
const saleBody = z.object({
  ...asked,
  customer_id: id,
  phone_model_id: id,
  imei: z.string().max(32),
  branch_number: branchNumber.default('001'),
  monthly_income: amount.optional(),
})

type Asked = z.output<typeof quoteBody>

const questionOf = (ctx: Ctx, body: Omit<Asked, 'date_of_birth'>) => ({
  ...{ preset: body.preset, price: minorOf(ctx, body.price, 'price') },
  ...{ downPercent: body.down_payment_percent, instalments: body.instalments },
})

const disclosure = {
  ...{ nominal_annual_rate: '304.53', effective_annual_rate: '1662.39' },
  ...{ total_interest: '2410.00', total_to_pay: '4860.00' },
}

export const quoteForSale: Operation = {
  id: 'quoteSale',
  section,
  summary: 'Quote a sale on credit by a preset',
  body: quoteBody,
  exampleBody: {
    ...{ preset: 'movi-quincenal', price: '3500.00', down_payment_percent: 30, instalments: 12 },
    date_of_birth: '1990-05-15',
  },
  answers: {
    200: {
      description: 'Down payment, amount financed, instalments with their due days, and what the credit costs a year',
      schema: saleQuoteSchema,
      example: {
        ...{ down_payment: '1050.00', financed: '2450.00', instalment: '405.00', total: '4860.00', rate: '12.5' },
        ...{ due_days: ['2026-01-26', '2026-02-10'], disclosure },
      },
    },
  },
  async handle(ctx: Ctx, { body }: { body: Asked }): Promise<Answer> {
    const born = parseDay(body.date_of_birth) ?? refuse('invalid_input', { fields: { date_of_birth: 'Give a day.' } })
    return { status: 200, body: quoteJson(ctx, quoteByPreset(ctx, { ...questionOf(ctx, body), born })) }
  },
}

const saleExample: z.infer<typeof saleSummarySchema> = {
  ...{ loan_id: 4, status: 'applied', contract_number: 'MC-2026-0004', branch_contract_code: 'S01-2026-02-15-000001' },
  ...{ branch_number: 'S01', officer_id: 3, officer_name: 'Vilma Reyes' },
  customer: { id: 4, full_name: 'Óscar Pineda', phone: '+50499887766' },
  ...{ preset: 'movi-quincenal', price: '3500.00', down_payment: '1050.00', down_payment_percent: 30 },
  ...{ financed: '2450.00', approved_amount: '2450.00', rate: '12.5', currency: 'HNL', monthly_income: '12000.00' },
  ...{ decision: null, signed_on: null, active_since: null, cancelled_reason: null },
  created_at: '2026-02-15T15:00:00.000Z',
}
const wholeExample: z.infer<typeof saleSchema> = {
  ...saleExample,
  ...{ instalments: 12, instalment: '405.00', disclosure, due_days: ['2026-03-02', '2026-03-17'] },
  device: {
    ...{ id: 4, imei: '356938035643809', imei_doubtful: false, brand: 'Samsung', model: 'Galaxy A54' },
    ...{ phone_model_id: 1, activation_code: 'K7WXPQ', activated_at: null },
    ...{ lock_status: 'unlocked', released_on: null },
  },
  ...{ signed_by: null, has_signature: false, down_payments: [] },
}
export const saleAnswer = {
  200: { description: 'The sale as it now stands', schema: saleSchema, example: wholeExample },
}

/** The sale, if the caller may see it. Refuses sale_not_found. */
export async function answerWithSale(ctx: Ctx, loanId: number, status = 200): Promise<Answer> {
  const sale = await visibleSale(ctx, loanId)
  const loan = (await loanById(ctx, loanId)) ?? refuse('sale_not_found')
  const device = await deviceOfLoan(ctx, loanId)
  const whole = { sale, loan, device, downPayments: await downPaymentsOf(ctx, loanId) }
  return { status, body: wholeSaleJson(ctx, whole) }
}

export const agreeOnSale: Operation = {
  id: 'applyForSale',
  section,
  summary: 'Apply for a sale: application, contract number and phone together',
  description:
    'Then: decide, sign, down-payment, activate. Somebody else decides and hands the phone over. A customer has one loan at a time. Who sells for one branch sells there only.',
  body: saleBody,
  exampleBody: {
    ...{ preset: 'movi-quincenal', price: '3500.00', down_payment_percent: 30, instalments: 12, customer_id: 1 },
    ...{ phone_model_id: 1, imei: '356938035643809', branch_number: 'S01', monthly_income: '12000.00' },
  },
  answers: {
    201: {
      description: 'The application, the contract’s numbers, the code that activates the phone',
      schema: saleSchema,
      example: wholeExample,
    },
  },
  refusals: { customer_has_loans: [409, 'The customer has another loan.'] },
  async handle(ctx: Ctx, { body }: { body: z.output<typeof saleBody> }): Promise<Answer> {
    if (ctx.actor.kind !== 'user') refuse('no_officer')
    const loanId = await sellByPreset(ctx, {
      ...questionOf(ctx, body),
      ...{ customerId: body.customer_id, officerId: ctx.actor.id, branchNumber: body.branch_number },
      ...{ imei: body.imei, phoneModelId: body.phone_model_id },
      monthlyIncome: minorOrNone(ctx, body.monthly_income, 'monthly_income') ?? null,
    })
    return answerWithSale(ctx, loanId, 201)
  },
}

const listQuery = z.object({
  branch: branchNumber.optional(),
  status: z.enum(SALE_STAGES).optional(),
  customer_id: pathId.optional(),
  contract_number: z.string().trim().toUpperCase().max(60).optional(),
  after: pathId.optional(),
  limit: pageLimit(200, 50),
})

export const listOfSales: Operation = {
  id: 'listSales',
  section,
  summary: 'List sales, latest first',
  description:
    'By branch, status, customer or contract number in either spelling; `next` is the value of `after` for the page after it. Whoever sells for one branch sees its sales only.',
  query: listQuery,
  answers: {
    200: {
      description: 'A page of sales',
      schema: z.object({ sales: z.array(saleSummarySchema), next: field.next }),
      example: { sales: [saleExample], next: null },
    },
  },
  async handle(ctx: Ctx, { query: q }: { query: z.output<typeof listQuery> }): Promise<Answer> {
    const wanted = { branch: q.branch, stage: q.status, customerId: q.customer_id, after: q.after }
    const sales = await listSales(ctx, { ...wanted, contractNumber: q.contract_number, limit: q.limit })
    const next = sales.length === q.limit ? sales.at(-1)!.loanId : null
    return { status: 200, body: { sales: sales.map((sale) => saleJson(ctx, sale)), next } }
  },
}

export const readSale: Operation = {
  id: 'readSale',
  section,
  summary: 'Read a sale with its phone, its instalments and what was paid down',
  params: byLoan,
  answers: saleAnswer,
  handle: (ctx: Ctx, { params }: OfSale) => answerWithSale(ctx, params.loan_id),
}

export const assessSale: Operation = {
  id: 'assessSale',
  section,
  summary: 'What would stand against the sale if it were decided now',
  params: byLoan,
  answers: {
    200: {
      description: 'Every reason with its words; none: it would be approved',
      schema: z.object({ approvable: z.boolean(), reasons: z.array(saleReasonSchema) }),
      example: { approvable: false, reasons: [{ code: 'income_insufficient', text: { en: '…', es: '…' } }] },
    },
  },
  async handle(ctx: Ctx, { params }: OfSale): Promise<Answer> {
    const reasons = await assess(ctx, params.loan_id)
    return { status: 200, body: { approvable: reasons.length === 0, reasons: reasonsJson(reasons) } }
  },
}

const staffQuery = z.object(page)

export const listOfSalesStaff: Operation = {
  id: 'listSalesStaff',
  section,
  summary: 'List who sells for one branch only',
  query: staffQuery,
  answers: {
    200: {
      description: 'A page of them; `next` is the value of `after` for the page after it',
      schema: z.object({
        sales_staff: z.array(
          z.object({ user_id: field.id, user_name: z.string().nullable(), branch_number: z.string() }),
        ),
        next: field.next,
      }),
      example: { sales_staff: [{ user_id: 3, user_name: 'Vilma Reyes', branch_number: 'S01' }], next: null },
    },
  },
  async handle(ctx: Ctx, { query }: { query: z.output<typeof staffQuery> }): Promise<Answer> {
    const people = await listSalesStaff(ctx, query)
    const sales_staff = people.map((one) => ({ user_id: one.id, user_name: one.name, branch_number: one.branchNumber }))
    const next = nextOf(people, query.limit)
    return { status: 200, body: { sales_staff, next } }
  },
}

const byUser = z.object({ user_id: pathId })
const branchBody = z.object({ branch_number: branchNumber.nullable() })

export const assignSalesStaff: Operation = {
  id: 'assignSalesStaff',
  section,
  summary: 'Say that somebody sells for one branch only; null: for all of them',
  params: byUser,
  body: branchBody,
  exampleBody: { branch_number: 'S01' },
  answers: {
    200: {
      description: 'As it now stands',
      schema: z.object({ user_id: field.id, branch_number: z.string().nullable() }),
      example: { user_id: 3, branch_number: 'S01' },
    },
  },
  async handle(
    ctx: Ctx,
    { params, body }: Request<z.output<typeof byUser>, unknown, z.output<typeof branchBody>>,
  ): Promise<Answer> {
    await assignBranch(ctx, params.user_id, body.branch_number)
    return { status: 200, body: { user_id: params.user_id, branch_number: body.branch_number } }
  },
}
