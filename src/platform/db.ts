/** The database door: a pool, and transactions that see one organisation's rows only. */
import { Kysely, PostgresDialect, type PostgresPool, sql } from 'kysely'
import pg from 'pg'

/** A connection inside a transaction; queries are written with Kysely's `sql` tag or builder. */
export type Tx = Kysely<unknown>

export interface Database {
  /**
   * Runs `work` in one transaction as the application's role, with row-level security set to the organisation.
   * Deadlocks and serialization failures are retried, so `work` must have no effect outside the transaction.
   */
  transact<T>(orgId: number, work: (tx: Tx) => Promise<T>, readOnly?: boolean): Promise<T>
  /** Outside any organisation: only tables without org_id (organisations, contract bindings) can be seen. */
  readonly global: Tx
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly connection: pg.PoolConfig
  readonly poolSize: number
  readonly prepareStatements: boolean
  /** The role without rights beyond the application's; undefined where the server gave us no second role. */
  readonly appRole: string | undefined
}

/** bigint columns are money and journal numbers: exact, never a float. Days stay text. */
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => BigInt(text))
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text)

const RETRIED = new Set(['40001', '40P01'])
const ATTEMPTS = 5

export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({ ...options.connection, max: options.poolSize, application_name: 'mkopo' })
  // An idle connection that breaks (server restart) is dropped by the pool; the next query opens another.
  pool.on('error', () => undefined)
  // One that breaks while it is in use fails the query in hand; without a listener it would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const kysely = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: options.prepareStatements ? preparing(pool) : pool }),
  })
  return {
    global: kysely,
    transact: (orgId, work, readOnly = false) => retrying(() => once(kysely, opening(options, orgId, readOnly), work)),
    close: () => kysely.destroy(),
  }
}

/** One simple query opens the transaction: role, organisation and time limits are local to it, so a pooler may sit between. */
function opening(options: DatabaseOptions, orgId: number, readOnly: boolean): string {
  if (!Number.isSafeInteger(orgId)) throw new Error(`not an organisation: ${orgId}`)
  const role = options.appRole ? `select set_config('role', '${options.appRole}', true);` : ''
  return `begin isolation level read committed ${readOnly ? 'read only' : 'read write'};${role}select set_config('mkopo.org', '${orgId}', true)`
}

async function once<T>(kysely: Kysely<unknown>, begin: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  return kysely.connection().execute(async (tx) => {
    await sql.raw(begin).execute(tx)
    try {
      const result = await work(tx)
      await sql.raw('commit').execute(tx)
      return result
    } catch (error) {
      await sql
        .raw('rollback')
        .execute(tx)
        .catch(() => undefined)
      throw error
    }
  })
}

async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await attempt()
    } catch (error) {
      if (n >= ATTEMPTS || !RETRIED.has((error as { code?: string }).code ?? '')) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** n))
    }
  }
}

/** Part of a transaction that may fail without taking the rest with it. */
export async function savepoint<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
  await sql.raw('savepoint part').execute(tx)
  try {
    const result = await work()
    await sql.raw('release savepoint part').execute(tx)
    return result
  } catch (error) {
    await sql.raw('rollback to savepoint part').execute(tx)
    throw error
  }
}

const PREPARED_AT_MOST = 400

/** The pool with parameterised statements prepared once per connection; filters composed at run time beyond the bound are not. */
function preparing(pool: pg.Pool): PostgresPool {
  const names = new Map<string, string>()
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text)
    if (known || names.size >= PREPARED_AT_MOST) return known
    const name = `m${names.size}`
    names.set(text, name)
    return name
  }
  const wrapped = new WeakMap<pg.PoolClient, unknown>()
  return {
    async connect() {
      const client = await pool.connect()
      let wrapper = wrapped.get(client)
      if (!wrapper) {
        wrapper = {
          query(text: string | object, values?: readonly unknown[]) {
            if (typeof text !== 'string') return client.query(text as never)
            const name = values && values.length > 0 ? nameOf(text) : undefined
            return name
              ? client.query({ name, text, values: values as unknown[] })
              : client.query(text, values as unknown[])
          },
          release: () => client.release(),
        }
        wrapped.set(client, wrapper)
      }
      return wrapper as never
    },
    end: () => pool.end(),
  } as PostgresPool
}

/** The PostgreSQL error code of an error, e.g. 23505 for a unique key; undefined for anything else. */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** The unique constraint or index that an insert ran into, or null. */
export function violatedKey(error: unknown): string | null {
  if (sqlState(error) !== '23505') return null
  return (error as { constraint?: string }).constraint ?? ''
}
