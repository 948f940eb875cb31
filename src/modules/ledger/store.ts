/** Owns: ledger_accounts, ledger_heads, journal_entries, journal_lines, ledger_balances, ledger_days, ledger_blocks. */
import { sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import type { Account } from '#domain/ledger/chart.ts'
import type { Line, NewEntry } from '#domain/ledger/entry.ts'
import type { Ctx } from '#platform/context.ts'

export interface Head {
  readonly entryNo: bigint
  readonly blockNo: bigint
  readonly hash: Buffer
  /** The last day that takes no entries any more; null: every day does. */
  readonly closedUntil: Day | null
}

export interface NumberedEntry extends NewEntry {
  readonly id: bigint
  readonly requestHash: Buffer
}

interface Movement {
  readonly account: number
  readonly debits: bigint
  readonly credits: bigint
}

export interface Block {
  readonly no: bigint
  readonly prevHash: Buffer
  readonly hash: Buffer
  readonly entries: readonly NumberedEntry[]
  /** Per account and owner, and per account and day: what the entries add to the counters. */
  readonly balances: readonly (Movement & { readonly owner: number })[]
  readonly days: readonly (Movement & { readonly day: string })[]
}

export async function openBooks(ctx: Ctx, accounts: readonly Account[], genesis: Buffer): Promise<void> {
  await sql`
    insert into ledger_accounts (org_id, code, name, type, owned_by, guard)
    select ${ctx.org.id}, a.* from unnest(
      ${accounts.map((a) => a.code)}::integer[], ${accounts.map((a) => a.name)}::text[], ${accounts.map((a) => a.type)}::text[],
      ${accounts.map((a) => a.ownedBy ?? null)}::text[], ${accounts.map((a) => a.guard)}::text[]) as a
    on conflict do nothing`.execute(ctx.tx)
  await sql`insert into ledger_heads (org_id, hash) values (${ctx.org.id}, ${genesis}) on conflict do nothing`.execute(
    ctx.tx,
  )
}

/** The head of the books, locked until the transaction ends: postings of an organisation are numbered one transaction after the other. */
export async function lockHead(ctx: Ctx): Promise<Head | null> {
  const { rows } = await sql<Head>`
    select entry_no as "entryNo", block_no as "blockNo", hash, closed_until as "closedUntil" from ledger_heads
     where org_id = ${ctx.org.id} for update
  `.execute(ctx.tx)
  return rows[0] ?? null
}

/** Sets the last closed day; the head is locked. */
export async function writeClosedUntil(ctx: Ctx, until: Day): Promise<void> {
  await sql`update ledger_heads set closed_until = ${until} where org_id = ${ctx.org.id}`.execute(ctx.tx)
}

export interface PostedKey {
  readonly idemKey: string
  readonly id: bigint
  readonly requestHash: Buffer
}

/** Read after the head is locked, so every earlier posting is visible. */
export async function findPosted(ctx: Ctx, idemKeys: readonly string[]): Promise<PostedKey[]> {
  const { rows } = await sql<PostedKey>`
    select idem_key as "idemKey", id, request_hash as "requestHash" from journal_entries
     where org_id = ${ctx.org.id} and idem_key = any(${idemKeys}::text[])`.execute(ctx.tx)
  return rows
}

export interface OwnerBalance {
  readonly account: number
  readonly owner: number
  readonly balance: bigint
}

/** Debits less credits of each (account, owner) that has moved; read after the head is locked. */
export async function readBalances(
  ctx: Ctx,
  keys: readonly Pick<Line, 'account' | 'owner'>[],
): Promise<OwnerBalance[]> {
  const { rows } = await sql<OwnerBalance>`
    select account, owner, debits - credits as balance
      from ledger_balances
      join unnest(${keys.map((k) => k.account)}::integer[], ${keys.map((k) => k.owner)}::integer[]) as k (account, owner) using (account, owner)
     where org_id = ${ctx.org.id}`.execute(ctx.tx)
  return rows
}

/** Which of the entries have been reversed already. */
export async function findReversals(ctx: Ctx, ids: readonly bigint[]): Promise<bigint[]> {
  const { rows } = await sql<{ reversesId: bigint }>`
    select reverses_id as "reversesId" from journal_entries
     where org_id = ${ctx.org.id} and reverses_id = any(${ids}::bigint[])`.execute(ctx.tx)
  return rows.map((row) => row.reversesId)
}

/** One statement, one round trip: entries, lines, both counters, the block and the new head. */
export async function writeBlock(ctx: Ctx, block: Block, actor: string): Promise<void> {
  const { entries, balances, days } = block
  const lines = entries.flatMap((entry) => entry.lines.map((line, n) => ({ entry, line, seq: n + 1 })))
  const first = entries[0]!.id
  const last = entries.at(-1)!.id
  const org = ctx.org.id
  await sql`
    with entry as (
      insert into journal_entries (org_id, id, block_no, kind, effective_day, recorded_at, reference, actor, idem_key, request_hash, reverses_id, line_count)
      select ${org}, e.id, ${block.no}, e.kind, e.day, ${ctx.now}, e.reference, ${actor}, e.key, e.hash, e.reverses, e.lines from unnest(
        ${entries.map((e) => e.id)}::bigint[], ${entries.map((e) => e.kind)}::text[], ${entries.map((e) => e.effectiveDay)}::date[],
        ${entries.map((e) => e.reference)}::text[], ${entries.map((e) => e.idemKey)}::text[], ${entries.map((e) => e.requestHash)}::bytea[],
        ${entries.map((e) => e.reversesId ?? null)}::bigint[], ${entries.map((e) => e.lines.length)}::smallint[]
      ) as e (id, kind, day, reference, key, hash, reverses, lines)
    ), line as (
      insert into journal_lines (org_id, entry_id, seq, account, owner, amount, effective_day)
      select ${org}, l.* from unnest(
        ${lines.map((l) => l.entry.id)}::bigint[], ${lines.map((l) => l.seq)}::smallint[], ${lines.map((l) => l.line.account)}::integer[],
        ${lines.map((l) => l.line.owner)}::integer[], ${lines.map((l) => l.line.amount)}::bigint[], ${lines.map((l) => l.entry.effectiveDay)}::date[]
      ) as l
    ), balance as (
      insert into ledger_balances as kept (org_id, account, owner, debits, credits)
      select ${org}, b.* from unnest(
        ${balances.map((b) => b.account)}::integer[], ${balances.map((b) => b.owner)}::integer[],
        ${balances.map((b) => b.debits)}::bigint[], ${balances.map((b) => b.credits)}::bigint[]
      ) as b
      on conflict (org_id, account, owner) do update
        set debits = kept.debits + excluded.debits, credits = kept.credits + excluded.credits
    ), day as (
      insert into ledger_days as kept (org_id, account, day, debits, credits)
      select ${org}, d.* from unnest(
        ${days.map((d) => d.account)}::integer[], ${days.map((d) => d.day)}::date[],
        ${days.map((d) => d.debits)}::bigint[], ${days.map((d) => d.credits)}::bigint[]
      ) as d
      on conflict (org_id, account, day) do update
        set debits = kept.debits + excluded.debits, credits = kept.credits + excluded.credits
    ), head as (
      update ledger_heads set entry_no = ${last}, block_no = ${block.no}, hash = ${block.hash} where org_id = ${org}
    )
    insert into ledger_blocks (org_id, no, first_entry, last_entry, prev_hash, hash, sealed_at)
    values (${org}, ${block.no}, ${first}, ${last}, ${block.prevHash}, ${block.hash}, ${ctx.now})`.execute(ctx.tx)
}
