import { createSigner } from 'fast-jwt'
import { describe, expect, it } from 'vitest'
import { Refusal } from '#domain/refusal.ts'
import { deriveKey } from '#platform/security/crypto.ts'
import { tokensOf } from '#platform/security/tokens.ts'

const now = new Date('2026-02-15T09:00:00Z')
const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1000)
const tokens = tokensOf('a secret of the installation', 'sokocredit')
const access = tokens.sign({ sub: 'user_12:mama_mboga', type: 'access', sid: 's1' }, { now, seconds: 900 })

function refusalOf(token: string, at = now, type = 'access'): string {
  try {
    tokens.open(token, { type, now: at })
    return 'opened'
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error)
  }
}

const part = (token: string, n: number): string => token.split('.')[n]!
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('a token of a contract', () => {
  it('gives its claims back until its life ends', () => {
    expect(tokens.open(access, { type: 'access', now: later(899) })).toEqual({
      sub: 'user_12:mama_mboga',
      type: 'access',
      sid: 's1',
      iat: now.getTime() / 1000,
      nbf: now.getTime() / 1000,
      exp: now.getTime() / 1000 + 900,
    })
    expect(refusalOf(access, later(900))).toBe('token_expired')
    expect(refusalOf(access, later(-5))).toBe('not_authenticated')
    const endless = tokens.sign({ sub: 'user_1:admin', type: 'refresh' }, { now, seconds: null })
    expect(tokens.open(endless, { type: 'refresh', now: later(1e9) }).exp).toBeUndefined()
  })

  it.each([
    ['is empty', ''],
    ['is no token', 'not.a.token'],
    [
      'has other claims than were signed',
      `${part(access, 0)}.${encoded({ sub: 'user_1:admin', type: 'access', iat: 1 })}.${part(access, 2)}`,
    ],
    ['says it needs no signature', `${encoded({ alg: 'none', typ: 'JWT' })}.${part(access, 1)}.`],
    [
      'says none and keeps the signature',
      `${encoded({ alg: 'none', typ: 'JWT' })}.${part(access, 1)}.${part(access, 2)}`,
    ],
    ['lost its signature', `${part(access, 0)}.${part(access, 1)}.`],
    [
      'is of another contract',
      tokensOf('a secret of the installation', 'visionfund').sign(
        { sub: 'user_12:mama_mboga', type: 'access' },
        { now, seconds: 900 },
      ),
    ],
    [
      'is of another installation',
      tokensOf('another secret', 'sokocredit').sign(
        { sub: 'user_12:mama_mboga', type: 'access' },
        { now, seconds: 900 },
      ),
    ],
    [
      'is signed with another algorithm',
      createSigner({ algorithm: 'HS512', key: deriveKey('a secret of the installation', 'token:sokocredit') })({
        sub: 'user_12:mama_mboga',
        type: 'access',
      }),
    ],
    ['is for refreshing', tokens.sign({ sub: 'user_12:mama_mboga', type: 'refresh' }, { now, seconds: 900 })],
    [
      'names nobody',
      createSigner({ algorithm: 'HS256', key: deriveKey('a secret of the installation', 'token:sokocredit') })({
        type: 'access',
      }),
    ],
  ])('opens nothing when it %s', (_, token) => {
    expect(refusalOf(token)).toBe('not_authenticated')
  })
})
