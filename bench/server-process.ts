/** A server as `npm start` runs it, in a process of its own: started, watched, stopped and killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export { freePort } from '#test/processes.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const READY_WITHIN_MS = 60_000

export interface ServerOptions {
  /** MKOPO_DATA_DIR; what the server prints goes to server.log in it. */
  readonly folder: string
  readonly port: number
  /** Options for Node, such as --cpu-prof. */
  readonly nodeOptions?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface ServerProcess {
  readonly pid: number
  /** Bytes held in memory now, by this process alone. */
  memory(): number
  /** SIGTERM, and waits until it has ended. */
  stop(): Promise<void>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

/** Starts web and worker in demo mode and waits until it is ready. */
export async function startServer({ folder, port, nodeOptions = [], env = {} }: ServerOptions): Promise<ServerProcess> {
  const log = openSync(join(folder, 'server.log'), 'a')
  const child = spawn(process.execPath, [...nodeOptions, 'scripts/start.mjs', 'all'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], PORT: String(port), MKOPO_DATA_DIR: folder, ...env },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await ended
  }
  await untilReady(child, port, join(folder, 'server.log'))
  return {
    pid: child.pid!,
    memory: () => residentBytes(child.pid!),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

async function untilReady(child: ChildProcess, port: number, log: string): Promise<void> {
  for (const begun = Date.now(); Date.now() - begun < READY_WITHIN_MS; await sleep(50)) {
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined)
    if (ready?.ok) return
    if (child.exitCode !== null || child.signalCode !== null) break
  }
  child.kill('SIGKILL')
  throw new Error(`the server does not start:\n${readFileSync(log, 'utf8').slice(-2_000)}`)
}

/** 0 where the system has no /proc. */
function residentBytes(pid: number): number {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kilobytes ?? 0) * 1024
  } catch {
    return 0
  }
}
