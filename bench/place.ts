/** Where a bench takes place: an embedded PostgreSQL of its own in a temporary folder, with the product's own settings. */
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { openApp } from '#src/app.ts'
import { readConfig } from '#platform/config.ts'
import type { Organisation, Services } from '#platform/context.ts'
import { allOrganisations } from '#platform/database/founding.ts'
import { connectPostgres, withClient } from '#platform/database/postgres-connection.ts'

export interface Place {
  /** MKOPO_DATA_DIR. */
  readonly folder: string
  readonly services: Services
  /** As the application's role, past our own database door. */
  readonly connection: pg.PoolConfig
  organisation(slug: string): Organisation
  /** What autovacuum does within a minute of much having been written: without it the first plans are wild guesses. */
  takeStatistics(): Promise<void>
  close(): Promise<void>
}

/** Migrated and with the demo's organisations; removed when it is closed. */
export async function openPlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'mkopo-bench-'))
  const config = readConfig({ MKOPO_DATA_DIR: folder, MKOPO_LOG: 'error' })
  const app = await openApp(config, { web: false, worker: false })
  const postgres = await connectPostgres(config)
  const organisations = new Map((await allOrganisations(app.services.db)).map((org) => [org.slug, org]))
  return {
    folder,
    services: app.services,
    connection: postgres.app,
    organisation: (slug) => organisations.get(slug)!,
    takeStatistics: () => withClient(postgres.owner, vacuumWritten),
    async close() {
      await app.close()
      await postgres.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Autovacuum passes over tables that nothing was written to: an empty one keeps the plans of a table of unknown size. */
export async function vacuumWritten(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select quote_ident(relname) as name from pg_stat_user_tables where n_tup_ins > 0',
  )
  await client.query(`vacuum analyze ${rows.map(({ name }) => name).join(', ')}`)
}
