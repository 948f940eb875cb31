import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { transact } from '#platform/context.ts'
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

const goTo = async (instant: string): Promise<void> => {
  soko.world.clock.moveTo(new Date(instant))
  ;[admin, lender, mama] = (await Promise.all(
    [ADMIN, LENDER, MAMA].map(async (who) => (await soko.login(who)).access),
  )) as [string, string, string]
}
const APPLICATION = { amount: 12000, interest_rate: 10, duration_months: 6 }
const applyFor = async (more: object = {}): Promise<Answered['body']> =>
  (await soko.ask('POST /loans', { token: mama, body: { ...APPLICATION, ...more } })).body
const newLoan = async (): Promise<number> => (await applyFor()).id
const lent = async (more: object = {}): Promise<number> => {
  const { id } = await applyFor(more)
  await soko.ask(`PATCH /loans/${id}/approve`, { token: lender })
  expect((await soko.ask(`PATCH /loans/${id}/disburse`, { token: lender })).status).toBe(200)
  return id
}

describe('GET /loans/ and GET /loans', () => {
  test('with the slash it is the status check, open to everybody', async () => {
    expect(await soko.ask('GET /loans/')).toMatchObject({ status: 200, body: { message: 'SokoCredit Loan running' } })
    expect((await soko.ask('GET /loans/', { token: mama })).status).toBe(200)
  })

  test('without it, it is the list: a token is needed', async () => {
    expect(await soko.ask('GET /loans')).toMatchObject({ status: 401 })
    expect(await soko.ask('GET /loans', { token: mama })).toMatchObject({ status: 200, body: [] })
  })
})

describe('POST /loans before there are products', () => {
  test('says so', async () => {
    expect(await soko.ask('POST /loans', { token: mama, body: APPLICATION })).toMatchObject(
      refusal(400, 'No loan products available'),
    )
  })
})

