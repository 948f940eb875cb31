import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { openWeb } from '#src/app.ts'
import { type Services, transact } from '#platform/context.ts'
import { openLog } from '#platform/observability/log.ts'
import { loggedPath } from '#platform/observability/logged-path.ts'
import { flushRequestLog, loggedRequests } from '#platform/observability/request-log.ts'
import { openWorld, type World } from '#test/world.ts'

test.each([
  ['/auth/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', undefined, '/auth/***'],
  ['/api/transactions/0801199012345', '/api/transactions/:client_id', '/api/transactions/***'],
  ['/customers/+254712345678/upload', '/customers/:customer_id/upload', '/customers/***/upload'],
  ['/loans/2147483/schedule?token=x', '/loans/:id/schedule', '/loans/2147483/schedule'],
  ['/office/v1/jobs/close-of-business/run', '/office/v1/jobs/:name/run', '/office/v1/jobs/close-of-business/run'],
  ['/ledger/accounts/1010/statement/', '/ledger/accounts/:code/statement/', '/ledger/accounts/1010/statement/'],
  ['/app/loans/12/9f8e7d6c5b4a', '/app/*', '/app/loans/12/***'],
  ['/callbacks/soko/payouts/7/00c0ffee00c0ffee/nothing', undefined, '/callbacks/soko/payouts/7/***/nothing'],
  ['/a/12345678', '/a/:unlock', '/a/***'],
])('%s by %s is told as %s', (url, pattern, told) => {
  expect(loggedPath({ url, pattern })).toBe(told)
})

/** What stands in paths that nobody may read: callback keys, tokens of phones, sessions, phones, identity numbers. */
const SECRETS = [
  '9f86d081884c7d659a2feaa0c55ad015',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  'fMI-qkT3:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx',
  '0801199012345',
  '+254712345678',
]

describe('no secret in a path reaches a log', () => {
  let world: World
  let services: Services
  let server: FastifyInstance
  const lines: string[] = []
  beforeAll(async () => {
    world = await openWorld()
    services = { ...world.services, log: openLog('info', { write: (line) => lines.push(line) }) }
    server = (await openWeb(services)).server
  })
  afterAll(async () => {
    await server.close()
    await world.close()
  })

  it('through any route of the server, whatever the method', async () => {
    const patterns = [...new Set(server.served.map(({ url }) => url))].filter((url) => /[:*]/.test(url))
    expect(patterns.some((url) => url.startsWith('/callbacks/'))).toBe(true)
    for (const [i, pattern] of patterns.entries()) {
      for (const secret of [SECRETS[0]!, SECRETS[1 + (i % 4)]!]) {
        const url = pattern.replace(/:\w+|\*/g, encodeURIComponent(secret))
        for (const method of ['GET', 'POST'] as const) {
          lines.length = 0
          await server.inject({ method, url })
          expect(
            lines.some((line) => line.includes('"path"')),
            `${method} ${url} is logged`,
          ).toBe(true)
          const told = lines.filter((line) => line.includes(secret) || line.includes(encodeURIComponent(secret)))
          expect(told, `${method} ${pattern}`).toEqual([])
        }
      }
    }
  })

  it('nor the log of requests that a contract shows', async () => {
    for (const secret of SECRETS) await server.inject({ url: `/api/customers/${encodeURIComponent(secret)}/` })
    await flushRequestLog(services)
    const logged = await transact(world.door('repaysync'), (ctx) =>
      loggedRequests(ctx, { contract: 'repaysync', limit: 500 }),
    )
    expect(logged.length).toBeGreaterThanOrEqual(SECRETS.length)
    for (const { path } of logged) for (const secret of SECRETS) expect(path).not.toContain(secret)
  })
})
