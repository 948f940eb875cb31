/** Real processes of the server, as npm starts them, on a data folder of their own: what a test needs to start, ask and kill them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface ServerProcess {
  readonly url: string
  /** Everything it has said. */
  output(): string
  readonly pid: number
  signal(name: NodeJS.Signals): void
  /** The exit code; null after a kill. */
  readonly ended: Promise<number | null>
}

/** A data folder in the temporary folder. */
export const dataFolder = (): string => mkdtempSync(join(tmpdir(), 'mkopo-process-'))

const running = new Set<ChildProcess>()

/** Starts a role and waits until it says that it is ready, or has ended. `npm`: all of it, as a newcomer starts it. */
export async function startProcess(
  role: 'npm' | 'all' | 'web' | 'worker',
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const port = env.PORT ?? String(await freePort())
  const [program, args] = role === 'npm' ? ['npm', ['start']] : [process.execPath, ['scripts/start.mjs', role]]
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, MKOPO_LOG: 'warn', PORT: port, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  void ended.then(() => running.delete(child))
  await Promise.race([ended, said(() => output, 'ready in')])
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    pid: child.pid!,
    signal: (name) => child.kill(name),
    ended,
  }
}

/** Until the text was said; the caller's test has a time limit. */
async function said(output: () => string, text: string): Promise<void> {
  while (!output().includes(text)) await new Promise((resolve) => setTimeout(resolve, 20))
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The process id of the embedded PostgreSQL of a data folder; undefined while none runs. */
export function postmasterOf(folder: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8'), 10)
  } catch {
    return undefined
  }
}

/** Kills whatever of it still runs and removes the folder. */
export async function removeFolder(folder: string): Promise<void> {
  for (const child of running) child.kill('SIGKILL')
  const postmaster = postmasterOf(folder)
  if (postmaster !== undefined) {
    process.kill(postmaster, 'SIGQUIT')
    while (await readFile(join(folder, 'postgres', 'postmaster.pid')).catch(() => undefined)) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  await rm(folder, { recursive: true, force: true })
}
