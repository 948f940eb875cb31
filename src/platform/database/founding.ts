/** Founding organisations and binding contracts to them: done by the owner of the database, never by the application. */
import { sql } from 'kysely'
import type pg from 'pg'
import type { Organisation } from '#platform/context.ts'
import type { Database } from '#platform/database/db.ts'
import { underSchemaLock } from '#platform/database/migrate.ts'

const COLUMNS = sql.raw('id, slug, name, currency, time_zone as "timeZone", locale, country, policies')

/** Every organisation, oldest first. */
export async function allOrganisations(db: Database): Promise<readonly Organisation[]> {
  const { rows } = await sql<Organisation>`select ${COLUMNS} from organisations order by id`.execute(db.global)
  return rows
}

export type NewOrganisation = Omit<Organisation, 'id' | 'policies'>

export interface Founding {
  readonly organisation: NewOrganisation
  /** Contracts that shall serve it; a contract that serves another organisation already stays there. */
  readonly contracts: readonly string[]
}

/** Creates the organisations whose slugs are not taken and binds their contracts. Needs the owner: the application may not. */
export async function foundOrganisations(
  client: pg.Client,
  foundings: readonly Founding[],
  at: Date,
): Promise<readonly string[]> {
  return underSchemaLock(client, async () => {
    const created: string[] = []
    for (const { organisation, contracts } of foundings) {
      if (await insertOrganisation(client, organisation, at)) created.push(organisation.slug)
      await client.query(
        `insert into contract_bindings (contract, served_org)
         select contract, (select id from organisations where slug = $1) from unnest($2::text[]) contract
         on conflict (contract) do nothing`,
        [organisation.slug, contracts],
      )
    }
    return created
  })
}

async function insertOrganisation(client: pg.Client, org: NewOrganisation, at: Date): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into organisations (id, slug, name, currency, time_zone, locale, country, created_at)
     select coalesce(max(id), 0) + 1, $1, $2, $3, $4, $5, $6, $7 from organisations
     on conflict (slug) do nothing`,
    [org.slug, org.name, org.currency, org.timeZone, org.locale, org.country, at],
  )
  return rowCount === 1
}
