import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { transact } from '#platform/context.ts'
import { buildServer } from '#platform/http/http.ts'
import { canonical, forgetAnswersBefore } from '#platform/http/idempotency.ts'
import { done, tinyContract } from '#test/tiny-contract.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let app: FastifyInstance

beforeAll(async () => {
  world = await openWorld()
  app = await buildServer(world.services, [tinyContract()])
})
afterAll(async () => {
  await app.close()
  await world.close()
})
beforeEach(() => {
  done.times = 0
})

const post = (url: string, key: string, payload: object | string = {}) =>
  app.inject({
    method: 'POST',
    url,
    payload,
    headers: { 'idempotency-key': key, 'content-type': 'application/json' },
  })

const postAs = (role: string, url: string, key: string) =>
  app.inject({ method: 'POST', url, payload: {}, headers: { 'idempotency-key': key, authorization: `Bearer ${role}` } })

const rows = <T>(query: ReturnType<typeof sql<T>>) =>
  transact(world.door('sokocredit'), async (ctx) => (await query.execute(ctx.tx)).rows)

describe.each(['/tiny/verify', '/tiny/own'])('Idempotency-Key on %s', (url) => {
  const key = (name: string) => `${url} ${name}`

  it('does it once and answers alike', async () => {
    const first = await post(url, key('once'), '{"name":"a","wait":1}')
    const again = await post(`${url}/`, key('once'), '{ "wait": 1, "name": "a" }')
    expect([first.statusCode, first.headers['idempotent-replay']]).toEqual([201, undefined])
    expect([again.statusCode, again.headers['idempotent-replay']]).toEqual([201, 'true'])
    expect(again.body).toBe(first.body)
    expect(again.headers.location).toBe(first.headers.location)
    expect(again.headers['content-type']).toBe(first.headers['content-type'])
    expect(done.times).toBe(1)
  })

  it('refuses the key for another body', async () => {
    await post(url, key('reused'), { name: 'a' })
    const other = await post(url, key('reused'), { name: 'b' })
    expect([other.statusCode, other.json().code]).toEqual([409, 'idempotency_key_reused'])
  })

  it('keeps the keys of different callers apart', async () => {
    await post(url, key('shared'))
    await postAs('customer', url, key('shared'))
    await postAs('loan_officer', url, key('shared'))
    expect(done.times).toBe(3)
  })

  it('lets the second wait for the first: twenty at once, one effect, one answer', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(url, key('crowd'), { wait: 150 })))
    expect(done.times).toBe(1)
    expect(new Set(answers.map((answer) => `${answer.statusCode} ${answer.body}`))).toEqual(
      new Set(['201 {"times":1}']),
    )
    expect(answers.filter((answer) => answer.headers['idempotent-replay'] === 'true')).toHaveLength(19)
  })

  it.each([
    ['', 400],
    ['x'.repeat(255), 201],
    ['x'.repeat(256), 400],
  ])('bounds the key: %#', async (given, status) => {
    expect((await post(url, given)).statusCode).toBe(status)
  })
})

describe('what is kept', () => {
  it('is not a refusal: put right, the request goes through under its key', async () => {
    expect((await post('/tiny/own', 'fails', { fail: true })).json().code).toBe('loan_not_found')
    expect((await post('/tiny/own', 'fails', { fail: false })).statusCode).toBe(201)
  })

  it('is committed with the effect and sealed', async () => {
    await post('/tiny/verify', 'sealed')
    const kept = await rows(sql<{ body: string; status: number }>`
      select body, status from http_answers where key = 'sealed'`)
    expect(kept).toEqual([{ status: 201, body: expect.not.stringContaining('times') }])
  })

  it('is taken over when its maker died and the lease has run out', async () => {
    await post('/tiny/own', 'orphan')
    const orphan = (lease: string) =>
      rows(
        sql`update http_answers set status = 0, body = '', lease_until = now() + ${lease}::interval where key = 'orphan'`,
      )
    await orphan('-1 second')
    const taken = await post('/tiny/own', 'orphan')
    expect([taken.statusCode, taken.json(), taken.headers['idempotent-replay']]).toEqual([201, { times: 2 }, undefined])
  })

  it('is forgotten after its time', async () => {
    await post('/tiny/verify', 'old')
    const forget = (instant: Date) => transact(world.door('sokocredit'), (ctx) => forgetAnswersBefore(ctx, instant))
    expect(await forget(new Date(world.clock.now().getTime() - 60_000))).toBe(0)
    expect(await forget(new Date(world.clock.now().getTime() + 1))).toBeGreaterThan(0)
    await post('/tiny/verify', 'old')
    expect(done.times).toBe(2)
  })
})

describe('canonical', () => {
  it.each([
    [{ b: 1, a: [1, { d: undefined, c: null }] }, '{"a":[1,{"c":null}],"b":1}'],
    [{ amount: 10n, at: new Date(0) }, '{"amount":10n,"at":"1970-01-01T00:00:00.000Z"}'],
    [undefined, 'null'],
    [{ body: '1' }, '{"body":"1"}'],
  ])('%o', (value, text) => {
    expect(canonical(value)).toBe(text)
  })
})
