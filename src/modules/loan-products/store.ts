/** Owns: loan_products. */
import { sql } from 'kysely'
import type { ProductTerms } from '#modules/loan-products/terms.ts'
import { type LoanProduct, productColumns } from '#modules/loan-products/views.ts'
import type { Ctx } from '#platform/context.ts'

export interface ProductRow {
  readonly name: string
  readonly description: string
  /** Minor units. */
  readonly minAmount: bigint
  readonly maxAmount: bigint
  readonly terms: ProductTerms
}

export async function insertProduct(ctx: Ctx, id: number, row: ProductRow): Promise<void> {
  const createdBy = ctx.actor.kind === 'user' ? ctx.actor.id : null
  await sql`
    insert into loan_products (org_id, id, name, description, min_amount, max_amount, terms, created_by, created_at, updated_at)
    values (${ctx.org.id}, ${id}, ${row.name}, ${row.description}, ${row.minAmount}, ${row.maxAmount}, ${JSON.stringify(row.terms)}::jsonb,
            ${createdBy}, ${ctx.now}, ${ctx.now})`.execute(ctx.tx)
}

/** The active product, locked, so that two changes never mix; null when there is none. */
export async function lockProduct(ctx: Ctx, id: number): Promise<LoanProduct | null> {
  const { rows } = await sql<LoanProduct>`
    select ${productColumns} from loan_products
     where org_id = ${ctx.org.id} and id = ${id} and status = 'active' for update`.execute(ctx.tx)
  return rows[0] ?? null
}

export async function writeProduct(ctx: Ctx, id: number, row: ProductRow): Promise<void> {
  await sql`
    update loan_products set name = ${row.name}, description = ${row.description}, min_amount = ${row.minAmount},
           max_amount = ${row.maxAmount}, terms = ${JSON.stringify(row.terms)}::jsonb, updated_at = ${ctx.now}
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

export async function markRetired(ctx: Ctx, id: number): Promise<void> {
  await sql`
    update loan_products set status = 'retired', updated_at = ${ctx.now} where org_id = ${ctx.org.id} and id = ${id}
  `.execute(ctx.tx)
}
