/**
 * The wall around the table of organisations, whose rows belong to nobody in particular: all are seen by all, and whoever
 * acts in one changes no row but its own. Which column of it, its grants say (table-rights.ts).
 */
import type pg from 'pg'

const OWN = `id = nullif(current_setting('mkopo.org', true), '')::integer`

/** Founding is the owner's, whom forced row-level security holds as well where he is no superuser. */
const POLICIES = [
  ['seen_by_all', 'for select using (true)'],
  ['founded_by_owner', 'for insert with check (true)'],
  ['own_organisation', `for update using (${OWN}) with check (${OWN})`],
] as const

interface Standing {
  readonly secured: boolean
  readonly policies: readonly string[]
}

/** Lays what is missing; nothing is touched where all of it stands, nor where there is no such table. */
export async function layOrganisationWall(client: pg.Client): Promise<void> {
  const { rows } = await client.query<Standing>(
    `select c.relrowsecurity and c.relforcerowsecurity as secured,
            array(select p.polname::text from pg_policy p where p.polrelid = c.oid) as policies
       from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relname = 'organisations'`,
  )
  const [standing] = rows
  if (!standing) return
  const statements = POLICIES.filter(([name]) => !standing.policies.includes(name)).map(
    ([name, rule]) => `create policy ${name} on organisations ${rule}`,
  )
  if (!standing.secured) {
    statements.push('alter table organisations enable row level security, force row level security')
  }
  if (statements.length > 0) await client.query(statements.join(';'))
}