describe('with a product', () => {
  let productId: number

  beforeAll(async () => {
    const { body } = await soko.ask('POST /loan-products', {
      token: admin,
      body: {
        name: 'Starter Business Loan',
        max_amount: 20000,
        interest_rate: 12.5,
        duration_months: 6,
        frequency: 'monthly',
      },
    })
    productId = body.id
  })

  describe('POST /loans', () => {
    it.each(bothWays('POST /loans'))('%s: a pending application without a schedule', async (what) => {
      const { status, body } = await soko.ask(what, { token: mama, body: APPLICATION })
      expect(status).toBe(201)
      expect(body).toMatchObject({
        amount: 12000,
        interest_rate: 10,
        duration_months: 6,
        status: 'pending',
        issued_date: null,
        approved_date: null,
        disbursed_date: null,
        rejected_reason: null,
        borrower_id: 3,
        lender_id: 2,
        loan_product_id: productId,
        repayment_schedules: [],
      })
    })

    test('takes rate and duration of the product that it names', async () => {
      const { body } = await soko.ask('POST /loans', {
        token: mama,
        body: { amount: 5000, loan_product_id: productId },
      })
      expect(body).toMatchObject({ amount: 5000, interest_rate: 12.5, duration_months: 6 })
    })

    const MISSING = 'Missing required fields: amount, interest_rate, duration_months'
    it.each([
      // what is sent                                       | text
      [{}, MISSING],
      [{ amount: 12000 }, MISSING],
      [{ ...APPLICATION, interest_rate: 0 }, MISSING],
      [{ ...APPLICATION, amount: 0 }, MISSING],
      [{ ...APPLICATION, amount: '12000' }, 'Loan amount must be a positive number.'],
      [{ ...APPLICATION, amount: -5 }, 'Loan amount must be a positive number.'],
      [{ ...APPLICATION, amount: 10.001 }, 'Loan amount must be a positive number.'],
      [{ ...APPLICATION, amount: [1] }, 'Loan amount must be a positive number.'],
      [{ ...APPLICATION, duration_months: -1 }, 'Duration must be a positive number.'],
      [{ ...APPLICATION, duration_months: 1.5 }, 'Duration must be a positive number.'],
      [{ ...APPLICATION, duration_months: '6' }, 'Duration must be a positive number.'],
      [{ ...APPLICATION, duration_months: 100000 }, 'Duration must be a positive number.'],
      [{ ...APPLICATION, interest_rate: 'ten' }, /interest_rate/],
      [{ ...APPLICATION, interest_rate: -10 }, /interest_rate/],
      [{ ...APPLICATION, amount: 20000.01 }, 'Loan amount is above the maximum of the loan product'],
      [{ ...APPLICATION, amount: 1e15 }, /Loan amount/],
    ])('refuses %o', async (body, text) => {
      expect(await soko.ask('POST /loans', { token: mama, body })).toMatchObject(refusal(400, text))
    })

    test('an unknown product is 404, an unknown lender 503', async () => {
      expect(
        await soko.ask('POST /loans', { token: mama, body: { ...APPLICATION, loan_product_id: 999 } }),
      ).toMatchObject(refusal(404, 'Loan product not found'))
      expect(await soko.ask('POST /loans', { token: mama, body: { ...APPLICATION, lender_id: 999 } })).toMatchObject(
        refusal(503, 'No available lender'),
      )
      expect((await soko.ask('POST /loans', { token: mama, body: { ...APPLICATION, lender_id: 3 } })).status).toBe(503)
    })

    it.each([['admin'], ['lender']])('only a mama_mboga may: %s may not', async (who) => {
      const token = who === 'admin' ? admin : lender
      expect((await soko.ask('POST /loans', { token, body: APPLICATION })).status).toBe(403)
    })

    test('needs a token, and a body that is JSON', async () => {
      expect((await soko.ask('POST /loans', { body: APPLICATION })).status).toBe(401)
      const broken = await soko.ask('POST /loans', {
        token: mama,
        headers: { 'content-type': 'application/json' },
        body: '{"amount":',
      })
      expect(broken).toMatchObject({ status: 400, body: { error: expect.any(String), msg: expect.any(String) } })
    })

    test('the same Idempotency-Key asks once', async () => {
      const headers = { 'idempotency-key': 'apply-1' }
      const [first, second] = [
        await soko.ask('POST /loans', { token: mama, body: APPLICATION, headers }),
        await soko.ask('POST /loans', { token: mama, body: APPLICATION, headers }),
      ]
      expect(second.body).toEqual(first.body)
      expect(
        (await soko.ask('POST /loans', { token: mama, body: { ...APPLICATION, amount: 1 }, headers })).status,
      ).toBe(409)
    })
  })

  describe('PATCH /loans/:id/approve', () => {
    it.each(bothWays('PATCH /loans/:id/approve'))(
      '%s: approved, with the schedule planned from today',
      async (what) => {
        const id = await newLoan()
        const { status, body } = await soko.ask(what.replace(':id', String(id)), { token: lender })
        expect(status).toBe(200)
        expect(body.message).toBe('Loan approved and repayment schedule created')
        expect(body.loan).toMatchObject({
          id,
          status: 'approved',
          approved_date: expect.stringMatching(/Z$/),
          total_interest: 1200,
          total_repayable: 13200,
        })
        expect(
          body.loan.repayment_schedules.map((r: Record<string, unknown>) => [r.due_date, r.amount_due, r.status]),
        ).toEqual(['02', '03', '04', '05', '06', '07'].map((m) => [`2026-${m}-15T00:00:00Z`, 2200, 'unpaid']))
      },
    )

    test('a second time, and after a rejection: no', async () => {
      const id = await newLoan()
      await soko.ask(`PATCH /loans/${id}/approve`, { token: admin })
      expect(await soko.ask(`PATCH /loans/${id}/approve`, { token: admin })).toMatchObject(
        refusal(400, 'No pending loans to approve'),
      )
    })

    test('two who approve at once: one does', async () => {
      const id = await newLoan()
      const answers = await Promise.all(
        [lender, admin, lender].map((token) => soko.ask(`PATCH /loans/${id}/approve`, { token })),
      )
      expect(answers.map((a) => a.status).sort()).toEqual([200, 400, 400])
    })

    test('not by the borrower, not without a token, not what is not there', async () => {
      const id = await newLoan()
      expect((await soko.ask(`PATCH /loans/${id}/approve`, { token: mama })).status).toBe(403)
      expect((await soko.ask(`PATCH /loans/${id}/approve`)).status).toBe(401)
      expect(await soko.ask('PATCH /loans/999999/approve', { token: lender })).toMatchObject(
        refusal(404, 'Loan not found'),
      )
      expect((await soko.ask('PATCH /loans/abc/approve', { token: lender })).status).toBe(404)
      expect((await soko.ask('PATCH /loans/99999999999999/approve', { token: lender })).status).toBe(404)
    })
  })

  describe('PATCH /loans/:id/reject', () => {
    it.each(bothWays('PATCH /loans/:id/reject'))('%s: rejected with the reason', async (what) => {
      const id = await newLoan()
      const { status, body } = await soko.ask(what.replace(':id', String(id)), {
        token: lender,
        body: { rejected_reason: 'No stall' },
      })
      expect([status, body.status, body.rejected_reason]).toEqual([200, 'rejected', 'No stall'])
    })

    test('without a body the reason is empty; twice is refused', async () => {
      const id = await newLoan()
      expect((await soko.ask(`PATCH /loans/${id}/reject`, { token: lender })).body.rejected_reason).toBe('')
      expect(await soko.ask(`PATCH /loans/${id}/reject`, { token: lender })).toMatchObject(
        refusal(400, 'You can only reject a pending loan'),
      )
    })

    test('a reason that is no text names the field; a mama_mboga may not', async () => {
      const id = await newLoan()
      expect(
        await soko.ask(`PATCH /loans/${id}/reject`, { token: lender, body: { rejected_reason: 5 } }),
      ).toMatchObject(refusal(400, /rejected_reason/))
      expect((await soko.ask(`PATCH /loans/${id}/reject`, { token: mama })).status).toBe(403)
      expect((await soko.ask('PATCH /loans/999999/reject', { token: lender })).status).toBe(404)
    })
  })

  describe('PATCH /loans/loans/:id/disburse, as printed, and /loans/:id/disburse', () => {
    it.each([...bothWays('PATCH /loans/loans/:id/disburse'), ...bothWays('PATCH /loans/:id/disburse')])(
      '%s',
      async (what) => {
        const id = await newLoan()
        await soko.ask(`PATCH /loans/${id}/approve`, { token: lender })
        const { status, body } = await soko.ask(what.replace(':id', String(id)), { token: lender })
        expect(status).toBe(200)
        expect(body).toMatchObject({
          id,
          status: 'disbursed',
          balance: 13200,
          issued_date: expect.any(String),
          disbursed_date: expect.any(String),
        })
      },
    )

    test('only an approved loan, once, even when asked twice at once', async () => {
      const id = await newLoan()
      expect(await soko.ask(`PATCH /loans/${id}/disburse`, { token: lender })).toMatchObject(
        refusal(400, 'You can only disburse approved loan'),
      )
      await soko.ask(`PATCH /loans/${id}/approve`, { token: lender })
      const answers = await Promise.all(
        [lender, admin].map((token) => soko.ask(`PATCH /loans/loans/${id}/disburse`, { token })),
      )
      expect(answers.map((a) => a.status).sort()).toEqual([200, 400])
      expect((await soko.ask(`PATCH /loans/${id}/disburse`, { token: mama })).status).toBe(403)
      expect((await soko.ask('PATCH /loans/loans/999999/disburse', { token: lender })).status).toBe(404)
    })

    test('the schedule planned at approval is dated anew at disbursement, its rows keep their ids', async () => {
      const id = await newLoan()
      const planned = (await soko.ask(`PATCH /loans/${id}/approve`, { token: lender })).body.loan.repayment_schedules
      await goTo('2026-01-20T09:00:00Z')
      const rows = (await soko.ask(`PATCH /loans/${id}/disburse`, { token: lender })).body.repayment_schedules
      expect(planned[0].due_date).toBe('2026-02-15T00:00:00Z')
      expect(rows[0].due_date).toBe('2026-02-20T00:00:00Z')
      expect(rows.map((r: { id: number }) => r.id)).toEqual(planned.map((r: { id: number }) => r.id))
    })
  })

  test('after all of it the books are sound', async () => {
    await expectBooksAgree(soko.world)
  })

  test('a loan with an instalment past its day is overdue', async () => {
    const id = await lent({ amount: 1000 })
    await goTo('2026-03-25T09:00:00Z')
    const loans = (await soko.ask('GET /loans', { token: lender })).body
    expect(loans.find((l: { id: number }) => l.id === id).status).toBe('overdue')
  })
})
