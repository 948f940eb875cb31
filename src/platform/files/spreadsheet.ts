/** XLSX written as the rows come: bounded memory whatever the number of rows. Text is always text, never a formula. */
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { writeXlsxStream } from 'hucre/xlsx'

/** Numbers are for showing only: exact amounts are written as text. */
export type Cell = string | number | null
export type Row = readonly Cell[]

export const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

export interface Sheet {
  readonly name: string
  readonly header: readonly string[]
}

/** A workbook of one sheet (of several where they are more than a sheet holds) with a header and the rows of every page. */
export function xlsxStream({ name, header }: Sheet, pages: AsyncIterable<readonly Row[]>): Readable {
  async function* rows(): AsyncGenerator<(string | number | null)[]> {
    for await (const page of pages) for (const row of page) yield row.map(written)
  }
  const columns = header.map((text) => ({ header: text }))
  const bytes = writeXlsxStream(rows(), { name, columns, freezePane: { rows: 1 } })
  return Readable.fromWeb(bytes as ReadableStream<Uint8Array>, { highWaterMark: 65_536 })
}

/** More than this no cell of a spreadsheet program holds. */
const LONGEST = 32_767

/** What XML cannot carry, and escapes that readers of XLSX would take for characters. */
function written(cell: Cell): Cell {
  if (typeof cell !== 'string') return cell
  return cellText(cell)
    .replace(/_(?=x[0-9a-f]{4}_)/gi, '_x005F_')
    .slice(0, LONGEST)
}

/** A cell as text without characters that no file of text may hold. */
export function cellText(cell: Cell): string {
  if (cell === null) return ''
  return typeof cell === 'number' ? String(cell) : cell.replace(/\p{Cc}|[\ufffe\uffff]/gu, writable)
}

const writable = (control: string): string => ('\t\n\r'.includes(control) ? control : '\ufffd')
