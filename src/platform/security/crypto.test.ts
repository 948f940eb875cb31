import { describe, expect, it } from 'vitest'
import {
  deriveKey,
  hashPassword,
  keyedHash,
  randomDigits,
  randomToken,
  sameBytes,
  sha256,
  verifyPassword,
} from '#platform/security/crypto.ts'

describe('passwords', () => {
  it('are kept as argon2id with 19 MiB and two passes, salted', async () => {
    const [one, two] = await Promise.all([hashPassword('siri kubwa'), hashPassword('siri kubwa')])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(one).not.toBe(two)
    expect(await verifyPassword(one, 'siri kubwa')).toBe(true)
    expect(await verifyPassword(one, 'siri Kubwa')).toBe(false)
    expect(await verifyPassword(one, '')).toBe(false)
  })

  it('of an unknown account never match, and take as long to say so', async () => {
    const known = await hashPassword('siri kubwa')
    await verifyPassword(null, 'warm')
    const time = async (passwordHash: string | null): Promise<number> => {
      const start = performance.now()
      for (let n = 0; n < 5; n++) expect(await verifyPassword(passwordHash, 'wrong')).toBe(false)
      return performance.now() - start
    }
    const unknown = await time(null)
    expect(unknown).toBeGreaterThan((await time(known)) / 4)
  })
})

describe('secrets', () => {
  it('are random, of the length asked for', () => {
    expect(randomToken()).toMatch(/^[\w-]{43}$/)
    expect(new Set(Array.from({ length: 100 }, () => randomToken())).size).toBe(100)
    const codes = Array.from({ length: 300 }, () => randomDigits(6))
    for (const code of codes) expect(code).toMatch(/^\d{6}$/)
    expect(new Set(codes).size).toBeGreaterThan(290)
  })

  it('have a key for each purpose and each installation', () => {
    const keys = [deriveKey('a', 'x'), deriveKey('a', 'y'), deriveKey('b', 'x')].map((key) => key.toString('hex'))
    expect(new Set(keys).size).toBe(3)
    expect(deriveKey('a', 'x')).toHaveLength(32)
    expect(keyedHash(deriveKey('a', 'x'), '123456')).not.toEqual(keyedHash(deriveKey('b', 'x'), '123456'))
  })

  it('are compared whole', () => {
    expect(sameBytes(sha256('a'), sha256('a'))).toBe(true)
    expect(sameBytes(sha256('a'), sha256('b'))).toBe(false)
    expect(sameBytes(sha256('a'), sha256('a').subarray(1))).toBe(false)
    expect(sha256('').toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })
})
