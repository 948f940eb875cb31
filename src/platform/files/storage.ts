/** Where uploaded bytes lie: under names of ours, outside anything served. */
import { createReadStream } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'

export interface FileStore {
  /** A new name to keep bytes under. */
  nameFor(orgId: number): string
  /** Stores the bytes durably under a name that nameFor gave. */
  put(storedAs: string, bytes: Uint8Array): Promise<void>
  get(storedAs: string): Readable
  /** Also what a put that was cut short has left of it. */
  remove(storedAs: string): Promise<void>
}

const NAME = /^\d+\/[0-9a-f]{2}\/[0-9a-f-]{36}$/

export function openFileStore(folder: string): FileStore {
  const pathOf = (storedAs: string): string => {
    if (!NAME.test(storedAs)) throw new Error('not a stored file name')
    return join(folder, storedAs)
  }
  return {
    nameFor(orgId) {
      const id = randomUUID()
      return `${orgId}/${id.slice(0, 2)}/${id}`
    },
    async put(storedAs, bytes) {
      const path = pathOf(storedAs)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(`${path}.part`, bytes, { flush: true, mode: 0o600 } as never)
      await rename(`${path}.part`, path)
    },
    get: (storedAs) => createReadStream(pathOf(storedAs)),
    async remove(storedAs) {
      for (const path of [`${pathOf(storedAs)}.part`, pathOf(storedAs)]) await rm(path, { force: true })
    },
  }
}
