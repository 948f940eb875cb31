import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildServer, type Finished } from '#platform/http/http.ts'
import { chosenContract, tinyContract } from '#test/tiny-contract.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let app: FastifyInstance
const finished: Finished[] = []

beforeAll(async () => {
  world = await openWorld({ now: '2026-02-15T22:30:00Z' })
  const options = { onResponse: (one: Finished) => finished.push(one) }
  app = await buildServer(world.services, [tinyContract(), chosenContract()], options)
})
afterAll(async () => {
  await app.close()
  await world.close()
})

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('paths', () => {
  it.each([
    ['GET', '/tiny', 200, '"without"'],
    ['GET', '/tiny/', 200, '"with"'],
    ['GET', '/tiny?x=1', 200, '"without"'],
    ['POST', '/tiny', 201, '{}'],
    ['POST', '/tiny/', 201, '{}'],
    ['POST', '/tiny/new', 201, '{}'],
    ['POST', '/tiny/new/', 404, undefined],
    ['GET', '/tiny/mine', 200, '"mine"'],
    ['GET', '/tiny/mine/', 200, '"mine"'],
    ['GET', '/tiny/things/12', 200, '{"id":12}'],
    ['GET', '/tiny/things/12/', 200, '{"id":12}'],
    ['GET', '/tiny/things/twelve', 404, undefined],
    ['GET', '/tiny/things/2147483648', 404, undefined],
    ['GET', '/tiny/things/1.5', 404, undefined],
    ['DELETE', '/tiny/things/12', 204, ''],
    ['GET', '/tiny/text', 200, 'a,b\n'],
  ] as const)('%s %s → %i', async (method, url, status, body) => {
    const answer = await app.inject({ method, url })
    expect(answer.statusCode).toBe(status)
    if (body !== undefined) expect(answer.body).toBe(body)
  })

  it('answers HEAD like GET, without the body', async () => {
    const answer = await app.inject({ method: 'HEAD', url: '/tiny/mine' })
    expect([answer.statusCode, answer.body, answer.headers['content-length']]).toEqual([200, '', '6'])
  })

  it.each([
    ['/tiny/nothing', { said: 'There is nothing at this path.', code: 'route_not_found' }],
    ['/tiny/chosen/x', { code: 'route_not_found', status: 404 }],
    ['/tinywhat', { code: 'route_not_found', status: 404 }],
  ])('answers an unknown path in the words of the contract with the longest prefix: %s', async (url, body) => {
    const answer = await app.inject({ url })
    expect(answer.statusCode).toBe(404)
    expect(answer.json()).toMatchObject(body)
  })

  it('tells the methods of a known path', async () => {
    const answer = await app.inject({ method: 'PUT', url: '/tiny/things/1/' })
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, 'GET, HEAD, PATCH, DELETE'])
  })

  it('refuses to start when two operations claim one path', async () => {
    const twice = { ...chosenContract(), routes: tinyContract().routes.slice(3, 4) }
    await expect(buildServer(world.services, [tinyContract(), twice])).rejects.toThrow(
      'office GET /tiny/mine is already served by sokocredit GET /tiny/mine',
    )
  })
})

describe('who asks', () => {
  it.each([
    ['nobody', {}, 401, 'not_authenticated'],
    ['another scheme', { authorization: 'Basic eA==' }, 401, 'not_authenticated'],
    ['an expired token', bearer('expired'), 401, 'token_expired'],
    ['a role that may not', bearer('customer'), 403, 'not_permitted'],
  ])('%s', async (_name, headers, status, code) => {
    const answer = await app.inject({ method: 'PATCH', url: '/tiny/things/1', headers })
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined)
  })

  it('a role that may', async () => {
    const answer = await app.inject({ method: 'PATCH', url: '/tiny/things/1', headers: bearer('loan_officer') })
    expect(answer.json()).toMatchObject({ kind: 'user', id: 2, roles: ['loan_officer'] })
  })

  it('asks for a token before it looks at body or parameters', async () => {
    const answer = await app.inject({
      method: 'PATCH',
      url: '/tiny/things/x',
      payload: '{',
      headers: { 'content-type': 'application/json' },
    })
    expect(answer.statusCode).toBe(401)
  })

  it.each([
    [{}, 200, { actor: 'anonymous', org: 'sokocredit', today: '2026-02-16' }],
    [bearer('customer'), 200, { actor: 'user' }],
    [bearer('wrong'), 401, { code: 'not_authenticated' }],
  ])('optional: %o', async (headers, status, body) => {
    const answer = await app.inject({ url: '/tiny/who', headers })
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toMatchObject(body)
  })

  it('looks at no token where the operation is open', async () => {
    expect((await app.inject({ url: '/tiny/mine', headers: bearer('wrong') })).statusCode).toBe(200)
  })

  it.each([
    ['movicuotas', 200, 'movicuotas'],
    ['nowhere', 404, undefined],
  ])('serves the organisation that X-Organisation names: %s', async (slug, status, body) => {
    const answer = await app.inject({ url: '/chosen/org', headers: { 'x-organisation': slug } })
    expect(answer.statusCode).toBe(status)
    if (body) expect(answer.json()).toBe(body)
  })
})

