import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LOAN_PRINCIPAL, LOANS_TAKEN_OVER } from '#domain/ledger/chart.ts'
import { loanById } from '#modules/loan-records/views.ts'
import { transact } from '#platform/context.ts'
import { expectBooksAgree } from '#test/books.ts'
import { openRepay, type Repay } from '#test/repay.ts'
import { bothWays } from '#test/soko.ts'

let repay: Repay
let customer: number
let numbers = 0
const accountNo = (): string => `LN${10_000 + ++numbers}`
const EXAMPLE = {
  principal_amount: '50000.00',
  interest_rate: '10.50',
  loan_type: 'personal',
  tenure_months: 12,
  loan_date: '2025-03-09',
}
const given = (more: object = {}) => ({ ...EXAMPLE, loan_account_number: accountNo(), customer, ...more })
const create = async (more: object = {}, who = 'jane'): Promise<number> =>
  (await repay.ask(who, 'POST /api/loans/', given(more))).body.id
const inCore = (id: number) => transact(repay.world.door('repaysync'), (ctx) => loanById(ctx, id))
const balanceOf = (account: number, owner: number): Promise<bigint> =>
  transact(repay.world.door('repaysync'), async (ctx) => {
    const { rows } = await sql<{ balance: bigint }>`
      select coalesce(sum(debits - credits), 0)::bigint as balance from ledger_balances
       where org_id = ${ctx.org.id} and account = ${account} and owner = ${owner}`.execute(ctx.tx)
    return rows[0]!.balance
  })

beforeAll(async () => {
  repay = await openRepay()
  await repay.serveAlso('sokocredit')
  await repay.hire('john', 'calling_agent')
  await repay.hire('jane', 'collection_officer')
  await repay.hire('max', 'collection_manager')
  customer = (await repay.ask('jane', 'POST /api/customers/', { name: 'John Doe' })).body.id
})
afterAll(async () => {
  await expectBooksAgree(repay.world)
  await repay.close()
})

describe('6.1 create', () => {
  it.each(bothWays('POST /api/loans/'))('%s: answers the loan as documented; it runs in the core', async (what) => {
    const body = given()
    const { status, body: loan } = await repay.ask('jane', what, body)
    expect({ status, loan }).toEqual({ status: 201, loan: { ...body, id: expect.any(Number) } })
    const core = (await inCore(loan.id))!
    expect(core).toMatchObject({ status: 'active', principal: 5_000_000n, disbursedOn: '2025-03-09', overdue: true })
    expect(core.instalments).toHaveLength(12)
    // 50,000.00 at 10.5 % a year over 12 months: an instalment of 4,407.43.
    expect(core.instalments[0]!.due).toMatchObject({ principal: 396_993n, interest: 43_750n })
    expect(core.instalments[0]!.dueDay).toBe('2025-04-09')
    expect(await balanceOf(LOAN_PRINCIPAL, loan.id)).toBe(5_000_000n)
    expect(await balanceOf(LOANS_TAKEN_OVER, 0)).toBeLessThanOrEqual(-5_000_000n)
  })

  it.each([
    [75000, '75000.00'],
    ['1e3', '1000.00'],
    [50000.5, '50000.50'],
    ['0.10', '0.10'],
    ['9999999999.99', '9999999999.99'],
  ])('principal %j is shown as %s', async (principal, shown) => {
    const { status, body } = await repay.ask('jane', 'POST /api/loans/', given({ principal_amount: principal }))
    expect({ status, principal: body.principal_amount }).toEqual({ status: 201, principal: shown })
  })

  it('is on file until its terms are complete, and takes numbers written as text', async () => {
    const { body } = await repay.ask('jane', 'POST /api/loans/', {
      loan_account_number: accountNo(),
      customer: String(customer),
    })
    expect(body).toMatchObject({
      principal_amount: null,
      interest_rate: null,
      tenure_months: null,
      loan_date: null,
      customer,
    })
    expect(await inCore(body.id)).toBeNull()
    const change = {
      principal_amount: 1200,
      interest_rate: '0',
      tenure_months: '6',
      loan_date: '2026-1-9',
      loan_type: '',
    }
    const changed = await repay.ask('jane', `PUT /api/loans/${body.id}/`, change)
    expect(changed).toMatchObject({
      status: 200,
      body: {
        principal_amount: '1200.00',
        interest_rate: '0.00',
        tenure_months: 6,
        loan_date: '2026-01-09',
        loan_type: null,
      },
    })
    expect(await inCore(body.id)).toMatchObject({ status: 'active', balance: 120_000n })
  })

  it.each([
    [{ loan_account_number: undefined }, { loan_account_number: ['This field is required.'] }],
    [{ customer: undefined }, { customer: ['This field is required.'] }],
    [{ customer: null }, { customer: ['This field may not be null.'] }],
    [{ customer: 999 }, { customer: ['Invalid pk "999" - object does not exist.'] }],
    [{ principal_amount: '1.234' }, { principal_amount: ['Ensure that there are no more than 2 decimal places.'] }],
    [{ principal_amount: 'NaN' }, { principal_amount: ['A valid number is required.'] }],
    [{ principal_amount: '-5' }, { principal_amount: ['Ensure this value is greater than 0.'] }],
    [{ principal_amount: 0 }, { principal_amount: ['Ensure this value is greater than 0.'] }],
    [
      { principal_amount: '12345678901.00' },
      { principal_amount: ['Ensure that there are no more than 12 digits in total.'] },
    ],
    [{ interest_rate: '-1' }, { interest_rate: ['Ensure this value is greater than or equal to 0.'] }],
    [
      { interest_rate: '1000' },
      { interest_rate: ['Ensure that there are no more than 3 digits before the decimal point.'] },
    ],
    [{ loan_type: 'boat' }, { loan_type: ['"boat" is not a valid choice.'] }],
    [{ tenure_months: 12.5 }, { tenure_months: ['A valid integer is required.'] }],
    [{ tenure_months: -1 }, { tenure_months: ['Ensure this value is greater than or equal to 1.'] }],
    [{ tenure_months: 0 }, { tenure_months: ['Ensure this value is greater than or equal to 1.'] }],
    [
      { loan_date: '09.03.2025' },
      { loan_date: ['Date has wrong format. Use one of these formats instead: YYYY-MM-DD.'] },
    ],
    [
      { loan_date: '2025-02-30' },
      { loan_date: ['Date has wrong format. Use one of these formats instead: YYYY-MM-DD.'] },
    ],
  ])('%j is refused with %j', async (more, errors) => {
    expect(await repay.ask('jane', 'POST /api/loans/', given(more))).toMatchObject({ status: 400, body: { errors } })
  })

  it('refuses an account number twice: account_no_taken', async () => {
    const body = given()
    await repay.ask('jane', 'POST /api/loans/', body)
    expect(await repay.ask('jane', 'POST /api/loans/', body)).toMatchObject({
      status: 400,
      body: { errors: { loan_account_number: ['loan with this loan account number already exists.'] } },
    })
  })
})

