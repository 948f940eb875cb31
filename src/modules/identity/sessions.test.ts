import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  actorOfSession,
  changeAccess,
  continueSession,
  endAllSessions,
  endSession,
  login,
  type OpenedSession,
  registerUser,
  sweepIdentity,
} from '#modules/identity/identity.ts'
import { type Actor, type Ctx, type Door, transact } from '#platform/context.ts'
import { listOutbox } from '#platform/messaging/messages.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let users = 0
let mama: { id: number; email: string; phone: string; username: string }
const TERMS = { seconds: 30 * 86_400 }

const inside = <T>(work: (ctx: Ctx) => Promise<T>): Promise<T> => transact(world.door('sokocredit'), work)
const from = (address: string): Door => ({ ...world.door('sokocredit', { kind: 'anonymous' }), address })
const enter = (identifier: string, password = 'siri kubwa', door = from('10.0.0.1')): Promise<OpenedSession> =>
  login(door, { identifier, password, terms: TERMS })
const later = (seconds: number): void => world.clock.moveTo(new Date(world.clock.now().getTime() + seconds * 1000))

const actorOf = (session: OpenedSession, contract = 'test'): Promise<Actor> =>
  actorOfSession(world.services, world.org('sokocredit'), { id: session.id, userId: session.user.id, contract })
const goOn = (session: OpenedSession, rotation: 'keep' | 'rotate', refreshToken = session.refreshToken) =>
  continueSession(from('10.0.0.1'), { sessionId: session.id, refreshToken, rotation, terms: TERMS })

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

beforeEach(async () => {
  const n = ++users
  const names = { email: `mama${n}@example.com`, phone: `07220000${String(n).padStart(2, '0')}`, username: `mama${n}` }
  const id = await inside((ctx) => registerUser(ctx, { ...names, password: 'siri kubwa', roles: ['customer'] }))
  mama = { id, ...names }
  later(3600)
})

describe('logging in', () => {
  it('goes by e-mail, by phone in any spelling, by username', async () => {
    const international = `+254${mama.phone.slice(1)}`
    const names = [mama.email, mama.email.toUpperCase(), mama.phone, international, mama.username, ` ${mama.email} `]
    for (const name of names) expect((await enter(name)).user.id).toBe(mama.id)
    const [event] = (await eventsOf(world, 'sokocredit', 'user.logged_in')).slice(-1)
    expect(event).toMatchObject({ subject: `user:${mama.id}`, data: { user_id: mama.id } })
  })

  it('is refused alike for a wrong password and for nobody, and by ways the contract does not have', async () => {
    expect(await refusalOf(enter(mama.email, 'siri'))).toBe('credentials_invalid')
    expect(await refusalOf(enter('nobody@example.com'))).toBe('credentials_invalid')
    expect(await refusalOf(enter(''))).toBe('credentials_invalid')
    const byUsername = { identifier: mama.email, password: 'siri kubwa', ways: ['username'], terms: TERMS } as const
    expect(await refusalOf(login(from('10.0.0.1'), byUsername))).toBe('credentials_invalid')
  })

  it("never takes somebody's username for another's e-mail or phone", async () => {
    const other = { username: `other${mama.id}`, password: 'password', roles: ['customer'] } as const
    const otherId = await inside((ctx) => registerUser(ctx, other))
    // As could be registered once; now registerUser refuses it.
    const { id: orgId } = world.org('sokocredit')
    for (const username of [mama.phone, mama.email]) {
      await inside(({ tx }) =>
        sql`update users set username = ${username} where org_id = ${orgId} and id = ${otherId}`.execute(tx),
      )
      expect((await enter(username)).user.id).toBe(mama.id)
      expect(await refusalOf(enter(username, 'password'))).toBe('credentials_invalid')
    }
  })

  it('is refused to a disabled account, but only when the password is right', async () => {
    await inside((ctx) => changeAccess(ctx, mama.id, { status: 'disabled' }))
    expect(await refusalOf(enter(mama.email))).toBe('account_disabled')
    expect(await refusalOf(enter(mama.email, 'siri'))).toBe('credentials_invalid')
  })
})

