/** What is known of customers. Reads only, always bounded. */
import { type RawBuilder, sql } from 'kysely'
import { searchPattern } from '#modules/customers/search-text.ts'
import type { Ctx } from '#platform/context.ts'

export { searchPattern } from '#modules/customers/search-text.ts'

type Reader = Pick<Ctx, 'org' | 'tx'>

export interface CustomerDocument {
  readonly docType: string
  /** As the contract shows it. */
  readonly path: string
  /** Null: a path that staff noted, without a file of ours. */
  readonly fileId: number | null
}

export type Channel = 'phone' | 'email'

/** What staff have put in place of a phone or e-mail, and nobody has confirmed yet. */
export interface AskedContact {
  readonly approvalId: number
  readonly channel: Channel
  readonly value: string | null
}

export interface Customer {
  readonly id: number
  readonly fullName: string
  /** E.164; the one that counts, whatever is asked for. */
  readonly phone: string | null
  /** Changed by the customer himself: no payment is matched by it until his login proves it or staff notes it. */
  readonly phoneDoubtful: boolean
  /** As the phone: the one that counts. */
  readonly email: string | null
  /** Since when phone or e-mail is what it is, where it was changed. */
  readonly contactChangedAt: Date | null
  /** One a channel at most. */
  readonly askedContact: readonly AskedContact[]
  readonly businessName: string | null
  readonly location: string | null
  /** The customer's own login. */
  readonly userId: number | null
  readonly createdBy: number | null
  readonly profile: Readonly<Record<string, unknown>>
  readonly createdAt: Date
  /** In order of type. */
  readonly documents: readonly CustomerDocument[]
}

export const customerColumns = sql`c.id, c.full_name as "fullName", c.phone, c.phone_doubtful as "phoneDoubtful", c.email, c.business_name as "businessName", c.location,
  c.contact_changed_at as "contactChangedAt",
  (select coalesce(json_agg(json_build_object('approvalId', a.id, 'channel', substr(a.kind, 10), 'value', a.asked->'value') order by a.id), '[]')
     from approvals a where a.org_id = c.org_id and a.subject = 'customer:' || c.id and a.status = 'pending'
      and a.kind in ('customer.phone', 'customer.email')) as "askedContact",
  c.user_id as "userId", c.created_by as "createdBy", c.profile, c.created_at as "createdAt",
  (select coalesce(json_agg(json_build_object('docType', d.doc_type, 'path', d.path, 'fileId', d.file_id) order by d.doc_type), '[]')
     from customer_documents d where d.org_id = c.org_id and d.customer_id = c.id) as documents`

/** What is shown of a customer's phone and e-mail: what was told last, confirmed or not. */
export function shownContact({ phone, email, askedContact }: Pick<Customer, Channel | 'askedContact'>): {
  readonly phone: string | null
  readonly email: string | null
} {
  const asked = Object.fromEntries(askedContact.map(({ channel, value }) => [channel, value]))
  return { phone, email, ...asked }
}

/** The e-mail that is shown, in SQL, of `customers c`. */
export const shownEmail = sql`(
  select case when count(*) > 0 then max(a.asked->>'value') else c.email end from approvals a
   where a.org_id = c.org_id and a.subject = 'customer:' || c.id and a.status = 'pending' and a.kind = 'customer.email')`

async function oneWhere(ctx: Reader, condition: RawBuilder<unknown>): Promise<Customer | null> {
  const { rows } = await sql<Customer>`
    select ${customerColumns} from customers c where c.org_id = ${ctx.org.id} and ${condition}`.execute(ctx.tx)
  return rows[0] ?? null
}

/** One customer, or null; a record that went into another is none any more. */
export const customerById = (ctx: Reader, id: number): Promise<Customer | null> =>
  oneWhere(ctx, sql`c.id = ${id} and c.merged_into is null`)

/** The customer whose login it is, or null. */
export const customerOfUser = (ctx: Reader, userId: number): Promise<Customer | null> =>
  oneWhere(ctx, sql`c.user_id = ${userId} and c.merged_into is null`)

/** Whether a fact that nobody changes is a customer's: it keeps the number of a record that went into theirs. */
export const ofCustomer = (
  ctx: Pick<Ctx, 'org'>,
  column: RawBuilder<unknown>,
  customerId: number,
): RawBuilder<unknown> =>
  sql`${column} in (select ${customerId}::integer union all
                    select id from customers where org_id = ${ctx.org.id} and merged_into = ${customerId})`

/** What a loan needs to know of its borrower, without their documents; null for one that was erased. */
export async function customerForLoan(ctx: Reader, id: number): Promise<{ id: number; userId: number | null } | null> {
  const { rows } = await sql<{ id: number; userId: number | null }>`
    select id, user_id as "userId" from customers
     where org_id = ${ctx.org.id} and id = ${id} and merged_into is null and erased_at is null`.execute(ctx.tx)
  return rows[0] ?? null
}

/**
 * Whose phones these are (E.164): the customer whose login has proved the phone, else the one whose record has it, else the
 * one whose login has claimed it from the start: who registers with a stranger's number does not receive the stranger's
 * payments. A phone that a customer put in place of another counts when it is proved; one that two customers have merely
 * claimed is nobody's. The phone of a record that went into another finds that one.
 */
