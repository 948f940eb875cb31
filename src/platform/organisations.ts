/** Which organisation a request is for, remembered for some seconds. */
import { type RawBuilder, sql } from 'kysely'
import type { Organisation } from '#platform/context.ts'
import type { Database } from '#platform/database/db.ts'

export interface Organisations {
  /** The organisation that a contract is bound to, or null. */
  boundTo(contract: string): Organisation | Promise<Organisation | null>
  bySlug(slug: string): Organisation | Promise<Organisation | null>
}

const REMEMBERED_MS = 5_000
const REMEMBERED_AT_MOST = 10_000

type Known = Pick<Database, 'global'>

/** One memory for each database of the process, so that a change can be forgotten everywhere in it at once. */
const memories = new WeakMap<Known, Memory>()

function memoryOf(db: Known): Memory {
  const memory = memories.get(db) ?? newMemory()
  memories.set(db, memory)
  return memory
}

/** Reads organisations through a memory of five seconds; a miss is not remembered, so a new organisation is seen at once. */
export function openOrganisations(db: Known): Organisations {
  const { remember } = memoryOf(db)
  const read = async (condition: RawBuilder<unknown>): Promise<Organisation | null> => {
    const { rows } = await sql<Organisation>`
      select o.id, o.slug, o.name, o.currency, o.time_zone as "timeZone", o.locale, o.country, o.policies
        from organisations o where ${condition}
    `.execute(db.global)
    return rows[0] ?? null
  }
  return {
    boundTo: (contract) =>
      remember(`contract ${contract}`, () =>
        read(sql`o.id = (select served_org from contract_bindings where contract = ${contract})`),
      ),
    bySlug: (slug) => remember(`slug ${slug}`, () => read(sql`o.slug = ${slug}`)),
  }
}

/** An organisation was changed: this process reads it anew at once, others within five seconds. */
export const forgetOrganisations = (db: Known): void => memoryOf(db).forget()

type Reading = () => Promise<Organisation | null>

interface Memory {
  remember(key: string, read: Reading): Organisation | Promise<Organisation | null>
  forget(): void
}

function newMemory(): Memory {
  let known = new Map<string, { readonly org: Organisation; readonly until: number }>()
  return {
    remember(key, read) {
      const kept = known.get(key)
      if (kept && kept.until > performance.now()) return kept.org
      // What was read before a change goes into the memory that was forgotten.
      const into = known
      return read().then((org) => {
        if (into.size >= REMEMBERED_AT_MOST) into.clear()
        if (org) into.set(key, { org, until: performance.now() + REMEMBERED_MS })
        else into.delete(key)
        return org
      })
    },
    forget() {
      known = new Map()
    },
  }
}

/** The oldest organisation; undefined before any is founded. */
export async function firstOrganisation(db: Database): Promise<number | undefined> {
  const { rows } = await sql<{ id: number | null }>`select min(id) as id from organisations`.execute(db.global)
  return rows[0]?.id ?? undefined
}
