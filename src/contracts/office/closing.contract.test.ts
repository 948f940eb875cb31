/** How far back a day in the books may lie: not before the loan, not in a closed period, and not far without a second person. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { addDays, day, type Day } from '#domain/day.ts'
import { closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { transactionsOfLoan } from '#modules/loan-records/views.ts'
import { entryById } from '#modules/ledger/views.ts'
import { type Receipt, receive, submitClaim, verifyClaim } from '#modules/payments/payments.ts'
import { paymentById } from '#modules/payments/views.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import type { Person } from '#test/lending.ts'
import { type Office, openOffice, type Who } from '#test/office.ts'

let office: Office
let person: Person
let loanId: number
beforeAll(async () => {
  office = await openOffice('2026-01-15T09:00:00Z')
  person = await office.lender.borrower('achieng')
  loanId = await office.lender.lend(person, 1_200_000n)
  office.lender.goTo('2026-03-20')
})
afterAll(() => office.close())

const pay = (body: object, who: Who = 'officer') =>
  office.ask(`POST /loans/${loanId}/repayments`, who, { amount: '100.00', ...body })
const close = (until: string, who: Who = 'platform') =>
  office.ask('POST /ledger/close', who, { until, reason: 'reported' })
const reopen = (from: string, who: Who = 'platform') =>
  office.ask('POST /ledger/reopen', who, { from, reason: 'an invoice was missing' })
const read = <T>(work: Parameters<typeof office.lender.as<T>>[1]): Promise<T> =>
  office.lender.as({ kind: 'system', name: 'test' }, work)
const lastTransaction = async () => (await read((ctx) => transactionsOfLoan(ctx, loanId))).at(-1)!
const bookedOn = async (entryId: bigint): Promise<Day> =>
  (await read((ctx) => entryById(ctx, entryId)))!.effectiveDay as Day

let references = 0
/** A payment that a provider tells of, of an earlier day. */
const arrive = (valueDay: Day): Promise<Receipt> =>
  receive(office.world.door(office.lender.slug, { kind: 'provider', name: 'mpesa' }), {
    ...{ provider: 'mpesa', reference: `PERIOD${++references}`, payerPhone: person.phone, accountRef: null },
    ...{ amount: 10_000n, valueDay },
  })

describe('a day before the loan was paid out', () => {
  it('is refused to staff', async () => {
    const { status, body } = await pay({ day: '2026-01-14' })
    expect([status, body.code, body.errors[0].field]).toEqual([422, 'value_day_too_early', 'day'])
  })

  it('of money that has arrived counts, and stands in the books, from the disbursement on', async () => {
    const { paymentId, status } = await arrive(day('2026-01-02'))
    const { valueDay, entryId } = await lastTransaction()
    expect([status, valueDay, await bookedOn(entryId!)]).toEqual(['applied', '2026-01-15', '2026-01-15'])
    expect((await read((ctx) => paymentById(ctx, paymentId)))!.valueDay).toBe('2026-01-02')
    await office.lender.expectAgreement()
  })
})

describe('a day further back than staff may go alone', () => {
  it('waits for a second person, and is booked on that day when one approves it', async () => {
    const before = (await office.ask(`GET /loans/${loanId}`, 'officer')).body.balance
    const asked = await pay({ day: '2026-02-16', reason: 'found in the drawer' })
    expect([asked.status, asked.body.kind]).toEqual([202, 'loan.backdate_repayment'])
    expect(asked.body.asked).toMatchObject({ loan_id: loanId, amount: '100.00', day: '2026-02-16' })
    expect((await office.ask(`GET /loans/${loanId}`, 'officer')).body.balance).toBe(before)
    expect((await office.ask(`POST /approvals/${asked.body.id}/approve`, 'officer', {})).body.code).toBe('own_request')
    expect((await office.ask(`POST /approvals/${asked.body.id}/approve`, 'manager', {})).status).toBe(200)
    expect((await read((ctx) => transactionsOfLoan(ctx, loanId))).map(({ valueDay }) => valueDay)).toContain(
      '2026-02-16',
    )
    await office.lender.expectAgreement()
  })

  it.each([
    ['the last day alone', '2026-02-17', 200],
    ['the day before it', '2026-02-16', 202],
  ])('%s: %s → %d', async (_, on, status) => {
    expect((await pay({ day: on })).status).toBe(status)
  })

  it('waits for a second person also where the money would be kept in suspense, to match it from that day', async () => {
    const other = await office.lender.borrower('settled')
    const id = await office.lender.lend(other, 100_000n)
    expect((await office.ask(`POST /loans/${id}/pay-off`, 'officer', { account: 1000 })).status).toBe(200)
    const kept = { amount: '5.00', when_settled: 'suspense' }
    const on = (at: string) => office.ask(`POST /loans/${id}/repayments`, 'officer', { ...kept, day: at })
    const asked = await on('2026-01-20')
    expect([asked.status, asked.body.kind, asked.body.asked.day]).toEqual([
      202,
      'payment.backdate_suspense',
      '2026-01-20',
    ])
    const approved = await office.ask(`POST /approvals/${asked.body.id}/approve`, 'manager', {})
    const { payment_id: paymentId } = approved.body.outcome
    expect((await office.ask(`GET /payments/${paymentId}`, 'manager')).body).toMatchObject({
      ...{ status: 'suspense', value_day: '2026-01-20', amount: '5.00' },
    })
    expect((await on('2026-03-19')).status).toBe(200)
  })

  it('is what the organisation says', async () => {
    const set = (backdating_days: number | null) => office.ask('PATCH /organisation', 'platform', { backdating_days })
    expect((await set(5)).body.backdating_days).toBe(5)
    expect((await pay({ day: '2026-03-14' })).status).toBe(202)
    expect((await pay({ day: '2026-03-15' })).status).toBe(200)
    expect((await set(null)).body.backdating_days).toBe(31)
  })

  it('waits for a second person where a verifier goes further back than the customer says', async () => {
    const instalmentId = (await office.lender.loan(loanId)).instalments.at(-1)!.id
    const claim = { loanId, instalmentId, amount: 1000n, paidOn: day('2026-03-10'), method: 'transfer' } as const
    const id = await office.lender.as(person.actor, (ctx) => submitClaim(ctx, claim))
    const boss = { ...office.lender.officer, id: 99_999, roles: ['manager'] as const }
    const verify = (paidOn: string) => office.lender.as(boss, (ctx) => verifyClaim(ctx, id, { paidOn: day(paidOn) }))
    expect(await refusalOf(verify('2026-02-01'))).toBe('second_person_needed')
    const asked = await office.ask(`POST /payments/${id}/verify`, 'manager', { day: '2026-02-01', reason: 'receipt' })
    expect([asked.status, asked.body.asked]).toEqual([202, { payment_id: id, day: '2026-02-01' }])
    expect((await read((ctx) => paymentById(ctx, id)))!.status).toBe('pending')
    expect((await office.ask(`POST /approvals/${asked.body.id}/approve`, 'manager', {})).body.code).toBe('own_request')
    expect((await office.ask(`POST /approvals/${asked.body.id}/approve`, 'platform', {})).status).toBe(200)
    expect(await read((ctx) => paymentById(ctx, id))).toMatchObject({ status: 'applied', valueDay: '2026-02-01' })
    await office.lender.expectAgreement()
  })
})

