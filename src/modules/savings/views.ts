/** What savings accounts look like: balances, passbooks. Reads only, always bounded. */
import { type RawBuilder, sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import { SAVINGS } from '#domain/ledger/chart.ts'
import { type AccountRow, type MovementKind, accountColumns } from '#modules/savings/store.ts'
import type { Ctx } from '#platform/context.ts'

type Reader = Pick<Ctx, 'org' | 'tx'>

export interface SavingsAccount extends AccountRow {
  readonly balance: bigint
}

async function accountsWhere(ctx: Reader, condition: RawBuilder<unknown>, limit: number): Promise<SavingsAccount[]> {
  const { rows } = await sql<SavingsAccount>`
    select ${accountColumns}, coalesce(b.credits - b.debits, 0)::bigint as balance
      from savings_accounts a
      join savings_products p on p.org_id = a.org_id and p.id = a.product_id
      left join ledger_balances b on b.org_id = a.org_id and b.account = ${SAVINGS} and b.owner = a.id
     where a.org_id = ${ctx.org.id} and ${condition} order by a.id limit ${limit}`.execute(ctx.tx)
  return rows
}

/** The account with its balance, or null. */
export const savingsAccountById = async (ctx: Reader, id: number): Promise<SavingsAccount | null> =>
  (await accountsWhere(ctx, sql`a.id = ${id}`, 1))[0] ?? null

/** The account that carries the number, or null. */
export const savingsAccountByNo = async (ctx: Reader, accountNo: string): Promise<SavingsAccount | null> =>
  (await accountsWhere(ctx, sql`a.account_no = ${accountNo}`, 1))[0] ?? null

/** A customer's accounts that are not closed, oldest first. */
export const savingsAccountsOf = (ctx: Reader, customerId: number): Promise<SavingsAccount[]> =>
  accountsWhere(ctx, sql`a.customer_id = ${customerId} and a.status <> 'closed'`, 100)

interface PassbookLine {
  readonly nr: number
  readonly kind: MovementKind
  readonly valueDay: Day
  readonly amount: bigint
  readonly balanceAfter: bigint
  readonly reference: string | null
  readonly entryId: bigint
  readonly createdAt: Date
}

export interface PassbookQuery {
  readonly accountId: number
  readonly from: Day
  readonly to: Day
  /** Lines after this one, at most `limit`. */
  readonly after: number
  readonly limit: number
}

export interface Passbook {
  /** The balance before the first and after the last day, by value day. */
  readonly opening: bigint
  readonly closing: bigint
  readonly lines: readonly PassbookLine[]
}

/** A statement of the days asked for, both included. */
export async function passbook(ctx: Reader, query: PassbookQuery): Promise<Passbook> {
  const { accountId, from, to, after, limit } = query
  const { rows } = await sql<{ opening: bigint; closing: bigint }>`
    select coalesce(sum(amount) filter (where value_day < ${from}), 0)::bigint as opening, coalesce(sum(amount), 0)::bigint as closing
      from savings_transactions where org_id = ${ctx.org.id} and account_id = ${accountId} and value_day <= ${to}`.execute(
    ctx.tx,
  )
  const { rows: lines } = await sql<PassbookLine>`
    select nr, kind, value_day as "valueDay", amount, balance_after as "balanceAfter", reference, entry_id as "entryId", created_at as "createdAt"
      from savings_transactions
     where org_id = ${ctx.org.id} and account_id = ${accountId} and value_day between ${from} and ${to} and nr > ${after}
     order by nr limit ${limit}`.execute(ctx.tx)
  return { ...rows[0]!, lines }
}
