/**
 * Owns: customer_merges. Moves whose rows are of every module's tables from one customer to another, by one list of them: so
 * a test can hold the list to the tables that there are. Locks: both customers in order of id, then payouts, payments, loans.
 */
import { type RawBuilder, sql } from 'kysely'
import { actorLabel, type Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'

interface Moved {
  /** What names a row among the customer's, as text. */
  readonly key: RawBuilder<unknown>
  /** What the kept record has already stays its own, and the other's row stays with the other. */
  readonly unless?: (kept: number) => RawBuilder<unknown>
}

const byId: Moved = { key: sql`t.id` }
const byLoan: Moved = { key: sql`t.loan_id` }

/** Tables whose rows are moved, in the order in which they are locked. */
export const MOVED_TABLES: Readonly<Record<string, Moved>> = {
  payouts: byId,
  payments: byId,
  loans: byId,
  savings_accounts: byId,
  sales: byLoan,
  down_payments: byId,
  devices: byId,
  collection_loans: byLoan,
  interactions: byId,
  promises: byId,
  collection_customers: {
    key: sql`'file'`,
    unless: (kept) =>
      sql`exists (select from collection_customers k where k.org_id = t.org_id and k.customer_id = ${kept})`,
  },
  customer_documents: {
    key: sql`t.doc_type`,
    unless: (kept) => sql`exists (select from customer_documents k
      where k.org_id = t.org_id and k.customer_id = ${kept} and k.doc_type = t.doc_type)`,
  },
  customer_id_numbers: { key: sql`t.kind || ' ' || t.number` },
  consents: {
    key: sql`t.third_party_id`,
    unless: (kept) => sql`exists (select from consents k
      where k.org_id = t.org_id and k.customer_id = ${kept} and k.third_party_id = t.third_party_id)`,
  },
}

/** Facts that nobody changes: they keep the number they were written with, and are read through `customers.merged_into`. */
export const READ_THROUGH: readonly string[] = ['receipts', 'customer_assignments', 'payment_claims']

export type MovedKeys = Readonly<Record<string, readonly string[]>>

/** Moves every row of one customer to another; answers the keys of those that were moved, by table. */
export async function moveRows(ctx: Ctx, { from, to }: { from: number; to: number }): Promise<MovedKeys> {
  const moved: Record<string, string[]> = {}
  for (const [table, { key, unless }] of Object.entries(MOVED_TABLES)) {
    const stays = unless ? sql`and not ${unless(to)}` : sql``
    const { rows } = await sql<{ key: string }>`
      update ${sql.table(table)} t set customer_id = ${to}
       where t.org_id = ${ctx.org.id} and t.customer_id = ${from} ${stays} returning (${key})::text as key`.execute(
      ctx.tx,
    )
    if (rows.length > 0) moved[table] = rows.map((row) => row.key)
  }
  return moved
}

/** Moves those rows back that are still where they were moved to. */
export async function moveRowsBack(
  ctx: Ctx,
  { from, to, keys }: { from: number; to: number; keys: MovedKeys },
): Promise<void> {
  for (const [table, { key }] of Object.entries(MOVED_TABLES)) {
    const wanted = keys[table]
    if (!wanted) continue
    await sql`
      update ${sql.table(table)} t set customer_id = ${to}
       where t.org_id = ${ctx.org.id} and t.customer_id = ${from} and (${key})::text = any(${wanted}::text[])`.execute(
      ctx.tx,
    )
  }
}

/** A record as it may be changed by a merge, as the table has it. */
export interface RecordImage {
  readonly id: number
  readonly full_name: string
  readonly phone: string | null
  readonly phone_doubtful: boolean
  readonly email: string | null
  readonly business_name: string | null
  readonly location: string | null
  readonly user_id: number | null
  readonly profile: Readonly<Record<string, unknown>>
  readonly search_text: string
  readonly has_documents: boolean
  readonly merged_into: number | null
}

/** Both records, locked against whatever would name them meanwhile, in order of id. */
export async function lockRecords(ctx: Ctx, ids: readonly number[]): Promise<Map<number, RecordImage>> {
  const { rows } = await sql<RecordImage>`
    select id, full_name, phone, phone_doubtful, email, business_name, location, user_id, profile, search_text, has_documents, merged_into
      from customers where org_id = ${ctx.org.id} and id = any(${ids}::integer[]) and erased_at is null
     order by id for update`.execute(ctx.tx)
  return new Map(rows.map((row) => [row.id, row]))
}

/** Writes a record; it has documents where there are any. */
export async function writeRecord(ctx: Ctx, is: RecordImage): Promise<void> {
  await sql`
    update customers c set phone = ${is.phone}, phone_doubtful = ${is.phone_doubtful}, email = ${is.email}, business_name = ${is.business_name},
           location = ${is.location}, user_id = ${is.user_id}, profile = ${JSON.stringify(is.profile)}::jsonb, search_text = ${is.search_text},
           has_documents = exists (select from customer_documents d where d.org_id = c.org_id and d.customer_id = c.id),
           merged_into = ${is.merged_into}, merged_at = case when ${is.merged_into}::integer is null then null else coalesce(merged_at, ${ctx.now}) end,
           updated_at = ${ctx.now}
     where org_id = ${ctx.org.id} and id = ${is.id}`.execute(ctx.tx)
}

/** Records that went into one go on into another; answers which. */
export async function redirect(ctx: Ctx, { from, to }: { from: number; to: number }): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    update customers set merged_into = ${to} where org_id = ${ctx.org.id} and merged_into = ${from} returning id`.execute(
    ctx.tx,
  )
  return rows.map((row) => row.id)
}

/** Leads records that went into one back to it. */
export async function redirectBack(ctx: Ctx, { ids, to }: { ids: readonly number[]; to: number }): Promise<void> {
  await sql`
    update customers set merged_into = ${to} where org_id = ${ctx.org.id} and id = any(${ids}::integer[])`.execute(
    ctx.tx,
  )
}

/** Whether both records have identity numbers of one register that differ. */
export async function idNumbersDiffer(ctx: Ctx, ids: readonly number[]): Promise<boolean> {
  const { rows } = await sql<{ differ: boolean }>`
    select exists (select from customer_id_numbers a join customer_id_numbers b
                     on b.org_id = a.org_id and b.kind = a.kind and b.customer_id <> a.customer_id
                    where a.org_id = ${ctx.org.id} and a.customer_id = any(${ids}::integer[])
                      and b.customer_id = any(${ids}::integer[])) as differ`.execute(ctx.tx)
  return rows[0]!.differ
}

export interface MergeRow {
  readonly id: number
  readonly keptId: number
  readonly goneId: number
  /** Which rows were moved, and which records that had gone into the one that went. */
  readonly moved: { readonly rows: MovedKeys; readonly redirected: readonly number[] }
  readonly before: { readonly kept: RecordImage; readonly gone: RecordImage; readonly filled: RecordImage }
  readonly closedLogin: number | null
  readonly entryId: bigint | null
  readonly lastEntry: bigint
  readonly mergedBy: string
  readonly mergedAt: Date
  readonly undoneBy: string | null
  readonly undoneAt: Date | null
  /** What was moved, and both records as they were, are erased: it is not undone any more. */
  readonly erased: boolean
}

export const mergeColumns = sql`jsonb_typeof(before) = 'string' as erased, id, kept_id as "keptId", gone_id as "goneId", moved, before, closed_login as "closedLogin", entry_id as "entryId",
  last_entry as "lastEntry", merged_by as "mergedBy", merged_at as "mergedAt", undone_by as "undoneBy", undone_at as "undoneAt"`

export const takeMergeNumber = (ctx: Ctx): Promise<number> => takeNumbers(ctx, 'customer_merge')

export type NewMerge = Omit<MergeRow, 'mergedBy' | 'mergedAt' | 'undoneBy' | 'undoneAt' | 'erased'>

export async function insertMerge(ctx: Ctx, m: NewMerge): Promise<void> {
  await sql`
    insert into customer_merges (org_id, id, kept_id, gone_id, moved, before, closed_login, entry_id, last_entry, merged_by, merged_at)
    values (${ctx.org.id}, ${m.id}, ${m.keptId}, ${m.goneId}, ${JSON.stringify(m.moved)}::jsonb, ${JSON.stringify(m.before)}::jsonb,
            ${m.closedLogin}, ${m.entryId}, ${m.lastEntry}, ${actorLabel(ctx.actor)}, ${ctx.now})`.execute(ctx.tx)
}

export async function lockMerge(ctx: Ctx, id: number): Promise<MergeRow | null> {
  const { rows } = await sql<MergeRow>`
    select ${mergeColumns} from customer_merges where org_id = ${ctx.org.id} and id = ${id} for update`.execute(ctx.tx)
  return rows[0] ?? null
}

export async function markUndone(ctx: Ctx, id: number): Promise<void> {
  await sql`
    update customer_merges set undone_by = ${actorLabel(ctx.actor)}, undone_at = ${ctx.now}
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

/** Whether a later merge that stands has to do with either record. */
export async function mergedSince(ctx: Ctx, { id, keptId, goneId }: MergeRow): Promise<boolean> {
  const { rows } = await sql<{ since: boolean }>`
    select exists (select from customer_merges where org_id = ${ctx.org.id} and id > ${id} and undone_at is null
                      and (kept_id in (${keptId}, ${goneId}) or gone_id in (${keptId}, ${goneId}))) as since`.execute(
    ctx.tx,
  )
  return rows[0]!.since
}

/** Whether an entry after the merge touched what either record owns: balances, loans, accounts, payments, payouts. */
export async function moneyMovedSince(ctx: Ctx, { keptId, goneId, lastEntry }: MergeRow): Promise<boolean> {
  const of = sql`org_id = ${ctx.org.id} and customer_id in (${keptId}, ${goneId})`
  const { rows } = await sql<{ moved: boolean }>`
    with owners (kind, id) as (
      select 'customer', unnest(array[${keptId}, ${goneId}]::integer[])
      union all select 'loan', id from loans where ${of}
      union all select 'savings', id from savings_accounts where ${of}
      union all select 'payment', id from payments where ${of}
      union all select 'payout', id from payouts where ${of})
    select exists (
      select from owners o join ledger_accounts a on a.org_id = ${ctx.org.id} and a.owned_by = o.kind
        join journal_lines l on l.org_id = a.org_id and l.account = a.code and l.owner = o.id and l.entry_id > ${lastEntry}
        join journal_entries e on e.org_id = l.org_id and e.id = l.entry_id and e.idem_key not like 'customers %'
    ) as moved`.execute(ctx.tx)
  return rows[0]!.moved
}
