/** The office as its clients meet it: the routes over HTTP, people of every role, and a customer with a login. */
import type { FastifyInstance } from 'fastify'
import { office } from '#contracts/office/contract.ts'
import type { Role } from '#domain/permission.ts'
import { registerUser } from '#modules/identity/identity.ts'
import { transact } from '#platform/context.ts'
import { buildServer } from '#platform/http/http.ts'
import { heldToItsSchemas } from '#test/declared-answers.ts'
import { type Lender, openLender } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

export const STAFF = ['officer', 'manager', 'clerk', 'customer', 'stranger', 'platform'] as const
export type Who = (typeof STAFF)[number]

export interface Answered {
  readonly status: number
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers is what the test is about to find out
  readonly body: any
}

export interface Office {
  readonly world: World
  readonly lender: Lender
  /** A customer of the lender whose login is `customer`. */
  readonly customerId: number
  /** `ask('POST /loans', 'officer', { … })`; paths without their prefix. */
  ask(what: string, who?: Who, body?: unknown, headers?: Record<string, string>): Promise<Answered>
  close(): Promise<void>
}

const ROLE: Readonly<Record<Who, Role>> = {
  officer: 'loan_officer',
  manager: 'manager',
  clerk: 'staff',
  customer: 'customer',
  stranger: 'manager',
  platform: 'platform_admin',
}
const ORG: Readonly<Partial<Record<Who, string>>> = { stranger: 'visionfund', platform: 'mkopo' }

/** Opens SokoCredit's office; `stranger` is a manager of another organisation, `platform` acts in this one. */
export async function openOffice(now: string): Promise<Office> {
  const world = await openWorld({ now })
  const lender = await openLender(world)
  const ids = new Map<Who, number>()
  for (const who of STAFF) {
    const login = { email: `${who}@office.test`, password: 'password', roles: [ROLE[who]] as const }
    ids.set(who, await transact(world.door(ORG[who] ?? lender.slug), (ctx) => registerUser(ctx, login)))
  }
  const app = await buildServer(world.services, [heldToItsSchemas(office)])
  const tokens = new Map<Who, { access: string; day: string }>()
  /** A token of the day: the test's clock may have moved. */
  const tokenOf = async (who: Who): Promise<string> => {
    const { today } = lender.door()
    const known = tokens.get(who)
    if (known?.day === today) return known.access
    const body = { email: `${who}@office.test`, password: 'password' }
    const { access } = (await send(app, 'POST /auth/token', { body })).body
    tokens.set(who, { access, day: today })
    return access
  }
  // tidy: an asking reads best as a line
  const ask: Office['ask'] = async (what, who, body, headers = {}) => {
    const token = who === undefined ? {} : { authorization: `Bearer ${await tokenOf(who)}` }
    const org = who === 'platform' ? { 'x-organisation': lender.slug } : {}
    return send(app, what, { body, headers: { ...token, ...org, ...headers } })
  }
  const made = await ask('POST /customers', 'officer', {
    full_name: 'Amina Wanjiru',
    phone: '0711000001',
    user_id: ids.get('customer'),
  })
  return {
    world,
    lender,
    customerId: made.body.id,
    ask,
    async close() {
      await app.close()
      await world.close()
    },
  }
}

async function send(
  app: FastifyInstance,
  what: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> },
): Promise<Answered> {
  const [method, path] = what.split(' ') as ['GET', string]
  const response = await app.inject({
    method,
    url: `/office/v1${path}`,
    headers,
    ...(body !== undefined && { payload: body as object }),
  })
  return {
    status: response.statusCode,
    type: String(response.headers['content-type']),
    body: response.body ? response.json() : null,
  }
}
