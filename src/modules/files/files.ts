/** Files that people send us: checked by their bytes, stored under names of ours, gone when nothing refers to them. */
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { Refusal, refuse } from '#domain/refusal.ts'
import * as store from '#modules/files/store.ts'
import { fileById, type StoredFile } from '#modules/files/views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { takeNumbers } from '#platform/counters.ts'
import { type FileKind, kindOfBytes, kindOfName, mediaTypeOf } from '#platform/file-kind.ts'
import { shownName } from '#platform/file-name.ts'

/** 10 MB: the largest file we take. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024

export interface Upload {
  readonly name: string
  readonly bytes: Uint8Array
}

/**
 * What the file is: PDF, JPEG or PNG by its bytes and by its name alike. Refuses file_too_large, and file_type_not_allowed
 * for anything else, also for a page called scan.pdf.
 */
export function kindOf({ name, bytes }: Upload): FileKind {
  if (bytes.length > MAX_FILE_BYTES) refuse('file_too_large')
  const kind = kindOfBytes(bytes)
  if (kind === null || kind !== kindOfName(name)) refuse('file_type_not_allowed')
  return kind
}

/**
 * Stores a file and lets `attach` refer to it, in one transaction. If that is refused the bytes go again; what
 * `attach` discarded goes once the transaction has committed. Refuses what kindOf refuses.
 */
export async function saveFile<T>(
  door: Door,
  upload: Upload,
  attach: (ctx: Ctx, fileId: number) => Promise<T>,
): Promise<T> {
  const mediaType = mediaTypeOf(kindOf(upload))
  const sha256 = createHash('sha256').update(upload.bytes).digest()
  const storedAs = await door.services.files.put(door.org.id, upload.bytes)
  const file = { storedAs, name: shownName(upload.name), mediaType, size: upload.bytes.length, sha256 }
  try {
    return await transact(door, async (ctx) => {
      const id = await takeNumbers(ctx, 'file')
      await store.insertFile(ctx, id, file)
      return attach(ctx, id)
    })
  } catch (error) {
    // Only a refusal is sure to have rolled back: a connection lost at the commit may have kept the row.
    if (error instanceof Refusal) await door.services.files.remove(storedAs)
    else door.services.log.warn({ storedAs, org: door.org.slug }, 'a file may lie in the store that nothing refers to')
    throw error
  }
}

/** Nothing refers to these files any more: they are gone for readers at once, and from the disk by removeDiscarded. */
export async function discardFiles(ctx: Ctx, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await store.markDiscarded(ctx, ids)
}

/**
 * Removes discarded files for good: the bytes first, then the row that remembers them, so that a crash in between leaves
 * work to do again and never a forgotten file. Safe to run at any time, by several at once. Answers how many went.
 */
export async function removeDiscarded(door: Door, atMost = 100): Promise<number> {
  return transact(door, async (ctx) => {
    const discarded = await store.lockDiscarded(ctx, atMost)
    for (const { storedAs } of discarded) await door.services.files.remove(storedAs)
    if (discarded.length > 0)
      await store.deleteFiles(
        ctx,
        discarded.map((file) => file.id),
      )
    return discarded.length
  })
}

/** Tidies up after a use case that has committed; what fails now is left to the nightly job. */
export async function tidyUp(door: Door): Promise<void> {
  try {
    await removeDiscarded(door)
  } catch (error) {
    door.services.log.warn({ err: error, org: door.org.slug }, 'discarded files are still there')
  }
}

export interface OpenedFile extends StoredFile {
  readonly content: Readable
}

/** The file's content; whoever calls has checked that the reader may. Refuses file_not_found. */
export async function openFile(ctx: Ctx, id: number): Promise<OpenedFile> {
  const file = (await fileById(ctx, id)) ?? refuse('file_not_found')
  return { ...file, content: ctx.services.files.get(file.storedAs) }
}
