/** As whom the embedded PostgreSQL runs: the server refuses to run as root, and in containers everything is root. */
import { type ChildProcess, spawn, type SpawnOptions, spawnSync } from 'node:child_process'
import { chownSync, readFileSync, statSync } from 'node:fs'
import { StartUpError } from '#platform/start-up-error.ts'

export interface PostgresAccount {
  run(program: string, args: readonly string[], options: SpawnOptions): ChildProcess
  /** Makes a folder of ours the server's. */
  give(folder: string): void
}

interface Ids {
  readonly uid: number
  readonly gid: number
}

const NOBODY: Ids = { uid: 65_534, gid: 65_534 }
const NAMESPACE = ['--user', `--map-user=${NOBODY.uid}`] as const

/**
 * Not root: as ourselves. Root: as the account that the data already belong to, else as `postgres` or `nobody` where that
 * account can reach the programs and the folder, else inside a user namespace where root is somebody else.
 */
export function postgresAccount(places: { program: string; parent: string; data: string }): PostgresAccount {
  if (process.getuid?.() !== 0) return plain()
  const owner = ownerOf(places.data)
  if (owner && owner.uid !== 0) return switched(owner)
  const ids = idsOfPostgres() ?? NOBODY
  if (!owner && reaches(ids, places)) return switched(ids)
  if (spawnSync('unshare', [...NAMESPACE, 'true']).status === 0) return inNamespace()
  throw new StartUpError(
    `PostgreSQL does not run as root, and no other account can reach ${places.parent}: ` +
      'start Mkopo as an ordinary user, set MKOPO_DATA_DIR to a folder outside /root, or set DATABASE_URL.',
  )
}

const plain = (): PostgresAccount => ({
  run: (program, args, options) => spawn(program, args, options),
  give: () => undefined,
})

const switched = (ids: Ids): PostgresAccount => ({
  run: (program, args, options) => spawn(program, args, { ...options, ...ids }),
  give: (folder) => chownSync(folder, ids.uid, ids.gid),
})

const inNamespace = (): PostgresAccount => ({
  run: (program, args, options) => spawn('unshare', [...NAMESPACE, program, ...args], options),
  give: () => undefined,
})

function ownerOf(folder: string): Ids | undefined {
  const found = statSync(folder, { throwIfNoEntry: false })
  return found && { uid: found.uid, gid: found.gid }
}

function idsOfPostgres(): Ids | undefined {
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? []
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined
}

function reaches(ids: Ids, places: { program: string; parent: string }): boolean {
  const looking = ['-c', 'test -x "$0" && cd "$1"', places.program, places.parent]
  return spawnSync('/bin/sh', looking, { ...ids, cwd: '/' }).status === 0
}
