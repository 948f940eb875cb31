/**
 * Owns: job_runs. What happens by the clock, in the organisation's time zone: once over all processes, missed days caught up
 * in order, a dead runner's work taken over.
 */
import { Cron } from 'croner'
import { type RawBuilder, sql } from 'kysely'
import { type Day, dayIn } from '#domain/day.ts'
import { refuse } from '#domain/refusal.ts'
import { type Ctx, type Door, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'

export interface Job {
  readonly name: string
  /**
   * Five fields, in the organisation's time zone: minute hour day-of-month month day-of-week; or what an organisation chose.
   * Where it chooses a later hour when the job was done, the job falls due once more that day.
   */
  readonly cron: string | ((org: Organisation) => string)
  /**
   * Opens its own transactions. The door's `today` is the day the job fell due on, also when it is caught up later. It may
   * be run again for the same day (after a kill), so it must not do anything twice. It may answer figures, which are kept
   * with the run and shown in the metrics.
   */
  run(door: Door, due: Due): Promise<JobResult | undefined>
}

/** What a run came to, by names like `loans_earned`. */
export type JobResult = Readonly<Record<string, number>>

interface Due {
  readonly fireAt: Date
  readonly day: Day
}

export interface JobRun extends Due {
  readonly job: string
  readonly status: 'done' | 'failed'
  readonly error: string | null
  readonly result: JobResult
}

/** The last time a job fell due, as the database knows it. */
export interface LastRun {
  readonly fireAt: string
  readonly status: 'running' | 'done' | 'failed'
  /** Not done, and nobody is at it: its runner died, or its pause after a failure is over. */
  readonly free: boolean
}

const LEASE_SECONDS = 60
const RENEW_MS = 15_000
const BACK_OFF_SECONDS_AT_MOST = 3_600

const tables = new WeakMap<Services, readonly Job[]>()

/** Makes the table of jobs known to the process, for those who run one by its name. */
export function announceJobs(services: Services, jobs: readonly Job[]): void {
  tables.set(services, jobs)
}

/** Runs a job by its name, now, after what of it is overdue or has failed; a failure of that is the answer. Refuses job_not_found. */
export async function runJobNow(services: Services, org: Organisation, name: string): Promise<JobRun> {
  const job = tables.get(services)?.find((one) => one.name === name) ?? refuse('job_not_found', { name })
  const overdue = (await runDue(services, { org, job, asked: true })).at(-1)
  if (overdue?.status === 'failed') return overdue
  return perform(services, { org, job }, await transact(systemDoor(services, org, name), (ctx) => claimNow(ctx, name)))
}

export interface Running {
  readonly org: Organisation
  readonly job: Job
  /** A person asks: a failed run is not left to its pause. */
  readonly asked?: boolean
  stopping?(): boolean
}

/** Runs what has fallen due of a job, oldest first, until nothing is left, another process is at it, or it fails. */
export async function runDue(services: Services, running: Running): Promise<readonly JobRun[]> {
  const { org, job, asked = false } = running
  const runs: JobRun[] = []
  while (!running.stopping?.()) {
    if (!mayBeDue(services, { org, job }, runs.at(-1))) break
    const claim = await transact(systemDoor(services, org, job.name), (ctx) => claimNext(ctx, job, asked))
    if (!claim) break
    runs.push(await perform(services, { org, job }, claim))
  }
  return runs
}

/** After a run of ours the timetable alone tells whether another is due; before it, only the database does. */
function mayBeDue(services: Services, { org, job }: Running, latest: JobRun | undefined): boolean {
  if (!latest) return true
  const next = nextAfter(job, org, latest.fireAt)
  return latest.status === 'done' && next !== null && next <= services.clock.now()
}

/** Whether there is anything to run: a due time since the last run, or a run that nobody finishes. */
export function isDue({ org, job }: Running, last: LastRun | undefined, now: Date): boolean {
  if (!last) return true
  if (last.status !== 'done') return last.free
  const next = nextAfter(job, org, new Date(last.fireAt))
  return next !== null && next <= now
}

const upcoming = new Map<string, { readonly after: number; readonly next: Date | null }>()

/** The first time after an instant at which the job falls due; remembered, since every look asks and it changes once a day. */
export function nextAfter(job: Job, org: Organisation, instant: Date): Date | null {
  const cron = typeof job.cron === 'string' ? job.cron : job.cron(org)
  const key = `${org.id} ${org.timeZone} ${cron}`
  const known = upcoming.get(key)
  if (known?.after === instant.getTime()) return known.next
  const next = scheduleOf(cron, org.timeZone).nextRun(instant)
  upcoming.set(key, { after: instant.getTime(), next })
  return next
}

const schedules = new Map<string, Cron>()

function scheduleOf(cron: string, timezone: string): Cron {
  const key = `${timezone} ${cron}`
  const schedule = schedules.get(key) ?? new Cron(cron, { timezone, paused: true })
  schedules.set(key, schedule)
  return schedule
}

interface Claim extends Due {
  readonly attempts: number
}

/** A run by hand; of several in one millisecond each takes the next one that is free. */
async function claimNow(ctx: Ctx, job: string): Promise<Claim> {
  for (let at = ctx.now.getTime(); ; at++) {
    const claim = await insertRun(ctx, { job, fireAt: new Date(at), byHand: true })
    if (claim) return claim
  }
}

/** The right to run the job for its next due time, or null. */
async function claimNext(ctx: Ctx, job: Job, asked: boolean): Promise<Claim | null> {
  const last = (await lastRuns(ctx, [job.name]))[job.name]
  if (!last) {
    await layBaseline(ctx, job)
    return null
  }
  if (last.status !== 'done') return takeOver(ctx, { job: job.name, fireAt: new Date(last.fireAt), asked })
  if (!isDue({ org: ctx.org, job }, last, ctx.now)) return null
  return insertRun(ctx, { job: job.name, fireAt: nextAfter(job, ctx.org, new Date(last.fireAt))! })
}

/** A job's time begins when a worker first sees it: nothing before that is caught up. */
async function layBaseline(ctx: Ctx, job: Job): Promise<void> {
  await sql`
    insert into job_runs (org_id, job, fire_at, day, status, started_at, finished_at)
    values (${ctx.org.id}, ${job.name}, ${ctx.now}, ${ctx.today}, 'done', ${ctx.now}, ${ctx.now})
    on conflict do nothing
  `.execute(ctx.tx)
}

async function insertRun(ctx: Ctx, run: { job: string; fireAt: Date; byHand?: boolean }): Promise<Claim | null> {
  const day = dayIn(ctx.org.timeZone, run.fireAt)
  const { rows } = await sql`
    insert into job_runs (org_id, job, fire_at, day, by_hand, status, lease_until, started_at)
    values (${ctx.org.id}, ${run.job}, ${run.fireAt}, ${day}, ${run.byHand ?? false}, 'running', ${leased()}, ${ctx.now})
    on conflict do nothing
    returning 1
  `.execute(ctx.tx)
  return rows.length > 0 ? { fireAt: run.fireAt, day, attempts: 1 } : null
}

/** Leases run by the database's time: the processes' own clocks may differ, and the demo's jumps. */
const leased = (): RawBuilder<Date> => sql<Date>`now() + make_interval(secs => ${LEASE_SECONDS})`

async function takeOver(ctx: Ctx, run: { job: string; fireAt: Date; asked: boolean }): Promise<Claim | null> {
  const { rows } = await sql<{ day: Day; attempts: number }>`
    update job_runs set status = 'running', attempts = attempts + 1, lease_until = ${leased()}
     where org_id = ${ctx.org.id} and job = ${run.job} and fire_at = ${run.fireAt} and status <> 'done'
       and (lease_until < now() or (status = 'failed' and ${run.asked}))
    returning day, attempts
  `.execute(ctx.tx)
  return rows[0] ? { fireAt: run.fireAt, ...rows[0] } : null
}

async function perform(services: Services, { org, job }: Running, claim: Claim): Promise<JobRun> {
  const at = { job: job.name, fireAt: claim.fireAt, day: claim.day }
  const lease = setInterval(() => void renew(services, { org, job }, claim), RENEW_MS)
  try {
    const result = (await job.run({ ...systemDoor(services, org, job.name), today: claim.day }, claim)) ?? {}
    await settle(services, { org, job }, { claim, error: null, result })
    return { ...at, status: 'done', error: null, result }
  } catch (error) {
    services.log.error({ err: error, organisation: org.slug, ...at }, 'job failed')
    const message = error instanceof Error ? error.message : String(error)
    await settle(services, { org, job }, { claim, error: message.slice(0, 500), result: {} })
    return { ...at, status: 'failed', error: message, result: {} }
  } finally {
    clearInterval(lease)
  }
}

/** Only the present holder of the run may say anything of it: one that was taken for dead has lost it. */
const mine = (org: Organisation, job: Job, claim: Claim): RawBuilder<unknown> => sql`
  org_id = ${org.id} and job = ${job.name} and fire_at = ${claim.fireAt} and status = 'running' and attempts = ${claim.attempts}`

async function renew(services: Services, { org, job }: Running, claim: Claim): Promise<void> {
  await transact(systemDoor(services, org, job.name), (ctx) =>
    sql`update job_runs set lease_until = ${leased()} where ${mine(org, job, claim)}`.execute(ctx.tx),
  ).catch((error: unknown) => services.log.warn({ err: error, job: job.name }, 'lease of a job was not renewed'))
}

async function settle(
  services: Services,
  { org, job }: Running,
  { claim, error, result }: { claim: Claim; error: string | null; result: JobResult },
): Promise<void> {
  const pause = Math.min(BACK_OFF_SECONDS_AT_MOST, 30 * 2 ** Math.min(claim.attempts, 10))
  await transact(systemDoor(services, org, job.name), (ctx) =>
    sql`
      update job_runs
         set status = ${error === null ? 'done' : 'failed'}, error = ${error}, result = ${JSON.stringify(result)}::jsonb,
             finished_at = ${ctx.now},
             lease_until = now() + make_interval(secs => ${error === null ? 0 : pause})
       where ${mine(org, job, claim)}
    `.execute(ctx.tx),
  )
}

/** Of each job the latest run that the clock brought about. */
export async function lastRuns(ctx: Ctx, jobs: readonly string[]): Promise<Readonly<Record<string, LastRun>>> {
  const { rows } = await sql<{ runs: Record<string, LastRun> | null }>`
    select json_object_agg(r.job, json_build_object('fireAt', r.fire_at, 'status', r.status,
             'free', r.status <> 'done' and r.lease_until < now())) as runs
      from unnest(${jobs}::text[]) name
     cross join lateral (
       select job, fire_at, status, lease_until from job_runs
        where org_id = ${ctx.org.id} and job = name and not by_hand
        order by fire_at desc limit 1
     ) r
  `.execute(ctx.tx)
  return rows[0]?.runs ?? {}
}

/** What each job came to when it was done last, by the clock or by hand. */
export async function lastResults(ctx: Ctx, jobs: readonly string[]): Promise<Readonly<Record<string, JobResult>>> {
  const { rows } = await sql<{ job: string; result: JobResult }>`
    select name as job, r.result
      from unnest(${jobs}::text[]) name
     cross join lateral (
       select result from job_runs
        where org_id = ${ctx.org.id} and job = name and status = 'done'
        order by fire_at desc limit 1
     ) r
  `.execute(ctx.tx)
  return Object.fromEntries(rows.map(({ job, result }) => [job, result]))
}
