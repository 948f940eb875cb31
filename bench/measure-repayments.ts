/** Repayments end to end: a server process, a load generator process, and what the server took for it. */
import { fork } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { postgresSeconds, processorSeconds } from './processor-time.ts'
import type { Load, LoadFigures } from './repayment-load.ts'
import { freePort } from '#test/processes.ts'
import { startServer } from './server-process.ts'

const IN_FLIGHT = 64
const LOOK_EVERY_MS = 250
const IDLE_WITHIN_MS = 300_000

export interface RepaymentOptions {
  readonly folder: string
  readonly loans: number
  readonly warmUpSeconds: number
  readonly seconds: number
  readonly nodeOptions?: readonly string[]
}

export interface RepaymentFigures extends LoadFigures {
  /** Bytes the server process held at most during the run. */
  readonly memory: number
  /** Events that readers had still to read when the load ended. */
  readonly backlog: number
  /** Processor microseconds a repayment cost: in the server's process, and in those of PostgreSQL. */
  readonly cost: { readonly server: number; readonly postgres: number }
}

/** Starts the server, lets its worker come to rest, and loads it with payments of open loans. */
export async function measureRepayments(options: RepaymentOptions): Promise<RepaymentFigures> {
  const { folder, loans, warmUpSeconds, seconds, nodeOptions = [] } = options
  const port = await freePort()
  const server = await startServer({ folder, port, nodeOptions })
  let memory = 0
  const watching = setInterval(() => (memory = Math.max(memory, server.memory())), LOOK_EVERY_MS)
  try {
    await untilIdle(port)
    const prefix = `B${Date.now().toString(36).toUpperCase()}-`
    const used = (): Cost => ({ server: processorSeconds(server.pid), postgres: postgresSeconds(folder) })
    const { figures, cost } = await generate({ port, inFlight: IN_FLIGHT, loans, warmUpSeconds, seconds, prefix }, used)
    return { ...figures, memory, backlog: await backlogOf(port), cost: perRepayment(cost, figures.perSecond * seconds) }
  } finally {
    clearInterval(watching)
    await server.stop()
  }
}

type Cost = RepaymentFigures['cost']

/** Runs the load in a process of its own; the cost is what was used between the end of its warm-up and its end. */
function generate(load: Load, used: () => Cost): Promise<{ figures: LoadFigures; cost: Cost }> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('./repayment-load.ts', import.meta.url), { execArgv: ['--import', 'tsx'] })
    let before = used()
    child.on('message', (told) => {
      const now = used()
      if (told === 'begin') before = now
      else
        resolve({
          figures: told as LoadFigures,
          cost: { server: now.server - before.server, postgres: now.postgres - before.postgres },
        })
    })
    child.once('exit', (code) => reject(new Error(`the load generator ended with ${code}`)))
    child.send(load)
  })
}

const perRepayment = ({ server, postgres }: Cost, count: number): Cost => ({
  server: Math.round((server * 1e6) / count),
  postgres: Math.round((postgres * 1e6) / count),
})

async function untilIdle(port: number): Promise<void> {
  for (const begun = Date.now(); Date.now() - begun < IDLE_WITHIN_MS; await sleep(LOOK_EVERY_MS)) {
    if ((await backlogOf(port)) === 0) return
  }
  throw new Error('the worker does not come to rest')
}

/** Unread events of the slowest reader, as the server's own metrics tell. */
async function backlogOf(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Math.max(0, ...[...text.matchAll(/^mkopo_events_backlog\{[^}]*\} (\d+)/gm)].map(([, count]) => Number(count)))
}
