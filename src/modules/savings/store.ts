/** Owns: savings_products, savings_accounts, savings_transactions, savings_holds. Accounts are locked in the order of their ids, after loans and before the ledger. */
import { sql } from 'kysely'
import { addDays, type Day } from '#domain/day.ts'
import type { StoredSavingsTerms } from '#modules/savings/terms.ts'
import { actorLabel, type Ctx } from '#platform/context.ts'

export interface ProductRow {
  readonly name: string
  readonly terms: StoredSavingsTerms
}

export async function insertProduct(ctx: Ctx, id: number, { name, terms }: ProductRow): Promise<void> {
  const by = ctx.actor.kind === 'user' ? ctx.actor.id : null
  await sql`
    insert into savings_products (org_id, id, name, terms, created_by, created_at, updated_at)
    values (${ctx.org.id}, ${id}, ${name}, ${JSON.stringify(terms)}::jsonb, ${by}, ${ctx.now}, ${ctx.now})`.execute(
    ctx.tx,
  )
}

export async function updateProduct(ctx: Ctx, id: number, { name, terms }: ProductRow): Promise<void> {
  await sql`
    update savings_products set name = ${name}, terms = ${JSON.stringify(terms)}::jsonb, updated_at = ${ctx.now}
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

/** How a product rounds interest, and whether accounts are kept by it; null where there is none. The product is locked. */
export async function lockRounding(ctx: Ctx, id: number): Promise<{ rounding: string; hasAccounts: boolean } | null> {
  const { rows } = await sql<{ rounding: string; hasAccounts: boolean }>`
    select terms #>> '{interest,rounding}' as rounding,
           exists (select from savings_accounts a where a.org_id = p.org_id and a.product_id = p.id) as "hasAccounts"
      from savings_products p where org_id = ${ctx.org.id} and id = ${id} for update`.execute(ctx.tx)
  return rows[0] ?? null
}

export async function firstProduct(ctx: Ctx): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    select id from savings_products where org_id = ${ctx.org.id} and status = 'active' order by id limit 1`.execute(
    ctx.tx,
  )
  return rows[0]?.id ?? null
}

export type AccountStatus = 'open' | 'blocked' | 'closed'

export interface AccountRow {
  readonly id: number
  readonly accountNo: string
  readonly customerId: number
  readonly productId: number
  readonly currency: string
  readonly status: AccountStatus
  readonly held: bigint
  readonly movements: number
  readonly openedOn: Day
  readonly terms: StoredSavingsTerms
}

export const accountColumns = sql`a.id, a.account_no as "accountNo", a.customer_id as "customerId", a.product_id as "productId",
  a.currency, a.status, a.held, a.movements, a.opened_on as "openedOn", p.terms`

export interface NewAccount {
  readonly id: number
  readonly accountNo: string
  readonly customerId: number
  readonly productId: number
}

/** Opens an account; interest counts from its first day. Fails on savings_accounts_by_no for a number that is given. */
export async function insertAccount(ctx: Ctx, account: NewAccount): Promise<void> {
  const by = ctx.actor.kind === 'user' ? ctx.actor.id : null
  await sql`
    insert into savings_accounts (org_id, id, account_no, customer_id, product_id, currency, accrued_until, opened_on, created_by, created_at)
    values (${ctx.org.id}, ${account.id}, ${account.accountNo}, ${account.customerId}, ${account.productId}, ${ctx.org.currency},
            ${addDays(ctx.today, -1)}, ${ctx.today}, ${by}, ${ctx.now})`.execute(ctx.tx)
}

/** The accounts, locked in the order of their ids until the transaction ends: whatever moves money on one waits its turn. */
export async function lockAccounts(ctx: Ctx, ids: readonly number[]): Promise<AccountRow[]> {
  const { rows } = await sql<AccountRow>`
    with locked as materialized (
      select * from savings_accounts where org_id = ${ctx.org.id} and id = any(${ids}::integer[]) order by id for no key update
    )
    select ${accountColumns} from locked a join savings_products p on p.org_id = ${ctx.org.id} and p.id = a.product_id order by a.id`.execute(
    ctx.tx,
  )
  return rows
}

export async function setStatus(ctx: Ctx, id: number, status: AccountStatus): Promise<void> {
  await sql`
    update savings_accounts set status = ${status}, closed_on = ${status === 'closed' ? ctx.today : null}
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

/** Interest earned and not yet paid, in parts of a minor unit. */
export async function accruedOf(ctx: Ctx, id: number): Promise<bigint> {
  const { rows } = await sql<{ accrued: string }>`
    select accrued::text from savings_accounts where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
  return BigInt(rows[0]?.accrued ?? 0)
}

export type MovementKind =
  | 'deposit'
  | 'withdrawal'
  | 'fee'
  | 'interest'
  | 'transfer'
  | 'disbursement'
  | 'repayment'
  | 'return'

