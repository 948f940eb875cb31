/** How an organisation is set up, as it stands now. */
import { sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

/** The policies of the organisation that is acted in; a door may remember those of some seconds ago. */
export async function policiesNow(ctx: Pick<Ctx, 'org' | 'tx'>): Promise<Readonly<Record<string, unknown>>> {
  const { rows } = await sql<{ policies: Readonly<Record<string, unknown>> }>`
    select policies from organisations where id = ${ctx.org.id}`.execute(ctx.tx)
  return rows[0]!.policies
}
