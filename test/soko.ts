/** SokoCredit as its clients meet it: the contract's routes over HTTP, and the three people of its document. */
import type { FastifyInstance } from 'fastify'
import { sokocredit } from '#contracts/sokocredit/contract.ts'
import { registerUser } from '#modules/identity/identity.ts'
import { transact } from '#platform/context.ts'
import { buildServer } from '#platform/http/http.ts'
import { openWorld, type World, type WorldOptions } from '#test/world.ts'

export interface Asked {
  readonly token?: string | undefined
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly address?: string
}

export interface Answered {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers is what the test is about to find out
  readonly body: any
  readonly headers: Readonly<Record<string, unknown>>
}

export interface Tokens {
  readonly access: string
  readonly refresh: string
}

export interface Soko {
  readonly world: World
  /** `ask('POST /auth/login', { body })` */
  ask(what: string, asked?: Asked): Promise<Answered>
  login(credential: string, password?: string): Promise<Tokens>
  close(): Promise<void>
}

export const ADMIN = 'admin@sokocredit.com'
export const LENDER = 'lender1@sokocredit.com'
export const MAMA = 'mama1@sokocredit.com'

/** Opens SokoCredit in a world of its own: admin is user 1, lender 2, mama 3, password `password`. */
export async function openSoko(options: WorldOptions = {}): Promise<Soko> {
  const world = await openWorld(options)
  await transact(world.door('sokocredit'), async (ctx) => {
    const password = 'password'
    await registerUser(ctx, { username: 'admin', email: ADMIN, phone: '0700000001', password, roles: ['admin'] })
    await registerUser(ctx, {
      username: 'lender1',
      email: LENDER,
      phone: '0700000002',
      password,
      roles: ['loan_officer'],
    })
    await registerUser(ctx, { username: 'mama1', email: MAMA, phone: '0700000003', password, roles: ['customer'] })
  })
  const app = await buildServer(world.services, [sokocredit])
  const ask = (what: string, asked?: Asked): Promise<Answered> => answerOf(app, what, asked)
  return {
    world,
    ask,
    async login(credential, password = 'password') {
      const { body } = await ask('POST /auth/login', { body: { credential, password } })
      return { access: body.access_token, refresh: body.refresh_token }
    },
    async close() {
      await app.close()
      await world.close()
    },
  }
}

async function answerOf(app: FastifyInstance, what: string, asked: Asked = {}): Promise<Answered> {
  const [method, url] = what.split(' ') as ['GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', string]
  const response = await app.inject({
    method,
    url,
    remoteAddress: asked.address ?? '10.0.0.1',
    headers: { ...(asked.token && { authorization: `Bearer ${asked.token}` }), ...asked.headers },
    ...(asked.body !== undefined && { payload: asked.body as object }),
  })
  const isJson = String(response.headers['content-type']).includes('json')
  return { status: response.statusCode, body: isJson ? response.json() : response.body, headers: response.headers }
}

/** The same operation without and with a slash at its end. */
export const bothWays = (what: string): readonly [string, string] => {
  const bare = what.replace(/\/$/, '')
  return [bare, `${bare}/`]
}

/** A refusal as every client can read it. */
export const refusal = (status: number, text: string | RegExp): object => ({
  status,
  body: { msg: expectText(text), error: expectText(text) },
})

const expectText = (text: string | RegExp): unknown =>
  typeof text === 'string' ? text : { asymmetricMatch: (said: unknown) => typeof said === 'string' && text.test(said) }
