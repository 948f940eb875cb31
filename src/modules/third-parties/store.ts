/** Owns: third_parties, consents. */
import { sql } from 'kysely'
import type { Organisation, Ctx } from '#platform/context.ts'
import type { Tx } from '#platform/database/db.ts'

export interface NewThirdParty {
  readonly id: number
  readonly name: string
  readonly keyHash: Buffer
  readonly validUntil: Date
}

export async function insertThirdParty(ctx: Ctx, one: NewThirdParty): Promise<void> {
  const by = 'id' in ctx.actor ? ctx.actor.id : null
  await sql`
    insert into third_parties (org_id, id, name, key_hash, valid_until, created_by, created_at)
    values (${ctx.org.id}, ${one.id}, ${one.name}, ${one.keyHash}, ${one.validUntil}, ${by}, ${ctx.now})`.execute(
    ctx.tx,
  )
}

export interface KeyHolder {
  readonly id: number
  readonly name: string
  readonly validUntil: Date
  readonly revoked: boolean
}

export async function holderOfKey(tx: Tx, org: Organisation, keyHash: Buffer): Promise<KeyHolder | null> {
  const { rows } = await sql<KeyHolder>`
    select id, name, valid_until as "validUntil", revoked_at is not null as revoked from third_parties
     where org_id = ${org.id} and key_hash = ${keyHash}`.execute(tx)
  return rows[0] ?? null
}

/** Ends a key; false when there is none that stands. */
export async function revokeKey(ctx: Ctx, id: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update third_parties set revoked_at = ${ctx.now} where org_id = ${ctx.org.id} and id = ${id} and revoked_at is null
  `.execute(ctx.tx)
  return numAffectedRows === 1n
}

export async function thirdPartyExists(ctx: Ctx, id: number): Promise<boolean> {
  const { rows } = await sql`select from third_parties where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
  return rows.length > 0
}

export interface Consent {
  readonly customerId: number
  readonly thirdPartyId: number
  readonly expiresAt: Date
}

/** Writes a consent; one that stood before is replaced. */
export async function writeConsent(ctx: Ctx, { customerId, thirdPartyId, expiresAt }: Consent): Promise<void> {
  await sql`
    insert into consents (org_id, customer_id, third_party_id, given_at, expires_at)
    values (${ctx.org.id}, ${customerId}, ${thirdPartyId}, ${ctx.now}, ${expiresAt})
    on conflict (org_id, customer_id, third_party_id)
    do update set given_at = excluded.given_at, expires_at = excluded.expires_at, withdrawn_at = null`.execute(ctx.tx)
}

/** Takes a consent back; false when there was none. */
export async function endConsent(ctx: Ctx, customerId: number, thirdPartyId: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update consents set withdrawn_at = ${ctx.now}
     where org_id = ${ctx.org.id} and customer_id = ${customerId} and third_party_id = ${thirdPartyId} and withdrawn_at is null
  `.execute(ctx.tx)
  return numAffectedRows === 1n
}

/** Whether the customer agreed, has not taken it back, and its day has not come. */
export async function consentStands(ctx: Ctx, customerId: number, thirdPartyId: number): Promise<boolean> {
  const { rows } = await sql`
    select from consents
     where org_id = ${ctx.org.id} and customer_id = ${customerId} and third_party_id = ${thirdPartyId} and withdrawn_at is null
       and (expires_at is null or expires_at > ${ctx.now})`.execute(ctx.tx)
  return rows.length > 0
}
