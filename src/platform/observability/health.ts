/** Alive, ready, measured: what supervisors, load balancers and Prometheus ask. */
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import type { Services } from '#platform/context.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import { getEitherWay } from '#platform/http/plain-routes.ts'
import { openWriteProbe, type WriteProbe } from '#platform/database/write-probe.ts'

export interface Health {
  /** Names of the migrations that this version needs. */
  readonly migrations: readonly string[]
  readonly metrics: Metrics
  /** The process was told to stop: it answers what is in flight and takes no new work. */
  stopping(): boolean
}

/** GET /health/live, /health/ready and /metrics; /up for those who watch servers of the kind that MoviCuotas came from. */
export function mountHealth(app: FastifyInstance, services: Services, health: Health): void {
  getEitherWay(app, '/health/live', async (_, reply) => reply.send({ status: 'alive' }))
  getEitherWay(app, '/up', async (_, reply) => reply.send({ status: 'up' }))
  const probe = openWriteProbe(services)
  getEitherWay(app, '/health/ready', async (_, reply) => {
    const checks = await readiness(services, health, probe)
    const ready = Object.values(checks).every((check) => check === 'ok')
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks })
  })
  getEitherWay(app, '/metrics', async (_, reply) =>
    reply.header('content-type', health.metrics.contentType).send(await health.metrics.text()),
  )
}

const PATIENCE_MS = 2_000

async function readiness(services: Services, health: Health, probe: WriteProbe): Promise<Record<string, string>> {
  if (health.stopping()) return { process: 'stopping' }
  try {
    const applied = await withinTime(appliedMigrations(services))
    const missing = health.migrations.filter((name) => !applied.has(name))
    const migrations = missing.length === 0 ? 'ok' : `missing: ${missing.join(', ')}`
    return { database: 'ok', migrations, ...(await withinTime(probe.check())) }
  } catch {
    return { database: 'not reachable' }
  }
}

async function appliedMigrations({ db }: Services): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`select name from schema_migrations`.execute(db.global)
  return new Set(rows.map(({ name }) => name))
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('too slow')), PATIENCE_MS)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
