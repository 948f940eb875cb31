/** Owns: phone_models, devices, device_lock_changes, device_tokens. */
import { sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import type { LockCause, LockStatus } from '#domain/devices/lock.ts'
import { reachesLoan } from '#modules/access/views.ts'
import { type Device, type DeviceToken, deviceById, devicesByIds } from '#modules/devices/views.ts'
import { actorLabel, type Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'

export interface NewPhoneModel {
  readonly brand: string
  readonly model: string
  /** Minor units, positive. */
  readonly price: bigint
}

export async function insertPhoneModel(ctx: Ctx, given: NewPhoneModel): Promise<number> {
  const id = await takeNumbers(ctx, 'phone_model')
  await sql`
    insert into phone_models (org_id, id, brand, model, price, created_at)
    values (${ctx.org.id}, ${id}, ${given.brand}, ${given.model}, ${given.price}, ${ctx.now})`.execute(ctx.tx)
  return id
}

export type ModelStatus = 'active' | 'retired'

/** Null: there is none. Held as it is until the transaction ends. */
export async function phoneModelStatus(ctx: Ctx, id: number): Promise<ModelStatus | null> {
  const { rows } = await sql<{ status: ModelStatus }>`
    select status from phone_models where org_id = ${ctx.org.id} and id = ${id} for share`.execute(ctx.tx)
  return rows[0]?.status ?? null
}

/** Null: there is none. Locked until the transaction ends. */
export async function lockModelStatus(ctx: Ctx, id: number): Promise<ModelStatus | null> {
  const { rows } = await sql<{ status: ModelStatus }>`
    select status from phone_models where org_id = ${ctx.org.id} and id = ${id} for no key update`.execute(ctx.tx)
  return rows[0]?.status ?? null
}

export async function setModelStatus(ctx: Ctx, id: number, status: ModelStatus): Promise<void> {
  await sql`update phone_models set status = ${status} where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

export interface NewDeviceRow {
  readonly imei: string
  readonly imeiDoubtful: boolean
  readonly phoneModelId: number
  readonly loanId: number
  readonly customerId: number
  readonly activationCode: string
  readonly activationCodeUntil: Date
}

/** Fails on devices_by_imei, devices_by_loan or devices_by_activation_code. */
export async function insertDevice(ctx: Ctx, row: NewDeviceRow): Promise<number> {
  const id = await takeNumbers(ctx, 'device')
  await sql`
    insert into devices (org_id, id, imei, imei_doubtful, phone_model_id, loan_id, customer_id, activation_code, activation_code_until, created_at)
    values (${ctx.org.id}, ${id}, ${row.imei}, ${row.imeiDoubtful}, ${row.phoneModelId}, ${row.loanId}, ${row.customerId},
            ${row.activationCode}, ${row.activationCodeUntil}, ${ctx.now})`.execute(ctx.tx)
  return id
}

const LOAN_OF_DEVICE = { id: sql`devices.loan_id`, customerId: sql`devices.customer_id` }

/** The phone, locked until the transaction ends, so that its lock moves one step at a time; null beyond the actor's reach. */
export async function lockDevice(ctx: Ctx, id: number): Promise<Device | null> {
  const { rows } = await sql`
    select from devices
     where org_id = ${ctx.org.id} and id = ${id} and ${reachesLoan(ctx, 'write', LOAN_OF_DEVICE)} for no key update`.execute(
    ctx.tx,
  )
  return rows.length === 0 ? null : deviceById(ctx, id)
}

/** The same of several, in the order of their ids, so that those who want some of the same wait and never for each other. */
export async function lockDevices(ctx: Ctx, ids: readonly number[]): Promise<Device[]> {
  await sql`
    select from devices
     where org_id = ${ctx.org.id} and id = any(${ids}::integer[]) and ${reachesLoan(ctx, 'write', LOAN_OF_DEVICE)}
     order by id for no key update`.execute(ctx.tx)
  return devicesByIds(ctx, ids)
}

export interface LockSet {
  readonly status: LockStatus
  /** Null: lifted. */
  readonly cause: LockCause | null
  readonly reason: string
}

/** Sets the lock and writes its history. */
export async function changeLock(ctx: Ctx, deviceId: number, { status, cause, reason }: LockSet): Promise<void> {
  const id = await takeNumbers(ctx, 'device_lock_change')
  await sql`
    update devices
       set lock_status = ${status}, lock_cause = ${cause},
           lock_asked_at = case ${status}::text when 'pending' then ${ctx.now}::timestamptz when 'locked' then lock_asked_at end
     where org_id = ${ctx.org.id} and id = ${deviceId}`.execute(ctx.tx)
  await sql`
    insert into device_lock_changes (org_id, id, device_id, status, cause, reason, actor, created_at)
    values (${ctx.org.id}, ${id}, ${deviceId}, ${status}, ${cause}, ${reason}, ${actorLabel(ctx.actor)}, ${ctx.now})
  `.execute(ctx.tx)
}

export async function markWarned(ctx: Ctx, deviceId: number, since: Day): Promise<void> {
  await sql`update devices set warned_for = ${since} where org_id = ${ctx.org.id} and id = ${deviceId}`.execute(ctx.tx)
}

export async function markReleased(ctx: Ctx, deviceId: number): Promise<void> {
  await sql`update devices set released_on = ${ctx.today} where org_id = ${ctx.org.id} and id = ${deviceId}`.execute(
    ctx.tx,
  )
}

/** Fails on devices_by_imei where the phone is bound to another loan. */
export async function markBound(ctx: Ctx, deviceId: number): Promise<void> {
  await sql`update devices set released_on = null where org_id = ${ctx.org.id} and id = ${deviceId}`.execute(ctx.tx)
}

/** The policy asks for no lock up to this day, or up to a later one that was given before. */
export async function spare(ctx: Ctx, deviceId: number, until: Day): Promise<void> {
  await sql`
    update devices set spared_until = greatest(spared_until, ${until}::date) where org_id = ${ctx.org.id} and id = ${deviceId}
  `.execute(ctx.tx)
}

/** The arrears that a lock was lifted for while a receipt is looked at. */
export async function markProvisional(ctx: Ctx, deviceId: number, since: Day): Promise<void> {
  await sql`update devices set provisional_for = ${since} where org_id = ${ctx.org.id} and id = ${deviceId}`.execute(
    ctx.tx,
  )
}

/** The application with this token was activated; the code is used. */
export async function markActivated(ctx: Ctx, deviceId: number, token: string): Promise<void> {
  await sql`
    update devices set activated_at = ${ctx.now}, activated_token = ${token}, activation_code_until = null
     where org_id = ${ctx.org.id} and id = ${deviceId}`.execute(ctx.tx)
}

/** Takes the activation back; the code is good until an instant. */
export async function markReset(ctx: Ctx, deviceId: number, until: Date): Promise<void> {
  await sql`
    update devices set activated_at = null, activated_token = null, activation_code_until = ${until}
     where org_id = ${ctx.org.id} and id = ${deviceId}`.execute(ctx.tx)
}

/** Fails on devices_by_activation_code. */
export async function writeCode(
  ctx: Ctx,
  deviceId: number,
  { code, until }: { readonly code: string; readonly until: Date },
): Promise<void> {
  await sql`
    update devices set activation_code = ${code}, activation_code_until = ${until}
     where org_id = ${ctx.org.id} and id = ${deviceId}`.execute(ctx.tx)
}

export interface NewToken {
  readonly token: string
  readonly userId: number
  readonly platform: string
  readonly deviceName?: string | null
  readonly osVersion?: string | null
  readonly appVersion?: string | null
}

/** A token that is known already is whoever's signed in there last, and active again. */
export async function putToken(ctx: Ctx, given: NewToken): Promise<DeviceToken> {
  const id = await takeNumbers(ctx, 'device_token')
  const { rows } = await sql<DeviceToken>`
    insert into device_tokens (org_id, id, token, user_id, platform, device_name, os_version, app_version, created_at, seen_at)
    values (${ctx.org.id}, ${id}, ${given.token}, ${given.userId}, ${given.platform}, ${given.deviceName ?? null},
            ${given.osVersion ?? null}, ${given.appVersion ?? null}, ${ctx.now}, ${ctx.now})
    on conflict (org_id, token) do update
       set user_id = excluded.user_id, platform = excluded.platform, device_name = excluded.device_name,
           os_version = excluded.os_version, app_version = excluded.app_version, active = true, seen_at = excluded.seen_at
    returning id, token, user_id as "userId", platform, active, created_at as "createdAt"`.execute(ctx.tx)
  return rows[0]!
}

/** Marks the user's token as seen, or as gone; false: he has none such. */
export async function touchToken(ctx: Ctx, userId: number, token: string | number, active: boolean): Promise<boolean> {
  const which = typeof token === 'number' ? sql`id = ${token}` : sql`token = ${token} and (active or not ${active})`
  const { rows } = await sql`
    update device_tokens set active = ${active}, seen_at = ${ctx.now}
     where org_id = ${ctx.org.id} and user_id = ${userId} and ${which} returning id`.execute(ctx.tx)
  return rows.length > 0
}

/** Marks tokens as gone, except those that their applications have shown again since. */
export async function dropTokens(ctx: Ctx, tokens: readonly string[], notSeenSince: Date): Promise<void> {
  await sql`
    update device_tokens set active = false
     where org_id = ${ctx.org.id} and token = any(${tokens}::text[]) and seen_at <= ${notSeenSince} and active`.execute(
    ctx.tx,
  )
}

export async function dropTokensOf(ctx: Ctx, userId: number, notSeenSince: Date): Promise<void> {
  await sql`
    update device_tokens set active = false where org_id = ${ctx.org.id} and user_id = ${userId} and seen_at <= ${notSeenSince} and active`.execute(
    ctx.tx,
  )
}
