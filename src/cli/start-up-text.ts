/** What is said on the terminal when the server is up: where it is, on what it stands, who may sign in, how to stop it. */
import type { App } from '#src/app.ts'
import type { Config } from '#platform/config.ts'
import { CONTRACTS } from '#src/contracts.ts'
import { DEMO_ACCOUNTS } from '#src/demo/demo.ts'
import { describeWalls } from '#platform/database/walls.ts'
import { VERSION } from '#platform/version.ts'

interface Situation {
  readonly config: Config
  readonly role: string
  readonly app: App
  readonly seconds: number
}

/** Some ten lines, the address first. */
export function startUpText({ config, role, app, seconds }: Situation): string {
  const { started, services } = app
  const lines: [string, string][] = [
    ['runs', role === 'all' ? 'web server and worker' : role],
    ['database', started.place],
    ['walls', describeWalls(started.walls)],
    ...[...started.walls.warnings, ...webhookWarnings(config)].map((warning): [string, string] => ['WARNING', warning]),
    ['migrations', migrationsText(started)],
    ['clock', `${services.clock.now().toISOString().slice(0, 19)}Z${config.clock ? ' (set by MKOPO_CLOCK)' : ''}`],
    ...(app.address ? contractLines() : []),
    ...(config.mode === 'demo' && app.address ? accountLines() : []),
    ['stop', 'Ctrl-C'],
  ]
  const head = `\nMkopo ${VERSION}, ${config.mode} mode, ready in ${seconds.toFixed(1)} s${app.address ? `: ${shownAddress(app.address)}` : ''}\n`
  return `${head}${lines.map(([name, text]) => `  ${name.padEnd(11)} ${text}\n`).join('')}\n`
}

const webhookWarnings = ({ mode, webhookSecret }: Config): string[] =>
  mode === 'production' && webhookSecret === undefined
    ? ['provider webhooks are turned away: set MKOPO_WEBHOOK_SECRET to take payments in']
    : []

/** Links that a browser on this machine can open. */
const shownAddress = (address: string): string =>
  address.replace(/\/\/(127\.0\.0\.1|0\.0\.0\.0|\[::1?\])/, '//localhost')

function migrationsText({ applied, migrations }: App['started']): string {
  if (applied.length === 0) return `up to date (${migrations.length})`
  return `${applied.length} applied now, up to ${applied.at(-1)}`
}

const contractLines = (): [string, string][] => [['contracts', CONTRACTS.map(({ name }) => name).join(', ')]]

const accountLines = (): [string, string][] =>
  DEMO_ACCOUNTS.map(({ organisation, logins }, at) => [
    at === 0 ? 'sign in' : '',
    `${organisation}: ${logins.join(', ')}`,
  ])
