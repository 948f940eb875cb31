import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registerUser, changeAccess, updateUser } from '#modules/identity/identity.ts'
import { adminIds, firstOfficer, listUsers, officerExists, userById } from '#modules/identity/views.ts'
import { type Ctx, transact } from '#platform/context.ts'
import { listOutbox } from '#platform/messaging/messages.ts'
import { openWorld, type World } from '#test/world.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'

let world: World
const inside = <T>(work: (ctx: Ctx) => Promise<T>): Promise<T> => transact(world.door('sokocredit'), work)

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

describe('registering a user', () => {
  it('keeps e-mail, phone in one form and what else he told, and hashes the password', async () => {
    const id = await inside((ctx) =>
      registerUser(ctx, {
        username: ' wanjiku ',
        email: 'Wanjiku@Example.com',
        phone: '0711 000 001',
        name: 'Wanjiku Kamau',
        password: 'siri kubwa',
        roles: ['customer'],
        profile: { gender: 'female' },
      }),
    )
    expect(await inside((ctx) => userById(ctx, id))).toMatchObject({
      id,
      username: 'wanjiku',
      email: 'Wanjiku@Example.com',
      phone: '+254711000001',
      roles: ['customer'],
      status: 'active',
      profile: { gender: 'female' },
      emailVerifiedAt: null,
      customerId: null,
    })
    const [event] = await eventsOf(world, 'sokocredit', 'user.registered')
    expect(event).toMatchObject({
      subject: `user:${id}`,
      actor: 'system:test',
      data: { user_id: id, roles: ['customer'] },
    })
    expect(JSON.stringify(event!.data)).not.toContain('siri')
  })

  it.each([
    // somebody has it          | refused with, username before phone before e-mail
    [{ username: 'WANJIKU', phone: '0711000001', email: 'wanjiku@example.com' }, 'username_taken'],
    [{ username: 'other', phone: '+254711000001', email: 'wanjiku@example.com' }, 'phone_taken'],
    [{ username: 'other', phone: '0711000009', email: 'WANJIKU@example.com' }, 'email_taken'],
    [{ username: 'wanjiku@EXAMPLE.com' }, 'username_taken'],
    [{ username: '0711 000 001' }, 'username_taken'],
    [{ username: '254711000001', phone: '0711000009' }, 'username_taken'],
    [{ phone: 'not a phone' }, 'invalid_input'],
    [{ email: 'not an address' }, 'invalid_input'],
    [{ username: '  ' }, 'invalid_input'],
    [{ username: 'orphan', managerId: 4711 }, 'user_not_found'],
  ])('refuses %o: %s', async (names, code) => {
    expect(
      await refusalOf(inside((ctx) => registerUser(ctx, { ...names, password: 'password', roles: ['customer'] }))),
    ).toBe(code)
  })

  it('takes one’s own address or phone for a user name, and an address that another uses as a user name', async () => {
    const register = (names: object): Promise<string | null> =>
      refusalOf(inside((ctx) => registerUser(ctx, { ...names, password: 'password', roles: ['customer'] })))
    expect(await register({ username: 'own@example.com', email: 'Own@example.com' })).toBeNull()
    expect(await register({ username: '0711000077', phone: '+254 711 000 077' })).toBeNull()
    expect(await register({ username: 'squatted@example.com' })).toBeNull()
    expect(await register({ email: 'squatted@example.com' })).toBeNull()
  })

  it('lets two others of the same name in once, whoever comes first', async () => {
    const register = (n: number): Promise<number> =>
      inside((ctx) =>
        registerUser(ctx, {
          email: 'twice@example.com',
          username: `twice${n}`,
          password: 'password',
          roles: ['customer'],
        }),
      )
    const outcomes = await Promise.all([1, 2, 3, 4].map((n) => refusalOf(register(n))))
    expect(outcomes.filter((code) => code === null)).toHaveLength(1)
    expect(outcomes.filter((code) => code === 'email_taken')).toHaveLength(3)
  })

  it('keeps organisations apart: the same e-mail is another person elsewhere', async () => {
    const id = await transact(world.door('chamahub'), (ctx) =>
      registerUser(ctx, { email: 'wanjiku@example.com', password: 'password', roles: ['customer'] }),
    )
    expect(id).toBe(1)
  })
})

