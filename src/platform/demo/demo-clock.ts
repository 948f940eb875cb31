/** Demo only: the clock is moved forward on request, and what falls due on the way happens on its day before it arrives. */
import { sql } from 'kysely'
import { refuse } from '#domain/refusal.ts'
import { type Ctx, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'
import { allOrganisations } from '#platform/database/founding.ts'
import { type Job, type JobRun, type LastRun, lastRuns, nextAfter, runDue } from '#platform/work/jobs.ts'
import { settle, type WorkTables } from '#platform/work/worker.ts'

export interface ClockMove {
  readonly now: Date
  readonly ran: readonly Ran[]
}

type Ran = JobRun & { readonly organisation: string }

/** A job of an organisation and when it falls due next; null: never, or it stays behind because it failed. */
interface Due {
  readonly org: Organisation
  readonly job: Job
  readonly next: Date | null
}

/**
 * Moves the clock to an instant, stopping at every time at which a job falls due in any organisation; there the job runs and
 * the events it wrote are read. A job that fails stays behind and does not stop the others. Refuses clock_backwards.
 */
export async function moveClock(services: Services, tables: WorkTables, target: Date): Promise<ClockMove> {
  if (target < services.clock.now()) refuse('clock_backwards')
  const organisations = await allOrganisations(services.db)
  const ran: Ran[] = []
  const everything = organisations.flatMap((org) => tables.jobs.map((job) => ({ org, job, next: null })))
  let timetable = await catchUp(services, everything, ran)
  for (;;) {
    const stop = earliest(timetable)
    if (!stop || stop > target) break
    advance(services, stop)
    const due = timetable.filter(({ next }) => next && next <= stop)
    const later = await catchUp(services, due, ran)
    timetable = [...timetable.filter((one) => !due.includes(one)), ...later]
    await settleAll(services, new Set(due.map(({ org }) => org)), tables)
  }
  advance(services, target)
  await publish(services)
  await settleAll(services, organisations, tables)
  return { now: services.clock.now(), ran }
}

function earliest(timetable: readonly Due[]): Date | undefined {
  const times = timetable.flatMap(({ next }) => (next ? [next] : []))
  return times.sort((a, b) => a.getTime() - b.getTime())[0]
}

/** Runs what is due: the organisations beside each other, each one's jobs in the order of the table. */
async function catchUp(services: Services, due: readonly Due[], ran: Ran[]): Promise<Due[]> {
  const done = [...new Set(due.map(({ org }) => org))].map(async (org) => {
    const later: Due[] = []
    for (const { job } of due.filter((one) => one.org === org)) {
      const { runs, next } = await finishDue(services, org, job)
      ran.push(...runs.map((run) => ({ ...run, organisation: org.slug })))
      later.push({ org, job, next })
    }
    return later
  })
  return (await Promise.all(done)).flat()
}

/** Runs what is due of a job, or waits for the process that is at it; then when it falls due next. */
async function finishDue(
  services: Services,
  org: Organisation,
  job: Job,
): Promise<{ runs: JobRun[]; next: Date | null }> {
  const runs: JobRun[] = []
  for (;;) {
    runs.push(...(await runDue(services, { org, job, asked: true })))
    const last = runs.at(-1) ?? (await lastRun(services, org, job))
    if (last?.status === 'failed') return { runs, next: null }
    const next = last?.status === 'done' ? nextAfter(job, org, new Date(last.fireAt)) : null
    if (last?.status === 'done' && (next === null || next > services.clock.now())) return { runs, next }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function lastRun(services: Services, org: Organisation, job: Job): Promise<LastRun | undefined> {
  const read = (ctx: Ctx) => lastRuns(ctx, [job.name])
  return (await transact(systemDoor(services, org, job.name), read, true))[job.name]
}

async function settleAll(services: Services, organisations: Iterable<Organisation>, tables: WorkTables): Promise<void> {
  await Promise.all([...organisations].map((org) => settleQuietly(services, org, tables)))
}

async function settleQuietly(services: Services, org: Organisation, tables: WorkTables): Promise<void> {
  await settle(services, org, tables.subscribers).catch((error: unknown) =>
    services.log.error({ err: error, organisation: org.slug }, 'an event reader is held up while the clock moves'),
  )
}

function advance(services: Services, instant: Date): void {
  if (instant > services.clock.now()) services.clock.moveTo(instant)
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
