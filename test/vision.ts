/** VisionFund as its callers meet it: over HTTP on the whole application, with its demo staff and product. */
import { transact } from '#platform/context.ts'
import { type Response, type World, type WorldOptions, openWorld } from '#test/world.ts'
import { booksAgree } from '#test/books.ts'

export interface Answered {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers is what the test is about to find out
  readonly body: any
  readonly headers: Readonly<Record<string, unknown>>
}

export interface Sent {
  readonly body?: unknown
  /** As Bearer; tokens in the body are given with it. */
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Member {
  readonly id: number
  readonly token: string
  readonly email: string
}

export interface Vision {
  readonly world: World
  readonly staff: Member
  /** `ask('POST /users', { body })` */
  ask(what: string, sent?: Sent): Promise<Answered>
  login(email: string, password?: string): Promise<string>
  /** A new client with a token. */
  client(name?: string, more?: Readonly<Record<string, unknown>>): Promise<Member>
  /** Money operations as the document writes them: the token in the body. */
  deposit(client: Member, amount: unknown): Promise<Answered>
  withdraw(client: Member, amount: unknown): Promise<Answered>
  disburse(client: Member, amount: unknown, more?: Readonly<Record<string, unknown>>): Promise<Answered>
  repay(client: Member, amount: unknown, source?: unknown): Promise<Answered>
  list(client: Member): Promise<Answered>
  agrees(): Promise<void>
  close(): Promise<void>
}

export const STAFF = 'staff@visionfund.co.ke'
const PASSWORD = 'a good password'

/** Opens the demo's VisionFund in a world of its own. */
export async function openVision(options: WorldOptions = {}): Promise<Vision> {
  const world = await openWorld(options)
  await world.demo()
  const ask = async (what: string, sent: Sent = {}): Promise<Answered> => {
    const [method, url] = what.split(' ') as ['GET' | 'POST' | 'DELETE', string]
    const payload = sent.body === undefined ? {} : { payload: sent.body as object }
    const token = sent.token === undefined ? {} : { token: sent.token }
    return answered(
      await world.inject({ method, url, ...payload, ...token, ...(sent.headers && { headers: sent.headers }) }),
    )
  }
  const login = async (username: string, password = 'password'): Promise<string> =>
    (await ask('POST /auth/token', { body: { username, password } })).body.token
  let people = 0
  const client = async (name = 'John Doe', more: Readonly<Record<string, unknown>> = {}): Promise<Member> => {
    const nr = ++people
    const email = `client${nr}@example.com`
    const body = { name, email, role: 'client', id_number: String(70_000_000 + nr), password: PASSWORD, ...more }
    const { body: made } = await ask('POST /users', { body })
    return { id: made.id, email, token: await login(email, PASSWORD) }
  }
  const staffToken = await login(STAFF)
  const staff = { id: 1, email: STAFF, token: staffToken }
  const move = (client: Member, path: string, body: object) =>
    ask(`POST /api/transactions/${path}/${client.id}`, { body: { ...body, client_token: client.token } })
  return {
    world,
    staff,
    ask,
    login,
    client,
    deposit: (one, amount) => move(one, 'deposit', { source: 'mpesa', amount }),
    withdraw: (one, amount) => move(one, 'deposit', { amount }),
    repay: (one, amount, source = 'account') => move(one, 'loans/repayment', { source, amount }),
    disburse: (one, amount, more = {}) =>
      ask(`POST /api/transactions/disburse/${one.id}`, { body: { amount, user_token: staffToken, ...more } }),
    list: (one) => ask(`POST /api/transactions/${one.id}`, { body: { token: one.token } }),
    agrees: () => transact(world.door('visionfund'), booksAgree),
    close: () => world.close(),
  }
}

function answered(response: Response): Answered {
  const isJson = String(response.headers['content-type']).includes('json')
  return { status: response.statusCode, body: isJson ? response.json() : response.body, headers: response.headers }
}
