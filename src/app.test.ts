import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '#platform/database/db.ts'
import { transact } from '#platform/context.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { openWeb } from '#src/app.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld({ now: '2026-02-15T09:00:00Z' })
  await world.demo()
})
afterAll(() => world.close())

const get = (url: string) => world.inject({ method: 'GET', url })
const moveTo = (now: unknown) => world.inject({ method: 'POST', url: '/demo/clock', payload: { now } as object })

describe('health and metrics', () => {
  test.each(['/health/live', '/health/live/', '/health/ready', '/health/ready/'])('GET %s answers', async (url) => {
    const answer = await get(url)
    expect([answer.statusCode, answer.json().status]).toEqual([200, url.includes('live') ? 'alive' : 'ready'])
  })

  test('not ready while a migration of this version is missing, while stopping, and without a database', async () => {
    const ask = async (options: Parameters<typeof openWeb>[1], services = world.services) => {
      const { server } = await openWeb(services, options)
      const answer = await server.inject({ method: 'GET', url: '/health/ready' })
      await server.close()
      return [answer.statusCode, answer.json().checks]
    }
    const missing = { migrations: ['0001_foundation.sql', '9999_of_tomorrow.sql'] }
    const ok = { database: 'ok', disk: 'ok', files: 'ok' }
    expect(await ask(missing)).toEqual([503, { ...ok, migrations: 'missing: 9999_of_tomorrow.sql' }])
    expect(await ask({ stopping: () => true })).toEqual([503, { process: 'stopping' }])
    const nowhere = { connection: { host: '/nowhere' }, poolSize: 1, prepareStatements: false, appRole: undefined }
    const cutOff = { ...world.services, db: openDatabase(nowhere) }
    expect(await ask({}, cutOff)).toEqual([503, { database: 'not reachable' }])
  })

  test('requests are measured by contract and route, waiting work by organisation', async () => {
    await get('/auth/me')
    const { body, headers } = await get('/metrics')
    expect(headers['content-type']).toContain('text/plain')
    expect(body).toMatch(
      /http_request_duration_seconds_count\{contract="sokocredit",method="GET",route="\/auth\/me",status="401"\} 1/,
    )
    expect(body).toMatch(/mkopo_events_backlog\{organisation="sokocredit",reader="notifications"\} \d+/)
    expect(body).toMatch(/mkopo_messages_queued\{organisation="sokocredit"\} \d+/)
    expect(body).toContain('process_resident_memory_bytes')
    expect(body).toContain('nodejs_eventloop_lag_seconds')
  })

  test('payments that are taken in together count as one batch', async () => {
    const pay = (mpesa_code: string) => {
      const payload = { phone_number: '0799999999', amount_paid: 10, mpesa_code }
      return world.inject({ method: 'POST', url: '/repayments/mpesa-webhook', payload })
    }
    const answers = await Promise.all([pay('BATCH1'), pay('BATCH2'), pay('BATCH3')])
    expect(answers.map((answer) => answer.statusCode)).toEqual([404, 404, 404])
    const { body } = await get('/metrics')
    expect(body).toMatch(/mkopo_batch_size_sum\{of="payments"\} 3/)
    expect(body).toMatch(/mkopo_batch_size_count\{of="payments"\} [123]/)
  })
})

describe('POST /demo/clock', () => {
  test('jobs that fall due on the way run on their day before it answers, in every organisation', async () => {
    const answer = await moveTo('2026-02-18T09:00:00+03:00')
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({ now: expect.stringMatching(/^2026-02-18T06:00:/), jobs_run: 53, jobs_failed: [] })
    const { rows } = await transact(world.door('repaysync'), (ctx) =>
      sql`
        select data->>'day' as closed, day, at::text from events where org_id = ${ctx.org.id} and type = 'business_day.closed' order by id
      `.execute(ctx.tx),
    )
    expect(rows).toEqual([
      { closed: '2026-02-15', day: '2026-02-16', at: expect.stringMatching(/^2026-02-15 18:40:/) },
      { closed: '2026-02-16', day: '2026-02-17', at: expect.stringMatching(/^2026-02-16 18:40:/) },
      { closed: '2026-02-17', day: '2026-02-18', at: expect.stringMatching(/^2026-02-17 18:40:/) },
    ])
  })

  test.each([
    ['back', '2026-02-17T00:00:00Z', 409, 'clock_backwards'],
    ['to no instant', 'tomorrow', 400, 'invalid_input'],
    ['nowhere', undefined, 400, 'invalid_input'],
  ])('%s: refused', async (_, now, status, code) => {
    const answer = await moveTo(now)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect((await get('/demo/clock')).json().now).toMatch(/^2026-02-18T06:/)
  })

  test('other processes go along', async () => {
    const { followDemoClock } = await import('#platform/demo/demo-clock.ts')
    const other = world.another()
    const stop = await followDemoClock(other)
    await moveTo('2026-02-18T12:00:00Z')
    for (const end = Date.now() + 20_000; Date.now() < end && other.clock.now() < new Date('2026-02-18T12:00:00Z'); ) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    stop()
    expect(other.clock.now().toISOString()).toMatch(/^2026-02-18T12:00:/)
  })
})

test('GET /demo/outbox lists what would have been sent, newest first, to whom and by what channel one asks', async () => {
  const write = (id: number, channel: string, recipient: string) =>
    transact(world.door('sokocredit'), (ctx) =>
      sql`
        insert into messages (org_id, id, channel, recipient, body, created_at)
        values (${ctx.org.id}, ${id}, ${channel}, ${recipient}, ${`text ${id}`}, ${ctx.now})
      `.execute(ctx.tx),
    )
  await write(901, 'sms', '+254711111111')
  await write(902, 'mail', 'a@b.example')
  await write(903, 'sms', '+254711111111')
  const bodies = async (query: string) =>
    (await get(`/demo/outbox${query}`)).json().map(({ body }: { body: string }) => body)
  expect(await bodies('')).toEqual(['text 903', 'text 902', 'text 901'])
  expect(await bodies('?channel=mail')).toEqual(['text 902'])
  for (const to of ['0711111111', '+254711111111', '%2B254711111111']) {
    expect(await bodies(`?to=${to}&channel=sms`)).toEqual(['text 903', 'text 901'])
  }
  expect((await get('/demo/outbox?channel=pigeon')).statusCode).toBe(400)
})

test('in production the demo paths do not exist, and health still answers', async () => {
  const production = { ...world.services, config: { ...world.services.config, mode: 'production' as const } }
  const { server } = await openWeb(production)
  for (const [method, url] of [
    ['POST', '/demo/clock'],
    ['GET', '/demo/clock'],
    ['GET', '/demo/outbox'],
  ] as const) {
    expect((await server.inject({ method, url })).statusCode).toBe(404)
  }
  expect((await server.inject({ method: 'GET', url: '/health/ready' })).statusCode).toBe(200)
  await server.close()
})

test('demo data are seeded once, however often it starts', async () => {
  const count = () =>
    withClient(world.owner, async (client) => {
      await client.query(`select set_config('mkopo.org', $1, false)`, [String(world.org('sokocredit').id)])
      return (await client.query('select count(*) as n from users where org_id = $1', [world.org('sokocredit').id]))
        .rows
    })
  const before = await count()
  await world.demo()
  expect(await count()).toEqual(before)
})
