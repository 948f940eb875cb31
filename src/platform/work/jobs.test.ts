import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Services, transact } from '#platform/context.ts'
import { announceJobs, type Job, lastRuns, runDue, runJobNow } from '#platform/work/jobs.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let name = ''

beforeAll(async () => {
  world = await openWorld({ now: '2026-02-15T09:00:00Z' })
})
afterAll(() => world.close())
beforeEach(({ task }) => {
  name = task.name
})

/** Ten past midnight, where the organisation is. */
const nightly = (run: Job['run']): Job => ({ name, cron: '10 0 * * *', run })

const due = (job: Job, services: Services = world.services, slug = 'sokocredit') =>
  runDue(services, { org: world.org(slug), job })

const lastOf = (job: Job) =>
  transact(world.door('sokocredit'), async (ctx) => (await lastRuns(ctx, [job.name]))[job.name], true)

/** The lease of whoever runs it, and the pause of what failed, are over. */
const letTimePass = () =>
  withClient(world.owner, async (client) => {
    await client.query(`select set_config('mkopo.org', $1, false)`, [String(world.org('sokocredit').id)])
    await client.query(`update job_runs set lease_until = now() - interval '1 second' where job = $1`, [name])
  })

const days = (n: number) => world.clock.moveTo(new Date(world.clock.now().getTime() + n * 86_400_000))

describe('a job that falls due', () => {
  test('begins when it is first seen, at its hour in the zone of the organisation', async () => {
    const fired: string[] = []
    const job = nightly(async (door, { fireAt, day }) => {
      fired.push(`${door.org.slug} ${fireAt.toISOString()} ${day} ${door.today}`)
    })
    for (const slug of ['sokocredit', 'repaysync', 'movicuotas'])
      expect(await due(job, world.services, slug)).toEqual([])
    days(1)
    for (const slug of ['sokocredit', 'repaysync', 'movicuotas']) await due(job, world.services, slug)
    expect(fired).toEqual([
      'sokocredit 2026-02-15T21:10:00.000Z 2026-02-16 2026-02-16',
      'repaysync 2026-02-15T18:40:00.000Z 2026-02-16 2026-02-16',
      'movicuotas 2026-02-16T06:10:00.000Z 2026-02-16 2026-02-16',
    ])
  })

  test('is caught up day by day, in order, after the server was down', async () => {
    const seen: string[] = []
    const job = nightly(async (door) => void seen.push(door.today))
    await due(job)
    days(3)
    expect((await due(job)).map(({ status }) => status)).toEqual(['done', 'done', 'done'])
    expect(seen).toEqual(['2026-02-17', '2026-02-18', '2026-02-19'])
    expect(await due(job)).toEqual([])
  })

  test('runs once over all processes', async () => {
    let runs = 0
    const job = nightly(async () => {
      runs++
      await new Promise((resolve) => setTimeout(resolve, 50))
    })
    await due(job)
    days(1)
    const processes = [world.services, world.another(), world.another()]
    const outcomes = await Promise.all(processes.map((services) => due(job, services)))
    expect(runs).toBe(1)
    expect(outcomes.flat()).toHaveLength(1)
  })

  test('is taken over when its runner has died; the dead one has no say any more', async () => {
    let release = (): void => undefined
    const attempts: string[] = []
    const hanging = nightly(async () => {
      attempts.push('first')
      await new Promise<void>((resolve) => {
        release = resolve
      })
      throw new Error('too late')
    })
    await due(hanging)
    days(1)
    const dead = due(hanging, world.another())
    while (attempts.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const next = nightly(async () => void attempts.push('second'))
    expect(await due(next)).toEqual([])
    await letTimePass()
    expect(await due(next)).toMatchObject([{ status: 'done' }])
    release()
    await dead
    expect(attempts).toEqual(['first', 'second'])
    expect(await lastOf(next)).toMatchObject({ status: 'done' })
  })

  test('that failed holds up its own later days and is tried again after a pause', async () => {
    const seen: string[] = []
    let broken = true
    const job = nightly(async (door) => {
      if (broken) throw new Error('no')
      seen.push(door.today)
    })
    await due(job)
    const [first, second] = [1, 2].map((n) => new Date(world.clock.now().getTime() + n * 86_400_000))
    days(2)
    expect(await due(job)).toMatchObject([{ status: 'failed', error: 'no' }])
    expect(await due(job)).toEqual([])
    broken = false
    expect(await due(job)).toEqual([])
    await letTimePass()
    expect(await due(job)).toMatchObject([{ status: 'done' }, { status: 'done' }])
    expect(seen).toEqual([first, second].map((instant) => instant!.toISOString().slice(0, 10)))
  })
})

describe('a job run by its name', () => {
  test('runs now, after what is overdue or has failed, and leaves the timetable alone', async () => {
    const seen: string[] = []
    let broken = true
    const job = nightly(async (door, { fireAt }) => {
      if (broken) throw new Error('no')
      seen.push(`${door.today} ${fireAt.toISOString().slice(11, 16)}`)
    })
    announceJobs(world.services, [job])
    const run = () => runJobNow(world.services, world.org('sokocredit'), job.name)
    await due(job)
    days(1)
    expect(await run()).toMatchObject({ status: 'failed', error: 'no' })
    broken = false
    const today = world.door('sokocredit').today
    expect(await run()).toMatchObject({ status: 'done', job: job.name, day: today })
    expect(seen).toEqual([`${today} 21:10`, `${today} ${world.clock.now().toISOString().slice(11, 16)}`])
    days(1)
    expect(await due(job)).toHaveLength(1)
  })

  test('runs each time when several ask in the same millisecond', async () => {
    let runs = 0
    const job = nightly(async () => void runs++)
    announceJobs(world.services, [job])
    const asked = Array.from({ length: 5 }, () => runJobNow(world.services, world.org('sokocredit'), job.name))
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(['done', 'done', 'done', 'done', 'done'])
    expect(runs).toBe(5)
  })

  test('an unknown name is refused', async () => {
    await expect(runJobNow(world.services, world.org('sokocredit'), 'nonsense')).rejects.toMatchObject({
      code: 'job_not_found',
    })
  })
})
