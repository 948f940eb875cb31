/** Paths as documents write them, made into what the router takes; and which methods a path knows. */
import type { Contract, Route } from '#platform/http/route.ts'

export interface Mounted {
  readonly contract: Contract
  readonly route: Route
  /** One spelling of the path, in the router's form. */
  readonly url: string
}

/** Every spelling of every route of the contracts; two operations under one method and path are a mistake. */
export function spellings(contracts: readonly Contract[]): readonly Mounted[] {
  const taken = new Map<string, string>()
  const mounted: Mounted[] = []
  for (const contract of contracts) {
    for (const route of contract.routes) {
      for (const url of urlsOf(route)) {
        const place = `${route.method} ${url.replace(/:[^/]+/g, ':')}`
        const holder = taken.get(place)
        if (holder) throw new Error(`${contract.name} ${route.method} ${url} is already served by ${holder}`)
        taken.set(place, `${contract.name} ${route.method} ${url}`)
        mounted.push({ contract, route, url })
      }
    }
  }
  return mounted
}

function urlsOf(route: Route): readonly string[] {
  const written = [route.path, ...(route.aliases ?? [])]
  if (route.slash === 'exact') return [...new Set(written)]
  return [...new Set(written.flatMap((path) => [withoutSlash(path), withSlash(path)]))]
}

const withoutSlash = (path: string): string => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path)
const withSlash = (path: string): string => (path.endsWith('/') ? path : `${path}/`)

/** `/loans/:id` as a reference writes it: `/loans/{id}`. */
export const inBraces = (path: string): string => path.replace(/:(\w+)/g, '{$1}')

export interface Served {
  readonly method: string
  readonly url: string
}

/** The methods that a path knows, for 405 and its Allow header; empty for an unknown path. */
export function methodsByPath(served: readonly Served[]): (path: string) => readonly string[] {
  const patterns = new Map<string, RegExp>()
  for (const { url } of served) patterns.set(url, patternOf(url))
  return (path) => {
    const literal = served.filter(({ url }) => url === path)
    const matching = literal.length > 0 ? literal : served.filter(({ url }) => patterns.get(url)!.test(path))
    return [...new Set(matching.map(({ method }) => method))]
  }
}

const patternOf = (url: string): RegExp =>
  new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`)

/** The contract in whose words an unknown path is answered: the longest prefix wins. */
export function contractByPrefix(contracts: readonly Contract[]): (path: string) => Contract | null {
  const prefixes = contracts
    .flatMap((contract) => contract.prefixes.map((prefix) => ({ prefix: withoutSlash(prefix), contract })))
    .sort((a, b) => b.prefix.length - a.prefix.length)
  return (path) =>
    prefixes.find(({ prefix }) => prefix === '' || path === prefix || path.startsWith(`${prefix}/`))?.contract ?? null
}
