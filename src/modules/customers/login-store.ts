/** Which login is a customer's. */
import { sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

export async function linkUser(ctx: Ctx, customerId: number, userId: number): Promise<void> {
  await sql`
    update customers set user_id = ${userId}, updated_at = ${ctx.now} where org_id = ${ctx.org.id} and id = ${customerId}
  `.execute(ctx.tx)
}
