import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  actorOfSession,
  changeAccess,
  changePassword,
  endAllSessions,
  login,
  type OpenedSession,
  registerUser,
  requestPasswordReset,
  resetPassword,
  sendVerificationCode,
  updateUser,
  verifyContact,
} from '#modules/identity/identity.ts'
import { userById } from '#modules/identity/views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { listOutbox } from '#platform/messaging/messages.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let production: World
let users = 0
let mama: { id: number; email: string; phone: string }
const TERMS = { seconds: 3600 }

const anonymous = (): Door => world.door('sokocredit', { kind: 'anonymous' })
const inside = <T>(work: (ctx: Ctx) => Promise<T>): Promise<T> => transact(world.door('sokocredit'), work)
const enter = (password: string, address = '127.0.0.1'): Promise<OpenedSession> =>
  login({ ...anonymous(), address }, { identifier: mama.email, password, terms: TERMS })
const isIn = ({ id, user }: OpenedSession): Promise<string | null> =>
  refusalOf(actorOfSession(world.services, world.org('sokocredit'), { id, userId: user.id, contract: 'test' }))
const later = (seconds: number): void => world.clock.moveTo(new Date(world.clock.now().getTime() + seconds * 1000))
const forget = (identifier: string): Promise<string | null> =>
  requestPasswordReset({ ...anonymous(), address: `10.1.0.${users}` }, { identifier, ways: ['email', 'phone'] })
const reset = (token: string, password: string): Promise<void> =>
  inside((ctx) => resetPassword(ctx, { token, password }))

async function lastBodyTo(to: string): Promise<string> {
  const [message] = await inside((ctx) => listOutbox(ctx, { to, limit: 1 }))
  return message?.body ?? ''
}

beforeAll(async () => {
  world = await openWorld()
  const secret = 'z4V9-kq2P-77ab-Lmno-0pqr-stuv-WXYZ-5678'
  production = await openWorld({ env: { MKOPO_MODE: 'production', MKOPO_SECRET: secret } })
})
afterAll(async () => {
  await world.close()
  await production.close()
})
beforeEach(async () => {
  const n = ++users
  const names = { email: `mama${n}@example.com`, phone: `+2547330000${String(n).padStart(2, '0')}` }
  mama = {
    id: await inside((ctx) => registerUser(ctx, { ...names, password: 'old password', roles: ['customer'] })),
    ...names,
  }
})

