/** Watches the transactions of tests: each takes its locks in the order that docs/ARCHITECTURE.md lists. */
import { readFileSync } from 'node:fs'
import pg from 'pg'

/** `rows loans`, `numbers payment`, `head`: what one transaction can make another wait for. */
type Lock = string

/** A class of connections that notes each transaction that asks for its locks in another order, in words; at most some of them. */
export function watchedClient(faults: string[]): typeof pg.Client {
  return class extends WatchedClient {
    override readonly faults = faults
  }
}

const MOST_FAULTS = 20

class WatchedClient extends pg.Client {
  readonly faults: string[] = []
  #held: { readonly lock: Lock; readonly place: number }[] = []
  #created = new Set<string>()
  /** What was held at each savepoint that stands. */
  readonly #savepoints: { readonly lock: Lock; readonly place: number }[][] = []

  // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg's query are not ours to repeat
  override query(...given: any[]): any {
    const [asked, values] = given as [string | pg.QueryConfig, unknown[] | undefined]
    const text = typeof asked === 'string' ? asked : asked.text
    const parameters = (typeof asked === 'string' ? values : asked.values) ?? []
    if (/^\s*begin/.test(text)) {
      this.#held = []
      this.#created = new Set()
      this.#savepoints.length = 0
    }
    if (text.startsWith('savepoint')) this.#savepoints.push([...this.#held])
    const before = text.includes('release savepoint') ? this.#savepoints.pop() : undefined
    if (before && text.startsWith('rollback')) this.#held = before
    for (const [, table] of text.matchAll(/insert into (\w+)/g)) this.#created.add(table!)
    for (const lock of locksOf(text, parameters)) this.#note(lock, text)
    // biome-ignore lint/suspicious/noExplicitAny: as above
    return (super.query as any)(...given)
  }

  #note(lock: Lock, text: string): void {
    if (this.#held.some((held) => held.lock === lock)) return
    if (this.#created.has(lock.replace('rows ', ''))) return
    const place = placeOf(lock)
    if (place === undefined) return
    const later = this.#held.find((held) => held.place > place)
    if (later && this.faults.length < MOST_FAULTS) {
      this.faults.push(`${lock} after ${later.lock}: ${text.replaceAll(/\s+/g, ' ').trim().slice(0, 120)}`)
    }
    this.#held.push({ lock, place })
  }
}

function locksOf(text: string, parameters: readonly unknown[]): Lock[] {
  const locks: Lock[] = []
  const numbers = /insert into counters \(org_id, series, value\) values \(\$\d+, (?:\$(\d+)|'(\w+)')/.exec(text)
  if (numbers) locks.push(`numbers ${seriesOf(numbers[2] ?? String(parameters[Number(numbers[1]) - 1]))}`)
  // What another holds is skipped there, or read without waiting.
  if (/\bfor (no key )?update\b/.test(text) && !/skip locked/.test(text)) {
    const table = /\bfrom (\w+)/.exec(text)![1]!
    locks.push(table === 'ledger_heads' ? 'head' : `rows ${table}`)
  }
  return locks
}

/** Series that begin anew with each day or year are one. */
const seriesOf = (series: string): string => series.split(' ')[0]!

/** The place of each lock in the document's list; series that it does not name come where it says "every other". */
const places: ReadonlyMap<Lock, number> = readPlaces()

function placeOf(lock: Lock): number | undefined {
  return places.get(lock) ?? (lock.startsWith('numbers ') ? places.get('numbers every other') : undefined)
}

function readPlaces(): ReadonlyMap<Lock, number> {
  const section = readFileSync('docs/ARCHITECTURE.md', 'utf8').split('## Lock order')[1]!.split('\n## ')[0]!
  const found = new Map<Lock, number>()
  for (const line of section.split('\n').filter((one) => /^\d+\. /.test(one))) {
    const kind = /^\d+\. (\w+):/.exec(line)?.[1]
    if (kind === undefined) found.set('head', found.size)
    for (const [, name] of kind === undefined ? [] : line.matchAll(/`(\w+)`/g)) found.set(`${kind} ${name}`, found.size)
    if (line.includes('every other')) found.set('numbers every other', found.size)
  }
  return found
}
