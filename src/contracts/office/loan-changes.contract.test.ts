import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Office, openOffice, type Who } from '#test/office.ts'

let office: Office
let loanId: number
beforeAll(async () => {
  office = await openOffice('2026-01-15T09:00:00Z')
  const terms = { interest_method: 'declining', rate_percent: '24', months: 6 }
  const body = { name: 'Growth', max_amount: '50000.00', terms }
  const product = await office.ask('POST /loan-products', 'officer', body)
  const { customerId } = office
  const application = { customer_id: customerId, loan_product_id: product.body.id, amount: '12000.00' }
  loanId = (await office.ask('POST /loans', 'officer', application)).body.id
  await office.ask(`POST /loans/${loanId}/approve`, 'manager')
  await office.ask(`POST /loans/${loanId}/disburse`, 'manager')
})
afterAll(() => office.close())

const why = { reason: 'because' }
const change = (what: string, body: object, who: Who = 'manager') =>
  office.ask(`POST /loans/${loanId}/${what}`, who, { ...why, ...body })
const balance = async () => (await office.ask(`GET /loans/${loanId}`, 'officer')).body.balance

describe('a loan of 12,000.00 at 24 % a year on the declining balance', () => {
  test('a charge is owed with the next instalment, waived, and each taken back', async () => {
    const before = await balance()
    const charged = await change('charges', { component: 'fee', amount: '50.00' }, 'officer')
    expect(charged.body.instalments[0].due.fees).toBe('50.00')
    expect((await change('waivers', { component: 'fee', amount: '50.01' })).body.code).toBe('amount_invalid')
    expect((await change('waivers', { component: 'fee', amount: '1.00' }, 'officer')).body.code).toBe('not_permitted')
    await change('waivers', { component: 'fee', amount: '20.00' })
    const { transactions } = (await office.ask(`GET /loans/${loanId}/transactions`, 'manager')).body
    const [fee, waiver] = transactions.slice(-2)
    expect([fee.kind, waiver.kind]).toEqual(['fee', 'waiver'])
    expect((await change(`transactions/${fee.id}/reverse`, {})).body.code).toBe('loan_has_transactions')
    await change(`transactions/${waiver.id}/reverse`, {})
    await change(`transactions/${fee.id}/reverse`, {})
    expect(await balance()).toBe(before)
    expect((await change(`transactions/${transactions[0].id}/reverse`, {})).body.code).toBe(
      'transaction_not_reversible',
    )
    expect((await change('transactions/99999/reverse', {})).body.code).toBe('transaction_not_found')
    await office.lender.expectAgreement()
  })

  test('re-amortise: nothing is overdue yet', async () => {
    expect((await change('re-amortise', {})).body.code).toBe('nothing_overdue')
  })

  test('a preview changes nothing; a reschedule does what it showed, and is undone', async () => {
    office.lender.goTo('2026-02-20')
    const body = { instalments: 8, rate_percent: '18', first_due_day: '2026-04-01' }
    const before = (await office.ask(`GET /loans/${loanId}`, 'officer')).body
    const shown = await change('reschedule?preview=true', body)
    expect(shown.body).toMatchObject({ preview: true, currency: 'KES' })
    expect((await office.ask(`GET /loans/${loanId}`, 'officer')).body).toEqual(before)
    const after = await change('reschedule', body)
    expect(after.body.instalments).toEqual(shown.body.instalments)
    // Interest until 20 February, due with the first new instalment: 240.00 of the first month and 5/28 of 201.95 (36.06).
    expect(after.body.instalments[0].due).toMatchObject({ interest: '276.06', principal: '0.00' })
    expect(after.body.instalments.length).toBe(9)
    expect(after.body.restructured).toBe(true)
    await office.lender.expectAgreement()
    expect((await change('undo-restructure', {})).body.instalments).toEqual(before.instalments)
    expect((await change('undo-restructure', {})).body.code).toBe('transaction_not_found')
    await office.lender.expectAgreement()
  })

  test('re-amortise puts what is overdue on top of what is to come', async () => {
    const [first, second] = (await office.ask(`GET /loans/${loanId}`, 'officer')).body.instalments
    const owed = await balance()
    const { body } = await change('re-amortise', {})
    expect(body.balance).toBe(owed)
    expect(body.instalments.map((row: { due_day: string }) => row.due_day)).toEqual([
      '2026-03-15',
      '2026-04-15',
      '2026-05-15',
      '2026-06-15',
      '2026-07-15',
    ])
    const share = Math.floor((Number(first.due.principal) * 100) / 5)
    expect(Math.round(Number(body.instalments[0].due.principal) * 100)).toBe(Number(second.due.principal) * 100 + share)
    await office.lender.expectAgreement()
  })

  test('re-age: the same debt in equal parts; a past day is refused', async () => {
    expect((await change('re-age', { instalments: 3, first_due_day: '2026-02-19' })).status).toBe(400)
    const owed = await balance()
    const { body } = await change('re-age', { instalments: 3, first_due_day: '2026-03-01' })
    expect(body.balance).toBe(owed)
    expect(body.instalments.map((row: { due_day: string }) => row.due_day)).toEqual([
      '2026-03-01',
      '2026-04-01',
      '2026-05-01',
    ])
    await office.lender.expectAgreement()
  })

  test('a payment from before an agreement cannot be taken back, nor an agreement that was charged on', async () => {
    await change('repayments', { amount: '500.00' })
    await change('charges', { component: 'fee', amount: '1.00', reason: 'letter' })
    expect((await change('undo-restructure', {})).body.code).toBe('loan_has_transactions')
    const { transactions } = (await office.ask(`GET /loans/${loanId}/transactions`, 'manager')).body
    await change('re-age', { instalments: 2, first_due_day: '2026-04-01' })
    expect(
      (
        await change(
          `transactions/${transactions.findLast(({ kind }: { kind: string }) => kind === 'repayment').id}/reverse`,
          {},
        )
      ).body.code,
    ).toBe('restructured_since')
    await office.lender.expectAgreement()
  })

  test('charged off: the books forget it, the customer does not; what he pays is a recovery', async () => {
    expect((await change('charge-off', {}, 'officer')).body.code).toBe('not_permitted')
    const { body } = await change('charge-off', {}, 'platform')
    expect(body).toMatchObject({ status: 'active', charged_off_on: '2026-02-20' })
    for (const [what, sent] of [
      ['charge-off', {}],
      ['re-amortise', {}],
      ['charges', { component: 'fee', amount: '1.00' }],
    ] as const) {
      expect((await change(what, sent)).body.code).toBe('loan_charged_off')
    }
    await change('repayments', { amount: '100.00' })
    await office.lender.expectAgreement()
    const { accounts } = (await office.ask('GET /ledger/trial-balance', 'manager')).body
    expect(accounts.find((a: { code: string }) => a.code === '4030')).toMatchObject({ credit: '100.00' })
  })

  test('written off after that: no second expense; undone in the order in which it came', async () => {
    const expense = async () =>
      (await office.ask('GET /ledger/trial-balance', 'manager')).body.accounts.find(
        (a: { code: string }) => a.code === '5000',
      )
    const { body } = await change('write-off', {}, 'platform')
    expect(body.status).toBe('written_off')
    expect(await expense()).toBeUndefined()
    const all = (await office.ask(`GET /loans/${loanId}/transactions`, 'manager')).body.transactions
    const idOf = (kind: string) => all.findLast((one: { kind: string }) => one.kind === kind).id
    expect((await change(`transactions/${idOf('charge_off')}/reverse`, {})).body.code).toBe('loan_has_transactions')
    for (const kind of ['write_off', 'repayment', 'charge_off']) {
      expect((await change(`transactions/${idOf(kind)}/reverse`, {})).status).toBe(200)
    }
    expect((await office.ask(`GET /loans/${loanId}`, 'officer')).body).toMatchObject({
      status: 'active',
      charged_off_on: null,
    })
    await office.lender.expectAgreement()
  })

  test('re-amortise: when nothing falls due later there is nothing to put it on', async () => {
    office.lender.goTo('2027-01-15')
    expect((await change('re-amortise', {})).body.code).toBe('no_instalment_left')
  })

  test('the statement says what stands', async () => {
    const { body } = await office.ask(`GET /loans/${loanId}/statement`, 'customer')
    expect(body.lines.map((line: { kind: string }) => line.kind)).toEqual([
      'disbursement',
      'interest',
      'repayment',
      'fee',
    ])
    expect(body).toMatchObject({ loan_id: loanId, currency: 'KES', status: 'active' })
    expect((await office.ask(`GET /loans/${loanId}/schedule`, 'customer')).body.instalments.length).toBeGreaterThan(1)
  })
})
