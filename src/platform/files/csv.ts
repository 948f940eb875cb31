/** CSV as RFC 4180 has it, UTF-8, written as the rows come: nothing is kept, and who stops reading stops the reading. */
import { Readable } from 'node:stream'
import { type Cell, cellText, type Row } from '#platform/files/spreadsheet.ts'

export const CSV_TYPE = 'text/csv; charset=utf-8'

/**
 * A file of a header and the rows of every page. The pages are asked for one by one, as fast as the reader takes them.
 * `marked`: begins with a byte order mark, by which Excel knows that accents are UTF-8.
 */
export function csvStream(
  header: readonly string[],
  pages: AsyncIterable<readonly Row[]>,
  { marked = false }: { readonly marked?: boolean } = {},
): Readable {
  async function* chunks(): AsyncGenerator<Buffer> {
    yield Buffer.from((marked ? '\ufeff' : '') + line(header))
    for await (const rows of pages) yield Buffer.from(rows.map(line).join(''))
  }
  return Readable.from(chunks(), { objectMode: false, highWaterMark: 65_536 })
}

const line = (row: Row): string => `${row.map(field).join(',')}\r\n`

/** One field, quoted where it must be. */
function field(cell: Cell): string {
  const text = typeof cell === 'string' ? unarmed(cellText(cell)) : cellText(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** What a spreadsheet program would take for a formula or a command. */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/u
/** A sign before nothing but digits is a number or a phone: harmless, and wanted as it is. */
const SIGNED_NUMBER = /^[+-]\d+(?:\.\d+)?$/

/** Text that would run as a formula gets an apostrophe before it, which makes it text again. */
function unarmed(text: string): string {
  return FORMULA.test(text) && !SIGNED_NUMBER.test(text) ? `'${text}` : text
}
