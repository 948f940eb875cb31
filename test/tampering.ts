/** What the owner of the database could do behind the application's back; nothing of it stays. */
import pg from 'pg'
import { Kysely, PostgresDialect } from 'kysely'
import type { Ctx } from '#platform/context.ts'
import type { World } from '#test/world.ts'

export interface Tampering {
  readonly world: World
  readonly slug: string
  /** An UPDATE or DELETE; of the organisation's rows alone, since `org_id = …` is added to it. */
  readonly statement: string
}

/** Runs work in a transaction in which walls and triggers are down and the statement has been run, then takes all of it back. */
export async function tampered<T>(
  { world, slug, statement }: Tampering,
  work: (ctx: Ctx, changed: number) => Promise<T>,
): Promise<T> {
  const owner = new pg.Client({ ...world.owner, pipeline: true })
  await owner.connect()
  try {
    await owner.query('begin')
    await owner.query("set local session_replication_role = 'replica'; set local row_security = off")
    const own = `${/\bwhere\b/.test(statement) ? 'and' : 'where'} org_id = ${world.org(slug).id}`
    const { rowCount } = await owner.query(`${statement} ${own}`)
    return await work({ ...world.door(slug), tx: on(owner), events: [], attempts: [] }, rowCount ?? 0)
  } finally {
    await owner.query('rollback')
    await owner.end()
  }
}

/** Kysely on the tampering connection, so that nothing needs to be committed. */
function on(client: pg.Client): Ctx['tx'] {
  const connection = { query: client.query.bind(client), release: () => undefined }
  const pool = { connect: async () => connection, end: async () => undefined }
  return new Kysely({ dialect: new PostgresDialect({ pool: pool as never }) })
}
