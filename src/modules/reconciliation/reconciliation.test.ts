/** Every sub-ledger says what the books say; one that was changed behind our back is found, named and measured. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MOBILE_MONEY, STANDARD_CHART } from '#domain/ledger/chart.ts'
import { claimIdNumber, createCustomer } from '#modules/customers/customers.ts'
import { closePortfolio } from '#modules/delinquency/delinquency.ts'
import { addPhoneModel } from '#modules/devices/devices.ts'
import { productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { charge, chargeOff, waive, writeOff } from '#modules/loan-adjustments/loan-adjustments.ts'
import { closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { refundCredit } from '#modules/loan-closing/loan-closing.ts'
import { payoutPlace, reservePayout } from '#modules/payouts/payouts.ts'
import { RECONCILED_ACCOUNTS, reconcile, reconcileInPortions } from '#modules/reconciliation/reconciliation.ts'
import { agreeSale, decideSale, signSale, takeDownPayment } from '#modules/sales/sales.ts'
import { closeSavings, hold, withdraw } from '#modules/savings/savings.ts'
import { savingsAccountById } from '#modules/savings/views.ts'
import { type Ctx, transact } from '#platform/context.ts'
import { booksAgree, expectBooksAgree } from '#test/books.ts'
import { type Lender, openLender, TERMS } from '#test/lending.ts'
import { openSavings, type Savings } from '#test/saving.ts'
import { tampered } from '#test/tampering.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
let savings: Savings
/** Loans by their numbers, each paid on once: on accrual, on cash, with a fee and a penalty, lost, doubtful, overpaid. */
const LOAN = { accrual: 1, cash: 2, charged: 3, writtenOff: 4, chargedOff: 5, overpaid: 6 } as const
const SALE = 7

beforeAll(async () => {
  world = await openWorld({ now: '2026-01-15T09:00:00Z' })
  lender = await openLender(world)
  savings = await openSavings(world, lender.slug)
  await lendAndLose()
  await sellAPhone()
  await saveAndWithdraw()
  lender.goTo('2026-02-20')
  await closeLoans(lender.door())
  await closePortfolio(lender.door())
  await closeSavings(lender.door())
})
afterAll(() => world.close())

const byStaff = <T>(work: (ctx: Ctx) => Promise<T>): Promise<T> => lender.as(lender.officer, work)

/** Loans that were paid, charged, waived, lost, overpaid; and money that nobody knows whose it is. */
async function lendAndLose(): Promise<void> {
  for (const name of Object.keys(LOAN)) {
    const person = await lender.borrower(name)
    const accounting = name === 'cash' ? 'cash' : 'accrual'
    const loanId = await lender.lend(person, 120_000n, { accounting })
    expect(loanId).toBe(LOAN[name as keyof typeof LOAN])
    await lender.pay(person.phone, name === 'overpaid' ? 140_000n : 25_000n, `PAID${name.toUpperCase()}`)
  }
  await byStaff((ctx) => charge(ctx, { loanId: LOAN.charged, component: 'fee', amount: 500n, reason: 'visit' }))
  await byStaff((ctx) => charge(ctx, { loanId: LOAN.charged, component: 'penalty', amount: 700n, reason: 'late' }))
  await byStaff((ctx) => waive(ctx, { loanId: LOAN.accrual, component: 'interest', amount: 300n, reason: 'goodwill' }))
  await byStaff((ctx) => writeOff(ctx, LOAN.writtenOff, 'lost'))
  await byStaff((ctx) => chargeOff(ctx, LOAN.chargedOff, 'doubtful'))
  const refund = { loanId: LOAN.overpaid, amount: 1_000n, account: MOBILE_MONEY, reason: 'asked for' }
  await byStaff((ctx) => refundCredit(ctx, refund))
  await lender.pay('+254799000000', 4_200n, 'WHOSE')
}