describe('guessing passwords', () => {
  const guess = async (name: string, times: number, address = '10.0.0.2'): Promise<(string | null)[]> => {
    const codes = []
    for (let n = 0; n < times; n++) codes.push(await refusalOf(enter(name, `guess ${n}`, from(address))))
    return codes
  }

  const lockOuts = async () =>
    (await eventsOf(world, 'sokocredit', 'user.locked_out')).filter((event) => event.subject === `user:${mama.id}`)

  it('ends for an account from an address after ten failures, by whatever name, for a quarter of an hour', async () => {
    expect(new Set(await guess(mama.email, 5))).toEqual(new Set(['credentials_invalid']))
    expect(new Set(await guess(mama.phone, 5))).toEqual(new Set(['credentials_invalid']))
    expect(await refusalOf(enter(mama.username, 'siri kubwa', from('10.0.0.2')))).toBe('too_many_attempts')
    expect(await lockOuts()).toMatchObject([{ data: { user_id: mama.id, address: '10.0.0.2' } }])
    later(895)
    expect(await refusalOf(enter(mama.email, 'siri kubwa', from('10.0.0.2')))).toBe('too_many_attempts')
    later(10)
    expect((await enter(mama.email, 'siri kubwa', from('10.0.0.2'))).user.id).toBe(mama.id)
  })

  it('from an address does not keep the owner out elsewhere', async () => {
    await guess(mama.email, 12)
    expect((await enter(mama.email, 'siri kubwa', from('10.0.0.4'))).user.id).toBe(mama.id)
  })

  it('from many addresses ends for an account after a hundred failures, except where its owner has logged in before', async () => {
    await enter(mama.email, 'siri kubwa', from('10.0.0.1'))
    const guesses = Array.from({ length: 100 }, (_, n) => guess(mama.email, 1, `10.5.0.${n}`))
    expect(new Set((await Promise.all(guesses)).flat())).toEqual(new Set(['credentials_invalid']))
    expect(await lockOuts()).toHaveLength(1)
    expect(await refusalOf(enter(mama.email, 'siri kubwa', from('10.0.0.7')))).toBe('too_many_attempts')
    expect((await enter(mama.email, 'siri kubwa', from('10.0.0.1'))).user.id).toBe(mama.id)
    expect(await refusalOf(enter(mama.email, 'siri kubwa', from('10.0.0.7')))).toBe('too_many_attempts')
    expect((await guess(mama.email, 11, '10.0.0.1'))[10]).toBe('too_many_attempts')
    later(901)
    expect((await enter(mama.email, 'siri kubwa', from('10.0.0.7'))).user.id).toBe(mama.id)
  })

  it('is told to those who run the organisation, once a lock-out: in the office and by mail', async () => {
    await inside((ctx) => registerUser(ctx, { email: 'boss@soko.example', password: 'siri kubwa', roles: ['admin'] }))
    await guess(mama.email, 13, '10.0.0.31')
    await world.settle()
    const mails = await inside((ctx) => listOutbox(ctx, { to: 'boss@soko.example', limit: 50 }))
    expect(mails.filter(({ body }) => body.includes(`user ${mama.id} `))).toMatchObject([
      { channel: 'mail', subject: 'Too many wrong logins', body: expect.stringContaining('10.0.0.31') },
    ])
  })

  it('says how long to wait', async () => {
    await guess(mama.email, 10)
    later(300)
    await expect(enter(mama.email, 'siri kubwa', from('10.0.0.2'))).rejects.toMatchObject({
      code: 'too_many_attempts',
      data: { retryAfterSeconds: expect.closeTo(600, -1) },
    })
  })

  it('is counted for accounts that do not exist as for those that do', async () => {
    expect((await guess('nobody@example.com', 11)).slice(9)).toEqual(['credentials_invalid', 'too_many_attempts'])
  })

  it('is forgotten by a right password', async () => {
    await guess(mama.email, 9, '10.0.0.1')
    await enter(mama.email)
    expect(new Set(await guess(mama.email, 9, '10.0.0.1'))).toEqual(new Set(['credentials_invalid']))
    expect((await enter(mama.email)).user.id).toBe(mama.id)
  })

  it('ends for an address after a hundred failures over all accounts', async () => {
    const everybody = Array.from({ length: 100 }, (_, n) =>
      refusalOf(enter(`n${n}@example.com`, 'x', from('10.9.9.9'))),
    )
    expect(new Set(await Promise.all(everybody))).toEqual(new Set(['credentials_invalid']))
    expect(await refusalOf(enter(mama.email, 'siri kubwa', from('10.9.9.9')))).toBe('too_many_attempts')
    expect(await refusalOf(enter(mama.email, 'siri kubwa', from('10.9.9.8')))).toBeNull()
  })

  it('gains nothing from guessing many at once', async () => {
    const guesses = Array.from({ length: 40 }, (_, n) => refusalOf(enter(mama.email, `guess ${n}`, from('10.0.0.5'))))
    const codes = await Promise.all(guesses)
    expect(codes.filter((code) => code === 'credentials_invalid')).toHaveLength(10)
    expect(codes.filter((code) => code === 'too_many_attempts')).toHaveLength(30)
  })

  it('does not hinder many right logins at once', async () => {
    const logins = await Promise.all(Array.from({ length: 24 }, () => refusalOf(enter(mama.email))))
    expect(new Set(logins)).toEqual(new Set([null]))
  })
})

