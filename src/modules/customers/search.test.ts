import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCustomer, type NewCustomer, uploadDocument } from '#modules/customers/customers.ts'
import { searchPattern, searchText } from '#modules/customers/search-text.ts'
import { type CustomerFilter, listCustomers } from '#modules/customers/views.ts'
import { type Actor, transact } from '#platform/context.ts'
import { openWorld, type World } from '#test/world.ts'

const staff: Actor = { kind: 'user', id: 501, roles: ['loan_officer'], sessionId: 'x', customerId: null }
const admin: Actor = { ...staff, id: 500, roles: ['admin'] }

const PEOPLE: readonly (readonly [Actor, NewCustomer])[] = [
  [staff, { fullName: 'Fatuma Hassan', phone: '0712345678', businessName: 'Mama Mboga', location: 'Nairobi' }],
  [
    staff,
    { fullName: 'Ñandú O’Brien', phone: '0733000100', businessName: '100% Fresh_Fish', location: 'Nairobi West' },
  ],
  [admin, { fullName: 'John Otieno', phone: '+256 772 123456', businessName: 'Duka la Samaki', location: 'Kisumu' }],
  [admin, { fullName: 'Grace Wanjiku', phone: '0110000007', documents: { id_card: 'a.pdf' } }],
]

let world: World
const ids: number[] = []
const found = (filter: CustomerFilter, page = { page: 1, perPage: 10 }) =>
  transact(world.door('sokocredit', staff), (ctx) => listCustomers(ctx, filter, page), true)
const names = async (filter: CustomerFilter): Promise<string[]> =>
  (await found(filter)).customers.map((customer) => customer.fullName.split(' ')[0]!)

beforeAll(async () => {
  world = await openWorld()
  for (const [actor, person] of PEOPLE) {
    ids.push(await transact(world.door('sokocredit', actor), (ctx) => createCustomer(ctx, person)))
  }
  const bytes = Buffer.from('%PDF-1.4 shop photo')
  const upload = { customerId: ids[1]!, docType: 'permit', path: 'p', file: { name: 'permit.pdf', bytes } }
  await uploadDocument(world.door('sokocredit', staff), upload)
})
afterAll(() => world.close())

describe('searching customers', () => {
  it.each<[string, string[]]>([
    ['fatuma', ['Fatuma']],
    ['UMA HAS', ['Fatuma']],
    ['mboga', ['Fatuma']],
    ['nairobi', ['Fatuma', 'Ñandú']],
    ['  nairobi   west ', ['Ñandú']],
    // however the phone is written
    ['0712345678', ['Fatuma']],
    ['+254 712 345-678', ['Fatuma']],
    ['712345', ['Fatuma']],
    ['0772', ['John']],
    ['+256', ['John']],
    // letters beyond ASCII, in one piece or composed
    ['ñANDÚ', ['Ñandú']],
    ['n\u0303andu\u0301', ['Ñandú']],
    ['o’brien', ['Ñandú']],
    // what LIKE would take for a wildcard is a letter like others
    ['100%', ['Ñandú']],
    ['fresh_', ['Ñandú']],
    ['%', ['Ñandú']],
    ['_', ['Ñandú']],
    ['\\', []],
    // never across two fields
    ['hassan mama', []],
    ['', ['Fatuma', 'Ñandú', 'John', 'Grace']],
  ])('finds %j anywhere in name, phone, business or location: %j', async (search, expected) => {
    expect(await names({ search })).toEqual(expected)
  })

  it('filters by who took them on, exact business and location, and documents', async () => {
    expect(await names({ createdBy: 500 })).toEqual(['John', 'Grace'])
    expect(await names({ location: 'Nairobi' })).toEqual(['Fatuma'])
    expect(await names({ location: 'nairobi' })).toEqual([])
    expect(await names({ businessName: 'Duka la Samaki', createdBy: 500 })).toEqual(['John'])
    expect(await names({ hasDocuments: true })).toEqual(['Ñandú', 'Grace'])
    expect(await names({ hasDocuments: false, search: 'nairobi' })).toEqual(['Fatuma'])
  })

  it('pages in order of id, with the total of all that match', async () => {
    const third = await found({}, { page: 2, perPage: 3 })
    expect([third.total, third.customers.map((c) => c.id)]).toEqual([4, [ids[3]]])
    expect(await found({}, { page: 99, perPage: 3 })).toEqual({ total: 4, customers: [] })
    expect(await found({ search: 'nobody' })).toEqual({ total: 0, customers: [] })
  })
})

describe('paging through more than are read at once', () => {
  it('counts them all and reaches the last', async () => {
    const door = world.door('visionfund')
    await transact(door, async (ctx) => {
      for (let n = 0; n < 1_203; n++)
        await createCustomer(ctx, { fullName: `Trader ${n}`, phone: `07210${String(n).padStart(5, '0')}` })
    })
    const page = (n: number, perPage: number, search = 'trader') =>
      transact(door, (ctx) => listCustomers(ctx, { search }, { page: n, perPage }), true)
    const shown = async (n: number, perPage: number, search?: string) => {
      const { customers, total } = await page(n, perPage, search)
      return [total, customers.map((customer) => customer.fullName.slice(7))]
    }
    expect(await shown(1, 2)).toEqual([1_203, ['0', '1']])
    expect(await shown(501, 2)).toEqual([1_203, ['1000', '1001']])
    expect(await shown(11, 100)).toEqual([1_203, ['1000', ...Array.from({ length: 99 }, (_, n) => String(1001 + n))]])
    expect(await shown(602, 2)).toEqual([1_203, ['1202']])
    expect(await shown(603, 2)).toEqual([1_203, []])
    expect(await shown(1, 2, 'trader 1202')).toEqual([1, ['1202']])
  })
})

describe('the text that is searched', () => {
  it('has a line for each field, so that a word never spans two', () => {
    const text = searchText({ fullName: 'A\nB', phone: '+254712345678', businessName: null, location: ' Thika ' })
    expect(text).toBe('a b\n+254712345678\n0712345678\nthika')
    expect(searchPattern('a%')).toBe('%a\\%%')
    expect(searchPattern('   ')).toBeNull()
  })
})
