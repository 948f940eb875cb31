/** Reads of users: who somebody is, who may be an officer, who exists already. */
import { type RawBuilder, sql } from 'kysely'
import type { Role } from '#domain/permission.ts'
import type { Ctx } from '#platform/context.ts'
import { normalisePhone } from '#platform/phone.ts'

type Reading = Pick<Ctx, 'org' | 'tx'>

export interface User {
  readonly id: number
  readonly username: string | null
  readonly email: string | null
  /** E.164. */
  readonly phone: string | null
  readonly name: string
  readonly roles: readonly Role[]
  readonly managerId: number | null
  readonly status: 'active' | 'disabled'
  /** Since when they are invited and have not chosen a password yet. */
  readonly invitedAt: Date | null
  /** What the person told about himself beyond that, e.g. names in parts, identity number. */
  readonly profile: Readonly<Record<string, unknown>>
  readonly emailVerifiedAt: Date | null
  readonly phoneVerifiedAt: Date | null
  readonly createdAt: Date
  /** The customer record of a customer's own login. */
  readonly customerId: number | null
}

/** Columns of a User, from `users u` and `customers c`. */
export const userColumns = sql`u.id, u.username, u.email, u.phone, u.name, u.roles, u.manager_id as "managerId", u.status, u.invited_at as "invitedAt",
  u.profile, u.email_verified_at as "emailVerifiedAt", u.phone_verified_at as "phoneVerifiedAt",
  u.created_at as "createdAt", c.id as "customerId"`

/** The customer's row is read along, so that one query tells who somebody is. */
export const fromUsers = sql`from users u left join customers c on c.org_id = u.org_id and c.user_id = u.id`

export async function userById(ctx: Reading, id: number): Promise<User | null> {
  const { rows } = await sql<User>`
    select ${userColumns} ${fromUsers} where u.org_id = ${ctx.org.id} and u.id = ${id}
  `.execute(ctx.tx)
  return rows[0] ?? null
}

/** What a person may call himself by when he logs in. */
export type Way = 'email' | 'phone' | 'username'

/** Which users answer to a name, e-mail before phone before username, so that nobody's username can stand in for another's address. */
export function answersTo(
  ctx: Reading,
  identifier: string,
  ways: readonly Way[],
): { is: RawBuilder<unknown>; rank: RawBuilder<unknown> } {
  const phone = ways.includes('phone') ? normalisePhone(identifier, ctx.org.country) : null
  const byEmail = sql`lower(u.email) = lower(${identifier})`
  const byPhone = sql`u.phone = ${phone}::text`
  const byUsername = sql`lower(u.username) = lower(${identifier})`
  const conditions = [
    ...(ways.includes('email') ? [byEmail] : []),
    ...(phone ? [byPhone] : []),
    ...(ways.includes('username') ? [byUsername] : []),
  ]
  return {
    is: conditions.length > 0 ? sql`(${sql.join(conditions, sql` or `)})` : sql`false`,
    rank: sql`case when ${byEmail} then 1 when ${byPhone} then 2 else 3 end`,
  }
}

export interface Taken {
  readonly username: boolean
  readonly phone: boolean
  readonly email: boolean
}

/**
 * Which of the names belong to somebody already (somebody other than `exceptId`). A user name is taken also when it is
 * another's e-mail or phone, in any spelling: whoever logs in by that would be taken for the other.
 */
export async function taken(
  ctx: Reading,
  names: { readonly username?: string | null; readonly phone?: string | null; readonly email?: string | null },
  exceptId = 0,
): Promise<Taken> {
  const named = names.username ?? null
  const dialled = named === null ? null : normalisePhone(named, ctx.org.country)
  const username = sql`(lower(username) = lower(${named}::text) or lower(email) = lower(${named}::text) or phone = ${dialled}::text)`
  const phone = sql`phone = ${names.phone ?? null}::text`
  const email = sql`lower(email) = lower(${names.email ?? null}::text)`
  const { rows } = await sql<{ [name in keyof Taken]: boolean | null }>`
    select bool_or(${username}) as username, bool_or(${phone}) as phone, bool_or(${email}) as email
      from users where org_id = ${ctx.org.id} and id <> ${exceptId} and (${username} or ${phone} or ${email})
  `.execute(ctx.tx)
  const found = rows[0]!
  return { username: found.username === true, phone: found.phone === true, email: found.email === true }
}

/** The roles of whoever logs in by the e-mail address, or null. */
export async function rolesUnder(ctx: Reading, email: string): Promise<readonly Role[] | null> {
  const { rows } = await sql<{ roles: readonly Role[] }>`
    select roles from users where org_id = ${ctx.org.id} and lower(email) = lower(${email})`.execute(ctx.tx)
  return rows[0]?.roles ?? null
}

const OFFICERS: readonly Role[] = ['loan_officer', 'manager', 'admin', 'platform_admin']

/** Whether the user exists, is active and may hold loans of customers. */
export async function officerExists(ctx: Reading, id: number): Promise<boolean> {
  const { rows } = await sql`
    select 1 from users where org_id = ${ctx.org.id} and id = ${id} and status = 'active' and roles && ${OFFICERS}::text[]
  `.execute(ctx.tx)
  return rows.length > 0
}

