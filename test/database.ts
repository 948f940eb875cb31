/**
 * Once per test run: a PostgreSQL with a migrated template database that each test file gets a copy of. By default it is an
 * embedded one in a temporary folder; MKOPO_TEST_DATABASE_URL names another server (as a superuser: tests tamper with the books).
 */
import { mkdtempSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { DEMO_ORGANISATIONS } from '#src/demo/demo.ts'
import { EMBEDDED_OWNER, openEmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.ts'
import { migrate, readMigrations } from '#platform/database/migrate.ts'
import { foundOrganisations } from '#platform/database/founding.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { layWalls } from '#platform/database/walls.ts'

export interface TestServer {
  /** Connects as the owner, to any database of the server, when the name of one is put in. */
  readonly url: string
  readonly template: string
  readonly appLogsIn: boolean
}

declare module 'vitest' {
  export interface ProvidedContext {
    testServer: TestServer
  }
}

/** A test's database is thrown away, so nothing waits for the disk; tests of durability start a server of their own. */
const FORGETFUL = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', shared_buffers: '64MB' }

const PREFIX = 'mkopo-test-'

/** Vitest's global setup. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['MKOPO_TEST_DATABASE_URL']
  const { url, close } = given ? { url: given, close: async () => undefined } : await openTemporary()
  const template = `mkopo_test_${process.pid}`
  const server: TestServer = { url, template, appLogsIn: !given }
  await withClient({ connectionString: url }, (client) => client.query(`create database ${template}`))
  await withClient({ connectionString: databaseUrl(server, template) }, async (client) => {
    await migrate(client, await readMigrations('migrations'))
    await layWalls(client, server)
    await foundOrganisations(client, DEMO_ORGANISATIONS, new Date('2025-01-01T00:00:00Z'))
  })
  project.provide('testServer', server)
  return async () => {
    if (given)
      await withClient({ connectionString: url }, (client) => client.query(`drop database ${template} with (force)`))
    await close()
  }
}

/** The server's url with another database in it. */
export function databaseUrl(server: Pick<TestServer, 'url'>, database: string): string {
  const url = new URL(server.url)
  url.pathname = `/${database}`
  return url.href
}

async function openTemporary(): Promise<{ url: string; close: () => Promise<void> }> {
  await sweep()
  const folder = mkdtempSync(join(tmpdir(), PREFIX))
  await writeFile(join(folder, 'pid'), String(process.pid))
  const server = await openEmbeddedPostgres({ folder, settings: FORGETFUL })
  return {
    url: `postgres://${EMBEDDED_OWNER}@localhost/postgres?host=${encodeURIComponent(server.socketFolder)}`,
    async close() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Servers of earlier runs that were killed before they could clean up. */
async function sweep(): Promise<void> {
  for (const name of (await readdir(tmpdir())).filter((entry) => entry.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name)
    const runner = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => Number.NaN))
    if (Number.isNaN(runner) || isAlive(runner)) continue
    const postmaster = await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')
    if (/^\d+\n/.test(postmaster)) kill(Number.parseInt(postmaster, 10))
    await rm(folder, { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGQUIT')
  } catch {
    // It had gone already.
  }
}
