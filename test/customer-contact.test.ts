/** Nobody takes a customer over by changing their phone or e-mail: through every door by which staff change them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approve, reject, withdraw } from '#modules/approvals/approvals.ts'
import { listApprovals } from '#modules/approvals/views.ts'
import {
  borrowerProfile,
  CHANGE_EMAIL,
  CHANGE_PHONE,
  confirmContact,
  createCustomer,
  giveLogin,
  resendContactCode,
  updateCustomer,
} from '#modules/customers/customers.ts'
import { customerById, customersByPhone, shownContact } from '#modules/customers/views.ts'
import {
  login,
  registerUser,
  requestPasswordReset,
  resetUserPassword,
  sendVerificationCode,
  updateUser,
  verifyContact,
} from '#modules/identity/identity.ts'
import { enter } from '#modules/sales/sales.ts'
import { type Actor, type Ctx, type Door, transact } from '#platform/context.ts'
import { listOutbox } from '#platform/messaging/messages.ts'
import type { Role } from '#domain/permission.ts'
import { refusalOf } from '#test/asking.ts'
import { JUAN } from '#test/movi.ts'
import { openWorld, type World } from '#test/world.ts'

const STEPS = [CHANGE_PHONE, CHANGE_EMAIL]
const DAY_MS = 86_400_000

let world: World
let people = 0
beforeAll(async () => {
  world = await openWorld({ now: '2026-02-15T15:00:00Z' })
  await world.demo()
  await world.settle()
})
afterAll(() => world.close())

const within = <T>(slug: string, work: (ctx: Ctx) => Promise<T>, actor?: Actor): Promise<T> =>
  transact(world.door(slug, actor), work)
const later = (ms: number): void => world.clock.moveTo(new Date(world.clock.now().getTime() + ms))
const user = (id: number, ...roles: Role[]): Actor => ({ kind: 'user', id, roles, sessionId: '', customerId: null })
const sentTo = (slug: string, to: string): Promise<{ body: string }[]> =>
  within(slug, (ctx) => listOutbox(ctx, { to, limit: 50 }))
const codeFor = async (slug: string, to: string): Promise<string> =>
  /\b\d{6}\b/.exec((await sentTo(slug, to))[0]!.body)![0]
const waiting = async (slug: string, customerId: number): Promise<number[]> =>
  (await within(slug, (ctx) => customerById(ctx, customerId)))!.askedContact.map(({ approvalId }) => approvalId)

async function tokenOf(path: string, payload: object): Promise<string> {
  const { access_token, access } = (await world.inject({ method: 'POST', url: path, payload })).json()
  return access_token ?? access
}

/** A customer with a phone, an e-mail and no login; phones and addresses of their own. */
async function somebody(slug: string) {
  const n = String(++people).padStart(3, '0')
  const [old, wanted] = [`+254711200${n}`, `+254711300${n}`]
  const emails = { email: `old${n}@example.com`, wantedEmail: `new${n}@example.com` }
  const id = await within(slug, (ctx) =>
    createCustomer(ctx, { fullName: `Customer ${n}`, phone: old, email: emails.email }),
  )
  return { id, old, wanted, ...emails }
}
type Somebody = Awaited<ReturnType<typeof somebody>>

interface StaffDoor {
  readonly slug: string
  readonly asker: number
  /** Changes phone and e-mail as staff; answers what the contract then shows. */
  change(who: Somebody): Promise<{ phone: unknown; email: unknown }>
}

// tidy: a door reads best as a line
const overHttp = (
  slug: string,
  asker: number,
  signIn: readonly [string, object],
  method: 'PATCH' | 'PUT',
  path: string,
): StaffDoor => ({
  slug,
  asker,
  async change({ id, wanted: phone, wantedEmail: email }) {
    const token = await tokenOf(...signIn)
    const url = path.replace(':id', String(id))
    const changed = await world.inject({ method, url, token, payload: { phone, email } })
    expect([changed.statusCode, changed.body]).toEqual([200, expect.stringContaining(phone)])
    return (await world.inject({ method: 'GET', url, token })).json()
  },
})
const LENDER = ['/auth/login', { credential: 'lender1@sokocredit.com', password: 'password' }] as const
const OFFICER = ['/office/v1/auth/token', { email: 'lender1@sokocredit.com', password: 'password' }] as const
const COLLECTOR = ['/api/auth/token/', { username: 'admin', password: 'password' }] as const

