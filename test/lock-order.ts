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

/** What a transaction holds of one kind. Of what is no row, or tells no key, the rows stay empty. */
interface Held {
  readonly place: number
  readonly rows: ReadonlySet<string>
}

interface Asked {
  readonly text: string
  readonly parameters: readonly unknown[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

class WatchedClient extends pg.Client {
  readonly faults: string[] = []
  #held = new Map<Lock, Held>()
  #created = new Set<string>()
  /** What was held at each savepoint that stands. */
  readonly #savepoints: Map<Lock, Held>[] = []

  // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg's query are not ours to repeat
  override query(...given: any[]): any {
    const [asked, values] = given as [string | pg.QueryConfig, unknown[] | undefined]
    const text = typeof asked === 'string' ? asked : asked.text
    const parameters = (typeof asked === 'string' ? values : asked.values) ?? []
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const answer = (super.query as any)(...given)
    // Which rows a statement has locked is known when it is answered; statements of a connection are answered in order.
    if (answer instanceof Promise)
      answer.then(
        ({ rows }) => this.#watch({ text, parameters, rows: rows ?? [] }),
        () => undefined,
      )
    return answer
  }

  #watch(asked: Asked): void {
    const { text } = asked
    if (/^\s*begin/.test(text)) {
      this.#held = new Map()
      this.#created = new Set()
      this.#savepoints.length = 0
    }
    if (text.startsWith('savepoint')) this.#savepoints.push(new Map(this.#held))
    const before = text.includes('release savepoint') ? this.#savepoints.pop() : undefined
    if (before && text.startsWith('rollback')) this.#held = before
    for (const [, table] of text.matchAll(/insert into (\w+)/g)) this.#created.add(table!)
    for (const lock of locksOf(text, asked.parameters)) this.#note(lock, asked)
  }

  #note(lock: Lock, asked: Asked): void {
    if (this.#created.has(lock.replace('rows ', ''))) return
    const place = placeOf(lock)
    if (place === undefined) return
    const held = this.#held.get(lock)
    const rows = rowsOf(lock, asked)
    const fresh = rows.filter((row) => !held?.rows.has(row))
    if (held && fresh.length === 0) return
    const [later] = [...this.#held].find(([, other]) => other.place > place) ?? []
    if (later) this.#fault(`${lock} after ${later}`, asked)
    const lower = fresh.find((row) => [...(held?.rows ?? [])].some((other) => isLower(row, other)))
    if (lower) this.#fault(`${lock} ${lower} after one with a higher id`, asked)
    this.#held.set(lock, { place, rows: new Set([...(held?.rows ?? []), ...rows]) })
  }

  #fault(what: string, { text }: Asked): void {
    if (this.faults.length < MOST_FAULTS)
      this.faults.push(`${what}: ${text.replaceAll(/\s+/g, ' ').trim().slice(0, 120)}`)
  }
}

/** Which rows were locked: by their ids, or else by what was asked for. */
function rowsOf(lock: Lock, { rows, parameters }: Asked): string[] {
  if (!lock.startsWith('rows ')) return []
  return rows.map(({ id }) => (id === undefined ? JSON.stringify(parameters.map(String)) : String(id)))
}

const isLower = (row: string, other: string): boolean => /^\d+$/.test(row + other) && BigInt(row) < BigInt(other)

function locksOf(text: string, parameters: readonly unknown[]): Lock[] {
  const locks: Lock[] = []
  const numbers = /insert into counters \(org_id, series, value\) values \(\$\d+, (?:\$(\d+)|'(\w+)')/.exec(text)
  if (numbers) locks.push(`numbers ${seriesOf(numbers[2] ?? String(parameters[Number(numbers[1]) - 1]))}`)
  // What another holds is skipped there, or read without waiting.
  if (/\bfor (no key update|update|share)\b/.test(text) && !/skip locked/.test(text)) {
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
