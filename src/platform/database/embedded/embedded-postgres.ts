/**
 * The embedded PostgreSQL: the real server's programs, run by us on a folder, reached through a unix socket only.
 * It outlives a killed Mkopo and is then found running by the next; several processes of Mkopo may share it.
 */
import { createHash, randomUUID } from 'node:crypto'
import { closeSync, lstatSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs'
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type PostgresAccount, postgresAccount } from '#platform/database/embedded/postgres-account.ts'
import { type PostgresBinaries, postgresBinaries } from '#platform/database/embedded/postgres-binaries.ts'
import { StartUpError } from '#platform/start-up-error.ts'

/** Owner of everything in the embedded server; reached only by whom the socket's folder lets in. */
export const EMBEDDED_OWNER = 'mkopo'

export interface EmbeddedOptions {
  /** Holds the data (`postgres/`), the server's log and, where the path is short enough, its socket. */
  readonly folder: string
  /** Server settings beside ours. */
  readonly settings?: Readonly<Record<string, string>>
  /** Told when the server had died and was started again. */
  onRestart?(): void
}

export interface EmbeddedPostgres {
  readonly socketFolder: string
  /** False: it was running already. */
  readonly started: boolean
  /** Stops the server, unless another process of Mkopo still uses it. */
  stop(): Promise<void>
}

interface Server {
  readonly data: string
  readonly log: string
  readonly socketFolder: string
  readonly binaries: PostgresBinaries
  readonly account: PostgresAccount
  readonly settings: Readonly<Record<string, string>>
}

const KEEPER = 'mkopo keeper'
const START_LIMIT_MS = 30_000
/** After a crash the server first replays its log: it answers meanwhile, so we may wait. */
const RECOVERY_LIMIT_MS = 600_000

/** The server on the folder, ready for logins: found running, or started (and created first) by us. */
export async function openEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const server = await prepare(resolve(options.folder), options.settings ?? {})
  const first = await ensureRunning(server)
  let keeper = first.keeper
  let stopping = false
  const watch = (): void => {
    keeper.on('error', () => undefined)
    keeper.once('end', () => {
      if (!stopping) void revive()
    })
  }
  const revive = async (): Promise<void> => {
    while (!stopping) {
      const again = await ensureRunning(server).catch(() => undefined)
      if (again) {
        keeper = again.keeper
        watch()
        return options.onRestart?.()
      }
      await sleep(1_000)
    }
  }
  watch()
  return {
    socketFolder: server.socketFolder,
    started: first.started,
    async stop() {
      stopping = true
      const last = await isLastKeeper(keeper).catch(() => false)
      await keeper.end().catch(() => undefined)
      if (last) await shutDown(server)
    },
  }
}

async function prepare(folder: string, settings: Readonly<Record<string, string>>): Promise<Server> {
  await mkdir(folder, { recursive: true }).catch((error: Error) => {
    throw new StartUpError(`Cannot use the data folder ${folder}: ${error.message}.`)
  })
  const binaries = await postgresBinaries()
  const data = join(folder, 'postgres')
  const account = postgresAccount({ program: binaries.postgres, parent: folder, data })
  const socketFolder = socketFolderOf(folder)
  account.give(socketFolder)
  const server = { data, log: join(folder, 'postgres.log'), socketFolder, binaries, account, settings }
  await initialise(server, folder)
  return server
}

/** A unix socket's path may have 107 bytes: a deep folder's socket lies in the system's folder for temporary files. */
function socketFolderOf(folder: string): string {
  const inside = join(folder, 'socket')
  const short = `mkopo-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`
  const path = Buffer.byteLength(inside) <= 85 ? inside : join(tmpdir(), short)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const found = lstatSync(path)
  if (!found.isDirectory() || (found.mode & 0o077) !== 0) {
    throw new StartUpError(`The folder ${path} must be a folder of ours alone (mode 0700): remove it and start again.`)
  }
  return path
}

