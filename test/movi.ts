/** MoviCuotas as its application meets it, with the demo's business, on the day of the document. */
import type { FastifyInstance } from 'fastify'
import { movicuotas } from '#contracts/movicuotas/contract.ts'
import { office } from '#contracts/office/contract.ts'
import { buildServer } from '#platform/http/http.ts'
import { heldToItsSchemas } from '#test/declared-answers.ts'
import { openWorld, type World, type WorldOptions } from '#test/world.ts'

export interface Answered {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers is what the test is about to find out
  readonly body: any
  readonly headers: Readonly<Record<string, unknown>>
}

export interface Asked {
  readonly token?: string | undefined
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Movi {
  readonly world: World
  /** `ask('POST /auth/login', { body })`, below /api/v1. */
  ask(what: string, asked?: Asked): Promise<Answered>
  /** The same of the office, as one of the demo's staff. */
  office(who: 'admin' | 'supervisor' | 'vendedor', what: string, body?: unknown): Promise<Answered>
  /** A token of the customer with this identity number. */
  login(identity?: string): Promise<string>
  close(): Promise<void>
}

export const JUAN = '0801199012345'
export const MARIA = '0501198800123'

export async function openMovi(options: WorldOptions = {}): Promise<Movi> {
  const world = await openWorld(options)
  await world.demo()
  await world.settle()
  const app = await buildServer(world.services, [movicuotas, heldToItsSchemas(office)])
  const ask: Movi['ask'] = (what, asked) => send(app, '/api/v1', what, asked)
  return {
    world,
    ask,
    async office(who, what, body) {
      const credentials = { email: `${who}@movicuotas.com`, password: 'password' }
      const headers = { 'x-organisation': 'movicuotas' }
      const { access } = (await send(app, '/office/v1', 'POST /auth/token', { body: credentials, headers })).body
      return send(app, '/office/v1', what, { body, headers, token: access })
    },
    async login(identity = JUAN) {
      return (await ask('POST /auth/login', { body: { auth: { identification_number: identity } } })).body.token
    },
    async close() {
      await app.close()
      await world.close()
    },
  }
}

// tidy: a request reads best as a line
async function send(app: FastifyInstance, prefix: string, what: string, asked: Asked = {}): Promise<Answered> {
  const [method, path] = what.split(' ') as ['GET', string]
  const response = await app.inject({
    method,
    url: `${prefix}${path}`,
    headers: { ...(asked.token && { authorization: `Bearer ${asked.token}` }), ...asked.headers },
    ...(asked.body !== undefined && { payload: asked.body as object }),
  })
  return {
    status: response.statusCode,
    body: String(response.headers['content-type']).includes('json') ? response.json() : response.rawPayload,
    headers: response.headers,
  }
}
