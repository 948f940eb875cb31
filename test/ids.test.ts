/** Ids and cursors of every route are decimal digits: no other spelling of a number names anything. */
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openWeb } from '#src/app.ts'
import { CONTRACTS } from '#src/contracts.ts'
import type { Route } from '#platform/http/route.ts'
import { type DemoActor, logInAll } from '#test/demo-actors.ts'
import { openWorld, type World } from '#test/world.ts'

/** What JavaScript takes for the number 1, or for another one, and nobody writes for an id. */
const HOSTILE = [
  ...['0x1', '0X1', '0b1', '0o1', '1e0', '1E0', '1.0', '1.', '.1e1', '+1', '-1', '0', '00', '-0', 'NaN', 'Infinity'],
  ...['', ' 1', '1 ', '\t1', '\n1', '1\n', '\u00a01', '\ufeff1', '１', '١', '1n', '1_0', '1,0', "1'", 'true', 'null'],
  ...['2147483648', '4294967297', '5201900348', '9007199254740993', '18446744073709551617', '9'.repeat(40)],
]
/** Parameters of paths that are names, not numbers. */
const NAMES = new Set(['doc_type', 'type', 'name', 'code'])
/** A device token is removed by its id or by its own text. */
const NAMED_EITHER_WAY = 'movicuotas DELETE /api/v1/device_tokens/:id'
/** Where the contract takes what is no page for the first one. */
const PAGES = new Set(['page', 'per_page'])

const routes = CONTRACTS.flatMap((contract) => contract.routes.map((route) => ({ contract: contract.name, route })))
const lineOf = ({ contract, route }: (typeof routes)[number]): string => `${contract} ${route.method} ${route.path}`
const inPath = ({ path }: Route): readonly string[] => [...path.matchAll(/:(\w+)/g)].map((match) => match[1]!)

type Shape = Readonly<Record<string, z.ZodType>>
const shapeOf = (schema: z.ZodType | undefined): Shape => (schema instanceof z.ZodObject ? (schema.shape as Shape) : {})
const takes = (schema: z.ZodType | undefined, value: unknown): boolean => schema?.safeParse(value).success === true

const pathIds = routes
  .filter((place) => lineOf(place) !== NAMED_EITHER_WAY)
  .flatMap((place) =>
    inPath(place.route)
      .filter((name) => !NAMES.has(name) || place.route.path.includes('/ledger/'))
      .map((name) => [lineOf(place), name, place.route] as const),
  )

describe('an id in a path is decimal digits', () => {
  it.each(pathIds)('%s: %s', (_line, name, route) => {
    const schema = shapeOf(route.params)[name]
    expect(takes(schema, '1'), 'the route has a schema for it').toBe(true)
    expect(HOSTILE.filter((spelling) => takes(schema, spelling))).toEqual([])
  })
})

interface Asked {
  readonly place: (typeof routes)[number]
  readonly line: string
  readonly name: string
  readonly schema: z.ZodType
}

/** What the reference calls a whole number, by where it stands. */
function numbersIn(where: 'query' | 'body'): readonly Asked[] {
  return routes.flatMap((place) =>
    Object.entries(shapeOf(place.route[where])).flatMap(([name, schema]) => {
      const said = JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))
      if (PAGES.has(name)) return []
      const isNumber = said.includes('"type":"integer"') || /(^|_)(id|before|after)$/.test(name)
      return isNumber ? [{ place, line: lineOf(place), name, schema }] : []
    }),
  )
}

const OUT_OF_RANGE = /^\d{10,}$/
const isFirstPage = (name: string, spelling: string): boolean =>
  ['after', 'offset', 'min_days', 'max_days'].includes(name) && /^0+$/.test(spelling)

describe('a number in a query is decimal digits', () => {
  it.each(numbersIn('query').map((one) => [one.line, one.name, one] as const))('%s: %s', (_line, name, { schema }) => {
    const wrong = HOSTILE.filter((spelling) => !isFirstPage(name, spelling) && takes(schema, spelling))
    // Only the numbers of entries and events go beyond four bytes.
    expect(wrong.filter((spelling) => !(name === 'after' && OUT_OF_RANGE.test(spelling)))).toEqual([])
    expect(takes(schema, ['1']) || takes(schema, ['1', '2']), 'a parameter that comes twice').toBe(false)
  })
})

describe('an id in a body is a whole number, or its digits', () => {
  const ids = numbersIn('body').filter(({ name }) => /(^|_)(id|user|customer|loan)$/.test(name))
  it.each(ids.map((one) => [one.line, one.name, one] as const))('%s: %s', (_line, _name, { schema }) => {
    const blank = (spelling: string): boolean => spelling.trim() === ''
    expect(HOSTILE.filter((spelling) => !blank(spelling) && takes(schema, spelling))).toEqual([])
    const numbers = [1.5, -1, 0, 2 ** 31, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, true, [1], { id: 1 }]
    expect(numbers.filter((number) => takes(schema, number))).toEqual([])
  })
})

describe('asked over HTTP', () => {
  let world: World
  let server: FastifyInstance
  let tokens: ReadonlyMap<DemoActor, string>
  beforeAll(async () => {
    world = await openWorld({ env: { MKOPO_LOG: 'error' } })
    await world.demo()
    server = (await openWeb(world.services)).server
    tokens = await logInAll(server)
  })
  afterAll(async () => {
    await server.close()
    await world.close()
  })

  /** Everybody of the contract, so that one of them is permitted. */
  async function statusesOf(contract: string, route: Route, url: string): Promise<number[]> {
    const statuses: number[] = []
    for (const [actor, token] of tokens) {
      if (actor.contract !== contract) continue
      const headers = { authorization: `Bearer ${token}`, 'x-organisation': 'sokocredit' }
      const answer = await server.inject({ method: route.method, url, headers, payload: {} })
      statuses.push(answer.statusCode)
    }
    return statuses
  }

  const withIds = routes.filter(
    (place) => lineOf(place) !== NAMED_EITHER_WAY && inPath(place.route).some((name) => !NAMES.has(name)),
  )
  it.each(withIds.map((place) => [lineOf(place), place] as const))('%s', async (_line, { contract, route }) => {
    for (const spelling of ['0x1', ' 1']) {
      const url = route.path.replace(/:\w+/g, encodeURIComponent(spelling))
      for (const status of await statusesOf(contract, route, url)) {
        expect([400, 401, 403, 404, 422], `${url} answered ${status}`).toContain(status)
      }
    }
  })

  const cursors = numbersIn('query').filter(({ name }) => /^(after|before|offset)$/.test(name))
  it.each(cursors.map((one) => [one.line, one.name, one] as const))('%s: %s', async (_line, name, { place }) => {
    for (const value of [
      '5:5201900348',
      '99999:1',
      '1:99999999999',
      '2147483648',
      '9007199254740992',
      '9'.repeat(30),
    ]) {
      const url = `${place.route.path.replace(/:\w+/g, '1')}?${name}=${value}`
      const statuses = await statusesOf(place.contract, place.route, url)
      expect(statuses.length).toBeGreaterThan(0)
      expect(Math.max(...statuses), url).toBeLessThan(500)
    }
  })
})
