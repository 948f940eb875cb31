/** Owns: files. */
import { sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

export interface NewFile {
  readonly storedAs: string
  readonly name: string
  readonly mediaType: string
  readonly size: number
  readonly sha256: Buffer
}

/** A file that is to go at `until` unless somebody keeps it before. */
export async function insertFile(ctx: Ctx, id: number, file: NewFile & { readonly until: Date }): Promise<void> {
  const by = ctx.actor.kind === 'user' ? ctx.actor.id : null
  await sql`
    insert into files (org_id, id, stored_as, original_name, media_type, size, sha256, uploaded_by, created_at, discarded_at)
    values (${ctx.org.id}, ${id}, ${file.storedAs}, ${file.name}, ${file.mediaType}, ${file.size}, ${file.sha256}, ${by}, ${ctx.now},
            ${file.until})
  `.execute(ctx.tx)
}

/** Keeps a file for good; false: it is gone. */
export async function keepFile(ctx: Ctx, id: number): Promise<boolean> {
  const { rows } = await sql`
    update files set discarded_at = null where org_id = ${ctx.org.id} and id = ${id} returning id`.execute(ctx.tx)
  return rows.length > 0
}

export async function markDiscarded(ctx: Ctx, ids: readonly number[]): Promise<void> {
  await sql`
    update files set discarded_at = ${ctx.now} where org_id = ${ctx.org.id} and id = any(${ids}::integer[])
  `.execute(ctx.tx)
}

export interface Discarded {
  readonly id: number
  readonly storedAs: string
}

/** Files whose time has come that nobody else is removing right now. */
export async function lockDiscarded(ctx: Ctx, atMost: number): Promise<Discarded[]> {
  const { rows } = await sql<Discarded>`
    select id, stored_as as "storedAs" from files
     where org_id = ${ctx.org.id} and discarded_at <= ${ctx.now}
     order by id limit ${atMost} for update skip locked`.execute(ctx.tx)
  return rows
}

export async function deleteFiles(ctx: Ctx, ids: readonly number[]): Promise<void> {
  await sql`delete from files where org_id = ${ctx.org.id} and id = any(${ids}::integer[])`.execute(ctx.tx)
}
