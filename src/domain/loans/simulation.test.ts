import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Day, addDays, day } from '#domain/day.ts'
import { percent, ZERO_RATE } from '#domain/rate.ts'
import { DEFAULT_RULE } from '#domain/loans/allocation-rule.ts'
import { USUAL } from '#domain/loans/everyday-terms.ts'
import { totalOf } from '#domain/loans/instalment.ts'
import type { PaymentType, RefundType, SimulatedLoan } from '#domain/loans/simulation-book.ts'
import { type Simulated, type Step, simulate } from '#domain/loans/simulation.ts'
import type { Statement } from '#domain/loans/simulation-statement.ts'
import type { Charge } from '#domain/loans/terms.ts'

const START = day('2026-01-01')

/** Three monthly instalments of 100.00 without interest, when 300.00 are disbursed. */
const LOAN: SimulatedLoan = {
  scheduleStart: null,
  terms: { ...USUAL, principal: 0n, disbursements: [], startDay: START, instalments: 3, rate: ZERO_RATE },
  autoDownPayment: false,
  ruleOf: () => DEFAULT_RULE,
  recalculation: null,
  duesFirst: false,
}

const disburse = (on: string, amount: bigint): Step => ({ op: 'disburse', day: day(on), enteredOn: day(on), amount })
const pay = (on: string, amount: bigint, type: PaymentType | RefundType = 'repayment'): Step => ({
  op: 'transact',
  type,
  day: day(on),
  enteredOn: day(on),
  amount,
})
const undo = (nth: number | 'last', on: string): Step => ({
  op: 'undo',
  enteredOn: day(on),
  which: { nth, types: ['repayment'], day: null },
})

const CHARGE: Charge = {
  name: 'late fee',
  time: 'dueDay',
  basis: 'flat',
  amount: 500n,
  percent: ZERO_RATE,
  penalty: true,
  dueDay: day('2026-02-10'),
  least: null,
  most: null,
}
const charge = (change: Partial<Charge> = {}): Step => ({
  op: 'charge',
  enteredOn: day('2026-01-05'),
  charge: { ...CHARGE, ...change },
})

function statementsOf(simulated: Simulated): readonly Statement[] {
  if (!simulated.ok) throw new Error(`step ${simulated.found.step}: ${simulated.found.problem}`)
  return simulated.statements
}

const last = (steps: readonly Step[], loan = LOAN): Statement => statementsOf(simulate(loan, steps)).at(-1)!

/** "100/100" for each instalment: paid of due, in whole units. */
const paidOf = ({ lines }: Statement): string =>
  lines.flatMap((l) => (l.kind === 'disbursement' ? [] : [`${l.paid / 100n}/${totalOf(l.due) / 100n}`])).join(' ')

const OPEN = disburse('2026-01-01', 30_000n)

