/** Which records were made one. Reads only, always bounded. */
import { sql } from 'kysely'
import { type MergeRow, mergeColumns } from '#modules/merging/store.ts'
import type { Ctx } from '#platform/context.ts'

export type { MergeRow } from '#modules/merging/store.ts'

/** The merges that a customer's record was part of, latest first: the last hundred. */
export async function mergesOf(ctx: Pick<Ctx, 'org' | 'tx'>, customerId: number): Promise<MergeRow[]> {
  const { rows } = await sql<MergeRow>`
    select ${mergeColumns} from customer_merges
     where org_id = ${ctx.org.id} and (kept_id = ${customerId} or gone_id = ${customerId}) order by id desc limit 100
  `.execute(ctx.tx)
  return rows
}