describe('staff', () => {
  it('are found by what they may do, with their managers', async () => {
    const manager = await inside((ctx) =>
      registerUser(ctx, { username: 'boss', name: 'Mary Boss', password: 'password', roles: ['admin'] }),
    )
    const officer = await inside((ctx) =>
      registerUser(ctx, { username: 'officer', password: 'password', roles: ['loan_officer'], managerId: manager }),
    )
    expect(await inside((ctx) => firstOfficer(ctx))).toBe(officer)
    expect(await inside((ctx) => officerExists(ctx, officer))).toBe(true)
    expect(await inside((ctx) => officerExists(ctx, 1))).toBe(false)
    expect(await inside((ctx) => adminIds(ctx))).toEqual([manager])
    const found = await inside((ctx) => listUsers(ctx, { managerId: manager, limit: 10, offset: 0 }))
    expect(found.total).toBe(1)
    expect(found.users[0]).toMatchObject({ id: officer, managerId: manager, managerName: 'Mary Boss' })
    const searched = await inside((ctx) => listUsers(ctx, { search: '%', limit: 10, offset: 0 }))
    expect(searched.total).toBe(0)
  })

  it('lose what they may do as soon as it is taken from them', async () => {
    const officer = (await inside((ctx) => firstOfficer(ctx)))!
    await inside((ctx) => changeAccess(ctx, officer, { status: 'disabled' }))
    expect(await inside((ctx) => officerExists(ctx, officer))).toBe(false)
    expect(await inside((ctx) => firstOfficer(ctx))).toBeNull()
    expect(await refusalOf(inside((ctx) => changeAccess(ctx, 4711, { status: 'disabled' })))).toBe('user_not_found')
    expect(await refusalOf(inside((ctx) => changeAccess(ctx, officer, { managerId: 4711 })))).toBe('user_not_found')
    expect(await eventsOf(world, 'sokocredit', 'user.access_changed')).toMatchObject([
      { data: { user_id: officer, roles: ['loan_officer'], status: 'disabled' } },
    ])
  })
})

describe('what a user says about himself', () => {
  it('can be changed; a new address is unverified and the old one is warned', async () => {
    await inside((ctx) => updateUser(ctx, 1, { phone: '0711000002', profile: { gender: null, town: 'Nakuru' } }))
    expect(await inside((ctx) => userById(ctx, 1))).toMatchObject({
      phone: '+254711000002',
      email: 'Wanjiku@Example.com',
      name: 'Wanjiku Kamau',
      profile: { town: 'Nakuru' },
    })
    const sent = await inside((ctx) => listOutbox(ctx, { to: '+254711000001', limit: 5 }))
    expect(sent).toMatchObject([{ channel: 'sms', body: expect.stringContaining('changed') }])
    expect(await eventsOf(world, 'sokocredit', 'user.updated')).toMatchObject([
      { data: { fields: ['phone', 'profile'] } },
    ])
  })

  it('must not be somebody else', async () => {
    expect(await refusalOf(inside((ctx) => updateUser(ctx, 1, { username: 'Boss' })))).toBe('username_taken')
    expect(await refusalOf(inside((ctx) => updateUser(ctx, 4711, { username: 'x' })))).toBe('user_not_found')
    const boss = { username: 'boss', email: 'boss@example.com', phone: '0711000055' }
    const bossId = (await inside((ctx) => listUsers(ctx, { search: 'boss', limit: 1, offset: 0 }))).users[0]!.id
    await inside((ctx) => updateUser(ctx, bossId, boss))
    for (const username of [boss.email, boss.phone])
      expect(await refusalOf(inside((ctx) => updateUser(ctx, 1, { username })))).toBe('username_taken')
    await inside((ctx) => updateUser(ctx, 1, { username: 'Wanjiku' }))
    expect((await inside((ctx) => userById(ctx, 1)))?.username).toBe('Wanjiku')
  })
})
