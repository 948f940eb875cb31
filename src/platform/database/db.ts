/** The database door: a pool, and transactions that see one organisation's rows only. */
import {
  type CompiledQuery,
  type ConnectionProvider,
  type DatabaseConnection,
  DefaultQueryExecutor,
  Kysely,
  PostgresAdapter,
  PostgresDialect,
  PostgresQueryCompiler,
  type QueryResult,
  sql,
} from 'kysely'
import { Socket } from 'node:net'
import pg from 'pg'
import { arrayLiteral } from '#platform/database/array-literal.ts'

/**
 * A connection inside a transaction; queries are written with Kysely's `sql` tag. They run in the order in which they are
 * started; those started without waiting for each other (Promise.all) travel together, in one round trip.
 */
export type Tx = Kysely<unknown>

export interface Database {
  /**
   * Runs `work` in one transaction as the application's role, with row-level security set to the organisation.
   * Deadlocks and serialization failures are retried, so `work` must have no effect outside the transaction. Read-only work
   * sees one and the same moment throughout.
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
  const pool = new pg.Pool({
    ...options.connection,
    max: options.poolSize,
    application_name: 'mkopo',
    pipeline: true,
    stream: gatheringSocket,
  })
  // An idle connection that breaks (server restart) is dropped by the pool; the next query opens another.
  pool.on('error', () => undefined)
  // One that breaks while it is in use fails the query in hand; without a listener it would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const nameOf = options.prepareStatements ? statementNames() : () => undefined
  return {
    global: queriesBy({ provideConnection: (use) => onClient(pool, (client) => use(connectionOf(client, nameOf))) }),
    transact: (orgId, work, readOnly = false) =>
      retrying(() =>
        onClient(pool, (client) => once({ client, nameOf, begin: opening(options, orgId, readOnly) }, work)),
      ),
    close: () => pool.end(),
  }
}

/** Statements started in one turn leave in one go: waking the server costs more than the writing. */
function gatheringSocket(): Socket {
  const socket = new Socket()
  const uncork = socket.uncork.bind(socket)
  socket.uncork = () => process.nextTick(uncork)
  return socket
}

/** A connection that broke is thrown away by the pool itself. */
async function onClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    return await work(client)
  } finally {
    client.release()
  }
}

/** One simple query opens the transaction: role, organisation and time limits are local to it, so a pooler may sit between. */
function opening(options: DatabaseOptions, orgId: number, readOnly: boolean): string {
  if (!Number.isSafeInteger(orgId)) throw new Error(`not an organisation: ${orgId}`)
  const role = options.appRole ? `select set_config('role', '${options.appRole}', true);` : ''
  const mode = readOnly ? 'repeatable read read only' : 'read committed read write'
  return `begin isolation level ${mode};${role}select set_config('mkopo.org', '${orgId}', true)`
}

interface Opening {
  readonly client: pg.PoolClient
  readonly nameOf: StatementNames
  readonly begin: string
}

async function once<T>({ client, nameOf, begin }: Opening, work: (tx: Tx) => Promise<T>): Promise<T> {
  const connection = connectionOf(client, nameOf)
  const causes = noteCauses(connection)
  let ended = false
  // One of several concurrent statements fails: what would follow the others must not run after the rollback.
  const tx = queriesBy({
    provideConnection: (use) =>
      ended ? Promise.reject(new Error('the transaction has ended')) : use(causes.connection),
  })
  try {
    await client.query(begin)
    const result = await work(tx)
    ended = true
    const { command } = await client.query('commit')
    if (command !== 'COMMIT') throw new Error('an error inside the transaction was passed over: nothing was written')
    return result
  } catch (error) {
    ended = true
    await client.query('rollback').catch(() => undefined)
    throw causes.of(error)
  }
}

/** What a statement is told that comes after the one that failed. */
const IN_FAILED_TRANSACTION = '25P02'

/**
 * Notes why the transaction failed: of several concurrent statements one that came after it may be heard of first, and a
 * deadlock would not be retried.
 */
function noteCauses(connection: DatabaseConnection): { connection: DatabaseConnection; of(error: unknown): unknown } {
  let cause: unknown
  const noting = async <R>(query: CompiledQuery): Promise<QueryResult<R>> => {
    try {
      return await connection.executeQuery<R>(query)
    } catch (error) {
      if (sqlState(error) !== IN_FAILED_TRANSACTION) cause = error
      throw error
    }
  }
  return {
    connection: { ...connection, executeQuery: noting },
    of: (error) => (sqlState(error) === IN_FAILED_TRANSACTION ? (cause ?? error) : error),
  }
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
    // Released as well: else the part around this one would be rolled back to here only.
    await sql.raw('rollback to savepoint part; release savepoint part').execute(tx)
    throw error
  }
}

type StatementNames = (text: string) => string | undefined

const PREPARED_AT_MOST = 400

/** Names under which statements are prepared, once per connection; filters composed at run time beyond the bound get none. */
function statementNames(): StatementNames {
  const names = new Map<string, string>()
  return (text) => {
    const known = names.get(text)
    if (known || names.size >= PREPARED_AT_MOST) return known
    const name = `m${names.size}`
    names.set(text, name)
    return name
  }
}

/** Kysely's own way would hold each query back until the one before is answered. */
function queriesBy(connections: ConnectionProvider): Tx {
  const dialect = new PostgresDialect({ pool: () => Promise.reject(new Error('transactions are opened by transact')) })
  const executor = new DefaultQueryExecutor(new PostgresQueryCompiler(), new PostgresAdapter(), connections)
  return new Kysely({ config: { dialect }, dialect, driver: dialect.createDriver(), executor })
}

function connectionOf(client: pg.PoolClient, nameOf: StatementNames): DatabaseConnection {
  return {
    async executeQuery<R>({ sql: text, parameters }: CompiledQuery) {
      if (parameters.length === 0) return resultOf<R>(await client.query(text))
      const name = nameOf(text)
      const values = parameters.map((value) => (Array.isArray(value) ? arrayLiteral(value) : value))
      return resultOf<R>(await client.query(name ? { name, text, values } : { text, values }))
    },
    streamQuery() {
      throw new Error('rows are read page by page')
    },
  }
}

/** Several statements in one text give several results, which nobody reads. */
function resultOf<R>({ rows, rowCount }: pg.QueryResult): QueryResult<R> {
  return { rows: rows as R[], ...(rowCount !== null && { numAffectedRows: BigInt(rowCount ?? 0) }) }
}

/**
 * The PostgreSQL error code of an error, e.g. 23505 for a unique key; undefined for anything else that has a code of its own,
 * as refusals and errors of the system have.
 */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError && typeof error.code === 'string' ? error.code : undefined

/** The unique constraint or index that an insert ran into, or null. */
export function violatedKey(error: unknown): string | null {
  if (sqlState(error) !== '23505') return null
  return (error as { constraint?: string }).constraint ?? ''
}
