/** Rules about all files together: no circles, no room too full, nothing listed that is not there, no secret variable. */
import { MODULES } from './tidy-imports.ts'
import type { Finding, Source } from './tidy-source.ts'

/** The files of one folder of the platform; of `src` itself. */
const MOST_FILES = 15
const MOST_LOOSE_FILES = 6

/** Findings that no file has alone. `documents` are what operators read. */
export function checkHouse(sources: readonly Source[], documents: string): readonly Finding[] {
  const own = sources.filter(({ path, isTest }) => path.startsWith('src/') && !isTest)
  return [...circles(own), ...fullRooms(own), ...unknownModules(own), ...untoldVariables(own, documents)]
}

/** The file that an import names, as its path. */
const fileOf = (from: string): string =>
  from.replace(/^#src\//, 'src/').replace(/^#(domain|platform|modules|contracts)\//, 'src/$1/')

/** Each circle of files once, at the first of them by name. */
function circles(sources: readonly Source[]): Finding[] {
  const known = new Map(sources.map((source) => [source.path, source]))
  const below = new Map<string, Set<string>>()
  const reached = (path: string): Set<string> => {
    const before = below.get(path)
    if (before) return before
    const found = new Set<string>()
    below.set(path, found)
    const queue = [path]
    for (let at = queue.pop(); at !== undefined; at = queue.pop())
      for (const { from } of known.get(at)?.imports ?? []) {
        const next = fileOf(from)
        if (!known.has(next) || found.has(next)) continue
        found.add(next)
        queue.push(next)
      }
    return found
  }
  const told = new Set<string>()
  return sources.flatMap(({ path, imports }) => {
    const way = imports.find(({ from }) => reached(fileOf(from)).has(path))
    if (!way || told.has(path)) return []
    for (const other of reached(path)) if (reached(other).has(path)) told.add(other)
    return [
      {
        path,
        line: way.line,
        rule: 'circle',
        reason: `${way.from} leads back here: put what both need into a third file`,
      },
    ]
  })
}

function fullRooms(sources: readonly Source[]): Finding[] {
  const rooms = new Map<string, number>()
  for (const { path } of sources) {
    const room = path.slice(0, path.lastIndexOf('/'))
    rooms.set(room, (rooms.get(room) ?? 0) + 1)
  }
  return [...rooms].flatMap(([path, files]) => {
    const most =
      path === 'src' ? MOST_LOOSE_FILES : path.startsWith('src/platform') ? MOST_FILES : Number.POSITIVE_INFINITY
    return files > most
      ? [{ path, line: 1, rule: 'room', reason: `${files} files; one purpose a folder, at most ${most}` }]
      : []
  })
}

function unknownModules(sources: readonly Source[]): Finding[] {
  const there = new Set(sources.filter(({ layer }) => layer === 'modules').map(({ folder }) => folder))
  const listed = Object.entries(MODULES).flatMap(([name, below]) => [name, ...below])
  const missing = [...new Set(listed)].filter((name) => !there.has(name))
  const unlisted = [...there].filter((name) => !(name in MODULES))
  const at = (name: string, reason: string): Finding => ({
    path: 'scripts/tidy-imports.ts',
    line: 1,
    rule: 'modules',
    reason: `${name}: ${reason}`,
  })
  return [
    ...missing.map((name) => at(name, 'there is no such module')),
    ...unlisted.map((name) => at(name, 'say what stands below it')),
  ]
}

/** Variables that config.ts reads and no document names. */
function untoldVariables(sources: readonly Source[], documents: string): Finding[] {
  const config = sources.find(({ path }) => path === 'src/platform/config.ts')
  const names = [...new Set(config?.text.match(/\bMKOPO_[A-Z_]+\b/g))]
  return names
    .filter((name) => !new RegExp(`\\b${name}\\b`).test(documents))
    .map((name) => ({
      path: 'src/platform/config.ts',
      line: 1,
      rule: 'variables',
      reason: `${name}: tell of it in README.md or docs/operating.md`,
    }))
}
