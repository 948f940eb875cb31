import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { sokocredit } from '#contracts/sokocredit/contract.ts'
import { transact } from '#platform/context.ts'
import { buildServer } from '#platform/http/http.ts'
import { openBooks } from '#modules/ledger/ledger.ts'
import { expectBooksAgree } from '#test/books.ts'
import { ADMIN, type Answered, bothWays, LENDER, MAMA, openSoko, refusal, type Soko } from '#test/soko.ts'

let soko: Soko
let admin: string
let lender: string
let mama: string

beforeAll(async () => {
  soko = await openSoko({ now: '2026-01-15T09:00:00Z' })
  await transact(soko.world.door('sokocredit'), openBooks)
  ;[admin, lender, mama] = (await Promise.all(
    [ADMIN, LENDER, MAMA].map(async (who) => (await soko.login(who)).access),
  )) as [string, string, string]
})
afterAll(() => soko.close())

const APPLICATION = { amount: 12000, interest_rate: 10, duration_months: 6 }
const applyFor = async (more: object = {}): Promise<Answered['body']> =>
  (await soko.ask('POST /loans', { token: mama, body: { ...APPLICATION, ...more } })).body
const lent = async (more: object = {}): Promise<number> => {
  const { id } = await applyFor(more)
  await soko.ask(`PATCH /loans/${id}/approve`, { token: lender })
  expect((await soko.ask(`PATCH /loans/${id}/disburse`, { token: lender })).status).toBe(200)
  return id
}
const pay = (body: object): Promise<Answered> => soko.ask('POST /repayments/mpesa-webhook', { body })
const PHONE = '0700000003'

beforeAll(async () => {
  await soko.ask('POST /loan-products', {
    token: admin,
    body: { name: 'Starter', max_amount: 20000, interest_rate: 12.5, duration_months: 6, frequency: 'monthly' },
  })
})

describe('POST /repayments/mpesa-webhook', () => {
  let loanId: number
  beforeAll(async () => {
    // Everything lent so far is settled, so that the payments below meet one loan.
    await pay({ phone_number: PHONE, amount_paid: 200000, mpesa_code: 'CLEAR' })
    loanId = await lent()
  })
  const rows = async () => (await loanOf(loanId)).repayment_schedules
  const loanOf = async (id: number) =>
    (await soko.ask('GET /loans', { token: mama })).body.find((l: { id: number }) => l.id === id)

  it.each(bothWays('POST /repayments/mpesa-webhook'))('%s: recorded', async (what) => {
    const body = { phone_number: '0700000003', amount_paid: 1100, mpesa_code: `DOC ${what}` }
    expect(await soko.ask(what, { body })).toMatchObject({
      status: 201,
      body: { message: 'Payment recorded successfully', overpayment: 0 },
    })
  })

  test('two halves have paid the first row, and both stand in the history', async () => {
    const [first, second] = await rows()
    expect(first).toMatchObject({ status: 'paid', amount_paid: 2200, principal_due: 2000, interest_due: 200 })
    expect(first.repayments).toHaveLength(2)
    expect(second).toMatchObject({ status: 'unpaid', amount_paid: 0 })
  })

  test('the same code again, twenty times at once: one repayment, the same answer', async () => {
    const body = { phone_number: '+254700000003', amount_paid: 500, mpesa_code: 'TWICE' }
    const answers = await Promise.all(Array.from({ length: 20 }, () => pay(body)))
    expect(answers.filter((a) => a.status === 201)).toHaveLength(1)
    expect(answers.filter((a) => a.status === 200)).toHaveLength(19)
    expect(new Set(answers.map((a) => JSON.stringify(a.body))).size).toBe(1)
    expect(await pay({ ...body, amount_paid: 999 })).toMatchObject({ status: 200, body: { amount_paid: 500 } })
    expect((await rows())[1]).toMatchObject({ status: 'partial', amount_paid: 500 })
  })

  test('an unknown phone is told so, and the money waits for a person', async () => {
    const body = { phone_number: '0722000111', amount_paid: 700, mpesa_code: 'LOST' }
    expect(await pay(body)).toMatchObject(refusal(404, 'User with this phone not found'))
    expect(await pay(body)).toMatchObject(refusal(404, 'User with this phone not found'))
  })

  test('a phone that is none is unknown too: the money has arrived all the same', async () => {
    expect((await pay({ phone_number: 'abc', amount_paid: 700, mpesa_code: 'NOPHONE' })).status).toBe(404)
  })

  test('overpaid: the loan is completed, the rest is credit; then nothing is pending', async () => {
    const { balance } = await loanOf(loanId)
    const over = await pay({ phone_number: PHONE, amount_paid: balance + 100.5, mpesa_code: 'OVER' })
    expect(over).toMatchObject({ status: 201, body: { overpayment: 100.5 } })
    expect(await loanOf(loanId)).toMatchObject({ status: 'completed', balance: 0 })
    expect(await pay({ phone_number: PHONE, amount_paid: 10, mpesa_code: 'AFTER' })).toMatchObject(
      refusal(404, 'No pending repayments found.'),
    )
  })

  const MISSING = 'Missing required payment info'
  const WRONG = 'amount_paid must be a positive number.'
  it.each([
    // what is sent                                                                     | text
    [{}, MISSING],
    [{ phone_number: PHONE, amount_paid: 100 }, MISSING],
    [{ phone_number: PHONE, mpesa_code: 'X1' }, MISSING],
    [{ amount_paid: 100, mpesa_code: 'X1' }, MISSING],
    [{ phone_number: PHONE, amount_paid: 0, mpesa_code: 'X1' }, MISSING],
    [{ phone_number: '', amount_paid: 100, mpesa_code: 'X1' }, MISSING],
    [{ phone_number: {}, amount_paid: 100, mpesa_code: 'X1' }, MISSING],
    [{ phone_number: PHONE, amount_paid: -100, mpesa_code: 'X1' }, WRONG],
    [{ phone_number: PHONE, amount_paid: 'lots', mpesa_code: 'X1' }, WRONG],
    [{ phone_number: PHONE, amount_paid: 0.001, mpesa_code: 'X1' }, WRONG],
    [{ phone_number: PHONE, amount_paid: 1e300, mpesa_code: 'X1' }, WRONG],
    [{ phone_number: PHONE, amount_paid: 100, mpesa_code: 'X'.repeat(65) }, /mpesa_code/],
    [{ phone_number: '1'.repeat(40), amount_paid: 100, mpesa_code: 'X1' }, /phone_number/],
  ])('refuses %o', async (body, text) => {
    expect(await pay(body)).toMatchObject(refusal(400, text))
  })

  test('amounts as numeric text are taken, as some senders write them', async () => {
    await lent({ amount: 1000 })
    expect((await pay({ phone_number: PHONE, amount_paid: '50.25', mpesa_code: 'TEXT' })).body.amount_paid).toBe(50.25)
  })
})

