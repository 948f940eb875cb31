/** Which PostgreSQL we use and as whom: the one DATABASE_URL names, or the embedded one under the data folder. */
import { join, relative, resolve } from 'node:path'
import pg from 'pg'
import type { Config } from '#platform/config.ts'
import { EMBEDDED_OWNER, openEmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.ts'
import { StartUpError } from '#platform/start-up-error.ts'
import { APP_ROLE } from '#platform/database/walls.ts'

export interface PostgresConnection {
  /** Owns the tables: migrations, walls, and the creation of organisations. */
  readonly owner: pg.ClientConfig
  /** What requests and jobs run on. */
  readonly app: pg.PoolConfig
  /** The application logs in as its own role; else it logs in as the owner and each transaction switches the role. */
  readonly appLogsIn: boolean
  /** For people: host and database, or the folder. */
  readonly place: string
  /** Call when the pool has ended: stops the embedded server, unless another process still uses it. */
  close(): Promise<void>
}

const EMBEDDED_DATABASE = 'mkopo'

/** The PostgreSQL of the configuration, reachable; a StartUpError says what is wrong with it. */
export async function connectPostgres(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
  onRestart?: () => void,
): Promise<PostgresConnection> {
  return config.databaseUrl ? remote(config.databaseUrl) : embedded(config.dataDir, onRestart)
}

function remote(url: string): PostgresConnection {
  const connection = { connectionString: url }
  return { owner: connection, app: connection, appLogsIn: false, place: placeOf(url), close: async () => undefined }
}

/** Host and database without user and password. */
function placeOf(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url)
  const host = hostname || searchParams.get('host') || 'localhost'
  return `${host}${port ? `:${port}` : ''}${pathname}`
}

async function embedded(dataDir: string, onRestart?: () => void): Promise<PostgresConnection> {
  const folder = resolve(dataDir)
  const server = await openEmbeddedPostgres({ folder, ...(onRestart && { onRestart }) })
  const at = { host: server.socketFolder, database: EMBEDDED_DATABASE }
  await createDatabase(server.socketFolder)
  const shown = relative(process.cwd(), join(folder, 'postgres'))
  return {
    owner: { ...at, user: EMBEDDED_OWNER },
    app: { ...at, user: APP_ROLE },
    appLogsIn: true,
    place: `embedded PostgreSQL ${server.started ? 'started' : 'found running'} in ${shown.startsWith('..') ? folder : shown}`,
    close: () => server.stop(),
  }
}

async function createDatabase(socketFolder: string): Promise<void> {
  await withClient({ host: socketFolder, user: EMBEDDED_OWNER, database: 'postgres' }, async (client) => {
    const { rows } = await client.query('select 1 from pg_database where datname = $1', [EMBEDDED_DATABASE])
    if (rows.length > 0) return
    await client.query(`create database ${EMBEDDED_DATABASE}`).catch((error: { code?: string }) => {
      // Another process of ours was quicker.
      if (error.code !== '42P04' && error.code !== '23505') throw error
    })
  })
}

/** One connection for a piece of work; where it cannot be opened, a StartUpError says why. */
export async function withClient<T>(config: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionTimeoutMillis: 10_000, ...config })
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    const place = config.connectionString ? placeOf(config.connectionString) : `${config.host}/${config.database}`
    throw new StartUpError(`Cannot log in to the database ${place}: ${reasonOf(error)}`)
  }
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Node reports a refused connection to several addresses as one error without a message of its own. */
function reasonOf(error: unknown): string {
  const inner = error instanceof AggregateError ? error.errors : [error]
  return inner.map((one) => (one instanceof Error ? one.message : String(one))).join('; ')
}
