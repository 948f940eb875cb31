/** The locks and writes of the close of business over savings accounts. */
import { sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import { SAVINGS } from '#domain/ledger/chart.ts'
import { type AccountRow, accountColumns } from '#modules/savings/store.ts'
import type { Ctx } from '#platform/context.ts'

export interface Unaccrued extends AccountRow {
  readonly accrued: bigint
  readonly accruedUntil: Day
  readonly balance: bigint
  /** What moved it after the last accrued day. */
  readonly moved: readonly { readonly day: Day; readonly amount: bigint }[]
}

interface Columns extends AccountRow {
  readonly accrued: string
  readonly accruedUntil: Day
  readonly balance: bigint
  readonly moved: readonly (readonly [Day, string])[]
}

/**
 * The next accounts after an id whose interest has not been accrued through the day, locked in the order of their ids: all
 * portions together go through the accounts once. Those being moved are waited for.
 */
export async function lockUnaccrued(
  ctx: Ctx,
  through: Day,
  { after, limit }: { after: number; limit: number },
): Promise<Unaccrued[]> {
  const { rows: locked } = await sql<{ id: number }>`
    select id from savings_accounts
     where org_id = ${ctx.org.id} and id > ${after} and status <> 'closed' and accrued_until < ${through}
     order by id limit ${limit} for no key update`.execute(ctx.tx)
  if (locked.length === 0) return []
  // Read after the locks are held, so that what moved the accounts before is in it.
  const { rows } = await sql<Columns>`
    select ${accountColumns}, a.accrued::text as accrued, a.accrued_until as "accruedUntil",
           coalesce(b.credits - b.debits, 0)::bigint as balance,
           coalesce((select json_agg(json_build_array(t.value_day, t.amount::text)) from savings_transactions t
                      where t.org_id = a.org_id and t.account_id = a.id and t.value_day > a.accrued_until), '[]') as moved
      from unnest(${locked.map(({ id }) => id)}::integer[]) as k (id)
      join savings_accounts a on a.org_id = ${ctx.org.id} and a.id = k.id
      join savings_products p on p.org_id = a.org_id and p.id = a.product_id
      left join ledger_balances b on b.org_id = a.org_id and b.account = ${SAVINGS} and b.owner = a.id
     order by a.id`.execute(ctx.tx)
  return rows.map(({ accrued, moved, ...row }) => ({
    ...row,
    accrued: BigInt(accrued),
    moved: moved.map(([day, amount]) => ({ day, amount: BigInt(amount) })),
  }))
}

export interface AccruedRow {
  readonly id: number
  readonly accrued: bigint
}

/** Notes what the accounts have earned through the day. */
export async function writeAccrued(ctx: Ctx, rows: readonly AccruedRow[], through: Day): Promise<void> {
  await sql`
    update savings_accounts a set accrued = r.accrued, accrued_until = ${through}
      from unnest(${rows.map((row) => row.id)}::integer[], ${rows.map((row) => String(row.accrued))}::numeric[]) as r (id, accrued)
     where a.org_id = ${ctx.org.id} and a.id = r.id`.execute(ctx.tx)
}
