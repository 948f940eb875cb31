/** Owns: users, sessions, one_time_codes, throttles. Locks in this order: throttles by key, the user's row, sessions. */
import { sql } from 'kysely'
import { forgetAddresses } from '#modules/identity/login-address-store.ts'
import type { Role } from '#domain/permission.ts'
import { answersTo, fromUsers, type User, userColumns, type Way } from '#modules/identity/views.ts'
import type { Ctx, Organisation } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import type { Tx } from '#platform/database/db.ts'

export interface Account extends User {
  readonly passwordHash: string
  /** Staff said that the e-mail is theirs; nothing that opens the account is sent there until they prove it. */
  readonly emailDoubtful: boolean
  /** Since when e-mail or phone are what they are, where one was put in place of another. */
  readonly contactChangedAt: Date | null
}

const accountColumns = sql`${userColumns}, u.password_hash as "passwordHash", u.email_doubtful as "emailDoubtful",
  u.contact_changed_at as "contactChangedAt"`

export async function doubtEmail(ctx: Ctx, id: number): Promise<void> {
  await sql`update users set email_doubtful = true where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

export interface UserRow {
  readonly username: string | null
  readonly email: string | null
  readonly phone: string | null
  readonly name: string
  readonly passwordHash: string
  readonly roles: readonly Role[]
  readonly managerId: number | null
  readonly profile: Readonly<Record<string, unknown>>
}

export async function insertUser(ctx: Ctx, user: UserRow): Promise<number> {
  const id = await takeNumbers(ctx, 'user')
  await sql`
    insert into users (org_id, id, username, email, phone, name, password_hash, roles, manager_id, profile, created_at)
    values (${ctx.org.id}, ${id}, ${user.username}, ${user.email}, ${user.phone}, ${user.name}, ${user.passwordHash},
            ${user.roles}::text[], ${user.managerId}, ${JSON.stringify(user.profile)}::jsonb, ${ctx.now})
  `.execute(ctx.tx)
  return id
}

/** The account that answers to a name, or null. */
export async function accountBy(ctx: Ctx, identifier: string, ways: readonly Way[]): Promise<Account | null> {
  const { is, rank } = answersTo(ctx, identifier, ways)
  const { rows } = await sql<Account>`
    select ${accountColumns} ${fromUsers}
     where u.org_id = ${ctx.org.id} and ${is} order by ${rank} limit 1
  `.execute(ctx.tx)
  return rows[0] ?? null
}

export async function accountById(ctx: Ctx, id: number): Promise<Account | null> {
  const { rows } = await sql<Account>`
    select ${accountColumns} ${fromUsers} where u.org_id = ${ctx.org.id} and u.id = ${id}
  `.execute(ctx.tx)
  return rows[0] ?? null
}

/** The account, locked: `share` keeps its password and status as they are, the other is for changing them. */
export async function lockAccount(ctx: Ctx, id: number, strength: 'share' | 'no key update'): Promise<Account | null> {
  const { rows } = await sql<Account>`
    select ${accountColumns} ${fromUsers}
     where u.org_id = ${ctx.org.id} and u.id = ${id} for ${sql.raw(strength)} of u
  `.execute(ctx.tx)
  return rows[0] ?? null
}

/** Whoever has a password of their own has accepted their invitation. */
export async function setPassword(ctx: Ctx, id: number, passwordHash: string): Promise<void> {
  await sql`
    update users set password_hash = ${passwordHash}, invited_at = null where org_id = ${ctx.org.id} and id = ${id}
  `.execute(ctx.tx)
}

/** Writes what a user says about himself; a changed address is not verified any more. */
export async function updateUser(
  ctx: Ctx,
  id: number,
  row: Pick<UserRow, 'username' | 'email' | 'phone' | 'name' | 'profile'>,
): Promise<void> {
  await sql`
    update users
       set username = ${row.username}, name = ${row.name}, profile = ${JSON.stringify(row.profile)}::jsonb,
           email_verified_at = case when lower(email) is distinct from lower(${row.email}::text) then null else email_verified_at end,
           phone_verified_at = case when phone is distinct from ${row.phone}::text then null else phone_verified_at end,
           email_doubtful = email_doubtful and lower(email) is not distinct from lower(${row.email}::text),
           contact_changed_at = case when lower(email) <> lower(coalesce(${row.email}::text, ''))
                                       or phone <> coalesce(${row.phone}::text, '')
                                     then ${ctx.now}::timestamptz else contact_changed_at end,
           phone_doubtful = phone_doubtful or phone is distinct from ${row.phone}::text,
           email = ${row.email}, phone = ${row.phone}
     where org_id = ${ctx.org.id} and id = ${id}
  `.execute(ctx.tx)
}

export async function updateAccess(
  ctx: Ctx,
  id: number,
  access: { readonly roles: readonly Role[]; readonly status: string; readonly managerId: number | null },
): Promise<void> {
  await sql`
    update users set roles = ${access.roles}::text[], status = ${access.status}, manager_id = ${access.managerId}
     where org_id = ${ctx.org.id} and id = ${id}
  `.execute(ctx.tx)
}

export async function markVerified(ctx: Ctx, id: number, channel: 'email' | 'phone'): Promise<void> {
  const column = sql.ref(`${channel}_verified_at`)
  const doubtful = sql.ref(`${channel}_doubtful`)
  await sql`update users set ${column} = ${ctx.now}, ${doubtful} = false where org_id = ${ctx.org.id} and id = ${id}`.execute(
    ctx.tx,
  )
}

export type Purpose = 'password_reset' | 'email_verification' | 'phone_verification' | 'login' | 'invitation'

export interface OneTimeCode {
  readonly id: string
  readonly userId: number
  readonly codeHash: Buffer
  readonly attempts: number
}

/** Writes a code and voids the user's earlier ones for the same purpose: only the last one sent opens anything. */
export async function replaceCode(
  ctx: Ctx,
  code: {
    readonly id: string
    readonly userId: number
    readonly purpose: Purpose
    readonly codeHash: Buffer
    readonly expiresAt: Date
  },
): Promise<void> {
  await voidCodes(ctx, code.userId, code.purpose)
  await sql`
    insert into one_time_codes (org_id, id, user_id, purpose, code_hash, expires_at, created_at)
    values (${ctx.org.id}, ${code.id}, ${code.userId}, ${code.purpose}, ${code.codeHash}, ${code.expiresAt}, ${ctx.now})
  `.execute(ctx.tx)
}

export async function voidCodes(ctx: Ctx, userId: number, purpose: Purpose): Promise<void> {
  await sql`
    update one_time_codes set used_at = ${ctx.now}
     where org_id = ${ctx.org.id} and user_id = ${userId} and purpose = ${purpose} and used_at is null
  `.execute(ctx.tx)
}

/** Voids every code of a user, whatever it is for. */
export async function voidAllCodes(ctx: Ctx, userId: number): Promise<void> {
  await sql`
    update one_time_codes set used_at = ${ctx.now}
     where org_id = ${ctx.org.id} and user_id = ${userId} and used_at is null`.execute(ctx.tx)
}

/** The unused, unexpired code with this hash, locked, or null. */
export async function lockCodeByHash(ctx: Ctx, purpose: Purpose, codeHash: Buffer): Promise<OneTimeCode | null> {
  const { rows } = await sql<OneTimeCode>`
    select id, user_id as "userId", code_hash as "codeHash", attempts from one_time_codes
     where org_id = ${ctx.org.id} and code_hash = ${codeHash} and purpose = ${purpose}
       and used_at is null and expires_at > ${ctx.now}
       for update
  `.execute(ctx.tx)
  return rows[0] ?? null
}

/** The user's unused, unexpired code for a purpose, locked, or null. */
export async function lockCodeOf(ctx: Ctx, userId: number, purpose: Purpose): Promise<OneTimeCode | null> {
  const { rows } = await sql<OneTimeCode>`
    select id, user_id as "userId", code_hash as "codeHash", attempts from one_time_codes
     where org_id = ${ctx.org.id} and user_id = ${userId} and purpose = ${purpose}
       and used_at is null and expires_at > ${ctx.now}
     order by created_at desc limit 1
       for update
  `.execute(ctx.tx)
  return rows[0] ?? null
}

export async function countAttempt(ctx: Ctx, codeId: string): Promise<void> {
  await sql`
    update one_time_codes set attempts = attempts + 1 where org_id = ${ctx.org.id} and id = ${codeId}
  `.execute(ctx.tx)
}

export interface NewSession {
  readonly id: string
  readonly userId: number
  readonly refreshHash: Buffer | null
  readonly expiresAt: Date
}

export interface SessionRow {
  readonly id: string
  readonly userId: number
  readonly contract: string
  readonly refreshHash: Buffer | null
  readonly expiresAt: Date
  readonly revokedAt: Date | null
}

export async function insertSession(ctx: Ctx, session: NewSession): Promise<void> {
  await sql`
    insert into sessions (org_id, id, user_id, contract, refresh_hash, created_at, expires_at, address)
    values (${ctx.org.id}, ${session.id}, ${session.userId}, ${ctx.contract}, ${session.refreshHash}, ${ctx.now},
            ${session.expiresAt}, ${ctx.address})
  `.execute(ctx.tx)
}

/** Opens a session unless it is there; false where it is there and has ended. */
export async function openSessionOnce(ctx: Ctx, session: NewSession): Promise<boolean> {
  const { rows } = await sql`
    insert into sessions as s (org_id, id, user_id, contract, created_at, expires_at, address)
    values (${ctx.org.id}, ${session.id}, ${session.userId}, ${ctx.contract}, ${ctx.now}, ${session.expiresAt}, ${ctx.address})
    on conflict (org_id, id) do update set expires_at = excluded.expires_at where s.revoked_at is null
    returning id
  `.execute(ctx.tx)
  return rows.length > 0
}

/** The session, locked, so that of two uses of one refresh token only the first can be the right one. */
export async function lockSession(ctx: Ctx, id: string): Promise<SessionRow | null> {
  const { rows } = await sql<SessionRow>`
    select id, user_id as "userId", contract, refresh_hash as "refreshHash", expires_at as "expiresAt", revoked_at as "revokedAt"
      from sessions where org_id = ${ctx.org.id} and id = ${id}::uuid for update
  `.execute(ctx.tx)
  return rows[0] ?? null
}

/** When a session ends by itself; null: there is none. */
export async function sessionEnd(ctx: Ctx, id: string): Promise<Date | null> {
  const { rows } = await sql<{ end: Date }>`
    select expires_at as "end" from sessions where org_id = ${ctx.org.id} and id = ${id}::uuid`.execute(ctx.tx)
  return rows[0]?.end ?? null
}

export async function setRefreshHash(ctx: Ctx, id: string, refreshHash: Buffer): Promise<void> {
  await sql`
    update sessions set refresh_hash = ${refreshHash} where org_id = ${ctx.org.id} and id = ${id}::uuid
  `.execute(ctx.tx)
}

/** Ends one session; false when it had ended before. */
export async function revokeSession(ctx: Ctx, id: string): Promise<boolean> {
  const { rows } = await sql`
    update sessions set revoked_at = ${ctx.now}
     where org_id = ${ctx.org.id} and id = ${id}::uuid and revoked_at is null
    returning id
  `.execute(ctx.tx)
  return rows.length > 0
}

/** Ends the sessions of a user, whatever contract they were opened through, but for one, and returns how many there were. */
export async function revokeSessionsOf(ctx: Ctx, userId: number, except?: string): Promise<number> {
  const { rows } = await sql`
    update sessions set revoked_at = ${ctx.now}
     where org_id = ${ctx.org.id} and user_id = ${userId} and revoked_at is null and expires_at > ${ctx.now}
       and id is distinct from ${except ?? null}::uuid
    returning id
  `.execute(ctx.tx)
  return rows.length
}

export interface SessionOwner {
  readonly userId: number
  readonly roles: readonly Role[]
  readonly status: 'active' | 'disabled'
  readonly revoked: boolean
  readonly expiresAt: Date
  readonly customerId: number | null
  /** The one branch that they work for; null: no one branch. */
  readonly branch: string | null
}

/** Who a session of a contract speaks for today, or null when there is no such session (of the user, where one is named). */
export async function sessionOwner(
  tx: Tx,
  org: Organisation,
  { id, userId, contract }: { readonly id: string; readonly userId?: number; readonly contract: string },
): Promise<SessionOwner | null> {
  const { rows } = await sql<SessionOwner>`
    select u.id as "userId", u.roles, u.status, s.revoked_at is not null as revoked, s.expires_at as "expiresAt", c.id as "customerId",
           w.branch_number as branch
      from sessions s
      join users u on u.org_id = s.org_id and u.id = s.user_id
      left join customers c on c.org_id = s.org_id and c.user_id = s.user_id
      left join sales_staff w on w.org_id = s.org_id and w.user_id = s.user_id
     where s.org_id = ${org.id} and s.id = ${id}::uuid and s.user_id = coalesce(${userId ?? null}::integer, s.user_id)
       and s.contract = ${contract}
  `.execute(tx)
  return rows[0] ?? null
}

interface Window {
  readonly key: string
  readonly seconds: number
}

export interface Counted {
  readonly key: string
  readonly failures: number
  readonly windowEnd: Date
}

/** What was counted against the keys in windows that are still open. */
export async function readThrottles(ctx: Ctx, windows: readonly Window[]): Promise<Counted[]> {
  const { rows } = await sql<Counted>`
    select key, failures, window_end as "windowEnd" from throttles
     where org_id = ${ctx.org.id} and key = any(${windows.map(({ key }) => key)}::text[]) and window_end > ${ctx.now}
  `.execute(ctx.tx)
  return rows
}

/**
 * The same, locked until the transaction ends. A key that nothing was counted for yet gets its row first, since only a row
 * that exists can be locked.
 */
export const lockThrottles = (ctx: Ctx, windows: readonly Window[]): Promise<Counted[]> =>
  addToThrottles(ctx, windows, 0)

/** Counts one against each key and returns the counts. A window opens with the first that is counted in it. */
export const countThrottles = (ctx: Ctx, windows: readonly Window[]): Promise<Counted[]> =>
  addToThrottles(ctx, windows, 1)

/** One statement in the order of the keys, so that two who count the same keys wait for each other and never deadlock. */
async function addToThrottles(ctx: Ctx, windows: readonly Window[], n: 0 | 1): Promise<Counted[]> {
  const keys = windows.map(({ key }) => key)
  const ends = windows.map(({ seconds }) => new Date(ctx.now.getTime() + seconds * 1000))
  const isOpen = sql`t.window_end > ${ctx.now} and t.failures > 0`
  const { rows } = await sql<Counted>`
    insert into throttles as t (org_id, key, failures, window_end)
    select ${ctx.org.id}, w.key, ${n}, w.window_end
      from unnest(${keys}::text[], ${ends}::timestamptz[]) as w (key, window_end) order by w.key
    on conflict (org_id, key) do update
       set failures = ${n} + case when ${isOpen} then t.failures else 0 end,
           window_end = case when ${isOpen} then t.window_end else excluded.window_end end
    returning t.key, t.failures, t.window_end as "windowEnd"
  `.execute(ctx.tx)
  return rows
}

/** Forgets what was counted against the keys, and against every key that begins so. */
export async function deleteThrottles(ctx: Ctx, keys: readonly string[], beginning?: string): Promise<void> {
  const begins = beginning === undefined ? sql`false` : sql`starts_with(key, ${beginning})`
  await sql`
    delete from throttles where org_id = ${ctx.org.id} and (key = any(${keys}::text[]) or ${begins})`.execute(ctx.tx)
}

/** Deletes expired entries: throttles and codes a day after their end, sessions and addresses ninety days after. */
export async function sweep(ctx: Ctx): Promise<void> {
  const daysAgo = (n: number): Date => new Date(ctx.now.getTime() - n * 86_400_000)
  await sql`delete from throttles where org_id = ${ctx.org.id} and window_end < ${daysAgo(1)}`.execute(ctx.tx)
  await sql`delete from one_time_codes where org_id = ${ctx.org.id} and expires_at < ${daysAgo(1)}`.execute(ctx.tx)
  await sql`
    delete from sessions
     where org_id = ${ctx.org.id} and (expires_at < ${daysAgo(90)} or revoked_at < ${daysAgo(90)})
  `.execute(ctx.tx)
  await forgetAddresses(ctx, daysAgo(90))
}
