/** Which customers are within somebody's reach, as conditions over `customers c` and `collection_customers f`: one query, whatever the depth. */
import { type RawBuilder, sql } from 'kysely'
import { type Extent, reachOf } from '#domain/collections/reach.ts'
import type { Ctx } from '#platform/context.ts'

export type Asking = Pick<Ctx, 'org' | 'tx' | 'actor'>

/** How far the actor's reading or writing goes; the system's goes everywhere. */
export function extentOf({ actor }: Pick<Ctx, 'actor'>, of: 'read' | 'write'): Extent {
  if (actor.kind === 'system') return 'all'
  return 'roles' in actor ? reachOf(actor.roles)[of] : 'none'
}

/** The actor's id among the organisation's users; 0 for whoever is none of them. */
export const actingUser = ({ actor }: Pick<Ctx, 'actor'>): number => (actor.kind === 'user' ? actor.id : 0)

/** The actor and everybody below him, however deep; a circle of managers ends by itself. */
const team = (ctx: Asking): RawBuilder<unknown> => sql`(
  with recursive below (id) as (
    select ${actingUser(ctx)}::integer
     union
    select u.id from users u join below b on u.manager_id = b.id where u.org_id = ${ctx.org.id}
  ) select id from below)`

/** Whether a user (a column) is the actor or below him, as far as the extent goes. */
export function isTeam(ctx: Asking, extent: Extent, column: RawBuilder<unknown>): RawBuilder<boolean> {
  if (extent === 'all') return sql<boolean>`true`
  if (extent === 'tree') return sql<boolean>`coalesce(${column} in ${team(ctx)}, false)`
  return extent === 'own' ? sql<boolean>`coalesce(${column} = ${actingUser(ctx)}, false)` : sql<boolean>`false`
}

/** Assigned to the actor or to somebody below him, or created by himself. */
export function isWithin(ctx: Asking, of: 'read' | 'write'): RawBuilder<boolean> {
  const extent = extentOf(ctx, of)
  if (extent === 'all') return sql<boolean>`true`
  if (extent === 'none') return sql<boolean>`false`
  return sql<boolean>`(${isTeam(ctx, extent, sql`f.assigned_to`)} or coalesce(c.created_by = ${actingUser(ctx)}, false))`
}
