/** Owns: login_addresses. */
import { sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

export async function isKnownAddress(ctx: Ctx, userId: number): Promise<boolean> {
  const { rows } = await sql`
    select from login_addresses where org_id = ${ctx.org.id} and user_id = ${userId} and address = ${ctx.address}
  `.execute(ctx.tx)
  return rows.length > 0
}

/** Written once a day at most, so that logging in again and again from one place costs a read. */
export async function noteAddress(ctx: Ctx, userId: number): Promise<'first' | 'new' | 'known'> {
  const { rows } = await sql<{ known: boolean }>`
    select address = ${ctx.address} as known from login_addresses
     where org_id = ${ctx.org.id} and user_id = ${userId} order by 1 desc limit 1`.execute(ctx.tx)
  const dayAgo = new Date(ctx.now.getTime() - 86_400_000)
  await sql`
    insert into login_addresses as a (org_id, user_id, address, first_seen_at, last_seen_at)
    values (${ctx.org.id}, ${userId}, ${ctx.address}, ${ctx.now}, ${ctx.now})
    on conflict (org_id, user_id, address) do update set last_seen_at = excluded.last_seen_at
     where a.last_seen_at < ${dayAgo}`.execute(ctx.tx)
  if (rows.length === 0) return 'first'
  return rows[0]!.known ? 'known' : 'new'
}

export async function forgetAddresses(ctx: Ctx, before: Date): Promise<void> {
  await sql`delete from login_addresses where org_id = ${ctx.org.id} and last_seen_at < ${before}`.execute(ctx.tx)
}