export interface Movement {
  readonly accountId: number
  readonly nr: number
  readonly kind: MovementKind
  readonly valueDay: Day
  /** Credits are positive. */
  readonly amount: bigint
  readonly balanceAfter: bigint
  readonly reference: string | null
  readonly entryId: bigint
}

/** Appends to the passbooks and counts them; the accounts are locked. */
export async function insertMovements(ctx: Ctx, m: readonly Movement[]): Promise<void> {
  if (m.length === 0) return
  await sql`
    with written as (
      insert into savings_transactions (org_id, account_id, nr, kind, value_day, amount, balance_after, reference, entry_id, actor, created_at)
      select ${ctx.org.id}, m.account_id, m.nr, m.kind, m.day, m.amount, m.balance, m.reference, m.entry_id, ${actorLabel(ctx.actor)}, ${ctx.now}
        from unnest(
          ${m.map((x) => x.accountId)}::integer[], ${m.map((x) => x.nr)}::integer[], ${m.map((x) => x.kind)}::text[], ${m.map((x) => x.valueDay)}::date[],
          ${m.map((x) => x.amount)}::bigint[], ${m.map((x) => x.balanceAfter)}::bigint[], ${m.map((x) => x.reference)}::text[], ${m.map((x) => x.entryId)}::bigint[]
        ) as m (account_id, nr, kind, day, amount, balance, reference, entry_id)
      returning account_id, nr
    )
    update savings_accounts a set movements = w.nr
      from (select account_id, max(nr) as nr from written group by account_id) w
     where a.org_id = ${ctx.org.id} and a.id = w.account_id`.execute(ctx.tx)
}

/** What was withdrawn or transferred away on a day: amounts without fees, and how often. What came back does not count. */
export async function withdrawnOn(ctx: Ctx, accountId: number, day: Day): Promise<{ amount: bigint; times: number }> {
  const { rows } = await sql<{ amount: bigint; times: number }>`
    select coalesce(-sum(t.amount), 0)::bigint as amount, count(*)::integer as times from savings_transactions t
     where t.org_id = ${ctx.org.id} and t.account_id = ${accountId} and t.value_day = ${day} and t.kind in ('withdrawal', 'transfer') and t.amount < 0
       and not exists (select from savings_transactions r join journal_entries e on e.org_id = r.org_id and e.id = r.entry_id
                        where r.org_id = t.org_id and r.account_id = t.account_id and r.kind = 'return' and e.reverses_id = t.entry_id)
  `.execute(ctx.tx)
  return rows[0]!
}

/** What an entry moved on accounts. */
export async function movementsOfEntry(ctx: Ctx, entryId: bigint): Promise<{ accountId: number; amount: bigint }[]> {
  const { rows } = await sql<{ accountId: number; amount: bigint }>`
    select account_id as "accountId", sum(amount)::bigint as amount from savings_transactions
     where org_id = ${ctx.org.id} and entry_id = ${entryId} group by account_id order by account_id`.execute(ctx.tx)
  return rows
}

export interface HoldRow {
  readonly id: number
  readonly accountId: number
  readonly amount: bigint
  readonly purpose: string
  readonly status: 'active' | 'released' | 'captured'
}

const holdColumns = sql`id, account_id as "accountId", amount, purpose, status`

/** Sets an amount aside; the account is locked. */
export async function insertHold(ctx: Ctx, hold: Omit<HoldRow, 'status'>): Promise<void> {
  await sql`
    with written as (
      insert into savings_holds (org_id, id, account_id, amount, purpose, created_at)
      values (${ctx.org.id}, ${hold.id}, ${hold.accountId}, ${hold.amount}, ${hold.purpose}, ${ctx.now}) returning account_id, amount
    )
    update savings_accounts a set held = a.held + w.amount from written w where a.org_id = ${ctx.org.id} and a.id = w.account_id
  `.execute(ctx.tx)
}

export async function findHold(ctx: Ctx, id: number): Promise<HoldRow | null> {
  const { rows } = await sql<HoldRow>`
    select ${holdColumns} from savings_holds where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
  return rows[0] ?? null
}

export interface HoldEnd {
  readonly status: 'released' | 'captured'
  readonly captured: bigint
  readonly entryId: bigint | null
}

/** Ends an active hold and frees what it set aside. The account is locked. */
export async function settleHold(ctx: Ctx, id: number, end: HoldEnd): Promise<void> {
  await sql`
    with ended as (
      update savings_holds set status = ${end.status}, captured = ${end.captured}, entry_id = ${end.entryId}, settled_at = ${ctx.now}
       where org_id = ${ctx.org.id} and id = ${id} and status = 'active' returning account_id, amount
    )
    update savings_accounts a set held = a.held - e.amount from ended e where a.org_id = ${ctx.org.id} and a.id = e.account_id
  `.execute(ctx.tx)
}
