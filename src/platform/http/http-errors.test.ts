import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { Refusal } from '#domain/refusal.ts'
import type { Database } from '#platform/database/db.ts'
import { buildServer } from '#platform/http/http.ts'
import { asRefusal } from '#platform/http/http-errors.ts'
import { openLog } from '#platform/observability/log.ts'
import { tinyContract } from '#test/tiny-contract.ts'
import { openWorld } from '#test/world.ts'

const coded = (code: string, rest: object = {}) => Object.assign(new Error(code), { code, ...rest })

describe('an error is', () => {
  it.each([
    ['the refusal itself', new Refusal('loan_not_found'), 'loan_not_found'],
    ['a database that restarts', coded('57P03'), 'unavailable'],
    ['a database that was shut down', coded('57P01'), 'unavailable'],
    ['a database out of connections', coded('53300'), 'unavailable'],
    ['a database out of reach', coded('ECONNREFUSED', { syscall: 'connect' }), 'unavailable'],
    ['a socket file that is gone', coded('ENOENT', { syscall: 'connect' }), 'unavailable'],
    ['a connection that broke', new Error('Connection terminated unexpectedly'), 'unavailable'],
    ['a conflict through all retries', coded('40001'), 'unavailable'],
    ['a body that the framework refused', coded('FST_ERR_CTP_BODY_TOO_LARGE', { statusCode: 413 }), 'body_too_large'],
    ['a database whose disk is full', coded('53100'), 'unavailable'],
    ['a database over a quota of its disk', coded('53400'), 'unavailable'],
    ['no room for a file', coded('ENOSPC', { syscall: 'write' }), 'unavailable'],
    ['a bug', new TypeError('x is undefined'), undefined],
    ['a file of ours that is missing', coded('ENOENT', { syscall: 'open' }), undefined],
    ['a value too large for its column, ours to check', coded('22003'), undefined],
  ])('%s', (_name, error, code) => {
    expect(asRefusal(error)?.code).toBe(code)
  })
})

describe('the server', () => {
  const bind = async (db: Partial<Database>, write: (line: string) => void): Promise<FastifyInstance> => {
    const world = await openWorld()
    const log = openLog('info')
    const stream = Object.getOwnPropertySymbols(log).find((symbol) => symbol.description === 'pino.stream')!
    Object.assign(log, { [stream]: { write } })
    const app = await buildServer({ ...world.services, log, db: { ...world.services.db, ...db } }, [tinyContract()], {
      maxInFlight: 1,
    })
    app.addHook('onClose', () => world.close())
    return app
  }

  it('answers 503 and when to try again while the database is away, and logs requests without their queries', async () => {
    const lines: string[] = []
    const away = { transact: () => Promise.reject(coded('57P03')) }
    const app = await bind(away, (line) => lines.push(line))
    const answer = await app.inject({ url: '/tiny/mine?phone=0712345678' })
    expect([answer.statusCode, answer.headers['retry-after'], answer.json().code]).toEqual([503, '1', 'unavailable'])
    await expect.poll(() => lines).not.toEqual([])
    expect(JSON.parse(lines[0]!)).toMatchObject({
      method: 'GET',
      path: '/tiny/mine',
      status: 503,
      contract: 'sokocredit',
      org: 'sokocredit',
      actor: 'anonymous',
      requestId: answer.headers['x-request-id'],
    })
    expect(lines.join()).not.toContain('0712345678')
    await app.close()
  })

  it('logs a bug with its stack and tells the caller nothing of it', async () => {
    const lines: string[] = []
    const app = await bind({ transact: () => Promise.reject(new Error('table of secrets')) }, (line) =>
      lines.push(line),
    )
    const answer = await app.inject({ url: '/tiny/mine' })
    expect(answer.statusCode).toBe(500)
    expect(answer.body).not.toContain('secrets')
    expect(lines.join()).toContain('table of secrets')
    await app.close()
  })

  it('turns away what it could not finish, and takes requests again afterwards', async () => {
    const app = await bind({}, () => undefined)
    const own = (wait: number) => app.inject({ method: 'POST', url: '/tiny/own', payload: { wait } })
    await own(0)
    const both = await Promise.all([own(100), own(100)])
    expect(both.map((answer) => answer.statusCode).sort()).toEqual([201, 503])
    expect((await own(0)).statusCode).toBe(201)
    await app.close()
  })
})
