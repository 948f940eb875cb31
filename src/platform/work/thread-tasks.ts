/** The side of a thread: takes orders of the pool, does them one after the other, and says what came of each. */
import { parentPort } from 'node:worker_threads'
import { Refusal } from '#domain/refusal.ts'
import { type Order, type Outcome, READY, type ThreadTask } from '#platform/work/thread-pool.ts'

/** Serves the tasks in this thread. */
export function serveTasks(tasks: readonly ThreadTask<never, unknown>[]): void {
  const port = parentPort
  if (!port) throw new Error('tasks are served in a thread')
  const byName = new Map(tasks.map((task) => [task.name, task]))
  port.on('message', (order: Order) => {
    void outcomeOf(byName.get(order.task), order).then((outcome) => {
      port.postMessage(outcome, 'value' in outcome ? movable(outcome.value) : [])
    })
  })
  port.postMessage(READY)
}

async function outcomeOf(task: ThreadTask<never, unknown> | undefined, { id, ...order }: Order): Promise<Outcome> {
  try {
    if (!task) throw new Error(`no thread does ${order.task}`)
    return { id, value: await task.run(order.input as never) }
  } catch (error) {
    return error instanceof Refusal ? { id, refusal: { code: error.code, data: error.data } } : { id, error }
  }
}

/** Bytes of their own are handed over instead of copied. */
const movable = (value: unknown): ArrayBuffer[] =>
  value instanceof Uint8Array && value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength
    ? [value.buffer]
    : []
