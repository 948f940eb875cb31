/** Owns: the policies of the organisation that is acted in. Nothing else of an organisation can be changed from here. */
import { sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

export type Policies = Readonly<Record<string, unknown>>

/** The organisation's policies as they stand, locked until the transaction ends, so that of two changes none is lost. */
export async function lockPolicies(ctx: Ctx): Promise<Policies> {
  const { rows } = await sql<{ policies: Policies }>`
    select policies from organisations where id = ${ctx.org.id} for no key update`.execute(ctx.tx)
  return rows[0]!.policies
}

export async function writePolicies(ctx: Ctx, policies: Policies): Promise<void> {
  await sql`update organisations set policies = ${JSON.stringify(policies)}::jsonb where id = ${ctx.org.id}`.execute(
    ctx.tx,
  )
}
