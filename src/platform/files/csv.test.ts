import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { csvStream } from '#platform/files/csv.ts'
import type { Cell, Row } from '#platform/files/spreadsheet.ts'

async function* pages(...all: readonly (readonly Row[])[]): AsyncGenerator<readonly Row[]> {
  yield* all
}
const written = async (cell: Cell): Promise<string> =>
  (await text(csvStream([], pages([[cell]])))).split('\r\n').slice(1, -1).join('\r\n')

describe('a CSV file', () => {
  it('has a header and a line for each row of every page', async () => {
    const file = csvStream(
      ['A', 'B'],
      pages(
        [[1, 'x']],
        [],
        [
          [2, null],
          [3, 'y'],
        ],
      ),
    )
    expect(await text(file)).toBe('A,B\r\n1,x\r\n2,\r\n3,y\r\n')
  })

  it.each<[Cell, string]>([
    // quoted where it must be (RFC 4180)
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
    ['two\r\nlines', '"two\r\nlines"'],
    ['Ñandú 身分 🥬', 'Ñandú 身分 🥬'],
    ['', ''],
    // what would run as a formula is text
    ['=1+1', "'=1+1"],
    ['+1+1', "'+1+1"],
    ['-1+1', "'-1+1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['=cmd|"/c calc"!A1', '"\'=cmd|""/c calc""!A1"'],
    ['  =1+1', "'  =1+1"],
    ['\t=1+1', "'\t=1+1"],
    ['\r=1+1', '"\'\r=1+1"'],
    ['＝1+1', "'＝1+1"],
    ['\u0000=1+1', '\ufffd=1+1'],
    ['\ttext', "'\ttext"],
    // a number or a phone is neither
    ['+254712345678', '+254712345678'],
    ['-12.50', '-12.50'],
    [-5, '-5'],
    ['a=b', 'a=b'],
    // characters that no text file may hold
    ['bell\u0007', 'bell\ufffd'],
  ])('writes %j as %j', async (cell, expected) => {
    expect(await written(cell)).toBe(expected)
  })
})

describe('a reader who goes away', () => {
  it('stops the reading of further pages', async () => {
    let asked = 0
    let ended = false
    async function* endless(): AsyncGenerator<readonly Row[]> {
      try {
        for (;;) {
          asked++
          yield Array.from({ length: 1_000 }, () => ['x'.repeat(100)])
        }
      } finally {
        ended = true
      }
    }
    const file = csvStream(['A'], endless())
    for await (const chunk of file) if (chunk.length > 0 && asked > 2) break
    expect(file.destroyed).toBe(true)
    await new Promise((resolve) => setImmediate(resolve))
    expect([ended, asked < 10]).toEqual([true, true])
  })

  it('hears of a reading that failed', async () => {
    async function* failing(): AsyncGenerator<readonly Row[]> {
      yield [['x']]
      throw new Error('the database has gone')
    }
    await expect(text(csvStream(['A'], failing()))).rejects.toThrow('the database has gone')
  })
})
