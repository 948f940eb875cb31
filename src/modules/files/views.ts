/** What is known of stored files. Reads only. */
import { sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

export interface StoredFile {
  readonly id: number
  readonly storedAs: string
  /** As its sender called it, for showing only. */
  readonly name: string
  readonly mediaType: string
  readonly size: number
  readonly sha256: Buffer
}

/** The file, or null when there is none or it is about to go. */
export async function fileById(ctx: Pick<Ctx, 'org' | 'tx'>, id: number): Promise<StoredFile | null> {
  const { rows } = await sql<Omit<StoredFile, 'size'> & { size: bigint }>`
    select id, stored_as as "storedAs", original_name as name, media_type as "mediaType", size, sha256 from files
     where org_id = ${ctx.org.id} and id = ${id} and discarded_at is null`.execute(ctx.tx)
  const [file] = rows
  return file ? { ...file, size: Number(file.size) } : null
}
