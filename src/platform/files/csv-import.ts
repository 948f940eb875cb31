/**
 * Reading CSV that others wrote, as it streams in: UTF-8 with or without byte order mark, LF or CRLF, quoted fields with
 * commas, quotes and line ends. Never more of it is held than a batch; text stays text; a bad row is that row's fault alone.
 */
import { refuse } from '#domain/refusal.ts'

export interface CsvRow {
  /** From 0, the header and blank lines not counted. */
  readonly row: number
  /** From 1, the header counted: what a person sees in the margin of an editor. */
  readonly line: number
  /** By column; a blank cell is absent. */
  readonly cells: Readonly<Record<string, string>>
  /** Why the row cannot be read, or null. */
  readonly fault: string | null
}

const LONGEST_RECORD = 65_536
const MOST_COLUMNS = 200

/**
 * The rows in batches, in their order. Refuses file_unreadable for a file without a header, with a column twice, or that is
 * no UTF-8 from its beginning.
 */
export async function* csvRows(bytes: AsyncIterable<Uint8Array>, atOnce = 1_000): AsyncGenerator<readonly CsvRow[]> {
  const decoder = new TextDecoder('utf-8')
  const scan: Scan = { text: '', line: 1, skipping: false }
  let header: readonly string[] | null = null
  let row = 0
  let batch: CsvRow[] = []
  const take = (record: Scanned): void => {
    if (!header) header = headerOf(record)
    else batch.push(rowOf(record, row++, header))
  }
  let first = true
  for await (const chunk of bytes) {
    const text = decoder.decode(chunk, { stream: true })
    if (first) refuseOtherEncoding(text)
    first = false
    for (const record of records(scan, text, false)) {
      take(record)
      if (batch.length >= atOnce) {
        yield batch
        batch = []
      }
    }
  }
  for (const record of records(scan, decoder.decode(), true)) take(record)
  if (!header) refuse('file_unreadable', { reason: 'No columns to parse from file' })
  if (batch.length > 0) yield batch
}

function refuseOtherEncoding(text: string): void {
  if (!text.includes(UNDECODED)) return
  refuse('file_unreadable', { reason: 'The file is not UTF-8: save it as CSV UTF-8 and upload it again.' })
}

/** What stands in the place of bytes that are no UTF-8. */
const UNDECODED = '\uFFFD'

function headerOf({ cells, fault }: Scanned): readonly string[] {
  const names = cells.map((cell) => cell.trim().toLowerCase())
  if (fault || names.every((name) => name === '') || names.length > MOST_COLUMNS) {
    refuse('file_unreadable', { reason: fault ?? 'No columns to parse from file' })
  }
  const twice = names.find((name, n) => name !== '' && names.indexOf(name) !== n)
  if (twice !== undefined) refuse('file_unreadable', { reason: `The column ${twice} is there twice.` })
  return names
}

function rowOf({ cells, line, fault }: Scanned, row: number, header: readonly string[]): CsvRow {
  const named: Record<string, string> = Object.create(null)
  let beyond = false
  for (const [n, cell] of cells.entries()) {
    const text = cell.trim()
    if (text === '') continue
    const name = header[n]
    if (name) named[name] = text
    else beyond = true
  }
  return { row, line, cells: named, fault: fault ?? faultOf(cells, beyond ? header.length : null) }
}

function faultOf(cells: readonly string[], columns: number | null): string | null {
  if (columns !== null) return `This row has ${cells.length} cells, the header has ${columns}.`
  if (cells.some((cell) => cell.includes(UNDECODED))) return 'This row holds characters that are not UTF-8.'
  return cells.some((cell) => cell.includes('\0')) ? 'This row holds NUL characters.' : null
}

interface Scanned {
  readonly line: number
  readonly cells: readonly string[]
  readonly fault: string | null
}

/** Text that was read and not cut into records yet: at most one record of it stays from one chunk to the next. */
interface Scan {
  text: string
  line: number
  /** The rest of a line that was too long is passed over. */
  skipping: boolean
}

