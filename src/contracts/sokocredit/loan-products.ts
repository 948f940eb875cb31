/** 🏦 Loan Product Routes: what lenders offer. */
import { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import { parseDecimal, parsePercent, parseWhole } from '#contracts/sokocredit/amounts.ts'
import { productExample, productJson, productSchema } from '#contracts/sokocredit/present.ts'
import { said } from '#contracts/sokocredit/present-users.ts'
import {
  createProduct,
  FREQUENCIES,
  getProduct,
  LONGEST_MONTHS,
  type ProductTerms,
  retireProduct,
  updateProduct,
} from '#modules/loan-products/loan-products.ts'
import { activeProducts } from '#modules/loan-products/views.ts'
import { idText } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation, RefusalAnswer, Request } from '#platform/http/route.ts'

const section = '🏦 Loan Product Routes (/loan-products)'
const MOST_PRODUCTS = 500

const byId = z.object({ id: idText })
type ById = Request<z.output<typeof byId>>

const REQUIRED = 'This field is required.'
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === 0 || (typeof value === 'string' && value.trim() === '')

/** A field that must be there and not be empty, nought included; then a text or number that `read` makes sense of. */
const needed = <T>(read: (value: unknown) => T | null, what: string) =>
  z
    .union([z.string(), z.number()], { error: ({ input }) => (isEmpty(input) ? REQUIRED : what) })
    .transform((value, issues): T => {
      const read_ = isEmpty(value) ? null : read(value)
      if (read_ === null) issues.addIssue({ code: 'custom', message: isEmpty(value) ? REQUIRED : what })
      return read_ as T
    })

const noControls = (text: string): boolean => !/\p{Cc}/u.test(text)
const nameOf = (value: unknown): string | null =>
  typeof value === 'string' && value.trim().length <= 200 && noControls(value) ? value.trim() : null
const rateOf = (value: unknown): string | null => {
  const rate = parsePercent(value)
  return rate === null || rate.startsWith('-') ? null : rate
}
const monthsOf = (value: unknown): number | null => {
  const months = parseWhole(value)
  return months !== null && months >= 1 && months <= LONGEST_MONTHS ? months : null
}
const frequencyOf = (value: unknown): ProductTerms['frequency'] | null =>
  FREQUENCIES.find((known) => known === value) ?? null

const AMOUNT = 'Give a positive amount with at most the decimals of the currency.'
const description = z.string().trim().max(2_000).nullish()

const oneOfFrequencies = { type: 'string', enum: [...FREQUENCIES] } as const

const newProduct = z.object({
  name: needed(nameOf, 'Give a name of at most 200 characters.').meta({ type: 'string', maxLength: 200 }),
  max_amount: needed((value) => value as string | number, AMOUNT),
  interest_rate: needed(rateOf, 'Give a percentage.'),
  duration_months: needed(monthsOf, `Give a whole number of months from 1 to ${LONGEST_MONTHS}.`),
  frequency: needed(frequencyOf, `Give one of ${FREQUENCIES.join(', ')}.`).meta(oneOfFrequencies),
  description,
})
type NewProductBody = z.output<typeof newProduct>

type Data = Readonly<Record<string, unknown>>
const fieldsOf = ({ fields }: Data): [string, string][] => Object.entries((fields ?? {}) as Record<string, string>)

/** Missing fields before wrong ones, by name. */
function whatIsWrong(data: Data): string {
  const fields = fieldsOf(data)
  const missing = fields.flatMap(([name, what]) => (what === REQUIRED ? name : []))
  if (missing.length > 0) return `Missing or empty fields: ${missing.join(', ')}`
  return `Invalid data types in fields: ${fields.map(([name]) => name).join(', ')}`
}

function maxAmountOf(ctx: Ctx, given: string | number): bigint {
  const amount = parseDecimal(given, ctx.org.currency)
  return amount !== null && amount > 0n ? amount : refuse('invalid_input', { fields: { max_amount: AMOUNT } })
}

export const listProducts: Operation = {
  section,
  summary: 'Get all loan products',
  description: `Those on offer, in order of id; at most ${MOST_PRODUCTS}, those after ?after=<id>.`,
  query: z.object({ after: idText.optional() }),
  answers: { 200: { description: 'Products', schema: z.array(productSchema), example: [productExample] } },
  async handle(ctx: Ctx, { query }: Request<unknown, { after?: number }>): Promise<Answer> {
    const products = await activeProducts(ctx, { limit: MOST_PRODUCTS, after: query.after ?? 0 })
    return { status: 200, body: products.map((product) => productJson(product, ctx.org.currency)) }
  },
}

