/** Users over the office API: invited, given rights, shut out and let in again; who may do it to whom is a table of cases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROLES, type Role } from '#domain/permission.ts'
import { registerUser } from '#modules/identity/identity.ts'
import { transact } from '#platform/context.ts'
import { listOutbox } from '#platform/messaging/messages.ts'
import { eventsOf } from '#test/asking.ts'
import { type Answered, type Office, openOffice } from '#test/office.ts'

let office: Office
let people = 0
beforeAll(async () => {
  office = await openOffice('2026-02-15T09:00:00Z')
})
afterAll(() => office.close())

const problem = (status: number, code: string) => ({ status, type: expect.stringContaining('problem'), body: { code } })
const login = (email: string, password = 'password'): Promise<Answered> =>
  office.ask('POST /auth/token', undefined, { email, password })
const as = (token: string) => ({ authorization: `Bearer ${token}` })
const codeTo = async (to: string): Promise<string> => {
  const { lender, world } = office
  const [message] = await transact(world.door(lender.slug), (ctx) => listOutbox(ctx, { to, limit: 1 }))
  return /[a-z-]+\.[\w-]{43}/.exec(message!.body)![0]
}
const choose = (token: string, password: string) => office.ask('POST /auth/password', undefined, { token, password })

interface Somebody {
  readonly id: number
  readonly email: string
  /** Asks as this person. */
  ask(what: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>
}

/** Somebody of the lender's, logged in. */
async function somebody(...roles: [Role, ...Role[]]): Promise<Somebody> {
  const email = `person${++people}@office.test`
  const { lender, world } = office
  const door = world.door(lender.slug)
  const id = await transact(door, (ctx) => registerUser(ctx, { email, name: email, password: 'password', roles }))
  const { access } = (await login(email)).body
  return { id, email, ask: (what, body, headers) => office.ask(what, undefined, body, { ...as(access), ...headers }) }
}

