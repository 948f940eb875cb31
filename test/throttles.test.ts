/** However many guesses come at once, also on names that nothing was counted for yet, no more than the limit are answered. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  changePassword,
  login,
  registerUser,
  requestPasswordReset,
  sendLoginCode,
  sendVerificationCode,
} from '#modules/identity/identity.ts'
import { enter } from '#modules/sales/sales.ts'
import { thirdPartyOf } from '#modules/third-parties/third-parties.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { randomToken } from '#platform/security/crypto.ts'
import { refusalOf } from '#test/asking.ts'
import { openWorld, type World } from '#test/world.ts'

const AT_ONCE = 40
const TERMS = { seconds: 60 }

let world: World
let people = 0
beforeAll(async () => {
  // A connection for each guess, so that nothing but the throttle holds one back.
  world = await openWorld({ now: '2026-02-15T15:00:00Z', env: { MKOPO_DB_POOL: '45' } })
  await world.demo()
})
afterAll(() => world.close())

/** Who is guessed at or sent to: a new user from an address of their own, and a name that nobody has. */
interface Target {
  readonly door: Door
  readonly userId: number
  readonly email: string
  readonly nobody: string
}

async function target(): Promise<Target> {
  const email = `guess${++people}@example.com`
  const door = { ...world.door('movicuotas', { kind: 'anonymous' as const }), address: `10.7.0.${people}` }
  const login = { email, password: 'right', roles: ['customer'] as const }
  const userId = await transact(world.door('movicuotas'), (ctx) => registerUser(ctx, login))
  return { door, userId, email, nobody: `nobody${people}` }
}

type Once = (target: Target) => Promise<unknown>
const inside =
  (work: (ctx: Ctx, target: Target) => Promise<unknown>): Once =>
  (at) =>
    transact(at.door, (ctx) => work(ctx, at))
const passwordOf =
  (whom: 'email' | 'nobody'): Once =>
  (at) =>
    login(at.door, { identifier: at[whom], password: 'guess', terms: TERMS })
const overHttp =
  (path: string, payload?: object): Once =>
  async () => {
    const method = payload ? 'POST' : 'GET'
    const { statusCode } = await world.inject({ method, url: `/api/v1${path}`, ...(payload && { payload }) })
    return statusCode
  }
const entry = { contractNumber: null, code: null, deviceToken: null }
const fcm_token = 'x'.repeat(60)

it.each<readonly [string, number, string | number | null, Once]>([
  // what                          | limit | one within the limit is answered
  ['passwords of somebody', 10, 'credentials_invalid', passwordOf('email')],
  ['passwords of nobody', 10, 'credentials_invalid', passwordOf('nobody')],
  [
    'current passwords',
    10,
    'current_password_wrong',
    ({ door, userId }) => changePassword(door, { userId, current: 'guess', next: 'another' }),
  ],
  [
    'identity numbers',
    10,
    'credentials_invalid',
    ({ door, nobody }) => enter(door, { identity: { kind: 'national', number: nobody }, ...entry }),
  ],
  [
    'keys of institutions',
    20,
    'not_authenticated',
    ({ door }) => thirdPartyOf(door.services, door.org, { key: `mk_${randomToken()}`, address: door.address }),
  ],
  [
    'reset tokens sent',
    10,
    null,
    ({ door, email }) => requestPasswordReset(door, { identifier: email, ways: ['email'] }),
  ],
  [
    'reset tokens asked for by nobody',
    10,
    null,
    ({ door, nobody }) => requestPasswordReset(door, { identifier: nobody, ways: ['email'] }),
  ],
  ['verification codes sent', 10, null, inside((ctx, { userId }) => sendVerificationCode(ctx, userId, 'email'))],
  ['login codes sent', 10, null, inside((ctx, { userId }) => sendLoginCode(ctx, { userId, phone: '+50499990001' }))],
  ['contract numbers sent', 3, 404, overHttp('/auth/forgot_contract?phone=99990002')],
  ['activation codes', 30, 404, overHttp('/devices/activate', { activation_code: 'ZZZZZZ', fcm_token })],
])(`${AT_ONCE} at once on a fresh name: %s, %i are answered %s`, async (_, limit, answered, once) => {
  const at = await target()
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => answerOf(once(at))))
  expect(answers.filter((one) => one === answered)).toHaveLength(limit)
  expect(answers.filter((one) => one === 'too_many_attempts' || one === 429)).toHaveLength(AT_ONCE - limit)
})

const NEW_PEOPLE: Readonly<Record<string, readonly [path: string, body: (n: number) => object]>> = {
  sokocredit: [
    '/auth/register',
    (n) => ({ phone: `07330${n}`, email: `crowd${n}@example.com`, password: 'of a crowd' }),
  ],
  visionfund: [
    '/users',
    (n) => ({ name: `Crowd ${n}`, email: `crowd${n}@example.com`, role: 'client', id_number: `${n}` }),
  ],
  repaysync: ['/api/users/register/', (n) => ({ username: `crowd${n}`, role: 'calling_agent', password: 'Of4aCrowd' })],
}

it.each(Object.keys(NEW_PEOPLE))(
  '%s: a hundred people at most register from an address in fifteen minutes',
  async (slug) => {
    const [url, body] = NEW_PEOPLE[slug]!
    const ninety = new Date(world.clock.now().getTime() + 600_000)
    await transact(world.door(slug), ({ tx, org }) =>
      sql`insert into throttles values (${org.id}, 'registration from 127.0.0.1', 90, ${ninety})`.execute(tx),
    )
    const register = async (_: unknown, n: number): Promise<number> =>
      (await world.inject({ method: 'POST', url, payload: body(10_000 + n) })).statusCode
    const statuses = await Promise.all(Array.from({ length: AT_ONCE }, register))
    expect(statuses.filter((status) => status === 201)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(AT_ONCE - 10)
    world.clock.moveTo(new Date(ninety.getTime() + 1))
    expect(await register(null, 9_999)).toBe(201)
  },
)

/** How it was refused, or the status that it was answered with; null: done. */
async function answerOf(work: Promise<unknown>): Promise<string | number | null> {
  let status: unknown
  const refused = await refusalOf(work.then((answer) => (status = answer)))
  return refused ?? (typeof status === 'number' ? status : null)
}