describe('a simulated loan', () => {
  test('before the first disbursement there is nothing to show', () => {
    const found = last([{ op: 'endOfDay', enteredOn: START }])
    expect(found).toMatchObject({ lines: [], status: 'approved', overpaid: 0n, transactions: [] })
  })

  const STATUS: [string, Step[], string, bigint, string][] = [
    ['paid in part', [pay('2026-02-01', 10_000n)], 'active', 0n, '100/100 0/100 0/100'],
    ['paid in full', [pay('2026-02-01', 30_000n)], 'completed', 0n, '100/100 100/100 100/100'],
    ['paid too much', [pay('2026-02-01', 30_700n)], 'overpaid', 700n, '100/100 100/100 100/100'],
    [
      'the overpayment refunded',
      [pay('2026-02-01', 30_700n), pay('2026-02-02', 700n, 'creditBalanceRefund')],
      'completed',
      0n,
      '100/100 100/100 100/100',
    ],
    [
      'a payment charged back: owed again with the instalment of that day',
      [pay('2026-02-01', 10_000n), pay('2026-02-05', 4_000n, 'chargeback')],
      'active',
      0n,
      '100/100 0/140 0/100',
    ],
    [
      'an overpayment pays what is lent later',
      [pay('2026-02-01', 30_500n), disburse('2026-02-10', 2_000n)],
      'active',
      0n,
      '100/100 105/110 100/110',
    ],
    [
      'the last repayment undone',
      [pay('2026-02-01', 10_000n), undo('last', '2026-02-02')],
      'active',
      0n,
      '0/100 0/100 0/100',
    ],
    [
      'the second undone, the first stays',
      [pay('2026-02-01', 10_000n), pay('2026-02-03', 5_000n), undo(2, '2026-02-04')],
      'active',
      0n,
      '100/100 0/100 0/100',
    ],
    ['a charge of 5 in its instalment', [charge()], 'active', 0n, '0/100 0/105 0/100'],
    [
      'a percentage of principal: 2 % of 300',
      [charge({ basis: 'principal', percent: percent('2') })],
      'active',
      0n,
      '0/100 0/106 0/100',
    ],
    [
      'a percentage on every instalment, at most 1.00',
      [charge({ time: 'instalment', dueDay: null, basis: 'principal', percent: percent('2'), most: 100n })],
      'active',
      0n,
      '0/101 0/101 0/101',
    ],
    [
      'a waived charge is not outstanding',
      [
        charge(),
        { op: 'waiveCharge', enteredOn: day('2026-01-06'), name: 'late fee', dueDay: null },
        pay('2026-04-01', 30_000n),
      ],
      'completed',
      0n,
      '100/100 100/105 100/100',
    ],
  ]
  test.each(STATUS)('%s', (_rule, steps, status, overpaid, paid) => {
    const found = last([OPEN, ...steps])
    expect([found.status, found.overpaid, paidOf(found)]).toEqual([status, overpaid, paid])
  })

  test('a replayed payment says so, and keeps its place by day', () => {
    const late = { ...pay('2026-02-15', 10_000n), enteredOn: day('2026-03-02') }
    const found = last([OPEN, charge(), pay('2026-03-01', 10_000n), late])
    expect(found.transactions.map((t) => [t.day, t.parts.penalty, t.balanceAfter, t.replayed])).toEqual([
      ['2026-01-01', 0n, 30_000n, false],
      ['2026-02-15', 0n, 20_000n, false],
      // first it paid the first instalment; now the charge of 5 and 95 of the second
      ['2026-03-01', 500n, 10_500n, true],
    ])
  })

  test('what a reverted payment was stays shown', () => {
    const found = last([OPEN, pay('2026-02-01', 10_000n), undo('last', '2026-02-02')])
    expect(found.transactions[1]).toMatchObject({ reverted: true, balanceAfter: 20_000n, amount: 10_000n })
    expect(found.transactions[1]!.parts.principal).toBe(10_000n)
  })

  test('undoing the disbursement takes everything back, undoing the last one what came with it or later', () => {
    const steps = [OPEN, pay('2026-02-01', 10_000n), disburse('2026-02-10', 3_000n), pay('2026-02-20', 1_000n)]
    const undone = (lastOnly: boolean): Step => ({ op: 'undoDisbursement', enteredOn: day('2026-02-21'), lastOnly })
    expect(last([...steps, undone(false)])).toMatchObject({ status: 'approved', lines: [] })
    expect(paidOf(last([...steps, undone(true)]))).toBe('100/100 0/100 0/100')
  })

  test('a down payment is taken out of each disbursement where the product says so', () => {
    const terms = { ...LOAN.terms, downPayment: percent('25') }
    const found = last([disburse('2026-01-01', 40_000n)], { ...LOAN, terms, autoDownPayment: true })
    expect(paidOf(found)).toBe('100/100 0/100 0/100 0/100')
    expect(found.transactions.map((t) => [t.type, t.amount])).toEqual([
      ['disbursement', 40_000n],
      ['downPayment', 10_000n],
    ])
  })

  test('undoing what is not there stops the simulation', () => {
    expect(simulate(LOAN, [OPEN, undo(1, '2026-02-01')])).toEqual({
      ok: false,
      found: { step: 1, problem: 'transaction_not_found' },
    })
  })
})

const payments = fc.array(fc.record({ at: fc.integer({ min: 0, max: 120 }), amount: fc.bigInt(1n, 20_000n) }), {
  maxLength: 8,
})
const on = (at: number): Day => addDays(START, at)
const repay = ({ at, amount }: { at: number; amount: bigint }): Step => pay(on(at), amount)

describe.each([
  ['interest as scheduled', null],
  ['interest recalculated', { rest: 'daily', overdueBearsInterest: true } as const],
])('a payment taken back has never happened, %s', (_name, recalculation) => {
  const loan = { ...LOAN, recalculation, terms: { ...LOAN.terms, rate: percent('36') } }
  test('the schedule and all other transactions are as without it', () => {
    fc.assert(
      fc.property(payments, payments, fc.integer({ min: 0, max: 120 }), (before, after, at) => {
        const end: Step = { op: 'endOfDay', enteredOn: on(121) }
        const rest = [...after.map(repay), end]
        const taken = pay(on(at), 7_777n, 'goodwillCredit')
        const back: Step = { op: 'undo', enteredOn: on(120), which: { nth: 1, types: ['goodwillCredit'], day: null } }
        const without = last([OPEN, ...before.map(repay), ...rest], loan)
        const undone = last([OPEN, ...before.map(repay), taken, ...after.map(repay), back, end], loan)
        expect(undone.lines).toEqual(without.lines)
        const inForce = undone.transactions.filter((t) => !t.reverted)
        expect(inForce.map((t) => [t.parts, t.balanceAfter])).toEqual(
          without.transactions.map((t) => [t.parts, t.balanceAfter]),
        )
      }),
    )
  })
})
