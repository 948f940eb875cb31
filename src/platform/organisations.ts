/** Which organisation a request is for, remembered for some seconds. */
import { type RawBuilder, sql } from 'kysely'
import type { Organisation } from '#platform/context.ts'
import type { Database } from '#platform/db.ts'

export interface Organisations {
  /** The organisation that a contract is bound to, or null. */
  boundTo(contract: string): Organisation | Promise<Organisation | null>
  bySlug(slug: string): Organisation | Promise<Organisation | null>
}

const REMEMBERED_MS = 5_000
const REMEMBERED_AT_MOST = 10_000

/** Reads organisations through a memory of five seconds; a miss is not remembered, so a new organisation is seen at once. */
export function openOrganisations(db: Pick<Database, 'global'>): Organisations {
  const remember = memory()
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

type Reading = () => Promise<Organisation | null>

function memory(): (key: string, read: Reading) => Organisation | Promise<Organisation | null> {
  const known = new Map<string, { readonly org: Organisation; readonly until: number }>()
  return (key, read) => {
    const kept = known.get(key)
    if (kept && kept.until > performance.now()) return kept.org
    return read().then((org) => {
      if (known.size >= REMEMBERED_AT_MOST) known.clear()
      if (org) known.set(key, { org, until: performance.now() + REMEMBERED_MS })
      else known.delete(key)
      return org
    })
  }
}
