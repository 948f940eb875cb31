import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createProduct, productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { firstOfficer } from '#modules/identity/views.ts'
import { loanById } from '#modules/loan-records/views.ts'
import { apply, approve } from '#modules/loans/loans.ts'
import { knownClient } from '#modules/teller/teller.ts'
import { transact } from '#platform/context.ts'
import { type PayingOut, openPayingOut } from '#test/paying-out.ts'
import { type Answered, type Member, openVision, type Vision } from '#test/vision.ts'

let vision: Vision
let out: PayingOut
beforeAll(async () => {
  vision = await openVision()
  out = await openPayingOut(vision.world)
})
afterEach(async () => {
  out.mpesa.clearRules()
  await vision.agrees()
})
afterAll(async () => {
  await out.close()
  await vision.close()
})

let phones = 722_900_000
async function withPhone(): Promise<Member & { phone: string }> {
  const phone = `0${++phones}`
  return { ...(await vision.client('Mercy Phone', { phone })), phone: `254${phone.slice(1)}` }
}
const inOrg = <T>(work: Parameters<typeof transact<T>>[1]): Promise<T> =>
  transact(vision.world.door('visionfund'), work)
/** A loan agreed on of which 2.5 % are kept back. */
async function agreedWithFee({ id }: Member, shillings: number): Promise<number> {
  const charges = [{ name: 'Processing', time: 'disbursement', basis: 'disbursed', percent: '2.5' } as const]
  const terms = productTermsSchema.parse({ ratePercent: '0', months: 3, charges })
  const product = await inOrg((ctx) => createProduct(ctx, { name: `Fee ${id}`, maxAmount: 100_000_000n, terms }))
  return inOrg(async (ctx) => {
    const { customerId } = await knownClient(ctx, id)
    const of = { customerId, productId: product.id, officerId: (await firstOfficer(ctx))!, terms }
    const loanId = await apply(ctx, { ...of, amount: BigInt(shillings) * 100n })
    await approve(ctx, loanId)
    return loanId
  })
}
const newest = async (client: Member) => (await vision.list(client)).body[0]
const loansOf = async (client: Member) => (await vision.ask(`GET /loans/${client.id}`, { token: client.token })).body
const lendToPhone = (client: Member, amount: number): Promise<Answered> =>
  vision.disburse(client, amount, { destination: 'mpesa' })

describe('a withdrawal by who has a phone', () => {
  test('goes to M-Pesa; the list says how it stands', async () => {
    const mercy = await withPhone()
    await vision.deposit(mercy, 500)
    const { body } = await vision.withdraw(mercy, 120)
    expect(body).toMatchObject({ balance: '380', channel: 'mpesa', payout_status: 'reserved' })
    await out.until(body.payout_id, 'confirmed')
    const mpesa_receipt = out.mpesa.transactions().at(-1)!.transactionId
    expect(await newest(mercy)).toMatchObject({
      type: 'withdrawal',
      amount: 120,
      payout_status: 'confirmed',
      mpesa_receipt,
    })
    expect(out.mpesa.paidTo(mercy.phone)).toBe(120)
  })

  test('that comes back is on the account again', async () => {
    out.mpesa.rule({ outcome: 'fail' })
    const mercy = await withPhone()
    await vision.deposit(mercy, 500)
    const { body } = await vision.withdraw(mercy, 500)
    await out.until(body.payout_id, 'returned')
    out.mpesa.clearRules()
    expect((await vision.withdraw(mercy, 500)).body.balance).toBe('0')
  })

  test('of an amount that M-Pesa does not pay is fetched at the counter, unless M-Pesa is asked for', async () => {
    const mercy = await withPhone()
    await vision.deposit(mercy, 500)
    expect((await vision.withdraw(mercy, 9)).body.channel).toBe('counter')
    expect((await vision.withdraw(mercy, 10.5)).body.channel).toBe('counter')
    const asked = (body: object) =>
      vision.ask(`POST /api/transactions/withdrawal/${mercy.id}`, { body: { ...body, client_token: mercy.token } })
    expect(await asked({ amount: 9, destination: 'mpesa' })).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining('whole shillings') },
    })
    expect((await asked({ amount: 100, destination: 'counter' })).body.channel).toBe('counter')
    expect((await asked({ amount: 100, destination: 'moon' })).body.errors).toHaveProperty('destination')
  })
})

