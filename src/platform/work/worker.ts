/**
 * The worker: looks what there is to do (unread events, due jobs, queued messages) and does it, each kind of work of each
 * organisation for itself, so that none holds up another. Any number of workers share the work through the database.
 */
import { type Ctx, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'
import { type Errand, errandsOf } from '#platform/work/errands.ts'
import { cursorsOf, placeCursors, readOn, type Subscriber } from '#platform/events/event-readers.ts'
import { allOrganisations } from '#platform/database/founding.ts'
import { isDue, type Job, lastRuns, runDue } from '#platform/work/jobs.ts'
import { hasQueued, sendQueued } from '#platform/messaging/message-sender.ts'

export interface Worker {
  /** Something was written here: look at once. Others' writing is noticed by looking regularly. */
  wake(): void
  /** Ends when what is in hand is done. */
  stop(): Promise<void>
}

export interface WorkTables {
  readonly subscribers: readonly Subscriber[]
  readonly jobs: readonly Job[]
}

/** A piece of work that one worker does at a time. */
interface Task {
  readonly key: string
  run(stopping: () => boolean): Promise<void>
}

const LOOK_EVERY_MS = 500
/** After a wake-up: what is written meanwhile is read in the same turn. */
const GATHER_MS = 20
const BETWEEN_LOOKS_MS = 100
const TASKS_AT_ONCE = 3

/** Starts working. `afterRead` is told when events of an organisation were read, for whoever waits for what that wrote. */
export function startWorker(services: Services, tables: WorkTables & { afterRead?(org: Organisation): void }): Worker {
  const bell = createBell()
  const running = new Map<string, Promise<void>>()
  let stopping = false
  const start = (task: Task): void => {
    const done = task
      .run(() => stopping)
      .catch((error: unknown) => services.log.error({ err: error, task: task.key }, 'work failed'))
      .finally(() => {
        running.delete(task.key)
        bell.ring()
      })
    running.set(task.key, done)
  }
  const look = async (org: Organisation): Promise<void> => {
    for (const task of await findWork(services, org, tables)) {
      if (!stopping && running.size < TASKS_AT_ONCE && !running.has(task.key)) start(task)
    }
  }
  const loop = async (): Promise<void> => {
    while (!stopping) {
      try {
        for (const org of turned(await allOrganisations(services.db), turn++)) if (!stopping) await look(org)
      } catch (error) {
        services.log.error({ err: error }, 'the worker cannot look for work')
      }
      await bell.wait()
    }
  }
  let turn = 0
  const looping = loop()
  return {
    wake: bell.ring,
    async stop() {
      stopping = true
      bell.close()
      await looping
      await Promise.all(running.values())
    },
  }
}

/** Each look begins with another organisation, so that none waits for ever behind busier ones. */
function turned<T>(list: readonly T[], by: number): readonly T[] {
  const at = by % Math.max(list.length, 1)
  return [...list.slice(at), ...list.slice(0, at)]
}

interface Bell {
  ring(): void
  wait(): Promise<void>
  close(): void
}

/** Waits for a ring, or the next regular look, but never looks without a breath in between. */
function createBell(): Bell {
  let rung = false
  let closed = false
  let answer: (() => void) | undefined
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      answer = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  return {
    ring() {
      rung = true
      answer?.()
    },
    async wait() {
      const from = performance.now()
      if (!rung && !closed) await sleep(LOOK_EVERY_MS)
      answer = undefined
      rung = false
      if (closed) return
      await new Promise((resolve) =>
        setTimeout(resolve, Math.max(GATHER_MS, BETWEEN_LOOKS_MS - (performance.now() - from))),
      )
    },
    close() {
      closed = true
      answer?.()
    },
  }
}

type Hooks = WorkTables & { afterRead?(org: Organisation): void }

async function findWork(services: Services, org: Organisation, tables: Hooks): Promise<readonly Task[]> {
  const readers = tables.subscribers.map(({ reader }) => reader)
  const names = tables.jobs.map(({ name }) => name)
  const found = await transact(
    systemDoor(services, org, 'worker'),
    async (ctx) => ({
      ...(await cursorsOf(ctx)),
      runs: await lastRuns(ctx, names),
      queued: await hasQueued(ctx),
      waiting: await waitingErrands(ctx),
      now: ctx.now,
    }),
    true,
  )
  if (readers.some((reader) => !found.cursors[reader])) {
    await transact(systemDoor(services, org, 'worker'), (ctx) => placeCursors(ctx, readers))
  }
  const unread = tables.subscribers.filter(({ reader }) => {
    const cursor = found.cursors[reader] ?? { after: 0, waits: false }
    return cursor.after < found.head && !cursor.waits
  })
  const due = tables.jobs.filter((job) => isDue({ org, job }, found.runs[job.name], found.now))
  return [
    ...unread.map((subscriber) => reading(services, { org, subscriber, tables })),
    ...due.map((job) => working(services, org, job)),
    ...(found.queued ? [sending(services, org)] : []),
    ...found.waiting.map((errand) => doing(services, org, errand)),
  ]
}

function reading(services: Services, of: { org: Organisation; subscriber: Subscriber; tables: Hooks }): Task {
  const { org, subscriber, tables } = of
  return {
    key: `${org.id} reads ${subscriber.reader}`,
    async run(stopping) {
      await readOn(services, { org, subscriber, stopping })
      tables.afterRead?.(org)
    },
  }
}

const working = (services: Services, org: Organisation, job: Job): Task => ({
  key: `${org.id} runs ${job.name}`,
  run: async (stopping) => void (await runDue(services, { org, job, stopping })),
})

async function waitingErrands(ctx: Ctx): Promise<readonly Errand[]> {
  const waiting: Errand[] = []
  for (const errand of errandsOf(ctx.services)) if (await errand.isWaiting(ctx)) waiting.push(errand)
  return waiting
}

const doing = (services: Services, org: Organisation, errand: Errand): Task => ({
  key: `${org.id} does ${errand.name}`,
  run: async (stopping) => void (await errand.run(services, { org, stopping })),
})

const sending = (services: Services, org: Organisation): Task => ({
  key: `${org.id} sends`,
  run: async (stopping) => void (await sendQueued(services, { org, stopping })),
})

/**
 * Reads and sends until nothing is left, in this very process: after the demo's clock was moved, and in tests. Jobs are not
 * run. A reader that an event holds up does not keep the others from reading; its error is thrown at the end.
 */
export async function settle(services: Services, org: Organisation, subscribers: readonly Subscriber[]): Promise<void> {
  const failures = new Map<string, Error>()
  for (;;) {
    const { behind, queued, waiting } = await unsettled(services, org, subscribers)
    const readable = behind.filter(({ reader }) => !failures.has(reader))
    if (readable.length === 0 && !queued && waiting.length === 0) break
    let busy = false
    for (const subscriber of readable) {
      const turn = await readOn(services, { org, subscriber })
      if (turn.outcome === 'failed') failures.set(subscriber.reader, turn.error)
      busy ||= turn.outcome === 'busy'
    }
    if (queued) await sendQueued(services, { org })
    for (const errand of waiting) await errand.run(services, { org })
    if (busy) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  for (const failure of failures.values()) throw failure
}

async function unsettled(
  services: Services,
  org: Organisation,
  subscribers: readonly Subscriber[],
): Promise<{ behind: readonly Subscriber[]; queued: boolean; waiting: readonly Errand[] }> {
  const door = systemDoor(services, org, 'worker')
  const look = async (ctx: Ctx) => ({
    ...(await cursorsOf(ctx)),
    queued: await hasQueued(ctx),
    waiting: await waitingErrands(ctx),
  })
  const { head, cursors, queued, waiting } = await transact(door, look, true)
  const readers = subscribers.map(({ reader }) => reader)
  if (readers.some((reader) => !cursors[reader])) await transact(door, (ctx) => placeCursors(ctx, readers))
  return { behind: subscribers.filter(({ reader }) => (cursors[reader]?.after ?? 0) < head), queued, waiting }
}