/** Signed and paid down, not handed over yet. */
async function sellAPhone(): Promise<void> {
  await savings.run(async (ctx) => {
    const phoneModelId = await addPhoneModel(ctx, { brand: 'Any', model: 'One', price: 1_500_000n })
    const buyer = { fullName: 'Buyer', phone: '0711999999', profile: { dateOfBirth: '1990-01-01' } }
    const customerId = await createCustomer(ctx, buyer)
    await claimIdNumber(ctx, customerId, { kind: 'national', number: '0801199012345' })
    const loanId = await agreeSale(ctx, {
      ...{ customerId, officerId: 1, productId: 1, imei: '356938035643809', phoneModelId },
      ...{ price: 1_500_000n, downPayment: 300_000n, branchNumber: 'S01', rateShown: '10' },
      terms: productTermsSchema.parse(TERMS),
    })
    expect(loanId).toBe(SALE)
    await decideSale(ctx, loanId, {})
    await signSale(ctx, loanId)
    await takeDownPayment(ctx, { loanId, method: 'cash' })
  })
}

/** An account that bears interest, with a hold on it, and money on its way from it to the counter. */
async function saveAndWithdraw(): Promise<void> {
  const accountId = await savings.account({ interest: { ratePercent: '7.3' } }, 50_000n)
  await savings.run(async (ctx) => {
    await hold(ctx, { accountId, amount: 20_000n, purpose: 'guarantee' })
    const { customerId } = (await savingsAccountById(ctx, accountId))!
    const { id, place } = await payoutPlace(ctx)
    const amount = 9_000n
    const { entryId } = await withdraw(ctx, { accountId, amount, to: place, reference: null })
    const counter = { channel: 'counter', phone: null, purpose: 'withdrawal' } as const
    await reservePayout(ctx, { id, ...counter, amount, entryId, customerId, savingsAccountId: accountId })
  })
  for (const rounding of ['HALF_EVEN', 'HALF_UP', 'HALF_DOWN', 'UP', 'DOWN', 'CEILING', 'FLOOR'] as const) {
    for (const balance of [10_007n, 62_500n])
      await savings.account({ interest: { ratePercent: '7.3', rounding } }, balance)
  }
}

test('a life of each kind agrees, in one transaction and in portions', async () => {
  await expectBooksAgree(world)
  const whole = await transact(lender.door(), reconcile, true)
  expect(whole).toMatchObject({ ok: true, findings: [] })
  expect(Object.values(whole.differences).every((count) => count === 0)).toBe(true)
  const nightly = await reconcileInPortions(lender.door())
  expect(nightly).toMatchObject({ ok: true, findings: [] })
  expect(whole.differences).toMatchObject(nightly.differences)
})

test('every account that has owners is compared, and no sub-ledger has the name of another', async () => {
  const owned = STANDARD_CHART.filter(({ ownedBy }) => ownedBy !== undefined).map(({ code }) => code)
  expect(owned.filter((code) => !RECONCILED_ACCOUNTS.includes(code))).toEqual([])
  const { differences } = await transact(lender.door(), reconcile, true)
  expect(Object.keys(differences)).toHaveLength(18)
})

interface Tampered {
  readonly what: string
  readonly statement: string
  /** The sub-ledger that finds it, whom it names, and by how much the two sides differ (kept less booked). */
  readonly of: string
  readonly subject: string
  readonly by: bigint
}

