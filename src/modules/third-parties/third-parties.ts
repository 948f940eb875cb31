/** Other institutions that may look customers up: each with a key that ends, each only where the customer agreed, each look noted. */
import { permits } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import { countWithin, type Limit, refuseBeyond } from '#modules/identity/identity.ts'
import * as store from '#modules/third-parties/store.ts'
import {
  type Actor,
  type Ctx,
  type Organisation,
  reachingCustomer,
  type Services,
  systemDoor,
  transact,
} from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { randomToken, sha256 } from '#platform/security/crypto.ts'
import { emit, emitAttempt } from '#platform/events/events.ts'

const PREFIX = 'mk_'
const DAY_MS = 86_400_000
export const LONGEST_VALID_DAYS = 730

/** Whether a token is a key of an institution rather than somebody's login. */
export const isThirdPartyKey = (token: string): boolean => token.startsWith(PREFIX)

/** Lets an institution in for some days. The key is shown this once. */
export async function registerThirdParty(
  ctx: Ctx,
  { name, validDays }: { readonly name: string; readonly validDays: number },
): Promise<{ id: number; key: string; validUntil: Date }> {
  const id = await takeNumbers(ctx, 'third_party')
  const key = PREFIX + randomToken()
  const validUntil = new Date(ctx.now.getTime() + Math.min(validDays, LONGEST_VALID_DAYS) * DAY_MS)
  await store.insertThirdParty(ctx, { id, name: name.trim(), keyHash: sha256(key), validUntil })
  emit(ctx, 'third_party.registered', { third_party_id: id, name })
  return { id, key, validUntil }
}

/** Ends an institution's key. Refuses third_party_not_found. */
export async function revokeThirdParty(ctx: Ctx, id: number): Promise<void> {
  if (!(await store.revokeKey(ctx, id))) refuse('third_party_not_found')
  emit(ctx, 'third_party.revoked', { third_party_id: id })
}

export interface ShownKey {
  readonly key: string
  /** Who shows it, by his network address; empty: unknown. */
  readonly address: string
}

/**
 * The institution whose key it is. Wrong keys count against the address they come from. Refuses not_authenticated,
 * token_expired, too_many_attempts.
 */
export async function thirdPartyOf(services: Services, org: Organisation, { key, address }: ShownKey): Promise<Actor> {
  const door = systemDoor(services, org, 'third parties')
  const limits = wrongKeyLimits(address)
  const holder = await transact(door, async (ctx) => {
    await refuseBeyond(ctx, limits)
    const found = await store.holderOfKey(ctx.tx, org, sha256(key))
    // Only wrong keys wait for each other; requests of an institution do not.
    if (!found) await countWithin(ctx, limits)
    return found
  })
  if (!holder || holder.revoked) refuse('not_authenticated', { reason: 'revoked' })
  if (holder.validUntil <= services.clock.now()) refuse('token_expired')
  return { kind: 'third_party', id: holder.id, name: holder.name, roles: ['third_party'] }
}

/** Twenty wrong keys from an address in a quarter of an hour. */
const wrongKeyLimits = (address: string): Limit[] =>
  address === '' ? [] : [{ key: `third party key from ${address}`, most: 20, seconds: 900 }]

export interface Agreement {
  readonly customerId: number
  readonly thirdPartyId: number
  readonly validDays: number
}

/**
 * The customer agrees that an institution looks him up, for some days or until he takes it back; answers when it ends.
 * Agreeing anew begins anew. Refuses third_party_not_found.
 */
export async function giveConsent(ctx: Ctx, { customerId, thirdPartyId, validDays }: Agreement): Promise<Date> {
  if (!(await store.thirdPartyExists(ctx, thirdPartyId))) refuse('third_party_not_found')
  const expiresAt = new Date(ctx.now.getTime() + Math.min(validDays, LONGEST_VALID_DAYS) * DAY_MS)
  await store.writeConsent(ctx, { customerId, thirdPartyId, expiresAt })
  emit(ctx, 'consent.given', { customer_id: customerId, third_party_id: thirdPartyId })
  return expiresAt
}

/** Refuses consent_missing where there is nothing to take back. */
export async function withdrawConsent(ctx: Ctx, customerId: number, thirdPartyId: number): Promise<void> {
  if (!(await store.endConsent(ctx, customerId, thirdPartyId))) refuse('consent_missing')
  emit(ctx, 'consent.withdrawn', { customer_id: customerId, third_party_id: thirdPartyId })
}

/**
 * Lets the actor see what is kept of a customer, and notes it unless they look at themselves; whoever is not let is noted too.
 * Answers the context to read on in: an institution reaches this customer, anybody else what they reach anyway. Refuses
 * not_yours to other customers, consent_missing to institutions that the customer has not agreed to, or no longer.
 */
export async function lookUp(ctx: Ctx, customerId: number, what: string): Promise<Ctx> {
  const { actor } = ctx
  if (actor.kind === 'user' && actor.customerId === customerId) return ctx
  const data = { customer_id: customerId, what, by: 'name' in actor ? actor.name : null }
  const reason = await whyNot(ctx, customerId)
  if (reason !== null) {
    emitAttempt(ctx, 'customer.look_refused', { ...data, reason })
    refuse(reason)
  }
  emit(ctx, 'customer.looked_up', data)
  return actor.kind === 'third_party' ? reachingCustomer(ctx, customerId) : ctx
}

/** Why the actor may not look at a customer, or null. */
async function whyNot(ctx: Ctx, customerId: number): Promise<'consent_missing' | 'not_yours' | null> {
  const { actor } = ctx
  if (actor.kind === 'third_party') {
    return (await store.consentStands(ctx, customerId, actor.id)) ? null : 'consent_missing'
  }
  return 'roles' in actor && permits(actor.roles, 'customer.list') ? null : 'not_yours'
}
