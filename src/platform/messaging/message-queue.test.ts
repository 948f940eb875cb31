import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ctx, transact } from '#platform/context.ts'
import {
  listOutbox,
  type NewMessage,
  queueMessage,
  queueMessages,
  type QueuedMessage,
  settleMessage,
  takeQueuedMessages,
} from '#platform/messaging/messages.ts'
import { hasQueued } from '#platform/messaging/message-sender.ts'
import { openWorld, type World } from '#test/world.ts'

let demo: World
let production: World
const inside = <T>(world: World, work: (ctx: Ctx) => Promise<T>): Promise<T> => transact(world.door('sokocredit'), work)
const later = (seconds: number): void => demo.clock.moveTo(new Date(demo.clock.now().getTime() + seconds * 1000))
const take = (world = demo, limit = 50): Promise<QueuedMessage[]> =>
  inside(world, (ctx) => takeQueuedMessages(ctx, limit))
const sms = (body: string, more: object = {}): NewMessage => ({
  channel: 'sms',
  recipient: '+254700000003',
  body,
  ...more,
})
const again = { outcome: 'try_again', error: 'away' } as const

beforeAll(async () => {
  demo = await openWorld()
  const secret = 'z4V9-kq2P-77ab-Lmno-0pqr-stuv-WXYZ-5678'
  production = await openWorld({ env: { MKOPO_MODE: 'production', MKOPO_SECRET: secret } })
})
afterAll(() => Promise.all([demo.close(), production.close()]))

describe('the queue of messages', () => {
  it('is written with the transaction, or not at all', async () => {
    const failing = inside(demo, async (ctx) => {
      await queueMessage(ctx, sms('never'))
      throw new Error('rolled back')
    })
    await expect(failing).rejects.toThrow('rolled back')
    expect(await take()).toEqual([])
  })

  it('gives each message to one worker, oldest first, and again when its lease has run out', async () => {
    await inside(demo, (ctx) =>
      queueMessages(
        ctx,
        ['a', 'b', 'c'].map((body) => sms(body)),
      ),
    )
    const taken = (await Promise.all([take(demo, 2), take(demo, 2)])).flat()
    expect(taken.map((message) => message.body).sort()).toEqual(['a', 'b', 'c'])
    expect(await take()).toEqual([])
    later(121)
    expect((await take()).map(({ body, attempts }) => [body, attempts])).toEqual([
      ['a', 2],
      ['b', 2],
      ['c', 2],
    ])
    for (const message of taken) {
      await inside(demo, (ctx) => settleMessage(ctx, message, { outcome: 'sent', reference: 'x' }))
    }
    later(3600)
    expect(await take()).toEqual([])
  })

  it('takes a message with the same key once', async () => {
    await inside(demo, (ctx) => queueMessage(ctx, sms('first', { dedupeKey: 'due:12:2026-03-15' })))
    await inside(demo, (ctx) => queueMessage(ctx, sms('second', { dedupeKey: 'due:12:2026-03-15' })))
    const taken = await take()
    expect(taken.map((message) => message.body)).toEqual(['first'])
    await inside(demo, (ctx) => settleMessage(ctx, taken[0]!, { outcome: 'rejected', error: 'blacklisted' }))
    later(86_400)
    expect(await take()).toEqual([])
    const [failed] = await inside(demo, (ctx) => listOutbox(ctx, { limit: 1 }))
    expect(failed).toMatchObject({ body: 'first', status: 'failed', sentAt: null })
  })

  it('tries again a minute later, then two, four … and gives up after eight', async () => {
    await inside(demo, (ctx) => queueMessage(ctx, sms('patient')))
    for (let n = 0; n < 8; n++) {
      const [message] = await take()
      expect(message?.attempts).toBe(n + 1)
      await inside(demo, (ctx) => settleMessage(ctx, message!, again))
      later(60 * 2 ** n - 5)
      expect(await take()).toEqual([])
      later(10)
    }
    later(86_400)
    expect(await take()).toEqual([])
  })

  it('forgets a secret once it is sent, but not in demo, where the outbox shows it', async () => {
    for (const world of [demo, production]) {
      await inside(world, (ctx) => queueMessages(ctx, [sms('code 123456', { secret: true }), sms('plain')]))
      const taken = await take(world)
      await inside(world, (ctx) => settleMessage(ctx, taken[0]!, again))
      expect((await inside(world, (ctx) => listOutbox(ctx, { limit: 2 })))[1]!.body).toBe('code 123456')
      for (const message of taken) {
        await inside(world, (ctx) => settleMessage(ctx, message, { outcome: 'sent', reference: 'x' }))
      }
    }
    const bodies = async (world: World) =>
      (await inside(world, (ctx) => listOutbox(ctx, { limit: 2 }))).map((message) => message.body)
    expect([await bodies(demo), await bodies(production)]).toEqual([
      ['plain', 'code 123456'],
      ['plain', ''],
    ])
  })

  it('gives a secret up when its code has run out, and forgets it, whether it was tried in vain or never', async () => {
    for (const world of [demo, production]) {
      const wait = (minutes: number): void =>
        world.clock.moveTo(new Date(world.clock.now().getTime() + minutes * 60_000))
      await inside(world, (ctx) =>
        queueMessages(ctx, [sms('code 1', { secret: true }), sms('plain', { secret: false })]),
      )
      for (const minutes of [1, 2, 4, 8]) {
        const secret = (await take(world)).find(({ body }) => body === 'code 1')!
        await inside(world, (ctx) => settleMessage(ctx, secret, again))
        wait(minutes)
      }
      await inside(world, (ctx) => queueMessage(ctx, sms('code 2', { secret: true })))
      const taken = await take(world, 2)
      await inside(world, (ctx) => settleMessage(ctx, taken.find(({ body }) => body === 'code 1')!, again))
      wait(15)
      expect(await inside(world, hasQueued)).toBe(true)
      expect((await take(world)).map(({ body }) => body)).not.toContain('code 1')
      wait(15)
      expect((await take(world)).map(({ body }) => body)).toEqual(['plain'])
      const kept = (await inside(world, (ctx) => listOutbox(ctx, { limit: 3 }))).map(({ body, status }) => [
        status,
        body,
      ])
      const forgotten = world === production
      expect(kept).toEqual([
        ['failed', forgotten ? '' : 'code 2'],
        ['queued', 'plain'],
        ['failed', forgotten ? '' : 'code 1'],
      ])
    }
  })

  it('is listed newest first, by recipient and channel', async () => {
    const mail: NewMessage = { channel: 'mail', recipient: 'Mama@example.com', subject: 'Habari', body: 'mail' }
    await inside(demo, (ctx) => queueMessages(ctx, [mail, sms('to another', { recipient: '+254711000000' })]))
    const list = (filter: object) => inside(demo, (ctx) => listOutbox(ctx, { limit: 100, ...filter }))
    expect(await list({ to: 'mama@EXAMPLE.com' })).toMatchObject([{ subject: 'Habari', status: 'queued' }])
    expect(await list({ to: '+254711000000', channel: 'mail' })).toEqual([])
    expect((await list({ channel: 'sms' }))[0]).toMatchObject({ body: 'to another' })
    expect(await list({ limit: 1 })).toHaveLength(1)
  })
})