describe('inviting somebody', () => {
  it('sends them a code with which they choose their own password, once', async () => {
    const admin = await somebody('admin')
    const invitation = {
      ...{ name: 'Grace Njeri', email: 'grace@office.test', phone: '0722 000 111', roles: ['loan_officer'] },
      ...{ manager_id: admin.id, branch_number: 'S01' },
    }
    const invited = await admin.ask('POST /users', invitation)
    expect(invited).toMatchObject({
      status: 201,
      body: {
        ...{ name: 'Grace Njeri', email: 'grace@office.test', phone: '+254722000111', roles: ['loan_officer'] },
        ...{ status: 'invited', manager_id: admin.id, branch_number: 'S01', customer_id: null },
      },
    })
    const token = await codeTo('grace@office.test')
    expect(JSON.stringify(invited.body)).not.toContain(token)
    expect(await login('grace@office.test', 'of her own')).toMatchObject(problem(401, 'credentials_invalid'))
    expect(await choose(token, 'short')).toMatchObject(problem(400, 'invalid_input'))
    for (const bad of ['rubbish', `${token}x`, token.replace(/^[a-z]+/, 'mkopo')])
      expect(await choose(bad, 'of her own')).toMatchObject(problem(400, 'code_invalid'))
    expect((await choose(token, 'of her own')).status).toBe(204)
    expect(await choose(token, 'of somebody')).toMatchObject(problem(400, 'code_invalid'))
    expect((await login('grace@office.test', 'of her own')).status).toBe(200)
    const { body } = await admin.ask(`GET /users/${invited.body.id}`)
    expect(body).toMatchObject({ status: 'active', last_login_at: expect.any(String) })
    const events = await eventsOf(office.world, office.lender.slug, 'user.invited')
    expect(events.at(-1)).toMatchObject({ actor: `user:${admin.id}`, data: { user_id: body.id, channel: 'mail' } })
    expect(JSON.stringify(events.map(({ data }) => data))).not.toContain(token.split('.')[1])
  })

  it('goes to the phone where there is no mailbox, ends after three days, and can be sent once more', async () => {
    const admin = await somebody('admin')
    const { body } = await admin.ask('POST /users', { name: 'Otieno', phone: '0722000222', roles: ['staff'] })
    const first = await codeTo('+254722000222')
    expect((await admin.ask(`POST /users/${body.id}/invite`)).status).toBe(200)
    expect(await choose(first, 'of his own')).toMatchObject(problem(400, 'code_invalid'))
    const second = await codeTo('+254722000222')
    const { clock } = office.world
    clock.moveTo(new Date(clock.now().getTime() + 72 * 3_600_000))
    expect(await choose(second, 'of his own')).toMatchObject(problem(400, 'code_invalid'))
    const later = await somebody('admin')
    await later.ask(`POST /users/${body.id}/invite`)
    expect((await choose(await codeTo('+254722000222'), 'of his own')).status).toBe(204)
    expect(await later.ask(`POST /users/${body.id}/invite`)).toMatchObject(problem(409, 'invitation_accepted'))
  })

  it.each<[object, number, string]>([
    [{ name: '' }, 400, 'invalid_input'],
    [{ email: null }, 400, 'invalid_input'],
    [{ email: 'nowhere' }, 400, 'invalid_input'],
    [{ roles: [] }, 400, 'invalid_input'],
    [{ roles: ['god'] }, 400, 'invalid_input'],
    [{ roles: ['third_party'] }, 400, 'invalid_input'],
    [{ roles: ['staff', 'staff'] }, 400, 'invalid_input'],
    [{ manager_id: 99_999 }, 404, 'user_not_found'],
    [{ branch_number: 'nowhere!' }, 400, 'invalid_input'],
    [{ email: 'manager@office.test' }, 409, 'email_taken'],
  ])('is refused with %j: %i %s, and nobody is taken on', async (wrong, status, code) => {
    const admin = await somebody('admin')
    const before = (await admin.ask('GET /users?limit=200')).body.users.length
    const invitation = { name: 'Somebody', email: `new${++people}@office.test`, roles: ['staff'], ...wrong }
    expect(await admin.ask('POST /users', invitation)).toMatchObject(problem(status, code))
    expect((await admin.ask('GET /users?limit=200')).body.users.length).toBe(before)
  })

  it('happens once under an Idempotency-Key', async () => {
    const admin = await somebody('admin')
    const body = { name: 'Once', email: `once${++people}@office.test`, roles: ['staff'] }
    const key = { 'idempotency-key': 'an invitation' }
    const first = await admin.ask('POST /users', body, key)
    const again = await admin.ask('POST /users', body, key)
    expect([again.status, again.body]).toEqual([201, first.body])
    const other = await admin.ask('POST /users', { ...body, name: 'Other' }, key)
    expect(other).toMatchObject(problem(409, 'idempotency_key_reused'))
  })
})

describe('the list of users', () => {
  it('comes in pages, by role, status, manager, branch and part of a name; customers only when asked for', async () => {
    const admin = await somebody('admin')
    const chief = await somebody('collection_manager')
    const made: number[] = []
    for (const branch_number of ['Q1', 'Q1', 'Q2']) {
      const who = { name: `Listed Person ${made.length}`, email: `listed${++people}@office.test` }
      const { body } = await admin.ask('POST /users', {
        ...{ ...who, roles: ['calling_agent'], manager_id: chief.id, branch_number },
      })
      made.push(body.id)
    }
    await admin.ask(`POST /users/${made[2]}/deactivate`, { reason: 'Never came' })
    const ids = async (query: string) => {
      const { body } = await admin.ask(`GET /users?${query}`)
      return body.users.map(({ id }: { id: number }) => id)
    }
    expect(await ids(`manager_id=${chief.id}`)).toEqual(made)
    expect(await ids('branch_number=Q1')).toEqual(made.slice(0, 2))
    expect(await ids('search=listed%20person&status=invited')).toEqual(made.slice(0, 2))
    expect(await ids('role=calling_agent&status=disabled')).toEqual([made[2]])
    expect(await ids('status=active&role=collection_manager')).toEqual([chief.id])
    expect((await ids('limit=200')).length).toBeGreaterThan(made.length)
    const first = await admin.ask('GET /users?limit=2&search=listed')
    expect(first.body.next).toBe(made[1])
    expect(await ids(`limit=2&search=listed&after=${first.body.next}`)).toEqual([made[2]])
    const customer = (await admin.ask(`GET /customers/${office.customerId}`)).body.user_id
    expect(await ids('limit=200')).not.toContain(customer)
    expect(await ids('role=customer&limit=200')).toContain(customer)
    expect(await admin.ask('GET /users?limit=201')).toMatchObject(problem(400, 'invalid_input'))
    expect(await admin.ask('GET /users/99999')).toMatchObject(problem(404, 'user_not_found'))
  })
})