describe('a forgotten password', () => {
  it('is reset with the token sent, once, and every session ends', async () => {
    const session = await enter('old password')
    const token = (await forget(mama.email))!
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(await lastBodyTo(mama.email)).toContain(token)
    await reset(token, 'new password')
    expect(await isIn(session)).toBe('not_authenticated')
    expect(await refusalOf(enter('old password'))).toBe('credentials_invalid')
    expect((await enter('new password')).user.id).toBe(mama.id)
    expect(await refusalOf(reset(token, 'third password'))).toBe('code_invalid')
  })

  it('is sent by text to who gave a phone number, in any spelling', async () => {
    const token = (await forget(`0${mama.phone.slice(4)}`))!
    expect(await lastBodyTo(mama.phone)).toContain(token)
    const [event] = (await eventsOf(world, 'sokocredit', 'user.password_reset_requested')).slice(-1)
    expect(event!.data).toEqual({ user_id: mama.id, channel: 'sms', recipient: `***${mama.phone.slice(-3)}` })
  })

  it('is nothing for strangers, the disabled and made-up tokens', async () => {
    expect(await forget('nobody@example.com')).toBeNull()
    expect(await refusalOf(reset('made-up', 'new password'))).toBe('code_invalid')
    const token = (await forget(mama.email))!
    await inside((ctx) => changeAccess(ctx, mama.id, { status: 'disabled' }))
    expect(await forget(mama.email)).toBeNull()
    expect(await refusalOf(reset(token, 'new password'))).toBe('code_invalid')
  })

  it('has thirty minutes, and only the last token counts', async () => {
    const [first, second] = [(await forget(mama.email))!, (await forget(mama.email))!]
    expect(await refusalOf(reset(first, 'new password'))).toBe('code_invalid')
    later(1801)
    expect(await refusalOf(reset(second, 'new password'))).toBe('code_invalid')
    expect(await refusalOf(reset((await forget(mama.email))!, 'new password'))).toBeNull()
  })

  it('is asked for ten times in a quarter of an hour at most, also in vain', async () => {
    for (let n = 0; n < 10; n++) await forget(mama.email)
    expect(await refusalOf(forget(mama.email))).toBe('too_many_attempts')
    for (let n = 0; n < 10; n++) await forget('nobody@example.com')
    expect(await refusalOf(forget('nobody@example.com'))).toBe('too_many_attempts')
    later(901)
    expect(await forget(mama.email)).not.toBeNull()
  })

  it('leaves no session behind that was opened with the old password while it was reset', async () => {
    const token = (await forget(mama.email))!
    const opened: OpenedSession[] = []
    const logins = Array.from({ length: 8 }, async () => opened.push(await enter('old password')))
    const outcomes = await Promise.all([refusalOf(reset(token, 'new password')), ...logins.map(refusalOf)])
    expect(outcomes[0]).toBeNull()
    expect(outcomes.slice(1).every((code) => code === null || code === 'credentials_invalid')).toBe(true)
    for (const session of opened) expect(await isIn(session)).toBe('not_authenticated')
  })

  it('leaves no token anywhere but in the message', async () => {
    const token = (await forget(mama.email))!
    const { rows } = await inside((ctx) =>
      sql<{ text: string }>`
        select e.data::text as text from events e where e.org_id = ${ctx.org.id}
        union all select c::text from one_time_codes c where c.org_id = ${ctx.org.id}
      `.execute(ctx.tx),
    )
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter((row) => row.text.includes(token))).toEqual([])
  })
})

describe('changing a password', () => {
  const change = (current: string, next: string, session?: OpenedSession): Promise<void> => {
    const actor =
      session && ({ kind: 'user', id: mama.id, roles: [], sessionId: session.id, customerId: null } as const)
    const door = { ...anonymous(), address: '10.2.0.1', ...(actor && { actor }) }
    return changePassword(door, { userId: mama.id, current, next })
  }

  it('ends every session but the one it is changed in', async () => {
    const [here, elsewhere, third] = [
      await enter('old password'),
      await enter('old password'),
      await enter('old password'),
    ]
    const token = (await forget(mama.email))!
    await change('old password', 'new password', here)
    expect([await isIn(here), await isIn(elsewhere), await isIn(third)]).toEqual([
      ...[null, 'not_authenticated', 'not_authenticated'],
    ])
    expect((await enter('new password')).user.id).toBe(mama.id)
    expect(await refusalOf(reset(token, 'third password'))).toBe('code_invalid')
    const [event] = (await eventsOf(world, 'sokocredit', 'user.password_changed')).slice(-1)
    expect(event!.data).toEqual({ user_id: mama.id, how: 'change', sessions_ended: 2 })
    await inside((ctx) => endAllSessions(ctx, mama.id))
    expect(await isIn(here)).toBe('not_authenticated')
  })

  it('needs the current one; guesses count like failed logins', async () => {
    const session = await enter('old password')
    for (let n = 0; n < 10; n++) expect(await refusalOf(change(`guess ${n}`, 'x'))).toBe('current_password_wrong')
    expect(await refusalOf(change('old password', 'new password'))).toBe('too_many_attempts')
    expect(await refusalOf(enter('old password', '10.2.0.1'))).toBe('too_many_attempts')
    expect(await refusalOf(enter('old password'))).toBeNull()
    expect(await isIn(session)).toBeNull()
  })

  it('happens once when it is asked for twice at once', async () => {
    const outcomes = await Promise.all(['a', 'b', 'c'].map((next) => refusalOf(change('old password', next))))
    expect(outcomes.filter((code) => code === null)).toHaveLength(1)
    expect(outcomes.filter((code) => code === 'current_password_wrong')).toHaveLength(2)
  })
})

