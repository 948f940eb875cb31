/** Pay-offs, credit and terms of a simulated loan, and what holds whatever happens to it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays, type Day, day } from '#domain/day.ts'
import { DEFAULT_RULE } from '#domain/loans/allocation-rule.ts'
import { USUAL } from '#domain/loans/everyday-terms.ts'
import { totalOf } from '#domain/loans/instalment.ts'
import type { PaymentType, RefundType, SimulatedLoan } from '#domain/loans/simulation-book.ts'
import { simulate, type Step } from '#domain/loans/simulation.ts'
import type { Statement } from '#domain/loans/simulation-statement.ts'
import { percent } from '#domain/rate.ts'
import { chargeOf } from '#test/schedule-rows.ts'

const START = day('2026-01-01')
const on = (at: number): Day => addDays(START, at)

/** Three monthly instalments at 12 %, interest by day. */
const LOAN: SimulatedLoan = {
  terms: { ...USUAL, principal: 0n, disbursements: [], startDay: START, instalments: 3, rate: percent('12') },
  scheduleStart: null,
  autoDownPayment: false,
  ruleOf: () => DEFAULT_RULE,
  recalculation: null,
  duesFirst: false,
}
const withTerms = (terms: Partial<SimulatedLoan['terms']>, more: Partial<SimulatedLoan> = {}): SimulatedLoan => ({
  ...LOAN,
  ...more,
  terms: { ...LOAN.terms, ...terms },
})
const WITHOUT_INTEREST = { rate: percent('0') }
const DOWN = withTerms({ ...WITHOUT_INTEREST, downPayment: percent('25') }, { autoDownPayment: true })

const disburse = (at: number, amount: bigint): Step => ({ op: 'disburse', enteredOn: on(at), day: on(at), amount })
const move = (type: PaymentType | RefundType, at: number, amount: bigint): Step => {
  return { op: 'transact', type, enteredOn: on(at), day: on(at), amount }
}
const payOff = (at: number): Step => ({ op: 'payOff', enteredOn: on(at), day: on(at) })
const undo = (type: PaymentType | RefundType, at: number): Step => {
  return { op: 'undo', enteredOn: on(at), which: { nth: 'last', types: [type], day: null } }
}

function lived(steps: readonly Step[], loan = LOAN): Statement {
  const simulated = simulate(loan, steps)
  if (!simulated.ok) throw new Error(`step ${simulated.found.step}: ${simulated.found.problem}`)
  return simulated.statements.at(-1)!
}

const moved = ({ transactions }: Statement) =>
  transactions.map((t) => `${t.type} ${t.amount} ${t.balanceAfter}${t.reverted ? ' reverted' : ''}`)

describe('an automatic down payment of 25 %', () => {
  const overpaidBy = (credit: bigint): Step[] => [disburse(0, 40_000n), move('repayment', 10, 30_000n + credit)]

  test.each<[string, bigint, string[]]>([
    ['is less by the credit', 4_000n, ['disbursement 40000 36000', 'downPayment 6000 30000']],
    ['is not taken where the credit pays all of it', 10_000n, ['disbursement 40000 30000']],
    ['is not taken where the credit pays more', 15_000n, ['disbursement 40000 25000']],
  ])('of a second disbursement on an overpaid loan %s', (_, credit, expected) => {
    const found = lived([...overpaidBy(credit), disburse(20, 40_000n)], DOWN)
    expect(moved(found).slice(3)).toEqual(expected)
    expect([found.overpaid, found.totals.outstanding]).toEqual([
      0n,
      30_000n - (credit > 10_000n ? credit - 10_000n : 0n),
    ])
  })

  test('is whole where the credit comes only later', () => {
    const steps = [disburse(0, 40_000n), disburse(20, 40_000n), move('repayment', 40, 70_000n)]
    expect(moved(lived(steps, DOWN)).slice(2, 4)).toEqual(['disbursement 40000 70000', 'downPayment 10000 60000'])
  })
})