describe('rights', () => {
  it('change at once, with what was in the log of events', async () => {
    const admin = await somebody('admin')
    const officer = await somebody('loan_officer')
    expect((await officer.ask('GET /payouts')).status).toBe(200)
    const changed = await admin.ask(`PATCH /users/${officer.id}`, { roles: ['calling_agent'], manager_id: admin.id })
    expect(changed).toMatchObject({ status: 200, body: { roles: ['calling_agent'], manager_id: admin.id } })
    expect((await officer.ask('GET /payouts')).status).toBe(403)
    const event = (await eventsOf(office.world, office.lender.slug, 'user.access_changed')).at(-1)
    expect(event).toMatchObject({
      actor: `user:${admin.id}`,
      data: {
        ...{ user_id: officer.id, roles: ['calling_agent'], status: 'active', manager_id: admin.id },
        was: { roles: ['loan_officer'], status: 'active', manager_id: null },
      },
    })
    const count = (await eventsOf(office.world, office.lender.slug, 'user.access_changed')).length
    await admin.ask(`PATCH /users/${officer.id}`, { roles: ['calling_agent'] })
    expect(await eventsOf(office.world, office.lender.slug, 'user.access_changed')).toHaveLength(count)
    expect(await admin.ask(`PATCH /users/${officer.id}`, {})).toMatchObject(problem(400, 'invalid_input'))
    expect((await admin.ask(`PATCH /users/${officer.id}`, { branch_number: 'S07' })).body.branch_number).toBe('S07')
    const assigned = await eventsOf(office.world, office.lender.slug, 'sale.branch_assigned')
    expect(assigned.at(-1)).toMatchObject({ data: { user_id: officer.id, branch_number: 'S07' } })
  })

  it('of nobody are changed by themselves, however they try', async () => {
    const admin = await somebody('admin')
    for (const [what, body] of [
      [`PATCH /users/${admin.id}`, { roles: ['admin', 'manager'] }],
      [`PATCH /users/${admin.id}`, { manager_id: null }],
      [`PATCH /users/${admin.id}`, { branch_number: 'S01' }],
      [`PUT /sales-staff/${admin.id}`, { branch_number: 'S01' }],
      [`POST /users/${admin.id}/deactivate`, { reason: 'x' }],
      [`POST /users/${admin.id}/reset-password`, undefined],
      [`POST /users/${admin.id}/end-sessions`, undefined],
    ] as const) {
      expect([what, (await admin.ask(what, body)).body.code]).toEqual([what, 'own_request'])
    }
  })

  it('are handed out and changed up to one’s own standing, by every role to every role', async () => {
    const STANDING: Role[][] = [
      ['customer', 'third_party'],
      ['staff', 'calling_agent', 'collection_officer'],
      ['loan_officer', 'collection_manager'],
      ['manager', 'collection_head'],
      ['admin'],
      ['platform_admin'],
    ]
    const standing = (role: Role) => STANDING.findIndex((roles) => roles.includes(role))
    const wrong: string[] = []
    const expectStatus = (what: string, { status }: Answered, allowed: boolean) => {
      if (allowed !== status < 300) wrong.push(`${what}: ${status}`)
    }
    for (const own of ROLES.filter((role) => role !== 'third_party')) {
      const actor = await somebody(own)
      const mayManage = own === 'admin' || own === 'platform_admin'
      for (const role of ROLES.filter((one) => one !== 'third_party')) {
        const may = mayManage && standing(role) <= standing(own)
        const name = `${own} → ${role}`
        const invitation = { name: 'X', email: `grant${++people}@office.test`, roles: [role] }
        expectStatus(`${name} invite`, await actor.ask('POST /users', invitation), may)
        if (!mayManage) continue
        const low = await somebody('staff')
        expectStatus(`${name} grant`, await actor.ask(`PATCH /users/${low.id}`, { roles: [role] }), may)
        const target = await somebody(role)
        expectStatus(`${name} change`, await actor.ask(`PATCH /users/${target.id}`, { roles: ['staff'] }), may)
        const other = await somebody(role)
        const reason = { reason: 'a test' }
        expectStatus(`${name} reset`, await actor.ask(`POST /users/${other.id}/reset-password`), may)
        expectStatus(`${name} end`, await actor.ask(`POST /users/${other.id}/end-sessions`), may)
        expectStatus(`${name} shut out`, await actor.ask(`POST /users/${other.id}/deactivate`, reason), may)
      }
    }
    expect(wrong).toEqual([])
  })

  it('of those who act in every organisation are not handed out from away', async () => {
    const grant = { name: 'X', email: 'operator@office.test', roles: ['platform_admin'] }
    expect(await office.ask('POST /users', 'platform', grant)).toMatchObject(problem(403, 'not_permitted'))
    const admin = await office.ask('POST /users', 'platform', { ...grant, roles: ['admin'] })
    expect(admin.status).toBe(201)
  })

  it('put nobody below themselves', async () => {
    const admin = await somebody('admin')
    const [top, middle, low] = [await somebody('manager'), await somebody('staff'), await somebody('staff')]
    const report = (who: Somebody, to: Somebody) => admin.ask(`PATCH /users/${who.id}`, { manager_id: to.id })
    expect([(await report(middle, top)).status, (await report(low, middle)).status]).toEqual([200, 200])
    expect(await report(top, low)).toMatchObject(problem(400, 'invalid_input'))
    expect(await report(top, top)).toMatchObject(problem(400, 'invalid_input'))
    const customer = (await admin.ask(`GET /customers/${office.customerId}`)).body.user_id
    expect(await admin.ask(`PATCH /users/${low.id}`, { manager_id: customer })).toMatchObject(
      problem(404, 'user_not_found'),
    )
  })
})

