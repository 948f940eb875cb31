/** Every wrong field is named as the caller sent it: each operation is asked with one field wrong after the other. */
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWeb } from '#src/app.ts'
import { CONTRACTS } from '#src/contracts.ts'
import { namesOf } from '#platform/http/field-names.ts'
import type { Route } from '#platform/http/route.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let server: FastifyInstance
let office: string
let collections: string
let lender: string
let teller: string
beforeAll(async () => {
  world = await openWorld()
  await world.demo()
  server = (await openWeb(world.services)).server
  office = await tokenFrom('/office/v1/auth/token', { email: 'admin@mkopo.dev', password: 'password' })
  lender = await tokenFrom('/auth/login', { credential: 'admin@sokocredit.com', password: 'password' })
  teller = await tokenFrom('/auth/token', { username: 'staff@visionfund.co.ke', password: 'password' })
  collections = await tokenFrom('/api/auth/token/', { username: 'admin', password: 'password' })
})
afterAll(async () => {
  await server.close()
  await world.close()
})

let asked = 0
/** Each from an address of its own, so that nothing is throttled. */
const from = (): string => `10.${(++asked >> 16) & 255}.${(asked >> 8) & 255}.${asked & 255}`

async function tokenFrom(url: string, payload: object): Promise<string> {
  const answer = (await server.inject({ method: 'POST', url, payload, remoteAddress: from() })).json()
  const token = answer.access ?? answer.access_token ?? answer.token
  expect(token).toBeTypeOf('string')
  return token
}

/** Wrong or at the edge, of the type that is asked for or not. */
const WRONG: readonly unknown[] = [
  ...[null, '', {}, [], 0, -1, 2_147_483_647, 0.5],
  ...['0', '-1', '0.001', '99999999999999.99', 'x', '0001-01-01', '2026-02-14', '9999-12-31'],
]

/** The example with one field, or one field of a field, put wrong or left out. */
function spoilt(example: Readonly<Record<string, unknown>>): unknown[] {
  return Object.entries(example).flatMap(([name, value]) => {
    const inner = typeof value === 'object' && value !== null && !Array.isArray(value) ? spoilt(value as never) : []
    const { [name]: _, ...without } = example
    return [
      without,
      ...WRONG.map((wrong) => ({ ...example, [name]: wrong })),
      ...inner.map((one) => ({ ...example, [name]: one })),
    ]
  })
}

/** What an answer calls wrong. */
function namedIn(body: { errors?: unknown; fields?: unknown }): string[] {
  const errors = body.errors ?? body.fields
  if (Array.isArray(errors)) return errors.map(({ field }: { field: string }) => field)
  return typeof errors === 'object' && errors !== null ? Object.keys(errors) : []
}

/** Not a field: the body or the query as a whole. */
const WHOLE = ['body', 'query', 'non_field_errors']
function known(route: Route, name: string): boolean {
  const names = namesOf(route)
  const path = name.replace(/\.\d+(?=\.|$)/g, '.*')
  if (WHOLE.includes(name) || names.has(path) || route.tokenIn?.fields.includes(name)) return true
  // Of a list, and of an object that says nothing of its fields, any of them.
  const above = path.slice(0, Math.max(0, path.lastIndexOf('.')))
  return names.has(above) && ![...names].some((one) => one.startsWith(`${above}.`))
}

const BUSY = /logout|token|password|\/jobs\//
const routesOf = (name: string): [string, Route][] =>
  CONTRACTS.find((contract) => contract.name === name)!
    .routes.filter(({ exampleBody, path }) => exampleBody !== undefined && !BUSY.test(path))
    .map((route): [string, Route] => [`${route.method} ${route.path}`, route])

type Headers = Readonly<Record<string, string>>

/** Names of things in an example are those of the first there are, and tokens the caller's, so that it gets as far as it can. */
function existing(route: Route, headers: Headers): Record<string, unknown> {
  const token = headers.authorization!.split(' ')[1]
  const value = (name: string, given: unknown) =>
    route.tokenIn?.fields.includes(name) ? token : /(^|_)id$/.test(name) && given !== null ? 1 : given
  const example = route.exampleBody as Record<string, unknown>
  return Object.fromEntries(Object.entries(example).map(([name, given]) => [name, value(name, given)]))
}

/** The paths of an operation: on a loan, those of one loan of each status. */
async function pathsOf({ path }: Route, headers: Headers): Promise<string[]> {
  if (!path.startsWith('/office/v1/loans/:id')) return [path.replaceAll(/:\w+/g, '1')]
  const { loans } = (await server.inject({ method: 'GET', url: '/office/v1/loans?limit=200', headers })).json()
  const ofStatus = new Map<string, number>(loans.map((loan: { status: string; id: number }) => [loan.status, loan.id]))
  return [...ofStatus.values()].map((id) => path.replace(':id', String(id)).replaceAll(/:\w+/g, '1'))
}

/** Requests in flight at a time. */
const TOGETHER = 8

/** How many wrong fields were named in all. */
let named = 0

async function fieldsOf(route: Route, headers: Headers): Promise<Set<string>> {
  const found = new Set<string>()
  for (const url of await pathsOf(route, headers)) {
    const { method } = route
    const bodies = spoilt(existing(route, headers))
    for (let at = 0; at < bodies.length; at += TOGETHER) {
      const answers = await Promise.all(
        bodies
          .slice(at, at + TOGETHER)
          .map((payload) => server.inject({ method, url, headers, payload: payload as object, remoteAddress: from() })),
      )
      for (const answer of answers)
        if (answer.statusCode >= 400 && answer.statusCode < 500)
          for (const name of namedIn(answer.json())) found.add(name)
    }
  }
  named += found.size
  return found
}

describe('the office', () => {
  it.each(routesOf('office'))('%s', async (_, route) => {
    for (const slug of ['sokocredit', 'movicuotas']) {
      const headers = { authorization: `Bearer ${office}`, 'x-organisation': slug }
      expect([...(await fieldsOf(route, headers))].filter((name) => !known(route, name))).toEqual([])
    }
  })
})

const OTHERS = [
  ['repaysync', () => collections],
  ['sokocredit', () => lender],
  ['visionfund', () => teller],
] as const

describe.each(OTHERS)('%s', (contract, token) => {
  it.each(routesOf(contract))('%s', async (_, route) => {
    const headers = { authorization: `Bearer ${token()}` }
    expect([...(await fieldsOf(route, headers))].filter((name) => !known(route, name))).toEqual([])
  })
})

it('has heard of many wrong fields', () => {
  expect(named).toBeGreaterThan(200)
})
