import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sqlState } from '#platform/database/db.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { CHANGES, NEVER_REMOVED } from '#platform/database/table-rights.ts'
import { APPEND_ONLY, ERASABLE } from '#platform/database/wall-triggers.ts'
import { layWalls } from '#platform/database/walls.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const asApp = (statement: string, slug = 'sokocredit') =>
  world.services.db.transact(world.org(slug).id, async (tx) => (await sql.raw(statement).execute(tx)).rows)

const asOwner = (statement: string, slug = 'sokocredit') =>
  withClient(world.owner, async (client) => {
    await client.query(`select set_config('mkopo.org', '${world.org(slug).id}', false)`)
    return client.query(statement)
  })

const refusedWith = async (work: Promise<unknown>) =>
  sqlState(
    await work.then(
      () => undefined,
      (error) => error,
    ),
  )

const entry = (id: number, lines: readonly (readonly [seq: number, amount: number])[], lineCount = lines.length) => `
  with entry as (
    insert into journal_entries (org_id, id, block_no, kind, effective_day, recorded_at, actor, idem_key, request_hash, line_count)
    values (2, ${id}, 1, 'test', '2026-02-15', now(), 'test', 'key ${id}', '', ${lineCount})
  )
  insert into journal_lines (org_id, entry_id, seq, account, amount, effective_day)
  values ${lines.map(([seq, amount]) => `(2, ${id}, ${seq}, 1000, ${amount}, '2026-02-15')`).join(', ')}`

test('the test organisation is the one the statements name', () => {
  expect(world.org('sokocredit').id).toBe(2)
})

test.each(APPEND_ONLY)('%s: neither the application nor the owner may update, delete or truncate', async (table) => {
  for (const statement of [`update ${table} set org_id = org_id`, `delete from ${table}`, `truncate ${table}`]) {
    expect(await refusedWith(asApp(statement)), `application: ${statement}`).toBe('42501')
    expect(await refusedWith(asOwner(statement)), `owner: ${statement}`).toBe('23001')
  }
})

test.each(NEVER_REMOVED)('%s: neither the application nor the owner may delete or truncate', async (table) => {
  for (const statement of [`delete from ${table}`, `truncate ${table} cascade`]) {
    expect(await refusedWith(asApp(statement)), `application: ${statement}`).toBe('42501')
    expect(await refusedWith(asOwner(statement)), `owner: ${statement}`).toBe('23001')
  }
})

test.each([
  ['payments', 'amount'],
  ['payments', 'currency'],
  ['payments', 'reference'],
  ['payments', 'received_at'],
  ['payouts', 'amount'],
  ['payouts', 'phone'],
  ['payouts', 'originator_id'],
  ['savings_accounts', 'account_no'],
  ['savings_holds', 'amount'],
  ['loan_restructures', 'before'],
  ['ledger_accounts', 'guard'],
])('%s: the application may not change %s, which is written once', async (table, column) => {
  expect(await refusedWith(asApp(`update ${table} set ${column} = ${column}`))).toBe('42501')
})

/** S: select, I: insert, U: update, u: update of named columns, D: delete. */
const verbsOf = (name: string): string => {
  const { update, remove } = CHANGES[name] ?? { update: [] }
  return `SI${update === 'any' ? 'U' : update.length > 0 ? 'u' : ''}${remove ? 'D' : ''}`
}

test('the application may do to each table what is listed for it, and where nothing is listed only add rows', async () => {
  const { rows } = await withClient(world.owner, (client) =>
    client.query<{ name: string; tenant: boolean; verbs: string }>(`
      select c.relname as name, exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id') as tenant,
             concat(${['SELECT', 'INSERT'].map((verb) => `case when has_table_privilege('mkopo_app', c.oid, '${verb}') then '${verb[0]}' end`).join(', ')},
                    case when has_table_privilege('mkopo_app', c.oid, 'UPDATE') then 'U'
                         when has_any_column_privilege('mkopo_app', c.oid, 'UPDATE') then 'u' end,
                    case when has_table_privilege('mkopo_app', c.oid, 'DELETE') then 'D' end,
                    case when has_table_privilege('mkopo_app', c.oid, 'TRUNCATE, REFERENCES, TRIGGER') then '!' end) as verbs
        from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')`),
  )
  const tables = rows.filter(({ tenant }) => tenant)
  expect(Object.fromEntries(tables.map(({ name, verbs }) => [name, verbs]))).toEqual(
    Object.fromEntries(tables.map(({ name }) => [name, verbsOf(name)])),
  )
  for (const { name, verbs } of rows.filter(({ tenant }) => !tenant))
    expect(`${name} ${verbs}`).toBe(name === 'organisations' ? 'organisations Su' : `${name} S`)
  const names = tables.map(({ name }) => name)
  expect(Object.keys(CHANGES).filter((name) => !names.includes(name))).toEqual([])
  expect(NEVER_REMOVED.filter((name) => verbsOf(name).includes('D'))).toEqual([])
})

test('every table that is added to and never changed is guarded against its owner too, but for what is no fact', async () => {
  const { rows } = await withClient(world.owner, (client) =>
    client.query<{ name: string }>(`
      select c.relname as name from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
         and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id') order by 1`),
  )
  const NO_FACTS = ['instalment_notices', 'ledger_accounts', 'phone_models', 'sales']
  const facts = rows.map(({ name }) => name).filter((name) => verbsOf(name) === 'SI' && !NO_FACTS.includes(name))
  expect(facts).toEqual([...APPEND_ONLY].sort())
})