export const showProduct: Operation = {
  section,
  summary: 'Get single product',
  params: byId,
  answers: { 200: { description: 'The product', schema: productSchema, example: productExample } },
  async handle(ctx: Ctx, { params }: ById): Promise<Answer> {
    return { status: 200, body: productJson(await getProduct(ctx, params.id), ctx.org.currency) }
  },
}

export const addProduct: Operation = {
  section,
  summary: 'Create loan product',
  description:
    'Interest is flat: interest_rate percent of the amount for the whole term, in equal instalments. Numbers may be sent as text.',
  body: newProduct,
  exampleBody: {
    name: 'Starter Business Loan',
    description: 'For a first stall',
    max_amount: 20000,
    interest_rate: 12.5,
    duration_months: 6,
    frequency: 'monthly',
  },
  answers: { 201: { description: 'The product', schema: productSchema, example: productExample } },
  refusals: { invalid_input: [400, whatIsWrong] },
  async handle(ctx: Ctx, { body }: Request<unknown, unknown, NewProductBody>): Promise<Answer> {
    const product = await createProduct(ctx, {
      name: body.name,
      description: body.description ?? '',
      maxAmount: maxAmountOf(ctx, body.max_amount),
      terms: { ratePercent: body.interest_rate, months: body.duration_months, frequency: body.frequency },
    })
    return { status: 201, body: productJson(product, ctx.org.currency) }
  },
}

/** As when it is created, but that a rate of nought may be agreed on afterwards and every wrong frequency is quoted. */
const productChange = newProduct.partial().extend({
  interest_rate: z
    .union([z.string(), z.number()])
    .transform((value) => rateOf(value))
    .refine((rate) => rate !== null)
    .optional(),
  frequency: z
    .unknown()
    .superRefine((value, issues) => {
      if (value === undefined || frequencyOf(value) !== null) return
      issues.addIssue({ code: 'custom', message: invalidFrequency(value) })
    })
    .optional()
    .meta(oneOfFrequencies),
})
type ProductChangeBody = z.output<typeof productChange>

const invalidFrequency = (value: unknown): string =>
  `Invalid frequency: ${typeof value === 'string' ? value.slice(0, 50) : JSON.stringify(value)}. Must be one of [${FREQUENCIES.map((known) => `'${known}'`).join(', ')}]`

const changeRefused: RefusalAnswer = [
  400,
  (data) => fieldsOf(data).find(([name]) => name === 'frequency')?.[1] ?? whatIsWrong(data),
]

export const changeProduct: Operation = {
  section,
  summary: 'Update loan product',
  description: 'Any of the fields. Loans keep the terms they were agreed on.',
  params: byId,
  body: productChange,
  exampleBody: { max_amount: 25000 },
  answers: { 200: { description: 'The product', schema: productSchema, example: productExample } },
  refusals: { invalid_input: changeRefused },
  async handle(
    ctx: Ctx,
    { params, body }: Request<z.output<typeof byId>, unknown, ProductChangeBody>,
  ): Promise<Answer> {
    const product = await updateProduct(ctx, params.id, {
      ...(body.name !== undefined && { name: body.name }),
      ...(body.description !== undefined && { description: body.description ?? '' }),
      ...(body.max_amount !== undefined && { maxAmount: maxAmountOf(ctx, body.max_amount) }),
      terms: termsOf(body),
    })
    return { status: 200, body: productJson(product, ctx.org.currency) }
  },
}

const termsOf = (body: ProductChangeBody): Partial<ProductTerms> => ({
  ...(body.interest_rate != null && { ratePercent: body.interest_rate }),
  ...(body.duration_months !== undefined && { months: body.duration_months }),
  ...(body.frequency !== undefined && { frequency: body.frequency as ProductTerms['frequency'] }),
})

export const removeProduct: Operation = {
  section,
  summary: 'Delete loan product',
  description: 'Taken off the shelf: its loans go on as agreed.',
  params: byId,
  answers: { 200: { description: 'Deleted', example: said('Loan product deleted') } },
  async handle(ctx: Ctx, { params }: ById): Promise<Answer> {
    await retireProduct(ctx, params.id)
    return { status: 200, body: said('Loan product deleted') }
  },
}
