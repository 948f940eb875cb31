/** Files that people send us: checked by their bytes, stored under names of ours, gone when nothing refers to them. */
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { Refusal, refuse } from '#domain/refusal.ts'
import * as store from '#modules/files/store.ts'
import { fileById, type StoredFile } from '#modules/files/views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { type FileKind, kindOfBytes, kindOfName, mediaTypeOf } from '#platform/files/file-kind.ts'
import { shownName } from '#platform/files/file-name.ts'

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

/** An upload that was cut short, by a crash or otherwise, is swept after an hour. */
const UNKEPT_MS = 3_600_000

/**
 * Stores a file and lets `attach` refer to it. The row comes first, noted as to be swept, so that no crash leaves bytes that
 * nobody knows of; it is kept in the transaction of `attach`. If that is refused the file goes again; what `attach`
 * discarded goes once the transaction has committed. Refuses what kindOf refuses.
 */
export async function saveFile<T>(
  door: Door,
  upload: Upload,
  attach: (ctx: Ctx, fileId: number) => Promise<T>,
): Promise<T> {
  const mediaType = mediaTypeOf(kindOf(upload))
  const sha256 = createHash('sha256').update(upload.bytes).digest()
  const storedAs = door.services.files.nameFor(door.org.id)
  const until = new Date(door.now.getTime() + UNKEPT_MS)
  const file = { storedAs, name: shownName(upload.name), mediaType, size: upload.bytes.length, sha256, until }
  const id = await transact(door, async (ctx) => {
    const next = await takeNumbers(ctx, 'file')
    await store.insertFile(ctx, next, file)
    return next
  })
  await door.services.files.put(storedAs, upload.bytes)
  try {
    return await transact(door, async (ctx) => {
      if (!(await store.keepFile(ctx, id))) throw new Error(`the file ${id} was swept before it was kept`)
      return attach(ctx, id)
    })
  } catch (error) {
    // Only a refusal is sure to have rolled back: a connection lost at the commit may have kept it.
    if (error instanceof Refusal) await sweepNow(door, id)
    throw error
  }
}

async function sweepNow(door: Door, id: number): Promise<void> {
  await transact(door, (ctx) => store.markDiscarded(ctx, [id]))
  await tidyUp(door)
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
