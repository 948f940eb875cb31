/**
 * Several contracts over one organisation: RepaySync enters customer and loan, SokoCredit's webhook brings the money that
 * keeps the promise, the office gives the customer a login, and VisionFund shows what is left to her and to staff.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listPromises } from '#modules/collections/views.ts'
import { loanById } from '#modules/loan-records/views.ts'
import { transact } from '#platform/context.ts'
import { expectBooksAgree } from '#test/books.ts'
import { openRepay, type Repay } from '#test/repay.ts'

let repay: Repay
let customer: number
let loan: Record<string, unknown> & { readonly id: number }

beforeAll(async () => {
  repay = await openRepay({ lockOrder: true, now: '2026-03-02T05:00:00Z' })
  for (const contract of ['sokocredit', 'visionfund']) await repay.serveAlso(contract)
  await repay.hire('jane', 'collection_officer')
  await repay.hire('john', 'calling_agent')
  await repay.hire('boss', 'manager')
})
afterAll(async () => {
  await expectBooksAgree(repay.world)
  await repay.close()
})

const inOrg = <T>(work: Parameters<typeof transact<T>>[1]): Promise<T> => transact(repay.world.door('repaysync'), work)

/** Over the whole application, as the office and VisionFund's callers see it. */
async function ask(what: string, { body, token }: { body?: object; token?: string } = {}) {
  const [method, url] = what.split(' ') as ['GET' | 'POST', string]
  const headers = { 'x-organisation': 'repaysync' }
  const response = await repay.world.inject({
    method,
    url,
    headers,
    ...(body && { payload: body }),
    ...(token && { token }),
  })
  return { status: response.statusCode, body: response.json() }
}
const signIn = async (username: string, password: string) =>
  (await ask('POST /auth/token', { body: { username, password } })).body
const bosssToken = async (): Promise<string> =>
  (await ask('POST /office/v1/auth/token', { body: { email: 'boss@example.com', password: 'password' } })).body.access

it('collects through one contract what was lent through another, and keeps the promise by it', async () => {
  const person = { name: 'Asha Banerjee', phone: '+91-9830012345', city: 'Kolkata' }
  customer = (await repay.ask('jane', 'POST /api/customers/', person)).body.id
  const terms = { principal_amount: '12000.00', interest_rate: '0.00', tenure_months: 12, loan_date: '2025-12-10' }
  loan = (await repay.ask('jane', 'POST /api/loans/', { ...terms, loan_account_number: 'LN1', customer })).body
  const call = {
    loan: loan.id,
    comment: 'Pays on Wednesday',
    disposition: 'promise_to_pay',
    next_call_date: '2026-03-04',
  }
  await repay.ask('john', 'POST /api/interactions/calling/create/', { ...call, promise_amount: '2000.00' })

  const payment = { phone_number: '9830012345', amount_paid: 2000, mpesa_code: 'QX1' }
  expect((await repay.ask(null, 'POST /repayments/mpesa-webhook', payment)).status).toBe(201)
  expect((await repay.ask(null, 'POST /repayments/mpesa-webhook', payment)).status).toBe(200)

  await repay.world.moveClock('2026-03-05T05:00:00Z')
  const [promise] = await inOrg((ctx) => listPromises(ctx, { loanId: loan.id, before: 1_000, limit: 10 }))
  expect(promise).toMatchObject({ status: 'kept', paid: 200_000n, dueOn: '2026-03-04' })
  expect(await inOrg((ctx) => loanById(ctx, loan.id))).toMatchObject({ balance: 1_000_000n, overdue: false })
  expect((await repay.ask('jane', `GET /api/loans/${loan.id}/`)).body).toEqual(loan)
})

it('shows nothing to who merely claims her phone', async () => {
  const claim = { name: 'Not Asha', email: 'claim@example.com', role: 'client', id_number: '1234567' }
  const body = { ...claim, phone: '+919830012345', password: 'a good password' }
  const { status, body: made } = await ask('POST /users', { body })
  expect(status).toBe(201)
  const { token } = await signIn('claim@example.com', 'a good password')
  expect((await ask(`GET /loans/${made.id}`, { token })).body).toMatchObject({ status: 'none', loans: [] })
  expect((await inOrg((ctx) => loanById(ctx, loan.id)))!.customerId).toBe(customer)
})

it('gives her a login whose password only her phone gets, and shows the balance through VisionFund', async () => {
  const give = async (body: object = { email: 'asha@example.com' }) =>
    ask(`POST /office/v1/customers/${customer}/login`, { body, token: await bosssToken() })
  const { status, body: given } = await give()
  expect([status, given]).toMatchObject([201, { id: customer, user_id: expect.any(Number) }])
  expect(JSON.stringify(given)).not.toContain('password')
  expect(await give({ email: 'again@example.com' })).toMatchObject({ status: 409, body: { code: 'profile_exists' } })

  const { body: texts } = await ask('GET /demo/outbox?to=%2B919830012345&channel=sms')
  const password = /asha@example\.com with (\S+)\./.exec(texts.map(({ body }: { body: string }) => body).join())![1]!
  const session = await signIn('asha@example.com', password)
  expect(session).toMatchObject({ role: 'client', id: given.user_id })
  const owed = { user_id: given.user_id, loan_amount: 12000, outstanding_amount: 10000, status: 'approved' }
  const hers = await ask(`GET /loans/${given.user_id}`, { body: { client_token: session.token } })
  expect(hers).toMatchObject({ status: 200, body: { ...owed, repayment_schedule: 'monthly' } })
  const { token } = await signIn('boss@example.com', 'password')
  expect((await ask(`GET /loans/${given.user_id}`, { token })).body).toMatchObject(owed)
  const own = { current_password: password, new_password: 'her own password' }
  expect((await ask('POST /auth/password', { body: { ...own, token: session.token } })).status).toBe(200)
})

it('lets her repay there what she still owes, for collections to see', async () => {
  const { token, id } = await signIn('asha@example.com', 'her own password')
  const body = { source: 'mpesa', amount: 10000, client_token: token }
  expect(await ask(`POST /api/transactions/loans/repayment/${id}`, { body })).toMatchObject({
    status: 201,
    body: { balance: '0', type: 'loan repayment' },
  })
  expect((await ask(`GET /loans/${id}`, { token })).body).toMatchObject({ outstanding_amount: 0, status: 'paid' })
  expect(await inOrg((ctx) => loanById(ctx, loan.id))).toMatchObject({ status: 'completed', balance: 0n })
  expect((await repay.ask('jane', `GET /api/loans/${loan.id}/`)).body).toEqual(loan)
})

it('refuses a login for who has no phone, for nobody, and to who may not give one', async () => {
  const { id } = (await repay.ask('jane', 'POST /api/customers/', { name: 'No Phone' })).body
  const give = (of: number, token: string) =>
    ask(`POST /office/v1/customers/${of}/login`, { body: { email: `c${of}@example.com` }, token })
  const token = await bosssToken()
  expect((await give(id, token)).body).toMatchObject({ status: 409, code: 'phone_missing' })
  expect((await give(99_999, token)).status).toBe(404)
  const jane = { email: 'jane@example.com', password: 'password' }
  const { access } = (await ask('POST /office/v1/auth/token', { body: jane })).body
  expect((await give(id, access)).status).toBe(403)
})
