/**
 * Erases what is personal of a customer from every module's tables, by one list of them: so a test can hold the list to the
 * tables that there are. Ids, money, days and who did what stay. Locks: the customer's records in order of id.
 */
import { type RawBuilder, sql } from 'kysely'
import { ERASED } from '#domain/erasure.ts'
import type { Ctx } from '#platform/context.ts'

export interface RecordOfPerson {
  readonly id: number
  readonly userId: number | null
  readonly mergedInto: number | null
  readonly erasedAt: Date | null
}

/** The numbers of the customer's record and of those that went into it. */
export async function recordsOf(ctx: Ctx, customerId: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from customers where org_id = ${ctx.org.id} and (id = ${customerId} or merged_into = ${customerId}) order by id`.execute(
    ctx.tx,
  )
  return rows.map((row) => row.id)
}

/** The customer's record and those that went into it, locked in order of id. */
export async function lockPerson(ctx: Ctx, customerId: number): Promise<RecordOfPerson[]> {
  const { rows } = await sql<RecordOfPerson>`
    select id, user_id as "userId", merged_into as "mergedInto", erased_at as "erasedAt" from customers
     where org_id = ${ctx.org.id} and (id = ${customerId} or merged_into = ${customerId}) order by id for update`.execute(
    ctx.tx,
  )
  return rows
}

/** One person in the tables: their records, and the logins that are or were theirs. */
export interface Person {
  readonly customers: readonly number[]
  readonly users: readonly number[]
}

/** Logins that a merge closed: they were the person's as well. */
export async function closedLogins(ctx: Ctx, customers: readonly number[]): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select closed_login as id from customer_merges
     where org_id = ${ctx.org.id} and undone_at is null and closed_login is not null and kept_id = any(${customers}::integer[])
     order by 1`.execute(ctx.tx)
  return rows.map((row) => row.id)
}

/** What is known of a person that others' texts may contain as well. */
export interface Known {
  readonly names: readonly string[]
  readonly phones: readonly string[]
  readonly others: readonly string[]
  /** Where messages went: phones, mailboxes, applications. */
  readonly addresses: readonly string[]
}

/** A number in what people told of themselves: five digits at least, and no day. */
const NUMBER = String.raw`^(?!\d{4}-\d{2}-\d{2})(?=(?:.*\d){5})[0-9A-Za-z /-]{5,30}$`

export async function knownOf(ctx: Ctx, { customers, users }: Person): Promise<Known> {
  const [ofRecords, ofLogins] = [sql`${customers}::integer[]`, sql`${users}::integer[]`]
  const org = ctx.org.id
  const { rows } = await sql<{ kind: keyof Known; text: string }>`
    select distinct kind, text from (
      select 'names' as kind, full_name as text from customers where org_id = ${org} and id = any(${ofRecords})
      union all select 'names', business_name from customers where org_id = ${org} and id = any(${ofRecords})
      union all select 'names', name from users where org_id = ${org} and id = any(${ofLogins})
      union all select 'phones', phone from customers where org_id = ${org} and id = any(${ofRecords})
      union all select 'phones', phone from users where org_id = ${org} and id = any(${ofLogins})
      union all select 'phones', phone from collection_customers where org_id = ${org} and customer_id = any(${ofRecords})
      union all select 'others', email from customers where org_id = ${org} and id = any(${ofRecords})
      union all select 'others', email from users where org_id = ${org} and id = any(${ofLogins})
      union all select 'others', username from users where org_id = ${org} and id = any(${ofLogins}) and username ~ '[^0-9]{5}|[0-9]{7}'
      union all select 'others', number from customer_id_numbers where org_id = ${org} and customer_id = any(${ofRecords})
      union all select 'others', p.value from customers c, jsonb_each_text(c.profile) p
                 where c.org_id = ${org} and c.id = any(${ofRecords}) and p.value ~ ${NUMBER}
      union all select 'others', p.value from users u, jsonb_each_text(u.profile) p
                 where u.org_id = ${org} and u.id = any(${ofLogins}) and p.value ~ ${NUMBER}
      union all select 'addresses', token from device_tokens where org_id = ${org} and user_id = any(${ofLogins})
      union all select case when kind = 'customer.phone' then 'phones' else 'others' end, asked ->> 'value' from approvals
                 where org_id = ${org} and kind in ('customer.phone', 'customer.email') and subject = any(${subjects(customers)}::text[])
    ) known where text is not null and trim(text) not in ('', ${ERASED})`.execute(ctx.tx)
  const of = (kind: keyof Known): string[] => rows.flatMap((row) => (row.kind === kind ? [row.text] : []))
  const [phones, others] = [of('phones'), of('others')]
  return { names: of('names'), phones, others, addresses: [...of('addresses'), ...phones, ...others] }
}

