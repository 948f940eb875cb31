/** Amounts with more decimals than the currency are refused everywhere: every field of every body and query that is money. */
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWeb } from '#src/app.ts'
import { CONTRACTS } from '#src/contracts.ts'
import { type JsonSchema, openSchemaBook } from '#platform/openapi/openapi-schemas.ts'
import type { Route } from '#platform/http/route.ts'
import { HELD } from '#test/declared-answers.ts'
import { longestSimulation } from '#test/attacks.ts'
import { type DemoActor, logInAll } from '#test/demo-actors.ts'
import { openWorld, type World } from '#test/world.ts'

/** What a field of money is called. */
const MONEY = /amount|price|principal|income|balloon|multiple|late_fee|minimum|maximum|tolerance/i
/** What is called so and is none. */
const NO_MONEY = /grace|Rounding|income_share|rules\./

interface Field {
  readonly contract: string
  readonly route: Route
  readonly where: 'body' | 'query'
  /** `steps[].amount` */
  readonly path: string
}

const book = openSchemaBook()

function pathsIn(schema: JsonSchema | undefined, at = ''): readonly string[] {
  if (!schema) return []
  if (typeof schema.$ref === 'string') return pathsIn(book.components[schema.$ref.split('/').at(-1)!], at)
  const parts = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((list) => (list ?? []) as JsonSchema[])
  const own = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>).flatMap(([name, member]) => {
    const path = at === '' ? name : `${at}.${name}`
    const isList =
      member.type === 'array' || (member.anyOf as JsonSchema[] | undefined)?.some(({ type }) => type === 'array')
    const inside = pathsIn(member, isList ? `${path}[]` : path)
    return inside.length > 0 || !MONEY.test(name) ? inside : [isList ? `${path}[]` : path]
  })
  const items = schema.items ? pathsIn(schema.items as JsonSchema, at) : []
  return [...new Set([...own, ...items, ...parts.flatMap((part) => pathsIn(part, at))])]
}

const fields: readonly Field[] = CONTRACTS.flatMap(({ name, routes }) =>
  routes.flatMap((route) =>
    (['body', 'query'] as const).flatMap((where) => {
      const schema = where === 'body' && route.method === 'GET' ? undefined : route[where]
      const paths = schema ? pathsIn(book.input(schema)).filter((path) => !NO_MONEY.test(path)) : []
      return paths.map((path): Field => ({ contract: name, route, where, path }))
    }),
  ),
)

/** A body in which the field, or every field of the operation, stands, where the reference's example has none. */
const WITH: Readonly<Record<string, object>> = {
  'fees[].minimum': { fees: [{ time: 'DISBURSEMENT', calculation: 'PERCENTAGE_AMOUNT', amount: '1' }] },
  'fees[].maximum': { fees: [{ time: 'DISBURSEMENT', calculation: 'PERCENTAGE_AMOUNT', amount: '1' }] },
  'fees[].amount': { fees: [{ time: 'DISBURSEMENT', calculation: 'FLAT' }] },
  'disbursements[].amount': { disbursements: [{ date: '2024-01-01' }] },
  '/api/transactions/:client_id': { type: 'deposit' },
  'steps[].amount': { ...longestSimulation, steps: longestSimulation.steps.slice(0, 1) },
  'loan.principal': { ...longestSimulation, steps: longestSimulation.steps.slice(0, 1) },
}

/** Sets `a.b[].c`, making what is missing on the way. */
function withValue(body: unknown, path: string, value: unknown): unknown {
  const [head = '', ...rest] = path.split('.')
  const name = head.replace('[]', '')
  const members = (body ?? {}) as Record<string, unknown>
  const tail = rest.join('.')
  const old = members[name]
  const next = (inner: unknown): unknown => (tail === '' ? value : withValue(inner, tail, value))
  const list = Array.isArray(old) && old.length > 0 ? old : [undefined]
  return { ...members, [name]: head.endsWith('[]') ? list.map(next) : next(old) }
}

let world: World
let server: FastifyInstance
let tokens: ReadonlyMap<DemoActor, string>
beforeAll(async () => {
  world = await openWorld({ now: '2026-02-15T15:00:00Z', env: { MKOPO_LOG: 'error' } })
  await world.demo()
  server = (await openWeb(world.services, { contracts: HELD })).server
  tokens = new Map([...(await logInAll(server)), [VISION_CLIENT, await signUp()]])
})
afterAll(async () => {
  await server.close()
  await world.close()
})

/** Clients of VisionFund move their own money only; the demo has none. */
const VISION_CLIENT: DemoActor = { name: 'client', contract: 'visionfund', login: { url: '/auth/token', body: {} } }
let clientId = 0

async function signUp(): Promise<string> {
  const person = { name: 'Jane Doe', email: 'jane@client.example', id_number: '70000001', password: 'a good password' }
  const made = await server.inject({ method: 'POST', url: '/users', payload: { ...person, role: 'client' } })
  clientId = made.json().id
  const payload = { username: person.email, password: person.password }
  return (await server.inject({ method: 'POST', url: '/auth/token', payload })).json().token
}

const ORG = {
  repaysync: 'repaysync',
  visionfund: 'visionfund',
  movicuotas: 'movicuotas',
  office: 'movicuotas',
} as const

/** What whoever is permitted hears of it. */
async function answerTo(
  { contract, route, where, path }: Field,
  value: unknown,
): Promise<{ status: number; text: string }> {
  const example: Record<string, unknown> = { ...(route.exampleBody as object), ...WITH[path], ...WITH[route.path] }
  // The token stands in the header.
  for (const name of route.tokenIn?.fields ?? []) delete example[name]
  const payload = where === 'body' ? withValue(example, path, value) : undefined
  const query = where === 'query' ? `?${path}=${encodeURIComponent(String(value))}` : ''
  const url = `${route.path.replace(':client_id', String(clientId)).replace(/:\w+/g, '1')}${query}`
  let last = { status: 0, text: 'nobody may ask' }
  for (const [actor, token] of tokens) {
    if (actor.contract !== contract) continue
    const org = ORG[contract as keyof typeof ORG] ?? 'sokocredit'
    const headers = { authorization: `Bearer ${token}`, 'x-organisation': org }
    const answer = await server.inject({
      method: route.method,
      url,
      headers,
      ...(payload ? { payload: payload as object } : {}),
    })
    last = { status: answer.statusCode, text: answer.body }
    // Taken or told what is wrong: the others may not do it, or not so.
    if (last.status < 300 || last.status === 400 || last.status === 422) break
  }
  return last
}

const IS_ABOUT = /amount|decimal|number|price|principal|income|balloon|multiple|fee|minimum|maximum|tolerance/i

it.each(
  fields.map((field) => [`${field.contract} ${field.route.method} ${field.route.path}`, field.path, field] as const),
)('%s: %s', async (_line, path, field) => {
  for (const value of ['1.005', '1000.001', 1.005]) {
    const answer = await answerTo(field, value)
    expect([400, 422], `${JSON.stringify(value)}: ${answer.status} ${answer.text.slice(0, 300)}`).toContain(
      answer.status,
    )
    expect(answer.text, path).toMatch(IS_ABOUT)
  }
})