export async function customersByPhone(ctx: Reader, phones: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ phone: string; id: number | null }>`
    select k.phone, case when u.phone_verified_at is not null and l.id is not null then l.id
                         when l.id <> c.id and c.created_by = c.user_id then null
                         else coalesce(c.id, l.id) end as id
      from unnest(${phones}::text[]) as k (phone)
      left join users u on u.org_id = ${ctx.org.id} and u.phone = k.phone and not u.phone_doubtful
      left join lateral (select coalesce(merged_into, id) as id from customers
                          where org_id = ${ctx.org.id} and user_id = u.id) l on true
      left join lateral (select coalesce(merged_into, id) as id, created_by, user_id from customers
                          where org_id = ${ctx.org.id} and phone = k.phone and not phone_doubtful) c on true`.execute(
    ctx.tx,
  )
  return new Map(rows.flatMap(({ phone, id }) => (id === null ? [] : [[phone, id] as const])))
}

/** Whose phone this is (E.164), by their record or by their login's proof: several may share one. The first twenty: anybody may ask. */
export async function customersSharing(ctx: Reader, phone: string): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select distinct coalesce(c.merged_into, c.id) as id from customers c
      left join users u on u.org_id = c.org_id and u.id = c.user_id
     where c.org_id = ${ctx.org.id}
       and (c.phone = ${phone} and not c.phone_doubtful or u.phone = ${phone} and u.phone_verified_at is not null)
     order by 1 limit 20`.execute(ctx.tx)
  return rows.map((row) => row.id)
}

export interface CustomerFilter {
  /** Anywhere in name, phone, business or location, whatever the case. */
  readonly search?: string | undefined
  readonly createdBy?: number | undefined
  /** Exact, as is the location. */
  readonly businessName?: string | undefined
  readonly location?: string | undefined
  readonly hasDocuments?: boolean | undefined
}

function matching(ctx: Reader, filter: CustomerFilter): RawBuilder<unknown> {
  const pattern = searchPattern(filter.search ?? '')
  const conditions = [
    sql`c.org_id = ${ctx.org.id}`,
    // The text of a record that went into another is empty: a search reads its index alone.
    pattern === null ? sql`c.merged_into is null` : sql`c.search_text like ${pattern}`,
    ...(filter.createdBy === undefined ? [] : [sql`c.created_by = ${filter.createdBy}`]),
    ...(filter.businessName === undefined ? [] : [sql`c.business_name = ${filter.businessName}`]),
    ...(filter.location === undefined ? [] : [sql`c.location = ${filter.location}`]),
    ...(filter.hasDocuments === undefined ? [] : [sql`c.has_documents = ${filter.hasDocuments}`]),
  ]
  return sql.join(conditions, sql` and `)
}

export interface Page {
  /** From 1. */
  readonly page: number
  readonly perPage: number
}

export interface CustomerList {
  readonly customers: readonly Customer[]
  /** All that match, not only this page. */
  readonly total: number
}

/** A page of the customers that match, in order of id. A page past the end is empty. */
export async function listCustomers(ctx: Reader, filter: CustomerFilter, page: Page): Promise<CustomerList> {
  const { ids, total } = await pageOfIds(ctx, filter, page)
  return { customers: await customersByIds(ctx, ids), total }
}

/** So many first matches of a search are read at once: where there are no more, one pass gives both page and total. */
const AT_ONCE = 5_000

async function pageOfIds(
  ctx: Reader,
  filter: CustomerFilter,
  { page, perPage }: Page,
): Promise<{ ids: readonly number[]; total: number }> {
  const condition = matching(ctx, filter)
  const offset = (page - 1) * perPage
  const searched = filter.search !== undefined && offset + perPage <= AT_ONCE
  const first = searched ? await idsWhere(ctx, condition, { offset: 0, limit: AT_ONCE + 1 }) : []
  if (searched && first.length <= AT_ONCE) return { ids: first.slice(offset, offset + perPage), total: first.length }
  const total = await countWhere(ctx, condition)
  if (searched || offset >= total) return { ids: first.slice(offset, offset + perPage), total }
  return { ids: await idsWhere(ctx, condition, { offset, limit: perPage }), total }
}

async function idsWhere(
  ctx: Reader,
  condition: RawBuilder<unknown>,
  { offset, limit }: { offset: number; limit: number },
): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    select c.id from customers c where ${condition} order by c.id limit ${limit} offset ${offset}`.execute(ctx.tx)
  return rows.map((row) => row.id)
}

async function countWhere(ctx: Reader, condition: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`select count(*) from customers c where ${condition}`.execute(ctx.tx)
  return Number(rows[0]!.count)
}

async function customersByIds(ctx: Reader, ids: readonly number[]): Promise<Customer[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<Customer>`
    select ${customerColumns} from customers c where c.org_id = ${ctx.org.id} and c.id = any(${ids}::integer[]) order by c.id
  `.execute(ctx.tx)
  return rows
}

/** The next matching customers after one of them, in order of id: what an export reads page by page. */
export async function customersAfter(
  ctx: Reader,
  filter: CustomerFilter,
  { after, limit }: { after: number; limit: number },
): Promise<Customer[]> {
  const { rows } = await sql<Customer>`
    select ${customerColumns} from customers c
     where ${matching(ctx, filter)} and c.id > ${after} order by c.id limit ${limit}`.execute(ctx.tx)
  return rows
}
