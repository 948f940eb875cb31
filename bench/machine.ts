/** On what the figures were measured: absolute figures mean nothing without it. */
import { cpus, loadavg, totalmem } from 'node:os'
import { sql } from 'kysely'
import type { Services } from '#platform/context.ts'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGigabytes: number
  readonly node: string
  readonly postgres: string
  /** Of the server the figures are of. */
  readonly settings: Readonly<Record<string, string>>
  /** Of the last minute before: on a quiet machine next to nothing. */
  readonly loadBefore: number
}

const SETTINGS = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'shared_buffers',
  'max_wal_size',
  'wal_compression',
]

/** The machine, and the PostgreSQL of the services. */
export async function describeMachine(services: Services): Promise<Machine> {
  const { rows } = await sql<{ name: string; value: string }>`
    select name, current_setting(name) as value from unnest(${SETTINGS}::text[]) name
    union all select 'server_version', current_setting('server_version')`.execute(services.db.global)
  const { server_version: postgres = '', ...settings } = Object.fromEntries(
    rows.map(({ name, value }) => [name, value]),
  )
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    postgres,
    settings,
    loadBefore: Math.round(loadavg()[0]! * 10) / 10,
  }
}