/** The records that are complete with this text; at the end of the file the last one needs no line end. */
function* records(scan: Scan, more: string, atEnd: boolean): Generator<Scanned> {
  scan.text += more
  let at = 0
  while (at < scan.text.length) {
    const end = scan.skipping ? endOfLine(scan.text, at) : endOfRecord(scan.text, at, atEnd)
    if (end === null) break
    const text = scan.text.slice(at, end)
    const record = scan.skipping ? null : cut(text, scan.line)
    scan.skipping = false
    scan.line += occurrences(text, '\n')
    at = end
    if (record) yield record
  }
  scan.text = scan.text.slice(at)
  if (!scan.skipping && scan.text.length <= LONGEST_RECORD) return
  // A line longer than any record: named once, and passed over as it comes in.
  const fault = `This row is longer than ${LONGEST_RECORD} characters.`
  if (!scan.skipping) yield { line: scan.line, cells: [], fault }
  scan.skipping = true
  scan.text = ''
}

/**
 * Where the record that begins here ends, past its line end; null while that is not known. A quote opens a cell only at its
 * beginning; in the middle of a word it is a letter like any other, and takes no other row with it.
 */
function endOfRecord(text: string, from: number, atEnd: boolean): number | null {
  const end = text.indexOf('\n', from)
  if (end >= 0 && !text.slice(from, end).includes('"')) return end + 1
  const walked = walkCells(text, from)
  if (typeof walked === 'number') return walked
  if (walked === 'ends') return atEnd ? text.length : null
  if (walked === 'open' && !atEnd && text.length - from <= LONGEST_RECORD) return null
  // Quotes that do not match: this line is bad, and the next one a record again.
  return endOfLine(text, from) ?? (atEnd ? text.length : null)
}

/** The end of the record; or that the text ends before it does, in a quote that is still open, or that its quotes do not match. */
function walkCells(text: string, from: number): number | 'ends' | 'open' | 'mismatched' {
  for (let at = from; at - from <= LONGEST_RECORD; at++) {
    if (text[at] === '"') {
      const closing = closingQuote(text, at, from + LONGEST_RECORD)
      if (closing === null) return 'open'
      at = closing + 1
    } else {
      while (at < text.length && text[at] !== ',' && text[at] !== '\n') at++
    }
    if (at >= text.length) return 'ends'
    const lineEnd = text[at] === '\r' ? at + 1 : at
    if (lineEnd >= text.length) return 'ends'
    if (text[lineEnd] === '\n') return lineEnd + 1
    if (text[at] !== ',') return 'mismatched'
  }
  return 'open'
}

/** The quote that closes the one at `open`, if it comes before `limit`; two quotes are one that is meant. */
function closingQuote(text: string, open: number, limit: number): number | null {
  for (let at = open + 1; ; at += 2) {
    at = text.indexOf('"', at)
    if (at < 0 || at > limit) return null
    if (text[at + 1] !== '"') return at
  }
}

function occurrences(text: string, char: string): number {
  let n = 0
  for (let at = text.indexOf(char); at >= 0; at = text.indexOf(char, at + 1)) n++
  return n
}

function endOfLine(text: string, from: number): number | null {
  const end = text.indexOf('\n', from)
  return end < 0 ? null : end + 1
}

/** The cells of a record; null for a blank line. */
function cut(text: string, line: number): Scanned | null {
  const raw = text.replace(/\r?\n$/, '')
  if (raw.trim() === '') return null
  if (!raw.includes('"')) return { line, cells: raw.split(','), fault: null }
  const cells = quotedCells(raw)
  return cells ? { line, cells, fault: null } : { line, cells: [], fault: 'The quotes of this row do not match.' }
}

/** Null where a quote is not closed, or something follows a closed one. */
function quotedCells(raw: string): string[] | null {
  const cells: string[] = []
  let at = 0
  for (;;) {
    const cell = raw[at] === '"' ? quotedCell(raw, at) : plainCell(raw, at)
    if (!cell) return null
    cells.push(cell.text)
    if (cell.end >= raw.length) return cells
    at = cell.end + 1
  }
}

interface Cell {
  readonly text: string
  /** Where the comma after it is, or the end. */
  readonly end: number
}

function plainCell(raw: string, from: number): Cell {
  const comma = raw.indexOf(',', from)
  const end = comma < 0 ? raw.length : comma
  return { text: raw.slice(from, end), end }
}

function quotedCell(raw: string, from: number): Cell | null {
  let text = ''
  for (let at = from + 1; ; ) {
    const quote = raw.indexOf('"', at)
    if (quote < 0) return null
    text += raw.slice(at, quote)
    if (raw[quote + 1] !== '"') {
      const end = quote + 1
      return end >= raw.length || raw[end] === ',' ? { text, end } : null
    }
    text += '"'
    at = quote + 2
  }
}
