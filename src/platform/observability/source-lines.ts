/**
 * Stack traces of the bundle in the lines of the sources. The map is read when a bug is told of and not kept: Node's own way
 * holds twenty-five megabytes from the start for what happens rarely.
 */
import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'

const FRAME = /(file:\/\/[^\s()]+\/dist\/[\w.]+\.js):(\d+):(\d+)/g
const KEPT_PLACES = 500
/** The same bug again, perhaps a thousand times a second, does not read the map again. */
const places = new Map<string, string>()

/** The stack with `src/…ts:line:column` wherever the map of the bundle knows it. */
export function inSources(stack: string): string {
  const maps = new Map<string, SourceMap | null>()
  return stack.replace(FRAME, (frame: string, url: string, line: string, column: string) => {
    const known = places.get(frame)
    if (known) return known
    if (!maps.has(url)) maps.set(url, mapOf(url))
    const place = placeIn(maps.get(url)!, { line: Number(line), column: Number(column) }) ?? frame
    if (places.size < KEPT_PLACES) places.set(frame, place)
    return place
  })
}

/** Null where there is none, and for packages: their sources are not ours. */
function mapOf(url: string): SourceMap | null {
  if (url.includes('/node_modules/')) return null
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8')))
  } catch {
    return null
  }
}

function placeIn(map: SourceMap | null, { line, column }: { line: number; column: number }): string | undefined {
  const entry = map?.findEntry(line - 1, column - 1)
  if (!entry || !('originalSource' in entry)) return undefined
  return `${entry.originalSource.replace(/^(?:\.\.\/)+/, '')}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
}
