/** A test's own small world: a database of its own with the demo organisations, a clock of its own, the real application. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import { inject as provided } from 'vitest'
import { openServices, openWeb, TABLES, type Web } from '#src/app.ts'
import { readConfig } from '#platform/config.ts'
import { seedDemo } from '#src/demo/demo.ts'
import { SUBSCRIBERS } from '#src/subscribers.ts'
import { type Clock, startClock } from '#platform/clock.ts'
import { type Actor, type Door, doorAt, type Organisation, type Services } from '#platform/context.ts'
import { speakThrough, startMessageSimulators, type MessageSimulators } from '#platform/messaging/gateways.ts'
import { moveClock } from '#platform/demo/demo-clock.ts'
import { allOrganisations } from '#platform/database/founding.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { APP_ROLE } from '#platform/database/walls.ts'
import { settle } from '#platform/work/worker.ts'
import { HELD } from '#test/declared-answers.ts'
import { databaseUrl } from '#test/database.ts'
import { statedFacts } from '#test/facts.ts'
import { watchedClient } from '#test/lock-order.ts'

export interface World {
  readonly services: Services
  readonly clock: Clock
  /** The database as its owner sees it: for what the application itself may not do. */
  readonly owner: pg.ClientConfig
  org(slug: string): Organisation
  /** A door of the organisation; without an actor the system's. */
  door(slug: string, actor?: Actor): Door
  /** The services of another process on the same database, with a pool and a clock of its own; closed with the world. */
  another(): Services
  /** Asks the real application, without a network. */
  inject(request: Asking): Promise<Response>
  /** Seeds the demo's people and business. */
  demo(): Promise<void>
  /** Reads events and sends messages until nothing is left. */
  settle(): Promise<void>
  /** Moves the clock as POST /demo/clock does: what falls due on the way happens on its day. */
  moveClock(to: string): Promise<void>
  close(): Promise<void>
}

export interface WorldOptions {
  /** The instant at which the world's clock starts; default 2026-02-15T09:00:00Z. */
  readonly now?: string
  /** Environment variables of the server beside demo mode, as config.ts reads them. */
  readonly env?: Readonly<Record<string, string>>
  /** Fails when the world is closed if a transaction took locks in another order than docs/ARCHITECTURE.md lists. */
  readonly lockOrder?: boolean
}

export interface Asking {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly payload?: string | Buffer | object
  /** Sent as a bearer token. */
  readonly token?: string
}

export type Response = Awaited<ReturnType<FastifyInstance['inject']>>

/** Opens a world; close it in afterAll. Closing fails where a fact was stated that is not as docs/events.md says. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const { url, drop } = await cloneTemplate()
  const folder = mkdtempSync(join(tmpdir(), 'mkopo-world-'))
  const simulators = await messageSimulators()
  const outOfOrder: string[] = []
  const services = servicesOn(url, folder, { ...options, outOfOrder })
  const play = (some: Services): void =>
    some.config.mode === 'production'
      ? undefined
      : speakThrough(some, { sms: simulators.sms.gateway, push: simulators.fcm.account })
  play(services)
  const organisations = new Map((await allOrganisations(services.db)).map((org) => [org.slug, org]))
  const org = (slug: string): Organisation => organisations.get(slug) ?? fail(`no organisation ${slug}`)
  let web: Promise<Web> | undefined
  const others: Services[] = []
  return {
    services,
    clock: services.clock,
    owner: { connectionString: url },
    org,
    door: (slug, actor = { kind: 'system', name: 'test' }) =>
      doorAt(services, { org: org(slug), actor, contract: 'test', requestId: 'test', address: '127.0.0.1' }),
    another() {
      const other = servicesOn(url, folder, { ...options, outOfOrder, now: services.clock.now().toISOString() })
      others.push(other)
      play(other)
      return other
    },
    async inject(asking) {
      web ??= openWeb(services, { contracts: HELD })
      return ask((await web).server, asking)
    },
    demo: () => seedAlone(services, outOfOrder),
    async settle() {
      for (const one of organisations.values()) await settle(services, one, SUBSCRIBERS)
    },
    async moveClock(to) {
      const { ran } = await moveClock(services, TABLES, new Date(to))
      for (const { job, day, error } of ran) if (error !== null) fail(`${job} of ${day} failed: ${error}`)
    },
    async close() {
      await (await web)?.server.close()
      await Promise.all([services, ...others].flatMap(({ db, threads }) => [db.close(), threads.close()]))
      const wrong = await drop()
      await rm(folder, { recursive: true, force: true })
      if (wrong.length > 0) fail(`facts that are not as docs/events.md says:\n${wrong.join('\n')}`)
      if (outOfOrder.length > 0) fail(`locks out of order:\n${outOfOrder.join('\n')}`)
    },
  }
}

/** The seed does days of business in one transaction, with nobody beside it: the order of its locks does not matter. */
async function seedAlone(services: Services, outOfOrder: string[]): Promise<void> {
  await seedDemo(services)
  outOfOrder.length = 0
}

let started: Promise<MessageSimulators> | undefined

/** One gateway for texts and one for pushes, for all worlds of a test file. */
export function messageSimulators(): Promise<MessageSimulators> {
  started ??= startMessageSimulators()
  return started
}

/** A copy of the template database, and how to drop it, which answers what is wrong with the facts that were stated in it. */
async function cloneTemplate(): Promise<{ url: string; drop(): Promise<readonly string[]> }> {
  const server = provided('testServer')
  const database = `w_${randomUUID().replaceAll('-', '').slice(0, 16)}`
  const onServer = async (statement: string): Promise<void> => {
    await withClient({ connectionString: server.url }, (client) => client.query(statement))
  }
  await onServer(`create database ${database} template ${server.template}`)
  const url = databaseUrl(server, database)
  return {
    url,
    async drop() {
      const { wrong } = await withClient({ connectionString: url }, statedFacts)
      await onServer(`drop database ${database} with (force)`)
      return wrong
    },
  }
}

function ask(server: FastifyInstance, { method, url, headers, payload, token }: Asking): Promise<Response> {
  const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const request = { method, url, headers: { ...headers, ...bearer } }
  return server.inject(payload === undefined ? request : { ...request, payload })
}

function servicesOn(url: string, folder: string, options: WorldOptions & { outOfOrder: string[] }): Services {
  const { appLogsIn } = provided('testServer')
  const env = { DATABASE_URL: url, MKOPO_DATA_DIR: folder, MKOPO_LOG: 'silent', ...options.env }
  return openServices({
    config: readConfig(env),
    connection: { app: { connectionString: appLogsIn ? asAppRole(url) : url, ...watched(options) }, appLogsIn },
    walls: { appRole: APP_ROLE },
    clock: startClock(new Date(options.now ?? '2026-02-15T09:00:00Z')),
  })
}

const watched = ({ lockOrder, outOfOrder }: { lockOrder?: boolean; outOfOrder: string[] }): pg.PoolConfig =>
  (lockOrder ?? process.env['MKOPO_TEST_LOCK_ORDER'] === 'on') ? { Client: watchedClient(outOfOrder) } : {}

function asAppRole(url: string): string {
  const changed = new URL(url)
  changed.username = APP_ROLE
  return changed.href
}

function fail(message: string): never {
  throw new Error(message)
}
