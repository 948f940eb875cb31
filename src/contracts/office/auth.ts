/** Whose token it is: staff of an organisation, or of the platform acting in it. */
import { refuse } from '#domain/refusal.ts'
import { actorOfSession, type Session, type SessionTerms } from '#modules/identity/identity.ts'
import type { Actor, Organisation, Services } from '#platform/context.ts'
import { openOrganisations } from '#platform/organisations.ts'
import { tokensOf } from '#platform/security/tokens.ts'

export const CONTRACT = 'office'
const ACCESS_SECONDS = 900
const REFRESH_SECONDS = 14 * 86_400

/** Refresh tokens are random, served once each and name their organisation, which the access token then carries on. */
export const sessionTerms: SessionTerms = { seconds: REFRESH_SECONDS }

export interface TokenPair {
  readonly access: string
  readonly refresh: string
}

export function tokenPair(
  services: Services,
  org: Organisation,
  session: Session & { readonly refreshToken: string },
): TokenPair {
  const claims = { sub: String(session.user.id), type: 'access', org: org.slug, sid: session.id }
  const life = { now: services.clock.now(), seconds: ACCESS_SECONDS }
  return {
    access: tokensOf(services.config.secret, CONTRACT).sign(claims, life),
    refresh: `${org.slug}.${session.refreshToken}`,
  }
}

/** An organisation by its slug, through a memory of some seconds. */
export async function organisationBySlug(services: Services, slug: string): Promise<Organisation | null> {
  return openOrganisations(services.db).bySlug(slug)
}

/** The organisation a token belongs to; null for one that is not ours, which `authenticate` then refuses. */
export function homeOf(services: Services, token: string): string | null {
  const claims = opened(services, token)
  return typeof claims.org === 'string' ? claims.org : null
}

const opened = (services: Services, token: string) =>
  tokensOf(services.config.secret, CONTRACT).open(token, { type: 'access', now: services.clock.now() })

/** Refuses not_authenticated, token_expired, and not_permitted to staff of another organisation. */
export async function authenticate(services: Services, org: Organisation, token: string): Promise<Actor> {
  const claims = opened(services, token)
  const home = (await organisationBySlug(services, String(claims.org))) ?? refuse('not_authenticated')
  const session = { id: String(claims.sid), userId: Number(claims.sub), contract: CONTRACT }
  const actor = await actorOfSession(services, home, session)
  if (home.id === org.id || actor.kind !== 'user') return actor
  if (!actor.roles.includes('platform_admin')) refuse('not_permitted')
  return { kind: 'operator', id: actor.id, roles: actor.roles, sessionId: actor.sessionId, home }
}