describe('a loan paid out to M-Pesa', () => {
  test('is owed at once and never touches the account', async () => {
    const mercy = await withPhone()
    const { status, body } = await lendToPhone(mercy, 1000)
    expect([status, body]).toMatchObject([
      201,
      { type: 'disbursement', channel: 'mpesa', account_balance: '0', loan_balance: '1000' },
    ])
    await out.until(body.payout_id, 'confirmed')
    expect(out.mpesa.paidTo(mercy.phone)).toBe(1000)
    expect(await loansOf(mercy)).toMatchObject({ outstanding_amount: 1000, status: 'approved' })
  })

  test.each([
    ['comes late', { outcome: 'success', delayMs: 150 }, 'confirmed'],
    ['comes twice', { outcome: 'twice' }, 'confirmed'],
    ['never comes, and it was paid', { outcome: 'silent' }, 'confirmed'],
    ['never comes, and it was not paid', { outcome: 'silent_fail' }, 'returned'],
    ['says that it failed', { outcome: 'fail' }, 'returned'],
    ['says paid, then failed', { outcome: 'contradict' }, 'confirmed'],
  ] as const)('whose result %s: owed if it was paid, else never lent; paid at most once', async (_, rule, status) => {
    out.mpesa.rule(rule)
    const mercy = await withPhone()
    const { body } = await lendToPhone(mercy, 900)
    await out.work()
    if (rule.outcome.startsWith('silent')) {
      expect((await out.order(body.payout_id)).status).toBe('sent')
      vision.world.clock.moveTo(new Date(vision.world.clock.now().getTime() + 3 * 60_000))
    }
    await out.until(body.payout_id, status)
    await new Promise((resolve) => setTimeout(resolve, 80))
    const isPaid = status === 'confirmed'
    expect((await out.order(body.payout_id)).status).toBe(status)
    expect(out.mpesa.paidTo(mercy.phone)).toBe(isPaid ? 900 : 0)
    expect(await loansOf(mercy)).toMatchObject({ outstanding_amount: isPaid ? 900 : 0, status: 'approved' })
    expect((await vision.deposit(mercy, 1)).body.account_balance).toBe('1')
  })

  test('is the amount after its fees: cents are refused and nothing is lent, what is whole arrives whole', async () => {
    for (const shillings of [1010, 1020, 1040, 250_030, 256_000]) {
      const mercy = await withPhone()
      const loanId = await agreedWithFee(mercy, shillings)
      const { status, body } = await lendToPhone(mercy, shillings)
      const isWhole = shillings % 40 === 0
      expect([shillings, status]).toEqual([shillings, isWhole ? 201 : 422])
      if (isWhole) {
        await out.until(body.payout_id, 'confirmed')
        expect(out.mpesa.paidTo(mercy.phone)).toBe((shillings * 975) / 1000)
      } else expect(body.error).toContain('after fees that are kept back')
      const loan = await inOrg((ctx) => loanById(ctx, loanId))
      expect(loan).toMatchObject({ status: isWhole ? 'active' : 'approved' })
    }
  })

  test('that comes back was never lent: nothing is owed, and it may be paid out again', async () => {
    out.mpesa.rule({ outcome: 'fail', times: 1 })
    const mercy = await withPhone()
    const { body } = await lendToPhone(mercy, 700)
    await out.until(body.payout_id, 'returned')
    expect(await loansOf(mercy)).toMatchObject({ loan_amount: 700, outstanding_amount: 0, status: 'approved' })
    const again = await lendToPhone(mercy, 700)
    await out.until(again.body.payout_id, 'confirmed')
    const { loans, outstanding_amount } = await loansOf(mercy)
    expect([loans.length, outstanding_amount, out.mpesa.paidTo(mercy.phone)]).toEqual([1, 700, 700])
  })

  test('that comes back after some of it was repaid is the client’s own money then', async () => {
    out.mpesa.rule({ outcome: 'fail', delayMs: 150, times: 1 })
    const mercy = await withPhone()
    const { body } = await lendToPhone(mercy, 600)
    await out.work()
    expect((await vision.repay(mercy, 100, 'mpesa')).body.loan_balance).toBe('500')
    await out.until(body.payout_id, 'returned')
    expect(await loansOf(mercy)).toMatchObject({ outstanding_amount: 500 })
    expect((await vision.repay(mercy, 500, 'account')).body).toMatchObject({ balance: '0', account_balance: '100' })
  })
})
