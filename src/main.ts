/** Starts the web server and/or the worker: `web`, `worker` or `all`. */
import { type App, openApp, type Roles } from '#src/app.ts'
import { ConfigError, readConfig } from '#platform/config.ts'
import { inSources } from '#platform/observability/source-lines.ts'
import { StartUpError } from '#platform/start-up-error.ts'
import { startUpText } from '#src/cli/start-up-text.ts'

const ROLES: Readonly<Record<string, Roles>> = {
  all: { web: true, worker: true },
  web: { web: true, worker: false },
  worker: { web: false, worker: true },
}

/** Ctrl-C reaches us twice when npm passes it on too; only what comes later is a second wish. */
const ONE_WISH_MS = 1_000
const PATIENCE_MS = 60_000

async function main(): Promise<void> {
  const role = process.argv[2] ?? 'all'
  const roles = ROLES[role]
  if (!roles) throw new StartUpError(`There is no "${role}" to start: give web, worker or all.`)
  const config = readConfig()
  const starting = openApp(config, roles)
  stopOnSignal(starting)
  const app = await starting
  process.stdout.write(startUpText({ config, role, app, seconds: process.uptime() }))
}

/** The first signal finishes what is in hand; a second one, or a minute of waiting, ends it at once. */
function stopOnSignal(starting: Promise<App>): void {
  let since: number | undefined
  const stop = (): void => {
    if (since !== undefined) {
      if (performance.now() - since > ONE_WISH_MS) process.exit(1)
      return
    }
    since = performance.now()
    setTimeout(() => giveUp('what was in hand did not end within a minute'), PATIENCE_MS).unref()
    starting.then((app) => app.close()).then(() => process.exit(0), giveUp)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

function giveUp(reason: unknown): never {
  process.stderr.write(`${explain(reason)}\n`)
  process.exit(1)
}

/** What an operator can mend is said in a sentence; only a mistake of ours shows its stack. */
function explain(reason: unknown): string {
  if (reason instanceof ConfigError) return `The configuration is wrong.\n${reason.message}`
  if (reason instanceof StartUpError) return reason.message
  return reason instanceof Error ? inSources(reason.stack ?? reason.message) : `Mkopo stopped: ${String(reason)}`
}

main().catch(giveUp)
