/** Signed tokens (JWT, HS256): a key per contract, so that a token of one contract never opens another. */
import { createSigner, createVerifier, TokenError } from 'fast-jwt'
import { refuse } from '#domain/refusal.ts'
import { deriveKey } from '#platform/security/crypto.ts'

interface Claims {
  readonly sub: string
  /** What the token is for: a refresh token opens nothing, an access token refreshes nothing. */
  readonly type: string
  readonly [claim: string]: unknown
}

export type OpenedClaims = Claims & { readonly iat: number; readonly exp?: number; readonly jti?: string }

interface Life {
  readonly now: Date
  /** Null: without end. */
  readonly seconds: number | null
}

export interface Tokens {
  /** A token of this contract with these claims and iat, nbf and exp by the clock given. */
  sign(claims: Claims, life: Life): string
  /** The claims of a token of this contract. Refuses not_authenticated (forged, foreign, other type, not yet valid), token_expired. */
  open(token: string, expected: { readonly type: string; readonly now: Date }): OpenedClaims
}

const opened = new Map<string, Tokens>()

/** The tokens of one contract under the installation's secret. */
export function tokensOf(secret: string, contract: string): Tokens {
  const key = `${contract}:${secret}`
  let tokens = opened.get(key)
  if (!tokens) {
    tokens = build(deriveKey(secret, `token:${contract}`))
    opened.set(key, tokens)
  }
  return tokens
}

function build(key: Buffer): Tokens {
  const sign = createSigner({ algorithm: 'HS256', key })
  // The times are judged by the clock that the caller hands in, not by the machine's.
  const verify = createVerifier({ algorithms: ['HS256'], key, ignoreExpiration: true, ignoreNotBefore: true })
  return {
    sign(claims, life) {
      const iat = seconds(life.now)
      return sign({ ...claims, iat, nbf: iat, ...(life.seconds !== null && { exp: iat + life.seconds }) })
    },
    open(token, expected) {
      const claims = readable(verify, token)
      const now = seconds(expected.now)
      if (claims.exp !== undefined && claims.exp <= now) refuse('token_expired')
      if (typeof claims.nbf === 'number' && claims.nbf > now) refuse('not_authenticated', { reason: 'not_yet_valid' })
      if (claims.type !== expected.type) refuse('not_authenticated', { reason: 'wrong_type', expected: expected.type })
      return claims
    },
  }
}

function readable(verify: (token: string) => unknown, token: string): OpenedClaims {
  try {
    const claims = verify(token) as Partial<OpenedClaims>
    if (typeof claims.sub === 'string' && typeof claims.type === 'string' && typeof claims.iat === 'number') {
      return claims as OpenedClaims
    }
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    if (error.code !== TokenError.codes.malformed) refuse('not_authenticated', { reason: 'forged' })
  }
  return refuse('not_authenticated', { reason: 'malformed' })
}

const seconds = (instant: Date): number => Math.floor(instant.getTime() / 1000)
