/**
 * Brings a database up to the schema of this version: plain numbered SQL files, forward only, each in a transaction of
 * its own. Processes that start together wait for one another on a row, so a pooler may stand in between.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { StartUpError } from '#platform/start-up-error.ts'

export interface Migration {
  /** File name, e.g. `0001_foundation.sql`. */
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/** The migrations of a folder in the order of their numbers. */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name)).sort()
  names.forEach((name, at) => {
    if (name.slice(0, 4) === names[at - 1]?.slice(0, 4)) {
      throw new StartUpError(`Two migrations have the number ${name.slice(0, 4)}: ${names[at - 1]} and ${name}.`)
    }
  })
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/** Applies what is missing and returns its names. Refuses, with a StartUpError, when an applied file was changed since. */
export async function migrate(client: pg.Client, migrations: readonly Migration[]): Promise<readonly string[]> {
  await createBookkeeping(client)
  const applied: string[] = []
  for (const migration of await missing(client, migrations)) {
    const done = await underSchemaLock(client, () => applyOnce(client, migration))
    if (done) applied.push(migration.name)
  }
  return applied
}

async function missing(client: pg.Client, migrations: readonly Migration[]): Promise<readonly Migration[]> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_migrations',
  )
  const known = new Map(rows.map((row) => [row.name, row.checksum]))
  const changed = migrations.filter(({ name, checksum }) => known.has(name) && known.get(name) !== checksum)
  if (changed.length > 0) {
    throw new StartUpError(
      `The migration ${changed[0]!.name} was changed after it had been applied to this database: ` +
        'restore the file and put the change into a new one (for demo data: remove the data folder).',
    )
  }
  return migrations.filter(({ name }) => !known.has(name))
}

async function applyOnce(client: pg.Client, { name, sql, checksum }: Migration): Promise<boolean> {
  const { rowCount } = await client.query('select 1 from schema_migrations where name = $1', [name])
  if (rowCount) return false
  await client.query(sql).catch((error: Error) => {
    throw new StartUpError(`The migration ${name} fails: ${error.message}`)
  })
  await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [name, checksum])
  return true
}

/** Runs the work in one transaction that no other process runs at the same time on this database's schema. */
export async function underSchemaLock<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    await client.query('select id from schema_lock where id = 1 for update')
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

const BOOKKEEPING = `
  create table if not exists schema_migrations (
    name text primary key, checksum text not null, applied_at timestamptz not null default now());
  create table if not exists schema_lock (id integer primary key);
  insert into schema_lock (id) values (1) on conflict do nothing`

async function createBookkeeping(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ found: boolean }>(
    `select to_regclass('schema_migrations') is not null and to_regclass('schema_lock') is not null as found`,
  )
  if (rows[0]!.found) return
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(BOOKKEEPING)
      return
    } catch (error) {
      // "if not exists" does not wait for another process that creates the same table; the second try finds it.
      const raced = ['23505', '42P07', '42710'].includes((error as { code?: string }).code ?? '')
      if (!raced || attempt === 5) throw new StartUpError(`Cannot prepare the database: ${(error as Error).message}`)
    }
  }
}
