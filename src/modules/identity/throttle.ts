/** Attempts counted per account and per address over all processes, so that guessing and sending are slowed. */
import { refuse } from '#domain/refusal.ts'
import * as store from '#modules/identity/store.ts'
import type { Ctx } from '#platform/context.ts'
import { sha256 } from '#platform/security/crypto.ts'
import { emit } from '#platform/events/events.ts'

export interface Limit {
  readonly key: string
  /** Attempts allowed in a window; the window opens with the first of them. */
  readonly most: number
  readonly seconds: number
  /** Of a login: an account from one address, an account from anywhere, an address whatever it asks for. */
  readonly of?: 'pair' | 'account' | 'address'
}

const WINDOW_SECONDS = 900
const FROM_ONE_ADDRESS = 10

/** Wrong logins that are borne in a quarter of an hour: of an account from anywhere, and from an address for all accounts. */
interface Patience {
  readonly account: number
  readonly address: number
}

const USUAL: Patience = { account: 100, address: 100 }

/**
 * Wrong passwords in a quarter of an hour: ten for an account from one address, so that a stranger's guesses shut out the
 * stranger and not the owner; a hundred for an account from anywhere; a hundred from an address (many people share one).
 */
export const loginLimits = (ctx: Pick<Ctx, 'address'>, account: string, patience = USUAL): Limit[] => [
  ...(ctx.address === ''
    ? []
    : [limit('pair', `login ${account}${FROM}${ctx.address}`, Math.min(FROM_ONE_ADDRESS, patience.account))]),
  limit('account', `login ${account}`, patience.account),
  ...addressLimit('login', ctx.address, patience.address),
]

const FROM = ' from '
const limit = (of: NonNullable<Limit['of']>, key: string, most: number): Limit => ({
  of,
  key,
  most,
  seconds: WINDOW_SECONDS,
})

/** What must not be exceeded: where the owner has logged in from before, what others guess elsewhere does not count. */
export const borne = (limits: readonly Limit[], addressIsKnown: boolean): Limit[] =>
  limits.filter(({ of }) => of !== 'account' || !addressIsKnown)

/** Codes and tokens sent: ten for an account, fifty asked for from an address in a quarter of an hour. */
export const sendingLimits = (ctx: Pick<Ctx, 'address'>, purpose: string, account: string): Limit[] => [
  limit('account', `${purpose} ${account}`, 10),
  ...addressLimit(purpose, ctx.address, 50),
]

/** A hundred people register from an address in a quarter of an hour: many share one, nobody needs more. */
export const registrationLimits = (ctx: Pick<Ctx, 'address'>): Limit[] => addressLimit('registration', ctx.address, 100)

const addressLimit = (purpose: string, address: string, most: number): Limit[] =>
  address === '' ? [] : [limit('address', `${purpose}${FROM}${address}`, most)]

/** The account a limit counts for: the user, however he was called, or the name that nobody answers to. */
export const accountKey = (userId: number | undefined, identifier: string): string =>
  userId === undefined ? `name ${sha256(identifier.trim().toLowerCase()).toString('base64url')}` : `user ${userId}`

/**
 * Refuses too_many_attempts when a limit is reached. With `lock`, everybody who counts against the same limits waits until
 * this transaction ends: of many guesses at once no more than the limit are answered. Whoever counts afterwards must lock.
 */
export async function refuseBeyond(ctx: Ctx, limits: readonly Limit[], lock = false): Promise<void> {
  if (limits.length === 0) return
  const rows = await (lock ? store.lockThrottles : store.readThrottles)(ctx, limits)
  const ends = rows
    .filter((row) => row.failures >= limits.find((one) => one.key === row.key)!.most)
    .map((row) => row.windowEnd.getTime())
  if (ends.length === 0) return
  refuse('too_many_attempts', { retryAfterSeconds: (Math.max(...ends) - ctx.now.getTime()) / 1000 })
}

/** Counts one attempt that is within the limits. Refuses too_many_attempts. */
export async function countWithin(ctx: Ctx, limits: readonly Limit[]): Promise<void> {
  await refuseBeyond(ctx, limits, true)
  await countAgainst(ctx, limits)
}

/** Counts one attempt against each limit and returns the limits that are reached with it. */
export async function countAgainst(ctx: Ctx, limits: readonly Limit[]): Promise<Limit[]> {
  if (limits.length === 0) return []
  const rows = await store.countThrottles(ctx, limits)
  return limits.filter((one) => rows.some((row) => row.key === one.key && row.failures === one.most))
}

/** Whose login failed; null: nobody's that is known. */
export type Knocking = { readonly userId: number } | { readonly customerId: number } | null

/**
 * Counts a failed login against account and address, and states it as a fact, once a lock-out, when somebody or a whole
 * address is locked out by it.
 */
export async function countFailedLogin(ctx: Ctx, limits: readonly Limit[], who: Knocking): Promise<void> {
  const reached = await countAgainst(ctx, limits)
  const { address } = ctx
  if (reached.some(({ of }) => of === 'address')) {
    emit(ctx, 'address.locked_out', { address })
  }
  if (who === null || !reached.some(({ of }) => of !== 'address')) return
  if ('userId' in who) {
    const data = { user_id: who.userId, address }
    emit(ctx, 'user.locked_out', data)
  } else {
    const data = { customer_id: who.customerId, address }
    emit(ctx, 'customer.locked_out', data)
  }
}

/**
 * Forgets the wrong passwords that came from where the owner has just logged in. Those from elsewhere go on counting: his
 * logins do not buy a guesser new attempts.
 */
export const forgive = (ctx: Ctx, userId: number): Promise<void> =>
  store.deleteThrottles(ctx, [`login ${accountKey(userId, '')}${FROM}${ctx.address}`])

/** Forgets all that was counted against an account's logins: its owner has shown otherwise who he is. */
export const forgiveAll = (ctx: Ctx, userId: number): Promise<void> => {
  const key = `login ${accountKey(userId, '')}`
  return store.deleteThrottles(ctx, [key], `${key}${FROM}`)
}
