/** Customers as collection work knows them. Reads only, always bounded. */
import { type RawBuilder, sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import type { Extent } from '#domain/access.ts'
import { isColleague, isWithin } from '#modules/access/views.ts'
import { nameOfUser } from '#modules/identity/views.ts'
import { ofCustomer, shownEmail } from '#modules/customers/views.ts'
import type { Ctx } from '#platform/context.ts'

export type Asking = Pick<Ctx, 'org' | 'tx' | 'scope'>

export interface CollectionCustomer {
  readonly id: number
  readonly code: string
  readonly name: string
  /** As it was given. */
  readonly phone: string | null
  readonly email: string | null
  readonly assignedTo: number | null
  readonly addressLine1: string | null
  readonly addressLine2: string | null
  readonly city: string | null
  readonly state: string | null
  readonly pincode: string | null
  readonly dateOfBirth: Day | null
  readonly doNotCall: boolean
  readonly doNotCallReason: string | null
  readonly createdBy: number | null
}

/** The code of a customer that came by another way than collections: made of his number (a column). */
export const codeOfNumber = (id: RawBuilder<unknown>): RawBuilder<string> => sql`upper(lpad(to_hex(${id}), 8, '0'))`
export const customerCode = sql`coalesce(f.code, ${codeOfNumber(sql`c.id`)})`

const columns = sql`c.id, ${customerCode} as code, c.full_name as name, coalesce(f.phone, c.phone) as phone, ${shownEmail} as email,
  f.assigned_to as "assignedTo", f.address_line_1 as "addressLine1", f.address_line_2 as "addressLine2", coalesce(f.city, c.location) as city,
  f.state, f.pincode, f.date_of_birth as "dateOfBirth", coalesce(f.do_not_call, false) as "doNotCall",
  f.do_not_call_reason as "doNotCallReason", c.created_by as "createdBy"`

export const fromCustomers = sql`
  from customers c left join collection_customers f on f.org_id = c.org_id and f.customer_id = c.id`

/** The next customers within the actor's reach after one of them, in order of id. */
export async function customersAfter(
  ctx: Asking,
  page: { readonly after: number; readonly limit: number },
): Promise<CollectionCustomer[]> {
  const { rows } = await sql<CollectionCustomer>`
    select ${columns} ${fromCustomers}
     where c.org_id = ${ctx.org.id} and c.id > ${page.after} and c.merged_into is null and f.removed_at is null and ${isWithin(ctx, 'read')}
     order by c.id limit ${page.limit}`.execute(ctx.tx)
  return rows
}

export interface Reached {
  readonly mayRead: boolean
  readonly mayWrite: boolean
}

/** The customer and what the actor may do with him, or null when there is none. */
export async function customerReached(ctx: Asking, id: number): Promise<(CollectionCustomer & Reached) | null> {
  const { rows } = await sql<CollectionCustomer & Reached>`
    select ${columns}, ${isWithin(ctx, 'read')} as "mayRead", ${isWithin(ctx, 'write')} as "mayWrite" ${fromCustomers}
     where c.org_id = ${ctx.org.id} and c.id = ${id} and c.merged_into is null and f.removed_at is null`.execute(ctx.tx)
  return rows[0] ?? null
}

/** Which of the codes (each looked up by its key, however fast the table has grown) are taken, also by customers who were taken out. */
export async function takenCodes(ctx: Asking, codes: readonly string[]): Promise<ReadonlySet<string>> {
  if (codes.length === 0) return new Set()
  const { rows } = await sql<{ code: string }>`
    select k.code from unnest(${codes}::text[]) as k (code)
     cross join lateral (select from collection_customers f where f.org_id = ${ctx.org.id} and f.code = k.code limit 1) f`.execute(
    ctx.tx,
  )
  return new Set(rows.map((row) => row.code))
}

/** Which of the users work here, so that customers can be assigned to them. */
export async function assignable(ctx: Asking, userIds: readonly number[]): Promise<ReadonlySet<number>> {
  return idsOf(ctx, sql`u.id = any(${userIds}::integer[])`)
}

/** Whether somebody who reaches so far may hand customers to this user: themselves, somebody below them, or anybody. */
export async function maySend(ctx: Asking, userId: number, extent: Extent): Promise<boolean> {
  return (await idsOf(ctx, sql`u.id = ${userId} and ${isColleague(ctx, extent, sql`u.id`)}`)).size > 0
}

async function idsOf(ctx: Asking, condition: RawBuilder<unknown>): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ id: number }>`
    select u.id from users u where u.org_id = ${ctx.org.id} and u.roles <> array['customer']::text[] and ${condition}
  `.execute(ctx.tx)
  return new Set(rows.map((row) => row.id))
}

export interface AssignmentView {
  readonly id: number
  readonly customerId: number
  readonly fromUser: number | null
  readonly fromUserName: string | null
  readonly toUser: number | null
  readonly toUserName: string | null
  readonly reason: string | null
  readonly actor: string
  readonly at: Date
}

/** Who looked after a customer, latest first. */
export async function assignmentsOf(ctx: Asking, customerId: number, limit: number): Promise<AssignmentView[]> {
  const { rows } = await sql<AssignmentView>`
    select a.id, a.customer_id as "customerId", a.from_user as "fromUser", ${nameOfUser('f')} as "fromUserName",
           a.to_user as "toUser", ${nameOfUser('t')} as "toUserName", a.reason, a.actor, a.at
      from customer_assignments a
      left join users f on f.org_id = a.org_id and f.id = a.from_user
      left join users t on t.org_id = a.org_id and t.id = a.to_user
     where a.org_id = ${ctx.org.id} and ${ofCustomer(ctx, sql`a.customer_id`, customerId)} order by a.id desc limit ${limit}`.execute(
    ctx.tx,
  )
  return rows
}
