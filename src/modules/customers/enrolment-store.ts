/** The set-based writes of taking many customers on at once. */
import { sql } from 'kysely'
import { searchText } from '#modules/customers/search-text.ts'
import type { Ctx } from '#platform/context.ts'

export interface Enrolled {
  readonly fullName: string
  /** E.164; null: none that could be called, or one that is not known to be the customer's alone. */
  readonly phone: string | null
  readonly email: string | null
  readonly location: string | null
}

/** Which of the phones (E.164) stand in a customer's record already. */
export async function takenPhones(ctx: Ctx, phones: readonly string[]): Promise<ReadonlySet<string>> {
  if (phones.length === 0) return new Set()
  const { rows } = await sql<{ phone: string }>`
    select k.phone from unnest(${phones}::text[]) as k (phone)
     cross join lateral (select from customers c where c.org_id = ${ctx.org.id} and c.phone = k.phone limit 1) c`.execute(
    ctx.tx,
  )
  return new Set(rows.map((row) => row.phone))
}

/** Inserts the customers under the numbers from `first` on. Fails on customers_by_phone when another took a phone meanwhile. */
export async function insertEnrolled(ctx: Ctx, first: number, customers: readonly Enrolled[]): Promise<void> {
  const by = ctx.actor.kind === 'user' ? ctx.actor.id : null
  const texts = customers.map((c) => searchText({ ...c, businessName: null }))
  await sql`
    insert into customers (org_id, id, full_name, phone, email, location, created_by, search_text, created_at, updated_at)
    select ${ctx.org.id}, ${first} + c.n::integer - 1, c.name, c.phone, c.email, c.location, ${by}, c.search, ${ctx.now}, ${ctx.now}
      from unnest(
        ${customers.map((c) => c.fullName)}::text[], ${customers.map((c) => c.phone)}::text[], ${customers.map((c) => c.email)}::text[],
        ${customers.map((c) => c.location)}::text[], ${texts}::text[]
      ) with ordinality as c (name, phone, email, location, search, n)`.execute(ctx.tx)
}

/**
 * Locks customers in the order of their ids until the transaction ends, so that who changes what is kept of one waits his
 * turn. Answers which of them are there.
 */
export async function lockCustomers(ctx: Ctx, ids: readonly number[]): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from customers where org_id = ${ctx.org.id} and id = any(${ids}::integer[]) order by id for no key update
  `.execute(ctx.tx)
  return rows.map((row) => row.id)
}

export async function clearPhone(ctx: Ctx, id: number): Promise<void> {
  await sql`update customers set phone = null, updated_at = ${ctx.now} where org_id = ${ctx.org.id} and id = ${id}`.execute(
    ctx.tx,
  )
}