const DOORS: Readonly<Record<string, StaffDoor>> = {
  'SokoCredit PATCH': overHttp('sokocredit', 2, LENDER, 'PATCH', '/customers/:id'),
  'office PATCH': overHttp('sokocredit', 2, OFFICER, 'PATCH', '/office/v1/customers/:id'),
  'RepaySync PATCH': overHttp('repaysync', 4, COLLECTOR, 'PATCH', '/api/customers/:id/'),
  'RepaySync PUT': overHttp('repaysync', 4, COLLECTOR, 'PUT', '/api/customers/:id/'),
}

describe.each(Object.keys(DOORS))('another phone and e-mail by %s', (name) => {
  const { slug, asker, change } = DOORS[name]!
  const give = (id: number) => within(slug, (ctx) => giveLogin(ctx, id, `login${++people}@example.com`))
  const owner = async (phone: string) => (await within(slug, (ctx) => customersByPhone(ctx, [phone]))).get(phone)

  it('are shown at once, and count for payments and logins when a second person has confirmed them, and a day is over', async () => {
    const who = await somebody(slug)
    expect(await change(who)).toMatchObject({ phone: who.wanted, email: who.wantedEmail })
    expect([await owner(who.old), await owner(who.wanted)]).toEqual([who.id, undefined])
    expect(await refusalOf(give(who.id))).toBe('contact_changed_lately')
    for (const told of [who.old, who.wanted, who.email, who.wantedEmail])
      expect(await sentTo(slug, told)).toHaveLength(1)
    const ids = await waiting(slug, who.id)
    expect(ids).toHaveLength(2)
    for (const id of ids) {
      const decide = (actor: Actor) => refusalOf(within(slug, (ctx) => approve(ctx, { id, steps: STEPS }), actor))
      expect(await decide(user(asker, 'admin'))).toBe('own_request')
      expect(await decide(user(asker + 50, 'calling_agent'))).toBe('not_permitted')
      expect(await decide(user(asker + 50, 'manager'))).toBeNull()
    }
    expect([await owner(who.old), await owner(who.wanted)]).toEqual([undefined, who.id])
    for (const told of [who.old, who.wanted, who.email, who.wantedEmail])
      expect(await sentTo(slug, told)).toHaveLength(2)
    later(DAY_MS - 1000)
    expect(await refusalOf(give(who.id))).toBe('contact_changed_lately')
    later(1000)
    expect(await refusalOf(give(who.id))).toBeNull()
    expect((await sentTo(slug, who.wanted))[0]!.body).toMatch(/login\d+@example.com/)
    expect(await sentTo(slug, who.old)).toHaveLength(2)
  })

  it('do not count when they are rejected or withdrawn, and the old ones go on', async () => {
    const who = await somebody(slug)
    await change(who)
    const [phone, email] = (await waiting(slug, who.id)) as [number, number]
    await within(slug, (ctx) => reject(ctx, { id: phone, steps: STEPS, note: 'Not her' }), user(asker + 50, 'admin'))
    const door = world.door(slug, user(asker, 'admin'))
    await transact(door, (ctx) => withdraw(ctx, email))
    const customer = (await within(slug, (ctx) => customerById(ctx, who.id)))!
    expect(shownContact(customer)).toMatchObject({ phone: who.old, email: who.email })
    expect(await owner(who.old)).toBe(who.id)
    expect(await refusalOf(give(who.id))).toBeNull()
    expect((await sentTo(slug, who.old))[0]!.body).toMatch(/login\d+@example.com/)
  })
})

