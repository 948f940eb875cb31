/** Attempts counted per account and per address over all processes, so that guessing and sending are slowed. */
import { refuse } from '#domain/refusal.ts'
import * as store from '#modules/identity/store.ts'
import type { Ctx } from '#platform/context.ts'
import { sha256 } from '#platform/crypto.ts'

export interface Limit {
  readonly key: string
  /** Attempts allowed in a window; the window opens with the first of them. */
  readonly most: number
  readonly seconds: number
}

const WINDOW_SECONDS = 900

/** Wrong passwords: ten for an account, a hundred from an address (many people share one) in a quarter of an hour. */
export const loginLimits = (ctx: Pick<Ctx, 'address'>, account: string): Limit[] => [
  { key: `login ${account}`, most: 10, seconds: WINDOW_SECONDS },
  ...addressLimit('login', ctx.address, 100),
]

/** Codes and tokens sent: ten for an account, fifty asked for from an address in a quarter of an hour. */
export const sendingLimits = (ctx: Pick<Ctx, 'address'>, purpose: string, account: string): Limit[] => [
  { key: `${purpose} ${account}`, most: 10, seconds: WINDOW_SECONDS },
  ...addressLimit(purpose, ctx.address, 50),
]

const addressLimit = (purpose: string, address: string, most: number): Limit[] =>
  address === '' ? [] : [{ key: `${purpose} from ${address}`, most, seconds: WINDOW_SECONDS }]

/** The account a limit counts for: the user, however he was called, or the name that nobody answers to. */
export const accountKey = (userId: number | undefined, identifier: string): string =>
  userId === undefined ? `name ${sha256(identifier.trim().toLowerCase()).toString('base64url')}` : `user ${userId}`

/**
 * Refuses too_many_attempts when a limit is reached. Locking makes those who are counting wait for the verdict, so that
 * of many guesses at once no more than the limit are ever answered.
 */
export async function refuseBeyond(ctx: Ctx, limits: readonly Limit[], lock = false): Promise<void> {
  const rows = await store.readThrottles(
    ctx,
    limits.map((limit) => limit.key),
    lock,
  )
  const ends = rows
    .filter((row) => row.failures >= limits.find((limit) => limit.key === row.key)!.most)
    .map((row) => row.windowEnd.getTime())
  if (ends.length === 0) return
  refuse('too_many_attempts', { retryAfterSeconds: (Math.max(...ends) - ctx.now.getTime()) / 1000 })
}

/** Counts one attempt against each limit and returns the keys whose limit is reached with it. */
export async function countAgainst(ctx: Ctx, limits: readonly Limit[]): Promise<string[]> {
  const rows = await store.countThrottles(ctx, limits)
  return rows.filter((row) => row.failures === limits.find((l) => l.key === row.key)!.most).map((row) => row.key)
}

/** Forgets what was counted against an account's logins: its owner has shown who he is. */
export const forgive = (ctx: Ctx, userId: number): Promise<void> => store.deleteThrottle(ctx, `login user ${userId}`)
