/** Every operation of the reference, asked by everybody, with what it documents and with what it does not: never a bug. */
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWeb } from '#src/app.ts'
import { CONTRACTS } from '#src/contracts.ts'
import { inBraces } from '#platform/http/http-paths.ts'
import { describeContracts } from '#platform/openapi/openapi.ts'
import type { Route } from '#platform/http/route.ts'
import { VERSION } from '#platform/version.ts'
import { HELD } from '#test/declared-answers.ts'
import { type MadeRequest, type Operation, operationsOf, requestTo } from '#test/arbitrary-requests.ts'
import { DEMO_ACTORS, type DemoActor, logIn } from '#test/demo-actors.ts'
import { openWorld, type World } from '#test/world.ts'

/** Requests by each actor to each operation; MKOPO_FUZZ_RUNS asks more, e.g. before a release. */
const RUNS = Number(process.env.MKOPO_FUZZ_RUNS ?? 2)
/** The same request so often at once, by the last actor: what two people do in the same moment. */
const AT_ONCE = 3

interface Place extends Operation {
  readonly contract: string
  readonly route: Route
}

const document = describeContracts(CONTRACTS, VERSION)

/** Paths of one shape are one path to OpenAPI, whatever their parameters are called. */
const shapeOf = (path: string): string => path.replace(/\{\w+\}/g, '{}')

/** The operations of the document, with the contract and the route behind each. */
const operations = operationsOf(document).map((operation): Place => {
  const [contract, route] = behind(operation) ?? expect.unreachable(`nothing serves ${operation.id}`)
  return { ...operation, contract, route }
})

function behind({ method, path }: Operation): readonly [string, Route] | undefined {
  const serves = (route: Route): boolean =>
    route.method === method &&
    [route.path, ...(route.aliases ?? [])].some((one) => shapeOf(inBraces(one)) === shapeOf(path))
  for (const { name, routes } of CONTRACTS) {
    const route = routes.find(serves)
    if (route) return [name, route]
  }
  return undefined
}

let world: World
let server: FastifyInstance
let asked = 0

beforeAll(async () => {
  world = await openWorld({ now: '2026-02-15T09:00:00Z', env: { MKOPO_LOG: 'error' } })
  await world.demo()
  server = (await openWeb(world.services, { contracts: HELD })).server
  await lendSomething()
})
afterAll(async () => {
  await server.close()
  await world.close()
})

/** Each asks from an address of his own, so that failures of one do not shut out the next. */
function anotherAddress(): string {
  asked++
  return `10.${(asked >> 16) & 255}.${(asked >> 8) & 255}.${asked & 255}`
}

const sessions = new Map<DemoActor, Promise<string>>()

function tokenOf(actor: DemoActor): Promise<string> {
  const token = sessions.get(actor) ?? logIn(server, actor, anotherAddress())
  sessions.set(actor, token)
  return token
}

/** A product, a customer and a running loan in SokoCredit, so that there is something to ask about; the others' demo has some. */
const BEFOREHAND = [
  [
    'lender',
    'POST',
    '/loan-products',
    { name: 'Starter', max_amount: 20_000, interest_rate: 12.5, duration_months: 6, frequency: 'monthly' },
  ],
  ['mama', 'POST', '/customers/', { full_name: 'Mary Wanjiku', phone: '0700000003' }],
  ['mama', 'POST', '/loans', { amount: 12_000, interest_rate: 10, duration_months: 6 }],
  ['lender', 'PATCH', '/loans/1/approve', {}],
  ['lender', 'PATCH', '/loans/loans/1/disburse', {}],
] as const

async function lendSomething(): Promise<void> {
  for (const [name, method, url, payload] of BEFOREHAND) {
    const actor = DEMO_ACTORS.find((one) => one.contract === 'sokocredit' && one.name === name)!
    const headers = { authorization: `Bearer ${await tokenOf(actor)}` }
    expect((await server.inject({ method, url, headers, payload })).statusCode).toBeLessThan(500)
  }
}

interface Asked {
  readonly place: Place
  readonly request: MadeRequest
  readonly token: string | null
}

async function answerTo({ place, request, token }: Asked): Promise<void> {
  const headers = { ...request.headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) }
  const answer = await server.inject({ ...request, headers, remoteAddress: anotherAddress() })
  const type = String(answer.headers['content-type'] ?? '')
  if (answer.statusCode >= 500)
    expect([answer.statusCode, answer.body]).toEqual([503, expect.stringMatching(ALLOWED_503)])
  if (answer.statusCode >= 400) expect(type).toMatch(/^application\/(problem\+)?json/)
  const body = /json/.test(type) && answer.body !== '' ? answer.json() : undefined
  const promised = place.route.answers[answer.statusCode]?.schema
  if (promised && body !== undefined) expect(promised.safeParse(body)).toMatchObject({ success: true })
  expect(answer.headers['x-request-id']).toBeTruthy()
}

/** SokoCredit documents one 503 of its own: nobody is there to lend. */
const ALLOWED_503 = /No available lender/

/** First what needs a session, then what locks accounts by failing, last what ends sessions, people and the right to ask. */
const inOrder = [...operations].sort((a, b) => harm(a) - harm(b))

function harm({ path, method }: Operation): number {
  if (/logout|deactivate|end-sessions|\/users\b/.test(path) && method !== 'GET') return 2
  return /login|token|password|refresh|auth/.test(path) ? 1 : 0
}

it.each(inOrder.map((place) => [place.id, place] as const))('%s', { timeout: 120_000 }, async (_id, place) => {
  const actors = [null, ...DEMO_ACTORS.filter(({ contract }) => contract === place.contract)]
  const asks = actors.map(async (actor) => {
    const token = actor && (await tokenOf(actor))
    const property = fc.asyncProperty(requestTo(document, place), async (request) => {
      const isLast = actor === actors.at(-1) && place.method !== 'GET'
      const all = Array.from({ length: isLast ? AT_ONCE : 1 }, () => answerTo({ place, request, token }))
      await Promise.all(all)
    })
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true }).catch((error) => {
      throw new Error(`asked by ${actor?.name ?? 'nobody'}: ${error.message}\n${String(error.cause?.message ?? '')}`)
    })
  })
  const failed = (await Promise.allSettled(asks)).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  if (failed.length > 0) throw failed[0]
})