describe('the owner of the old phone', () => {
  const slug = 'sokocredit'
  const officer = user(2, 'loan_officer')
  const change = (id: number, phone: string, actor = officer) =>
    within(slug, (ctx) => updateCustomer(ctx, id, { phone }), actor)
  const confirm = (customerId: number, approvalId: number, code: string, door: Door = world.door(slug, officer)) =>
    refusalOf(confirmContact(door, { customerId, approvalId, code }))

  it('confirms by the code that was sent there, which serves once', async () => {
    const who = await somebody(slug)
    await change(who.id, who.wanted)
    const [id] = (await waiting(slug, who.id)) as [number]
    const first = await codeFor(slug, who.old)
    await within(slug, (ctx) => resendContactCode(ctx, who.id, id), officer)
    const code = await codeFor(slug, who.old)
    if (first !== code) expect(await confirm(who.id, id, first)).toBe('code_invalid')
    expect(await confirm(who.id + 1, id, code)).toMatch(/not_found/)
    expect(await confirm(who.id, id, code)).toBeNull()
    expect(await confirm(who.id, id, code)).toBe('approval_not_found')
    expect((await within(slug, (ctx) => customerById(ctx, who.id)))!.phone).toBe(who.wanted)
    const [request] = await within(slug, (ctx) =>
      listApprovals(ctx, { kinds: ['customer.phone'], requestedBy: '', subject: `customer:${who.id}`, limit: 1 }),
    )
    expect(request).toMatchObject({ status: 'approved', requestedBy: 'user:2', decidedBy: `customer:${who.id}` })
  })

  it('is not guessed: five wrong codes a day for a customer, however many come at once and whatever is asked', async () => {
    const who = await somebody(slug)
    await change(who.id, who.wanted)
    const [id] = (await waiting(slug, who.id)) as [number]
    const right = await codeFor(slug, who.old)
    const wrong = right === '000000' ? '000001' : '000000'
    const answers = await Promise.all(Array.from({ length: 30 }, () => confirm(who.id, id, wrong)))
    expect(answers.filter((code) => code === 'code_invalid')).toHaveLength(5)
    expect(answers.filter((code) => code === 'too_many_attempts')).toHaveLength(25)
    await change(who.id, `${who.wanted.slice(0, -1)}9`)
    const [next] = (await waiting(slug, who.id)) as [number]
    expect(next).not.toBe(id)
    expect(await confirm(who.id, next, await codeFor(slug, who.old))).toBe('too_many_attempts')
  })

  it('is asked for what is wanted last: the same again is nothing new, what counts ends it, another takes its place', async () => {
    const who = await somebody(slug)
    const colleague = user(77, 'manager')
    await change(who.id, who.wanted)
    const [id] = await waiting(slug, who.id)
    await change(who.id, who.wanted, colleague)
    expect(await waiting(slug, who.id)).toEqual([id])
    await change(who.id, `${who.wanted.slice(0, -1)}8`, colleague)
    const [second, ...more] = await waiting(slug, who.id)
    expect([second === id, more]).toEqual([false, []])
    await change(who.id, who.old)
    expect(await waiting(slug, who.id)).toEqual([])
    const taken = await somebody(slug)
    expect(await refusalOf(change(who.id, taken.old))).toBe('phone_taken')
  })

  it('is also asked where staff complete what a login began, and where there was no phone only a second person confirms', async () => {
    const n = ++people
    const begun = { email: `begun${n}@example.com`, password: 'password', roles: ['customer'] as const }
    const userId = await within(slug, (ctx) => registerUser(ctx, begun))
    const id = await within(slug, borrowerProfile, user(userId, 'customer'))
    await within(slug, (ctx) => createCustomer(ctx, { fullName: 'Begun', phone: '+254711400001', userId }), officer)
    expect((await within(slug, (ctx) => customerById(ctx, id)))!.phone).toBeNull()
    const [request] = (await waiting(slug, id)) as [number]
    expect(await confirm(id, request, '123456')).toBe('code_invalid')
    await within(slug, (ctx) => approve(ctx, { id: request, steps: STEPS }), user(1, 'admin'))
    expect((await within(slug, (ctx) => customerById(ctx, id)))!.phone).toBe('+254711400001')
  })
})

