import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWeb, TABLES, type Web } from '#src/app.ts'
import { CONTRACTS } from '#src/contracts.ts'
import { endAllSessions } from '#modules/identity/identity.ts'
import { notifyOne } from '#modules/notifications/notifications.ts'
import { type Services, transact } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'
import { startWorker } from '#platform/work/worker.ts'
import { openWorld, type World } from '#test/world.ts'

const LENDER = 2
const MAMA = 3

let world: World
const closing: (() => unknown)[] = []

beforeAll(async () => {
  world = await openWorld()
  await world.demo()
  // What the demo's business had to tell is told before anybody listens.
  await world.settle()
})
afterAll(async () => {
  for (const close of closing.reverse()) await close()
  await world.close()
})

/** A web server of its own, as another process would be. */
async function webServer(services: Services): Promise<Web> {
  const web = await openWeb(services)
  await web.server.listen({ host: '127.0.0.1', port: 0 })
  closing.push(() => web.server.close())
  return web
}

const listening = async (services: Services): Promise<number> => portOf((await webServer(services)).server)
const portOf = (server: Web['server']): number => (server.server.address() as AddressInfo).port

/** A token of each contract that people sign in to, and how its session is ended. */
const SIGN_IN: Readonly<Record<string, readonly [path: string, payload: object]>> = {
  sokocredit: ['/auth/login', { credential: 'mama1@sokocredit.com', password: 'password' }],
  repaysync: ['/api/auth/token/', { username: 'johndoe', password: 'password' }],
  visionfund: ['/auth/token', { username: 'staff@visionfund.co.ke', password: 'password' }],
  movicuotas: ['/api/v1/auth/login', { auth: { identification_number: '0801199012345' } }],
  office: ['/office/v1/auth/token', { email: 'admin@mkopo.dev', password: 'password' }],
}

test('every contract that people sign in to is tried', () => {
  expect(Object.keys(SIGN_IN).sort()).toEqual(CONTRACTS.map(({ name }) => name).sort())
})

test.each(Object.keys(SIGN_IN))('%s: who is signed in stays, whose session has ended is put out', async (contract) => {
  const { server, sockets } = await webServer(world.services)
  const [url, payload] = SIGN_IN[contract]!
  const { access_token, access, token } = (await world.inject({ method: 'POST', url, payload })).json()
  const { socket } = await connect(portOf(server), { auth: { token: access_token ?? access ?? token } })
  await sockets.check()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(socket.connected).toBe(true)
  const slug = contract === 'office' ? 'mkopo' : contract
  await transact(world.door(slug), ({ tx, org, now }) =>
    sql`update sessions set revoked_at = ${now} where org_id = ${org.id} and contract = ${contract}`.execute(tx),
  )
  await sockets.check()
  await expect.poll(() => socket.connected).toBe(false)
})

test('who has been put out hears nothing, also before the next check', async () => {
  const { server } = await webServer(world.services)
  const mama = await connect(portOf(server), { query: { token: await tokenOf('mama1@sokocredit.com') } })
  await transact(world.door('sokocredit'), (ctx) => endAllSessions(ctx, MAMA))
  await tell(MAMA, 'not for whoever holds the old token')
  await expect.poll(() => mama.socket.connected).toBe(false)
  expect(mama.heard).toEqual([])
})

async function tokenOf(email: string): Promise<string> {
  const payload = { credential: email, password: 'password' }
  return (await world.inject({ method: 'POST', url: '/auth/login', payload })).json().access_token
}

interface Heard {
  readonly event: string
  readonly message: string
}

async function connect(
  port: number,
  handshake: { query?: object; auth?: object },
): Promise<{ socket: Socket; heard: Heard[] }> {
  const socket = io(`http://127.0.0.1:${port}/notifications`, {
    ...handshake,
    reconnection: false,
    forceNew: true,
  } as object)
  closing.push(() => socket.disconnect())
  const heard: Heard[] = []
  socket.onAny((event, { message }) => heard.push({ event, message }))
  await new Promise((resolve, reject) => socket.on('connect', () => resolve(null)).on('connect_error', reject))
  return { socket, heard }
}

