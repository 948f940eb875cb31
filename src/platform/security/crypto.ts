/** Passwords, random secrets and derived keys: the only place that chooses algorithms and their strength. */
import { createHash, createHmac, hkdfSync, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { type Algorithm, hash, verify } from '@node-rs/argon2'
import { openTurns } from '#platform/turns.ts'

const ARGON2ID: Algorithm.Argon2id = 2
const ARGON2 = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** A password takes a whole core for 20 ms and more: one core is left to everything else, however many people log in. */
const inTurn = openTurns(Math.max(1, availableParallelism() - 1))

/** The password as argon2id (19 MiB, two passes), with its own salt. */
export const hashPassword = (password: string): Promise<string> => inTurn(() => hash(password, ARGON2))

/** Whether the password is the one that was hashed. No hash, no match, but the same work: an unknown account takes as long. */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  const against = passwordHash ?? (await nobody())
  const matches = await inTurn(() => verify(against, password))
  return matches && passwordHash !== null
}

let nobodys: Promise<string> | undefined

function nobody(): Promise<string> {
  nobodys ??= hashPassword(randomToken())
  return nobodys
}

export const sha256 = (content: string | Uint8Array): Buffer => createHash('sha256').update(content).digest()

/** A secret nobody can guess, fit for URLs: 32 bytes are 43 characters. */
export const randomToken = (bytes = 32): string => randomBytes(bytes).toString('base64url')

/** Digits for a person to type, every one of them equally likely. */
export const randomDigits = (n: number): string => String(randomInt(10 ** n)).padStart(n, '0')

/** Whether the bytes are the same, in a time that does not tell where they differ. */
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b)

/** A key of its own for each purpose, from the one secret (HKDF-SHA-256): none of them opens what another closed. */
export const deriveKey = (secret: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, 'mkopo', purpose, 32))

/** A hash that only the holder of the key can compute: even a six-digit code cannot be found from a stolen table. */
export const keyedHash = (key: Uint8Array, content: string | Uint8Array): Buffer =>
  createHmac('sha256', key).update(content).digest()
