/** Who may ask in the demo: one person for each role of each contract, and how they log in. */
import type { FastifyInstance } from 'fastify'

export interface DemoActor {
  /** `sokocredit admin` */
  readonly name: string
  readonly contract: string
  readonly login: { readonly url: string; readonly body: object; readonly headers?: Readonly<Record<string, string>> }
}

const PASSWORD = 'password'

const soko = (credential: string): DemoActor['login'] => ({
  url: '/auth/login',
  body: { credential, password: PASSWORD },
})
const repay = (username: string): DemoActor['login'] => ({
  url: '/api/auth/token/',
  body: { username, password: PASSWORD },
})
const office = (slug: string, email: string): DemoActor['login'] => ({
  url: '/office/v1/auth/token',
  body: { email, password: PASSWORD },
  headers: slug === 'mkopo' ? {} : { 'x-organisation': slug },
})

export const DEMO_ACTORS: readonly DemoActor[] = [
  { name: 'mama', contract: 'sokocredit', login: soko('mama1@sokocredit.com') },
  { name: 'lender', contract: 'sokocredit', login: soko('lender1@sokocredit.com') },
  { name: 'admin', contract: 'sokocredit', login: soko('admin@sokocredit.com') },
  { name: 'calling agent', contract: 'repaysync', login: repay('johndoe') },
  { name: 'officer', contract: 'repaysync', login: repay('janedoe') },
  { name: 'manager', contract: 'repaysync', login: repay('manager1') },
  { name: 'admin', contract: 'repaysync', login: repay('admin') },
  {
    ...{ name: 'staff', contract: 'visionfund' },
    login: { url: '/auth/token', body: { username: 'staff@visionfund.co.ke', password: PASSWORD } },
  },
  {
    ...{ name: 'customer', contract: 'movicuotas' },
    login: { url: '/api/v1/auth/login', body: { auth: { identification_number: '0801199012345' } } },
  },
  { name: 'platform admin', contract: 'office', login: office('mkopo', 'admin@mkopo.dev') },
  { name: 'lender', contract: 'office', login: office('sokocredit', 'lender1@sokocredit.com') },
  { name: 'seller', contract: 'office', login: office('movicuotas', 'vendedor@movicuotas.com') },
  { name: 'supervisor', contract: 'office', login: office('movicuotas', 'supervisor@movicuotas.com') },
]

/** A token of the actor, asked for from an address. */
export async function logIn(server: FastifyInstance, actor: DemoActor, remoteAddress: string): Promise<string> {
  const { url, body, headers } = actor.login
  const answer = await server.inject({ method: 'POST', url, payload: body, remoteAddress, headers: { ...headers } })
  const { access, access_token, token } = answer.json()
  const given = access ?? access_token ?? token
  if (typeof given !== 'string') throw new Error(`${actor.contract} ${actor.name}: no session, ${answer.body}`)
  return given
}

/** A token of each actor. */
export async function logInAll(server: FastifyInstance): Promise<ReadonlyMap<DemoActor, string>> {
  const tokens = new Map<DemoActor, string>()
  for (const [i, actor] of DEMO_ACTORS.entries()) tokens.set(actor, await logIn(server, actor, `10.200.0.${i + 1}`))
  return tokens
}
