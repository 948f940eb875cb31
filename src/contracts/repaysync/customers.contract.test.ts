import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRepay, type Repay } from '#test/repay.ts'
import { bothWays } from '#test/soko.ts'

let repay: Repay

beforeAll(async () => {
  repay = await openRepay()
  await repay.hire('john', 'calling_agent')
  await repay.hire('jane', 'collection_officer', 'john')
  await repay.hire('boss', 'collection_head')
})
afterAll(() => repay.close())

const FORBIDDEN = 'You do not have permission to perform this action.'
const EXAMPLE = {
  name: 'John Doe',
  phone: '+91-9876543210',
  email: 'john@example.com',
  assigned_collection_officer: 2,
  address_line_1: '123 Main St',
  address_line_2: 'Apt 4B',
  city: 'Kolkata',
  state: 'WB',
  pincode: '700001',
  date_of_birth: '1990-01-01',
}
const create = async (who: string, more: object = {}): Promise<number> =>
  (await repay.ask(who, 'POST /api/customers/', { name: 'Somebody', ...more })).body.id

describe('5.1 and 5.2 create', () => {
  it.each([...bothWays('POST /api/customers/'), ...bothWays('POST /api/customers/create/')])(
    '%s: answers the customer, with a code that was made',
    async (what) => {
      const { status, body } = await repay.ask('john', what, { ...EXAMPLE, customer_code: null })
      expect({ status, body }).toEqual({
        status: 201,
        body: { ...EXAMPLE, id: expect.any(Number), customer_code: expect.stringMatching(/^[0-9A-F]{8}$/) },
      })
      const shown = await repay.ask('jane', `GET /api/customers/${body.id}/`)
      expect(shown.body).toEqual(body)
    },
  )

  it('keeps the code it is given, once', async () => {
    const given = { ...EXAMPLE, customer_code: 'OptionalValueOrNull' }
    expect((await repay.ask('john', 'POST /api/customers/', given)).body.customer_code).toBe('OptionalValueOrNull')
    expect(await repay.ask('john', 'POST /api/customers/', given)).toMatchObject({
      status: 400,
      body: { errors: { customer_code: ['customer with this customer code already exists.'] } },
    })
  })

  it('takes one of many who give the same code at once, and one phone for one payer', async () => {
    const given = { name: 'Ravi', customer_code: 'AT-ONCE', phone: '+919812300001' }
    const sameCode = Array.from({ length: 6 }, () => repay.ask('john', 'POST /api/customers/', given))
    expect((await Promise.all(sameCode)).map(({ status }) => status).sort()).toEqual([201, 400, 400, 400, 400, 400])
    const samePhone = Array.from({ length: 6 }, () =>
      repay.ask('john', 'POST /api/customers/', { name: 'Ravi', phone: '+919812300002' }),
    )
    expect((await Promise.all(samePhone)).map(({ status }) => status)).toEqual(Array(6).fill(201))
  })

  it('changes many customers to the same phone at once', async () => {
    const ids = [await create('jane'), await create('jane'), await create('jane')]
    const changes = ids.map((id) => repay.ask('jane', `PATCH /api/customers/${id}/`, { phone: '+919812300003' }))
    expect((await Promise.all(changes)).map(({ status, body }) => [status, body.phone])).toEqual(
      Array(3).fill([200, '+919812300003']),
    )
  })

  it('assigns to the caller when nobody is named, and leaves empty what is missing', async () => {
    const { body } = await repay.ask('jane', 'POST /api/customers/', { name: '  Asha ', email: '', phone: null })
    expect(body).toEqual({
      ...Object.fromEntries(Object.keys(EXAMPLE).map((field) => [field, null])),
      id: expect.any(Number),
      customer_code: expect.any(String),
      name: 'Asha',
      assigned_collection_officer: repay.idOf('jane'),
    })
  })

  it.each([
    [{}, { name: ['This field is required.'] }],
    [{ name: '' }, { name: ['This field may not be blank.'] }],
    [{ name: null }, { name: ['This field may not be null.'] }],
    [{ name: true }, { name: ['Not a valid string.'] }],
    [{ name: 'x'.repeat(256) }, { name: ['Ensure this field has no more than 255 characters.'] }],
    [{ name: 'A', email: 'nobody' }, { email: ['Enter a valid email address.'] }],
    [{ name: 'A', state: 'XX' }, { state: ['"XX" is not a valid choice.'] }],
    [{ name: 'A', state: { toString: null } }, { state: ['"dict" is not a valid choice.'] }],
    [{ name: 'A', state: [['WB']] }, { state: ['"list" is not a valid choice.'] }],
    [
      { name: 'A', date_of_birth: '01/02/1990' },
      { date_of_birth: ['Date has wrong format. Use one of these formats instead: YYYY-MM-DD.'] },
    ],
    [{ name: 'A', phone: '1'.repeat(21) }, { phone: ['Ensure this field has no more than 20 characters.'] }],
    [
      { name: 'A', assigned_collection_officer: 999 },
      { assigned_collection_officer: ['Invalid pk "999" - object does not exist.'] },
    ],
    [
      { name: 'A', assigned_collection_officer: 'jane' },
      { assigned_collection_officer: ['Incorrect type. Expected pk value, received str.'] },
    ],
  ])('%j is refused with %j', async (body, errors) => {
    expect(await repay.ask('john', 'POST /api/customers/', body)).toMatchObject({ status: 400, body: { errors } })
  })

  it('takes a number for a name, a phone with letters, and one phone for two', async () => {
    const { body } = await repay.ask('john', 'POST /api/customers/', { name: 42, phone: 'ask at the shop' })
    expect(body).toMatchObject({ name: '42', phone: 'ask at the shop' })
    const ids = [await create('john', { phone: '+91-9000000001' }), await create('john', { phone: '+919000000001' })]
    const phones = await Promise.all(
      ids.map(async (id) => (await repay.ask('john', `GET /api/customers/${id}`)).body.phone),
    )
    expect(phones).toEqual(['+91-9000000001', '+919000000001'])
  })
})

