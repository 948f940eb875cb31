/** What the threads of the pool's test do: run in a thread, never imported but for its tasks' names. */
import { setTimeout as pause } from 'node:timers/promises'
import { refuse } from '#domain/refusal.ts'
import type { ThreadTask } from '#platform/work/thread-pool.ts'
import { serveTasks } from '#platform/work/thread-tasks.ts'

const order: string[] = []

const tasks: readonly ThreadTask<never, unknown>[] = [
  { name: 'double', run: (n: bigint) => n * 2n },
  { name: 'bytes', run: (text: string) => new TextEncoder().encode(text) },
  {
    name: 'note',
    async run({ name, ms }: { name: string; ms: number }) {
      order.push(name)
      await pause(ms)
      return [...order]
    },
  },
  { name: 'refuse', run: () => refuse('invalid_input', { fields: { amount: 'Give less.' } }) },
  {
    name: 'err',
    run() {
      throw new TypeError('a bug')
    },
  },
  {
    name: 'spin',
    run() {
      for (;;);
    },
  },
  { name: 'leave', run: () => process.exit(3) },
  {
    name: 'grow',
    run() {
      const all: number[][] = []
      for (;;) all.push(new Array(1_000_000).fill(0.5))
    },
  },
]

serveTasks(tasks)
