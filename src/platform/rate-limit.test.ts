import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildServer } from '#platform/http.ts'
import { limitRate, type RateLimiter } from '#platform/rate-limit.ts'
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

  it('are answered 429 in the contract’s words, with the seconds to wait', async () => {
    const config = { ...world.services.config, requestsPerMinute: 2 }
    const app = await buildServer({ ...world.services, config }, [tinyContract()])
    const statuses = []
    for (let i = 0; i < 3; i++) statuses.push((await app.inject({ url: '/tiny/mine' })).statusCode)
    const answer = await app.inject({ url: '/tiny/mine' })
    expect(statuses).toEqual([200, 200, 429])
    expect(answer.json().code).toBe('rate_limited')
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    await app.close()
  })
})
