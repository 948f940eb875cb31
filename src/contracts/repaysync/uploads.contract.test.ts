import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '#platform/context.ts'
import { formOf, openRepay, type Repay } from '#test/repay.ts'
import { bothWays } from '#test/soko.ts'

let repay: Repay
let loan: number

beforeAll(async () => {
  repay = await openRepay()
  await repay.hire('jane', 'collection_officer')
  await repay.hire('john', 'calling_agent')
  await repay.hire('joe', 'collection_officer')
  const customer = (await repay.ask('jane', 'POST /api/customers/', { name: 'John Doe' })).body.id
  loan = (await repay.ask('jane', 'POST /api/loans/', { loan_account_number: 'LN12345', customer })).body.id
})
afterAll(() => repay.close())

const CUSTOMERS = 'POST /api/customers/bulk/upload/'
const INTERACTIONS = 'POST /api/interactions/bulk/upload/'
const HEADER = 'customer_code,name,phone,email,address_line_1,address_line_2,city,state,pincode,date_of_birth'

describe('5.4 customers', () => {
  it.each(bothWays(CUSTOMERS))(
    '%s: strings stay strings, blanks are nothing, the uploader looks after them',
    async (what) => {
      const csv = `\uFEFF${HEADER}\r\n,"Doe, John",0987654321,john@example.com,123 Main St,,Kolkata,WB,070001,1990-01-01\r\n,Asha,,,,,,,,\r\n`
      const { status, body } = await repay.upload('john', what, csv)
      expect({ status, body }).toEqual({ status: 201, body: { records_created: 2, errors: [] } })
      const all = (await repay.ask('john', 'GET /api/customers/')).body
      expect(all.slice(-2)).toMatchObject([
        {
          name: 'Doe, John',
          phone: '0987654321',
          pincode: '070001',
          email: 'john@example.com',
          address_line_2: null,
          assigned_collection_officer: repay.idOf('john'),
        },
        { name: 'Asha', phone: null, email: null, date_of_birth: null },
      ])
    },
  )

  it('names row, line, field and reason, and takes the others', async () => {
    const csv = `${HEADER}\nB1,Good,,,,,,,,\nB2,,,,,,,,,\nB3,Bad,,nobody,,,,XX,,1990-13-01\nB1,Twice,,,,,,,,\nB5,Good,,,,,,,,,,x\nB6,Good\n`
    const { status, body } = await repay.upload('jane', CUSTOMERS, csv)
    expect({ status, created: body.records_created, count: body.errors_count }).toEqual({
      status: 201,
      created: 2,
      count: 4,
    })
    expect(body.errors).toEqual([
      {
        row: 1,
        line: 3,
        field: 'name',
        reason: 'This field is required.',
        errors: { name: ['This field is required.'] },
      },
      {
        ...{ row: 2, line: 4, field: 'email', reason: 'Enter a valid email address.' },
        errors: {
          email: ['Enter a valid email address.'],
          state: ['"XX" is not a valid choice.'],
          date_of_birth: ['Date has wrong format. Use one of these formats instead: YYYY-MM-DD.'],
        },
      },
      expect.objectContaining({
        row: 3,
        line: 5,
        field: 'customer_code',
        reason: 'customer with this customer code already exists.',
      }),
      expect.objectContaining({ row: 4, line: 6, field: null, reason: 'This row has 12 cells, the header has 10.' }),
    ])
  })

  it('says up to which line it has read when the file breaks off, and keeps what was in', async () => {
    const rows = Array.from({ length: 1_500 }, (_, n) => `BR${n},Broken ${n}\n`).join('')
    const { payload, headers } = formOf(`customer_code,name\n${rows}`)
    const brokenOff = payload.subarray(0, payload.length - 20)
    expect(await repay.ask('jane', CUSTOMERS, brokenOff, { headers })).toMatchObject({
      status: 201,
      body: { records_created: 1_000, error: expect.stringMatching(/^The rows after line 1001 were not read: /) },
    })
    expect((await repay.ask('jane', CUSTOMERS, payload, { headers })).body).toMatchObject({
      records_created: 500,
      errors_count: 1_000,
    })
  })

  it('creates nothing twice where codes are given', async () => {
    const csv = 'customer_code,name\nR1,One\nR2,Two\n'
    expect((await repay.upload('jane', CUSTOMERS, csv)).body).toEqual({ records_created: 2, errors: [] })
    const again = await repay.upload('jane', CUSTOMERS, csv)
    expect(again).toMatchObject({ status: 200, body: { records_created: 0, errors_count: 2 } })
  })

  it('takes one code once when two upload it at the same moment', async () => {
    const csv = `customer_code,name,phone\n${Array.from({ length: 50 }, (_, n) => `P${n},Name ${n},+9198300${String(n).padStart(5, '0')}`).join('\n')}\n`
    const answers = await Promise.all([1, 2, 3].map(() => repay.upload('jane', CUSTOMERS, csv)))
    const created = answers.map(({ body }) => body.records_created)
    expect(created.toSorted()).toEqual([0, 0, 50])
  })

  it.each([
    ['no file at all', undefined, { error: 'No file provided.' }],
    ['nothing in it', '', { error: 'No columns to parse from file' }],
    ['Latin-1', Buffer.from('name\nJosé\n', 'latin1'), { error: expect.stringContaining('UTF-8') }],
  ])('%s is refused', async (_, csv, said) => {
    const answer =
      csv === undefined ? await repay.ask('jane', CUSTOMERS, {}) : await repay.upload('jane', CUSTOMERS, csv)
    expect(answer).toMatchObject({ status: 400 })
    expect(answer.body).toEqual(said)
  })

  it('wants the field to be called file, and answers a header alone with nothing created', async () => {
    expect(await repay.upload('jane', CUSTOMERS, 'name\nA\n', 'csv')).toMatchObject({
      status: 400,
      body: { error: 'No file provided.' },
    })
    expect(await repay.upload('jane', CUSTOMERS, `${HEADER}\n`)).toMatchObject({
      status: 200,
      body: { records_created: 0, errors: [] },
    })
  })

  it('answers a repeated Idempotency-Key without reading again', async () => {
    const send = () =>
      repay.app.inject({ method: 'POST', url: '/api/customers/bulk/upload/', ...keyed('name\nOnce\n') })
    const [first, second] = [await send(), await send()]
    expect([first.json(), second.json()]).toEqual([1, 1].map(() => ({ records_created: 1, errors: [] })))
    expect(second.headers['idempotent-replay']).toBe('true')
  })
})

