import { mkdtempSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CUSTOMER_DEBT, DEVICE_SALES, DOWN_PAYMENTS, STANDARD_CHART } from '#domain/ledger/chart.ts'
import { migrate, readMigrations, underSchemaLock } from '#platform/database/migrate.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let folder: string

beforeAll(async () => {
  world = await openWorld()
  folder = mkdtempSync(join(tmpdir(), 'mkopo-migrations-'))
  await write('0001_first.sql', 'create table first (id integer); create table note (line text)')
  await write('0002_second.sql', "insert into note values ('second')")
})
afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true })
})

const write = (name: string, sql: string) => writeFile(join(folder, name), sql)

/** A schema of its own within the world's database, empty at first. */
async function inSchema<T>(schema: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient({ ...world.owner, options: `-c search_path=${schema}` }, async (client) => {
    await client.query(`create schema if not exists ${schema}`)
    return work(client)
  })
}

test('applies what is missing, in order, once', async () => {
  await inSchema('m1', async (client) => {
    const migrations = await readMigrations(folder)
    expect(await migrate(client, migrations.slice(0, 1))).toEqual(['0001_first.sql'])
    expect(await migrate(client, migrations)).toEqual(['0002_second.sql'])
    expect(await migrate(client, migrations)).toEqual([])
  })
})

test('refuses a file that was changed after it had been applied, and applies nothing more', async () => {
  await inSchema('m2', async (client) => {
    const migrations = await readMigrations(folder)
    await migrate(client, migrations.slice(0, 1))
    const changed = migrations.map((one, at) => (at === 0 ? { ...one, checksum: 'another' } : one))
    await expect(migrate(client, changed)).rejects.toThrow(/0001_first\.sql was changed after it had been applied/)
    expect((await client.query('select 1 from note')).rowCount).toBe(0)
  })
})

/** Row-level security as the walls lay it, over a schema of an earlier version. */
const OWN_ROWS_ONLY = `
  do $$ declare one record; begin
    for one in select c.oid::regclass as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
                where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' loop
      execute format('create policy own_organisation on %s using (org_id = nullif(current_setting(''mkopo.org'', true), '''')::integer)', one.name);
      execute format('alter table %s enable row level security; alter table %1$s force row level security', one.name);
    end loop;
  end $$`

test('an organisation of an earlier version gets the accounts of this one, also where the owner is no superuser', async () => {
  const [role, schema] = [`plain_owner_${process.pid}`, 'm4']
  await withClient({ ...world.owner, options: `-c search_path=${schema}` }, async (client) => {
    await client.query(`create role ${role} nosuperuser nobypassrls; create schema ${schema} authorization ${role}`)
    await client.query(`set role ${role}`)
    try {
      const migrations = await readMigrations('migrations')
      const before = migrations.findIndex(({ name }) => name.startsWith('0016'))
      await migrate(client, migrations.slice(0, before))
      await client.query(OWN_ROWS_ONLY)
      await client.query(`
        select set_config('mkopo.org', '7', false);
        insert into organisations values (7, 'old', 'Old', 'KES', 'Africa/Nairobi', 'en-KE', 'KE', '{}', now());
        insert into ledger_heads (org_id, hash) values (7, '');
        select set_config('mkopo.org', '', false)`)
      await migrate(client, migrations)
      await client.query("select set_config('mkopo.org', '7', false)")
      const { rows } = await client.query('select code, name, type, owned_by as "ownedBy", guard from ledger_accounts')
      const added = STANDARD_CHART.filter(({ code }) => [CUSTOMER_DEBT, DOWN_PAYMENTS, DEVICE_SALES].includes(code))
      expect(rows.sort((a, b) => a.code - b.code)).toEqual(added.map((one) => ({ ownedBy: null, ...one })))
    } finally {
      await client.query(`reset role; drop schema ${schema} cascade; drop role ${role}`)
    }
  })
})

test('a file that fails leaves nothing of itself behind and names itself', async () => {
  await inSchema('m3', async (client) => {
    const bad = { name: '0003_bad.sql', sql: 'create table half (id integer); select nonsense', checksum: 'x' }
    await expect(migrate(client, [bad])).rejects.toThrow(/0003_bad\.sql fails: .*nonsense/)
    expect((await client.query("select to_regclass('half') as half")).rows).toEqual([{ half: null }])
  })
})

test('processes that start together apply each file once', async () => {
  await inSchema('m4', async () => undefined)
  const slow = (await readMigrations(folder)).map((one) => ({ ...one, sql: `${one.sql}; select pg_sleep(0.05)` }))
  const applied = await Promise.all([1, 2, 3].map(() => inSchema('m4', (client) => migrate(client, slow))))
  expect(applied.flat().sort()).toEqual(['0001_first.sql', '0002_second.sql'])
  await inSchema('m4', async (client) => expect((await client.query('select 1 from note')).rowCount).toBe(1))
})

test('one waits while another holds the lock row', async () => {
  await inSchema('m5', async (client) => {
    await migrate(client, [])
    let released = false
    await underSchemaLock(client, async () => {
      const waiting = inSchema('m5', (other) => underSchemaLock(other, async () => released))
      await new Promise((resolve) => setTimeout(resolve, 50))
      released = true
      return { waiting }
    }).then(async ({ waiting }) => expect(await waiting).toBe(true))
  })
})

test('two files with one number are refused', async () => {
  await write('0002_again.sql', 'select 1')
  await expect(readMigrations(folder)).rejects.toThrow(/Two migrations have the number 0002/)
  await rm(join(folder, '0002_again.sql'))
})
