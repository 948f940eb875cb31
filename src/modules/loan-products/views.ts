/** What loan products look like. Reads only, always bounded. */
import { sql } from 'kysely'
import type { ProductTerms } from '#modules/loan-products/terms.ts'
import type { Ctx } from '#platform/context.ts'

type Reader = Pick<Ctx, 'org' | 'tx'>

export interface LoanProduct {
  readonly id: number
  readonly name: string
  readonly description: string
  /** Minor units, as is the maximum. */
  readonly minAmount: bigint
  readonly maxAmount: bigint
  readonly terms: ProductTerms
  readonly status: 'active' | 'retired'
  readonly createdAt: Date
}

export const productColumns = sql`id, name, description, min_amount as "minAmount", max_amount as "maxAmount", terms, status, created_at as "createdAt"`

/** The product whatever its status: loans keep showing the one they were made of. Null when there is none. */
export async function productById(ctx: Reader, id: number): Promise<LoanProduct | null> {
  const { rows } = await sql<LoanProduct>`
    select ${productColumns} from loan_products where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
  return rows[0] ?? null
}

/** Products on offer, in order of id, after one of them. */
export async function activeProducts(ctx: Reader, page: { limit: number; after?: number }): Promise<LoanProduct[]> {
  const { rows } = await sql<LoanProduct>`
    select ${productColumns} from loan_products
     where org_id = ${ctx.org.id} and status = 'active' and id > ${page.after ?? 0} order by id limit ${page.limit}`.execute(
    ctx.tx,
  )
  return rows
}

export interface ProductPage {
  readonly limit: number
  readonly after: number
  readonly status?: 'active' | 'retired' | undefined
}

/** Products of a status, or all, in order of id. */
export async function listLoanProducts(ctx: Reader, { limit, after, status }: ProductPage): Promise<LoanProduct[]> {
  const only = status === undefined ? sql`` : sql`and status = ${status}`
  const { rows } = await sql<LoanProduct>`
    select ${productColumns} from loan_products where org_id = ${ctx.org.id} and id > ${after} ${only} order by id limit ${limit}
  `.execute(ctx.tx)
  return rows
}

/** The product on offer of a name, the first of several; null: none. */
export async function activeProductNamed(ctx: Reader, name: string): Promise<LoanProduct | null> {
  const { rows } = await sql<LoanProduct>`
    select ${productColumns} from loan_products
     where org_id = ${ctx.org.id} and status = 'active' and name = ${name} order by id limit 1`.execute(ctx.tx)
  return rows[0] ?? null
}

/** The first product on offer whose bounds hold the amount (minor units), or null. */
export async function firstCovering(ctx: Reader, amount: bigint): Promise<LoanProduct | null> {
  const { rows } = await sql<LoanProduct>`
    select ${productColumns} from loan_products
     where org_id = ${ctx.org.id} and status = 'active' and ${amount} between min_amount and max_amount
     order by id limit 1`.execute(ctx.tx)
  return rows[0] ?? null
}

/** The smallest and largest amount that any product on offer lends; null where there is no product. */
export async function offeredBounds(ctx: Reader): Promise<{ min: bigint; max: bigint } | null> {
  const { rows } = await sql<{ min: bigint | null; max: bigint | null }>`
    select min(min_amount) as min, max(max_amount) as max from loan_products
     where org_id = ${ctx.org.id} and status = 'active'`.execute(ctx.tx)
  const { min, max } = rows[0]!
  return min === null || max === null ? null : { min, max }
}