describe('shutting somebody out', () => {
  it('ends all their sessions at once, refuses their login and what was sent to them, until they are let in again', async () => {
    const admin = await somebody('admin')
    const officer = await somebody('loan_officer')
    const second = (await login(officer.email)).body
    const shut = await admin.ask(`POST /users/${officer.id}/deactivate`, { reason: 'Left' })
    expect(shut).toMatchObject({ status: 200, body: { status: 'disabled' } })
    expect((await officer.ask('GET /auth/me')).status).toBe(401)
    expect((await office.ask('GET /auth/me', undefined, undefined, as(second.access))).status).toBe(401)
    expect((await office.ask('POST /auth/refresh', undefined, { refresh: second.refresh })).status).toBe(401)
    expect(await login(officer.email)).toMatchObject(problem(403, 'account_disabled'))
    for (const step of ['reset-password', 'invite']) {
      expect(await admin.ask(`POST /users/${officer.id}/${step}`)).toMatchObject(problem(403, 'account_disabled'))
    }
    const [event] = (await eventsOf(office.world, office.lender.slug, 'user.access_changed')).slice(-1)
    expect(event).toMatchObject({ data: { user_id: officer.id, status: 'disabled', reason: 'Left' } })
    expect((await eventsOf(office.world, office.lender.slug, 'user.logged_out')).at(-1)).toMatchObject({
      data: { user_id: officer.id, sessions: 2 },
    })
    expect((await admin.ask(`POST /users/${officer.id}/reactivate`, { reason: 'Back' })).body.status).toBe('active')
    expect((await officer.ask('GET /auth/me')).status).toBe(401)
    expect((await login(officer.email)).status).toBe(200)
  })

  it('ends an invitation that nobody has used', async () => {
    const admin = await somebody('admin')
    const { body } = await admin.ask('POST /users', { name: 'X', email: 'never@office.test', roles: ['staff'] })
    const token = await codeTo('never@office.test')
    await admin.ask(`POST /users/${body.id}/deactivate`, { reason: 'A mistake' })
    expect(await choose(token, 'of their own')).toMatchObject(problem(400, 'code_invalid'))
    await admin.ask(`POST /users/${body.id}/reactivate`, { reason: 'No mistake' })
    expect(await choose(token, 'of their own')).toMatchObject(problem(400, 'code_invalid'))
  })

  it('of two administrators who remove each other at once leaves one', async () => {
    const world = await openOffice('2026-02-15T09:00:00Z')
    const { lender, ask } = world
    const admins = await Promise.all(
      [1, 2].map(async (n) => {
        const email = `boss${n}@office.test`
        const one = { email, password: 'password', roles: ['admin'] as const }
        const id = await transact(world.world.door(lender.slug), (ctx) => registerUser(ctx, one))
        const { access } = (await ask('POST /auth/token', undefined, { email, password: 'password' })).body
        return { id, headers: as(access) }
      }),
    )
    // Invited and never come: does not count as somebody who runs the place.
    const invited = { name: 'X', email: 'invited@office.test', roles: ['admin'] }
    await ask('POST /users', undefined, invited, admins[0]!.headers)
    const [one, two] = admins as [(typeof admins)[0], (typeof admins)[0]]
    const removals = await Promise.all([
      ask(`PATCH /users/${two.id}`, undefined, { roles: ['manager'] }, one.headers),
      ask(`POST /users/${one.id}/deactivate`, undefined, { reason: 'x' }, two.headers),
    ])
    expect(removals.map(({ status }) => status).sort()[0]).toBe(200)
    expect(removals.filter(({ status }) => status === 200)).toHaveLength(1)
    const left = await ask('GET /users?role=admin&status=active', 'platform')
    expect(left.body.users).toHaveLength(1)
    const last = left.body.users[0].id
    for (const [what, body] of [
      [`PATCH /users/${last}`, { roles: ['manager'] }],
      [`POST /users/${last}/deactivate`, { reason: 'x' }],
    ] as const)
      expect(await ask(what, 'platform', body)).toMatchObject(problem(409, 'last_administrator'))
    await world.close()
  })
})

