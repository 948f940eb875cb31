/** Loan products for the office: every term a product can have. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { amount, byId, minorOf, minorOrNone, nextOf, page } from '#contracts/office/asked.ts'
import { fieldNames, termsBody, termsExample, termsIn, termsOut, termsSchema } from '#contracts/office/product-terms.ts'
import { moneyText } from '#contracts/office/present.ts'
import { Refusal, refuse } from '#domain/refusal.ts'
import {
  createProduct,
  type GivenTerms,
  type LoanProduct,
  retireProduct,
  updateProduct,
} from '#modules/loan-products/loan-products.ts'
import { listLoanProducts, productById } from '#modules/loan-products/views.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = 'Loan products'

const name = z
  .string()
  .trim()
  .min(1, 'Give a name.')
  .max(200)
  .regex(/^\P{Cc}*$/u, 'Remove the control characters.')
const description = z.string().trim().max(2_000)
const newProduct = z.object({
  name,
  description: description.optional(),
  min_amount: amount.optional(),
  max_amount: amount,
  terms: termsBody,
})
type NewProductBody = z.output<typeof newProduct>
const productChange = newProduct.partial()
type ProductChangeBody = z.output<typeof productChange>
type ById = Request<z.output<typeof byId>>

const productSchema = z
  .object({
    id: field.id,
    name: z.string(),
    description: z.string(),
    min_amount: field.money,
    max_amount: field.money,
    currency: field.currency,
    status: z.enum(['active', 'retired']),
    terms: termsSchema,
    created_at: field.instant,
  })
  .meta({ id: 'LoanProduct' })

const example: z.infer<typeof productSchema> = {
  id: 1,
  name: 'Growth',
  description: 'For a second stall',
  min_amount: '5000.00',
  max_amount: '200000.00',
  currency: 'KES',
  status: 'active',
  terms: termsExample,
  created_at: '2026-01-02T09:00:00.000Z',
}
const answer = { description: 'The product', schema: productSchema, example }

const productJson = (product: LoanProduct, currency: string): z.infer<typeof productSchema> => ({
  id: product.id,
  name: product.name,
  description: product.description,
  min_amount: moneyText(product.minAmount, currency),
  max_amount: moneyText(product.maxAmount, currency),
  currency,
  status: product.status,
  terms: termsOut(product.terms, currency),
  created_at: product.createdAt.toISOString(),
})

/** Wrong fields by the names they have here. */
async function named<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'invalid_input') throw error
    return refuse('invalid_input', { fields: fieldNames(error.data.fields as Record<string, string>) })
  }
}

const listQuery = z.object({ ...page, status: z.enum(['active', 'retired']).optional() })

export const listOfLoanProducts: Operation = {
  id: 'listLoanProducts',
  section,
  summary: 'List loan products, in order of id',
  query: listQuery,
  answers: {
    200: {
      description: 'A page; `next` is the value of `after` for the page after it',
      schema: z.object({ loan_products: z.array(productSchema), next: field.next }),
      example: { loan_products: [example], next: null },
    },
  },
  async handle(ctx: Ctx, { query }: { query: z.output<typeof listQuery> }): Promise<Answer> {
    const products = await listLoanProducts(ctx, query)
    const shown = products.map((product) => productJson(product, ctx.org.currency))
    return { status: 200, body: { loan_products: shown, next: nextOf(products, query.limit) } }
  },
}

export const readLoanProduct: Operation = {
  id: 'readLoanProduct',
  section,
  summary: 'Read a loan product, retired ones too',
  params: byId,
  answers: { 200: answer },
  async handle(ctx: Ctx, { params }: ById): Promise<Answer> {
    const product = (await productById(ctx, params.id)) ?? refuse('loan_product_not_found')
    return { status: 200, body: productJson(product, ctx.org.currency) }
  },
}

export const addLoanProduct: Operation = {
  id: 'createLoanProduct',
  section,
  summary: 'Offer a loan product',
  description:
    'Terms that are left out take their usual value. A loan takes a copy of the terms when it is applied for.',
  body: newProduct,
  exampleBody: {
    name: example.name,
    description: example.description,
    min_amount: '5000.00',
    max_amount: '200000.00',
    terms: example.terms,
  },
  answers: { 201: answer },
  async handle(ctx: Ctx, { body }: { body: NewProductBody }): Promise<Answer> {
    const { currency } = ctx.org
    const given = {
      name: body.name,
      description: body.description ?? '',
      minAmount: minorOrNone(ctx, body.min_amount, 'min_amount') ?? 1n,
      maxAmount: minorOf(ctx, body.max_amount, 'max_amount'),
      terms: termsIn(ctx, body.terms),
    }
    return { status: 201, body: productJson(await named(createProduct(ctx, given)), currency) }
  },
}

export const changeLoanProduct: Operation = {
  id: 'changeLoanProduct',
  section,
  summary: 'Change a loan product for loans to come',
  description: 'Any of the fields, and any of the terms; loans keep the terms they were agreed on.',
  params: byId,
  body: productChange,
  exampleBody: { max_amount: '250000.00', terms: { rate_percent: '22' } },
  answers: { 200: answer },
  async handle(ctx: Ctx, { params, body }: Request<{ id: number }, unknown, ProductChangeBody>): Promise<Answer> {
    const change = {
      ...(body.name !== undefined && { name: body.name }),
      ...(body.description !== undefined && { description: body.description }),
      ...(body.min_amount !== undefined && { minAmount: minorOf(ctx, body.min_amount, 'min_amount') }),
      ...(body.max_amount !== undefined && { maxAmount: minorOf(ctx, body.max_amount, 'max_amount') }),
      ...(body.terms !== undefined && { terms: termsIn(ctx, body.terms) as Partial<GivenTerms> }),
    }
    return { status: 200, body: productJson(await named(updateProduct(ctx, params.id, change)), ctx.org.currency) }
  },
}

export const retireLoanProduct: Operation = {
  id: 'retireLoanProduct',
  section,
  summary: 'Retire a loan product: its loans go on as agreed',
  params: byId,
  answers: { 204: { description: 'Retired' } },
  async handle(ctx: Ctx, { params }: ById): Promise<Answer> {
    await retireProduct(ctx, params.id)
    return { status: 204 }
  },
}
