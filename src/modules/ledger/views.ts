/** What the books say: chart, balances, trial balance, statements. Reads only. */
import { sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import type { Account } from '#domain/ledger/chart.ts'
import type { Line } from '#domain/ledger/entry.ts'
import type { Ctx } from '#platform/context.ts'
import type { SealedEntry } from '#modules/ledger/chain.ts'

type Reader = Pick<Ctx, 'org' | 'tx'>

/** The organisation's accounts by code. */
export async function chartOf(ctx: Reader): Promise<Map<number, Account>> {
  const { rows } = await sql<Account & { ownedBy: Account['ownedBy'] | null }>`
    select code, name, type, owned_by as "ownedBy", guard from ledger_accounts where org_id = ${ctx.org.id} order by code
  `.execute(ctx.tx)
  return new Map(rows.map(({ ownedBy, ...account }) => [account.code, ownedBy ? { ...account, ownedBy } : account]))
}

/** Debits less credits of an account's owner, today. */
export async function balanceOf(ctx: Reader, account: number, owner: number): Promise<bigint> {
  const { rows } = await sql<{ balance: bigint }>`
    select debits - credits as balance from ledger_balances
     where org_id = ${ctx.org.id} and account = ${account} and owner = ${owner}`.execute(ctx.tx)
  return rows[0]?.balance ?? 0n
}

/** Debits less credits of an account's owner at the end of a day, by effective day. */
export async function balanceAsOf(ctx: Reader, of: { account: number; owner: number }, day: Day): Promise<bigint> {
  const { rows } = await sql<{ balance: bigint }>`
    select coalesce(sum(amount), 0)::bigint as balance from journal_lines
     where org_id = ${ctx.org.id} and account = ${of.account} and owner = ${of.owner} and effective_day <= ${day}
  `.execute(ctx.tx)
  return rows[0]!.balance
}

export interface TrialBalanceRow {
  readonly code: number
  readonly name: string
  /** Debits less credits. */
  readonly balance: bigint
}

/** Every account that has moved up to the end of a day, by effective day. The balances sum to zero. */
export async function trialBalance(ctx: Reader, asOf: Day): Promise<TrialBalanceRow[]> {
  const { rows } = await sql<TrialBalanceRow>`
    select a.code, a.name, sum(d.debits - d.credits)::bigint as balance
      from ledger_days d join ledger_accounts a on a.org_id = d.org_id and a.code = d.account
     where d.org_id = ${ctx.org.id} and d.day <= ${asOf}
     group by a.code, a.name order by a.code`.execute(ctx.tx)
  return rows
}

export interface StatementLine {
  readonly entryId: bigint
  readonly seq: number
  readonly kind: string
  readonly effectiveDay: Day
  readonly recordedAt: Date
  readonly reference: string | null
  readonly actor: string
  readonly owner: number
  readonly amount: bigint
}

export interface StatementQuery {
  readonly account: number
  readonly owner?: number | undefined
  readonly from: Day
  readonly to: Day
  /** Lines after this entry; at most `limit` of them. */
  readonly after: bigint
  readonly limit: number
}

/** An account's lines between two days (both included), in the order they were posted. */
export async function accountStatement(ctx: Reader, query: StatementQuery): Promise<StatementLine[]> {
  const owner = query.owner === undefined ? sql`` : sql`and l.owner = ${query.owner}`
  const { rows } = await sql<StatementLine>`
    select l.entry_id as "entryId", l.seq, e.kind, l.effective_day as "effectiveDay", e.recorded_at as "recordedAt",
           e.reference, e.actor, l.owner, l.amount
      from journal_lines l join journal_entries e on e.org_id = l.org_id and e.id = l.entry_id
     where l.org_id = ${ctx.org.id} and l.account = ${query.account} ${owner}
       and l.effective_day between ${query.from} and ${query.to} and l.entry_id > ${query.after}
     order by l.entry_id, l.seq limit ${query.limit}`.execute(ctx.tx)
  return rows
}

export interface EntryRow extends SealedEntry {
  readonly blockNo: bigint
  readonly lineCount: number
}

/** Entries in order of their numbers, with their lines. */
export async function entriesAfter(ctx: Reader, after: bigint, limit: number): Promise<EntryRow[]> {
  const { rows } = await sql<Omit<EntryRow, 'lines'> & { accounts: number[]; owners: number[]; amounts: string[] }>`
    select e.id, e.block_no as "blockNo", e.kind, e.effective_day as "effectiveDay", e.recorded_at as "recordedAt", e.reference,
           e.actor, e.idem_key as "idemKey", e.request_hash as "requestHash", e.reverses_id as "reversesId", e.line_count as "lineCount",
           l.accounts, l.owners, l.amounts
      from (select * from journal_entries where org_id = ${ctx.org.id} and id > ${after} order by id limit ${limit}) e
      cross join lateral (
        select array_agg(account order by seq) as accounts, array_agg(owner order by seq) as owners, array_agg(amount::text order by seq) as amounts
          from journal_lines where org_id = e.org_id and entry_id = e.id) l
     order by e.id`.execute(ctx.tx)
  return rows.map(({ accounts, owners, amounts, ...entry }) => ({
    ...entry,
    lines: linesOf(accounts, owners, amounts),
  }))
}

function linesOf(accounts: readonly number[] | null, owners: readonly number[], amounts: readonly string[]): Line[] {
  return (accounts ?? []).map((account, n) => ({ account, owner: owners[n]!, amount: BigInt(amounts[n]!) }))
}

/** One entry with its lines, or null. */
export async function entryById(ctx: Reader, id: bigint): Promise<EntryRow | null> {
  const [entry] = await entriesAfter(ctx, id - 1n, 1)
  return entry?.id === id ? entry : null
}

export interface BlockRow {
  readonly no: bigint
  readonly firstEntry: bigint
  readonly lastEntry: bigint
  readonly prevHash: Buffer
  readonly hash: Buffer
}

export async function blocksAfter(ctx: Reader, after: bigint, limit: number): Promise<BlockRow[]> {
  const { rows } = await sql<BlockRow>`
    select no, first_entry as "firstEntry", last_entry as "lastEntry", prev_hash as "prevHash", hash
      from ledger_blocks where org_id = ${ctx.org.id} and no > ${after} order by no limit ${limit}`.execute(ctx.tx)
  return rows
}

export interface KeptHead {
  readonly entryNo: bigint
  readonly blockNo: bigint
  readonly hash: Buffer
  /** The last day that takes no entries any more; null: every day does. */
  readonly closedUntil: Day | null
}

/** The head of the chain as the books keep it. */
export async function headOf(ctx: Reader): Promise<KeptHead | null> {
  const { rows } = await sql<KeptHead>`
    select entry_no as "entryNo", block_no as "blockNo", hash, closed_until as "closedUntil" from ledger_heads
     where org_id = ${ctx.org.id}`.execute(ctx.tx)
  return rows[0] ?? null
}

/** Owners whose kept counters differ from the sum of their lines, and days likewise: none, in sound books. */
export async function counterDifferences(ctx: Reader): Promise<bigint> {
  const { rows } = await sql<{ differences: bigint }>`
    with lines as (
      select account, owner, effective_day as day, greatest(amount, 0) as debit, greatest(-amount, 0) as credit
        from journal_lines where org_id = ${ctx.org.id}
    ), owners as (select account, owner, sum(debit) as debits, sum(credit) as credits from lines group by 1, 2
    ), days as (select account, day, sum(debit) as debits, sum(credit) as credits from lines group by 1, 2)
    select (select count(*) from owners o full join (select * from ledger_balances where org_id = ${ctx.org.id}) b using (account, owner)
             where o.debits is distinct from b.debits or o.credits is distinct from b.credits)
         + (select count(*) from days d full join (select * from ledger_days where org_id = ${ctx.org.id}) k using (account, day)
             where d.debits is distinct from k.debits or d.credits is distinct from k.credits) as differences
  `.execute(ctx.tx)
  return rows[0]!.differences
}
