import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCustomer, type NewCustomer, uploadDocument } from '#modules/customers/customers.ts'
import { searchPattern, searchText } from '#modules/customers/search-text.ts'
import { type CustomerFilter, listCustomers } from '#modules/customers/views.ts'
import { type Actor, type Ctx, transact } from '#platform/context.ts'
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
  const MANY = 5_203

  it.each([undefined, 'trader'])('counts them all and reaches the last (search: %s)', async (search) => {
    const slug = search ? 'visionfund' : 'chamahub'
    await transact(world.door(slug), (ctx) =>
      sql`insert into customers (org_id, id, full_name, search_text, created_at, updated_at)
          select ${ctx.org.id}, n, 'Trader ' || n, 'trader ' || n, ${ctx.now}, ${ctx.now} from generate_series(1, ${MANY}) n`.execute(
        ctx.tx,
      ),
    )
    const shown = async (page: number, perPage: number, words = search) => {
      const list = (ctx: Ctx) => listCustomers(ctx, { search: words }, { page, perPage })
      const { customers, total } = await transact(world.door(slug), list, true)
      return [total, customers.map((customer) => customer.id)]
    }
    expect(await shown(1, 2)).toEqual([MANY, [1, 2]])
    expect(await shown(50, 100)).toEqual([MANY, Array.from({ length: 100 }, (_, n) => 4_901 + n)])
    expect(await shown(2_501, 2)).toEqual([MANY, [5_001, 5_002]])
    expect(await shown(2_602, 2)).toEqual([MANY, [5_203]])
    expect(await shown(2_603, 2)).toEqual([MANY, []])
    expect(await shown(1, 2, 'trader 5203')).toEqual([1, [5_203]])
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
