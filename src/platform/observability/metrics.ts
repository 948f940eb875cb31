/** What Prometheus reads at /metrics: of this process, of its requests, and of the work that waits in the database. */
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type Ctx, type Services, systemDoor, transact } from '#platform/context.ts'
import { errandsOf } from '#platform/work/errands.ts'
import { cursorsOf } from '#platform/events/event-readers.ts'
import { allOrganisations } from '#platform/database/founding.ts'
import type { Finished } from '#platform/http/http.ts'
import { lastResults, lastRuns } from '#platform/work/jobs.ts'
import { countQueued } from '#platform/messaging/message-sender.ts'
import type { WorkTables } from '#platform/work/worker.ts'

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

/** Starts collecting, once for the same services. A registry of their own, so that several servers may run in one process. */
export function openMetrics(services: Services, tables: WorkTables): Metrics {
  const known = metricsBy.get(services)
  if (known) return known
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
  const readWork = workGauges(registry, services, tables)
  const metrics: Metrics = {
    request: ({ contract, method, route, status, ms }) =>
      requests.observe({ contract, method, route, status: String(status) }, ms / 1000),
    batch: (of, size) => batches.observe({ of }, size),
    async text() {
      // Without the database the process is still measured.
      await readWork().catch((error: unknown) => services.log.warn({ err: error }, 'waiting work cannot be measured'))
      return registry.metrics()
    },
    contentType: registry.contentType,
  }
  metricsBy.set(services, metrics)
  return metrics
}

/** What waits and what failed, read from the database when asked: the same from whichever process. */
function workGauges(registry: Registry, services: Services, tables: WorkTables): () => Promise<void> {
  const gauge = (name: string, help: string, ...labels: string[]): Gauge =>
    new Gauge({ name, help, labelNames: ['organisation', ...labels], registers: [registry] })
  const backlog = gauge('mkopo_events_backlog', 'Events that a reader has not read yet', 'reader')
  const held = gauge('mkopo_event_reader_held_up', '1 while an event that a reader cannot handle holds it up', 'reader')
  const due = gauge('mkopo_job_last_due_seconds', 'When a job last fell due and was begun (Unix time)', 'job')
  const failed = gauge('mkopo_job_failed', '1 while the last run of a job has failed', 'job')
  const results = gauge('mkopo_job_result', 'What a job came to when it was done last', 'job', 'figure')
  const messages = gauge('mkopo_messages_queued', 'Messages that wait to be sent, or to be sent again')
  const errands = gauge('mkopo_errands_open', 'What the worker is to do beyond the database', 'errand', 'status')
  return async () => {
    for (const org of await allOrganisations(services.db)) {
      const organisation = org.slug
      const { head, cursors, runs, figures, queued, open } = await transact(
        systemDoor(services, org, 'metrics'),
        waiting(tables),
        true,
      )
      for (const { reader } of tables.subscribers) {
        const { after, waits } = cursors[reader] ?? { after: 0, waits: false }
        backlog.set({ organisation, reader }, head - after)
        held.set({ organisation, reader }, waits ? 1 : 0)
      }
      for (const [job, run] of Object.entries(runs)) {
        due.set({ organisation, job }, new Date(run.fireAt).getTime() / 1000)
        failed.set({ organisation, job }, run.status === 'failed' ? 1 : 0)
      }
      for (const [job, result] of Object.entries(figures)) {
        for (const [figure, value] of Object.entries(result)) results.set({ organisation, job, figure }, value)
      }
      messages.set({ organisation }, queued)
      for (const { errand, counts } of open) {
        for (const [status, count] of Object.entries(counts)) errands.set({ organisation, errand, status }, count)
      }
    }
  }
}

const waiting = ({ jobs }: WorkTables) => {
  const names = jobs.map(({ name }) => name)
  return async (ctx: Ctx) => ({
    ...(await cursorsOf(ctx)),
    runs: await lastRuns(ctx, names),
    figures: await lastResults(ctx, names),
    queued: await countQueued(ctx),
    open: await openErrands(ctx),
  })
}

async function openErrands(ctx: Ctx): Promise<{ errand: string; counts: Readonly<Record<string, number>> }[]> {
  const open = []
  for (const errand of errandsOf(ctx.services)) open.push({ errand: errand.name, counts: await errand.countOpen(ctx) })
  return open
}
