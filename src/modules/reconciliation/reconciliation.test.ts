/** Every sub-ledger says what the books say; one that was changed behind our back is found, named and measured. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { charge, chargeOff, closeLoans, waive, writeOff } from '#modules/loans/loans.ts'
import { reconcile, reconcileInPortions } from '#modules/reconciliation/reconciliation.ts'
import { hold } from '#modules/savings/savings.ts'
import { transact } from '#platform/context.ts'
import { booksAgree, expectBooksAgree } from '#test/books.ts'
import { type Lender, openLender } from '#test/lending.ts'
import { openSavings, type Savings } from '#test/saving.ts'
import { tampered } from '#test/tampering.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
let savings: Savings
/** Loans 1 to 6: on accrual, on cash, with a fee and a penalty, written off, charged off, overpaid. */
const LOAN = { accrual: 1, cash: 2, charged: 3, writtenOff: 4, chargedOff: 5, overpaid: 6 } as const

beforeAll(async () => {
  world = await openWorld({ now: '2026-01-15T09:00:00Z' })
  lender = await openLender(world)
  savings = await openSavings(world, lender.slug)
  await liveALittle()
})
afterAll(() => world.close())

/** Something of every kind: lent, paid, charged, waived, lost, overpaid, in suspense, saved. */
async function liveALittle(): Promise<void> {
  const as = <T>(work: Parameters<typeof lender.as<T>>[1]) => lender.as(lender.officer, work)
  for (const name of Object.keys(LOAN)) {
    const person = await lender.borrower(name)
    const accounting = name === 'cash' ? 'cash' : 'accrual'
    const loanId = await lender.lend(person, 120_000n, { accounting })
    expect(loanId).toBe(LOAN[name as keyof typeof LOAN])
    await lender.pay(person.phone, name === 'overpaid' ? 140_000n : 25_000n, `PAID${name.toUpperCase()}`)
  }
  await as((ctx) => charge(ctx, { loanId: LOAN.charged, component: 'fee', amount: 500n, reason: 'visit' }))
  await as((ctx) => charge(ctx, { loanId: LOAN.charged, component: 'penalty', amount: 700n, reason: 'late' }))
  await as((ctx) => waive(ctx, { loanId: LOAN.accrual, component: 'interest', amount: 300n, reason: 'goodwill' }))
  await as((ctx) => writeOff(ctx, LOAN.writtenOff, 'lost'))
  await as((ctx) => chargeOff(ctx, LOAN.chargedOff, 'doubtful'))
  await lender.pay('+254799000000', 4_200n, 'WHOSE')
  const accountId = await savings.account({ interest: { ratePercent: '7.3' } }, 50_000n)
  await savings.run((ctx) => hold(ctx, { accountId, amount: 20_000n, purpose: 'guarantee' }))
  lender.goTo('2026-02-20')
  await closeLoans(lender.door())
}

test('a life of each kind agrees, in one transaction and in portions', async () => {
  await expectBooksAgree(world)
  const whole = await transact(lender.door(), reconcile, true)
  expect(whole).toMatchObject({ ok: true, findings: [] })
  expect(await reconcileInPortions(lender.door())).toEqual(whole)
  expect(Object.values(whole.differences).every((count) => count === 0)).toBe(true)
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
    ...{ of: 'unearned interest', subject: 'organisation:0', by: -13n },
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
    statement: 'update savings_transactions set balance_after = balance_after + 1 where account_id = 1',
    ...{ of: 'savings', subject: 'savings:1', by: 1n },
  },
  {
    what: 'a balance of savings',
    statement: 'update ledger_balances set credits = credits + 100 where account = 2200 and owner = 1',
    ...{ of: 'savings', subject: 'savings:1', by: -100n },
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
