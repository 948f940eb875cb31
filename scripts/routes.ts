/**
 * From a path to its code: `npm run routes -- mpesa` prints the operations whose line holds the word;
 * `npm run routes -- --missing sokocredit` what the contract's document has and its table has not, and the reverse.
 */
import { existsSync, readdirSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { Route } from '#platform/http/route.ts'

const CONTRACTS = 'src/contracts'

interface Place {
  readonly file: string
  readonly name: string
}

async function exportsOf(file: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(pathToFileURL(file).href)) as Record<string, unknown>
}

async function routesOf(contract: string): Promise<readonly Route[]> {
  const { routes } = await exportsOf(`${CONTRACTS}/${contract}/routes.ts`)
  return Array.isArray(routes) ? (routes as Route[]) : []
}

/** Where each handler is written: the file and the exported operation that holds it. */
async function placesOf(contract: string): Promise<ReadonlyMap<unknown, Place>> {
  const places = new Map<unknown, Place>()
  for (const name of readdirSync(`${CONTRACTS}/${contract}`)) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts') || name === 'routes.ts') continue
    const file = `${CONTRACTS}/${contract}/${name}`
    for (const [exported, value] of Object.entries(await exportsOf(file))) {
      const handle = (value as { handle?: unknown } | null)?.handle
      if (typeof handle === 'function') places.set(handle, { file, name: exported })
    }
  }
  return places
}

async function printRoutes(word: string): Promise<void> {
  for (const contract of contracts()) {
    const places = await placesOf(contract)
    for (const route of await routesOf(contract)) {
      const place = places.get(route.handle) ?? { file: `${CONTRACTS}/${contract}/routes.ts`, name: '' }
      const paths = [route.path, ...(route.aliases ?? [])].join(' = ')
      const line = `${route.method} ${paths}  ${route.permission}  ${place.file} ${place.name}`.trimEnd()
      if (line.toLowerCase().includes(word.toLowerCase())) process.stdout.write(`${line}\n`)
    }
  }
}

const contracts = (): readonly string[] =>
  readdirSync(CONTRACTS).filter((name) => existsSync(`${CONTRACTS}/${name}/routes.ts`))

/** Documented but not served, and served without being documented or marked as an extra. */
async function printMissing(contract: string): Promise<void> {
  const { documented } = await exportsOf(`${CONTRACTS}/${contract}/documented.ts`)
  const promised = new Set(documented as readonly string[])
  const routes = await routesOf(contract)
  const served = new Set(
    routes.flatMap((route) => [route.path, ...(route.aliases ?? [])].map((path) => `${route.method} ${path}`)),
  )
  const missing = [...promised].filter((line) => !served.has(line))
  const unmarked = routes.filter((route) => !route.extra && !promised.has(`${route.method} ${route.path}`))
  for (const line of missing) process.stdout.write(`missing: ${line}\n`)
  for (const route of unmarked)
    process.stdout.write(`not in the document, not marked extra: ${route.method} ${route.path}\n`)
  process.stdout.write(`${promised.size - missing.length} of ${promised.size} documented operations are served\n`)
  process.exitCode = missing.length + unmarked.length > 0 ? 1 : 0
}

const [first = '', second = ''] = process.argv.slice(2)
await (first === '--missing' ? printMissing(second) : printRoutes(first))
