import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll, describe, expect, it, test, vi } from 'vitest'
import { ConfigError, readConfig } from '#platform/config.ts'
import { buildServer } from '#platform/http/http.ts'
import { parseTrustedProxies, trustFunction } from '#platform/http/limits/trusted-proxies.ts'
import { tinyContract } from '#test/tiny-contract.ts'
import { openWorld, type World } from '#test/world.ts'

test.each([
  ['off', false],
  ['0', false],
  ['on', { hops: 1 }],
  ['1', { hops: 1 }],
  ['3', { hops: 3 }],
  ['10.0.0.7', { named: ['10.0.0.7'] }],
  ['loopback, 192.168.0.0/16,fd00::/8', { named: ['loopback', '192.168.0.0/16', 'fd00::/8'] }],
  ['99', null],
  ['yes', null],
  ['10.0.0.0/33', null],
  ['10.0.0/8', null],
  ['proxy.example', null],
])('MKOPO_TRUST_PROXY=%s means %j', (text, meaning) => {
  expect(parseTrustedProxies(text)).toEqual(meaning)
  const read = () => readConfig({ MKOPO_TRUST_PROXY: text }).trustProxy
  if (meaning === null) expect(read).toThrow(ConfigError)
  else expect(read()).toEqual(meaning)
})

/** From this server outwards: who is at the socket, and what X-Forwarded-For says, the nearest last. */
const CALLED = [
  ['off', '10.0.0.1', 'forged, 1.2.3.4', '10.0.0.1'],
  ['on', '10.0.0.1', '1.2.3.4', '1.2.3.4'],
  ['on', '10.0.0.1', 'forged, 1.2.3.4', '1.2.3.4'],
  ['on', '10.0.0.1', '9.9.9.9, 8.8.8.8, 1.2.3.4', '1.2.3.4'],
  ['on', '10.0.0.1', undefined, '10.0.0.1'],
  ['2', '10.0.0.1', 'forged, 1.2.3.4, 10.0.0.2', '1.2.3.4'],
  ['10.0.0.0/8', '10.0.0.1', 'forged, 1.2.3.4, 10.0.0.2', '1.2.3.4'],
  ['10.0.0.0/8', '::ffff:10.0.0.1', '10.9.9.9, 1.2.3.4', '1.2.3.4'],
  ['10.0.0.0/8', '5.6.7.8', '1.2.3.4', '5.6.7.8'],
  ['loopback', '127.0.0.1', 'unknown', 'unknown'],
] as const

describe('the address of a caller', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())
  afterEach(() => void vi.useRealTimers())

  const serverWith = (proxies: string, requestsPerMinute?: number): Promise<FastifyInstance> => {
    const { services } = world
    const trustProxy = parseTrustedProxies(proxies) || false
    const mount = (app: FastifyInstance): void => void app.get('/address', async (request) => request.ip)
    return buildServer(
      { ...services, config: { ...services.config, trustProxy, requestsPerMinute } },
      [tinyContract()],
      { mount },
    )
  }

  it.each(CALLED)('trusting %s, asked from %s for %s is %s', async (proxies, remoteAddress, forwarded, address) => {
    const app = await serverWith(proxies)
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
    expect((await app.inject({ url: '/address', remoteAddress, headers })).body).toBe(address)
    await app.close()
  })

  it('is limited however many addresses the caller makes up before his own', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-02-15T09:00:00Z') })
    const app = await serverWith('on', 2)
    const statuses: number[] = []
    for (let i = 0; i < 4; i++) {
      const headers = { 'x-forwarded-for': `7.7.7.${i}, 1.2.3.4` }
      statuses.push((await app.inject({ url: '/tiny/mine', headers })).statusCode)
    }
    expect(statuses).toEqual([200, 200, 429, 429])
    await app.close()
  })
})

test('no address at all is no proxy', () => {
  const trusts = trustFunction({ named: ['loopback'] })
  expect(trusts && trusts(undefined as unknown as string, 0)).toBe(false)
})
