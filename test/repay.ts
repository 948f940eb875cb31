/** RepaySync as its clients meet it: the contract's routes over HTTP, and people of every role. */
import type { FastifyInstance } from 'fastify'
import { sokocredit } from '#contracts/sokocredit/contract.ts'
import { repaysync } from '#contracts/repaysync/contract.ts'
import type { Role } from '#domain/permission.ts'
import { registerUser } from '#modules/identity/identity.ts'
import { openBooks } from '#modules/ledger/ledger.ts'
import { transact } from '#platform/context.ts'
import { buildServer } from '#platform/http/http.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import type { Answered, Asked } from '#test/soko.ts'
import { openWorld, type World, type WorldOptions } from '#test/world.ts'

export interface Repay {
  readonly world: World
  readonly app: FastifyInstance
  /** `ask('john', 'GET /api/customers/')`; null: nobody. */
  // tidy: who asks what with what, as a sentence
  ask(who: string | null, what: string, body?: unknown, more?: Asked): Promise<Answered>
  /** Registers a user, his manager by name, and signs him in; answers his id. */
  hire(name: string, role: Role, manager?: string | null): Promise<number>
  idOf(name: string): number
  tokenOf(name: string): string
  /** A file in a form, in the field `file`. */
  upload(who: string | null, what: string, csv: string | Buffer, fieldName?: string): Promise<Answered>
  /** Lets another contract serve the same organisation. */
  serveAlso(contract: string): Promise<void>
  close(): Promise<void>
}

/** Opens RepaySync in a world of its own, books open, nobody there yet. */
export async function openRepay(options: WorldOptions = {}): Promise<Repay> {
  const world = await openWorld(options)
  await transact(world.door('repaysync'), openBooks)
  const app = await buildServer(world.services, [sokocredit, repaysync])
  const people = new Map<string, Signed>()
  const known = (name: string) => people.get(name) ?? raise(`nobody is called ${name}`)
  // tidy: the same sentence
  const send: Repay['ask'] = (who, what, body, more) =>
    answerOf(app, what, { ...more, body, token: who === null ? undefined : known(who).token })
  /** A new token when the clock has moved on. */
  const signIn = async (name: string, id: number): Promise<void> => {
    const { body } = await send(null, 'POST /api/auth/token/', { username: name, password: 'password' })
    people.set(name, { id, token: body.access, until: world.clock.now().getTime() + 3_000_000 })
  }
  // tidy: the same sentence
  const ask: Repay['ask'] = async (who, what, body, more) => {
    const signed = who === null ? null : known(who)
    if (signed && signed.until < world.clock.now().getTime()) await signIn(who!, signed.id)
    return send(who, what, body, more)
  }
  return {
    world,
    app,
    ask,
    async hire(name, role, manager = null) {
      const managerId = manager === null ? null : known(manager).id
      const login = { username: name, email: `${name}@example.com`, password: 'password' }
      const user = { ...login, roles: [role] as const, managerId }
      const id = await transact(world.door('repaysync'), (ctx) => registerUser(ctx, user))
      await signIn(name, id)
      return id
    },
    idOf: (name) => known(name).id,
    tokenOf: (name) => known(name).token,
    // tidy: the same sentence
    upload(who, what, csv, fieldName = 'file') {
      const { payload, headers } = formOf(csv, fieldName)
      return ask(who, what, payload, { headers })
    },
    serveAlso: (contract) => rebind(world, contract),
    async close() {
      await app.close()
      await world.close()
    },
  }
}

async function rebind(world: World, contract: string): Promise<void> {
  const statement = 'update contract_bindings set served_org = $1 where contract = $2'
  await withClient(world.owner, (client) => client.query(statement, [world.org('repaysync').id, contract]))
}

interface Signed {
  readonly id: number
  readonly token: string
  readonly until: number
}

async function answerOf(app: FastifyInstance, what: string, asked: Asked): Promise<Answered> {
  const [method, url] = what.split(' ') as ['GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', string]
  const response = await app.inject({
    method,
    url,
    remoteAddress: '10.0.0.1',
    headers: { ...(asked.token && { authorization: `Bearer ${asked.token}` }), ...asked.headers },
    ...(asked.body !== undefined && { payload: asked.body as object }),
  })
  const isJson = String(response.headers['content-type']).includes('json')
  return { status: response.statusCode, body: isJson ? response.json() : response.body, headers: response.headers }
}

const BOUNDARY = 'mkopo-test-boundary'

/** A multipart form with one CSV file. */
export function formOf(csv: string | Buffer, fieldName = 'file'): { payload: Buffer; headers: Record<string, string> } {
  const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${fieldName}"; filename="rows.csv"\r\ncontent-type: text/csv\r\n\r\n`
  const payload = Buffer.concat([Buffer.from(head), Buffer.from(csv), Buffer.from(`\r\n--${BOUNDARY}--\r\n`)])
  return { payload, headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` } }
}

function raise(message: string): never {
  throw new Error(message)
}
