import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CsvRow, csvRows } from '#platform/files/csv-import.ts'
import { refusalOf } from '#test/asking.ts'

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(text: string | Uint8Array, size = 65_536): Promise<CsvRow[]> {
  const rows: CsvRow[] = []
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  for await (const batch of csvRows(inPieces(bytes, size), 3)) rows.push(...batch)
  return rows
}
const cells = async (text: string, size?: number) => (await read(text, size)).map((row) => ({ ...row.cells }))

describe('csvRows', () => {
  it.each([1, 2, 3, 7, 65_536])('reads the same whatever the pieces (%i bytes)', async (size) => {
    const text = '\uFEFFname,phone,note\r\n"Ünal, Ayşe",0987654321,"says ""yes"""\r\n\r\nB,,"two\nlines"\nC,00,\n'
    expect(await read(text, size)).toEqual([
      { row: 0, line: 2, cells: { name: 'Ünal, Ayşe', phone: '0987654321', note: 'says "yes"' }, fault: null },
      { row: 1, line: 4, cells: { name: 'B', note: 'two\nlines' }, fault: null },
      { row: 2, line: 6, cells: { name: 'C', phone: '00' }, fault: null },
    ])
  })

  it.each([
    ['no line end at the end', 'a,b\n1,2', [{ a: '1', b: '2' }]],
    ['header with blanks and capitals', ' A , b\n1,2\n', [{ a: '1', b: '2' }]],
    ['fewer cells than columns', 'a,b\n1\n', [{ a: '1' }]],
    ['blank cells beyond the columns', 'a,b\n1,2,,\n', [{ a: '1', b: '2' }]],
    ['header alone', 'a,b\n', []],
    ['quotes around everything', '"a","b"\n"1",""\n', [{ a: '1' }]],
    [
      'a quote in the middle of a word',
      'a,b\n5" pipe,1\nx,2\n3" pipe,3\n',
      [
        { a: '5" pipe', b: '1' },
        { a: 'x', b: '2' },
        { a: '3" pipe', b: '3' },
      ],
    ],
    [
      'the same beside a quoted line end',
      'a,b\nO"Neil,"1\n2"\nx,y\n',
      [
        { a: 'O"Neil', b: '1\n2' },
        { a: 'x', b: 'y' },
      ],
    ],
    ['CRLF after quotes, and within them', 'a,b\r\n"1","2\r\n3"\r\n"",4\r\n', [{ a: '1', b: '2\r\n3' }, { b: '4' }]],
    ['a quoted line end in a last row without one', 'a,b\n1,"2\n3"', [{ a: '1', b: '2\n3' }]],
    ['a formula, as it is', 'a\n=1+1\n+91\n', [{ a: '=1+1' }, { a: '+91' }]],
  ])('%s', async (_, text, expected) => {
    expect(await cells(text)).toEqual(expected)
  })

  it.each([
    ['a cell too many', 'a\nx\n1,2\ny\n', 'This row has 2 cells, the header has 1.'],
    ['text after a closed quote', 'a\nx\n"1"2\ny\n', 'The quotes of this row do not match.'],
    ['a quote nobody closes', 'a\nx\n"1\ny\n', 'The quotes of this row do not match.'],
    ['a line without end', `a\nx\n${'z'.repeat(70_000)}\ny\n`, 'This row is longer than 65536 characters.'],
    ['a NUL', 'a\nx\nb\0\ny\n', 'This row holds NUL characters.'],
  ])('%s is that row’s fault alone', async (_, text, fault) => {
    const rows = await read(text, 1_000)
    expect(rows.map((row) => [row.row, row.line, row.fault])).toEqual([
      [0, 2, null],
      [1, 3, fault],
      [2, 4, null],
    ])
  })

  it('a quote that only a later row would close is the fault of its own row', async () => {
    const rows = await read('a,b\n1,2\n"3,4\n5,6\n"7",8\n9,10\n', 5)
    expect(rows.map((row) => [row.line, row.fault ?? row.cells.b])).toEqual([
      [2, '2'],
      [3, 'The quotes of this row do not match.'],
      [4, '6'],
      [5, '8'],
      [6, '10'],
    ])
  })

  it('reads the same in pieces of any size, whatever is in it', async () => {
    const letters = fc.constantFrom('a', ',', '"', '\n', '\r\n', 'é', '""', ' ')
    await fc.assert(
      fc.asyncProperty(fc.array(letters, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), async (text, size) => {
        const whole = `a,b,c\n${text.join('')}`
        expect(await read(whole, size)).toEqual(await read(whole))
      }),
    )
  })

  it('reads no further ahead than a batch needs', async () => {
    let sent = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a\n')
      for (;;) yield Buffer.from(`${sent++}\n`)
    }
    let taken = 0
    for await (const batch of csvRows(endless(), 100)) {
      taken += batch.length
      expect(sent).toBeLessThanOrEqual(taken)
      if (taken >= 10_000) break
    }
    expect(taken).toBe(10_000)
  })

  it('finds other encodings: at the beginning the whole file’s fault, later the row’s (file_unreadable)', async () => {
    const latin = Buffer.from('a\nJosé\n', 'latin1')
    expect(await refusalOf(read(latin))).toBe('file_unreadable')
    const late = Buffer.concat([Buffer.from(`a\n${'x\n'.repeat(100)}`), latin.subarray(2)])
    const faulty = (await read(late, 64)).filter((row) => row.fault !== null)
    expect(faulty).toMatchObject([{ row: 100, fault: 'This row holds characters that are not UTF-8.' }])
  })

  it.each([
    ['', 'empty'],
    ['\n\n', 'blank'],
    ['a,a\n1,2\n', 'a column twice'],
    [',,\n', 'no names'],
  ])('refuses %j: %s', async (text) => {
    expect(await refusalOf(read(text))).toBe('file_unreadable')
  })
})