describe('6.2 retrieve, update, delete', () => {
  it.each(['PUT', 'PATCH'].flatMap((method) => bothWays(`${method} /api/loans/ID/`)))(
    '%s follows into schedule and books',
    async (what) => {
      const id = await create()
      const change = { principal_amount: '75000.00', tenure_months: 24 }
      const { status, body } = await repay.ask('jane', what.replace('ID', String(id)), change)
      expect({ status, body }).toEqual({
        status: 200,
        body: { ...EXAMPLE, ...change, id, customer, loan_account_number: expect.any(String) },
      })
      expect((await inCore(id))!.instalments).toHaveLength(24)
      expect(await balanceOf(LOAN_PRINCIPAL, id)).toBe(7_500_000n)
      expect((await repay.ask('john', `GET /api/loans/${id}`)).body).toEqual(body)
    },
  )

  it('renames without touching the books, and refuses to empty what runs', async () => {
    const id = await create()
    const [renamed, emptied] = [
      await repay.ask('jane', `PATCH /api/loans/${id}/`, { loan_account_number: accountNo(), loan_type: 'home' }),
      await repay.ask('jane', `PATCH /api/loans/${id}/`, { principal_amount: null }),
    ]
    expect(renamed).toMatchObject({
      status: 200,
      body: { loan_type: 'home', loan_account_number: `LN${10_000 + numbers}` },
    })
    expect(emptied).toMatchObject({
      status: 400,
      body: { errors: { principal_amount: [expect.stringContaining('may not be null')] } },
    })
  })

  it.each(bothWays('DELETE /api/loans/ID/'))('%s hands the loan back and frees its number', async (what) => {
    const number = accountNo()
    const id = await create({ loan_account_number: number })
    expect(await repay.ask('jane', what.replace('ID', String(id)))).toMatchObject({
      status: 200,
      body: { message: 'Loan deleted.' },
    })
    expect(await balanceOf(LOAN_PRINCIPAL, id)).toBe(0n)
    expect((await repay.ask('jane', `GET /api/loans/${id}/`)).status).toBe(404)
    expect((await repay.ask('jane', 'POST /api/loans/', given({ loan_account_number: number }))).status).toBe(201)
  })

  it('lets who has nothing to do with it read only', async () => {
    const id = await create()
    for (const who of ['john', 'max']) {
      expect((await repay.ask(who, `GET /api/loans/${id}/`)).status).toBe(200)
      expect((await repay.ask(who, `PATCH /api/loans/${id}/`, { tenure_months: 3 })).status).toBe(403)
      expect((await repay.ask(who, `DELETE /api/loans/${id}/`)).status).toBe(403)
    }
    expect((await repay.ask('john', `DELETE /api/loans/${await create({}, 'john')}`)).status).toBe(200)
  })
})

