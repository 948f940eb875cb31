/** Two contracts over one organisation: RepaySync enters customer and loan, SokoCredit's webhook brings the money that keeps the promise. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listPromises } from '#modules/collections/views.ts'
import { verify } from '#modules/ledger/ledger.ts'
import { loanById } from '#modules/loans/views.ts'
import { transact } from '#platform/context.ts'
import { withClient } from '#platform/postgres-connection.ts'
import { openRepay, type Repay } from '#test/repay.ts'

let repay: Repay

beforeAll(async () => {
  repay = await openRepay({ now: '2026-03-02T05:00:00Z' })
  await withClient(repay.world.owner, (client) =>
    client.query(`update contract_bindings set served_org = $1 where contract = 'sokocredit'`, [
      repay.world.org('repaysync').id,
    ]),
  )
  await repay.hire('jane', 'collection_officer')
  await repay.hire('john', 'calling_agent')
})
afterAll(() => repay.close())

const inOrg = <T>(work: Parameters<typeof transact<T>>[1]): Promise<T> => transact(repay.world.door('repaysync'), work)

it('collects through one contract what was lent through another, and keeps the promise by it', async () => {
  const person = { name: 'Asha Banerjee', phone: '+91-9830012345', city: 'Kolkata' }
  const customer = (await repay.ask('jane', 'POST /api/customers/', person)).body.id
  const terms = { principal_amount: '12000.00', interest_rate: '0.00', tenure_months: 12, loan_date: '2025-12-10' }
  const loan = (await repay.ask('jane', 'POST /api/loans/', { ...terms, loan_account_number: 'LN1', customer })).body
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
  expect(await inOrg(verify)).toMatchObject({ ok: true, problems: [] })
})