describe('5.3 retrieve, update, delete', () => {
  it.each(['PUT', 'PATCH'].flatMap((method) => bothWays(`${method} /api/customers/ID/`)))(
    '%s changes what was sent and leaves the rest',
    async (what) => {
      const id = await create('jane', EXAMPLE)
      const change = { name: 'John Doe Updated', phone: '+91-9123456789' }
      const answer = await repay.ask('jane', what.replace('ID', String(id)), change)
      expect(answer).toMatchObject({ status: 200, body: { ...EXAMPLE, ...change, id } })
      expect((await repay.ask('jane', `GET /api/customers/${id}`)).body).toEqual(answer.body)
    },
  )

  it('refuses a code that is another’s and an empty name', async () => {
    const [id] = [await create('jane', { customer_code: 'MINE' }), await create('jane', { customer_code: 'THEIRS' })]
    const taken = await repay.ask('jane', `PATCH /api/customers/${id}/`, { customer_code: 'THEIRS' })
    expect(taken).toMatchObject({ status: 400, body: { errors: { customer_code: [expect.any(String)] } } })
    const blank = await repay.ask('jane', `PATCH /api/customers/${id}/`, { name: ' ' })
    expect(blank).toMatchObject({ status: 400, body: { errors: { name: ['This field may not be blank.'] } } })
  })

  it.each(bothWays('DELETE /api/customers/ID/'))(
    '%s takes the customer out with loans and interactions',
    async (what) => {
      const id = await create('jane')
      const loan = await repay.ask('jane', 'POST /api/loans/', {
        loan_account_number: `DEL${id}`,
        customer: id,
        principal_amount: 1000,
        interest_rate: 10,
        tenure_months: 2,
        loan_date: '2026-01-01',
      })
      await repay.ask('jane', 'POST /api/interactions/field/create/', {
        loan: loan.body.id,
        comment: 'x',
        disposition: 'visited',
      })
      expect(await repay.ask('jane', what.replace('ID', String(id)))).toMatchObject({
        status: 200,
        body: { message: 'Customer deleted.' },
      })
      for (const path of [
        `customers/${id}`,
        `loans/${loan.body.id}`,
        `loans/customer/${id}`,
        `interactions/field/loan/${loan.body.id}`,
      ]) {
        expect((await repay.ask('jane', `GET /api/${path}/`)).status, path).toBe(404)
      }
      expect((await repay.ask('jane', what.replace('ID', String(id)))).status).toBe(404)
    },
  )

  it('answers 404 for what is not there, in JSON', async () => {
    for (const path of ['999999', 'abc', '0', '99999999999', '1.5']) {
      expect(await repay.ask('jane', `GET /api/customers/${path}/`), path).toMatchObject({
        status: 404,
        body: { error: 'Not found.', detail: 'Not found.' },
      })
    }
  })

  it('answers 405 with what the path takes', async () => {
    const { status, body, headers } = await repay.ask('jane', 'DELETE /api/customers/')
    expect({ status, body, allow: headers.allow }).toEqual({
      status: 405,
      body: { error: 'Method "DELETE" not allowed.', detail: 'Method "DELETE" not allowed.' },
      allow: expect.stringContaining('POST'),
    })
  })
})

describe('who may', () => {
  it.each(['GET /api/customers/', 'POST /api/customers/', 'GET /api/customers/1/', 'POST /api/customers/bulk/upload/'])(
    '%s needs a token',
    async (what) => {
      const { status, body, headers } = await repay.ask(null, what, what.startsWith('POST') ? {} : undefined)
      const said = 'Authentication credentials were not provided.'
      expect({ status, body, asks: headers['www-authenticate'] }).toEqual({
        status: 401,
        body: { error: said, detail: said },
        asks: expect.stringContaining('Bearer'),
      })
    },
  )

  it('lets a calling agent read all and change only his own', async () => {
    const id = await create('jane')
    expect((await repay.ask('john', `GET /api/customers/${id}/`)).status).toBe(200)
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      expect(await repay.ask('john', `${method} /api/customers/${id}/`, { name: 'X' }), method).toMatchObject({
        status: 403,
        body: { error: FORBIDDEN, detail: FORBIDDEN },
      })
    }
    const own = await create('john', { assigned_collection_officer: repay.idOf('jane') })
    expect((await repay.ask('john', `PATCH /api/customers/${own}/`, { name: 'Mine' })).status).toBe(200)
  })
})

it('of two who change different things at once neither undoes the other’s', async () => {
  const id = await create('john')
  const changes = { city: 'Kolkata', pincode: '700001', phone: '+91-9123456789', address_line_1: 'Lane 1', state: 'WB' }
  const each = Object.entries({ ...changes, assigned_collection_officer: repay.idOf('jane') })
  const answers = await Promise.all(
    each.map(([field, value]) => repay.ask('boss', `PATCH /api/customers/${id}/`, { [field]: value })),
  )
  expect(answers.map(({ status }) => status)).toEqual(each.map(() => 200))
  const { body } = await repay.ask('boss', `GET /api/customers/${id}/`)
  expect(body).toMatchObject(Object.fromEntries(each))
})