describe('once money was paid on it', () => {
  const paid = async () => {
    const person = { name: 'Paying', phone: `+91-98300${20_000 + ++numbers}` }
    const { id: payer } = (await repay.ask('jane', 'POST /api/customers/', person)).body
    const loan = (await repay.ask('jane', 'POST /api/loans/', given({ customer: payer }))).body
    const payment = { phone_number: person.phone, amount_paid: 100, mpesa_code: `PAID${numbers}` }
    const receipt = await repay.ask(null, 'POST /repayments/mpesa-webhook', payment)
    expect(receipt.status).toBe(201)
    return loan
  }

  it('a number and a type can still be changed, and terms sent as they are; nothing that moves money', async () => {
    const loan = await paid()
    const at = `/api/loans/${loan.id}/`
    const harmless = { loan_account_number: accountNo(), loan_type: 'home' }
    const same = { principal_amount: 50000, interest_rate: '10.5', tenure_months: '12', loan_date: '2025-3-9' }
    expect(await repay.ask('jane', `PUT ${at}`, { ...loan, ...same, ...harmless })).toMatchObject({
      status: 200,
      body: { ...loan, ...harmless },
    })
    const said = ['Money was paid on this loan: this can no longer be changed.']
    expect(await repay.ask('jane', `PATCH ${at}`, { principal_amount: '60000.00', tenure_months: 24 })).toMatchObject({
      status: 400,
      body: { errors: { principal_amount: said, tenure_months: said } },
    })
    expect((await repay.ask('jane', `PATCH ${at}`, { customer })).body).toEqual({ errors: { customer: said } })
    expect((await repay.ask('jane', `GET ${at}`)).body).toEqual({ ...loan, ...harmless })
  })

  it('it cannot be deleted, nor its customer; before, deleting it leaves its trace: loan_has_repayments', async () => {
    const loan = await paid()
    const reason = { error: 'Money was paid on this loan: it can no longer be changed or deleted.' }
    for (const what of [`DELETE /api/loans/${loan.id}/`, `DELETE /api/customers/${loan.customer}/`]) {
      expect(await repay.ask('jane', what)).toMatchObject({ status: 400, body: reason })
    }
    expect((await repay.ask('jane', `GET /api/loans/${loan.id}/`)).status).toBe(200)
    const id = await create({ principal_amount: null })
    await repay.ask('jane', `PATCH /api/loans/${id}/`, { loan_type: 'auto' })
    await repay.ask('jane', `DELETE /api/loans/${id}/`)
    const facts = await transact(repay.world.door('repaysync'), async (ctx) => {
      const { rows } = await sql<{ type: string; actor: string }>`
        select type, actor from events where org_id = ${ctx.org.id} and subject = ${`loan:${id}`} order by id`.execute(
        ctx.tx,
      )
      return rows
    })
    const actor = `user:${repay.idOf('jane')}`
    expect(facts).toEqual(['loan.filed', 'loan.file_changed', 'loan.file_removed'].map((type) => ({ type, actor })))
  })
})

describe('6.1 list and 6.3 loans of a customer', () => {
  it.each(bothWays('GET /api/loans/customer/ID/'))('%s', async (what) => {
    const { id } = (await repay.ask('jane', 'POST /api/customers/', { name: 'Two Loans' })).body
    const loans = [
      (await repay.ask('jane', 'POST /api/loans/', given({ customer: id }))).body,
      (
        await repay.ask(
          'jane',
          'POST /api/loans/',
          given({
            customer: id,
            principal_amount: '75000.00',
            interest_rate: '11.00',
            loan_type: 'home',
            tenure_months: 36,
            loan_date: '2025-04-15',
          }),
        )
      ).body,
    ]
    expect(await repay.ask('john', what.replace('ID', String(id)))).toMatchObject({ status: 200, body: loans })
  })

  it('is empty for a customer without loans, 404 for none', async () => {
    const { id } = (await repay.ask('jane', 'POST /api/customers/', { name: 'No Loans' })).body
    expect((await repay.ask('jane', `GET /api/loans/customer/${id}/`)).body).toEqual([])
    expect((await repay.ask('jane', 'GET /api/loans/customer/999999/')).status).toBe(404)
  })

  it.each(bothWays('GET /api/loans/'))('%s: everybody sees all loans in order', async (what) => {
    const { status, body } = await repay.ask('john', what)
    const ids = body.map((loan: { id: number }) => loan.id)
    expect({ status, ids }).toEqual({ status: 200, ids: ids.toSorted((a: number, b: number) => a - b) })
    expect(ids.length).toBeGreaterThan(10)
  })
})