const TAMPERED: readonly Tampered[] = [
  {
    what: 'principal of a schedule',
    statement: 'update instalments set principal_due = principal_due + 100 where loan_id = 1 and nr = 6',
    ...{ of: 'loans', subject: 'loan:1', by: 100n },
  },
  {
    what: 'interest paid of a schedule on cash, which is not in the books, changes nothing there; its principal does',
    statement:
      'update instalments set interest_paid = interest_paid - 1, principal_paid = principal_paid - 7 where loan_id = 2 and nr = 1',
    ...{ of: 'loans', subject: 'loan:2', by: 7n },
  },
  {
    what: 'interest of a schedule on accrual',
    statement: 'update instalments set interest_waived = interest_waived + 3 where loan_id = 1 and nr = 6',
    ...{ of: 'loans', subject: 'loan:1', by: -3n },
  },
  {
    what: 'a fee',
    statement: 'update instalments set fee_due = 900 where loan_id = 3 and fee_due > 0',
    ...{ of: 'loans', subject: 'loan:3', by: 400n },
  },
  {
    what: 'a penalty',
    statement: 'update instalments set penalty_waived = 700 where loan_id = 3 and penalty_due > 0',
    ...{ of: 'loans', subject: 'loan:3', by: -700n },
  },
  {
    what: 'a balance of a loan that was written off',
    statement: 'update ledger_balances set debits = debits + 11 where account = 1100 and owner = 4',
    ...{ of: 'loans', subject: 'loan:4', by: -11n },
  },
  {
    what: 'a balance of a loan that was charged off',
    statement: 'update ledger_balances set debits = debits + 11 where account = 1110 and owner = 5',
    ...{ of: 'loans', subject: 'loan:5', by: -11n },
  },
  {
    what: 'a balance of a loan that there is not',
    statement: 'update ledger_balances set owner = 4711 where account = 1120 and owner = 3',
    ...{ of: 'loans', subject: 'loan:4711', by: -500n },
  },
  {
    what: 'a balance of another loan beside',
    statement: 'update ledger_balances set debits = debits + 5 where account = 1130 and owner = 3',
    ...{ of: 'loans', subject: 'loan:3', by: -5n },
  },
  {
    what: 'interest earned before its day',
    statement: 'update instalments set interest_earned = interest_earned + 13 where loan_id = 1 and nr = 6',
    ...{ of: 'unearned interest', subject: 'organisation:2', by: -13n },
  },
  {
    what: 'a payment in suspense',
    statement: "update payments set amount = amount + 50 where reference = 'WHOSE'",
    ...{ of: 'suspense', subject: 'payment:7', by: 50n },
  },
  {
    what: 'a payment in suspense that somebody called applied',
    statement: "update payments set status = 'applied' where reference = 'WHOSE'",
    ...{ of: 'suspense', subject: 'payment:7', by: -4_200n },
  },
  {
    what: 'a passbook',
    statement: 'update savings_transactions set balance_after = balance_after + 1 where account_id = 1 and nr = 3',
    ...{ of: 'savings', subject: 'savings:1', by: 1n },
  },
  {
    what: 'a balance of savings',
    statement: 'update ledger_balances set credits = credits + 100 where account = 2200 and owner = 1',
    ...{ of: 'savings', subject: 'savings:1', by: -100n },
  },
  {
    what: 'more interest earned than there is',
    statement: 'update instalments set interest_earned = interest_due + 1 where loan_id = 1 and nr = 1',
    ...{ of: 'earned interest', subject: 'loan:1', by: 1n },
  },
  {
    what: 'an overpayment',
    statement: "update loan_transactions set overpayment = overpayment + 9 where loan_id = 6 and kind = 'repayment'",
    ...{ of: 'customer credit', subject: 'customer:6', by: 9n },
  },
  {
    what: 'a refund of credit',
    statement: "delete from loan_transactions where loan_id = 6 and kind = 'credit_refund'",
    ...{ of: 'customer credit', subject: 'customer:6', by: 1_000n },
  },
  {
    what: 'a repayment',
    statement: "update loan_transactions set amount = amount - 1 where loan_id = 1 and kind = 'repayment'",
    ...{ of: 'applied payments', subject: 'payment:1', by: 1n },
  },
  {
    what: 'what was repaid',
    statement: "update loan_transactions set amount = amount - 1 where loan_id = 2 and kind = 'repayment'",
    ...{ of: 'repaid loans', subject: 'loan:2', by: 1n },
  },
  {
    what: 'a payment without its entry',
    statement: 'update payments set entry_id = null where id = 2',
    ...{ of: 'received payments', subject: 'payment:2', by: 25_000n },
  },
  {
    what: 'an amount that was received',
    statement: 'update payments set amount = amount + 1 where id = 3',
    ...{ of: 'received payments', subject: 'payment:3', by: 1n },
  },
  {
    what: 'what is set aside for a loan',
    statement: 'update loan_standings set provision = provision + 40 where loan_id = 1',
    ...{ of: 'loss allowance', subject: 'organisation:2', by: 40n },
  },
  {
    what: 'a payout that somebody called confirmed',
    statement: "update payouts set status = 'confirmed' where id = 1",
    ...{ of: 'payouts', subject: 'payout:1', by: -9_000n },
  },
  {
    what: 'a balance in transit',
    statement: 'update ledger_balances set owner = 2 where account = 2400 and owner = 1',
    ...{ of: 'payouts', subject: 'payout:2', by: -9_000n },
  },
  {
    what: 'what a customer has to give back',
    statement: 'update payouts set debt = 700, debt_entry_id = 1 where id = 1',
    ...{ of: 'customer debt', subject: 'customer:8', by: 700n },
  },
  {
    what: 'a down payment',
    statement: 'update down_payments set amount = amount - 100000 where loan_id = 7',
    ...{ of: 'down payments', subject: 'loan:7', by: -100_000n },
  },
  {
    what: 'a sale that somebody called handed over',
    statement: 'update sales set applied_entry_id = 1 where loan_id = 7',
    ...{ of: 'down payments', subject: 'loan:7', by: -300_000n },
  },
  {
    what: 'money that has not passed on',
    statement: 'update ledger_balances set account = 1030 where account = 1190',
    ...{ of: 'money in passage', subject: 'organisation:2', by: 3_960n },
  },
  {
    what: 'a line of a passbook',
    statement: 'update savings_transactions set amount = amount + 2 where account_id = 1 and nr = 1',
    ...{ of: 'passbooks', subject: 'savings:1', by: 2n },
  },
  {
    what: 'a hold',
    statement: 'update savings_holds set amount = amount + 5 where account_id = 1',
    ...{ of: 'holds', subject: 'savings:1', by: -5n },
  },
  {
    what: 'a hold that somebody called released',
    statement: "update savings_holds set status = 'released' where account_id = 1",
    ...{ of: 'holds', subject: 'savings:1', by: 20_000n },
  },
  {
    what: 'more set aside than there is',
    statement: 'update savings_accounts set held = 60000 where id = 1',
    ...{ of: 'covered holds', subject: 'savings:1', by: 18_861n },
  },
  {
    what: 'interest of savings',
    statement: 'update savings_accounts set accrued = accrued * 2 where id = 1',
    ...{ of: 'savings interest', subject: 'organisation:2', by: 156n },
  },
]

