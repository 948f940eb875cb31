/** The composition: what the server is made of, put together once. */
import { fileURLToPath } from 'node:url'
import type { Server } from 'node:http'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import type { Config } from '#platform/config.ts'
import { CONTRACTS } from '#src/contracts.ts'
import { DEMO_ORGANISATIONS, DEMO_PEOPLE, seedDemo } from '#src/demo/demo.ts'
import { mountDeviceCallbacks } from '#src/worker/device-callbacks.ts'
import { ERRANDS } from '#src/worker/errands.ts'
import { JOBS } from '#src/jobs.ts'
import { openNotificationSockets } from '#src/worker/notification-sockets.ts'
import { mountProviderCallbacks } from '#src/worker/provider-callbacks.ts'
import { playProviders } from '#src/worker/simulators.ts'
import { mountLanding } from '#src/site/landing.ts'
import { mountReferences } from '#src/site/reference-pages.ts'
import { SUBSCRIBERS } from '#src/subscribers.ts'
import { type Clock, startClock } from '#platform/clock.ts'
import type { Services } from '#platform/context.ts'
import { openDatabase } from '#platform/database/db.ts'
import { announceErrands } from '#platform/work/errands.ts'
import { followDemoClock } from '#platform/demo/demo-clock.ts'
import { mountDemo } from '#platform/demo/demo-routes.ts'
import { foundOrganisations } from '#platform/database/founding.ts'
import { prepareToLeave } from '#platform/http/limits/graceful-close.ts'
import { mountHealth } from '#platform/observability/health.ts'
import { buildServer } from '#platform/http/http.ts'
import type { Contract } from '#platform/http/route.ts'
import { announceJobs } from '#platform/work/jobs.ts'
import { openLog } from '#platform/observability/log.ts'
import { openMetrics } from '#platform/observability/metrics.ts'
import { migrate, readMigrations, underSchemaLock } from '#platform/database/migrate.ts'
import { connectPostgres, type PostgresConnection, withClient } from '#platform/database/postgres-connection.ts'
import type { Sockets } from '#platform/messaging/sockets.ts'
import { StartUpError } from '#platform/start-up-error.ts'
import { openFileStore } from '#platform/files/storage.ts'
import { openThreadPool } from '#platform/work/thread-pool.ts'
import { layWalls, type Walls } from '#platform/database/walls.ts'
import { startWorker, type Worker, type WorkTables } from '#platform/work/worker.ts'

/** The package's folder, from src/ and from dist/ alike. */
const ROOT = fileURLToPath(new URL('..', import.meta.url))

export const TABLES: WorkTables = { subscribers: SUBSCRIBERS, jobs: JOBS }

export interface Roles {
  readonly web: boolean
  readonly worker: boolean
}

/** What was found and done while starting, for the start-up output. */
export interface Started {
  readonly place: string
  readonly walls: Walls
  readonly migrations: readonly string[]
  readonly applied: readonly string[]
}

export interface App {
  readonly services: Services
  readonly started: Started
  /** Where the web server listens; undefined without one. */
  readonly address: string | undefined
  /** Stops taking work, finishes what is in hand, lets go of everything. */
  close(): Promise<void>
}