describe('a login', () => {
  const slug = 'sokocredit'
  const anonymous = (): Door => world.door(slug, { kind: 'anonymous' })
  const forgot = (identifier: string) => requestPasswordReset(anonymous(), { identifier, ways: ['email', 'phone'] })

  it('that staff give under their own address does not send them its reset token', async () => {
    const who = await somebody(slug)
    const officers = `officer${who.id}@example.com`
    const userId = await within(slug, (ctx) => giveLogin(ctx, who.id, officers), user(2, 'loan_officer'))
    expect(await forgot(officers)).toEqual(expect.any(String))
    await within(slug, (ctx) => resetUserPassword(ctx, userId), user(1, 'admin'))
    expect(await sentTo(slug, officers)).toEqual([])
    expect(await sentTo(slug, who.old)).toHaveLength(3)
    const [message] = await sentTo(slug, who.old)
    expect(message!.body).toMatch(/sokocredit\.[\w-]{43}/)
    await within(slug, (ctx) => sendVerificationCode(ctx, userId, 'email'))
    const code = await codeFor(slug, officers)
    await verifyContact(anonymous(), { userId, contact: 'email', code })
    expect(await forgot(officers)).toEqual(expect.any(String))
    expect(await sentTo(slug, officers)).toHaveLength(2)
  })

  it('is not opened by a reset for a day after its address was changed, nor by what was sent before', async () => {
    const n = ++people
    const [email, next] = [`self${n}@example.com`, `next${n}@example.com`]
    const names = { email, phone: `+254711500${String(n).padStart(3, '0')}`, password: 'password' }
    const userId = await within(slug, (ctx) => registerUser(ctx, { ...names, roles: ['customer'] }))
    expect(await forgot(email)).toEqual(expect.any(String))
    await within(slug, (ctx) => updateUser(ctx, userId, { email: next }))
    expect([await forgot(next), await forgot(names.phone)]).toEqual([null, null])
    const byStaff = () => refusalOf(within(slug, (ctx) => resetUserPassword(ctx, userId), user(1, 'admin')))
    expect(await byStaff()).toBe('contact_changed_lately')
    expect((await login(anonymous(), { identifier: next, password: 'password', terms: { seconds: 60 } })).user.id).toBe(
      userId,
    )
    later(DAY_MS)
    expect(await forgot(next)).toEqual(expect.any(String))
    expect(await byStaff()).toBeNull()
  })

  it('claims no record by a phone that came into it within a day', async () => {
    const who = await somebody(slug)
    await within(slug, (ctx) => updateCustomer(ctx, who.id, { phone: who.wanted }), user(2, 'loan_officer'))
    const claimant = await within(slug, (ctx) =>
      registerUser(ctx, { phone: who.wanted, password: 'password', roles: ['customer'] }),
    )
    const prove = async () => {
      await within(slug, (ctx) => sendVerificationCode(ctx, claimant, 'phone'))
      await verifyContact(anonymous(), { userId: claimant, contact: 'phone', code: await codeFor(slug, who.wanted) })
      await world.settle()
      return (await within(slug, (ctx) => customerById(ctx, who.id)))!.userId
    }
    expect(await prove()).toBeNull()
    const [id] = (await waiting(slug, who.id)) as [number]
    await within(slug, (ctx) => approve(ctx, { id, steps: STEPS }), user(1, 'admin'))
    expect(await prove()).toBeNull()
    later(DAY_MS)
    expect(await prove()).toBe(claimant)
  })

  it('by a code goes to the phone that counts, and to a new one a day after it was confirmed', async () => {
    const at = { ...world.door('movicuotas', { kind: 'anonymous' }), address: '10.6.0.1' }
    const enterBySms = () => {
      const door = { ...at, now: world.clock.now(), org: { ...at.org, policies: { secondFactor: 'sms' } } }
      const identity = { kind: 'national', number: JUAN }
      return refusalOf(enter(door, { identity, contractNumber: null, code: null, deviceToken: null }))
    }
    const [old, wanted] = ['+50489978918', '+50499112233']
    await within('movicuotas', (ctx) => updateCustomer(ctx, 1, { phone: wanted }), user(2, 'loan_officer'))
    expect(await enterBySms()).toBe('second_factor_needed')
    expect((await sentTo('movicuotas', old))[0]!.body).toMatch(/\d{6}/)
    const told = (await sentTo('movicuotas', wanted)).length
    const [id] = (await waiting('movicuotas', 1)) as [number]
    await within('movicuotas', (ctx) => approve(ctx, { id, steps: STEPS }), user(1, 'admin'))
    expect(await enterBySms()).toBe('contact_changed_lately')
    later(DAY_MS)
    expect(await enterBySms()).toBe('second_factor_needed')
    expect(await sentTo('movicuotas', wanted)).toHaveLength(told + 2)
  })
})
