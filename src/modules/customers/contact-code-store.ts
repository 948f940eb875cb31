/** Owns: contact_codes. */
import { sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

/** Writes a code in place of the one for the same request. */
export async function putCode(
  ctx: Ctx,
  {
    approvalId,
    codeHash,
    expiresAt,
  }: { readonly approvalId: number; readonly codeHash: Buffer; readonly expiresAt: Date },
): Promise<void> {
  await sql`
    insert into contact_codes (org_id, approval_id, code_hash, expires_at)
    values (${ctx.org.id}, ${approvalId}, ${codeHash}, ${expiresAt})
    on conflict (org_id, approval_id) do update
      set code_hash = excluded.code_hash, expires_at = excluded.expires_at`.execute(ctx.tx)
}

/** The hash of a request's code; null: none was sent, or it has expired. */
export async function codeHashOf(ctx: Ctx, approvalId: number): Promise<Buffer | null> {
  const { rows } = await sql<{ codeHash: Buffer }>`
    select code_hash as "codeHash" from contact_codes
     where org_id = ${ctx.org.id} and approval_id = ${approvalId} and expires_at > ${ctx.now}`.execute(ctx.tx)
  return rows[0]?.codeHash ?? null
}