test('an entry cannot stand without its lines, nor wait for them', async () => {
  const bare = (id: number, lineCount: number) => `
    insert into journal_entries (org_id, id, block_no, kind, effective_day, recorded_at, actor, idem_key, request_hash, line_count)
    values (2, ${id}, 1, 'test', '2026-02-15', now(), 'test', 'key ${id}', '', ${lineCount})`
  for (const who of [asApp, asOwner]) {
    expect(await refusedWith(who(bare(16, 2)))).toBe('23514')
    expect(await refusedWith(who(bare(17, 0)))).toBe('23514')
  }
  const one = `
    with entry as (${bare(18, 1)})
    insert into journal_lines (org_id, entry_id, seq, account, amount, effective_day) values (2, 18, 1, 1000, 5, '2026-02-15')`
  expect(await refusedWith(asApp(one))).toBe('23514')
})

test.each([
  [
    'sums to zero',
    11,
    [
      [1, 500],
      [2, -500],
    ],
    2,
    undefined,
  ],
  [
    'does not sum to zero',
    12,
    [
      [1, 500],
      [2, -499],
    ],
    2,
    '23514',
  ],
  [
    'has a line less than its count',
    13,
    [
      [1, 500],
      [2, -500],
    ],
    3,
    '23514',
  ],
  [
    'has a line more than its count',
    14,
    [
      [1, 500],
      [2, -400],
      [3, -100],
    ],
    2,
    '23514',
  ],
  [
    'skips a line number',
    15,
    [
      [1, 500],
      [3, -500],
    ],
    2,
    '23514',
  ],
] as const)('an entry that %s', async (_, id, lines, count, refused) => {
  expect(await refusedWith(asApp(entry(id, lines, count)))).toBe(refused)
})

test('lines cannot be added to an entry that has all of its own, nor come without an entry', async () => {
  await asApp(
    entry(21, [
      [1, 700],
      [2, -700],
    ]),
  )
  const more = (id: number) => `insert into journal_lines (org_id, entry_id, seq, account, amount, effective_day)
    values (2, ${id}, 3, 1000, 5, '2026-02-15'), (2, ${id}, 4, 1000, -5, '2026-02-15')`
  expect(await refusedWith(asApp(more(21)))).toBe('23514')
  expect(await refusedWith(asApp(more(99)))).toBe('23514')
})

test("another organisation's row is neither seen, changed nor written", async () => {
  const insert = `insert into counters (org_id, series, value) values (${world.org('sokocredit').id}, 'wall', 7)`
  expect(await refusedWith(asApp(insert, 'chamahub'))).toBe('42501')
  await asApp(insert)
  const see = "select value from counters where series = 'wall'"
  expect(await asApp(see)).toEqual([{ value: 7n }])
  expect(await asApp(see, 'chamahub')).toEqual([])
  await asApp("update counters set value = 8 where series = 'wall'", 'chamahub')
  expect(await asApp(see)).toEqual([{ value: 7n }])
  expect(await refusedWith(asApp(`update counters set org_id = ${world.org('chamahub').id}`))).toBe('42501')
})

test('without an organisation no row is seen', async () => {
  const seen = await withClient(world.owner, async (client) => {
    await client.query('set role mkopo_app')
    return (await client.query('select 1 from ledger_accounts union all select 1 from counters')).rowCount
  })
  expect(seen).toBe(0)
})

test('the application can neither found an organisation nor take down a wall', async () => {
  expect(await refusedWith(asApp("update organisations set name = 'mine'"))).toBe('42501')
  expect(await refusedWith(asApp('alter table journal_lines disable trigger all'))).toBe('42501')
  expect(await refusedWith(asApp('alter table counters no force row level security'))).toBe('42501')
})

test('laying the walls again changes nothing, and a wall that was taken down is put up again', async () => {
  await withClient(world.owner, async (client) => {
    const stand = {
      appRole: 'mkopo_app',
      triggers: true,
      rowSecurity: true,
      warnings: [expect.stringContaining('is a superuser')],
    }
    expect(await layWalls(client, { appLogsIn: false })).toEqual(stand)
    await client.query('drop trigger append_only on events; alter table users disable row level security')
    await client.query('grant delete on journal_entries to mkopo_app')
    expect(await layWalls(client, { appLogsIn: false })).toEqual(stand)
  })
  expect(await refusedWith(asOwner('delete from events'))).toBe('23001')
  expect(await refusedWith(asApp('delete from journal_entries'))).toBe('42501')
})

/** A managed database that gives us one user only: the walls are the triggers and the forced row-level security. */
test('a user who may not create roles, on a server without our role, still gets triggers and row-level security', async () => {
  const user = `only_${process.pid}_${Date.now()}`
  await withClient(world.owner, async (client) => {
    await client.query(`create role ${user} login; create schema ${user} authorization ${user}`)
    try {
      await client.query(`set session authorization ${user}; set search_path = ${user}`)
      await client.query('create table schema_lock (id integer primary key); insert into schema_lock values (1)')
      for (const table of [...APPEND_ONLY, ...NEVER_REMOVED]) {
        const columns = (ERASABLE[table]?.columns ?? []).map((column) => `, ${column} text`).join('')
        await client.query(`create table ${table} (org_id integer not null${columns})`)
      }
      const walls = await layWalls(client, { appLogsIn: false })
      expect(walls).toMatchObject({ appRole: undefined, triggers: true, rowSecurity: true })
      expect(walls.warnings).toHaveLength(1)
      await client.query("select set_config('mkopo.org', '1', false)")
      expect(await refusedWith(client.query('insert into events values (2)'))).toBe('42501')
      await client.query('insert into events values (1)')
      expect(await refusedWith(client.query('delete from events'))).toBe('23001')
    } finally {
      await client.query(`reset session authorization; drop schema ${user} cascade; drop role ${user}`)
    }
  })
})
