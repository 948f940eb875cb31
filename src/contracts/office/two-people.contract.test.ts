/** Who paid a loan out does not give it up alone; one receipt is not taken in twice by mistake; statements add up. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chargeOff, writeOff } from '#modules/loan-adjustments/loan-adjustments.ts'
import { refusalOf } from '#test/asking.ts'
import { type Office, openOffice, type Who } from '#test/office.ts'

let office: Office
let productId: number
beforeAll(async () => {
  office = await openOffice('2026-01-15T09:00:00Z')
  const terms = { rate_percent: '10', months: 6, charges: [KEPT_BACK, EACH] }
  const product = { name: 'Market', max_amount: '50000.00', terms }
  productId = (await office.ask('POST /loan-products', 'officer', product)).body.id
})
afterAll(() => office.close())

const KEPT_BACK = { name: 'Opening', time: 'disbursement', basis: 'flat', amount: '30.00' }
const EACH = { name: 'Service', time: 'instalment', basis: 'flat', amount: '2.00' }

/** A loan of 1,000.00 that one of the staff has paid out. */
async function lend(disburser: Who = 'manager'): Promise<number> {
  const body = { customer_id: office.customerId, loan_product_id: productId, amount: '1000.00' }
  const { id } = (await office.ask('POST /loans', 'officer', body)).body
  await office.ask(`POST /loans/${id}/approve`, 'manager')
  expect((await office.ask(`POST /loans/${id}/disburse`, disburser)).status).toBe(200)
  return id
}
const loan = async (id: number) => (await office.ask(`GET /loans/${id}`, 'manager')).body

describe.each([
  ['write-off', 'written_off', writeOff],
  ['charge-off', 'active', chargeOff],
] as const)('a %s', (what, after, act) => {
  const give = (who: Who, id: number) => office.ask(`POST /loans/${id}/${what}`, who, { reason: 'Moved away' })

  it('asked by who paid the loan out waits for another, who decides it', async () => {
    const id = await lend()
    const asked = await give('manager', id)
    expect([asked.status, asked.body]).toMatchObject([202, { about: `loan:${id}`, asked: { loan_id: id } }])
    expect(await loan(id)).toMatchObject({ status: 'active', charged_off_on: null })
    expect((await office.ask(`POST /approvals/${asked.body.id}/approve`, 'manager', {})).body.code).toBe('own_request')
    expect((await office.ask(`POST /approvals/${asked.body.id}/approve`, 'platform', {})).status).toBe(200)
    expect((await loan(id)).status).toBe(after)
    await office.lender.expectAgreement()
  })

  it('by anybody else happens at once; in the core nobody who paid it out does it alone', async () => {
    const id = await lend()
    const manager = { ...office.lender.officer, id: await managerId(), roles: ['manager'] as const }
    expect(await refusalOf(office.lender.as(manager, (ctx) => act(ctx, id, 'mine')))).toBe('second_person_needed')
    expect((await give('platform', id)).status).toBe(200)
    expect((await loan(id)).status).toBe(after)
  })
})

describe('principal', () => {
  it('is waived by who paid the loan out with a second person; other parts of the debt at once', async () => {
    const id = await lend()
    const waive = (component: string, amount: string) =>
      office.ask(`POST /loans/${id}/waivers`, 'manager', { component, amount, reason: 'flood' })
    const { balance } = await loan(id)
    const asked = await waive('principal', '100.00')
    expect([asked.status, asked.body.status]).toEqual([202, 'pending'])
    expect((await loan(id)).balance).toBe(balance)
    expect((await office.ask(`POST /approvals/${asked.body.id}/approve`, 'platform', {})).status).toBe(200)
    expect(Number((await loan(id)).balance)).toBe(Number(balance) - 100)
    expect((await waive('interest', '1.00')).status).toBe(200)
    await office.lender.expectAgreement()
  })
})

const managerId = async (): Promise<number> =>
  (await office.ask('GET /users?limit=100', 'platform')).body.users.find(
    ({ email }: { email: string }) => email === 'manager@office.test',
  ).id

