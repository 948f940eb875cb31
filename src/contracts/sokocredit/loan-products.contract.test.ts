import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apply } from '#modules/loans/loans.ts'
import { loanById } from '#modules/loan-records/views.ts'
import { productById } from '#modules/loan-products/views.ts'
import { transact } from '#platform/context.ts'
import { ADMIN, type Answered, bothWays, LENDER, MAMA, openSoko, refusal, type Soko } from '#test/soko.ts'

let soko: Soko
const tokens = { admin: '', lender: '', mama: '' }
type Who = keyof typeof tokens
const ask = (who: Who, what: string, body?: unknown): Promise<Answered> => soko.ask(what, { token: tokens[who], body })

const STARTER = {
  name: 'Starter Business Loan',
  description: 'For a first stall',
  max_amount: 20000,
  interest_rate: 12.5,
  duration_months: 6,
  frequency: 'monthly',
}
const create = async (more: object = {}): Promise<number> =>
  (await ask('lender', 'POST /loan-products', { ...STARTER, ...more })).body.id

beforeAll(async () => {
  soko = await openSoko()
  tokens.admin = (await soko.login(ADMIN)).access
  tokens.lender = (await soko.login(LENDER)).access
  tokens.mama = (await soko.login(MAMA)).access
})
afterAll(() => soko.close())

describe('POST /loan-products', () => {
  it.each(bothWays('POST /loan-products'))('%s: 201 with the product, flat for the whole term', async (what) => {
    const { status, body } = await ask('lender', what, STARTER)
    const created_at = expect.stringMatching(/^2026-02-15T09:\d\d:\d\d\.\d{3}Z$/)
    expect([status, body]).toEqual([201, { id: expect.any(Number), ...STARTER, created_at }])
    const product = await transact(soko.world.door('sokocredit'), (ctx) => productById(ctx, body.id))
    expect(product).toMatchObject({
      maxAmount: 2_000_000n,
      minAmount: 1n,
      terms: {
        interestMethod: 'flat',
        rateBasis: 'wholeTerm',
        ratePercent: '12.5',
        months: 6,
        frequency: 'monthly',
        amortization: 'equalInstalments',
        accounting: 'accrual',
        allocation: ['penalty', 'fee', 'interest', 'principal'],
      },
    })
  })

  it('takes numbers as text, to the last decimal', async () => {
    const texts = { max_amount: ' 1234567890.12 ', interest_rate: '0.1', duration_months: '12', frequency: 'weekly' }
    const { body } = await ask('admin', 'POST /loan-products', { name: 'Text', ...texts })
    expect(body).toMatchObject({ max_amount: 1234567890.12, interest_rate: 0.1, duration_months: 12, description: '' })
    const product = await transact(soko.world.door('sokocredit'), (ctx) => productById(ctx, body.id))
    expect([product!.maxAmount, product!.terms.ratePercent]).toEqual([123_456_789_012n, '0.1'])
  })

  it.each([
    // missing or empty, nought included, by name
    [{}, 'Missing or empty fields: name, max_amount, interest_rate, duration_months, frequency'],
    [undefined, 'Missing or empty fields: name, max_amount, interest_rate, duration_months, frequency'],
    [{ ...STARTER, name: ' ', interest_rate: 0 }, 'Missing or empty fields: name, interest_rate'],
    [{ ...STARTER, max_amount: null, duration_months: '' }, 'Missing or empty fields: max_amount, duration_months'],
    [{ ...STARTER, max_amount: 'x', frequency: '' }, 'Missing or empty fields: frequency'],
    // wrong, by name
    [{ ...STARTER, frequency: 'yearly' }, 'Invalid data types in fields: frequency'],
    [{ ...STARTER, frequency: ['monthly'] }, 'Invalid data types in fields: frequency'],
    [{ ...STARTER, name: 7 }, 'Invalid data types in fields: name'],
    [{ ...STARTER, name: 'x'.repeat(201) }, 'Invalid data types in fields: name'],
    [{ ...STARTER, description: 5 }, 'Invalid data types in fields: description'],
    [{ ...STARTER, duration_months: 6.5 }, 'Invalid data types in fields: duration_months'],
    [{ ...STARTER, duration_months: -6 }, 'Invalid data types in fields: duration_months'],
    [{ ...STARTER, duration_months: 601 }, 'Invalid data types in fields: duration_months'],
    [{ ...STARTER, duration_months: true }, 'Invalid data types in fields: duration_months'],
    [{ ...STARTER, interest_rate: '12,5' }, 'Invalid data types in fields: interest_rate'],
    [{ ...STARTER, interest_rate: -1 }, 'Invalid data types in fields: interest_rate'],
    [{ ...STARTER, interest_rate: '1e3' }, 'Invalid data types in fields: interest_rate'],
    [{ ...STARTER, interest_rate: 0.1 + 0.2 }, 'Invalid data types in fields: interest_rate'],
    [{ ...STARTER, max_amount: 'lots' }, 'Invalid data types in fields: max_amount'],
    [{ ...STARTER, max_amount: -1 }, 'Invalid data types in fields: max_amount'],
    [{ ...STARTER, max_amount: '0' }, 'Invalid data types in fields: max_amount'],
    [{ ...STARTER, max_amount: 100.001 }, 'Invalid data types in fields: max_amount'],
    [{ ...STARTER, max_amount: '100.005' }, 'Invalid data types in fields: max_amount'],
    [{ ...STARTER, max_amount: 1e16 }, 'Invalid data types in fields: max_amount'],
    [{ ...STARTER, max_amount: '9'.repeat(40) }, 'Invalid data types in fields: max_amount'],
    [{ ...STARTER, max_amount: 'NaN' }, 'Invalid data types in fields: max_amount'],
    [{ ...STARTER, max_amount: { $gt: 0 } }, 'Invalid data types in fields: max_amount'],
    [[STARTER], /./],
  ])('refuses %o: %s', async (body, text) => {
    expect(await ask('lender', 'POST /loan-products', body)).toMatchObject(refusal(400, text))
  })
})

