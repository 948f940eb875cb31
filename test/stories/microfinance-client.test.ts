/** A client of a microfinance bank through VisionFund's contract: saves, draws, borrows, repays; the numbers are the notes' own. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Member, openVision, type Vision } from '#test/vision.ts'

let vision: Vision
let john: Member
beforeAll(async () => {
  vision = await openVision({ lockOrder: true, now: '2026-02-15T09:00:00Z' })
  john = await vision.client('John Doe')
})
afterEach(() => vision.agrees())
afterAll(() => vision.close())

test('deposit 233: the balance is "233"', async () => {
  expect(await vision.deposit(john, 233)).toMatchObject({
    status: 201,
    body: { balance: '233', type: 'deposit', amount: 233 },
  })
})

test('withdraw 33, without a source: "200"', async () => {
  expect(await vision.withdraw(john, 33)).toMatchObject({
    status: 201,
    body: { balance: '200', type: 'withdrawal', amount: 33 },
  })
})

test('withdraw 201: refused, and still "200"', async () => {
  expect(await vision.withdraw(john, 201)).toMatchObject({ status: 422, body: { error: 'Insufficient funds' } })
  expect((await vision.deposit(john, 0.5)).body.balance).toBe('200.50')
  expect((await vision.withdraw(john, '0.50')).body.balance).toBe('200')
})

test('staff lend 1,000 to the account: it holds 1,200', async () => {
  const { status, body } = await vision.disburse(john, 1000)
  expect([status, body]).toMatchObject([
    201,
    { type: 'disbursement', by: vision.staff.id, user_id: john.id, amount: 1000 },
  ])
  expect([body.balance, body.account_balance, body.loan_balance]).toEqual(['1200', '1200', '1000'])
})

test('repay 200 from the account: 800 are owed, 1,000 are left', async () => {
  const { status, body } = await vision.repay(john, 200, 'account')
  expect([status, body.balance, body.account_balance]).toEqual([201, '800', '1000'])
})

test('repay 800 by M-Pesa: nothing is owed, the loan is paid', async () => {
  expect((await vision.repay(john, 800, 'mpesa')).body).toMatchObject({
    balance: '0',
    account_balance: '1000',
    type: 'loan repayment',
  })
  const { body } = await vision.ask(`GET /loans/${john.id}`, { token: john.token })
  expect(body).toMatchObject({ user_id: john.id, loan_amount: 1000, outstanding_amount: 0, status: 'paid' })
})

test('the list shows all of it, newest first', async () => {
  const { status, body } = await vision.list(john)
  expect(status).toBe(200)
  expect(body.map(({ type, amount }: { type: string; amount: number }) => [type, amount])).toEqual([
    ['loan repayment', 800],
    ['loan repayment', 200],
    ['disbursement', 1000],
    ['withdrawal', 0.5],
    ['deposit', 0.5],
    ['withdrawal', 33],
    ['deposit', 233],
  ])
})