describe('the principal outstanding after a transaction', () => {
  test('is nothing while the customer has credit, and the next disbursement less the credit', () => {
    const found = lived([disburse(0, 30_000n), move('repayment', 10, 35_000n), disburse(20, 30_000n)])
    expect(found.transactions.map((t) => t.balanceAfter)[1]).toBe(0n)
    expect(found.transactions.at(-1)!.balanceAfter).toBeGreaterThan(24_000n)
  })

  test('is never negative after a refund of credit whose payment is undone, nor in the schedule', () => {
    const loan = withTerms(WITHOUT_INTEREST)
    const refunded = [disburse(0, 30_000n), move('repayment', 10, 36_000n), move('creditBalanceRefund', 12, 6_000n)]
    const undone = lived([...refunded, undo('repayment', 14)], loan)
    expect(moved(undone)).toEqual([
      'disbursement 30000 30000',
      'repayment 36000 0 reverted',
      'creditBalanceRefund 6000 36000',
    ])
    expect(undone.totals.outstanding).toBe(36_000n)
    expect(undone.lines.at(-1)).toMatchObject({ balanceAfter: 0n })
    const back = lived([...refunded, undo('creditBalanceRefund', 14), disburse(20, 9_000n)], loan)
    expect(moved(back).at(-1)).toBe('disbursement 9000 3000')
  })
})

describe('a pay-off', () => {
  test('is a repayment of everything owed that day, and closes the loan', () => {
    const found = lived([disburse(0, 100_000n), move('repayment', 31, 34_002n), payOff(40)])
    expect([found.status, found.totals.outstanding, found.transactions.at(-1)!.type]).toEqual([
      'completed',
      0n,
      'repayment',
    ])
    // 66,998 of principal; the whole interest of 6.70 and 3.37, since it does not follow what is paid.
    expect(found.transactions.at(-1)!.amount).toBe(66_998n + 1_007n)
  })

  test('asks interest until the day where it follows what is paid', () => {
    const recalculation = { rest: 'daily', overdueBearsInterest: true } as const
    const found = lived([disburse(0, 100_000n), payOff(15)], { ...LOAN, recalculation })
    // 1,000.00 × 1 % × 15 / 31 days
    expect([found.status, found.transactions.at(-1)!.amount]).toEqual(['completed', 100_484n])
  })

  test('of a loan on which nothing is owed stops the simulation', () => {
    expect(simulate(LOAN, [disburse(0, 30_000n), payOff(1), payOff(2)])).toMatchObject({
      found: { step: 2, problem: 'nothing_owed' },
    })
    expect(simulate(LOAN, [payOff(1)])).toMatchObject({ found: { step: 0, problem: 'nothing_owed' } })
  })
})