const subjects = (customers: readonly number[]): string[] => customers.map((id) => `customer:${id}`)

/** The first thing that is not finished yet between lender and customer, in words; null: nothing is. */
export async function unfinished(ctx: Ctx, { customers }: Person, phones: readonly string[]): Promise<string | null> {
  const org = ctx.org.id
  const theirs = sql`org_id = ${org} and customer_id = any(${customers}::integer[])`
  const { rows } = await sql<{ why: string | null }>`
    select case
      when exists (select from loans where ${theirs} and status in ('draft', 'pending', 'approved', 'active'))
        then 'a loan is not finished'
      when exists (select from collection_loans l where ${theirs} and removed_at is null
                      and not exists (select from loans r where r.org_id = ${org} and r.id = l.loan_id))
        then 'a loan was handed over for collection and not taken back'
      when exists (select from down_payments where ${theirs} and status = 'pending') then 'a down payment waits to be verified'
      when exists (select from payments where org_id = ${org} and status in ('pending', 'suspense')
                      and (customer_id = any(${customers}::integer[]) or payer_phone = any(${phones}::text[])))
        then 'a payment waits to be verified or matched'
      when exists (select from payouts where ${theirs} and status not in ('confirmed', 'returned')) then 'a payout is on its way'
      when exists (
        select from (select 'customer' as kind, unnest(${customers}::integer[]) as id
                     union all select 'loan', id from loans where ${theirs}
                     union all select 'savings', id from savings_accounts where ${theirs}) o
          join ledger_accounts a on a.org_id = ${org} and a.owned_by = o.kind
          join ledger_balances b on b.org_id = a.org_id and b.account = a.code and b.owner = o.id and b.debits <> b.credits)
        then 'there is money of theirs, or money that they owe'
    end as why`.execute(ctx.tx)
  return rows[0]!.why
}

