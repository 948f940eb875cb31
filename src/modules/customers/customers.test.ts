import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  CHANGE_PHONE,
  borrowerProfile,
  createCustomer,
  customerPages,
  deleteCustomer,
  getCustomer,
  type NewCustomer,
  updateCustomer,
} from '#modules/customers/customers.ts'
import { approve } from '#modules/approvals/approvals.ts'
import { customerForLoan, customerOfUser, customersByPhone, listCustomers } from '#modules/customers/views.ts'
import { registerUser, updateUser } from '#modules/identity/identity.ts'
import { markVerified } from '#modules/identity/store.ts'
import { productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { insertLoan } from '#modules/loan-records/store.ts'
import { type Actor, type Ctx, transact } from '#platform/context.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { openWorld, type World } from '#test/world.ts'

const ORG = 'sokocredit'
const staff: Actor = { kind: 'user', id: 501, roles: ['loan_officer'], sessionId: 'x', customerId: null }
const trader = (id: number): Actor => ({ kind: 'user', id, roles: ['customer'], sessionId: 'x', customerId: null })

let world: World
let phones = 0
const nextPhone = (): string => `07200${String(++phones).padStart(5, '0')}`
const as = <T>(actor: Actor | undefined, work: (ctx: Ctx) => Promise<T>): Promise<T> =>
  transact(world.door(ORG, actor), work)
const takeOn = (given: Partial<NewCustomer> = {}, actor: Actor = staff): Promise<number> =>
  as(actor, (ctx) => createCustomer(ctx, { fullName: 'Fatuma Hassan', phone: nextPhone(), ...given }))
const login = (): Promise<number> =>
  as(undefined, (ctx) => registerUser(ctx, { phone: nextPhone(), password: 'siri kubwa', roles: ['customer'] }))

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

describe('taking a customer on', () => {
  it('keeps the phone as E.164 and who did it, and says so without personal data', async () => {
    const id = await takeOn({
      phone: '0712 345 678',
      businessName: 'Mama Mboga',
      location: 'Gikomba',
      documents: { id_card: 'uploads/old/7.pdf' },
    })
    expect(await as(staff, (ctx) => getCustomer(ctx, id))).toMatchObject({
      id,
      fullName: 'Fatuma Hassan',
      phone: '+254712345678',
      businessName: 'Mama Mboga',
      location: 'Gikomba',
      userId: null,
      createdBy: 501,
      documents: [{ docType: 'id_card', path: 'uploads/old/7.pdf', fileId: null }],
    })
    const event = (await eventsOf(world, ORG, 'customer.created')).at(-1)!
    expect(event).toMatchObject({ subject: `customer:${id}`, data: { customer_id: id, user_id: null } })
    expect(JSON.stringify(event.data)).not.toContain('Fatuma')
  })

  it('gives whoever registers himself his own record, whatever login he names', async () => {
    const [own, other] = [await login(), await login()]
    const id = await takeOn({ userId: other }, trader(own))
    expect(await as(staff, (ctx) => customerOfUser(ctx, own))).toMatchObject({ id, userId: own, createdBy: own })
    expect(await as(staff, (ctx) => customerForLoan(ctx, id))).toEqual({ id, userId: own })
    expect(await as(trader(own), borrowerProfile)).toBe(id)
  })

  it('refuses a phone that is none, one that is taken, a second record for a login, a login that is none', async () => {
    const userId = await login()
    await takeOn({ phone: '0733000001', userId })
    expect(await refusalOf(takeOn({ phone: 'call me' }))).toBe('invalid_input')
    expect(await refusalOf(takeOn({ phone: '+254 733 000 001' }))).toBe('phone_taken')
    expect(await refusalOf(takeOn({ userId }))).toBe('profile_exists')
    expect(await refusalOf(takeOn({}, trader(userId)))).toBe('profile_exists')
    expect(await refusalOf(takeOn({ userId: 987_654 }))).toBe('user_not_found')
  })

  it('lets one of many through who come at once with one phone, or one login', async () => {
    const samePhone = await Promise.all(Array.from({ length: 8 }, () => refusalOf(takeOn({ phone: '0733000002' }))))
    expect(samePhone.filter((code) => code === null)).toHaveLength(1)
    expect(samePhone.filter((code) => code === 'phone_taken')).toHaveLength(7)
    const userId = await login()
    const sameLogin = await Promise.all(Array.from({ length: 8 }, () => refusalOf(takeOn({}, trader(userId)))))
    expect(sameLogin.filter((code) => code === null)).toHaveLength(1)
    expect(sameLogin.filter((code) => code === 'profile_exists')).toHaveLength(7)
  })
})

describe('the record of a borrower who has none', () => {
  it('is begun from his login, once, and completed by himself', async () => {
    const userId = await login()
    const id = await as(trader(userId), borrowerProfile)
    expect(await as(trader(userId), borrowerProfile)).toBe(id)
    const begun = await as(staff, (ctx) => getCustomer(ctx, id))
    expect(begun).toMatchObject({ userId, createdBy: userId, phone: expect.stringMatching(/^\+2547200/) })
    const phone = `0${begun.phone!.slice(4)}`
    expect(await takeOn({ fullName: 'Akinyi Otieno', phone, location: 'Kisumu' }, trader(userId))).toBe(id)
    expect(await as(staff, (ctx) => getCustomer(ctx, id))).toMatchObject({
      fullName: 'Akinyi Otieno',
      location: 'Kisumu',
      profile: {},
    })
    expect(await refusalOf(takeOn({}, trader(userId)))).toBe('profile_exists')
  })

  it('takes no phone that is another’s, and is for users of the organisation only', async () => {
    const phone = nextPhone()
    await takeOn({ phone })
    const userId = await as(undefined, (ctx) =>
      registerUser(ctx, { phone, password: 'siri kubwa', roles: ['customer'] }),
    )
    const id = await as(trader(userId), borrowerProfile)
    expect((await as(staff, (ctx) => getCustomer(ctx, id))).phone).toBeNull()
    expect(await refusalOf(as(trader(987_654), borrowerProfile))).toBe('customer_profile_missing')
    expect(await refusalOf(as(undefined, borrowerProfile))).toBe('customer_profile_missing')
  })
})

describe('whose record it is', () => {
  it('shows and changes a customer for staff and for himself, for nobody else', async () => {
    const [own, other] = [await login(), await login()]
    const id = await takeOn({ userId: own })
    const change = (actor: Actor) => as(actor, (ctx) => updateCustomer(ctx, id, { location: 'Thika' }))
    expect(await refusalOf(as(trader(other), (ctx) => getCustomer(ctx, id)))).toBe('not_yours')
    expect(await refusalOf(change(trader(other)))).toBe('not_yours')
    expect(await refusalOf(as({ kind: 'anonymous' }, (ctx) => getCustomer(ctx, id)))).toBe('not_yours')
    expect((await as(trader(own), (ctx) => getCustomer(ctx, id))).id).toBe(id)
    expect((await change(trader(own))).location).toBe('Thika')
    expect((await change(staff)).location).toBe('Thika')
    expect(await refusalOf(as(staff, (ctx) => getCustomer(ctx, 987_654)))).toBe('customer_not_found')
  })

  it('is another organisation’s, hence not there', async () => {
    const id = await takeOn()
    const door = world.door('visionfund', staff)
    expect(await refusalOf(transact(door, (ctx) => getCustomer(ctx, id)))).toBe('customer_not_found')
  })
})

describe('changing a customer', () => {
  it('states what changed, and nothing when nothing did', async () => {
    const id = await takeOn({ location: 'Thika' })
    await as(staff, (ctx) => updateCustomer(ctx, id, { location: 'Thika', businessName: 'Duka' }))
    await as(staff, (ctx) => updateCustomer(ctx, id, { businessName: 'Duka' }))
    const stated = (await eventsOf(world, ORG, 'customer.updated')).filter((e) => e.subject === `customer:${id}`)
    expect(stated.map((event) => event.data)).toEqual([{ customer_id: id, changed: ['businessName'] }])
  })

  it('refuses the phone of another, and keeps its own however it is written', async () => {
    const id = await takeOn({ phone: '0733000003' })
    const other = await takeOn({ phone: '0733000004' })
    const change = (phone: string) => as(staff, (ctx) => updateCustomer(ctx, id, { phone }))
    expect(await refusalOf(change('0733000004'))).toBe('phone_taken')
    expect((await change('254733000003')).phone).toBe('+254733000003')
    const both = await Promise.all([
      change('0733000005'),
      as(staff, (ctx) => updateCustomer(ctx, other, { phone: '0733000005' })),
    ])
    const requests = both.map(({ askedContact }) => askedContact[0]!.approvalId)
    const second: Actor = { ...staff, id: 502 }
    const approvals = requests.map((request) =>
      refusalOf(as(second, (ctx) => approve(ctx, { id: request, steps: [CHANGE_PHONE] }))),
    )
    expect((await Promise.all(approvals)).toSorted()).toEqual([null, 'phone_taken'])
  })

  it('is found anew by what he is called now', async () => {
    const id = await takeOn({ fullName: 'Before Marriage' })
    await as(staff, (ctx) => updateCustomer(ctx, id, { fullName: 'After Wedding' }))
    const found = (search: string) =>
      as(staff, async (ctx) => (await listCustomers(ctx, { search }, { page: 1, perPage: 5 })).total)
    expect([await found('before marriage'), await found('after WEDDING')]).toEqual([0, 1])
  })
})

describe('erasing a customer', () => {
  it('takes him away with his noted documents, once', async () => {
    const id = await takeOn({ documents: { id_card: 'x' } })
    await deleteCustomer(world.door(ORG, staff), id)
    expect(await refusalOf(deleteCustomer(world.door(ORG, staff), id))).toBe('customer_not_found')
    expect((await eventsOf(world, ORG, 'customer.deleted')).at(-1)!.data).toEqual({ customer_id: id })
  })

  it('is refused while a loan is his', async () => {
    const id = await takeOn()
    const terms = productTermsSchema.parse({ ratePercent: '10', months: 6 })
    await as(staff, (ctx) =>
      insertLoan(ctx, {
        customerId: id,
        productId: null,
        officerId: 501,
        principal: 1_200_000n,
        terms,
        appliedBy: 501,
        topsUp: null,
        againstSale: false,
      }),
    )
    expect(await refusalOf(deleteCustomer(world.door(ORG, staff), id))).toBe('customer_has_loans')
    expect((await as(staff, (ctx) => getCustomer(ctx, id))).id).toBe(id)
  })
})

describe('who pays from a phone', () => {
  it('is the customer whose login has proved it, else whose record has it, else whose login claims it', async () => {
    const phone = nextPhone()
    const userId = await as(undefined, (ctx) =>
      registerUser(ctx, { phone, password: 'siri kubwa', roles: ['customer'] }),
    )
    const byLogin = await takeOn({ userId })
    const payer = async () => [
      ...(await as(undefined, (ctx) => customersByPhone(ctx, [`+254${phone.slice(1)}`]))).values(),
    ]
    expect(await payer()).toEqual([byLogin])
    const byRecord = await takeOn({ phone })
    expect(await payer()).toEqual([byRecord])
    await as(undefined, (ctx) => markVerified(ctx, userId, 'phone'))
    expect(await payer()).toEqual([byLogin])
    expect(await as(undefined, (ctx) => customersByPhone(ctx, ['+254799999999']))).toEqual(new Map())
  })

  /** Whose a phone is, after what somebody who is no staff did to make it hers. */
  const payerOf = async (phone: string): Promise<number | undefined> =>
    (await as(undefined, (ctx) => customersByPhone(ctx, [`+254${phone.slice(1)}`]))).get(`+254${phone.slice(1)}`)

  it('is nobody, where a customer put the phone into her record or login herself, until she proves it or staff notes it', async () => {
    const userId = await login()
    const id = await takeOn({}, trader(userId))
    const [ofRecord, ofLogin, ofBoth] = [nextPhone(), nextPhone(), nextPhone()]
    await as(trader(userId), (ctx) => updateCustomer(ctx, id, { phone: ofRecord }))
    await as(trader(userId), (ctx) => updateUser(ctx, userId, { phone: ofLogin }))
    expect([await payerOf(ofRecord), await payerOf(ofLogin)]).toEqual([undefined, undefined])
    await as(staff, (ctx) => updateCustomer(ctx, id, { location: 'Kibera' }))
    expect(await payerOf(ofRecord)).toBeUndefined()
    await as(staff, (ctx) => updateCustomer(ctx, id, { phone: ofRecord }))
    expect(await payerOf(ofRecord)).toBe(id)
    await as(undefined, (ctx) => markVerified(ctx, userId, 'phone'))
    expect(await payerOf(ofLogin)).toBe(id)
    await as(trader(userId), (ctx) => updateUser(ctx, userId, { phone: ofBoth }))
    await as(trader(userId), (ctx) => updateCustomer(ctx, id, { phone: ofBoth }))
    expect([await payerOf(ofLogin), await payerOf(ofBoth)]).toEqual([undefined, undefined])
    await as(undefined, (ctx) => markVerified(ctx, userId, 'phone'))
    expect(await payerOf(ofBoth)).toBe(id)
  })

  it('is nobody, where two customers have each merely claimed the phone', async () => {
    const phone = nextPhone()
    const userId = await as(undefined, (ctx) =>
      registerUser(ctx, { phone, password: 'siri kubwa', roles: ['customer'] }),
    )
    const byLogin = await takeOn({ userId })
    expect(await payerOf(phone)).toBe(byLogin)
    await takeOn({ phone }, trader(await login()))
    expect(await payerOf(phone)).toBeUndefined()
  })

  it('does not keep a customer who asks for a loan with her login from being taken on, whoever put the phone into a record', async () => {
    const first = await login()
    const id = await takeOn({}, trader(first))
    const phone = nextPhone()
    await as(trader(first), (ctx) => updateCustomer(ctx, id, { phone }))
    const second = await as(undefined, (ctx) =>
      registerUser(ctx, { phone, password: 'siri kubwa', roles: ['customer'] }),
    )
    const other = await as(trader(second), (ctx) => borrowerProfile(ctx))
    expect(await as(staff, (ctx) => getCustomer(ctx, other))).toMatchObject({ phone: null, userId: second })
    expect(await payerOf(phone)).toBe(other)
  })
})

describe('reading all of them', () => {
  it('comes page by page, each customer once, by the same filter as the list', async () => {
    for (let n = 0; n < 5; n++) await takeOn({ location: 'Eldoret' })
    const ids: number[] = []
    for await (const page of customerPages(world.door(ORG, staff), { location: 'Eldoret' })) {
      ids.push(...page.map((customer) => customer.id))
    }
    expect(ids).toHaveLength(5)
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b))
  })
})
