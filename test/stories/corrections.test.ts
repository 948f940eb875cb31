/** Corrections where two correct features meet: each loan, and the books, stand afterwards as if what was taken back had never come. */
import { sql } from 'kysely'
import { afterAll, beforeEach, afterEach, expect, test } from 'vitest'
import { addDays, type Day, day } from '#domain/day.ts'
import {
  LOAN_PRINCIPAL,
  PENALTY_INCOME,
  PENALTY_RECEIVABLE,
  RECOVERY_INCOME,
  WRITE_OFF_EXPENSE,
} from '#domain/ledger/chart.ts'
import { totalOf } from '#domain/loans/instalment.ts'
import { type GivenTerms, productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { ageOverdueLoans, closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { apply, approve, disburse, undoDisbursement } from '#modules/loans/loans.ts'
import { charge, chargeOff, waive, writeOff } from '#modules/loan-adjustments/loan-adjustments.ts'
import { payOff, payOffQuote, refundCredit } from '#modules/loan-closing/loan-closing.ts'
import { previewRestructure, restructure } from '#modules/loan-agreements/loan-agreements.ts'
import { repay } from '#modules/loan-money/loan-money.ts'
import { reverseTransaction } from '#modules/loan-corrections/loan-corrections.ts'
import { type TransactionView, transactionsOfLoan } from '#modules/loan-records/views.ts'
import { keepInSuspense, receive, takeBack } from '#modules/payments/payments.ts'
import type { Ctx } from '#platform/context.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { type Lender, openLender, type Person, TERMS } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
let wanjiku: Person
beforeEach(async () => {
  world = await openWorld({ now: '2026-01-05T09:00:00Z', lockOrder: true })
  lender = await openLender(world)
  wanjiku = await lender.borrower('wanjiku')
})
afterEach(async () => {
  await lender.expectAgreement()
  await world.close()
})
afterAll(() => undefined)

const PERCENT: Partial<GivenTerms> = { ratePercent: '24', instalments: 12, interestMethod: 'declining' }
const as = <T>(work: (ctx: Ctx) => Promise<T>): Promise<T> => lender.as(lender.officer, work)
const history = (loanId: number): Promise<TransactionView[]> => as((ctx) => transactionsOfLoan(ctx, loanId))
const standing = async (loanId: number, kind: TransactionView['kind']): Promise<TransactionView> =>
  (await history(loanId)).findLast((one) => one.kind === kind && !one.reversed)!
const undo = async (loanId: number, kind: TransactionView['kind']): Promise<void> => {
  const { id } = await standing(loanId, kind)
  await as((ctx) => reverseTransaction(ctx, { loanId, transactionId: id, reason: 'mistake' }))
}
const cash = (loanId: number, amount: bigint, daysBefore = 0): Promise<number> =>
  as((ctx) => repay(ctx, { loanId, amount, day: addDays(ctx.today, -daysBefore), account: 1000 }))
const balance = async (account: number): Promise<bigint> => {
  const { rows } = await as((ctx) =>
    sql<{ amount: bigint }>`
      select coalesce(sum(debits - credits), 0)::bigint as amount from ledger_balances where org_id = ${ctx.org.id} and account = ${account}`.execute(
      ctx.tx,
    ),
  )
  return rows[0]!.amount
}
const balances = async (...accounts: number[]): Promise<bigint[]> => Promise.all(accounts.map(balance))
async function closeDays(until: string): Promise<void> {
  for (let day = addDays(lender.door().today, 1); day <= until; day = addDays(day, 1)) {
    lender.goTo(day)
    await closeLoans(lender.door())
    await ageOverdueLoans(lender.door())
  }
}

test.each([
  ['written off', writeOff, 'write_off'],
  ['charged off', chargeOff, 'charge_off'],
] as const)(
  '%s, an earlier payment reversed, the loss reversed: the loan owes what it was lent, and money comes in',
  async (_, lose, kind) => {
    const loanId = await lender.lend(wanjiku, 1_200_000n, PERCENT)
    const before = await lender.loan(loanId)
    await cash(loanId, 100_000n)
    await as((ctx) => lose(ctx, loanId, 'gone'))
    await undo(loanId, 'repayment')
    await lender.expectAgreement()
    expect((await standing(loanId, kind)).amount).toBe(before.balance)
    expect(await balance(RECOVERY_INCOME)).toBe(0n)
    await undo(loanId, kind)
    expect(await lender.loan(loanId)).toMatchObject({ status: 'active', balance: before.balance })
    expect(await balances(WRITE_OFF_EXPENSE, RECOVERY_INCOME)).toEqual([0n, 0n])
    expect(await lender.pay(wanjiku.phone, 50_000n, 'QAB1')).toMatchObject({ status: 'applied' })
  },
)

test('a write-off can be undone after its recovery was taken back, whatever was replayed before', async () => {
  const loanId = await lender.lend(wanjiku, 1_200_000n, PERCENT)
  await cash(loanId, 150_000n)
  await as((ctx) => charge(ctx, { loanId, component: 'fee', amount: 8_000n, reason: 'visit' }))
  await cash(loanId, 10_000n, 0)
  const { balance: owed } = await lender.loan(loanId)
  await as((ctx) => writeOff(ctx, loanId, 'gone'))
  await cash(loanId, 30_000n)
  expect(await balance(RECOVERY_INCOME)).toBe(-30_000n)
  await undo(loanId, 'recovery')
  await undo(loanId, 'write_off')
  expect(await lender.loan(loanId)).toMatchObject({ status: 'active', balance: owed })
})

test('money of a day before the write-off is the repayment that it was on that day: the loss falls', async () => {
  const loanId = await lender.lend(wanjiku, 1_200_000n, PERCENT)
  const { balance: owed } = await lender.loan(loanId)
  lender.goTo('2026-02-20')
  await as((ctx) => writeOff(ctx, loanId, 'gone'))
  lender.goTo('2026-02-25')
  await cash(loanId, 100_000n, 10)
  expect(await standing(loanId, 'repayment')).toMatchObject({ amount: 100_000n })
  expect((await standing(loanId, 'write_off')).amount).toBe(owed - 100_000n)
  expect(await balance(RECOVERY_INCOME)).toBe(0n)
  await cash(loanId, 7_000n)
  expect(await standing(loanId, 'recovery')).toMatchObject({ amount: 7_000n })
})

test.each([
  ['written off', writeOff, 'write_off', 'written_off'],
  ['charged off', chargeOff, 'charge_off', 'active'],
] as const)(
  '%s although everything had been paid before: nothing was lost, and what bounces later is lost as it was decided',
  async (_, lose, kind, status) => {
    const loanId = await lender.lend(wanjiku, 1_200_000n)
    const { balance: owed } = await lender.loan(loanId)
    lender.goTo('2026-02-20')
    await as((ctx) => lose(ctx, loanId, 'gone'))
    lender.goTo('2026-02-25')
    await cash(loanId, owed, 10)
    expect(await standing(loanId, kind)).toBeUndefined()
    expect(await lender.loan(loanId)).toMatchObject({ status: 'completed', balance: 0n })
    await undo(loanId, 'repayment')
    expect(await standing(loanId, kind)).toMatchObject({ amount: owed, reason: 'gone', valueDay: '2026-02-20' })
    expect(await lender.loan(loanId)).toMatchObject({ status, balance: owed })
    await lender.expectAgreement()
    await undo(loanId, kind)
    expect(await lender.loan(loanId)).toMatchObject({ status: 'active', balance: owed })
    expect(await balances(WRITE_OFF_EXPENSE, RECOVERY_INCOME)).toEqual([0n, 0n])
  },
)

test('a charged-off loan is paid off for what was quoted, although interest for the time to come is left', async () => {
  const loanId = await lender.lend(wanjiku, 1_200_000n, PERCENT)
  await as((ctx) => chargeOff(ctx, loanId, 'doubtful'))
  const quote = totalOf(await as((ctx) => payOffQuote(ctx, loanId, ctx.today)))
  expect(quote).toBe(1_200_000n)
  await as((ctx) => payOff(ctx, { loanId, account: 1000 }))
  expect(await lender.loan(loanId)).toMatchObject({ status: 'completed', balance: 0n })
  expect(await balance(RECOVERY_INCOME)).toBe(-1_200_000n)
  await undo(loanId, 'repayment')
  await undo(loanId, 'charge_off')
  expect(await lender.loan(loanId)).toMatchObject({ status: 'active', balance: (await lender.loan(loanId)).balance })
})

test('paid on its due day and entered six days later: no late fee, not late, and no receivable below nothing on any day', async () => {
  const lateFee = { basis: 'overdue' as const, percent: '10', graceDays: 2 }
  const loanId = await lender.lend(wanjiku, 1_200_000n, { ...PERCENT, lateFee })
  const first = (await lender.loan(loanId)).instalments[0]!
  const amount = totalOf(first.due)
  await closeDays(addDays(first.dueDay, 6))
  expect((await standing(loanId, 'penalty')).reason).toBe('late fee')
  await cash(loanId, amount, 6)
  expect(await lender.loan(loanId)).toMatchObject({ daysPastDue: 0, overdueAmount: 0n })
  expect((await lender.loan(loanId)).instalments[0]!.completedOn).toBe(first.dueDay)
  expect(await balances(PENALTY_RECEIVABLE, PENALTY_INCOME)).toEqual([0n, 0n])
  const fee = (await history(loanId)).find((one) => one.kind === 'penalty')!
  expect((await history(loanId)).find((one) => one.reversesId === fee.id)).toMatchObject({
    kind: 'reversal',
    amount: fee.amount,
  })
  const { rows } = await as((ctx) =>
    sql<{ lowest: bigint }>`
      select min(so_far)::bigint as lowest from (
        select sum(amount) over (order by effective_day, entry_id) as so_far from journal_lines
         where org_id = ${ctx.org.id} and account = ${PENALTY_RECEIVABLE} and owner = ${loanId}) running`.execute(
      ctx.tx,
    ),
  )
  expect(rows[0]!.lowest).toBe(0n)

  // The payment bounces: the fee that it had avoided is owed again.
  await undo(loanId, 'repayment')
  expect(await standing(loanId, 'penalty')).toMatchObject({ amount: fee.amount, valueDay: fee.valueDay })
  expect(await balance(PENALTY_INCOME)).toBe(-fee.amount)
  await closeDays(addDays(first.dueDay, 8))
  expect((await history(loanId)).filter((one) => one.kind === 'penalty' && !one.reversed)).toHaveLength(1)
})

test('a late fee that a person took back stays so, whatever bounces', async () => {
  const lateFee = { basis: 'flat' as const, amount: '5000', graceDays: 0 }
  const loanId = await lender.lend(wanjiku, 1_200_000n, { ...PERCENT, lateFee })
  const first = (await lender.loan(loanId)).instalments[0]!
  await closeDays(addDays(first.dueDay, 2))
  await undo(loanId, 'penalty')
  await cash(loanId, totalOf(first.due), 2)
  await undo(loanId, 'repayment')
  expect(await standing(loanId, 'penalty')).toBeUndefined()
})

test('a payment that bounces after its overpayment was refunded: the refund stays, and is owed', async () => {
  const loanId = await lender.lend(wanjiku, 100_000n, { ratePercent: '0', instalments: 2 })
  await lender.pay(wanjiku.phone, 60_000n, 'QAC1')
  const { paymentId } = await lender.pay(wanjiku.phone, 90_000n, 'QAC2')
  await as((ctx) => refundCredit(ctx, { loanId, account: 1000, reason: 'asked for it' }))
  await as((ctx) => takeBack(ctx, paymentId, 'bounced'))
  expect(await lender.loan(loanId)).toMatchObject({ status: 'active', balance: 90_000n, credit: 0n })
  expect(await balance(LOAN_PRINCIPAL)).toBe(90_000n)
  await lender.expectAgreement()
  await lender.pay(wanjiku.phone, 90_000n, 'QAC3')
  expect(await lender.loan(loanId)).toMatchObject({ status: 'completed', balance: 0n })
})

test('what somebody gave up, and called a pay-off, stays given up when a later payment bounces', async () => {
  const loanId = await lender.lend(wanjiku, 1_200_000n, PERCENT)
  await as((ctx) => waive(ctx, { loanId, component: 'interest', amount: 10_000n, reason: 'pay-off' }))
  await cash(loanId, 20_000n)
  await undo(loanId, 'repayment')
  expect(await standing(loanId, 'waiver')).toMatchObject({ amount: 10_000n })
})

test('a penalty that somebody calls a late fee does not use up the cap of the late fees', async () => {
  const lateFee = { basis: 'flat' as const, amount: '5000', graceDays: 0, mostOfLoan: '5000' }
  const loanId = await lender.lend(wanjiku, 1_200_000n, { ...PERCENT, lateFee })
  await as((ctx) => charge(ctx, { loanId, component: 'penalty', amount: 5_000n, reason: 'late fee' }))
  const first = (await lender.loan(loanId)).instalments[0]!
  await closeDays(addDays(first.dueDay, 1))
  expect((await history(loanId)).filter((one) => one.kind === 'penalty').map((one) => one.amount)).toEqual([
    5_000n,
    5_000n,
  ])
})

test('a fresh top-up is undone: the loan that it settled runs again as before', async () => {
  const oldId = await lender.lend(wanjiku, 600_000n, PERCENT)
  await cash(oldId, 50_000n)
  const before = await lender.loan(oldId)
  const { productId, officerId } = before
  const terms = productTermsSchema.parse({ ...TERMS, ...PERCENT })
  const application = {
    customerId: wanjiku.customerId,
    productId: productId!,
    officerId: officerId!,
    amount: 1_000_000n,
    terms,
  }
  const loanId = await lender.as(wanjiku.actor, (ctx) => apply(ctx, { ...application, topsUp: oldId }))
  await as((ctx) => approve(ctx, loanId))
  const paidOut = await as((ctx) => disburse(ctx, loanId))
  expect(await lender.loan(oldId)).toMatchObject({ status: 'completed', balance: 0n })
  expect(paidOut.amount).toBeLessThan(1_000_000n)
  await lender.expectAgreement()
  await as((ctx) => undoDisbursement(ctx, loanId, 'changed their mind'))
  expect(await lender.loan(oldId)).toMatchObject({ status: 'active', balance: before.balance })
  expect(await lender.loan(loanId)).toMatchObject({ status: 'approved' })
})

test('a payment of an earlier day that the provider tells us of late takes its place at once', async () => {
  const loanId = await lender.lend(wanjiku, 300_000n, { ratePercent: '10', instalments: 3 })
  lender.goTo('2026-03-01')
  await lender.pay(wanjiku.phone, 50_000n, 'QAD2')
  const door = world.door(lender.slug, { kind: 'provider', name: 'mpesa' })
  const late = {
    provider: 'mpesa',
    reference: 'QAD1',
    payerPhone: wanjiku.phone,
    accountRef: null,
    amount: 100_000n,
  } as const
  expect(await receive(door, { ...late, valueDay: addDays(door.today, -30) })).toMatchObject({
    status: 'applied',
    reason: null,
  })
  expect(await lender.loan(loanId)).toMatchObject({ daysPastDue: expect.any(Number) })
})

test.each([
  { kind: 'reschedule', instalments: 5 },
  { kind: 're_age', instalments: 4, firstDueDay: '2026-04-20' as Day },
  { kind: 're_amortise' },
] as const)(
  'what is agreed on anew is what was shown before: $kind, with interest that nobody has worked out until today',
  async (agreement) => {
    const recalculation = { rest: 'daily' as const, overdueBearsInterest: true }
    const loanId = await lender.lend(wanjiku, 1_200_000n, { ...PERCENT, recalculation })
    lender.goTo('2026-03-10')
    const shown = await as((ctx) => previewRestructure(ctx, { loanId, agreement, reason: 'asked' }))
    await as((ctx) => restructure(ctx, { loanId, agreement, reason: 'asked' }))
    const { instalments } = await lender.loan(loanId)
    expect(instalments.map(({ nr, dueDay, due }) => ({ nr, dueDay, due }))).toEqual(
      shown.map(({ nr, dueDay, due }) => ({ nr, dueDay, due })),
    )
  },
)

test('money that the books refuse to apply is kept: the provider hears that it is recorded, and a person finds it in suspense', async () => {
  const loanId = await lender.lend(wanjiku, 1_200_000n, PERCENT)
  const books = (credits: string): Promise<unknown> =>
    withClient(world.owner, (client) =>
      client.query(
        `update ledger_balances set credits = ${credits} where account = ${LOAN_PRINCIPAL} and owner = ${loanId}`,
      ),
    )
  await books('debits')
  const paid = { phone_number: wanjiku.phone, amount_paid: 3000, mpesa_code: 'QAE1' }
  const answer = await world.inject({ method: 'POST', url: '/repayments/mpesa-webhook', payload: paid })
  await books('0')
  expect([answer.statusCode, answer.json().mpesa_code]).toEqual([201, 'QAE1'])
  const { rows } = await as((ctx) =>
    sql<{ status: string; reason: string }>`select status, reason from payments where org_id = ${ctx.org.id}`.execute(
      ctx.tx,
    ),
  )
  expect(rows).toEqual([{ status: 'suspense', reason: 'not_applicable' }])
  const told = await eventsOf(world, lender.slug, 'payment.suspended')
  expect(told).toHaveLength(1)
})

test('money for a completed loan is the customer’s credit, or waits in suspense: never refused', async () => {
  const loanId = await lender.lend(wanjiku, 100_000n, { ratePercent: '0', instalments: 2 })
  await lender.pay(wanjiku.phone, 100_000n, 'QAF1')
  const { completedOn } = await lender.loan(loanId)
  lender.goTo('2026-01-09')
  await cash(loanId, 7_000n)
  expect(await lender.loan(loanId)).toMatchObject({ status: 'completed', completedOn, credit: 7_000n })
  const { customerId } = wanjiku
  await as((ctx) =>
    keepInSuspense(ctx, { customerId, loanId, amount: 3_000n, day: ctx.today, account: 1000, reference: 'R-9' }),
  )
  await as((ctx) => refundCredit(ctx, { loanId, account: 1000, reason: 'asked for it' }))
  expect(await lender.loan(loanId)).toMatchObject({ credit: 0n })
})

test('a loan of which all is given up is closed by a pay-off of nothing', async () => {
  const loanId = await lender.lend(wanjiku, 1_200_000n, PERCENT)
  await lender.as({ ...lender.officer, id: 99_999 }, (ctx) =>
    waive(ctx, { loanId, component: 'principal', amount: 1_200_000n, reason: 'flood' }),
  )
  expect(totalOf(await as((ctx) => payOffQuote(ctx, loanId, ctx.today)))).toBe(0n)
  await as((ctx) => payOff(ctx, { loanId, account: 1000 }))
  expect(await lender.loan(loanId)).toMatchObject({ status: 'completed', balance: 0n })
})

test('late fees of before an agreement count towards the most that the loan may bear, also when they are judged anew', async () => {
  const lateFee = { basis: 'flat' as const, amount: '2500', graceDays: 0, mostOfLoan: '6000' }
  const loanId = await lender.lend(wanjiku, 1_200_000n, { ...PERCENT, lateFee })
  await closeDays('2026-03-08')
  await as((ctx) =>
    restructure(ctx, {
      loanId,
      agreement: { kind: 're_age', instalments: 3, firstDueDay: day('2026-03-20') },
      reason: 'asked',
    }),
  )
  await closeDays('2026-03-22')
  const fees = async (): Promise<bigint[]> =>
    (await history(loanId)).filter((one) => one.kind === 'penalty' && !one.reversed).map((one) => one.amount)
  expect(await fees()).toEqual([2_500n, 2_500n, 1_000n])
  await cash(loanId, 1_000n, 5)
  await undo(loanId, 'repayment')
  expect(await fees()).toEqual([2_500n, 2_500n, 1_000n])
})

test('a penalty of another kind that was given up does not keep an unjust late fee', async () => {
  const lateFee = { basis: 'flat' as const, amount: '5000', graceDays: 0 }
  const loanId = await lender.lend(wanjiku, 1_200_000n, { ...PERCENT, lateFee })
  const first = (await lender.loan(loanId)).instalments[0]!
  await as((ctx) => charge(ctx, { loanId, component: 'penalty', amount: 5_000n, reason: 'damage' }))
  await as((ctx) => waive(ctx, { loanId, component: 'penalty', amount: 5_000n, reason: 'none' }))
  await closeDays(addDays(first.dueDay, 1))
  await cash(loanId, totalOf(first.due), 1)
  expect(await lender.loan(loanId)).toMatchObject({ overdueAmount: 0n })
})

test('money with a reference that waits in suspense already is asked about, until it is confirmed to be another', async () => {
  const loanId = await lender.lend(wanjiku, 100_000n)
  const { customerId } = wanjiku
  const keep = (reference: string, confirmDuplicate = false) =>
    as((ctx) =>
      keepInSuspense(ctx, {
        customerId,
        loanId,
        amount: 5_000n,
        day: ctx.today,
        account: 1000,
        reference,
        confirmDuplicate,
      }),
    )
  await keep('R1')
  expect(await refusalOf(keep(' r1'))).toBe('reference_repeated')
  await keep('R1', true)
  await keep('R2')
})
