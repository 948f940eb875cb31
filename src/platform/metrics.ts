/** What Prometheus reads at /metrics: of this process, of its requests, and of the work that waits in the database. */
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type Services, systemDoor, transact } from '#platform/context.ts'
import { cursorsOf } from '#platform/event-readers.ts'
import { allOrganisations } from '#platform/founding.ts'
import type { Finished } from '#platform/http.ts'
import { lastRuns } from '#platform/jobs.ts'
import type { WorkTables } from '#platform/worker.ts'

export interface Metrics {
  request(finished: Finished): void
  /** Items that were written together, by what they are (payments, entries). */
  batch(of: string, size: number): void
  /** All of them in Prometheus' text format. */
  text(): Promise<string>
  readonly contentType: string
}

const metricsBy = new WeakMap<Services, Metrics>()

/** The metrics of the process, for those who measure; undefined where nobody collects any. */
export const metricsOf = (services: Services): Metrics | undefined => metricsBy.get(services)

/** Starts collecting. A registry of its own, so that several servers may run in one process. */
export function openMetrics(services: Services, tables: WorkTables): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer a request',
    labelNames: ['contract', 'method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const batches = new Histogram({
    name: 'mkopo_batch_size',
    help: 'Items written in one transaction',
    labelNames: ['of'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    registers: [registry],
  })
  workGauges(registry, services, tables)
  const metrics: Metrics = {
    request: ({ contract, method, route, status, ms }) =>
      requests.observe({ contract, method, route, status: String(status) }, ms / 1000),
    batch: (of, size) => batches.observe({ of }, size),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
  metricsBy.set(services, metrics)
  return metrics
}

/** Read from the database when asked: the same from whichever process. */
function workGauges(registry: Registry, services: Services, { subscribers, jobs }: WorkTables): void {
  const gauge = (name: string, help: string, label: string): Gauge =>
    new Gauge({ name, help, labelNames: ['organisation', label], registers: [registry] })
  const held = gauge('mkopo_event_reader_held_up', '1 while an event that a reader cannot handle holds it up', 'reader')
  const due = gauge('mkopo_job_last_due_seconds', 'When a job last fell due and was begun (Unix time)', 'job')
  const failed = gauge('mkopo_job_failed', '1 while the last run of a job has failed', 'job')
  new Gauge({
    name: 'mkopo_events_backlog',
    help: 'Events that a reader has not read yet',
    labelNames: ['organisation', 'reader'],
    registers: [registry],
    async collect() {
      for (const org of await allOrganisations(services.db)) {
        const { head, cursors, runs } = await transact(
          systemDoor(services, org, 'metrics'),
          async (ctx) => ({
            ...(await cursorsOf(ctx)),
            runs: await lastRuns(
              ctx,
              jobs.map(({ name }) => name),
            ),
          }),
          true,
        )
        for (const { reader } of subscribers) {
          const { after, waits } = cursors[reader] ?? { after: 0, waits: false }
          this.set({ organisation: org.slug, reader }, head - after)
          held.set({ organisation: org.slug, reader }, waits ? 1 : 0)
        }
        for (const [job, run] of Object.entries(runs)) {
          due.set({ organisation: org.slug, job }, new Date(run.fireAt).getTime() / 1000)
          failed.set({ organisation: org.slug, job }, run.status === 'failed' ? 1 : 0)
        }
      }
    },
  })
}
