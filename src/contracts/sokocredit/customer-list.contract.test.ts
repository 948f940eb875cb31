import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { readXlsx } from 'hucre/xlsx'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sokocredit } from '#contracts/sokocredit/contract.ts'
import { transact } from '#platform/context.ts'
import { buildServer } from '#platform/http/http.ts'
import { ADMIN, type Answered, bothWays, LENDER, MAMA, openSoko, refusal, type Soko } from '#test/soko.ts'

let soko: Soko
const tokens = { admin: '', lender: '', mama: '' }
const list = (query = '', who: keyof typeof tokens = 'lender'): Promise<Answered> =>
  soko.ask(`GET /customers/${query}`, { token: tokens[who] })
const names = async (query: string): Promise<string[]> =>
  (await list(query)).body.customers.map((customer: { full_name: string }) => customer.full_name)

const PEOPLE = [
  { full_name: 'Fatuma Hassan', phone: '0712345678', business_name: 'Mama Mboga', location: 'Nairobi' },
  { full_name: '=HYPERLINK("http://evil","x")', phone: '0712345679', business_name: '+1+1', location: '@SUM(A1)' },
  { full_name: 'Quote "Q", Comma', phone: '0712345680', business_name: '-2+3', location: 'Ñairobi' },
  { full_name: 'Grace', phone: '0712345681', documents: { id_card: 'a.pdf', permit: 'b.pdf' } },
]

beforeAll(async () => {
  soko = await openSoko()
  tokens.admin = (await soko.login(ADMIN)).access
  tokens.lender = (await soko.login(LENDER)).access
  tokens.mama = (await soko.login(MAMA)).access
  for (const [n, body] of PEOPLE.entries()) {
    await soko.ask('POST /customers/', { token: n < 3 ? tokens.lender : tokens.admin, body })
  }
})
afterAll(() => soko.close())

describe('GET /customers/', () => {
  it.each(bothWays('GET /customers/'))('%s: a page in order of id, for staff only', async (what) => {
    const { status, body } = await soko.ask(what, { token: tokens.lender })
    expect([status, body.total, body.page, body.pages]).toEqual([200, 4, 1, 1])
    expect(body.customers.map((c: { id: number }) => c.id)).toEqual([1, 2, 3, 4])
    expect(body.customers[3]).toMatchObject({ documents: { id_card: 'a.pdf', permit: 'b.pdf' }, created_by: 1 })
    expect(await soko.ask(what, { token: tokens.mama })).toMatchObject(
      refusal(403, "Unauthorized: role 'mama_mboga' not in allowed roles ['admin', 'lender']"),
    )
  })

  it.each<[string, string[]]>([
    ['?search=FATUMA', ['Fatuma Hassan']],
    ['?search=nairobi', ['Fatuma Hassan']],
    ['?search=%C3%B1airobi', ['Quote "Q", Comma']],
    ['?search=0712345681', ['Grace']],
    ['?search=%25', []],
    ['?search=nobody', []],
    ['?location=Nairobi', ['Fatuma Hassan']],
    ['?location=Nai', []],
    ['?location=nairobi', []],
    ['?business_name=Mama%20Mboga', ['Fatuma Hassan']],
    ['?created_by=1', ['Grace']],
    ['?created_by=2&search=a&location=Nairobi', ['Fatuma Hassan']],
    ['?has_documents=true', ['Grace']],
    ['?has_documents=True', ['Grace']],
    ['?has_documents=false&per_page=2', ['Fatuma Hassan', '=HYPERLINK("http://evil","x")']],
    ['?per_page=2&page=2', ['Quote "Q", Comma', 'Grace']],
    ['?search=', ['Fatuma Hassan', '=HYPERLINK("http://evil","x")', 'Quote "Q", Comma', 'Grace']],
    ['?format=pdf&search=grace', ['Grace']],
  ])('%s: %j', async (query, expected) => {
    expect(await names(query)).toEqual(expected)
  })

  it.each<[string, number, number, number, number]>([
    // query | shown, total, page, pages
    ['?per_page=3', 3, 4, 1, 2],
    ['?per_page=3&page=2', 1, 4, 2, 2],
    ['?page=99', 0, 4, 99, 1],
    ['?page=999999999', 0, 4, 999_999_999, 1],
    // what is no positive number is as if it were not there
    ['?page=abc&per_page=x', 4, 4, 1, 1],
    ['?page=-1&per_page=-5', 4, 4, 1, 1],
    ['?page=0&per_page=0', 4, 4, 1, 1],
    ['?page=1.5', 4, 4, 1, 1],
    ['?page=99999999999999999999', 4, 4, 1, 1],
    ['?per_page=100000', 4, 4, 1, 1],
    ['?search=nobody', 0, 0, 1, 0],
  ])('%s: shows %i of %i, page %i of %i', async (query, shown, total, page, pages) => {
    const { status, body } = await list(query)
    expect([status, body.customers.length, body.total, body.page, body.pages]).toEqual([200, shown, total, page, pages])
  })

  it.each([
    ['?colour=red', "Invalid filter: 'colour' is not a valid filter field"],
    ['?page=1&sort=id&x=1', "Invalid filter: 'sort' is not a valid filter field"],
    ['?__proto__=1', /./],
    ['?created_by=me', /^created_by:/],
    ['?has_documents=maybe', /^has_documents:/],
    ['?search=a&search=b', /^search:/],
    [`?search=${'x'.repeat(201)}`, /^search:/],
    ['?search=%00', /./],
  ])('refuses %s: %s', async (query, text) => {
    expect(await list(query)).toMatchObject(refusal(400, text))
  })
})

