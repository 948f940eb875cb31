/**
 * The walls inside the database, laid after each migration and found standing afterwards: a role without rights beyond the
 * application's, row-level security by organisation, and triggers that keep the books append-only and balanced whoever asks.
 */
import type pg from 'pg'
import { underSchemaLock } from '#platform/database/migrate.ts'
import { layOrganisationWall } from '#platform/database/organisation-wall.ts'
import { rightsOn } from '#platform/database/table-rights.ts'
import { WALL_FUNCTIONS, WALL_TRIGGERS } from '#platform/database/wall-triggers.ts'

/** The application's role: it owns nothing, sees one organisation at a time and cannot change what is written for ever. */
export const APP_ROLE = 'mkopo_app'

export interface Walls {
  /** Undefined: the server gave us one role only. */
  readonly appRole: string | undefined
  /** Append-only and balance triggers stand. */
  readonly triggers: boolean
  /** Another organisation's rows cannot be seen or written. */
  readonly rowSecurity: boolean
  /** What is missing, for the start-up output. */
  readonly warnings: readonly string[]
}

interface Table {
  readonly name: string
  readonly tenant: boolean
  readonly enabled: boolean
  readonly forced: boolean
  readonly policy: boolean
  readonly rights: string | null
  /** Columns that may be updated, where not all of them may. */
  readonly columns: string | null
}

/** Lays what is missing and says what stands. Nothing is touched where all of it stands, so starting costs no locks. */
export async function layWalls(client: pg.Client, options: { appLogsIn: boolean }): Promise<Walls> {
  return underSchemaLock(client, async () => {
    const appRole = await layRole(client, options.appLogsIn)
    const tables = await readTables(client, appRole)
    for (const table of tables) await layTable(client, table, appRole)
    await layOrganisationWall(client)
    const triggers = await layTriggers(client)
    const superuser = !options.appLogsIn && (await isSuperuser(client))
    const bypassing = appRole === undefined && (await bypassesRowSecurity(client))
    return {
      appRole,
      triggers,
      rowSecurity: !bypassing,
      warnings: [
        ...(appRole ? [] : [`no second role: grant "create role" to the database user, or create ${APP_ROLE} for it`]),
        ...(bypassing
          ? ['the database user bypasses row-level security: organisations are kept apart by the code alone']
          : []),
        ...(superuser
          ? [
              'the database user is a superuser: whoever takes over Mkopo takes over the whole server. Give DATABASE_URL a login without that right',
            ]
          : []),
        ...(triggers ? [] : ['no triggers here: the books are append-only by grants alone']),
      ],
    }
  })
}

async function isSuperuser(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ rolsuper: boolean }>(
    'select rolsuper from pg_roles where rolname = current_user',
  )
  return rows[0]?.rolsuper === true
}

async function layRole(client: pg.Client, appLogsIn: boolean): Promise<string | undefined> {
  const login = appLogsIn ? 'login' : 'nologin'
  const { rows } = await client.query<{ safe: boolean; login: boolean }>(
    'select not (rolsuper or rolbypassrls or rolcreaterole) as safe, rolcanlogin as login from pg_roles where rolname = $1',
    [APP_ROLE],
  )
  const [found] = rows
  const wanted = `${login} nosuperuser nobypassrls nocreatedb nocreaterole noinherit`
  // Another database of the same server may create the role at the same moment; then it exists, which is all we want.
  if (!found) await tried(client, `create role ${APP_ROLE} ${wanted}`)
  else if (!found.safe || (appLogsIn && !found.login)) await tried(client, `alter role ${APP_ROLE} ${wanted}`)
  if (await maySwitch(client)) return APP_ROLE
  await tried(client, `grant ${APP_ROLE} to current_user`)
  return (await maySwitch(client)) ? APP_ROLE : undefined
}

/** The role exists, is harmless, owns none of our tables, and we may become it. */
async function maySwitch(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    `select 1 from pg_roles r where rolname = $1 and not (rolsuper or rolbypassrls)
        and not exists (select 1 from pg_class c where c.relowner = r.oid and c.relnamespace = current_schema()::regnamespace)`,
    [APP_ROLE],
  )
  return rows.length > 0 && (await tried(client, `set local role ${APP_ROLE}; reset role`))
}