describe('GET /loan-products', () => {
  it.each(bothWays('GET /loan-products'))('%s: a bare array, for every role', async (what) => {
    const id = await create({ name: 'Listed' })
    for (const who of ['admin', 'lender', 'mama'] as const) {
      const { status, body } = await ask(who, what)
      expect([status, body.at(-1)]).toEqual([200, expect.objectContaining({ id, name: 'Listed', max_amount: 20000 })])
    }
    const { body: rest } = await ask('mama', `${what}?after=${id - 1}`)
    expect(rest.map((product: { id: number }) => product.id)).toEqual([id])
  })
})

describe('GET /loan-products/:id', () => {
  it.each(['', '/'])('shows one to every role (slash: %j)', async (slash) => {
    const id = await create()
    expect(await ask('mama', `GET /loan-products/${id}${slash}`)).toMatchObject({
      status: 200,
      body: { id, ...STARTER },
    })
    expect(await ask('mama', `GET /loan-products/999999${slash}`)).toMatchObject(refusal(404, 'Loan product not found'))
    expect(await ask('mama', `GET /loan-products/first${slash}`)).toMatchObject(refusal(404, 'Not found'))
  })
})

describe('PATCH /loan-products/:id', () => {
  it('changes what is sent and leaves the rest', async () => {
    const id = await create()
    const path = `PATCH /loan-products/${id}`
    const { status, body } = await ask('lender', path, { max_amount: '25000.50', frequency: 'daily', colour: 'red' })
    expect([status, body]).toEqual([
      200,
      { ...STARTER, id, max_amount: 25000.5, frequency: 'daily', created_at: body.created_at },
    ])
    expect((await ask('admin', `${path}/`, { interest_rate: 0, description: null })).body).toMatchObject({
      interest_rate: 0,
      description: '',
      frequency: 'daily',
    })
    expect((await ask('lender', path)).body).toEqual((await ask('mama', `GET /loan-products/${id}`)).body)
  })

  it.each([
    [{ frequency: 'yearly' }, "Invalid frequency: yearly. Must be one of ['daily', 'weekly', 'monthly']"],
    [{ frequency: 5 }, "Invalid frequency: 5. Must be one of ['daily', 'weekly', 'monthly']"],
    [{ name: '' }, 'Missing or empty fields: name'],
    [{ max_amount: 0 }, 'Missing or empty fields: max_amount'],
    [{ max_amount: 1.999 }, 'Invalid data types in fields: max_amount'],
    [{ duration_months: 'long' }, 'Invalid data types in fields: duration_months'],
    [{ interest_rate: 'x' }, 'Invalid data types in fields: interest_rate'],
  ])('refuses %o: %s', async (body, text) => {
    const id = await create()
    expect(await ask('lender', `PATCH /loan-products/${id}`, body)).toMatchObject(refusal(400, text))
    expect((await ask('lender', `GET /loan-products/${id}`)).body).toMatchObject(STARTER)
  })

  it('is 404 for an unknown product', async () => {
    expect(await ask('lender', 'PATCH /loan-products/999999', {})).toMatchObject(refusal(404, 'Loan product not found'))
  })
})

describe('DELETE /loan-products/:id', () => {
  it.each(['', '/'])('takes it off the shelf, once, and leaves its loans as they are (slash: %j)', async (slash) => {
    const id = await create()
    const loanId = await lend(id)
    const path = `DELETE /loan-products/${id}${slash}`
    const text = 'Loan product deleted'
    expect(await ask('lender', path)).toMatchObject({ status: 200, body: { message: text, msg: text } })
    expect(await ask('lender', path)).toMatchObject(refusal(404, 'Loan product not found'))
    expect(await ask('lender', `GET /loan-products/${id}`)).toMatchObject({ status: 404 })
    expect(await ask('lender', `PATCH /loan-products/${id}`, { name: 'Back' })).toMatchObject({ status: 404 })
    const { body } = await ask('lender', 'GET /loan-products')
    expect(body.map((product: { id: number }) => product.id)).not.toContain(id)
    const loan = await transact(soko.world.door('sokocredit'), (ctx) => loanById(ctx, loanId))
    expect(loan).toMatchObject({ productId: id, status: 'pending', terms: { ratePercent: '12.5' } })
  })
})

describe('who may manage products', () => {
  it('is a lender or admin, nobody else', async () => {
    const id = await create()
    for (const what of ['POST /loan-products', `PATCH /loan-products/${id}`, `DELETE /loan-products/${id}`]) {
      expect(await ask('mama', what, STARTER)).toMatchObject(
        refusal(403, "Unauthorized: role 'mama_mboga' not in allowed roles ['admin', 'lender']"),
      )
      expect(await soko.ask(what, { body: STARTER })).toMatchObject(refusal(401, 'Missing Authorization Header'))
    }
    expect(await soko.ask('GET /loan-products')).toMatchObject(refusal(401, 'Missing Authorization Header'))
  })
})

let phones = 0
/** A loan under the product, applied for by the lender for a customer of his. */
async function lend(productId: number): Promise<number> {
  const body = { full_name: 'Fatuma', phone: `07120${String(++phones).padStart(5, '0')}` }
  const { body: customer } = await ask('lender', 'POST /customers/', body)
  return transact(soko.world.door('sokocredit'), async (ctx) => {
    const { terms } = (await productById(ctx, productId))!
    return apply(ctx, { customerId: customer.id, productId, officerId: 2, amount: 1_000_000n, terms })
  })
}
