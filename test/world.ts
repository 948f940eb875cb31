/** A test's own small world: a database of its own with the demo organisations, a clock of its own, the real application. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { inject as provided } from 'vitest'
import { readConfig } from '#src/config.ts'
import { type Clock, startClock } from '#platform/clock.ts'
import { type Actor, type Door, doorAt, type Organisation, type Services } from '#platform/context.ts'
import { openDatabase } from '#platform/db.ts'
import { openLog } from '#platform/log.ts'
import { allOrganisations } from '#platform/founding.ts'
import { withClient } from '#platform/postgres-connection.ts'
import { openFileStore } from '#platform/storage.ts'
import { APP_ROLE } from '#platform/walls.ts'
import { databaseUrl } from '#test/database.ts'

export interface World {
  readonly services: Services
  readonly clock: Clock
  /** The database as its owner sees it: for what the application itself may not do. */
  readonly owner: pg.ClientConfig
  org(slug: string): Organisation
  /** A door of the organisation; without an actor the system's. */
  door(slug: string, actor?: Actor): Door
  close(): Promise<void>
}

export interface WorldOptions {
  /** The instant at which the world's clock starts; default 2026-02-15T09:00:00Z. */
  readonly now?: string
  /** Environment variables of the server beside demo mode, as config.ts reads them. */
  readonly env?: Readonly<Record<string, string>>
}

/** Opens a world; close it in afterAll. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const server = provided('testServer')
  const database = `w_${randomUUID().replaceAll('-', '').slice(0, 16)}`
  await withClient({ connectionString: server.url }, (client) =>
    client.query(`create database ${database} template ${server.template}`),
  )
  const url = databaseUrl(server, database)
  const folder = mkdtempSync(join(tmpdir(), 'mkopo-world-'))
  const services = servicesOn(url, folder, options)
  const organisations = new Map((await allOrganisations(services.db)).map((org) => [org.slug, org]))
  const org = (slug: string): Organisation => organisations.get(slug) ?? fail(`no organisation ${slug}`)
  return {
    services,
    clock: services.clock,
    owner: { connectionString: url },
    org,
    door: (slug, actor = { kind: 'system', name: 'test' }) =>
      doorAt(services, { org: org(slug), actor, contract: 'test', requestId: 'test', address: '127.0.0.1' }),
    async close() {
      await services.db.close()
      await withClient({ connectionString: server.url }, (client) =>
        client.query(`drop database ${database} with (force)`),
      )
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function servicesOn(url: string, folder: string, options: WorldOptions): Services {
  const { appLogsIn } = provided('testServer')
  const config = readConfig({
    DATABASE_URL: url,
    MKOPO_DATA_DIR: folder,
    MKOPO_LOG: 'silent',
    MKOPO_DB_POOL: '10',
    ...options.env,
  })
  return {
    config,
    db: openDatabase({
      connection: appLogsIn ? { connectionString: asAppRole(url) } : { connectionString: url },
      poolSize: config.poolSize,
      prepareStatements: config.prepareStatements,
      appRole: appLogsIn ? undefined : APP_ROLE,
    }),
    clock: startClock(new Date(options.now ?? '2026-02-15T09:00:00Z')),
    log: openLog(config.logLevel),
    files: openFileStore(join(folder, 'files')),
    wakeWorker: () => undefined,
  }
}

function asAppRole(url: string): string {
  const changed = new URL(url)
  changed.username = APP_ROLE
  return changed.href
}

function fail(message: string): never {
  throw new Error(message)
}
