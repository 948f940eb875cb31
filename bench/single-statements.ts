/**
 * The baseline: a repayment's posting as it is usually written, one transaction of single prepared statements, on eight
 * connections. The same tables, role and walls as our ledger, and the same rows but for the chain.
 */
import pg from 'pg'
import { INTEREST_RECEIVABLE, LOAN_PRINCIPAL, MOBILE_MONEY } from '#domain/ledger/chart.ts'
import { during, type Rate } from './duration.ts'

const CONNECTIONS = 8

export interface BaselineOptions {
  readonly connection: pg.PoolConfig
  /** An organisation of its own, whose chain nobody verifies. */
  readonly orgId: number
  readonly loans: number
  readonly seconds: number
  /** When the rows that all postings share are locked: first, as all rows of a posting in order of account, or as late as possible. */
  readonly shared: 'first' | 'last'
}

/** Postings per second. */
export async function measureSingleStatements(options: BaselineOptions): Promise<Rate> {
  const pool = new pg.Pool({ ...options.connection, max: CONNECTIONS })
  try {
    await onClient(pool, (client) => openBaseline(client, options))
    let sent = Number(Date.now()) * 1_000
    return await during(options.seconds, CONNECTIONS, async () => {
      const number = sent++
      await onClient(pool, (client) => postOne(client, { ...options, loan: 1 + (number % options.loans), number }))
    })
  } finally {
    await pool.end()
  }
}

interface Posting {
  readonly orgId: number
  readonly loan: number
  readonly number: number
  readonly shared: 'first' | 'last'
}

const DAY = '2026-02-15'

/** 200.00 in: 20.00 interest, 180.00 principal; in order of account, the shared one first. */
const LINES = [
  { account: MOBILE_MONEY, owned: false, amount: 20_000n },
  { account: LOAN_PRINCIPAL, owned: true, amount: -18_000n },
  { account: INTEREST_RECEIVABLE, owned: true, amount: -2_000n },
] as const

/** Locks and checks the balances, then writes entry, lines and counters. */
async function postOne(client: pg.PoolClient, { orgId, loan, number, shared }: Posting): Promise<void> {
  const run = (name: string, values: readonly unknown[]): Promise<pg.QueryResult> =>
    client.query({ name, text: STATEMENTS[name]!, values: [orgId, ...values] })
  await client.query(`begin;select set_config('mkopo.org', '${orgId}', true)`)
  if ((await run('key', [`base:${number}`])).rows.length > 0) throw new Error('a key of the baseline was used before')
  const locked = shared === 'first' ? LINES : LINES.filter(({ owned }) => owned)
  for (const { account, owned } of locked) await run('lock', [account, owned ? loan : 0])
  await run('entry', [number, `BASE${number}`, `base:${number}`, loan])
  const counters = shared === 'first' ? LINES : [...LINES].reverse()
  for (const { account, owned, amount } of counters) await run('balance', [account, owned ? loan : 0, ...sides(amount)])
  for (const { account, amount } of counters) await run('day', [account, ...sides(amount)])
  await client.query('commit')
}

const lineValues = LINES.map(
  ({ account, owned, amount }, n) => `($1, $2, ${n + 1}, ${account}, ${owned ? '$5' : '0'}, ${amount}, '${DAY}')`,
)

const STATEMENTS: Readonly<Record<string, string>> = {
  key: 'select 1 from journal_entries where org_id = $1 and idem_key = $2',
  lock: `select debits - credits as balance from ledger_balances where org_id = $1 and account = $2 and owner = $3 for update`,
  // An entry without its lines is refused, so they come in one statement.
  entry: `with entry as (
      insert into journal_entries (org_id, id, block_no, kind, effective_day, recorded_at, reference, actor, idem_key, request_hash, line_count)
      values ($1, $2, 0, 'repayment', '${DAY}', now(), $3, 'provider:mpesa', $4, sha256(convert_to($4, 'UTF8')), 3)
    ) insert into journal_lines (org_id, entry_id, seq, account, owner, amount, effective_day) values ${lineValues.join(', ')}`,
  balance: `update ledger_balances set debits = debits + $4, credits = credits + $5 where org_id = $1 and account = $2 and owner = $3`,
  day: `update ledger_days set debits = debits + $3, credits = credits + $4 where org_id = $1 and account = $2 and day = '${DAY}'`,
}

const sides = (amount: bigint): [debits: bigint, credits: bigint] => (amount > 0n ? [amount, 0n] : [0n, -amount])

/** The counters that the postings move, from the start on. */
async function openBaseline(client: pg.PoolClient, { orgId, loans }: BaselineOptions): Promise<void> {
  await client.query(`begin;select set_config('mkopo.org', '${orgId}', true)`)
  await client.query(
    `insert into ledger_balances (org_id, account, owner, debits, credits)
     select $1, a.account, case when a.account = ${MOBILE_MONEY} then 0 else l.id end, 1000000000000, 0
       from unnest($2::integer[]) a (account), generate_series(1, $3::integer) l (id)
      where a.account <> ${MOBILE_MONEY} or l.id = 1 on conflict do nothing`,
    [orgId, LINES.map(({ account }) => account), loans],
  )
  await client.query(
    `insert into ledger_days (org_id, account, day, debits, credits)
     select $1, account, '${DAY}', 0, 0 from unnest($2::integer[]) account on conflict do nothing`,
    [orgId, LINES.map(({ account }) => account)],
  )
  await client.query('commit')
}

/** A connection that failed is thrown away. */
async function onClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    const result = await work(client)
    client.release()
    return result
  } catch (error) {
    client.release(true)
    throw error
  }
}
