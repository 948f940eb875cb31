/** What was lent into an account or repaid from one, taken back by the office: account, loan and books agree afterwards. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { IN_PASSAGE } from '#domain/ledger/chart.ts'
import { balanceOf } from '#modules/ledger/views.ts'
import { transactionsOfLoan } from '#modules/loan-records/views.ts'
import { takeBack } from '#modules/teller/teller.ts'
import { savingsAccountByNo } from '#modules/savings/views.ts'
import { changeAccountStatus } from '#modules/savings/savings.ts'
import { transact } from '#platform/context.ts'
import { openPayingOut, type PayingOut } from '#test/paying-out.ts'
import { refusalOf } from '#test/asking.ts'
import { type Answered, type Member, openVision, type Vision } from '#test/vision.ts'

let vision: Vision
let out: PayingOut
let boss: string
beforeAll(async () => {
  vision = await openVision()
  out = await openPayingOut(vision.world)
  const body = { email: 'admin@mkopo.dev', password: 'password' }
  boss = (await vision.ask('POST /office/v1/auth/token', { body })).body.access
})
afterEach(async () => {
  await vision.agrees()
  expect(await inOrg((ctx) => balanceOf(ctx, IN_PASSAGE, 0))).toBe(0n)
})
afterAll(async () => {
  await out.close()
  await vision.close()
})

const inOrg = <T>(work: Parameters<typeof transact<T>>[1]): Promise<T> =>
  transact(vision.world.door('visionfund'), work)
const office = (what: string, body?: object): Promise<Answered> =>
  vision.ask(what.replace(' ', ' /office/v1'), {
    token: boss,
    headers: { 'x-organisation': 'visionfund' },
    ...(body && { body }),
  })
const reason = { reason: 'Booked for the wrong client' }

let people = 0
async function borrower(amount: number, more: Readonly<Record<string, unknown>> = {}) {
  const client = await vision.client(`Undo ${++people}`, { phone: `07229500${String(people).padStart(2, '0')}` })
  const { body } = await vision.disburse(client, amount, more)
  const { loans } = (await vision.ask(`GET /loans/${client.id}`, { token: client.token })).body
  return { client, loanId: loans[0].id as number, payoutId: body.payout_id as number | undefined }
}
const repaymentsOf = async (loanId: number) =>
  (await inOrg((ctx) => transactionsOfLoan(ctx, loanId))).filter(({ kind }) => kind === 'repayment')
/** A cent is paid in, so that the answer says what the account holds. */
const holds = async (client: Member) => (await vision.deposit(client, 1)).body.account_balance

describe('a repayment from the account', () => {
  test('that is reversed is on the account again, and owed again', async () => {
    const { client, loanId } = await borrower(1000)
    await vision.repay(client, 300, 'account')
    const [repaid] = await repaymentsOf(loanId)
    const undo = () => office(`POST /loans/${loanId}/transactions/${repaid!.id}/reverse`, reason)
    expect(await undo()).toMatchObject({ status: 200, body: { balance: '1000.00' } })
    expect(await holds(client)).toBe('1001')
    expect((await undo()).status).toBe(409)
    expect((await vision.repay(client, 1000, 'account')).body).toMatchObject({ balance: '0', account_balance: '1' })
  })

  test('of two loans in one go gives each its own part back', async () => {
    const { client, loanId } = await borrower(100)
    await vision.disburse(client, 200)
    expect((await vision.repay(client, 250, 'account')).body).toMatchObject({ balance: '50', account_balance: '50' })
    const [first] = await repaymentsOf(loanId)
    await office(`POST /loans/${loanId}/transactions/${first!.id}/reverse`, reason)
    expect(await holds(client)).toBe('151')
  })

  test('finds the account also when it was closed meanwhile', async () => {
    const { client, loanId } = await borrower(100)
    await vision.repay(client, 100, 'account')
    const [repaid] = await repaymentsOf(loanId)
    const accountOf = () => inOrg((ctx) => savingsAccountByNo(ctx, repaid!.reference!))
    const { id } = (await accountOf())!
    await inOrg((ctx) => changeAccountStatus(ctx, id, 'closed'))
    await office(`POST /loans/${loanId}/transactions/${repaid!.id}/reverse`, reason)
    expect(await accountOf()).toMatchObject({ status: 'open', balance: 10_000n })
    expect(await inOrg((ctx) => transactionsOfLoan(ctx, loanId))).toMatchObject([
      { kind: 'disbursement' },
      { kind: 'repayment', reversed: true },
      { kind: 'reversal' },
    ])
  })

  test('of M-Pesa goes back there, not to the account; what does not exist is refused', async () => {
    const { client, loanId } = await borrower(400)
    await vision.repay(client, 400, 'mpesa')
    const [repaid] = await repaymentsOf(loanId)
    await office(`POST /loans/${loanId}/transactions/${repaid!.id}/reverse`, reason)
    expect(await holds(client)).toBe('401')
    const missing = inOrg((ctx) => takeBack(ctx, { loanId, transactionId: 999_999, reason: 'none' }))
    expect(await refusalOf(missing)).toBe('transaction_not_found')
  })
})

describe('a disbursement', () => {
  const undo = (loanId: number) => office(`POST /loans/${loanId}/undo-disbursement`, reason)

  test('into the account is taken from it again, as long as it is there', async () => {
    const { client, loanId } = await borrower(500)
    await vision.withdraw(client, 100)
    expect((await undo(loanId)).status).toBe(409)
    await vision.deposit(client, 100)
    expect(await undo(loanId)).toMatchObject({ status: 200, body: { status: 'approved' } })
    expect(await holds(client)).toBe('1')
    expect((await vision.disburse(client, 500)).body).toMatchObject({ account_balance: '501', loan_balance: '500' })
    expect((await undo(loanId)).status).toBe(200)
  })

  test('by M-Pesa is the payout’s to give back', async () => {
    const { client, loanId, payoutId } = await borrower(700, { destination: 'mpesa' })
    expect((await undo(loanId)).status).toBe(409)
    expect((await office(`POST /payouts/${payoutId}/return`, reason)).status).toBe(200)
    expect((await undo(loanId)).status).toBe(409)
    expect(await holds(client)).toBe('1')
  })
})
