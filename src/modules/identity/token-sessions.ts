/** Sessions of tokens whose claims a contract fixes: the token cannot name its session, so the session is found by the token. */
import { refuse } from '#domain/refusal.ts'
import { actorOfSession } from '#modules/identity/sessions.ts'
import * as store from '#modules/identity/store.ts'
import type { Actor, Ctx, Organisation, Services } from '#platform/context.ts'
import { sha256 } from '#platform/security/crypto.ts'

export interface TokenTerms {
  readonly seconds: number
  /** The contract's token, dated from an instant: whole seconds later it is another one. */
  sign(issuedAt: Date): string
}

/**
 * Opens a session for a user whose identity is beyond doubt and returns its token. Tokens of one second are alike and share
 * their session; where that session has ended, the next second's token is issued. Refuses account_disabled, user_not_found.
 */
export async function openTokenSession(ctx: Ctx, userId: number, terms: TokenTerms): Promise<string> {
  const account = (await store.lockAccount(ctx, userId, 'share')) ?? refuse('user_not_found')
  if (account.status !== 'active') refuse('account_disabled')
  for (let at = ctx.now; ; at = new Date(at.getTime() + 1000)) {
    const token = terms.sign(at)
    const expiresAt = new Date(at.getTime() + terms.seconds * 1000)
    if (await store.openSessionOnce(ctx, { id: sessionOf(token), userId, refreshHash: null, expiresAt })) return token
  }
}

/**
 * Whom a token of a contract speaks for today; its signature and times are the caller's to check. Refuses not_authenticated
 * where no session stands behind it: none was opened, it was ended, or its user is disabled.
 */
export async function actorOfToken(
  services: Services,
  org: Organisation,
  { token, contract }: { readonly token: string; readonly contract: string },
): Promise<Extract<Actor, { kind: 'user' }>> {
  return actorOfSession(services, org, { id: sessionOf(token), contract })
}

/** The first half of the token's hash, as a UUID. */
function sessionOf(token: string): string {
  const hex = sha256(token).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