/** A new data folder is made beside and then renamed, so that a half-made one never counts; the first of two wins. */
async function initialise(server: Server, folder: string): Promise<void> {
  const version = await readFile(join(server.data, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version !== undefined) return requireVersion(version.trim(), server.data)
  const draft = join(folder, `postgres-${randomUUID().slice(0, 8)}.new`)
  await mkdir(draft, { mode: 0o700 })
  server.account.give(draft)
  const { code, output } = await finish(server, server.binaries.initdb, [
    ...['-D', draft, '-U', EMBEDDED_OWNER, '-A', 'trust', '-E', 'UTF8'],
    ...['--locale-provider=builtin', '--locale=C.UTF-8', '--no-instructions'],
  ])
  if (code !== 0) {
    await rm(draft, { recursive: true, force: true })
    throw new StartUpError(`Cannot create the embedded PostgreSQL in ${folder}: ${lastLine(output)}`)
  }
  await rename(draft, server.data).catch(async (error: NodeJS.ErrnoException) => {
    await rm(draft, { recursive: true, force: true })
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
}

const BUNDLED_MAJOR = '18'

function requireVersion(found: string, data: string): void {
  if (found === BUNDLED_MAJOR) return
  throw new StartUpError(
    `The data in ${data} were written by PostgreSQL ${found}, and this Mkopo brings ${BUNDLED_MAJOR}: see docs/operating.md, "Upgrade".`,
  )
}

async function finish(server: Server, program: string, args: string[]): Promise<{ code: number; output: string }> {
  const child = server.account.run(program, args, { cwd: '/', env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout?.on('data', (text) => (output += text))
  child.stderr?.on('data', (text) => (output += text))
  return new Promise((done) => {
    child.once('error', (error) => done({ code: -1, output: error.message }))
    child.once('close', (code) => done({ code: code ?? -1, output }))
  })
}

/** Nothing of our own environment, least of all secrets. */
const ENVIRONMENT: NodeJS.ProcessEnv = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

interface Running {
  readonly keeper: pg.Client
  readonly started: boolean
}

/** Ready means that a login works; the keeper connection it opens tells the others that we use the server. */
async function ensureRunning(server: Server): Promise<Running> {
  const begun = Date.now()
  let started = false
  let attempt: Attempt | undefined
  for (;;) {
    const answer = await logIn(server)
    if (answer instanceof pg.Client) return { keeper: answer, started }
    const starting = answer === '57P03'
    const waited = Date.now() - begun
    if (waited > (starting ? RECOVERY_LIMIT_MS : START_LIMIT_MS)) throw failed(server, `no login after ${waited} ms`)
    if (!starting && (!attempt || attempt.exited)) {
      if (attempt?.exited && !attempt.lockHeld()) throw failed(server, attempt.lastLine())
      if (attempt) await sleep(200)
      attempt = launch(server)
      started = true
    }
    if (attempt?.exited) started = false
    await sleep(10)
  }
}

async function logIn(server: Server): Promise<pg.Client | string> {
  const client = new pg.Client({
    host: server.socketFolder,
    user: EMBEDDED_OWNER,
    database: 'postgres',
    application_name: KEEPER,
    connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    return (error as { code?: string }).code ?? 'unknown'
  }
}

interface Attempt {
  readonly exited: boolean
  lastLine(): string
  /** Another server holds the folder, or the last one's processes are still ending. */
  lockHeld(): boolean
}

/** In a process group of its own, so that Ctrl-C does not end it before the requests in flight. */
function launch(server: Server): Attempt {
  const settings = { ...OUR_SETTINGS, ...server.settings, unix_socket_directories: server.socketFolder }
  const args = ['-D', server.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const before = statSync(server.log, { throwIfNoEntry: false })?.size ?? 0
  const log = openSync(server.log, 'a', 0o600)
  const options = {
    cwd: '/',
    env: ENVIRONMENT,
    detached: true,
    stdio: ['ignore', log, log] as ['ignore', number, number],
  }
  const child = server.account.run(server.binaries.postgres, args, options)
  closeSync(log)
  child.unref()
  let exited = false
  let problem = ''
  child.once('exit', () => (exited = true))
  child.once('error', (error) => {
    exited = true
    problem = error.message
  })
  const logged = (): string => problem || readFileSync(server.log).subarray(before).toString()
  return {
    get exited() {
      return exited
    },
    lastLine: () => lastLine(logged()),
    lockHeld: () => /lock file "postmaster\.pid" already exists|pre-existing shared memory block/.test(logged()),
  }
}

/**
 * Nothing listens on the network; a commit is on disk before it is answered (fsync and synchronous_commit stay on). On the
 * disks of today a page in the middle costs little more than the next one, and compressing pages for the log costs more than
 * writing them. Statistics follow soon after much was written, so that no plan is made for tables that were empty once.
 */
const OUR_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  timezone: 'UTC',
  log_timezone: 'UTC',
  max_connections: '200',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  autovacuum_naptime: '15s',
  jit: 'off',
}

/** Processes that stop at the same moment ask one after another, so exactly one of them is the last. */
async function isLastKeeper(keeper: pg.Client): Promise<boolean> {
  await keeper.query('select pg_advisory_lock(1)')
  for (let n = 0; n < 20; n++) {
    const { rows } = await keeper.query(
      'select 1 from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid() limit 1',
      [KEEPER],
    )
    if (rows.length === 0) return true
    await sleep(10)
  }
  return false
}

/** Fast shutdown: open transactions are rolled back, everything committed is on disk. */
async function shutDown(server: Server): Promise<void> {
  const pidFile = join(server.data, 'postmaster.pid')
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0])
  if (!Number.isSafeInteger(pid) || pid <= 1) return
  process.kill(pid, 'SIGINT')
  for (let waited = 0; waited < 60_000; waited += 5) {
    if (!(await stat(pidFile).catch(() => undefined))) return
    await sleep(5)
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''

const failed = (server: Server, why: string): StartUpError =>
  new StartUpError(`The embedded PostgreSQL does not start: ${why} (its log: ${server.log}).`)
