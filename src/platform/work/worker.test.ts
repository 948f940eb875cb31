import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Event } from '#domain/event.ts'
import { type Ctx, type Services, systemDoor, transact } from '#platform/context.ts'
import { readOn, type Subscriber } from '#platform/events/event-readers.ts'
import { emit } from '#platform/events/events.ts'
import { migrate } from '#platform/database/migrate.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { layWalls } from '#platform/database/walls.ts'
import { settle, startWorker, type Worker } from '#platform/work/worker.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
  await withClient(world.owner, async (client) => {
    // What a subscriber has written: a second time would break the key.
    await client.query(`create table handled (
      org_id integer not null, reader text not null, event_id bigint not null, at serial, primary key (org_id, reader, event_id))`)
    await client.query('grant usage on sequence handled_at_seq to mkopo_app')
    await migrate(client, [])
    await layWalls(client, { appLogsIn: true })
  })
})
afterAll(() => world.close())

let reader = ''
beforeEach(({ task }) => {
  reader = task.name
})

const recording = (name: string, refusing?: (event: Event) => boolean): Subscriber => ({
  reader: name,
  types: ['loan.applied'],
  async handle(ctx, events) {
    await sql`
      insert into handled (org_id, reader, event_id)
      select ${ctx.org.id}, ${name}, id from unnest(${events.map(({ id }) => id)}::bigint[]) with ordinality e (id, nr) order by nr
    `.execute(ctx.tx)
    if (refusing && events.some(refusing)) throw new Error('cannot handle it')
  },
})

/** The principal of a loan whose application cannot be handled. */
const POISON = 666
const people = { loan_id: 1, customer_id: 1, borrower_user_id: null, officer_id: null }

async function state(facts: number, slug = 'sokocredit', principal = 100): Promise<void> {
  const loan = { ...people, amount: String(principal), currency: 'KES' }
  await transact(world.door(slug), async (ctx) => {
    for (let n = 0; n < facts; n++) emit(ctx, 'loan.applied', loan)
    emit(ctx, 'loan.approved', loan)
  })
}

const handledBy = (name: string, slug = 'sokocredit'): Promise<number[]> =>
  transact(world.door(slug), async (ctx) => {
    const { rows } = await sql<{ id: bigint }>`
      select event_id as id from handled where org_id = ${ctx.org.id} and reader = ${name} order by at
    `.execute(ctx.tx)
    return rows.map(({ id }) => Number(id))
  })

const stated = (slug = 'sokocredit'): Promise<number[]> =>
  transact(world.door(slug), async (ctx: Ctx) => {
    const { rows } = await sql<{ id: bigint }>`
      select id from events where org_id = ${ctx.org.id} and type = 'loan.applied' order by id
    `.execute(ctx.tx)
    return rows.map(({ id }) => Number(id))
  })

