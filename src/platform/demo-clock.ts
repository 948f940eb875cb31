/** Demo only: the clock is moved forward on request, and what falls due on the way happens on its day before it arrives. */
import { sql } from 'kysely'
import { refuse } from '#domain/refusal.ts'
import { type Ctx, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'
import { allOrganisations } from '#platform/founding.ts'
import { isDue, type Job, type JobRun, type LastRun, lastRuns, nextAfter, runDue } from '#platform/jobs.ts'
import { settle, type WorkTables } from '#platform/worker.ts'

export interface ClockMove {
  readonly now: Date
  readonly ran: readonly (JobRun & { readonly organisation: string })[]
}

/**
 * Moves the clock to an instant, stopping at every time at which a job falls due in any organisation; there the job runs and
 * the events it wrote are read. A job that fails stays behind and does not stop the others. Refuses clock_backwards.
 */
export async function moveClock(services: Services, tables: WorkTables, target: Date): Promise<ClockMove> {
  if (target < services.clock.now()) refuse('clock_backwards')
  const organisations = await allOrganisations(services.db)
  const ran: (JobRun & { organisation: string })[] = []
  const timetable = new Map<string, { org: Organisation; job: Job; next: Date | null }>()
  const catchUp = async (org: Organisation, job: Job): Promise<void> => {
    const { runs, last } = await finishDue(services, org, job)
    ran.push(...runs.map((run) => ({ ...run, organisation: org.slug })))
    const next = last.status === 'done' ? nextAfter(job, org, new Date(last.fireAt)) : null
    timetable.set(`${org.id} ${job.name}`, { org, job, next })
  }
  for (const org of organisations) for (const job of tables.jobs) await catchUp(org, job)
  for (;;) {
    const stop = earliest([...timetable.values()].map(({ next }) => next))
    if (!stop || stop > target) break
    await advance(services, stop)
    const due = [...timetable.values()].filter(({ next }) => next && next <= stop)
    for (const { org, job } of due) await catchUp(org, job)
    for (const org of new Set(due.map(({ org }) => org))) await settleQuietly(services, org, tables)
  }
  await advance(services, target)
  for (const org of organisations) await settleQuietly(services, org, tables)
  return { now: services.clock.now(), ran }
}

function earliest(times: readonly (Date | null)[]): Date | undefined {
  return times.filter((time) => time !== null).sort((a, b) => a.getTime() - b.getTime())[0]
}

/** Runs what is due of a job, or waits for the process that is at it. */
async function finishDue(services: Services, org: Organisation, job: Job): Promise<{ runs: JobRun[]; last: LastRun }> {
  const runs: JobRun[] = []
  for (;;) {
    runs.push(...(await runDue(services, { org, job, asked: true })))
    const now = services.clock.now()
    const last = (await transact(systemDoor(services, org, job.name), (ctx) => lastRuns(ctx, [job.name]), true))[
      job.name
    ]
    if (last && (last.status === 'failed' || (last.status === 'done' && !isDue(job, org, last, now))))
      return { runs, last }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function settleQuietly(services: Services, org: Organisation, tables: WorkTables): Promise<void> {
  await settle(services, org, tables.subscribers).catch((error: unknown) =>
    services.log.error({ err: error, organisation: org.slug }, 'an event reader is held up while the clock moves'),
  )
}

async function advance(services: Services, instant: Date): Promise<void> {
  if (instant > services.clock.now()) services.clock.moveTo(instant)
  await publish(services)
}

/** The demo's own organisation holds the clock that all processes go by. */
const holderOf = async (services: Services): Promise<Organisation | undefined> =>
  (await allOrganisations(services.db))[0]

async function publish(services: Services): Promise<void> {
  const holder = await holderOf(services)
  if (!holder) return
  const ahead = services.clock.now().getTime() - Date.now()
  await transact(systemDoor(services, holder, 'demo-clock'), (ctx) =>
    sql`
      insert into demo_clock (org_id, ahead_ms, moved_at) values (${holder.id}, ${ahead}, now())
      on conflict (org_id) do update set ahead_ms = excluded.ahead_ms, moved_at = excluded.moved_at
    `.execute(ctx.tx),
  )
}

interface Published {
  readonly aheadMs: number
  /** Milliseconds since it was moved. */
  readonly age: number
}

async function published(ctx: Ctx): Promise<Published | undefined> {
  const { rows } = await sql<Published>`
    select ahead_ms::float8 as "aheadMs", (extract(epoch from now() - moved_at) * 1000)::float8 as age
      from demo_clock where org_id = ${ctx.org.id}
  `.execute(ctx.tx)
  return rows[0]
}

const FOLLOW_EVERY_MS = 500

/**
 * Goes along when another process moves the clock; returns how to stop. At the start a clock that was left ahead of the real
 * time goes on from there, unless MKOPO_CLOCK says where it starts.
 */
export async function followDemoClock(services: Services): Promise<() => void> {
  const holder = await holderOf(services)
  if (!holder) return () => undefined
  const begun = Date.now()
  const look = () => transact(systemDoor(services, holder, 'demo-clock'), published, true)
  const goAlong = (clock: Published | undefined, always: boolean): void => {
    if (!clock || (!always && clock.age > Date.now() - begun)) return
    const there = new Date(Date.now() + clock.aheadMs)
    if (there > services.clock.now()) services.clock.moveTo(there)
  }
  goAlong(await look(), services.config.clock === undefined)
  const timer = setInterval(() => {
    look()
      .then((clock) => goAlong(clock, false))
      .catch(() => undefined)
  }, FOLLOW_EVERY_MS)
  return () => clearInterval(timer)
}
