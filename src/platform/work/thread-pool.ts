/**
 * Work that may take long, done in threads beside the event loop: some at once, the others in a short queue, and each within
 * a limit of time, so that no request holds up another one.
 */
import { Worker } from 'node:worker_threads'
import { Refusal, type RefusalCode } from '#domain/refusal.ts'
import { runnable, THREADS } from '#platform/work/thread-entry.ts'

/** A computation by its name: `src/worker/threads.ts` lists them. Input and value are copied from thread to thread. */
export interface ThreadTask<Input, Value> {
  readonly name: string
  readonly run: (input: Input) => Value | Promise<Value>
}

export interface ThreadPool {
  /**
   * Does the task in a thread. Whoever is known goes before whoever is not. Refuses what the task refuses; unavailable where
   * too many wait, in all or from one address, or where it takes longer than the limit.
   */
  run<Input, Value>(task: ThreadTask<Input, Value>, input: Input, asker: Asker): Promise<Value>
  close(): Promise<void>
}

export interface Asker {
  readonly address: string
  readonly known: boolean
}

export interface ThreadLimits {
  readonly threads: number
  /** Tasks that wait or run, in all and of one address. */
  readonly most: number
  readonly mostOfOne: number
  /** How long a task of a stranger may take, and of whoever is known. */
  readonly taskMs: number
  readonly knownTaskMs: number
}

/** A thread's heap; a task that wants more ends its thread. */
const MEGABYTES = 256

export const THREAD_LIMITS: ThreadLimits = { threads: 2, most: 64, mostOfOne: 16, taskMs: 5_000, knownTaskMs: 30_000 }

export interface Order {
  readonly id: number
  readonly task: string
  readonly input: unknown
}

export type Outcome =
  | { readonly id: number; readonly value: unknown }
  | {
      readonly id: number
      readonly refusal: { readonly code: RefusalCode; readonly data: Readonly<Record<string, unknown>> }
    }
  | { readonly id: number; readonly error: unknown }

/** What a thread says once it has loaded the tasks. */
export const READY = 'ready'

interface Waiting {
  readonly order: Order
  readonly asker: Asker
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

interface Thread {
  readonly worker: Worker
  ready: boolean
  doing: Waiting | null
  timer: NodeJS.Timeout | undefined
}

/** The pool of a process; threads start when they are first needed, and do not keep the process alive. */
export function openThreadPool(limits: ThreadLimits = THREAD_LIMITS, entry: URL = THREADS): ThreadPool {
  const pool: Pool = { limits, entry, threads: new Set(), queue: [], inHand: new Map(), closed: false }
  let ids = 0
  return {
    run(task, input, asker) {
      if (isFull(pool, asker)) return Promise.reject(tryAgain(1))
      return new Promise((resolve, reject) => {
        const order = { id: ++ids, task: task.name, input }
        enqueue(pool, { order, asker, resolve: resolve as Waiting['resolve'], reject })
        spread(pool)
      })
    },
    async close() {
      pool.closed = true
      const workers = [...pool.threads].map(({ worker }) => worker)
      for (const waiting of pool.queue.splice(0)) settle(pool, waiting).reject(tryAgain(1))
      for (const thread of pool.threads) end(pool, thread, tryAgain(1))
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

interface Pool {
  readonly limits: ThreadLimits
  /** What a thread runs: it serves the tasks (thread-tasks.ts). */
  readonly entry: URL
  readonly threads: Set<Thread>
  readonly queue: Waiting[]
  /** Tasks that wait or run, by address. */
  readonly inHand: Map<string, number>
  closed: boolean
}

const tryAgain = (retryAfterSeconds: number): Refusal => new Refusal('unavailable', { retryAfterSeconds })

function isFull({ closed, limits, threads, queue, inHand }: Pool, { address }: Asker): boolean {
  const running = [...threads].filter(({ doing }) => doing).length
  return closed || queue.length + running >= limits.most || (inHand.get(address) ?? 0) >= limits.mostOfOne
}

/** Behind all others; who is known, before the first who is not. */
function enqueue({ queue, inHand }: Pool, waiting: Waiting): void {
  const { address, known } = waiting.asker
  inHand.set(address, (inHand.get(address) ?? 0) + 1)
  const stranger = known ? queue.findIndex(({ asker }) => !asker.known) : -1
  queue.splice(stranger < 0 ? queue.length : stranger, 0, waiting)
}

function settle({ inHand }: Pool, waiting: Waiting): Waiting {
  const { address } = waiting.asker
  const left = inHand.get(address)! - 1
  if (left === 0) inHand.delete(address)
  else inHand.set(address, left)
  return waiting
}

/** Gives what waits to threads that have nothing to do, and opens more where there are too few. */
function spread(pool: Pool): void {
  for (const thread of pool.threads) if (thread.ready && !thread.doing) start(pool, thread)
  const opening = [...pool.threads].filter(({ ready }) => !ready).length
  try {
    for (let n = opening; n < pool.queue.length && pool.threads.size < pool.limits.threads; n++) open(pool)
  } catch (error) {
    for (const waiting of pool.queue.splice(0)) settle(pool, waiting).reject(error)
  }
}

function start(pool: Pool, thread: Thread): void {
  const next = pool.queue.shift()
  if (!next) return
  thread.doing = next
  const { taskMs, knownTaskMs } = pool.limits
  thread.timer = setTimeout(() => end(pool, thread, tryAgain(5)), next.asker.known ? knownTaskMs : taskMs)
  try {
    thread.worker.postMessage(next.order)
  } catch (error) {
    answer(pool, thread, { id: next.order.id, error })
    start(pool, thread)
  }
}

function open(pool: Pool): void {
  const worker = new Worker(runnable(pool.entry), { resourceLimits: { maxOldGenerationSizeMb: MEGABYTES } })
  const thread: Thread = { worker, ready: false, doing: null, timer: undefined }
  worker.on('message', (said: Outcome | typeof READY) => {
    if (said === READY) thread.ready = true
    else answer(pool, thread, said)
    if (!thread.doing) start(pool, thread)
  })
  worker.on('error', (error) => end(pool, thread, error))
  worker.on('exit', () => end(pool, thread, new Error('a thread ended by itself')))
  worker.unref()
  pool.threads.add(thread)
}

function answer(pool: Pool, thread: Thread, outcome: Outcome): void {
  const { doing } = thread
  if (doing?.order.id !== outcome.id) return
  clearTimeout(thread.timer)
  thread.doing = null
  settle(pool, doing)
  if ('value' in outcome) doing.resolve(outcome.value)
  else doing.reject('refusal' in outcome ? new Refusal(outcome.refusal.code, outcome.refusal.data) : outcome.error)
}

/** Takes a thread out with whatever it is doing. One that could not even start takes everything along that waits. */
function end(pool: Pool, thread: Thread, reason: unknown): void {
  if (!pool.threads.delete(thread)) return
  clearTimeout(thread.timer)
  void thread.worker.terminate()
  const lost = thread.ready ? [] : pool.queue.splice(0)
  if (thread.doing) lost.push(thread.doing)
  for (const waiting of lost) settle(pool, waiting).reject(reason)
  if (!pool.closed) spread(pool)
}
