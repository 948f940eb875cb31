/** Who may act on whom: nobody above their own standing. */
import type { Role } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import { standsAsHigh } from '#domain/standing.ts'
import type { Ctx } from '#platform/context.ts'

/** Who acts in every organisation is made at home only. Refuses not_permitted. */
export function requireStanding({ actor }: Pick<Ctx, 'actor'>, roles: readonly Role[]): void {
  if (actor.kind === 'system') return
  const isAway = actor.kind === 'operator' && roles.includes('platform_admin')
  if (isAway || !('roles' in actor) || !standsAsHigh(actor.roles, roles)) refuse('not_permitted', { roles })
}
