/** Whether anything can be written: a full disk lets reads go on and refuses every payment. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Services } from '#platform/context.ts'
import { firstOrganisation } from '#platform/organisations.ts'

export interface WriteProbe {
  /** `ok` or what is wrong, by place. Tried again after some seconds only, however often it is asked. */
  check(): Promise<Readonly<Record<'disk' | 'files', string>>>
}

const KEPT_MS = 5_000
/** More than the database keeps in memory below: it has to find that much room on its disk. */
const ROWS = 4_000

export function openWriteProbe(services: Services): WriteProbe {
  let latest: { readonly at: number; readonly found: ReturnType<WriteProbe['check']> } | undefined
  return {
    check() {
      const now = performance.now()
      if (!latest || now - latest.at > KEPT_MS) latest = { at: now, found: probe(services) }
      return latest.found
    },
  }
}

async function probe(services: Services): ReturnType<WriteProbe['check']> {
  const [disk, files] = await Promise.allSettled([writeRow(services), writeFile(services)])
  return { disk: resultOf(disk), files: resultOf(files) }
}

const resultOf = ({ status }: PromiseSettledResult<void>): string => (status === 'fulfilled' ? 'ok' : 'cannot write')

/** Thrown to roll back what was written. */
class Undone extends Error {}

/** A row that is taken back, and a megabyte of sorting that does not fit into memory. */
async function writeRow({ db }: Services): Promise<void> {
  const orgId = (await firstOrganisation(db)) ?? 0
  await db
    .transact(orgId, async (tx) => {
      if (orgId > 0) {
        await sql`
          insert into throttles (org_id, key, failures, window_end) values (${orgId}, ${`probe ${randomUUID()}`}, 0, now())
        `.execute(tx)
      }
      await sql`set local work_mem = '64kB'`.execute(tx)
      await sql`
        select count(*) from (select repeat(md5(n::text), 8) as text from generate_series(1, ${ROWS}::integer) n order by 1) s
      `.execute(tx)
      throw new Undone()
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error
    })
}

async function writeFile({ files }: Services): Promise<void> {
  const name = files.nameFor(0)
  try {
    await files.put(name, new Uint8Array(65_536))
  } finally {
    await files.remove(name)
  }
}
