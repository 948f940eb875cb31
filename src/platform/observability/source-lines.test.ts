import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inSources } from '#platform/observability/source-lines.ts'

const SOURCE = `/** Three lines before the bug. */
type Loan = { id: number }

export function breakDown(loan: Loan): never {
  throw new TypeError('loan ' + loan.id)
}
`

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mkopo-lines-'))
  mkdirSync(join(folder, 'src'))
  writeFileSync(join(folder, 'src', 'bug.ts'), SOURCE)
  for (const [name, sourcemap] of [['mapped', 'linked'] as const, ['bare', false] as const]) {
    await build({
      absWorkingDir: folder,
      entryPoints: { [name]: 'src/bug.ts' },
      outdir: join(folder, 'dist'),
      ...{ bundle: true, platform: 'node', format: 'esm', sourcesContent: false, sourcemap },
    })
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** As Node writes it, whatever the test runner makes of imports. */
const stackIn = (bundle: string, line: number): string =>
  `TypeError: loan 7\n    at breakDown (${pathToFileURL(join(folder, 'dist', bundle))}:${line}:9)\n    at node:internal/process:95:5`

describe('a stack', () => {
  test('names the source and its line', () => {
    const told = inSources(stackIn('mapped.js', 3))
    expect(told).toBe('TypeError: loan 7\n    at breakDown (src/bug.ts:5:9)\n    at node:internal/process:95:5')
    expect(inSources(stackIn('mapped.js', 3))).toBe(told)
  })

  test.each([
    ['without a map', () => stackIn('bare.js', 3)],
    ['of a bundle that is gone', () => stackIn('gone.js', 3)],
    ['of a line that the map does not know', () => stackIn('mapped.js', 1)],
    ['of the sources themselves', () => new Error('here').stack!],
  ])('%s stays as it is', (_, stack) => {
    const text = stack()
    expect(inSources(text)).toBe(text)
  })
})
