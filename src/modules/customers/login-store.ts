/** Which login is a customer's. */
import { sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

export async function linkUser(ctx: Ctx, customerId: number, userId: number): Promise<void> {
  await sql`
    update customers set user_id = ${userId}, updated_at = ${ctx.now} where org_id = ${ctx.org.id} and id = ${customerId}
  `.execute(ctx.tx)
}

/** Tokens carry whole seconds: from the next second on, so that none of this second outlives it. */
export async function tokensCountFrom(ctx: Ctx, customerId: number): Promise<Date> {
  const { rows } = await sql<{ from: Date }>`
    update customers set tokens_valid_after = date_trunc('second', ${ctx.now}::timestamptz) + interval '1 second', updated_at = ${ctx.now}
     where org_id = ${ctx.org.id} and id = ${customerId} returning tokens_valid_after as from`.execute(ctx.tx)
  return rows[0]!.from
}
