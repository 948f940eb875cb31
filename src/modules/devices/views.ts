/** What is known of phones within the actor's reach, their locks and the applications on them. Reads only, always bounded. */
import { type RawBuilder, sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import type { CommandStatus } from '#domain/devices/command.ts'
import type { LockCause, LockStatus } from '#domain/devices/lock.ts'
import { reachesLoan } from '#modules/access/views.ts'
import { type Ctx, regardless } from '#platform/context.ts'

export { commandsAreDue, commandsOf, countOpenCommands, type DeviceCommand } from '#modules/devices/command-views.ts'

type Reader = Pick<Ctx, 'org' | 'tx' | 'scope'>

const LOAN_OF_DEVICE = { id: sql`d.loan_id`, customerId: sql`d.customer_id` }

export interface Device {
  readonly id: number
  readonly imei: string
  /** Its check digit is wrong. */
  readonly imeiDoubtful: boolean
  readonly phoneModelId: number
  readonly brand: string
  readonly model: string
  readonly loanId: number
  readonly customerId: number
  readonly customerName: string
  /** Opens the customer's account: shown by `readableCode` only. */
  readonly activationCode: string
  /** Until when it may be used for the first time; null: no more. */
  readonly activationCodeUntil: Date | null
  readonly activatedAt: Date | null
  /** The application that it was activated by. */
  readonly activatedToken: string | null
  readonly lockStatus: LockStatus
  /** What the lock is for, which decides what lifts it; null while there is none. */
  readonly lockCause: LockCause | null
  readonly lockAskedAt: Date | null
  /** Why it is locked or about to be; null while it is not. */
  readonly lockReason: string | null
  readonly lockChangedAt: Date | null
  readonly warnedFor: Day | null
  readonly releasedOn: Day | null
  /** The policy asks for no lock up to this day. */
  readonly sparedUntil: Day | null
  /** The oldest overdue day that a lock was lifted for while a receipt was looked at. */
  readonly provisionalFor: Day | null
  readonly createdAt: Date
}

const deviceColumns = sql`d.id, d.imei, d.imei_doubtful as "imeiDoubtful", d.phone_model_id as "phoneModelId", m.brand, m.model, d.loan_id as "loanId",
  d.customer_id as "customerId", c.full_name as "customerName", d.activation_code as "activationCode", d.activation_code_until as "activationCodeUntil", d.activated_at as "activatedAt", d.activated_token as "activatedToken",
  d.lock_status as "lockStatus", d.lock_cause as "lockCause", d.lock_asked_at as "lockAskedAt", case when d.lock_status <> 'unlocked' then k.reason end as "lockReason", k.created_at as "lockChangedAt",
  d.warned_for as "warnedFor", d.released_on as "releasedOn", d.spared_until as "sparedUntil", d.provisional_for as "provisionalFor", d.created_at as "createdAt"`

const deviceTables = sql`devices d join phone_models m on m.org_id = d.org_id and m.id = d.phone_model_id
  join customers c on c.org_id = d.org_id and c.id = d.customer_id
  left join lateral (select reason, created_at from device_lock_changes x where x.org_id = d.org_id and x.device_id = d.id order by x.id desc limit 1) k on true`

async function devicesWhere(ctx: Reader, condition: RawBuilder<unknown>, limit: number): Promise<Device[]> {
  const { rows } = await sql<Device>`
    select ${deviceColumns} from ${deviceTables} where d.org_id = ${ctx.org.id} and ${reachesLoan(ctx, 'read', LOAN_OF_DEVICE)} and ${condition}
     order by d.id limit ${limit}`.execute(ctx.tx)
  return rows
}

export const deviceById = async (ctx: Reader, id: number): Promise<Device | null> =>
  (await devicesWhere(ctx, sql`d.id = ${id}`, 1))[0] ?? null

/** The phone that a loan was given for, or null. */
export const deviceOfLoan = async (ctx: Reader, loanId: number): Promise<Device | null> =>
  (await devicesWhere(ctx, sql`d.loan_id = ${loanId}`, 1))[0] ?? null

/** The phone whose code it is, whoever asks: the code is their proof. */
export const deviceByCode = async (ctx: Reader, code: string): Promise<Device | null> =>
  (await devicesWhere(regardless(ctx), sql`d.activation_code = ${code}`, 1))[0] ?? null

/** Whether a phone of this number is bound to a loan that is not paid in full, whosever it is. */
export const imeiIsBound = async (ctx: Reader, imei: string): Promise<boolean> =>
  (await devicesWhere(regardless(ctx), sql`d.imei = ${imei} and d.released_on is null`, 1)).length > 0

export interface DeviceFilter {
  readonly imei?: string | undefined
  readonly loanId?: number | undefined
  readonly customerId?: number | undefined
  readonly lockStatus?: LockStatus | undefined
  /** Of the latest command to lock, unlock or let go. */
  readonly commandStatus?: CommandStatus | undefined
  readonly released?: boolean | undefined
  readonly after: number
  readonly limit: number
}

/** Phones in order of their ids. */
export function listDevices(ctx: Reader, filter: DeviceFilter): Promise<Device[]> {
  const conditions = [
    sql`d.id > ${filter.after}`,
    ...(filter.imei === undefined ? [] : [sql`d.imei = ${filter.imei}`]),
    ...(filter.loanId === undefined ? [] : [sql`d.loan_id = ${filter.loanId}`]),
    ...(filter.customerId === undefined ? [] : [sql`d.customer_id = ${filter.customerId}`]),
    ...(filter.lockStatus === undefined ? [] : [sql`d.lock_status = ${filter.lockStatus}`]),
    ...(filter.commandStatus === undefined ? [] : [lastToldIs(filter.commandStatus)]),
    ...(filter.released === undefined ? [] : [sql`(d.released_on is not null) = ${filter.released}`]),
  ]
  return devicesWhere(ctx, sql.join(conditions, sql` and `), filter.limit)
}

const lastToldIs = (status: CommandStatus): RawBuilder<unknown> => sql`
  exists (select from device_commands c
           where c.org_id = d.org_id and c.device_id = d.id and c.status = ${status} and c.kind <> 'enrol'
             and not exists (select from device_commands l where l.org_id = c.org_id and l.device_id = c.device_id
                                and l.id > c.id and l.kind <> 'enrol'))`

export const devicesByIds = (ctx: Reader, ids: readonly number[]): Promise<Device[]> =>
  devicesWhere(ctx, sql`d.id = any(${ids}::integer[])`, ids.length)

/** The phones of these loans, paid in full or not. */
export const devicesOfLoans = (ctx: Reader, loanIds: readonly number[]): Promise<Device[]> =>
  devicesWhere(ctx, sql`d.loan_id = any(${loanIds}::integer[])`, loanIds.length)

/** Phones of these loans that are not paid in full. */
export const boundDevicesOf = (ctx: Reader, loanIds: readonly number[]): Promise<Device[]> =>
  devicesWhere(ctx, sql`d.loan_id = any(${loanIds}::integer[]) and d.released_on is null`, loanIds.length)

/** So many phones after an id that are not paid in full. */
export const boundDevicesAfter = (ctx: Reader, after: number, limit: number): Promise<Device[]> =>
  devicesWhere(ctx, sql`d.id > ${after} and d.released_on is null`, limit)

export interface LockChange {
  readonly deviceId: number
  readonly status: LockStatus
  readonly cause: LockCause | null
  readonly reason: string
  readonly actor: string
  readonly at: Date
}

/** The latest changes of these phones' locks, two hundred of each, oldest first. */
export async function lockHistory(ctx: Reader, deviceIds: readonly number[]): Promise<LockChange[]> {
  const { rows } = await sql<LockChange>`
    select c.device_id as "deviceId", c.status, c.cause, c.reason, c.actor, c.created_at as at
      from unnest(${deviceIds}::integer[]) as d (id)
     cross join lateral (
       select * from device_lock_changes where org_id = ${ctx.org.id} and device_id = d.id order by id desc limit 200) c
     order by c.id`.execute(ctx.tx)
  return rows
}

export interface PhoneModel {
  readonly id: number
  readonly brand: string
  readonly model: string
  /** Minor units. */
  readonly price: bigint
  readonly status: 'active' | 'retired'
}

/** The catalogue, in order of ids: what is sold, or what was. */
export async function listPhoneModels(
  ctx: Reader,
  page: { readonly after: number; readonly limit: number; readonly status?: PhoneModel['status'] },
): Promise<PhoneModel[]> {
  const { rows } = await sql<PhoneModel>`
    select id, brand, model, price, status from phone_models
     where org_id = ${ctx.org.id} and status = ${page.status ?? 'active'} and id > ${page.after} order by id limit ${page.limit}`.execute(
    ctx.tx,
  )
  return rows
}

export interface DeviceToken {
  readonly id: number
  readonly token: string
  readonly userId: number
  readonly platform: string
  readonly active: boolean
  readonly createdAt: Date
}

/** Where pushes to these users go. */
export async function activeTokensOf(ctx: Reader, userIds: readonly number[]): Promise<DeviceToken[]> {
  const { rows } = await sql<DeviceToken>`
    select id, token, user_id as "userId", platform, active, created_at as "createdAt" from device_tokens
     where org_id = ${ctx.org.id} and user_id = any(${userIds}::integer[]) and active order by id`.execute(ctx.tx)
  return rows
}

export interface UnlockCodeRow {
  readonly counter: number
  readonly validUntil: Day
  readonly reason: string
  readonly actor: string
  readonly createdAt: Date
  readonly usedOn: Day | null
  readonly redeemedBy: string | null
}

/** The latest hundred codes that were issued for a phone, latest first. */
export async function unlockCodesOf(ctx: Reader, deviceId: number): Promise<UnlockCodeRow[]> {
  const { rows } = await sql<UnlockCodeRow>`
    select counter, valid_until as "validUntil", reason, actor, created_at as "createdAt", used_on as "usedOn", redeemed_by as "redeemedBy"
      from device_unlock_codes where org_id = ${ctx.org.id} and device_id = ${deviceId} order by counter desc limit 100`.execute(
    ctx.tx,
  )
  return rows
}

/** Whether a phone of the customer was activated by the application with this token. */
export async function isActivatedWith(ctx: Reader, customerId: number, token: string): Promise<boolean> {
  const { rows } = await sql`
    select from devices where org_id = ${ctx.org.id} and customer_id = ${customerId} and activated_token = ${token} limit 1
  `.execute(ctx.tx)
  return rows.length > 0
}