describe('GET /repayment-schedules and GET /repayments', () => {
  it.each(bothWays('GET /repayment-schedules'))('%s: own rows, next due first', async (what) => {
    const { status, body } = await soko.ask(what, { token: mama })
    expect(status).toBe(200)
    const days = body.map((row: { due_date: string }) => row.due_date)
    expect(days).toEqual([...days].sort())
    expect(body[0]).toMatchObject({
      id: expect.any(Number),
      loan_id: expect.any(Number),
      amount_due: expect.any(Number),
      status: expect.stringMatching(/^(unpaid|partial|paid)$/),
    })
    for (const token of [admin, lender]) expect((await soko.ask(what, { token })).status).toBe(403)
  })

  it.each(bothWays('GET /repayments'))('%s: latest first; all for staff, own for a mama_mboga', async (what) => {
    const [all, own] = [await soko.ask(what, { token: lender }), await soko.ask(what, { token: mama })]
    expect(own.body).toEqual(all.body)
    const ids = all.body.map((r: { id: number }) => r.id)
    expect(ids).toEqual([...ids].sort((a, b) => b - a))
    expect(all.body.find((r: { mpesa_code: string }) => r.mpesa_code === 'TWICE')).toMatchObject({
      user_id: 3,
      amount_paid: 500,
      paid_at: expect.stringMatching(/Z$/),
    })
  })

  test('another mama_mboga sees nothing of it', async () => {
    await soko.ask('POST /auth/register', {
      body: { username: 'other', phone: '0711222333', email: 'other@soko.test', password: 'password1' },
    })
    const { access } = await soko.login('other@soko.test', 'password1')
    for (const what of ['GET /loans', 'GET /repayments', 'GET /repayment-schedules']) {
      expect((await soko.ask(what, { token: access })).body).toEqual([])
    }
  })
})

describe('who may report a payment', () => {
  const body = { phone_number: '0722000112', amount_paid: 10, mpesa_code: 'SECRET' }
  const reported = async (config: object, headers: Record<string, string> = {}): Promise<number> => {
    const { services } = soko.world
    const app = await buildServer({ ...services, config: { ...services.config, ...config } }, [sokocredit])
    const url = '/repayments/mpesa-webhook'
    const { statusCode } = await app.inject({ method: 'POST', url, headers, payload: body })
    await app.close()
    return statusCode
  }
  const webhookSecret = 'between M-Pesa and us'

  it.each([
    // server                                       | header                                        | answer
    [{ mode: 'production' }, {}, 401],
    [{ mode: 'production' }, { 'x-webhook-secret': '' }, 401],
    [{ mode: 'production' }, { 'x-webhook-secret': 'undefined' }, 401],
    [{ mode: 'production', webhookSecret }, {}, 401],
    [{ mode: 'production', webhookSecret }, { 'x-webhook-secret': 'a guess' }, 401],
    [{ mode: 'demo', webhookSecret }, {}, 401],
    [{ mode: 'production', webhookSecret }, { 'x-webhook-secret': webhookSecret }, 404],
    [{ mode: 'demo' }, {}, 404],
  ])('%o with %o: %i', async (config, headers, status) => {
    // 404: let in, and nobody has this phone.
    expect(await reported(config, headers as Record<string, string>)).toBe(status)
  })
})

test('after all of it the books are sound', async () => {
  await expectBooksAgree(soko.world)
})
