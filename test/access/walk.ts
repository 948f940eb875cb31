/** Walks through the matrix: every route, asked by everybody about what is on the other side of the wall. */
import pg from 'pg'
import { CONTRACTS } from '#src/contracts.ts'
import { permits } from '#domain/permission.ts'
import type { Route } from '#platform/http/route.ts'
import type { Objects, Words } from '#test/access/objects.ts'
import { HOME, type Person } from '#test/access/people.ts'
import type { World } from '#test/world.ts'

const { Client } = pg

/** One request of a row: what goes into the path, after it, and into the body. */
export interface Asked {
  readonly params?: Readonly<Record<string, string | number>>
  readonly query?: string
  readonly body?: unknown
  /** In the place of the route's path: one of its aliases. */
  readonly path?: string
}

/** Who asks here: one of every role that something is out of reach for. */
export const INSIDERS = [
  ...(['seller', 'cashier', 'head', 'lead', 'collector', 'agent', 'customer', 'institution'] as const),
]
export type Insider = (typeof INSIDERS)[number]

/** Words that somebody may find after all. */
export type Kind = keyof Words

export interface Exception {
  /** Why this is open to them. */
  readonly because: string
  /** What they may find; left out: everything, and they may change it. */
  readonly kinds?: readonly Kind[]
}

export type Row =
  /** It carries nothing of anybody; the reason says why. */
  | { readonly none: string }
  | {
      /** About what is out of reach (`there`), by somebody who has `here`. */
      ask(there: Objects, here: Objects): readonly Asked[]
      readonly open?: Readonly<Partial<Record<Insider, Exception>>>
      /** Only the customer there may ask this, whatever the roles of others. */
      readonly by?: 'owner'
      /** Why nobody who walks has one of their own. */
      readonly foreign?: string
      /** Asked by somebody who reaches it, is it there at all? Left out: yes. A reason: why that cannot be asked. */
      readonly unproved?: string
    }

export type Rows = Readonly<Record<string, Row>>

export const nameOf = ({ method, path }: Route): string => `${method} ${path}`

export const routesOf = (contract: string): readonly Route[] => CONTRACTS.find(({ name }) => name === contract)!.routes

export interface Answered {
  readonly status: number
  readonly text: string
}

export interface Asking {
  readonly route: Route
  readonly asked: Asked
  readonly contract: string
  readonly token?: string | undefined
  readonly org?: string
}

/** The request, to the whole application. */
export async function ask(world: World, { route, asked, ...as }: Asking): Promise<Answered> {
  const filled = Object.entries(asked.params ?? {}).reduce(
    (path, [name, value]) => path.replace(`:${name}`, encodeURIComponent(value)),
    asked.path ?? route.path,
  )
  if (filled.includes('/:')) throw new Error(`${nameOf(route)}: give every parameter`)
  const isKey = as.token?.startsWith('mk_') ?? false
  const response = await world.inject({
    method: route.method,
    url: asked.query ? `${filled}?${asked.query}` : filled,
    headers: {
      ...(as.contract === 'office' ? { 'x-organisation': as.org ?? '' } : {}),
      ...(isKey ? { 'x-api-key': as.token! } : {}),
    },
    ...(as.token !== undefined && !isKey && { token: as.token }),
    ...(asked.body !== undefined && { payload: asked.body as object }),
  })
  return { status: response.statusCode, text: response.rawPayload.toString('latin1') }
}

/** The marked words that a text holds. */
export function wordsIn(text: string, { words }: Pick<Objects, 'words'>, allowed: readonly Kind[] = []): string[] {
  const kinds = (Object.keys(words) as Kind[]).filter((kind) => !allowed.includes(kind))
  return kinds.flatMap((kind) => words[kind].filter((word) => text.includes(word)).map((word) => `${kind} ${word}`))
}

/** A customer-only route is asked by the customer it belongs to, a caller's by a caller; everything else by the administrator. */
export const mayAsk = (route: Route, person: Pick<Person, 'role'>): boolean =>
  route.permission === 'open' ||
  route.permission === 'optional' ||
  (person.role !== 'nobody' && permits([person.role], route.permission))

const UNWATCHED = new Set(['events', 'sessions', 'throttles', 'login_addresses', 'http_answers', 'request_log'])

export interface Watch {
  /** A digest of every row that belongs to the objects, by table. */
  digest(): Promise<ReadonlyMap<string, string>>
  /** The tables whose rows were changed. */
  changed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[]
  close(): Promise<void>
}

/** Watches every row that belongs to the objects: by their own ids, and by the ids that other tables know them by. */
export async function watch(world: World, there: Objects): Promise<Watch> {
  const client = new Client(world.owner)
  await client.connect()
  const { rows } = await client.query<{ table: string; columns: string[] }>(
    `select table_name as table, array_agg(column_name::text) as columns from information_schema.columns
      where table_schema = current_schema() group by table_name having bool_or(column_name = 'org_id') order by table_name`,
  )
  const org = world.org(HOME).id
  const parts = rows.flatMap(({ table, columns }) => {
    const conditions = UNWATCHED.has(table) ? [] : conditionsOn(table, columns, there)
    return conditions.length === 0 ? [] : [digestOf(table, org, conditions)]
  })
  const statement = parts.join(' union all ')
  return {
    async digest() {
      const found = await client.query<{ table: string; digest: string }>(statement)
      return new Map(found.rows.map((row) => [row.table, row.digest]))
    },
    changed: (before, after) => [...after].flatMap(([table, digest]) => (before.get(table) === digest ? [] : [table])),
    close: () => client.end(),
  }
}

function conditionsOn(table: string, columns: readonly string[], there: Objects): string[] {
  const ids: Readonly<Record<string, readonly number[]>> = {
    customer_id: [there.customer],
    loan_id: [there.loan, there.askedSale, there.pending, there.another, there.approved, there.lent, there.filed],
    device_id: [there.device],
    payment_id: [there.paid, there.claimed],
    interaction_id: [there.visit, there.call],
    user_id: [there.login.id, there.seller, there.collector],
  }
  const own: Readonly<Record<string, readonly number[]>> = {
    ...{ customers: ids.customer_id!, loans: ids.loan_id!, devices: ids.device_id!, payments: ids.payment_id! },
    ...{ interactions: ids.interaction_id!, promises: [there.promise], users: ids.user_id! },
    ...{
      approvals: [there.approval],
      notifications: [there.notification, there.removable],
      device_tokens: [there.token],
      third_parties: [there.institution.id],
    },
  }
  const known = Object.entries(ids).filter(([column]) => columns.includes(column))
  const conditions = known.map(([column, values]) => `${column} in (${values.join(', ')})`)
  return own[table] ? [...conditions, `id in (${own[table].join(', ')})`] : conditions
}

const digestOf = (table: string, org: number, conditions: readonly string[]): string => `
  select '${table}' as table, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as digest
    from ${table} t where org_id = ${org} and (${conditions.join(' or ')})`