describe('a password', () => {
  it('is reset by staff without their learning it: the old one and all sessions end, a code goes to its owner', async () => {
    const admin = await somebody('admin')
    const officer = await somebody('loan_officer')
    const answer = await admin.ask(`POST /users/${officer.id}/reset-password`)
    const token = await codeTo(officer.email)
    expect(answer.status).toBe(200)
    expect(JSON.stringify(answer.body)).not.toContain(token.split('.')[1])
    expect((await officer.ask('GET /auth/me')).status).toBe(401)
    expect(await login(officer.email)).toMatchObject(problem(401, 'credentials_invalid'))
    expect((await choose(token, 'another one')).status).toBe(204)
    expect((await login(officer.email, 'another one')).status).toBe(200)
    expect(await choose(token, 'a third one')).toMatchObject(problem(400, 'code_invalid'))
  })

  it('is changed by its owner, whose session goes on', async () => {
    const officer = await somebody('loan_officer')
    const other = (await login(officer.email)).body.access
    const change = (current_password: string, new_password: string) =>
      officer.ask('PUT /auth/password', { current_password, new_password })
    expect(await change('wrong', 'another one')).toMatchObject(problem(403, 'current_password_wrong'))
    expect((await change('password', 'another one')).status).toBe(204)
    expect((await officer.ask('GET /auth/me')).status).toBe(200)
    expect((await office.ask('GET /auth/me', undefined, undefined, as(other))).status).toBe(401)
    expect((await login(officer.email, 'another one')).status).toBe(200)
  })
})