describe('the terms of a simulated loan', () => {
  test('hold fees: at disbursement, with every instalment, on a day', () => {
    const charges = [
      chargeOf({ name: 'Processing', time: 'disbursement', basis: 'disbursed', percent: '2' }),
      chargeOf({ name: 'Service', amount: '1.50' }),
      chargeOf({ name: 'Share', basis: 'disbursed', percent: '0.1' }),
      chargeOf({ name: 'Visit', time: 'dueDay', dueDay: on(40), amount: '20.00', penalty: true }),
    ]
    const { lines, totals } = lived([disburse(0, 100_000n)], withTerms({ charges }))
    expect(lines[0]).toMatchObject({ kind: 'disbursement', fee: 2_000n })
    const owed = lines.flatMap((line) => (line.kind === 'disbursement' ? [] : [[line.due.fee, line.due.penalty]]))
    expect(owed).toEqual([
      [250n, 0n],
      [250n, 2_000n],
      [250n, 0n],
    ])
    expect(totals.due.fee).toBe(750n)
  })

  test('start their schedule on a day of their own', () => {
    const { lines } = lived([disburse(4, 30_000n)], { ...LOAN, scheduleStart: START })
    expect(lines.map((line) => line.dueDay)).toEqual(['2026-01-05', '2026-02-01', '2026-03-01', '2026-04-01'])
  })

  test.each<[string, Step[], Partial<SimulatedLoan['terms']>, number, string]>([
    ['a balloon above the first tranche', [disburse(0, 30_000n)], { balloon: 40_000n }, 0, 'balloon'],
    [
      'a balloon above what is left when a disbursement is taken back',
      [disburse(0, 20_000n), disburse(0, 30_000n), { op: 'undoDisbursement', enteredOn: on(1), lastOnly: true }],
      { balloon: 20_001n },
      0,
      'balloon',
    ],
    ['a disbursement after the last due day', [disburse(0, 30_000n), disburse(100, 1n)], {}, 1, 'disbursements'],
    ['a first due day before the disbursement', [disburse(40, 30_000n)], { firstDueDay: on(31) }, 0, 'firstDueDay'],
  ])('stop the simulation where they make no schedule: %s', (_, steps, terms, step, field) => {
    expect(simulate(withTerms(terms), steps)).toMatchObject({
      found: { step, problem: 'no_schedule', fault: { field } },
    })
  })

  test('let overdue principal bear no interest where they say so', () => {
    const until: Step = { op: 'endOfDay', enteredOn: on(80) }
    const bearing = (overdueBearsInterest: boolean) =>
      lived([disburse(0, 100_000n), until], { ...LOAN, recalculation: { rest: 'daily', overdueBearsInterest } })
    expect(bearing(false).totals.due).toEqual(lived([disburse(0, 100_000n), until]).totals.due)
    expect(bearing(true).totals.due.interest).toBeGreaterThan(bearing(false).totals.due.interest)
  })
})

const types = ['repayment', 'goodwillCredit', 'creditBalanceRefund', 'chargeback', 'cashRefund'] as const
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(fc.nat(80), fc.bigInt(1n, 50_000n)).map(([at, amount]) => disburse(at, amount)) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...types), fc.nat(120), fc.bigInt(1n, 60_000n))
      .map(([type, at, amount]) => move(type, at, amount)),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...types), fc.nat(120)).map(([type, at]) => undo(type, at)) },
  { weight: 1, arbitrary: fc.nat(120).map(payOff) },
)

/** Steps as far as they can be taken, the first a disbursement. */
function taken(loan: SimulatedLoan, wanted: readonly Step[]): { steps: Step[]; statements: readonly Statement[] } {
  const steps: Step[] = [disburse(0, 30_000n)]
  for (const step of wanted) if (simulate(loan, [...steps, step]).ok) steps.push(step)
  const simulated = simulate(loan, steps)
  return { steps, statements: simulated.ok ? simulated.statements : [] }
}

describe.each([
  ['as scheduled', null],
  ['recalculated', { rest: 'daily', overdueBearsInterest: true } as const],
  ['recalculated, not on what is overdue', { rest: 'daily', overdueBearsInterest: false } as const],
])('whatever happens to a loan, interest %s', (_, recalculation) => {
  test('nothing that its statements show is negative', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 10 }), fc.boolean(), fc.boolean(), (wanted, duesFirst, down) => {
        const terms = down ? { downPayment: percent('25') } : {}
        const { statements } = taken(withTerms(terms, { recalculation, duesFirst, autoDownPayment: down }), wanted)
        for (const { lines, totals, transactions, overpaid } of statements) {
          expect(overpaid >= 0n && totals.outstanding >= 0n).toBe(true)
          for (const { balanceAfter, parts } of transactions) {
            expect(balanceAfter >= 0n && Object.values(parts).every((part) => part >= 0n)).toBe(true)
          }
          for (const line of lines) {
            if (line.kind === 'disbursement') continue
            expect(line.balanceAfter >= 0n && line.outstanding >= 0n && totalOf(line.due) >= line.paid).toBe(true)
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})