describe('a reference', () => {
  const pay = (id: number, body: object) =>
    office.ask(`POST /loans/${id}/repayments`, 'manager', { amount: '50.00', reference: 'Receipt 118', ...body })

  it('that a repayment of the loan has already must be confirmed', async () => {
    const id = await lend()
    expect((await pay(id, {})).status).toBe(200)
    const again = await pay(id, { reference: ' receipt 118' })
    expect([again.status, again.body.code, again.body.errors[0].field]).toEqual([
      409,
      'reference_repeated',
      'reference',
    ])
    expect(again.body.errors[0].detail).toMatch(/Transaction \d+ of 2026-01-15/)
    expect((await pay(id, { confirm_duplicate: true })).status).toBe(200)
  })

  it('is another’s where it came another way, on another loan, or after it was taken back', async () => {
    const id = await lend()
    expect((await pay(id, {})).status).toBe(200)
    expect((await pay(id, { account: 1020 })).status).toBe(200)
    expect((await pay(await lend(), {})).status).toBe(200)
    const { transactions } = (await office.ask(`GET /loans/${id}/transactions`, 'manager')).body
    const taken = transactions.find(
      ({ kind, account }: { kind: string; account: number }) => kind === 'repayment' && account === 1000,
    )
    await office.ask(`POST /loans/${id}/transactions/${taken.id}/reverse`, 'platform', { reason: 'wrong' })
    expect((await pay(id, {})).status).toBe(200)
  })

  it('that a provider told us of must be confirmed by staff, in any spelling', async () => {
    const amina = await office.lender.borrower('amina')
    const id = await office.lender.lend(amina, 100_000n)
    await office.lender.pay(amina.phone, 1_000n, 'QTWICE1')
    const typed = { reference: 'qtwice1', account: 1010 }
    expect((await pay(id, typed)).body.code).toBe('reference_repeated')
    expect((await pay(id, { ...typed, account: 1000 })).status).toBe(200)
  })

  it('is asked about when a loan is paid off too', async () => {
    const id = await lend()
    await pay(id, {})
    const close = (more: object) =>
      office.ask(`POST /loans/${id}/pay-off`, 'officer', { account: 1000, reference: 'Receipt 118', ...more })
    expect((await close({})).body.code).toBe('reference_repeated')
    expect((await close({ confirm_duplicate: true })).body.status).toBe('completed')
    const late = { amount: '10.00', when_settled: 'suspense' }
    expect((await pay(id, late)).body.code).toBe('reference_repeated')
    expect((await pay(id, { ...late, confirm_duplicate: true })).status).toBe(200)
  })

  it('that is confirmed stays confirmed until a second person approves the payment', async () => {
    const id = await lend()
    const goodwill = { type: 'goodwill_credit', reason: 'Flood' }
    const approveIt = (one: { id: number }) => office.ask(`POST /approvals/${one.id}/approve`, 'platform', {})
    const asAsked = (more: object) => pay(id, { reference: 'R 1', ...goodwill, ...more })
    expect((await approveIt((await asAsked({})).body)).status).toBe(200)
    expect((await asAsked({})).body.code).toBe('reference_repeated')
    expect((await approveIt((await asAsked({ confirm_duplicate: true })).body)).status).toBe(200)
  })
})

it('a statement adds up to the balance, with interest, fees and what was kept back', async () => {
  const id = await lend()
  await office.ask(`POST /loans/${id}/charges`, 'officer', { component: 'fee', amount: '5.00', reason: 'Letter' })
  await office.ask(`POST /loans/${id}/repayments`, 'officer', { amount: '200.00' })
  const { body } = await office.ask(`GET /loans/${id}/statement`, 'officer')
  expect(
    body.lines.map(({ kind, debit, credit, balance }: Record<string, string>) => [kind, debit, credit, balance]),
  ).toEqual([
    ['disbursement', '1000.00', '0.00', '1000.00'],
    ['fee_kept_back', '30.00', '30.00', '1000.00'],
    ['interest', '100.00', '0.00', '1100.00'],
    ['fee', '12.00', '0.00', '1112.00'],
    ['fee', '5.00', '0.00', '1117.00'],
    ['repayment', '0.00', '200.00', '917.00'],
  ])
  expect(body.totals.balance).toBe('917.00')
})
