/** Lists that a contract answers as one bare JSON array, however long: short ones whole, long ones page by page as they are read. */
import { Readable } from 'node:stream'
import type { Answer } from '#platform/http/route.ts'

/** An answer of all pages together. A reader who goes away stops the reading; one page at a time is held. */
export async function arrayAnswer(pages: AsyncGenerator<readonly unknown[]>): Promise<Answer> {
  const first = await pages.next()
  if (first.done) return { status: 200, body: [] }
  const second = await pages.next()
  if (second.done) return { status: 200, body: first.value }
  const stream = Readable.from(chunks([first.value, second.value], pages), { objectMode: false, highWaterMark: 65_536 })
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, stream }
}

async function* chunks(
  read: readonly (readonly unknown[])[],
  rest: AsyncGenerator<readonly unknown[]>,
): AsyncGenerator<Buffer> {
  let before = '['
  const piece = (page: readonly unknown[]): Buffer => {
    const text = before + JSON.stringify(page).slice(1, -1)
    before = ','
    return Buffer.from(text)
  }
  for (const page of read) yield piece(page)
  for await (const page of rest) yield piece(page)
  yield Buffer.from(']')
}

/** Reads pages by the id of the last item until one is not full. */
export async function* pagesById<Item extends { readonly id: number }>(
  read: (page: { readonly after: number; readonly limit: number }) => Promise<readonly Item[]>,
  limit = 1_000,
): AsyncGenerator<readonly Item[]> {
  for (let after = 0; ; ) {
    const page = await read({ after, limit })
    if (page.length > 0) yield page
    if (page.length < limit) return
    after = page.at(-1)!.id
  }
}
