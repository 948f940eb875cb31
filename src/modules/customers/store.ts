/** Owns: customers, customer_documents. Lock order: the customer, then documents, then files. */
import { sql } from 'kysely'
import { searchText } from '#modules/customers/search-text.ts'
import { type Customer, customerColumns } from '#modules/customers/views.ts'
import type { Ctx } from '#platform/context.ts'

export interface CustomerRow {
  readonly fullName: string
  readonly phone: string | null
  readonly email: string | null
  readonly businessName: string | null
  readonly location: string | null
  readonly profile: Readonly<Record<string, unknown>>
}

/** A row as its phone counts: doubtful where the customer changed it by themselves. */
export type WrittenRow = CustomerRow & { readonly phoneDoubtful: boolean; readonly contactChangedAt: Date | null }

export interface Linked {
  readonly userId: number | null
  readonly createdBy: number | null
}

export async function insertCustomer(ctx: Ctx, id: number, row: CustomerRow & Linked): Promise<void> {
  await sql`
    insert into customers (org_id, id, full_name, phone, email, business_name, location, user_id, created_by, profile, search_text, created_at, updated_at)
    values (${ctx.org.id}, ${id}, ${row.fullName}, ${row.phone}, ${row.email}, ${row.businessName}, ${row.location}, ${row.userId},
            ${row.createdBy}, ${JSON.stringify(row.profile)}::jsonb, ${searchText(row)}, ${ctx.now}, ${ctx.now})`.execute(
    ctx.tx,
  )
}

/** The customer, locked until the transaction ends, so that two changes or uploads never mix; null when there is none, or they were erased. */
export async function lockCustomer(ctx: Ctx, id: number): Promise<Customer | null> {
  const { rows: locked } = await sql`
    select from customers where org_id = ${ctx.org.id} and id = ${id} and merged_into is null and erased_at is null
       for no key update`.execute(ctx.tx)
  if (locked.length === 0) return null
  // Read after the lock is held: documents too are then as the transaction before left them.
  const { rows } = await sql<Customer>`
    select ${customerColumns} from customers c where c.org_id = ${ctx.org.id} and c.id = ${id}`.execute(ctx.tx)
  return rows[0] ?? null
}

export async function writeCustomer(ctx: Ctx, id: number, row: WrittenRow): Promise<void> {
  await sql`
    update customers set full_name = ${row.fullName}, phone = ${row.phone}, phone_doubtful = ${row.phoneDoubtful},
           contact_changed_at = ${row.contactChangedAt}, email = ${row.email}, business_name = ${row.businessName},
           location = ${row.location}, profile = ${JSON.stringify(row.profile)}::jsonb, search_text = ${searchText(row)}, updated_at = ${ctx.now}
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

/** Deletes the customer and what is noted of his documents. Fails with a foreign key violation where anything depends on him. */
export async function deleteCustomer(ctx: Ctx, id: number): Promise<void> {
  await sql`delete from customers where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

export interface DocumentRow {
  readonly docType: string
  readonly path: string
  readonly fileId: number | null
}

/** One document a type: what stood under the type is replaced. */
export async function putDocuments(ctx: Ctx, customerId: number, documents: readonly DocumentRow[]): Promise<void> {
  await sql`
    insert into customer_documents (org_id, customer_id, doc_type, path, file_id, created_at)
    select ${ctx.org.id}, ${customerId}, d.doc_type, d.path, d.file_id, ${ctx.now} from unnest(
      ${documents.map((d) => d.docType)}::text[], ${documents.map((d) => d.path)}::text[], ${documents.map((d) => d.fileId)}::integer[]
    ) as d (doc_type, path, file_id)
    on conflict (org_id, customer_id, doc_type) do update
      set path = excluded.path, file_id = excluded.file_id, created_at = excluded.created_at`.execute(ctx.tx)
  await noteWhetherAny(ctx, customerId)
}

export async function deleteDocuments(ctx: Ctx, customerId: number, docTypes: readonly string[]): Promise<void> {
  await sql`
    delete from customer_documents
     where org_id = ${ctx.org.id} and customer_id = ${customerId} and doc_type = any(${docTypes}::text[])`.execute(
    ctx.tx,
  )
  await noteWhetherAny(ctx, customerId)
}

async function noteWhetherAny(ctx: Ctx, customerId: number): Promise<void> {
  await sql`
    update customers c set has_documents = d.any_left
      from (select exists (select from customer_documents where org_id = ${ctx.org.id} and customer_id = ${customerId}) as any_left) d
     where c.org_id = ${ctx.org.id} and c.id = ${customerId} and c.has_documents <> d.any_left`.execute(ctx.tx)
}

/**
 * Gives the users the customer records that have their proved phones, not changed since, and no login yet; returns the ids of
 * the records.
 */
export async function linkByVerifiedPhone(
  ctx: Ctx,
  userIds: readonly number[],
  changedBefore: Date,
): Promise<{ id: number; userId: number }[]> {
  const { rows } = await sql<{ id: number; userId: number }>`
    update customers c set user_id = u.id, updated_at = ${ctx.now} from users u
     where c.org_id = ${ctx.org.id} and u.org_id = c.org_id and u.id = any(${userIds}::integer[]) and u.phone = c.phone
       and u.phone_verified_at is not null and c.user_id is null
       and (c.contact_changed_at is null or c.contact_changed_at <= ${changedBefore})
       and not exists (select from customers other where other.org_id = u.org_id and other.user_id = u.id)
    returning c.id, u.id as "userId"`.execute(ctx.tx)
  return rows
}
