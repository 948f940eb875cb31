/** VisionFund's tokens: an hour of one's login, or the key of an institution. */
import { randomUUID } from 'node:crypto'
import { actorOfSession, type Session } from '#modules/identity/identity.ts'
import { isThirdPartyKey, thirdPartyOf } from '#modules/third-parties/third-parties.ts'
import type { Role } from '#domain/permission.ts'
import type { Actor, Door, Organisation, Services } from '#platform/context.ts'
import type { TokenPlaces } from '#platform/security/token-places.ts'
import { tokensOf } from '#platform/security/tokens.ts'

export const CONTRACT = 'visionfund'
export const TOKEN_SECONDS = 3_600

/** Institutions send their key in this header. */
const header = 'x-api-key'

/** Where the document puts the token: `token` of either, `user_token` of staff, `client_token` of clients. */
export const anyToken: TokenPlaces = { fields: ['token', 'client_token', 'user_token'], header }
export const clientToken: TokenPlaces = { fields: ['client_token', 'token'], header }
export const userToken: TokenPlaces = { fields: ['user_token', 'token'], header }

/** `client` or `user`, as the document calls a client and staff. */
export const roleWord = (roles: readonly Role[]): 'client' | 'user' =>
  roles.every((role) => role === 'customer') ? 'client' : 'user'

/** A token of the session, until its end; the role is for its holder to read, what counts is read anew on every request. */
export function tokenOf({ services, now }: Door, session: Session): string {
  const { id, user } = session
  const claims = { sub: String(user.id), type: 'access', role: roleWord(user.roles), sid: id, jti: randomUUID() }
  const seconds = Math.floor((session.expiresAt.getTime() - now.getTime()) / 1000) // tidy: seconds, not money
  return tokensOf(services.config.secret, CONTRACT).sign(claims, { now, seconds })
}

/** Refuses not_authenticated, token_expired, too_many_attempts to who tries keys of institutions. */
// tidy: as the contract has it
export async function authenticate(
  services: Services,
  org: Organisation,
  token: string,
  address: string,
): Promise<Actor> {
  if (isThirdPartyKey(token)) return thirdPartyOf(services, org, { key: token, address })
  const claims = tokensOf(services.config.secret, CONTRACT).open(token, { type: 'access', now: services.clock.now() })
  return actorOfSession(services, org, { id: String(claims.sid), userId: Number(claims.sub), contract: CONTRACT })
}
