/** Every operation of the reference, asked by everybody, with what it documents and with what it does not: never a bug. */
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWeb } from '#src/app.ts'
import { CONTRACTS } from '#src/contracts.ts'
import { VERSION } from '#platform/version.ts'
import { inBraces } from '#platform/http-paths.ts'
import { describeContracts } from '#platform/openapi.ts'
import type { Route } from '#platform/route.ts'
import { type MadeRequest, type Operation, operationsOf, requestTo } from '#test/arbitrary-requests.ts'
import { openWorld, type World } from '#test/world.ts'

/** Requests by each actor to each operation; MKOPO_FUZZ_RUNS asks more, e.g. before a release. */
const RUNS = Number(process.env.MKOPO_FUZZ_RUNS ?? 4)
const ACTORS = {
  nobody: null,
  mama: 'mama1@sokocredit.com',
  lender: 'lender1@sokocredit.com',
  admin: 'admin@sokocredit.com',
}
const document = describeContracts(CONTRACTS, VERSION)
const operations = operationsOf(document)

let world: World
let server: FastifyInstance
let asked = 0

beforeAll(async () => {
  world = await openWorld({ env: { MKOPO_LOG: 'error' } })
  await world.demo()
  server = (await openWeb(world.services)).server
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

async function login(path: string, body: object): Promise<string> {
  const remoteAddress = anotherAddress()
  const { access, access_token } = (
    await server.inject({ method: 'POST', url: path, payload: body, remoteAddress })
  ).json()
  return String(access ?? access_token ?? expect.unreachable(`no session from ${path}`))
}

const sokoToken = async (credential: string | null) =>
  credential === null ? null : login('/auth/login', { credential, password: 'password' })
const officeToken = () => login('/office/v1/auth/token', { email: 'admin@mkopo.dev', password: 'password' })

/** A product, a customer and a running loan, so that there is something to ask about. */
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
    const headers = { authorization: `Bearer ${await tokenOf(name, false)}` }
    expect((await server.inject({ method, url, headers, payload })).statusCode).toBeLessThan(500)
  }
}

/** The route behind an operation of the document. */
function routeOf({ method, path }: Operation): Route | undefined {
  const routes = CONTRACTS.flatMap((contract) => contract.routes)
  return routes.find(
    (route) => route.method === method && [route.path, ...(route.aliases ?? [])].some((one) => inBraces(one) === path),
  )
}

interface Asked {
  readonly operation: Operation
  readonly request: MadeRequest
  readonly token: string | null
}

async function answerTo({ operation, request, token }: Asked): Promise<void> {
  const headers = { ...request.headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) }
  const answer = await server.inject({ ...request, headers, remoteAddress: anotherAddress() })
  const type = String(answer.headers['content-type'] ?? '')
  // SokoCredit documents one 503 of its own: nobody is there to lend.
  if (answer.statusCode >= 500)
    expect([answer.statusCode, answer.body]).toEqual([503, expect.stringContaining('No available lender')])
  if (answer.statusCode >= 400) expect(type).toMatch(/^application\/(problem\+)?json/)
  const body = /json/.test(type) ? answer.json() : undefined
  const promised = routeOf(operation)?.answers[answer.statusCode]?.schema
  if (promised && body !== undefined) expect(promised.safeParse(body)).toMatchObject({ success: true })
  expect(answer.headers['x-request-id']).toBeTruthy()
}

const tokens = new Map<string, Promise<string | null>>()

function tokenOf(name: keyof typeof ACTORS, office: boolean): Promise<string | null> {
  const key = office && name !== 'nobody' ? 'office' : name
  let token = tokens.get(key)
  if (!token) {
    token = key === 'office' ? officeToken() : sokoToken(ACTORS[name])
    tokens.set(key, token)
  }
  return token
}

/** First what needs a session, then what locks accounts by failing, last what ends sessions. */
const inOrder = [...operations].sort((a, b) => harm(a) - harm(b))

function harm({ path }: Operation): number {
  if (/logout/.test(path)) return 2
  return /login|token|password|refresh/.test(path) ? 1 : 0
}

it.each(inOrder.map((operation) => [operation.id, operation] as const))('%s', async (_id, operation) => {
  const office = operation.path.startsWith('/office/')
  const actors = (office ? ['nobody', 'admin'] : Object.keys(ACTORS)) as (keyof typeof ACTORS)[]
  for (const name of actors) {
    const token = await tokenOf(name, office)
    const property = fc.asyncProperty(requestTo(document, operation), (request) =>
      answerTo({ operation, request, token }),
    )
    await fc.assert(property, { numRuns: RUNS }).catch((error) => {
      throw new Error(`asked by ${name}: ${error.message}\n${String(error.cause?.message ?? '')}`)
    })
  }
})