/** Savings accounts that are not closed, in order of id. */
export async function openAccounts(ctx: Ctx, { customers }: Person): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from savings_accounts
     where org_id = ${ctx.org.id} and customer_id = any(${customers}::integer[]) and status <> 'closed' order by id`.execute(
    ctx.tx,
  )
  return rows.map((row) => row.id)
}

/** Files that only this person's records, payments and sales refer to. */
export async function filesOf(ctx: Ctx, { customers }: Person): Promise<number[]> {
  const theirs = sql`org_id = ${ctx.org.id} and customer_id = any(${customers}::integer[])`
  const { rows } = await sql<{ id: number }>`
    select file_id as id from customer_documents where ${theirs} and file_id is not null
    union select receipt_file_id from payment_claims where ${theirs} and receipt_file_id is not null
    union select receipt_file_id from down_payments where ${theirs} and receipt_file_id is not null
    union select signature_file_id from sales where ${theirs} and signature_file_id is not null
    order by 1`.execute(ctx.tx)
  return rows.map((row) => row.id)
}

interface Erasing {
  readonly ctx: Ctx
  readonly person: Person
  readonly files: readonly number[]
}

/** What is personal of the person's own rows, by table. */
const OF_PERSON: Readonly<Record<string, (erasing: Erasing) => RawBuilder<unknown>>> = {
  customer_documents: (e) => sql`delete from customer_documents where ${customersOf(e)}`,
  customer_id_numbers: (e) => sql`delete from customer_id_numbers where ${customersOf(e)}`,
  customers: (e) => sql`
    update customers set full_name = ${ERASED}, phone = null, phone_doubtful = false, email = null, business_name = null, location = null,
           profile = '{}', search_text = '', has_documents = false, contact_changed_at = null,
           erased_at = ${e.ctx.now}, updated_at = ${e.ctx.now}
     where org_id = ${e.ctx.org.id} and id = any(${e.person.customers}::integer[])`,
  collection_customers: (e) => sql`
    update collection_customers set phone = null, address_line_1 = null, address_line_2 = null, city = null, state = null, pincode = null,
           date_of_birth = null, do_not_call = true, do_not_call_reason = null, removed_at = coalesce(removed_at, ${e.ctx.now})
     where ${customersOf(e)}`,
  consents: (e) => sql`update consents set withdrawn_at = coalesce(withdrawn_at, ${e.ctx.now}) where ${customersOf(e)}`,
  interaction_revisions: (e) => sql`
    update interaction_revisions set comment = ${ERASED}
     where org_id = ${e.ctx.org.id} and interaction_id in (select id from interactions where ${visitsOf(e)})`,
  interactions: (e) => sql`update interactions set comment = ${ERASED} where ${visitsOf(e)}`,
  payment_claims: (e) =>
    sql`update payment_claims set receipt_file_id = null where ${customersOf(e)} and receipt_file_id is not null`,
  down_payments: (e) =>
    sql`update down_payments set receipt_file_id = null where ${customersOf(e)} and receipt_file_id is not null`,
  sales: (e) =>
    sql`update sales set signature_file_id = null where ${customersOf(e)} and signature_file_id is not null`,
  files: (e) => sql`
    update files set original_name = ${ERASED} where org_id = ${e.ctx.org.id} and id = any(${e.files}::integer[])`,
  devices: (e) => sql`update devices set activated_token = null, activation_code_until = null where ${customersOf(e)}`,
  approvals: (e) => sql`
    update approvals set asked = to_jsonb(${ERASED}::text)
     where org_id = ${e.ctx.org.id} and kind in ('customer.phone', 'customer.email') and subject = any(${subjects(e.person.customers)}::text[])`,
  customer_merges: (e) => sql`
    update customer_merges set before = to_jsonb(${ERASED}::text), moved = to_jsonb(${ERASED}::text)
     where org_id = ${e.ctx.org.id}
       and (kept_id = any(${e.person.customers}::integer[]) or gone_id = any(${e.person.customers}::integer[]))`,
  users: (e) => sql`
    update users set username = null, email = null, phone = null, name = ${ERASED}, password_hash = '', profile = '{}',
           email_verified_at = null, phone_verified_at = null, phone_doubtful = false, email_doubtful = false, contact_changed_at = null
     where org_id = ${e.ctx.org.id} and id = any(${e.person.users}::integer[])`,
  sessions: (e) => sql`update sessions set address = null where ${usersOf(e)}`,
  login_addresses: (e) => sql`delete from login_addresses where ${usersOf(e)}`,
  one_time_codes: (e) => sql`delete from one_time_codes where ${usersOf(e)}`,
  device_tokens: (e) => sql`
    update device_tokens set active = false, token = ${ERASED} || ' ' || id, device_name = null, os_version = null, app_version = null
     where ${usersOf(e)}`,
  notifications: (e) => sql`delete from notifications where ${usersOf(e)}`,
  request_log: (e) => sql`delete from request_log where ${usersOf(e)}`,
}

const customersOf = ({ ctx, person }: Erasing): RawBuilder<unknown> =>
  sql`org_id = ${ctx.org.id} and customer_id = any(${person.customers}::integer[])`
const usersOf = ({ ctx, person }: Erasing): RawBuilder<unknown> =>
  sql`org_id = ${ctx.org.id} and user_id = any(${person.users}::integer[])`
const visitsOf = (e: Erasing): RawBuilder<unknown> => sql`
  org_id = ${e.ctx.org.id} and (customer_id = any(${e.person.customers}::integer[])
    or loan_id in (select id from loans where ${customersOf(e)} union select loan_id from collection_loans where ${customersOf(e)}))`

/** Erases the person from the rows that are theirs. */
export async function eraseOwnRows(erasing: Erasing): Promise<void> {
  for (const statement of Object.values(OF_PERSON)) await statement(erasing).execute(erasing.ctx.tx)
}

/** Erases messages that went to a person; what was not sent yet is not sent any more. */
export async function eraseMessagesTo(ctx: Ctx, addresses: readonly string[]): Promise<void> {
  await sql`
    update messages set recipient = ${ERASED}, subject = null, body = ${ERASED}, data = null, dedupe_key = null, error = null,
           status = case when status = 'queued' then 'failed' else status end
     where org_id = ${ctx.org.id} and recipient = any(${addresses}::text[])`.execute(ctx.tx)
}

/** Takes a person's names, phones and numbers (a pattern) out of what was told to others; requests that have them are removed. */
export async function eraseMentions(ctx: Ctx, pattern: string): Promise<void> {
  const org = ctx.org.id
  const erased = (column: string): RawBuilder<unknown> =>
    sql`regexp_replace(${sql.ref(column)}, ${pattern}, ${ERASED}, 'gi')`
  await sql`
    update messages set recipient = ${erased('recipient')}, subject = ${erased('subject')}, body = ${erased('body')},
           data = regexp_replace(data::text, ${pattern}, ${ERASED}, 'gi')::jsonb, dedupe_key = ${erased('dedupe_key')}
     where org_id = ${org} and concat_ws(' ', recipient, subject, body, data, dedupe_key) ~* ${pattern}`.execute(ctx.tx)
  await sql`
    update notifications set title = ${erased('title')}, message = ${erased('message')},
           data = regexp_replace(data::text, ${pattern}, ${ERASED}, 'gi')::jsonb
     where org_id = ${org} and concat_ws(' ', title, message, data) ~* ${pattern}`.execute(ctx.tx)
  await sql`
    delete from request_log where org_id = ${org} and concat_ws(' ', path, request, response) ~* ${pattern}`.execute(
    ctx.tx,
  )
}