/** Opens the database, brings it up to this version and starts the roles. A StartUpError says why it cannot. */
export async function openApp(config: Config, roles: Roles): Promise<App> {
  const log = openLog(config.logLevel)
  const connection = await connectPostgres(config, () =>
    log.warn('the embedded PostgreSQL had died and was started again'),
  )
  try {
    const started = await prepareDatabase(connection, config)
    const services = openServices({ config, connection, walls: started.walls })
    return await run(services, { roles, started, connection })
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** Migrations, walls, and in demo mode the demo's organisations: done by the owner of the database. */
export async function prepareDatabase(connection: PostgresConnection, config: Config): Promise<Started> {
  const migrations = await readMigrations(join(ROOT, 'migrations'))
  return withClient(connection.owner, async (client) => {
    const applied = await migrate(client, migrations)
    const walls = await layWalls(client, connection)
    if (config.mode === 'demo') await foundOrganisations(client, DEMO_ORGANISATIONS, config.clock ?? new Date())
    return { place: connection.place, walls, migrations: migrations.map(({ name }) => name), applied }
  })
}

export interface Parts {
  readonly config: Config
  readonly connection: { readonly app: pg.PoolConfig; readonly appLogsIn: boolean }
  readonly walls: Pick<Walls, 'appRole'>
  readonly clock?: Clock
}

/** The services of a process; the jobs are known to them by name. */
export function openServices({ config, connection, walls, clock }: Parts): Services {
  const services: Services = {
    config,
    db: openDatabase({
      connection: connection.app,
      poolSize: config.poolSize,
      prepareStatements: config.prepareStatements,
      appRole: connection.appLogsIn ? undefined : walls.appRole,
    }),
    clock: clock ?? startClock(config.clock),
    log: openLog(config.logLevel),
    files: openFileStore(join(config.dataDir, 'files')),
    threads: openThreadPool(),
    wakeWorker: () => bells.get(services)?.(),
  }
  announceJobs(services, JOBS)
  announceErrands(services, ERRANDS)
  return services
}

const bells = new WeakMap<Services, () => void>()

export interface WebOptions {
  /** All that there are, unless told otherwise. */
  readonly contracts?: readonly Contract[]
  readonly migrations?: readonly string[]
  stopping?(): boolean
}

export interface Web {
  readonly server: FastifyInstance
  readonly sockets: Sockets
  /** Cuts nobody off who is being served or has just come in. */
  close(): Promise<void>
}

/** The web server with all contracts, pages and sockets, ready to listen or to be injected into. */
export async function openWeb(services: Services, options: WebOptions = {}): Promise<Web> {
  const metrics = openMetrics(services, TABLES)
  const { contracts = CONTRACTS, migrations = [], stopping = () => false } = options
  let sockets: Sockets | undefined
  let close: Web['close'] | undefined
  const server = await buildServer(services, contracts, {
    onResponse: metrics.request,
    mount(app) {
      close = prepareToLeave(app)
      mountLanding(app, services, { contracts, accounts: DEMO_PEOPLE })
      mountReferences(app, contracts)
      mountHealth(app, services, { migrations, metrics, stopping })
      mountProviderCallbacks(app, services)
      mountDeviceCallbacks(app, services)
      if (services.config.mode === 'demo') mountDemo(app, services, TABLES)
      sockets = openNotificationSockets(app.server as Server, services)
      app.addHook('preClose', async () => sockets?.close())
    },
  })
  return { server, sockets: sockets!, close: close! }
}

interface Running {
  readonly roles: Roles
  readonly started: Started
  readonly connection: PostgresConnection
}

async function run(services: Services, { roles, started, connection }: Running): Promise<App> {
  const unfollow = services.config.mode === 'demo' ? await prepareDemo(services, connection) : () => undefined
  let stopping = false
  const web = roles.web
    ? await openWeb(services, { migrations: started.migrations, stopping: () => stopping })
    : undefined
  const address = web && (await listen(web.server, services.config))
  let worker: Worker | undefined
  const played = await playProviders(services, { worker: roles.worker, address })
  if (roles.worker) {
    worker = startWorker(services, { ...TABLES, afterRead: (org) => web?.sockets.wake(org) })
    bells.set(services, worker.wake)
  }
  return {
    services,
    started,
    address,
    async close() {
      stopping = true
      unfollow()
      await Promise.all([web?.close(), worker?.stop()])
      await played.close()
      await services.threads.close()
      await services.db.close()
      await connection.close()
    },
  }
}

/** Processes that start together seed one after the other; what is there already is left alone. */
async function prepareDemo(services: Services, connection: PostgresConnection): Promise<() => void> {
  const unfollow = await followDemoClock(services)
  await withClient(connection.owner, (client) => underSchemaLock(client, () => seedDemo(services)))
  return unfollow
}

async function listen(server: FastifyInstance, { host, port }: Config): Promise<string> {
  try {
    return await server.listen({ host, port })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new StartUpError(
      code === 'EADDRINUSE'
        ? `Port ${port} of ${host} is in use: stop the program that uses it, or set PORT to another.`
        : `Cannot listen on ${host}, port ${port}: ${message}.`,
    )
  }
}