const caughtUp = async (name: string, slug = 'sokocredit'): Promise<boolean> =>
  (await handledBy(name, slug)).length === (await stated(slug)).length

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await condition()); ) {
    if (Date.now() > end) throw new Error('it did not happen within thirty seconds')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const working = async (workers: readonly Worker[], condition: () => Promise<boolean>): Promise<void> => {
  await until(condition).finally(() => Promise.all(workers.map((worker) => worker.stop())))
}

describe('a reader of the events', () => {
  test('gets every event of its types once, in order, in batches', async () => {
    for (const facts of [3, 700, 0, 450]) await state(facts)
    await settle(world.services, world.org('sokocredit'), [recording(reader)])
    expect(await handledBy(reader)).toEqual(await stated())
  })

  test('what it wrote of a batch that failed is undone, and the event itself is held up, not those before it', async () => {
    const before = await stated()
    await state(1, 'sokocredit', POISON)
    const poison = (await stated()).at(-1)!
    await state(2)
    let broken = true
    const subscriber = recording(
      reader,
      (event) => broken && 'amount' in event.data && event.data.amount === String(POISON),
    )
    const reading = { org: world.org('sokocredit'), subscriber }
    await expect(settle(world.services, reading.org, [subscriber])).rejects.toThrow('cannot handle it')
    expect(await handledBy(reader)).toEqual(before)
    broken = false
    expect(await readOn(world.services, reading)).toEqual({ outcome: 'done' })
    expect(await handledBy(reader)).toEqual([...before, poison, poison + 2, poison + 3])
  })
})

async function failuresOf(name: string): Promise<{ failures: number; error: string }> {
  const { rows } = await transact(world.door('sokocredit'), (ctx) =>
    sql<{ failures: number; error: string }>`
      select failures, last_error as error from event_cursors where org_id = ${ctx.org.id} and reader = ${name}
    `.execute(ctx.tx),
  )
  return rows[0]!
}

const asking = <T>(query: (ctx: Ctx) => Promise<T>) => transact(world.door('sokocredit'), query)

/** From now on it waits so long. */
const waitUntil = (name: string, interval: string) =>
  asking((ctx) =>
    sql`
      update event_cursors set retry_at = now() + ${interval}::interval where org_id = ${ctx.org.id} and reader = ${name}
    `.execute(ctx.tx),
  )

const retryOf = (name: string): Promise<number> =>
  asking(async (ctx) => {
    const { rows } = await sql<{ at: Date }>`
      select retry_at as at from event_cursors where org_id = ${ctx.org.id} and reader = ${name}`.execute(ctx.tx)
    return rows[0]!.at.getTime()
  })

const databaseTime = (): Promise<number> =>
  asking(async (ctx) => (await sql<{ at: Date }>`select now() as at`.execute(ctx.tx)).rows[0]!.at.getTime())

function failing(name: string): { subscriber: Subscriber; attempts(): number } {
  let attempts = 0
  const handle = async () => {
    attempts++
    throw new Error('never')
  }
  return { subscriber: { reader: name, types: ['loan.applied'], handle }, attempts: () => attempts }
}

describe('a worker', () => {
  const tables = (...subscribers: Subscriber[]) => ({ subscribers, jobs: [] })

  test('reads what is written while it works, at once when it is woken', async () => {
    const worker = startWorker(world.services, tables(recording(reader)))
    await until(() => caughtUp(reader))
    await state(5)
    worker.wake()
    await working([worker], () => caughtUp(reader))
    expect(await handledBy(reader)).toEqual(await stated())
  })

  test('a reader that fails waits, and holds up no other', async () => {
    const { subscriber, attempts } = failing('failing')
    await state(1)
    await expect(settle(world.services, world.org('sokocredit'), [subscriber])).rejects.toThrow('never')
    await waitUntil('failing', '1 hour')
    const before = attempts()
    const worker = startWorker(world.services, tables(subscriber, recording(reader)))
    for (let look = 0; look < 3; look++) {
      await state(1)
      worker.wake()
      await until(() => caughtUp(reader))
    }
    expect([attempts(), await failuresOf('failing')]).toEqual([before, { failures: 1, error: 'never' }])
    await waitUntil('failing', '0 seconds')
    worker.wake()
    await working([worker], async () => (await failuresOf('failing')).failures > 1)
    expect(attempts()).toBeGreaterThan(before)
  })

  test('a reader waits longer each time it fails, five minutes at most', async () => {
    const { subscriber } = failing('failing again')
    const org = world.org('sokocredit')
    await state(1)
    await expect(settle(world.services, org, [subscriber])).rejects.toThrow('never')
    for (const seconds of [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]) {
      const begun = await databaseTime()
      expect(await readOn(world.services, { org, subscriber })).toMatchObject({ outcome: 'failed' })
      const [earliest, latest] = [begun, await databaseTime()].map((at) => at + seconds * 1_000)
      const until = await retryOf('failing again')
      expect([until >= earliest!, until <= latest!]).toEqual([true, true])
    }
  })

  test('two share the organisations and lose or double nothing', async () => {
    const slugs = ['sokocredit', 'visionfund', 'chamahub', 'repaysync']
    const workers = [world.services, world.another()].map((services: Services) =>
      startWorker(services, tables(recording(reader))),
    )
    for (let round = 0; round < 5; round++) {
      await Promise.all(slugs.map((slug) => state(40, slug)))
      workers[round % 2]!.wake()
    }
    await working(workers, async () => {
      const done = slugs.map((slug) => caughtUp(reader, slug))
      return (await Promise.all(done)).every(Boolean)
    })
    for (const slug of slugs) expect(await handledBy(reader, slug)).toEqual(await stated(slug))
  })

  test('stops after the batch in hand', async () => {
    let begun = false
    let ended = false
    const slow: Subscriber = {
      reader: 'slow',
      types: ['loan.applied'],
      async handle() {
        begun = true
        await new Promise((resolve) => setTimeout(resolve, 200))
        ended = true
      },
    }
    const worker = startWorker(world.services, tables(slow))
    await until(async () => begun)
    await worker.stop()
    expect(ended).toBe(true)
  })

  test('sends the messages that are queued', async () => {
    const door = systemDoor(world.services, world.org('sokocredit'), 'test')
    await transact(door, (ctx) =>
      sql`
        insert into messages (org_id, id, channel, recipient, body, created_at)
        values (${ctx.org.id}, 1001, 'sms', '+254700000009', 'hello', ${ctx.now})
      `.execute(ctx.tx),
    )
    const outbox = async (): Promise<{ status: string }[]> =>
      (await world.inject({ method: 'GET', url: '/demo/outbox?to=0700000009' })).json()
    expect(await outbox()).toMatchObject([
      { status: 'queued', to: '+254700000009', body: 'hello', organisation: 'sokocredit' },
    ])
    await working([startWorker(world.services, tables())], async () => (await outbox())[0]?.status === 'sent')
  })
})