async function until(condition: () => boolean): Promise<void> {
  const begun = Date.now()
  while (!condition()) {
    if (Date.now() - begun > 20_000) throw new Error('nothing was heard within twenty seconds')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const tell = (userId: number, message: string) =>
  transact(world.door('sokocredit'), (ctx) => notifyOne(ctx, { userId, type: 'test', title: 'Test', message }))

test('each hears of his own, by both names, whichever process wrote it and whichever he is connected to', async () => {
  const [here, there] = [await listening(world.services), await listening(world.another())]
  const mama = await connect(here, { query: { token: await tokenOf('mama1@sokocredit.com') } })
  const lender = await connect(there, { auth: { token: await tokenOf('lender1@sokocredit.com') } })
  await tell(MAMA, 'for mama')
  await tell(LENDER, 'for the lender')
  await until(() => mama.heard.length === 2 && lender.heard.length === 2)
  expect(mama.heard).toEqual([
    { event: `notification:${MAMA}`, message: 'for mama' },
    { event: 'notification', message: 'for mama' },
  ])
  expect(lender.heard.map(({ event }) => event)).toEqual([`notification:${LENDER}`, 'notification'])
})

test('what a worker of another process writes of an event arrives', async () => {
  const port = await listening(world.another())
  const mama = await connect(port, { query: { token: await tokenOf('mama1@sokocredit.com') } })
  const worker = startWorker(world.another(), { ...TABLES, jobs: [] })
  closing.push(() => worker.stop())
  await transact(world.door('sokocredit'), async (ctx) =>
    emit(ctx, 'loan.approved', {
      loan_id: 1,
      customer_id: 1,
      borrower_user_id: MAMA,
      officer_id: LENDER,
      amount: '1500000',
      currency: 'KES',
    }),
  )
  await until(() => mama.heard.length === 2)
  expect(mama.heard[1]!.message).toContain('15,000')
})

test('who comes back soon misses nothing', async () => {
  const port = await listening(world.another())
  const token = await tokenOf('mama1@sokocredit.com')
  const first = await connect(port, { query: { token } })
  first.socket.disconnect()
  await new Promise((resolve) => setTimeout(resolve, 50))
  await tell(MAMA, 'meanwhile')
  const second = await connect(port, { query: { token } })
  await until(() => second.heard.length === 2)
  expect(second.heard[0]!.message).toBe('meanwhile')
})

test.each([
  ['no token', {}],
  ['a forged token', { query: { token: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyXzM6bWFtYV9tYm9nYSJ9.' } }],
])('%s: turned away', async (_, handshake) => {
  const port = await listening(world.another())
  await expect(connect(port, handshake)).rejects.toThrow('not authenticated')
})

test('outside the namespace nobody is let in, with a token or without', async () => {
  const port = await listening(world.another())
  for (const token of [undefined, await tokenOf('mama1@sokocredit.com')]) {
    const socket = io(`http://127.0.0.1:${port}`, { auth: { token }, reconnection: false })
    closing.push(() => socket.close())
    const refused = new Promise((resolve, reject) => {
      socket.on('connect_error', ({ message }) => resolve(message))
      socket.on('connect', () => reject(new Error('let in')))
    })
    await expect(refused).resolves.toBe('not authenticated')
  }
})

test('a token of another contract opens the door to its own person only', async () => {
  const { services } = world
  const port = await listening(services)
  const payload = { email: 'admin@mkopo.dev', password: 'password' }
  const answer = await world.inject({ method: 'POST', url: '/office/v1/auth/token', payload })
  const admin = await connect(port, { auth: { token: answer.json().access } })
  await tell(1, 'for the admin of sokocredit')
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(admin.heard).toEqual([])
})
