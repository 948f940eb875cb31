/** SokoCredit's tokens: `user_<id>:<role>`, fifteen minutes of access, thirty days of refresh with one and the same token. */
import { randomUUID } from 'node:crypto'
import { refuse } from '#domain/refusal.ts'
import { roleWord } from '#contracts/sokocredit/roles.ts'
import { actorOfSession, type OpenedSession, type Session, type SessionTerms } from '#modules/identity/identity.ts'
import type { User } from '#modules/identity/views.ts'
import type { Actor, Door, Organisation, Services } from '#platform/context.ts'
import { type OpenedClaims, tokensOf } from '#platform/security/tokens.ts'

export const CONTRACT = 'sokocredit'
const ACCESS_SECONDS = 900
const REFRESH_SECONDS = 30 * 86_400

type TokenType = 'access' | 'refresh'

/** The role in the identity is for clients to read; what counts is read anew on every request. */
const claimsOf = (session: Session, type: TokenType, fresh: boolean) => ({
  sub: `user_${session.user.id}:${roleWord(session.user.roles)}`,
  type,
  jti: randomUUID(),
  fresh,
  csrf: randomUUID(),
  sid: session.id,
})

export function sessionTerms({ services, now }: Door): SessionTerms {
  const tokens = tokensOf(services.config.secret, CONTRACT)
  return {
    seconds: REFRESH_SECONDS,
    refreshToken: (session) => tokens.sign(claimsOf(session, 'refresh', false), { now, seconds: REFRESH_SECONDS }),
  }
}

/** An access token of the session; fresh when a password was just given. */
export function accessToken({ services, now }: Door, session: Session, fresh: boolean): string {
  const claims = claimsOf(session, 'access', fresh)
  return tokensOf(services.config.secret, CONTRACT).sign(claims, { now, seconds: ACCESS_SECONDS })
}

export const tokenPair = (door: Door, session: OpenedSession): { access_token: string; refresh_token: string } => ({
  access_token: accessToken(door, session, true),
  refresh_token: session.refreshToken,
})

/** The session that a refresh token is of. Refuses not_authenticated, token_expired. */
export function sessionOfRefreshToken({ services, now }: Door, token: string): string {
  return String(tokensOf(services.config.secret, CONTRACT).open(token, { type: 'refresh', now }).sid)
}

/** Refuses not_authenticated, token_expired. */
export async function authenticate(services: Services, org: Organisation, token: string): Promise<Actor> {
  const claims = tokensOf(services.config.secret, CONTRACT).open(token, { type: 'access', now: services.clock.now() })
  return actorOfSession(services, org, { id: String(claims.sid), userId: userIdOf(claims), contract: CONTRACT })
}

/** `user_12:mama_mboga`, as the document has it, or `12:mama_mboga`. */
const userIdOf = ({ sub }: OpenedClaims): number => Number(/^(?:user_)?(\d{1,9}):/.exec(sub)?.[1] ?? Number.NaN)

/** The id of the user who asks. Refuses not_authenticated. */
export function me({ actor }: Pick<Door, 'actor'>): User['id'] {
  return actor.kind === 'user' ? actor.id : refuse('not_authenticated')
}
