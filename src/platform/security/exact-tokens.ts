/** Signed tokens (JWT, HS256) for contracts that fix every claim of theirs: nothing is added. */
import { createSigner, createVerifier, TokenError } from 'fast-jwt'
import { refuse } from '#domain/refusal.ts'
import { deriveKey } from '#platform/security/crypto.ts'

export type ExactClaims = Readonly<Record<string, unknown>> & { readonly iat: number; readonly exp: number }

/** Signs the claims under the contract's own key; a token of one contract never opens another. */
export function signExactly(secret: string, contract: string, claims: ExactClaims): string {
  return createSigner({ algorithm: 'HS256', key: keyOf(secret, contract) })({ ...claims })
}

/** The claims of a token of the contract. Refuses not_authenticated (malformed, forged, foreign, from the future), token_expired. */
export function openExactly(
  secret: string,
  contract: string,
  { token, now }: { token: string; now: Date },
): ExactClaims {
  const options = { algorithms: ['HS256' as const], key: keyOf(secret, contract) }
  const verify = createVerifier({ ...options, ignoreExpiration: true, ignoreNotBefore: true })
  const claims = readable(verify, token)
  const seconds = Math.floor(now.getTime() / 1000)
  if (claims.exp <= seconds) refuse('token_expired')
  if (claims.iat > seconds + LEEWAY_SECONDS) refuse('not_authenticated', { reason: 'not_yet_valid' })
  return claims
}

/** Clocks of several servers differ a little. */
const LEEWAY_SECONDS = 60

function readable(verify: (token: string) => unknown, token: string): ExactClaims {
  try {
    const claims = verify(token) as Partial<ExactClaims>
    if (typeof claims.iat === 'number' && typeof claims.exp === 'number') return claims as ExactClaims
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
  }
  return refuse('not_authenticated', { reason: 'malformed' })
}

const keys = new Map<string, Buffer>()

function keyOf(secret: string, contract: string): Buffer {
  const name = `${contract}:${secret}`
  const key = keys.get(name) ?? deriveKey(secret, `token:${contract}`)
  keys.set(name, key)
  return key
}