describe('a session', () => {
  it('speaks for its user with the roles he has today', async () => {
    const session = await enter(mama.email)
    expect(await actorOf(session)).toEqual({
      kind: 'user',
      id: mama.id,
      roles: ['customer'],
      sessionId: session.id,
      customerId: null,
    })
    await inside((ctx) => changeAccess(ctx, mama.id, { roles: ['loan_officer'] }))
    expect(await actorOf(session)).toMatchObject({ roles: ['loan_officer'] })
    await inside((ctx) => changeAccess(ctx, mama.id, { status: 'disabled' }))
    expect(await refusalOf(actorOf(session))).toBe('not_authenticated')
    expect(await refusalOf(goOn(session, 'keep'))).toBe('not_authenticated')
  })

  it('opens nothing for another contract, user, organisation or made-up session', async () => {
    const session = await enter(mama.email)
    expect(await refusalOf(actorOf(session, 'visionfund'))).toBe('not_authenticated')
    expect(await refusalOf(actorOf({ ...session, user: { ...session.user, id: 1 } }))).toBe('not_authenticated')
    expect(await refusalOf(actorOf({ ...session, id: 'made-up' }))).toBe('not_authenticated')
    const asked = { id: session.id, userId: mama.id, contract: 'test' }
    expect(await refusalOf(actorOfSession(world.services, world.org('chamahub'), asked))).toBe('not_authenticated')
  })

  it('ends with its life', async () => {
    const session = await enter(mama.email)
    later(30 * 86_400 - 60)
    expect((await actorOf(session)).kind).toBe('user')
    later(60)
    expect(await refusalOf(actorOf(session))).toBe('not_authenticated')
    expect(await refusalOf(goOn(session, 'keep'))).toBe('not_authenticated')
  })

  it('ends by logging out, others go on; or all of them at once', async () => {
    const [one, two, three] = [await enter(mama.email), await enter(mama.email), await enter(mama.email)]
    const logout = await actorOf(one)
    await transact(world.door('sokocredit', logout), (ctx) => endSession(ctx))
    await transact(world.door('sokocredit', logout), (ctx) => endSession(ctx))
    expect(await refusalOf(actorOf(one))).toBe('not_authenticated')
    expect(await refusalOf(goOn(one, 'keep'))).toBe('not_authenticated')
    expect((await actorOf(two)).kind).toBe('user')
    await inside((ctx) => endAllSessions(ctx, mama.id))
    expect(await refusalOf(actorOf(two))).toBe('not_authenticated')
    expect(await refusalOf(actorOf(three))).toBe('not_authenticated')
    const events = await eventsOf(world, 'sokocredit', 'user.logged_out')
    expect(events.slice(-2)).toMatchObject([{ data: { sessions: 1 } }, { data: { sessions: 2 } }])
  })

  it('is forgotten long after its end', async () => {
    const session = await enter(mama.email)
    await inside((ctx) => endAllSessions(ctx, mama.id))
    later(91 * 86_400)
    await inside((ctx) => sweepIdentity(ctx))
    expect(await refusalOf(goOn(session, 'rotate'))).toBe('not_authenticated')
    expect(await eventsOf(world, 'sokocredit', 'user.session_revoked')).toEqual([])
  })
})

describe('refreshing', () => {
  it('keeps the token where the contract keeps it', async () => {
    const session = await enter(mama.email)
    for (let n = 0; n < 3; n++) expect((await goOn(session, 'keep')).refreshToken).toBe(session.refreshToken)
    expect(await refusalOf(goOn(session, 'keep', `${session.refreshToken}x`))).toBe('not_authenticated')
    expect((await goOn(session, 'keep')).user.id).toBe(mama.id)
  })

  it('rotates it where it rotates, and ends the whole family when an old one is used again', async () => {
    const first = await enter(mama.email)
    const second = await goOn(first, 'rotate')
    expect(second.refreshToken).not.toBe(first.refreshToken)
    const third = await goOn(second, 'rotate')
    expect(await refusalOf(goOn(first, 'rotate'))).toBe('not_authenticated')
    expect(await refusalOf(goOn(third, 'rotate'))).toBe('not_authenticated')
    expect(await refusalOf(actorOf(third))).toBe('not_authenticated')
    const events = await eventsOf(world, 'sokocredit', 'user.session_revoked')
    expect(events.at(-1)).toMatchObject({ subject: `user:${mama.id}`, data: { reason: 'refresh_token_reused' } })
    expect(JSON.stringify(events.at(-1)!.data)).not.toContain(first.refreshToken)
  })

  it('lets only one of two uses at once through', async () => {
    const session = await enter(mama.email)
    const uses = await Promise.all([1, 2, 3].map(() => refusalOf(goOn(session, 'rotate'))))
    expect(uses.filter((code) => code === null)).toHaveLength(1)
  })

  it('is refused through another contract', async () => {
    const session = await enter(mama.email)
    const elsewhere = { ...from('10.0.0.1'), contract: 'visionfund' }
    const use = { sessionId: session.id, refreshToken: session.refreshToken, rotation: 'keep', terms: TERMS } as const
    expect(await refusalOf(continueSession(elsewhere, use))).toBe('not_authenticated')
    expect(await refusalOf(continueSession(elsewhere, { ...use, sessionId: 'x' }))).toBe('not_authenticated')
  })
})
