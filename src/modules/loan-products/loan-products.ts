/** Loan products: what a lender offers. A loan takes a copy of the terms, so changing or retiring a product never touches it. */
import { decimalsOf, formatMinor, MAX_MINOR } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { faultFor } from '#modules/loan-products/agreed-schedule.ts'
import * as store from '#modules/loan-products/store.ts'
import { type GivenTerms, type ProductTerms, productTermsSchema } from '#modules/loan-products/terms.ts'
import { firstCovering, type LoanProduct, offeredBounds, productById } from '#modules/loan-products/views.ts'
import type { Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { emit } from '#platform/events/events.ts'

export { feeAtSource, fullScheduleFor, type Lent, loanTermsOf } from '#modules/loan-products/agreed-schedule.ts'
export { allocationRuleFor, type LoanPaymentType, PAYMENT_TYPES } from '#modules/loan-products/allocation-terms.ts'

export {
  ALL_FREQUENCIES,
  FREQUENCIES,
  type GivenTerms,
  instalmentCountOf,
  LONGEST_MONTHS,
  type ProductTerms,
  productTermsSchema,
  withInstalments,
} from '#modules/loan-products/terms.ts'
export type { LoanProduct } from '#modules/loan-products/views.ts'

export interface NewProduct {
  readonly name: string
  readonly description?: string
  /** Minor units; the minimum is one unit where left out. */
  readonly minAmount?: bigint
  readonly maxAmount: bigint
  readonly terms: GivenTerms
}

/** What may be changed; absent: stays. */
export interface ProductChange extends Partial<Omit<NewProduct, 'terms'>> {
  readonly terms?: Partial<GivenTerms>
}

/** Offers a product. Refuses invalid_input for terms or amounts that make none. */
export async function createProduct(ctx: Ctx, given: NewProduct): Promise<LoanProduct> {
  const row = checked(ctx, { description: '', minAmount: 1n, ...given })
  const id = await takeNumbers(ctx, 'loan_product')
  await store.insertProduct(ctx, id, row)
  emit(ctx, 'loan_product.created', { loan_product_id: id })
  return (await productById(ctx, id))!
}

/** Changes what is on offer for loans to come. Refuses loan_product_not_found (retired ones too), invalid_input. */
export async function updateProduct(ctx: Ctx, id: number, change: ProductChange): Promise<LoanProduct> {
  const before = (await store.lockProduct(ctx, id)) ?? refuse('loan_product_not_found')
  const { terms, ...rest } = change
  const row = checked(ctx, { ...before, ...rest, terms: { ...before.terms, ...terms } })
  await store.writeProduct(ctx, id, row)
  const changed = [...Object.keys(rest), ...Object.keys(terms ?? {}).map((term) => `terms.${term}`)]
  emit(ctx, 'loan_product.updated', { loan_product_id: id, changed })
  return (await productById(ctx, id))!
}

/** Takes a product off the shelf. Its loans go on as agreed. Refuses loan_product_not_found, also for one retired before. */
export async function retireProduct(ctx: Ctx, id: number): Promise<void> {
  if (!(await store.lockProduct(ctx, id))) refuse('loan_product_not_found')
  await store.markRetired(ctx, id)
  emit(ctx, 'loan_product.retired', { loan_product_id: id })
}

type Reader = Pick<Ctx, 'org' | 'tx'>

/** A product that is on offer. Refuses loan_product_not_found, also for a retired one. */
export async function getProduct(ctx: Reader, id: number): Promise<LoanProduct> {
  const product = await productById(ctx, id)
  return product?.status === 'active' ? product : refuse('loan_product_not_found')
}

/**
 * The first product on offer that lends this amount (minor units). Refuses no_loan_product where nothing is on offer,
 * amount_above_maximum and amount_below_minimum where nothing covers it.
 */
export async function firstProductFor(ctx: Reader, amount: bigint): Promise<LoanProduct> {
  const product = await firstCovering(ctx, amount)
  if (product) return product
  const bounds = (await offeredBounds(ctx)) ?? refuse('no_loan_product')
  return refuse(amount < bounds.min ? 'amount_below_minimum' : 'amount_above_maximum')
}

export interface Wanted {
  /** Null: whichever covers the amount first. */
  readonly productId: number | null
  /** Minor units. */
  readonly amount: bigint
}

/** The product a loan is applied for under. Refuses what getProduct and firstProductFor refuse. */
export async function productForApplication(ctx: Reader, { productId, amount }: Wanted): Promise<LoanProduct> {
  if (productId === null) return firstProductFor(ctx, amount)
  const product = await getProduct(ctx, productId)
  if (amount > product.maxAmount) refuse('amount_above_maximum')
  if (amount < product.minAmount) refuse('amount_below_minimum')
  return product
}

function checked(ctx: Ctx, given: Required<NewProduct>): store.ProductRow {
  const { name, description, minAmount, maxAmount } = given
  const fields: Record<string, string> = {}
  if (name.trim() === '') fields.name = 'Give a name.'
  if (maxAmount <= 0n || maxAmount > MAX_MINOR) fields.maxAmount = 'Give a positive amount.'
  if (minAmount <= 0n || minAmount > maxAmount) fields.minAmount = 'Give a positive amount up to the maximum.'
  const terms = productTermsSchema.safeParse(given.terms)
  for (const issue of terms.error?.issues ?? []) {
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : null
    for (const path of unknown?.map((key) => [...issue.path, key]) ?? [issue.path]) {
      fields[['terms', ...path].join('.')] ??= unknown ? 'This term is not known here.' : issue.message
    }
  }
  if (Object.keys(fields).length > 0 || !terms.success) refuse('invalid_input', { fields })
  const row = { name: name.trim(), description, minAmount, maxAmount, terms: terms.data satisfies ProductTerms }
  requireSchedules(ctx, row)
  return row
}

/**
 * Refuses invalid_input for terms that make no schedule today for the largest loan of the product, or for its smallest. A
 * minimum of one unit means that none was set: then a fee or balloon too large for a loan is refused when it is applied for.
 */
function requireSchedules(ctx: Ctx, { terms, minAmount, maxAmount }: store.ProductRow): void {
  const { currency } = ctx.org
  for (const principal of minAmount > 1n ? [maxAmount, minAmount] : [maxAmount]) {
    const fault = faultFor(terms, { principal, currency, startDay: ctx.today })
    if (!fault) continue
    const amount = formatMinor(principal, decimalsOf(currency))
    refuse('invalid_input', { fields: { [`terms.${fault.field}`]: `For a loan of ${amount}: ${fault.advice}` } })
  }
}
