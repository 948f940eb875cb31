/** Keeps the rules of docs/STYLE.md that a machine can keep: prints file:line, rule and reason, and fails when it finds any. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkHouse } from './tidy-house.ts'
import { checkImports } from './tidy-imports.ts'
import { checkShape } from './tidy-shape.ts'
import { type Finding, type Source, sourceOf } from './tidy-source.ts'
import { checkWords } from './tidy-words.ts'

const FOLDERS = ['src', 'test', 'bench', 'scripts']
const CODE = /\.(ts|tsx|mjs)$/

/** Written on the line or above it, followed by why the rule is broken here. */
const EXCUSE = /\btidy: \S+/

/** All findings of some files, in their order, but for lines that say why: `tidy: <why>` on the line or above it. */
export function findings(sources: readonly Source[]): readonly Finding[] {
  return sources.flatMap((source) => {
    const isExcused = ({ line }: Finding) =>
      EXCUSE.test(source.lines[line - 1] ?? '') || EXCUSE.test(source.lines[line - 2] ?? '')
    const found = [...checkImports(source), ...checkWords(source), ...checkShape(source)]
    return found.filter((one) => one.rule === 'undone' || !isExcused(one)).sort((a, b) => a.line - b.line)
  })
}

/** The codes of the closed list that no test names: a refusal nobody has seen happen. */
export function untestedRefusals(sources: readonly Source[]): readonly string[] {
  const list = sources.find(({ path }) => path === 'src/domain/refusal.ts')
  const codes = [...(list?.text.matchAll(/^ {2}\| '(\w+)'/gm) ?? [])].map((match) => match[1]!)
  const tests = sources
    .filter(({ path, isTest }) => isTest || path.startsWith('test/'))
    .map(({ text }) => text)
    .join('\n')
  return codes.filter((code) => !new RegExp(`\\b${code}\\b`).test(tests))
}

function read(folder: string): readonly Source[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile() && CODE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).replaceAll('\\', '/'))
    .sort()
    .map((path) => sourceOf(path, readFileSync(path, 'utf8')))
}

function main(): void {
  const sources = FOLDERS.flatMap((folder) => {
    try {
      return read(folder)
    } catch {
      return []
    }
  })
  const documents = ['README.md', 'docs/operating.md'].map((path) => readFileSync(path, 'utf8')).join('\n')
  const found = [...findings(sources), ...checkHouse(sources, documents)]
  for (const { path, line, rule, reason } of found) process.stdout.write(`${path}:${line}  ${rule}  ${reason}\n`)
  const untested = untestedRefusals(sources)
  if (untested.length > 0)
    process.stdout.write(`refusals that no test names (${untested.length}): ${untested.join(', ')}\n`)
  process.stdout.write(`${sources.length} files, ${found.length} findings\n`)
  process.exitCode = found.length + untested.length > 0 ? 1 : 0
}

if (process.argv[1]?.endsWith('tidy.ts')) main()
