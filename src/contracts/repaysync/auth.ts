/** RepaySync's tokens: an hour of access, a day of refresh with one and the same token, claims as its clients decode them. */
import { randomUUID } from 'node:crypto'
import { refuse } from '#domain/refusal.ts'
import { actorOfSession, type OpenedSession, type Session, type SessionTerms } from '#modules/identity/identity.ts'
import type { Actor, Door, Organisation, Services } from '#platform/context.ts'
import { tokensOf } from '#platform/security/tokens.ts'

export const CONTRACT = 'repaysync'
const ACCESS_SECONDS = 3_600
const REFRESH_SECONDS = 86_400

const claimsOf = ({ id, user }: Session, type: 'access' | 'refresh') => ({
  sub: String(user.id),
  type,
  token_type: type,
  jti: randomUUID().replaceAll('-', ''),
  user_id: user.id,
  sid: id,
})

export function sessionTerms({ services, now }: Door): SessionTerms {
  const tokens = tokensOf(services.config.secret, CONTRACT)
  return {
    seconds: REFRESH_SECONDS,
    refreshToken: (session) => tokens.sign(claimsOf(session, 'refresh'), { now, seconds: REFRESH_SECONDS }),
  }
}

export function accessToken({ services, now }: Door, session: Session): string {
  return tokensOf(services.config.secret, CONTRACT).sign(claimsOf(session, 'access'), { now, seconds: ACCESS_SECONDS })
}

export const tokenPair = (door: Door, session: OpenedSession): { access: string; refresh: string } => ({
  access: accessToken(door, session),
  refresh: session.refreshToken,
})

/** The session that a refresh token is of. Refuses not_authenticated, token_expired. */
export function sessionOfRefreshToken({ services, now }: Door, token: string): string {
  return String(tokensOf(services.config.secret, CONTRACT).open(token, { type: 'refresh', now }).sid)
}

/** Refuses not_authenticated, token_expired. */
export async function authenticate(services: Services, org: Organisation, token: string): Promise<Actor> {
  const claims = tokensOf(services.config.secret, CONTRACT).open(token, { type: 'access', now: services.clock.now() })
  return actorOfSession(services, org, { id: String(claims.sid), userId: Number(claims.sub), contract: CONTRACT })
}

/** The id of the user who asks. Refuses not_authenticated. */
export const me = ({ actor }: Pick<Door, 'actor'>): number =>
  actor.kind === 'user' ? actor.id : refuse('not_authenticated')
