/** What administrators change of users, and who stands between whom. */
import { sql } from 'kysely'
import { ADMINISTRATORS } from '#domain/standing.ts'
import type { Ctx } from '#platform/context.ts'

export async function markInvited(ctx: Ctx, userId: number): Promise<void> {
  await sql`update users set invited_at = ${ctx.now} where org_id = ${ctx.org.id} and id = ${userId}`.execute(ctx.tx)
}

/**
 * Locks everybody who runs the organisation, in the order of their ids, so that two of them cannot remove each other at once.
 * Answers how many there are besides one; whoever has not accepted their invitation does not count.
 */
export async function lockAdministrators(ctx: Ctx, besides: number): Promise<number> {
  const { rows } = await sql<{ id: number; counts: boolean }>`
    select id, invited_at is null as counts from users
     where org_id = ${ctx.org.id} and status = 'active' and roles && ${ADMINISTRATORS}::text[]
     order by id for no key update`.execute(ctx.tx)
  return rows.filter(({ id, counts }) => counts && id !== besides).length
}

/** Whether somebody reports to another, directly or through others, or is that other. */
export async function standsBelow(ctx: Ctx, userId: number, managerId: number): Promise<boolean> {
  const { rows } = await sql`
    with recursive above (id) as (
      select ${userId}::integer
      union
      select u.manager_id from users u join above a on u.org_id = ${ctx.org.id} and u.id = a.id where u.manager_id is not null
    )
    select from above where id = ${managerId}`.execute(ctx.tx)
  return rows.length > 0
}
