/** How soon /health/live answers while each open operation is attacked with its most expensive request, twenty at once. */
import { fork } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CONTRACTS } from '#src/contracts.ts'
import { ATTACKS, openOperations, PAGES } from '#test/attacks.ts'
import { freePort } from '#test/processes.ts'
import { type AttackFigures, type AttackOrder, NOBODY } from './open-endpoint-attack.ts'
import { startServer } from './server-process.ts'

const AT_ONCE = 20
const SECONDS = 5
const ASK_EVERY_MS = 10

export interface OpenEndpointFigures extends AttackFigures {
  readonly what: string
  /** Milliseconds in which /health/live answered. */
  readonly p50: number
  readonly p99: number
  readonly worst: number
}

/** Attacks a server process from another one, each operation for some seconds; first nothing, for comparison. */
export async function measureOpenEndpoints(): Promise<readonly OpenEndpointFigures[]> {
  const missing = openOperations(CONTRACTS).filter((operation) => !(operation in ATTACKS))
  if (missing.length > 0) throw new Error(`no attack on ${missing.join(', ')}`)
  const folder = mkdtempSync(join(tmpdir(), 'mkopo-open-'))
  const port = await freePort()
  const server = await startServer({ folder, port, env: { MKOPO_TRUST_PROXY: 'loopback' } })
  const figures: OpenEndpointFigures[] = []
  try {
    await sleep(2_000)
    const pages = PAGES.map((page) => `GET ${page}`)
    for (const what of [NOBODY, ...openOperations(CONTRACTS), ...pages]) {
      figures.push(await attacked({ what, port, atOnce: AT_ONCE, seconds: SECONDS }))
      await sleep(500)
    }
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return figures
}

async function attacked(order: AttackOrder): Promise<OpenEndpointFigures> {
  const child = fork(new URL('./open-endpoint-attack.ts', import.meta.url), { execArgv: ['--import', 'tsx'] })
  const told = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      child.once('message', (message) => resolve(message as T))
      child.once('exit', (code) => reject(new Error(`the attacker ended with ${code}`)))
    })
  child.send(order)
  await told()
  const done = told<AttackFigures>()
  const latencies: number[] = []
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (const begun = performance.now(); performance.now() - begun < order.seconds * 1_000; ) {
    latencies.push(await alive(order.port, agent))
    await sleep(ASK_EVERY_MS)
  }
  agent.destroy()
  const figures = await done
  latencies.sort((a, b) => a - b)
  const at = (share: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))]!
  return { what: order.what, ...figures, p50: at(0.5), p99: at(0.99), worst: latencies.at(-1)! }
}

/** Milliseconds until /health/live has answered. */
function alive(port: number, agent: Agent): Promise<number> {
  const begun = performance.now()
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/health/live', agent }, (response) => {
      response.resume().on('end', () => resolve(performance.now() - begun))
    })
      .on('error', reject)
      .end()
  })
}
