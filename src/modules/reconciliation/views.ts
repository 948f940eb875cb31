/** The statement that compares a sub-ledger with the general ledger. Reads every module's tables, never a write. */
import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'
import { wholeRowsOfAll } from '#platform/database/whole-rows.ts'

type Reader = Pick<Ctx, 'org' | 'tx'>

/** Owners from the one number to the other, both included, of one organisation. */
interface Owners {
  readonly orgId: number
  readonly from: number
  readonly to: number
}

/** Rows of (account, owner, amount): one of an account and owner, or none where it is nothing. Amounts in minor units. */
type Amounts = (owners: Owners) => RawBuilder<unknown>

export interface SubLedger {
  /** How findings and figures call it. */
  readonly name: string
  /** What its owners are: `loan` makes the subject `loan:12` of a finding. */
  readonly of: 'loan' | 'customer' | 'payment' | 'savings' | 'payout' | 'organisation'
  /** The table whose ids the owners are: it is compared in portions of them. Without it, in one statement. */
  readonly numberedBy?: 'loans' | 'payments' | 'savings_accounts' | 'payouts'
  /** Not compared each night: it reads a history that grows for ever, or says of whom a nightly comparison is wrong. */
  readonly onRequest?: true
  /** What the sub-ledger says, and how a finding says so: `owed by its schedule`. */
  readonly kept: Amounts
  readonly keptAs: string
  /** What it must equal: balances of accounts, seen from the side on which they stand; or other rows of its own. */
  readonly equals:
    | { readonly accounts: readonly number[]; readonly side: 'debit' | 'credit' }
    | { readonly amounts: Amounts; readonly as: string }
}

/** Some owners of a sub-ledger, by their numbers. */
export interface Portion {
  readonly subLedger: SubLedger
  readonly from: number
  readonly to: number
}

/** One owner for which the two sides differ. Amounts in minor units. */
export interface Difference {
  /** 0 where the sub-ledger is compared with itself. */
  readonly account: number
  readonly owner: number
  readonly kept: bigint
  readonly booked: bigint
}

export interface Compared {
  readonly portion: Portion
  /** How many owners and accounts differ. */
  readonly count: number
  /** The first of them, in the order of owner and account. */
  readonly first: readonly Difference[]
}

/** Compares portions, each in one statement: both sides are of the same moment, whatever comes in meanwhile. */
export async function comparePortions(ctx: Reader, portions: readonly Portion[], most: number): Promise<Compared[]> {
  const results = await wholeRowsOfAll(
    ctx.tx,
    portions.map((portion) => differences(ctx, portion, most)),
  )
  return results.map((rows, n) => ({
    portion: portions[n]!,
    count: rows[0]?.found ?? 0,
    first: rows.map(({ found: _, ...difference }) => difference),
  }))
}

function differences(ctx: Reader, portion: Portion, most: number): RawBuilder<Difference & { found: number }> {
  const { subLedger, from, to } = portion
  const owners = { orgId: ctx.org.id, from, to }
  return sql`
    with kept as (${subLedger.kept(owners)}), booked as (${bookedBy(subLedger, owners)})
    select account, owner, coalesce(kept.amount, 0)::bigint as kept, coalesce(booked.amount, 0)::bigint as booked,
           (count(*) over ())::integer as found
      from kept full join booked using (account, owner)
     where coalesce(kept.amount, 0) <> coalesce(booked.amount, 0)
     order by owner, account limit ${most}`
}

/** Rows of one account and owner added up. */
export const addedUp = (rows: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`select account, owner, sum(amount) as amount from (${rows}) r group by account, owner`

function bookedBy({ equals }: SubLedger, owners: Owners): RawBuilder<unknown> {
  if ('amounts' in equals) return equals.amounts(owners)
  const sign = equals.side === 'debit' ? 1 : -1
  return sql`
    select account, owner, ${sign}::integer * (debits - credits) as amount from ledger_balances
     where org_id = ${owners.orgId} and account = any(${equals.accounts}::integer[])
       and owner between ${owners.from} and ${owners.to} and debits <> credits`
}

/** The largest number of an owner of each sub-ledger, on either side; 0 where it is not compared in portions. */
export async function highestOwners(ctx: Reader, subLedgers: readonly SubLedger[]): Promise<number[]> {
  const results = await Promise.all(subLedgers.map((subLedger) => highestOwner(ctx, subLedger)))
  return results.map((rows) => rows[0]?.highest ?? 0)
}

async function highestOwner(ctx: Reader, { numberedBy, equals }: SubLedger): Promise<readonly { highest: number }[]> {
  if (numberedBy === undefined) return []
  const accounts = 'accounts' in equals ? equals.accounts : []
  const { rows } = await sql<{ highest: number }>`
    select greatest((select max(id) from ${sql.table(numberedBy)} where org_id = ${ctx.org.id}),
                    (select max(b.owner) from unnest(${accounts}::integer[]) a
                      cross join lateral (select max(owner) as owner from ledger_balances where org_id = ${ctx.org.id} and account = a) b), 0) as highest
  `.execute(ctx.tx)
  return rows
}