function keyed(csv: string) {
  const boundary = 'keyed'
  const payload = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${csv}\r\n--${boundary}--\r\n`
  const authorization = `Bearer ${repay.tokenOf('jane')}`
  return {
    payload,
    headers: { authorization, 'idempotency-key': 'k1', 'content-type': `multipart/form-data; boundary=${boundary}` },
  }
}

describe('7.3 interactions', () => {
  it.each(bothWays(INTERACTIONS))('%s: field unless said otherwise, by number or account number', async (what) => {
    const csv = `loan_id,loan_account_number,comment,disposition,next_call_date,interaction_type\n${loan},,"Visited, spoke",visited,2026-02-20,\n,LN12345,Called,called,,calling\n`
    expect(await repay.upload('jane', what, csv)).toMatchObject({
      status: 201,
      body: { records_created: 2, errors: [] },
    })
    const visits = (await repay.ask('jane', `GET /api/interactions/field/loan/${loan}/`)).body
    expect(visits[0]).toMatchObject({
      loan,
      comment: 'Visited, spoke',
      next_call_date: '2026-02-20',
      created_by: repay.idOf('jane'),
    })
    const calls = (await repay.ask('john', `GET /api/interactions/calling/loan/${loan}/`)).body
    expect(calls[0]).toMatchObject({ comment: 'Called', next_call_date: null })
  })

  it('says what is wrong with each row', async () => {
    const csv = `loan_id,comment,disposition,next_call_date,interaction_type\n999,x,visited,,\n${loan},,visited,,\n${loan},x,sang,,\n${loan},x,visited,soon,\n${loan},x,visited,,letter\n,x,visited,,\n`
    const { status, body } = await repay.upload('jane', INTERACTIONS, csv)
    expect({ status, created: body.records_created }).toEqual({ status: 200, created: 0 })
    expect(body.errors.map((one: { row: number; field: string }) => [one.row, one.field])).toEqual([
      [0, 'loan_id'],
      [1, 'comment'],
      [2, 'disposition'],
      [3, 'next_call_date'],
      [4, 'interaction_type'],
      [5, 'loan_id'],
    ])
  })

  it('does not let an officer write about another’s customers, nor anybody without a file', async () => {
    const { body } = await repay.upload('joe', INTERACTIONS, `loan_id,comment,disposition\n${loan},x,visited\n`)
    expect(body.errors).toMatchObject([
      { field: 'loan_id', reason: 'You do not have permission to perform this action.' },
    ])
    expect(await repay.ask('joe', INTERACTIONS, {})).toMatchObject({
      status: 400,
      body: { error: 'No file provided.' },
    })
  })
})

it('takes rows in while the file is still being sent', async () => {
  await repay.app.listen({ port: 0 })
  const { port } = repay.app.server.address() as AddressInfo
  const { payload, headers } = formOf(
    `customer_code,name\n${Array.from({ length: 8_000 }, (_, n) => `S${n},Streamed ${n}\n`).join('')}`,
  )
  const authorization = `Bearer ${repay.tokenOf('jane')}`
  const path = '/api/customers/bulk/upload/'
  const sending = request({ port, path, method: 'POST', headers: { ...headers, authorization } })
  const answered = new Promise<string>((resolve, reject) => {
    sending.on('error', reject).on('response', (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text))
    })
  })
  const taken = (): Promise<number> =>
    transact(repay.world.door('repaysync'), async (ctx) => {
      const { rows } = await sql<{ n: number }>`
        select count(*)::integer as n from customers where org_id = ${ctx.org.id} and full_name like 'Streamed %'`.execute(
        ctx.tx,
      )
      return rows[0]!.n
    })
  sending.write(payload.subarray(0, payload.length / 2))
  await expect.poll(taken, { timeout: 20_000, interval: 100 }).toBeGreaterThanOrEqual(3_000)
  expect(await taken()).toBeLessThan(5_000)
  sending.end(payload.subarray(payload.length / 2))
  expect(JSON.parse(await answered)).toEqual({ records_created: 8_000, errors: [] })
})