async function tried(client: pg.Client, statement: string): Promise<boolean> {
  await client.query('savepoint trial')
  try {
    await client.query(`${statement}; release savepoint trial`)
    return true
  } catch {
    await client.query('rollback to savepoint trial; release savepoint trial')
    return false
  }
}

const POLICY = 'own_organisation'
const OWN_ROWS = `org_id = nullif(current_setting('mkopo.org', true), '')::integer`

async function readTables(client: pg.Client, appRole: string | undefined): Promise<readonly Table[]> {
  const rights = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
  const held = rights.map(
    (right) => `case when has_table_privilege($1, c.oid, '${right}') then '${right} ' else '' end`,
  )
  const { rows } = await client.query<Table>(
    `select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
            exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped) as tenant,
            exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polname = $2) as policy,
            case when $1::text is not null then trim(${held.join(' || ')}) end as rights,
            case when not has_table_privilege($1, c.oid, 'UPDATE') then (
              select string_agg(a.attname, ' ' order by a.attname collate "C") from pg_attribute a
               where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                 and has_column_privilege($1, c.oid, a.attnum, 'UPDATE')) end as columns
       from pg_class c
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
      order by c.relname`,
    [appRole ?? null, POLICY],
  )
  return rows
}

async function layTable(client: pg.Client, table: Table, appRole: string | undefined): Promise<void> {
  const name = `"${table.name}"`
  const statements: string[] = []
  if (table.tenant && !table.policy) {
    statements.push(`create policy ${POLICY} on ${name} using (${OWN_ROWS}) with check (${OWN_ROWS})`)
  }
  if (table.tenant && !table.enabled) statements.push(`alter table ${name} enable row level security`)
  if (table.tenant && !table.forced) statements.push(`alter table ${name} force row level security`)
  if (appRole) statements.push(...grants(table, appRole))
  if (statements.length > 0) await client.query(statements.join(';'))
}

/** Nothing where the rights are what they should be. */
function grants(held: Table, appRole: string): readonly string[] {
  const { table, columns } = rightsOn(held)
  if (held.rights === table.join(' ') && (held.columns ?? '') === columns.join(' ')) return []
  const given = [...table, ...(columns.length > 0 ? [`UPDATE (${columns.join(', ')})`] : [])]
  return [`revoke all on "${held.name}" from ${appRole}`, `grant ${given.join(', ')} on "${held.name}" to ${appRole}`]
}

/** Where the server has no triggers or PL/pgSQL (distributed engines), the grants stand alone. */
async function layTriggers(client: pg.Client): Promise<boolean> {
  const functions = await client.query<{ name: string; body: string }>(
    'select proname as name, prosrc as body from pg_proc where pronamespace = current_schema()::regnamespace',
  )
  const bodies = new Map(functions.rows.map((row) => [row.name, row.body]))
  const { rows: schemas } = await client.query<{ schema: string }>('select current_schema() as schema')
  for (const { name, body, create } of WALL_FUNCTIONS) {
    if (bodies.get(name) !== body && !(await tried(client, create(schemas[0]!.schema)))) return false
  }
  const triggers = await client.query<{ name: string; on: string }>(
    `select t.tgname as name, c.relname as "on" from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where c.relnamespace = current_schema()::regnamespace and not t.tgisinternal and t.tgenabled <> 'D'`,
  )
  const standing = new Set(triggers.rows.map((row) => `${row.name} on ${row.on}`))
  for (const { name, on, create } of WALL_TRIGGERS) {
    if (!standing.has(`${name} on ${on}`) && !(await tried(client, create))) return false
  }
  return true
}

async function bypassesRowSecurity(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ bypasses: boolean }>(
    'select rolsuper or rolbypassrls as bypasses from pg_roles where rolname = current_user',
  )
  return rows[0]?.bypasses ?? true
}

/** The walls in a line for the start-up output. */
export function describeWalls(walls: Walls): string {
  const bookWalls = [...(walls.appRole ? ['role'] : []), ...(walls.triggers ? ['triggers'] : [])]
  const books = bookWalls.length > 0 ? `books append-only by ${bookWalls.join(' and ')}` : 'books NOT protected'
  return `${books}; organisations ${walls.rowSecurity ? 'apart by row-level security' : 'NOT apart in the database'}`
}
