/**
 * How long the close of business takes over many active loans, a tenth of them overdue: the first close, which places every
 * loan, the next day's, and one that is killed in the middle and goes on.
 * Usage: tsx bench/close-of-business.ts [loans …]; default 100000 1000000.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type App, openApp } from '#src/app.ts'
import { readConfig } from '#platform/config.ts'
import { seedLoans } from './close-of-business-loans.ts'
import { addDays } from '#domain/day.ts'
import { closePortfolio } from '#modules/delinquency/delinquency.ts'
import { portfolioOn } from '#modules/delinquency/views.ts'
import { verify } from '#modules/ledger/ledger.ts'
import { reconcileInPortions } from '#modules/reconciliation/reconciliation.ts'
import { closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { type Door, type Organisation, systemDoor, transact } from '#platform/context.ts'
import { allOrganisations } from '#platform/database/founding.ts'
import { connectPostgres, withClient } from '#platform/database/postgres-connection.ts'

const DAY_MS = 86_400_000
const SLUG = 'chamahub'

export interface CloseFigures {
  readonly loans: number
  readonly seededSeconds: number
  /** Places every loan for the first time. */
  readonly firstSeconds: number
  /** The next business day. */
  readonly nextSeconds: number
  readonly microsecondsALoan: number
  /** Compares what all loans owe with the books, as every close ends. */
  readonly reconciledSeconds: number
  readonly killed: { readonly afterSeconds: number; readonly resumedSeconds: number; readonly sameTotals: boolean }
  readonly verified: boolean
}

/** Measures the close over so many loans on an embedded PostgreSQL of its own, with the product's settings. */
export async function measureClose(loans: number): Promise<CloseFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'mkopo-close-'))
  const app = await openHere(folder)
  try {
    return await measure(app, { loans, folder })
  } finally {
    await app.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const openHere = (folder: string): Promise<App> =>
  openApp(readConfig({ MKOPO_DATA_DIR: folder, MKOPO_LOG: 'error' }), { web: false, worker: false })

async function measure(app: App, { loans, folder }: { loans: number; folder: string }): Promise<CloseFigures> {
  const org = (await allOrganisations(app.services.db)).find(({ slug }) => slug === SLUG)!
  const seededSeconds = await seconds(async () => {
    await seedLoans(doorOn(app, org, 0), loans)
    await takeStatistics(folder)
  })
  const firstSeconds = await seconds(() => close(doorOn(app, org, 0)))
  const nextSeconds = await seconds(() => close(doorOn(app, org, 1)))
  const reconciledSeconds = await seconds(() => reconcileInPortions(doorOn(app, org, 1)))
  const killed = await killedAndResumed(app, { org, folder, halfMs: (nextSeconds * 1000) / 2 })
  const proof = await transact(doorOn(app, org, 2), verify, true)
  // What was paid before is seeded on the instalments alone: histories, which are compared on request, are not there.
  const agreement = await reconcileInPortions(doorOn(app, org, 2))
  return {
    ...{ loans, seededSeconds, firstSeconds, nextSeconds },
    microsecondsALoan: Math.round((nextSeconds * 1e6) / loans),
    reconciledSeconds,
    killed,
    verified: proof.ok && agreement.ok,
  }
}

/** What autovacuum does within a minute of such a load; the application itself may not. */
async function takeStatistics(folder: string): Promise<void> {
  const connection = await connectPostgres({ databaseUrl: undefined, dataDir: folder })
  await withClient(connection.owner, (client) => client.query('vacuum analyze'))
  await connection.close()
}

async function close(door: Door): Promise<void> {
  await closeLoans(door)
  await closePortfolio(door)
}

/** The third day is closed by a process that is killed half way, then by us; the totals are compared with those of a close that nobody disturbed. */
async function killedAndResumed(
  app: App,
  at: { org: Organisation; folder: string; halfMs: number },
): Promise<CloseFigures['killed']> {
  const door = doorOn(app, at.org, 2)
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), 'child', at.folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout!, 'data')
  const begun = performance.now()
  await Promise.race([new Promise((resolve) => setTimeout(resolve, at.halfMs)), once(child, 'exit')])
  await kill(child)
  const afterSeconds = (performance.now() - begun) / 1000
  const resumedSeconds = await seconds(() => close(door))
  const closed = addDays(door.today, -1)
  const resumed = await transact(door, (ctx) => portfolioOn(ctx, closed), true)
  await close(door)
  const again = await transact(door, (ctx) => portfolioOn(ctx, closed), true)
  return { afterSeconds, resumedSeconds, sameTotals: text(resumed) === text(again) }
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part))

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return Math.round((performance.now() - begun) / 10) / 100
}

function doorOn(app: App, org: Organisation, daysOn: number): Door {
  const door = systemDoor(app.services, org, 'bench')
  return { ...door, now: new Date(door.now.getTime() + daysOn * DAY_MS), today: addDays(door.today, daysOn) }
}

/** The process that is killed: it says that it has begun. */
async function closeAsChild(folder: string): Promise<void> {
  const app = await openHere(folder)
  const org = (await allOrganisations(app.services.db)).find(({ slug }) => slug === SLUG)!
  process.stdout.write('begun\n')
  await close(doorOn(app, org, 2))
  process.exit(0)
}

async function main(): Promise<void> {
  const [first = '', folder = ''] = process.argv.slice(2)
  if (first === 'child') return closeAsChild(folder)
  const sizes = process.argv.slice(2).map(Number)
  for (const loans of sizes.length > 0 ? sizes : [100_000, 1_000_000]) {
    process.stdout.write(`${JSON.stringify(await measureClose(loans))}\n`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