describe('is found, named and measured', () => {
  test.each(TAMPERED)('$what', async ({ statement, of, subject, by }) => {
    await tampered({ world, slug: lender.slug, statement }, async (ctx, changed) => {
      expect(changed).toBe(1)
      const { ok, findings, differences } = await reconcile(ctx)
      expect(ok).toBe(false)
      expect(findings).toContainEqual(expect.objectContaining({ of, subject }))
      const found = findings.find((finding) => finding.of === of && finding.subject === subject)!
      expect(found.kept - found.booked).toBe(by)
      expect(differences[of]).toBeGreaterThan(0)
    })
    await lender.as(lender.officer, booksAgree)
  })
})

test('a finding says what it is about, both amounts and where they stand', async () => {
  const statement = 'update instalments set fee_due = 900 where loan_id = 3 and fee_due > 0'
  await tampered({ world, slug: lender.slug, statement }, async (ctx) => {
    const { findings } = await reconcile(ctx)
    expect(findings).toEqual([
      {
        ...{ of: 'loans', subject: 'loan:3', account: 1120, owner: 3, kept: 900n, booked: 500n },
        text: 'loan 3: 9.00 owed by its schedule, 5.00 in the books (1120 Loans: fees receivable)',
      },
    ])
  })
})

test('however many there are, all are counted and a hundred are told', async () => {
  const statement = `
    insert into ledger_balances (org_id, account, owner, debits, credits)
    select org_id, 1100, n, 5, 0 from ledger_heads, generate_series(39951, 40100) n where true`
  await tampered({ world, slug: lender.slug, statement }, async (ctx, changed) => {
    expect(changed).toBe(150)
    const { findings, differences } = await reconcile(ctx)
    expect(differences.loans).toBe(150)
    expect(findings.map(({ owner }) => owner)).toEqual(Array.from({ length: 100 }, (_, n) => 39_951 + n))
  })
})