describe('GET /customers/my_customers', () => {
  it.each(bothWays('GET /customers/my_customers'))('%s: a bare array of those I created', async (what) => {
    const mine = await soko.ask(what, { token: tokens.admin })
    expect([mine.status, mine.body.map((c: { full_name: string }) => c.full_name)]).toEqual([200, ['Grace']])
    expect(await soko.ask(what, { token: tokens.mama })).toMatchObject({ status: 403 })
  })

  it('takes the filters, pages and formats of the list', async () => {
    const ids = async (query: string) =>
      (await list(`my_customers${query}`)).body.map((customer: { id: number }) => customer.id)
    expect(await ids('')).toEqual([1, 2, 3])
    expect(await ids('?page=2&per_page=2')).toEqual([3])
    expect(await ids('?search=fatuma')).toEqual([1])
    expect(await ids('?created_by=1')).toEqual([])
    expect((await list('my_customers?format=csv')).body.split('\r\n')).toHaveLength(5)
    expect(await list('my_customers?x=1')).toMatchObject(
      refusal(400, "Invalid filter: 'x' is not a valid filter field"),
    )
  })
})

describe('exports', () => {
  it('write CSV of all that match, whatever the page, with nothing that runs as a formula', async () => {
    const { status, headers, body } = await list('?format=csv&per_page=1&page=7')
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(headers['content-disposition']).toBe('attachment; filename="customers.csv"')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(body).toBe(
      [
        'ID,Full Name,Phone,Business,Location,Documents',
        '1,Fatuma Hassan,+254712345678,Mama Mboga,Nairobi,{}',
        '2,"\'=HYPERLINK(""http://evil"",""x"")",+254712345679,\'+1+1,\'@SUM(A1),{}',
        '3,"Quote ""Q"", Comma",+254712345680,\'-2+3,Ñairobi,{}',
        '4,Grace,+254712345681,,,"{""id_card"":""a.pdf"",""permit"":""b.pdf""}"',
        '',
      ].join('\r\n'),
    )
    expect((await list('?format=csv&search=grace')).body.split('\r\n')).toHaveLength(3)
    expect((await list('?format=csv&search=nobody')).body).toBe('ID,Full Name,Phone,Business,Location,Documents\r\n')
  })

  it('write XLSX of one sheet, all text as text', async () => {
    const response = await soko.world.inject({ method: 'GET', url: '/customers?format=excel', token: tokens.lender })
    expect(response.headers['content-type']).toBe('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
    expect(response.headers['content-disposition']).toBe('attachment; filename="customers.xlsx"')
    const { sheets } = await readXlsx(response.rawPayload)
    expect(sheets.map((sheet) => sheet.name)).toEqual(['Customers'])
    expect(sheets[0]!.rows.slice(0, 3)).toEqual([
      ['ID', 'Full Name', 'Phone', 'Business', 'Location', 'Documents'],
      [1, 'Fatuma Hassan', '+254712345678', 'Mama Mboga', 'Nairobi', '{}'],
      [2, '=HYPERLINK("http://evil","x")', '+254712345679', '+1+1', '@SUM(A1)', '{}'],
    ])
    expect(sheets[0]!.rows).toHaveLength(5)
  })

  it('are for staff, and refuse wrong filters before anything is written', async () => {
    expect((await list('?format=csv', 'mama')).status).toBe(403)
    expect(await list('?format=csv&x=1')).toMatchObject(refusal(400, "Invalid filter: 'x' is not a valid filter field"))
  })
})

describe('a client that goes away', () => {
  it('stops the export, which reads no further than is taken', async () => {
    const { services } = soko.world
    await transact(soko.world.door('sokocredit'), (ctx) => {
      const long = 'x'.repeat(190)
      return sql`
        insert into customers (org_id, id, full_name, business_name, location, created_at, updated_at)
        select ${ctx.org.id}, n, ${long}, ${long}, ${long}, ${ctx.now}, ${ctx.now} from generate_series(1001, 31000) n`.execute(
        ctx.tx,
      )
    })
    let asked = 0
    const transactCounted: typeof services.db.transact = (...given) => {
      asked++
      return services.db.transact(...given)
    }
    const app = await buildServer({ ...services, db: { ...services.db, transact: transactCounted } }, [sokocredit])
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const headers = { authorization: `Bearer ${tokens.lender}` }
    const reading = get({ port, path: '/customers/?format=csv', headers })
    const [response] = (await once(reading, 'response')) as [IncomingMessage]
    await once(response, 'data')
    response.destroy()
    for (let before = 0; before < asked; await pause(500)) before = asked
    // 30,000 customers are 60 pages
    expect([asked > 1, asked < 50]).toEqual([true, true])
    await app.close()
  })
})

describe('GET /customers/openapi', () => {
  it.each(bothWays('GET /customers/openapi'))('%s: the static schema, with and without a token', async (what) => {
    for (const token of [undefined, tokens.mama]) {
      const { status, body } = await soko.ask(what, { token })
      const { get } = body.paths['/customers/']
      expect([status, get.parameters.map((parameter: { name: string }) => parameter.name)]).toEqual([
        200,
        ['page', 'per_page', 'search', 'created_by', 'business_name', 'location', 'has_documents', 'format'],
      ])
      expect([typeof get.summary, Object.keys(get.responses)[0]]).toEqual(['string', '200'])
    }
  })
})
