/** A streamed file that is hashed while somebody else reads it. */
import { createHash } from 'node:crypto'
import type { StreamedFile } from '#platform/http/route.ts'

export interface HashedFile extends StreamedFile {
  /** Reads what the reader left and answers the hash of the whole; of a file that could not be read to its end, a mark says so. */
  digest(): Promise<string>
}

export function hashedFile(file: StreamedFile): HashedFile {
  const source = file.bytes[Symbol.asyncIterator]()
  const hash = createHash('sha256')
  let digested: string | undefined
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const step = await source.next()
    if (!step.done) hash.update(step.value)
    return step
  }
  return {
    fileName: file.fileName,
    // A reader that stops early leaves the rest for the digest.
    bytes: { [Symbol.asyncIterator]: () => ({ next }) },
    async digest() {
      if (digested !== undefined) return digested
      let cut = ''
      try {
        while (!(await next()).done);
      } catch {
        cut = ' cut'
      }
      digested = hash.digest('hex') + cut
      return digested
    },
  }
}
