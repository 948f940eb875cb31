/** Wrong fields by the names that the caller knows them by: those of the operation's own body and query. */
import { z } from 'zod'
import type { Route } from '#platform/http/route.ts'

type Fields = Readonly<Record<string, string>>

/**
 * The fields as the operation names them: what the core calls `firstDueDay` is `first_due_day` in a body that has such a field,
 * `terms.ratePercent` is `rate_percent` where the terms do not stand apart. A name without a counterpart stays.
 */
export function asSent(fields: Fields, route: Route): Record<string, string> {
  const names = namesOf(route)
  return Object.fromEntries(Object.entries(fields).map(([field, text]) => [sentName(field, names) ?? field, text]))
}

/** The paths of every field of an operation's body and query, places in lists as `*`. */
export function namesOf(route: Route): ReadonlySet<string> {
  const known = remembered.get(route)
  if (known) return known
  const names = new Set<string>()
  for (const schema of [route.body, route.query]) {
    if (schema) collect(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }), '', names)
  }
  remembered.set(route, names)
  return names
}

const remembered = new WeakMap<Route, ReadonlySet<string>>()

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema | readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}

function collect(schema: unknown, path: string, names: Set<string>): void {
  if (typeof schema !== 'object' || schema === null) return
  const { properties = {}, items, anyOf = [], oneOf = [], allOf = [] } = schema as Schema
  for (const [name, member] of Object.entries(properties)) {
    names.add(path + name)
    collect(member, `${path}${name}.`, names)
  }
  for (const item of [items ?? []].flat()) collect(item, `${path}*.`, names)
  for (const one of [...anyOf, ...oneOf, ...allOf]) collect(one, path, names)
}

function sentName(field: string, names: ReadonlySet<string>): string | undefined {
  const parts = field.split('.')
  // The whole path, then without what stands around it: `terms.firstDue`, `firstDue`.
  for (let from = 0; from < parts.length; from++) {
    const tail = parts.slice(from)
    for (const spelling of [tail, tail.map(snake)]) if (names.has(pathOf(spelling))) return spelling.join('.')
  }
  const last = snake(parts.at(-1)!)
  const alike = [...names].filter((name) => name.startsWith(`${last}_`) || name.endsWith(`_${last}`))
  return alike.length === 1 ? alike[0] : undefined
}

const pathOf = (parts: readonly string[]): string => parts.map((part) => (/^\d+$/.test(part) ? '*' : part)).join('.')

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
