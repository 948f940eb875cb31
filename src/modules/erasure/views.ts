/** Whether a customer was erased. Reads only. */
import { sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

/** Since when nothing personal of a customer is kept; null: it is, or there is no such customer. */
export async function erasedSince(ctx: Pick<Ctx, 'org' | 'tx'>, customerId: number): Promise<Date | null> {
  const { rows } = await sql<{ erasedAt: Date | null }>`
    select erased_at as "erasedAt" from customers where org_id = ${ctx.org.id} and id = ${customerId}`.execute(ctx.tx)
  return rows[0]?.erasedAt ?? null
}
