import { buffer } from 'node:stream/consumers'
import { readXlsx } from 'hucre/xlsx'
import { describe, expect, it } from 'vitest'
import { type Row, xlsxStream } from '#platform/files/spreadsheet.ts'

const SHEET = { name: 'Sheet', header: ['A', 'B'] }

async function* pages(...all: readonly (readonly Row[])[]): AsyncGenerator<readonly Row[]> {
  yield* all
}

describe('an XLSX file', () => {
  it('has a header and a row for each row of every page, text as text', async () => {
    const rows: Row[] = [
      [1, 'Ñandú 身分 🥬'],
      [-2.5, '=1+1'],
      [null, '+254712345678'],
      [3, '<b>&"x"</b>'],
      [4, 'two\nlines'],
    ]
    const { sheets } = await readXlsx(await buffer(xlsxStream(SHEET, pages(rows.slice(0, 2), [], rows.slice(2)))))
    expect(sheets.map(({ name }) => name)).toEqual(['Sheet'])
    expect(sheets[0]!.rows).toEqual([['A', 'B'], ...rows])
  })

  it('has a header where there are no rows', async () => {
    const { sheets } = await readXlsx(await buffer(xlsxStream(SHEET, pages())))
    expect(sheets[0]!.rows).toEqual([['A', 'B']])
  })

  it('holds no character that would break it, and no more than a cell takes', async () => {
    const { sheets } = await readXlsx(await buffer(xlsxStream(SHEET, pages([['bell\u0007', 'x'.repeat(40_000)]]))))
    expect(sheets[0]!.rows[1]).toEqual(['bell\ufffd', 'x'.repeat(32_767)])
  })

  it('writes what looks like an escape so that it reads as it is', async () => {
    const bytes = await buffer(xlsxStream(SHEET, pages([['_x0041_', '']])))
    const { sheets } = await readXlsx(bytes)
    // this reader undoes one level: the underscore's own escape, not the letter's
    expect(sheets[0]!.rows[1]![0]).toBe('_x0041_')
  })
})

describe('a reader who goes away', () => {
  it('stops the reading of further pages', async () => {
    let asked = 0
    let ended: () => void
    const end = new Promise<void>((resolve) => {
      ended = resolve
    })
    async function* endless(): AsyncGenerator<readonly Row[]> {
      try {
        for (;;) {
          asked++
          yield Array.from({ length: 1_000 }, (_, n) => [n * asked, `text ${n * asked}`])
        }
      } finally {
        ended()
      }
    }
    const file = xlsxStream(SHEET, endless())
    for await (const chunk of file) if (chunk.length > 0 && asked > 3) break
    await end
    expect(file.destroyed).toBe(true)
    expect(asked).toBeLessThan(50)
  })
})
