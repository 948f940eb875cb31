/** Where uploaded bytes lie: under names of ours, outside anything served. */
import { createReadStream } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'

export interface FileStore {
  /** Stores the bytes durably and returns the name they are kept under. */
  put(orgId: number, bytes: Uint8Array): Promise<string>
  get(storedAs: string): Readable
  remove(storedAs: string): Promise<void>
}

const NAME = /^\d+\/[0-9a-f]{2}\/[0-9a-f-]{36}$/

export function openFileStore(folder: string): FileStore {
  const pathOf = (storedAs: string): string => {
    if (!NAME.test(storedAs)) throw new Error('not a stored file name')
    return join(folder, storedAs)
  }
  return {
    async put(orgId, bytes) {
      const id = randomUUID()
      const storedAs = `${orgId}/${id.slice(0, 2)}/${id}`
      const path = pathOf(storedAs)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(`${path}.part`, bytes, { flush: true, mode: 0o600 } as never)
      await rename(`${path}.part`, path)
      return storedAs
    },
    get: (storedAs) => createReadStream(pathOf(storedAs)),
    remove: (storedAs) => rm(pathOf(storedAs), { force: true }),
  }
}