describe('transactions', () => {
  const verified = () =>
    world.services.db.transact(world.org('sokocredit').id, async (tx) =>
      tx
        .selectFrom('events' as never)
        .selectAll()
        .execute(),
    )

  it('a refusal takes everything back', async () => {
    const answer = await app.inject({ method: 'POST', url: '/tiny/verify-then-refuse' })
    expect([answer.statusCode, answer.json().said]).toEqual([404, 'No such tiny loan'])
    expect(await verified()).toEqual([])
  })

  it('GET cannot write', async () => {
    expect((await app.inject({ url: '/tiny/writes' })).statusCode).toBe(500)
    expect(await verified()).toEqual([])
  })
})

describe('manners', () => {
  it('answers a preflight before it asks who is there', async () => {
    const headers = {
      origin: 'http://localhost:5173',
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,idempotency-key',
    }
    const answer = await app.inject({ method: 'OPTIONS', url: '/tiny/things/1', headers })
    expect(answer.statusCode).toBe(204)
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'http://localhost:5173',
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': expect.stringMatching(/Authorization.*Idempotency-Key.*X-Organisation/),
    })
  })

  it('allows the configured origins only, also on errors', async () => {
    const config = { ...world.services.config, corsOrigins: ['https://app.example'] }
    const closed = await buildServer({ ...world.services, config }, [tinyContract()])
    const allowed = async (origin: string) =>
      (await closed.inject({ url: '/tiny/nothing', headers: { origin } })).headers['access-control-allow-origin']
    expect(await allowed('https://app.example')).toBe('https://app.example')
    expect(await allowed('https://evil.example')).toBeUndefined()
    await closed.close()
  })

  it.each([
    ['call-17', true],
    ['two words', false],
    ['x'.repeat(65), false],
  ])('carries the request id "%s": %s', async (given, kept) => {
    const answer = await app.inject({ url: '/tiny/mine', headers: { 'x-request-id': given } })
    expect(answer.headers['x-request-id'] === given).toBe(kept)
    expect(answer.headers['x-request-id']).toMatch(/^[\w.:-]{1,64}$/)
  })

  it('says when to try again', async () => {
    const answer = await app.inject({ method: 'POST', url: '/tiny/hurried' })
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '13'])
  })

  it('never lets minor units out as they are: a bug, told by its request id alone', async () => {
    const answer = await app.inject({ url: '/tiny/leak', headers: { 'x-request-id': 'leak-1' } })
    expect([answer.statusCode, answer.json()]).toEqual([
      500,
      { said: expect.any(String), code: 'internal', id: 'leak-1' },
    ])
  })

  it('is never sniffed, framed or cached', async () => {
    expect((await app.inject({ url: '/tiny/mine' })).headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    })
  })

  it('tells metrics the route, never the address asked for', async () => {
    await app.inject({ url: '/tiny/things/77/' })
    await app.inject({ url: '/what/77' })
    const [known, unknown] = finished.slice(-2)
    expect(known).toMatchObject({ method: 'GET', route: '/tiny/things/:id', contract: 'sokocredit', status: 200 })
    expect(unknown).toMatchObject({ route: 'unknown', contract: 'none', status: 404 })
  })
})
