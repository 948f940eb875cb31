/** What strangers may send to the open operations: each has its most expensive request, and none stops the server. */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWeb } from '#src/app.ts'
import { CONTRACTS } from '#src/contracts.ts'
import { ATTACKS, longestSimulation, openOperations } from '#test/attacks.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let server: FastifyInstance
beforeAll(async () => {
  world = await openWorld({ env: { MKOPO_LOG: 'error', MKOPO_TRUST_PROXY: 'on' } })
  await world.demo()
  server = (await openWeb(world.services)).server
})
afterAll(async () => {
  await server.close()
  await world.close()
})

/** What is worked out in a thread takes longer lists. */
const PURE = new Set(CONTRACTS.flatMap(({ routes }) => routes.flatMap(({ path, pure }) => (pure ? [path] : []))))

const send = async (what: string, n: number) => {
  const { body, ...attack } = ATTACKS[what]!(n)
  const headers = { 'x-forwarded-for': `10.9.${n >> 8}.${n & 255}` }
  return server.inject({ ...attack, headers, ...(body === undefined ? {} : { payload: body as object }) })
}

it('every open operation has an attack, and every attack an operation', () => {
  expect(Object.keys(ATTACKS).sort()).toEqual([...openOperations(CONTRACTS)].sort())
})

it.each(Object.keys(ATTACKS))('%s is answered', async (what) => {
  const answer = await send(what, 1)
  expect(answer.statusCode, answer.body.slice(0, 300)).toBeLessThan(500)
})

describe('a body of a stranger', () => {
  it.each(Object.keys(ATTACKS).filter((what) => what.startsWith('POST')))('%s is small', async (what) => {
    const { method, url } = ATTACKS[what]!(2)
    const headers = { 'content-type': 'application/json' }
    const most = PURE.has(url) ? 65_536 : 16_384
    const long = await server.inject({ method, url, headers, payload: JSON.stringify({ x: 'x'.repeat(most) }) })
    const wide = await server.inject({ method, url, headers, payload: `[${'{},'.repeat(4_000)}{}]` })
    expect([long.statusCode, wide.statusCode]).toEqual([413, 413])
  })

  it('is as small when it is a form', async () => {
    const part = (n: number): string =>
      `--b\r\ncontent-disposition: form-data; name="f${n}"\r\n\r\n${'x'.repeat(9_000)}\r\n`
    const payload = `${Array.from({ length: 10 }, (_, n) => part(n)).join('')}--b--\r\n`
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    const answer = await server.inject({ method: 'POST', url: '/api/auth/token/', headers, payload })
    expect(answer.statusCode).toBe(413)
  })
})

describe('simulations', () => {
  const url = '/office/v1/loan-simulations'
  const simulate = (steps: readonly object[], headers: Record<string, string> = {}) =>
    server.inject({ method: 'POST', url, headers, payload: { ...longestSimulation, steps } })

  /** The disbursement, and so many payments in order of day. */
  const forward = (payments: number): readonly object[] => {
    const [disburse, ...back] = longestSimulation.steps
    return [
      disburse!,
      ...back
        .toReversed()
        .slice(0, payments)
        .map((step) => ({ ...step, businessDate: step.date })),
    ]
  }

  it('that are too much work are refused by the step', async () => {
    const answer = await simulate(longestSimulation.steps)
    expect(answer.statusCode).toBe(400)
    const [{ pointer, detail }] = answer.json().errors
    expect(pointer).toMatch(/^#\/steps\/\d\d$/)
    expect(detail).toContain('too much to work out')
  })

  it('that go forward in time are worked out, and a repetition is told', async () => {
    const [disburse, ...payments] = longestSimulation.steps
    const steps = [
      disburse!,
      ...payments
        .toReversed()
        .slice(0, 40)
        .map((step) => ({ ...step, businessDate: step.date })),
    ]
    const first = await simulate(steps, { 'idempotency-key': 'k' })
    const again = await simulate(steps, { 'idempotency-key': 'k' })
    const other = await simulate(steps.slice(0, 2), { 'idempotency-key': 'k' })
    expect([first.statusCode, again.statusCode, other.statusCode]).toEqual([200, 200, 409])
    expect([first.headers['idempotent-replay'], again.headers['idempotent-replay']]).toEqual([undefined, 'true'])
    expect(first.json().steps).toHaveLength(41)
    expect(again.body).toBe(first.body)
  })

  it('twenty at once keep nobody else waiting: they are worked out or told to come again', async () => {
    let running = true
    const asked = Array.from({ length: 20 }, (_, n) => simulate(forward(60), { 'x-forwarded-for': `10.8.0.${n}` }))
    const all = Promise.all(asked).finally(() => (running = false))
    let alive = 0
    // An injected request never waits for the event loop; one from outside does.
    for (; running; alive++, await turnOfTheLoop()) {
      expect((await server.inject({ url: '/health/live' })).statusCode).toBe(200)
    }
    const answers = await all
    for (const { statusCode, headers } of answers) {
      expect([200, 503]).toContain(statusCode)
      if (statusCode === 503) expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    }
    // One that stops the event loop would let a handful through between two of them.
    expect(alive).toBeGreaterThan(100)
  })
})