/** The officer that work falls to when nobody was named: the first active loan officer, or null. */
export async function firstOfficer(ctx: Reading): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    select id from users
     where org_id = ${ctx.org.id} and status = 'active' and roles && array['loan_officer']::text[]
     order by id limit 1
  `.execute(ctx.tx)
  return rows[0]?.id ?? null
}

/** The active users who run the organisation. */
export async function adminIds(ctx: Reading): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from users
     where org_id = ${ctx.org.id} and status = 'active' and roles && array['admin', 'platform_admin']::text[]
     order by id
  `.execute(ctx.tx)
  return rows.map((row) => row.id)
}

/** Those of the active users who run the organisation that have a mail address. */
export async function adminMails(ctx: Reading): Promise<string[]> {
  const { rows } = await sql<{ email: string }>`
    select email from users
     where org_id = ${ctx.org.id} and status = 'active' and roles && array['admin', 'platform_admin']::text[]
       and email is not null
     order by id`.execute(ctx.tx)
  return rows.map((row) => row.email)
}

/** What to call a user of `users <alias>` where their id is shown; null where they have neither name nor user name. */
export const nameOfUser = (alias: string): RawBuilder<string | null> =>
  sql`coalesce(nullif(${sql.ref(`${alias}.name`)}, ''), ${sql.ref(`${alias}.username`)})`

export interface ListedUser extends User {
  readonly managerName: string | null
}

export interface UserFilter {
  readonly role?: Role
  readonly managerId?: number
  /** Everybody who is more than a customer. */
  readonly staff?: true
  /** Part of a name, e-mail, phone or username. */
  readonly search?: string
  readonly limit: number
  readonly offset: number
}

/** Whose name, user name, e-mail or phone has the text in it. */
const named = (part: string): RawBuilder<unknown> =>
  sql`concat_ws(' ', u.name, u.username, u.email, u.phone) ilike ${`%${part.replace(/[\\%_]/g, '\\$&')}%`}`

/** Users with their managers, oldest first, and how many there are in all. */
export async function listUsers(ctx: Reading, filter: UserFilter): Promise<{ users: ListedUser[]; total: number }> {
  const conditions = [sql`u.org_id = ${ctx.org.id}`]
  if (filter.role) conditions.push(sql`u.roles && array[${filter.role}]::text[]`)
  if (filter.managerId !== undefined) conditions.push(sql`u.manager_id = ${filter.managerId}`)
  if (filter.staff) conditions.push(sql`u.roles <> array['customer']::text[]`)
  if (filter.search) conditions.push(named(filter.search))
  const where = sql.join(conditions, sql` and `)
  const { rows } = await sql<ListedUser>`
    select ${userColumns}, coalesce(nullif(m.name, ''), m.username, m.email) as "managerName"
      ${fromUsers} left join users m on m.org_id = u.org_id and m.id = u.manager_id
     where ${where} order by u.id limit ${filter.limit} offset ${filter.offset}
  `.execute(ctx.tx)
  const counted = await sql<{ total: bigint }>`select count(*) as total from users u where ${where}`.execute(ctx.tx)
  return { users: rows, total: Number(counted.rows[0]!.total) }
}

export interface Colleague extends User {
  readonly managerName: string | null
  /** The one branch that they work for; null: no one branch. */
  readonly branch: string | null
  readonly lastLoginAt: Date | null
}

export const STANDINGS = ['active', 'invited', 'disabled'] as const

export interface ColleagueFilter {
  /** Left out: everybody who is more than a customer. */
  readonly role?: Role | undefined
  readonly status?: (typeof STANDINGS)[number] | undefined
  readonly managerId?: number | undefined
  readonly branch?: string | undefined
  /** Part of a name, e-mail, phone or user name. */
  readonly search?: string | undefined
}

const columns = sql`${userColumns}, w.branch_number as branch, ${nameOfUser('m')} as "managerName",
  (select max(a.last_seen_at) from login_addresses a where a.org_id = u.org_id and a.user_id = u.id) as "lastLoginAt"`
const source = sql`${fromUsers} left join sales_staff w on w.org_id = u.org_id and w.user_id = u.id
  left join users m on m.org_id = u.org_id and m.id = u.manager_id`

const STATUS: Readonly<Record<(typeof STANDINGS)[number], RawBuilder<unknown>>> = {
  active: sql`u.status = 'active' and u.invited_at is null`,
  invited: sql`u.status = 'active' and u.invited_at is not null`,
  disabled: sql`u.status = 'disabled'`,
}

/** Users after one of them, in the order of their ids. */
export async function colleaguesAfter(
  ctx: Reading,
  filter: ColleagueFilter,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<Colleague[]> {
  const { role, status, managerId, branch, search } = filter
  const conditions = [sql`u.org_id = ${ctx.org.id} and u.id > ${after}`]
  conditions.push(role ? sql`u.roles && array[${role}]::text[]` : sql`u.roles <> array['customer']::text[]`)
  if (status) conditions.push(STATUS[status])
  if (managerId !== undefined) conditions.push(sql`u.manager_id = ${managerId}`)
  if (branch !== undefined) conditions.push(sql`w.branch_number = ${branch}`)
  if (search) conditions.push(named(search))
  const { rows } = await sql<Colleague>`
    select ${columns} ${source} where ${sql.join(conditions, sql` and `)} order by u.id limit ${limit}`.execute(ctx.tx)
  return rows
}

export async function colleagueById(ctx: Reading, id: number): Promise<Colleague | null> {
  const { rows } = await sql<Colleague>`
    select ${columns} ${source} where u.org_id = ${ctx.org.id} and u.id = ${id}`.execute(ctx.tx)
  return rows[0] ?? null
}