describe('verifying an address', () => {
  const verify = (contact: 'email' | 'phone', code: string, at = world): Promise<string | null> =>
    refusalOf(verifyContact(at.door('sokocredit', { kind: 'anonymous' }), { userId: mama.id, contact, code }))
  const codeTo = async (to: string): Promise<string> => /\d{6}/.exec(await lastBodyTo(to))![0]

  it('takes the code sent there, once', async () => {
    await inside((ctx) => sendVerificationCode(ctx, mama.id, 'email'))
    const code = await codeTo(mama.email)
    expect(await verify('phone', code)).toBe('code_invalid')
    expect(await verify('email', code)).toBeNull()
    expect((await inside((ctx) => userById(ctx, mama.id)))?.emailVerifiedAt).toBeInstanceOf(Date)
    expect(await verify('email', code)).toBe('code_invalid')
    expect((await eventsOf(world, 'sokocredit', 'user.verified')).at(-1)!.data).toEqual({
      user_id: mama.id,
      channel: 'email',
    })
  })

  it('gives five guesses and ten minutes', async () => {
    await inside((ctx) => sendVerificationCode(ctx, mama.id, 'phone'))
    const code = await codeTo(mama.phone)
    const wrong = code === '000000' ? '111111' : '000000'
    for (let n = 0; n < 5; n++) expect(await verify('phone', wrong)).toBe('code_invalid')
    expect(await verify('phone', code)).toBe('code_invalid')
    await inside((ctx) => sendVerificationCode(ctx, mama.id, 'phone'))
    later(601)
    expect(await verify('phone', await codeTo(mama.phone))).toBe('code_invalid')
    await inside((ctx) => sendVerificationCode(ctx, mama.id, 'phone'))
    expect(await verify('phone', await codeTo(mama.phone))).toBeNull()
  })

  it('is lost when the address changes, and a code for the old one proves nothing', async () => {
    await inside((ctx) => sendVerificationCode(ctx, mama.id, 'phone'))
    const code = await codeTo(mama.phone)
    await inside((ctx) => updateUser(ctx, mama.id, { phone: `+25474400${String(users).padStart(4, '0')}` }))
    expect(await verify('phone', code)).toBe('code_invalid')
  })

  it('is asked for ten times in a quarter of an hour at most, and needs an address', async () => {
    const send = (contact: 'email' | 'phone') => refusalOf(inside((ctx) => sendVerificationCode(ctx, mama.id, contact)))
    for (let n = 0; n < 10; n++) expect(await send('email')).toBeNull()
    expect(await send('email')).toBe('too_many_attempts')
    const without = await inside((ctx) =>
      registerUser(ctx, { username: 'bare', password: 'password', roles: ['staff'] }),
    )
    expect(await refusalOf(inside((ctx) => sendVerificationCode(ctx, without, 'phone')))).toBe('code_invalid')
    expect(await refusalOf(inside((ctx) => sendVerificationCode(ctx, 4711, 'phone')))).toBe('user_not_found')
  })

  it('takes the fixed codes in demo only', async () => {
    expect([await verify('phone', '123456'), await verify('email', '654321')]).toEqual([null, null])
    const there = { email: mama.email, phone: mama.phone, password: 'password', roles: ['customer'] } as const
    mama.id = await transact(production.door('sokocredit'), (ctx) => registerUser(ctx, there))
    expect([await verify('phone', '123456', production), await verify('email', '654321', production)]).toEqual([
      'code_invalid',
      'code_invalid',
    ])
  })
})