describe('books closed up to the end of February', () => {
  test('are closed and opened again by an administrator alone, and it is known who did it', async () => {
    for (const who of ['officer', 'manager', 'clerk'] as const)
      expect((await close('2026-02-28', who)).status).toBe(403)
    expect((await close('2026-03-20')).body).toMatchObject({ code: 'invalid_input' })
    expect((await close('2026-02-28')).body).toEqual({ closed_until: '2026-02-28', first_open_day: '2026-03-01' })
    expect((await close('2026-02-28')).body.code).toBe('invalid_input')
    expect((await reopen('2026-03-01')).body.code).toBe('invalid_input')
    expect((await office.ask('GET /ledger/closing', 'manager')).body.closed_until).toBe('2026-02-28')
    const [told] = await eventsOf(office.world, office.lender.slug, 'books.closed')
    expect(told).toMatchObject({ actor: expect.stringMatching(/^operator:/), data: { closed_until: '2026-02-28' } })
  })

  it('take nothing that staff dates there, also with a second person', async () => {
    const { status, body } = await pay({ day: '2026-02-28' })
    expect([status, body.code]).toEqual([409, 'period_closed'])
    expect((await pay({ day: '2026-02-10' })).body.code).toBe('period_closed')
    expect((await pay({ day: '2026-03-01' })).status).toBe(200)
  })

  it('keep money that arrives: on the first open day, counting for the loan from its own', async () => {
    const { status } = await arrive(day('2026-02-20'))
    const standing = (await read((ctx) => transactionsOfLoan(ctx, loanId))).findLast(
      ({ valueDay, reversed }) => valueDay === '2026-02-20' && !reversed,
    )!
    expect([status, await bookedOn(standing.entryId!)]).toEqual(['applied', '2026-03-01'])
    await office.lender.expectAgreement()
  })

  it('answer a second delivery of what was booked before they were closed', async () => {
    const again = { provider: 'mpesa', payerPhone: person.phone, accountRef: null, amount: 10_000n } as const
    const door = office.world.door(office.lender.slug, { kind: 'provider', name: 'mpesa' })
    const receipt = await receive(door, { ...again, reference: 'PERIOD1', valueDay: day('2026-01-02') })
    expect(receipt).toMatchObject({ repeated: true, status: 'applied' })
  })

  it('are not touched by a job that comes late', async () => {
    const other = await office.lender.borrower('late')
    await office.lender.lend(other, 600_000n)
    const march = { ...office.lender.door(), today: day('2026-02-27') }
    const before = await februaryOf()
    expect((await closeLoans(march)).loansEarned).toBeGreaterThan(0)
    expect(await februaryOf()).toEqual(before)
  })

  test('opened again, they take what was refused', async () => {
    expect((await reopen('2026-02-01')).body).toEqual({ closed_until: '2026-01-31', first_open_day: '2026-02-01' })
    expect((await pay({ day: '2026-02-28' })).status).toBe(200)
    await office.lender.expectAgreement()
  })
})

/** The trial balance at the end of February. */
const februaryOf = async () => (await office.ask('GET /ledger/trial-balance?as_of=2026-02-28', 'manager')).body

it('a day is closed for every entry alike, in the books themselves', async () => {
  const today = addDays(office.lender.door().today, -1)
  expect((await close(today)).status).toBe(200)
  expect((await pay({ day: today })).body.code).toBe('period_closed')
  expect((await pay({})).status).toBe(200)
})
