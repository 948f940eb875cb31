import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { refuse } from '#domain/refusal.ts'
import { buildServer } from '#platform/http/http.ts'
import { mountLanding } from '#src/site/landing.ts'
import { mountReferences } from '#src/site/reference-pages.ts'
import { limitRate, type RateLimiter } from '#platform/http/limits/rate-limit.ts'
import type { Route } from '#platform/http/route.ts'
import { tinyContract } from '#test/tiny-contract.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let org: number
const limiters: RateLimiter[] = []

beforeAll(async () => {
  world = await openWorld()
  org = world.org('sokocredit').id
})
afterAll(() => world.close())
afterEach(() => {
  vi.useRealTimers()
  for (const limiter of limiters.splice(0)) limiter.close()
})

/** A process that has counted so many requests from the address. */
function counting(address: string, times: number): RateLimiter {
  const limiter = limitRate(world.services.db, 10)
  limiters.push(limiter)
  for (let i = 0; i < times; i++) limiter.count(org, address)
  return limiter
}

const isRefused = (limiter: RateLimiter, address: string): boolean => {
  try {
    limiter.count(org, address)
    return false
  } catch {
    return true
  }
}

describe('requests of an address in a minute', () => {
  it('are limited in one process at once', () => {
    const limiter = counting('10.0.0.1', 10)
    expect([isRefused(limiter, '10.0.0.1'), isRefused(limiter, '10.0.0.2')]).toEqual([true, false])
  })

  it('are limited over processes once they have told each other', async () => {
    const [one, two] = [counting('10.0.1.1', 6), counting('10.0.1.1', 6)]
    expect([isRefused(one, '10.0.1.1'), isRefused(two, '10.0.1.1')]).toEqual([false, false])
    await one.share()
    await two.share()
    expect(isRefused(two, '10.0.1.1')).toBe(true)
  })

  it('begin anew with the next minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-02-15T09:00:59Z') })
    const limiter = counting('10.0.2.1', 10)
    await limiter.share()
    expect(isRefused(limiter, '10.0.2.1')).toBe(true)
    vi.setSystemTime(new Date('2026-02-15T09:01:00Z'))
    expect(isRefused(limiter, '10.0.2.1')).toBe(false)
    await limiter.share()
    for (let i = 0; i < 9; i++) limiter.count(org, '10.0.2.1')
    expect(isRefused(limiter, '10.0.2.1')).toBe(true)
  })

  it('are counted together where they belong to no organisation', async () => {
    const [one, two] = [counting('x', 0), counting('x', 0)]
    for (let i = 0; i < 6; i++) {
      one.count(null, '10.0.3.1')
      two.count(null, '10.0.3.1')
    }
    await one.share()
    await two.share()
    expect(() => two.check(null, '10.0.3.1')).toThrow('rate_limited')
    expect(() => two.check(null, '10.0.3.2')).not.toThrow()
  })
})

describe('over HTTP', () => {
  let app: FastifyInstance
  let caller = 0
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(Date.UTC(2026, 1, 15, 9, caller)) })
    const config = { ...world.services.config, requestsPerMinute: 3 }
    const webhook = tinyContract().routes.find(({ path }) => path === '/tiny/own')!
    const provider = { ...webhook, path: '/tiny/told', fromProvider: true } as Route
    const tiny = tinyContract()
    const page = (on: FastifyInstance): void => {
      mountLanding(on, world.services, { contracts: [tiny], accounts: [] })
      mountReferences(on, [tiny])
      for (const url of ['/page', '/health/live', '/metrics']) on.get(url, async () => 'shown')
      on.get('/callbacks/:key', async (request) => {
        if ((request.params as { key: string }).key !== 'right') refuse('route_not_found')
        return 'taken'
      })
    }
    app = await buildServer({ ...world.services, config }, [{ ...tiny, routes: [...tiny.routes, provider] }], {
      mount: page,
    })
    caller++
  })
  afterEach(() => app.close())

  interface Asking {
    readonly method?: 'GET' | 'POST'
    readonly token?: string
    readonly from?: string
    readonly body?: object
  }

  const ask = async (url: string, { method = 'GET', token, from = `10.1.0.${caller}`, body }: Asking = {}) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    return app.inject({ method, url, headers, remoteAddress: from, ...(body ? { payload: body } : {}) })
  }
  const statuses = async (times: number, url: string, asking?: Asking): Promise<number[]> => {
    const all: number[] = []
    for (let i = 0; i < times; i++) all.push((await ask(url, asking)).statusCode)
    return all
  }

  it('a stranger is answered 429 in the contract’s words, with the seconds to wait', async () => {
    expect(await statuses(3, '/tiny/mine')).toEqual([200, 200, 200])
    const answer = await ask('/tiny/mine')
    expect([answer.statusCode, answer.json().code]).toEqual([429, 'rate_limited'])
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  })

  it.each([
    ['without a token where one is needed', '/tiny/things/1', { method: 'PATCH' as 'POST' }, 401],
    ['with a token that is none of ours', '/tiny/who', { token: 'made-up' }, 401],
    ['with a token that has expired', '/tiny/who', { token: 'expired' }, 401],
    ['for what is not there', '/tiny/nothing', {}, 404],
    ['for what no contract has', '/wp-login.php', {}, 404],
    ['for a page', '/page', {}, 200],
    ['for the reference', '/api/schema/', {}, 200],
    ['for the landing page', '/', {}, 200],
  ])('%s', async (_what, url, asking, status) => {
    expect(await statuses(5, url, asking)).toEqual([status, status, status, 429, 429])
  })

  it('a user has a count of their own, whatever strangers do at the same address', async () => {
    expect(await statuses(5, '/page')).toEqual([200, 200, 200, 429, 429])
    expect(await statuses(4, '/tiny/who', { token: 'customer' })).toEqual([200, 200, 200, 429])
    expect(await statuses(4, '/tiny/who', { token: 'customer', from: '10.7.7.7' })).toEqual([429, 429, 429, 429])
    expect(await statuses(1, '/tiny/who', { token: 'loan_officer' })).toEqual([200])
  })

  it('probes are never counted', async () => {
    for (const url of ['/health/live', '/metrics']) expect(await statuses(5, url)).toEqual([200, 200, 200, 200, 200])
    expect(await statuses(1, '/page')).toEqual([200])
  })

  it('providers are counted by what they say wrong', async () => {
    expect(await statuses(5, '/callbacks/right')).toEqual([200, 200, 200, 200, 200])
    expect(await statuses(5, '/callbacks/wrong')).toEqual([404, 404, 404, 429, 429])
    const from = '10.8.8.8'
    const told = { method: 'POST' as const, from, body: {} }
    expect(await statuses(5, '/tiny/told', told)).toEqual([201, 201, 201, 201, 201])
    const wrong = { ...told, body: { fail: true } }
    expect(await statuses(4, '/tiny/told', wrong)).toEqual([404, 404, 404, 429])
  })

  it('whoever has one IPv6 address has its network', async () => {
    const all = [1, 2, 3, 4].map((n) => ask('/page', { from: `2001:db8:1:2::${n}` }))
    expect((await Promise.all(all)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 429])
    expect((await ask('/page', { from: '2001:db8:1:3::1' })).statusCode).toBe(200)
  })
})
