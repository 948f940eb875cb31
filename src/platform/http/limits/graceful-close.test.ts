import { Agent, request } from 'node:http'
import { fastify } from 'fastify'
import { expect, test } from 'vitest'
import { type Parting, prepareToLeave } from '#platform/http/limits/graceful-close.ts'

type Outcome = number | string

async function openServer(parting: Parting): Promise<{ close(): Promise<void>; port: number }> {
  const app = fastify()
  const close = prepareToLeave(app, parting)
  app.get('/', async () => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return { ok: true }
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { close, port: (app.server.address() as { port: number }).port }
}

/** The status, or how the connection broke. */
const ask = (port: number, agent: Agent): Promise<Outcome> =>
  new Promise((resolve) => {
    request({ port, host: '127.0.0.1', agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode!))
    })
      .on('error', (error) => resolve(String((error as { code?: string }).code)))
      .end()
  })

/** Asks again and again until nobody listens any more. */
async function customer(port: number, keepAlive: boolean, outcomes: Outcome[] = []): Promise<Outcome[]> {
  for (;;) {
    const agent = new Agent({ keepAlive, maxSockets: 1 })
    for (let n = 0; n < 5; n++) {
      const outcome = await ask(port, agent)
      if (outcome === 'ECONNREFUSED') return outcomes
      outcomes.push(outcome)
    }
    agent.destroy()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('whoever asks while the server stops is answered or finds it gone; no connection breaks', async () => {
  const { close, port } = await openServer({ drainMs: 100, lateMs: 100 })
  const outcomes: Outcome[] = []
  const customers = Array.from({ length: 40 }, (_, n) => customer(port, n % 2 === 0, outcomes))
  await expect.poll(() => outcomes.length).toBeGreaterThan(80)
  await close()
  await Promise.all(customers)
  expect([...new Set(outcomes)]).toEqual([200])
})

test('a connection that was opened before the door was shut is heard, one that says nothing is ended', async () => {
  const { close, port } = await openServer({ drainMs: 20, lateMs: 2_000 })
  const { connect } = await import('node:net')
  const open = () =>
    new Promise<import('node:net').Socket>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket))
    })
  const [speaks, silent] = [await open(), await open()]
  const heard = new Promise<string>((resolve) => speaks.once('data', (chunk) => resolve(String(chunk))))
  const ended = new Promise((resolve) => silent.resume().once('close', resolve))
  const closed = close()
  await expect.poll(() => ask(port, new Agent())).toBe('ECONNREFUSED')
  speaks.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  expect(await heard).toMatch(/^HTTP\/1\.1 200 OK\r\n(?:.*\r\n)*connection: close/i)
  await Promise.all([ended, closed])
})
