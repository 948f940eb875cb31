import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Day } from '#domain/day.ts'
import type { Happening } from '#domain/loans/happening.ts'
import { NOTHING } from '#domain/loans/instalment.ts'
import { type LoanState, replay, replayer, rowReplayer } from '#domain/loans/replay.ts'
import {
  type SimulatedLoan,
  enterCharge,
  enterDisbursement,
  enterTransaction,
  happeningsOf,
  newBook,
} from '#domain/loans/simulation-book.ts'
import { simulate, type Step } from '#domain/loans/simulation.ts'
import { ZERO_RATE } from '#domain/rate.ts'
import { loanSimulationBody } from '#contracts/office/loan-simulations-terms.ts'

const terms = {
  ...{ engine: 'progressive', principal: '100000.00', numberOfRepayments: 12, repaymentEvery: 1 },
  ...{ repaymentFrequency: 'months', annualRatePercent: '7', interestMethod: 'declining' },
  ...{ amortization: 'equalInstallments', dayCount: { daysInMonth: 'actual', daysInYear: 'actual' } },
  ...{ interestCalculationPeriod: 'daily', submittedOn: '2024-01-01', interestRecalculation: true },
}

const steps = [{ op: 'disburse', date: '2024-01-01', amount: '1.00' }]
const LOAN: SimulatedLoan = loanSimulationBody.parse({ loan: terms, strategy: 'mifos-standard-strategy', steps }).loan

/** A state as text: comparing it as an object takes most of the test's time. */
const text = (state: unknown): string =>
  JSON.stringify(state, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
const told = ({ rows, applied, overpaid }: LoanState): string => text([rows, [...applied], overpaid])

const dayOf = (n: number): Day => new Date(Date.UTC(2024, 0, 2 + n)).toISOString().slice(0, 10) as Day

interface Entered {
  readonly what: string
  readonly day: number
  readonly amount: bigint
  readonly at: number
}

/** What is entered into a book, in any order of days: money in and out, charges, and things taken back again. */
const entries: fc.Arbitrary<Entered[]> = fc.array(
  fc.record({
    what: fc.constantFrom(
      'repayment',
      'repayment',
      'goodwillCredit',
      'chargeback',
      'cashRefund',
      'lend',
      'charge',
      'undo',
    ),
    day: fc.nat(700),
    amount: fc.bigInt(100n, 3_000_000n),
    at: fc.nat(40),
  }),
  { minLength: 1, maxLength: 10 },
)

/** The history after each entry. */
function historiesOf(loan: SimulatedLoan, entered: readonly Entered[]): Happening[][] {
  const book = newBook(loan)
  enterDisbursement(book, { day: '2024-01-01' as Day, amount: 10_000_000n })
  const histories: Happening[][] = [happeningsOf(book)]
  for (const { what, day: n, amount, at } of entered) {
    const day = dayOf(n)
    if (what === 'lend') enterDisbursement(book, { day, amount })
    else if (what === 'undo') {
      const undone = book.entries[1 + (at % Math.max(1, book.entries.length - 1))]
      if (undone?.kind === 'transaction') undone.transaction.reverted = true
    } else if (what === 'charge') {
      const charge = { name: 'c', time: 'dueDay', basis: 'flat', amount, percent: ZERO_RATE, penalty: false } as const
      enterCharge(book, { ...charge, dueDay: day, least: null, most: null }, day)
    } else enterTransaction(book, { type: what as 'repayment', day, amount })
    histories.push(happeningsOf(book))
  }
  return histories
}

test.each([true, false])(
  'a history replayed as it grows comes to what it comes to as a whole, dues first: %s',
  (duesFirst) => {
    const loan = { ...LOAN, duesFirst }
    fc.assert(
      fc.property(entries, (entered) => {
        const growing = replayer(loan.duesFirst)
        for (const history of historiesOf(loan, entered)) {
          const asOf = { day: history.at(-1)!.day, settling: null }
          expect(told(growing.state(history, asOf))).toBe(told(replay(history, { asOf, duesFirst })))
        }
      }),
      { numRuns: 25 },
    )
  },
)

test.each([true, false])('its rows are the same, dues first: %s', (duesFirst) => {
  const loan = { ...LOAN, duesFirst }
  fc.assert(
    fc.property(entries, (entered) => {
      const growing = rowReplayer(duesFirst)
      for (const history of historiesOf(loan, entered)) {
        const asOf = { day: history.at(-1)!.day, settling: null }
        expect(text(growing.rows(history, asOf))).toBe(text(replay(history, { asOf, duesFirst }).rows))
      }
    }),
    { numRuns: 25 },
  )
})

const DAYS = 40
const PLANNED = Array.from({ length: DAYS }, (_, n) => ({
  ...{ kind: 'instalment' as const, nr: n + 1, fromDay: dayOf(n), dueDay: dayOf(n + 1) },
  due: { ...NOTHING, principal: 1_000n },
}))
const START: Happening = { kind: 'plan', day: dayOf(0), rows: PLANNED }

/** A penalty on each instalment, the day after it; `counted` is told each time that one is laid out. */
const penalties = (on: (nr: number) => { dueDay: Day; nr?: number }, counted: () => void): Happening[] =>
  PLANNED.map(({ nr }): Happening => {
    const amountOn = (): bigint => {
      counted()
      return 50n
    }
    return { kind: 'levy', day: dayOf(nr + 1), levy: { component: 'penalty', ...on(nr), amountOn } }
  })

describe('a charge is laid out', () => {
  const OLDEST_FIRST = { order: 'oldestFirst', components: ['penalty', 'fee', 'interest', 'principal'] } as const
  const paid = [5, 15, 25].map((n): Happening => {
    return { kind: 'payment', day: dayOf(n), id: n, amount: 700n, rule: OLDEST_FIRST }
  })

  it('once, where it is put on a row', () => {
    let laidOut = 0
    const charged = penalties(
      (nr) => ({ dueDay: dayOf(nr), nr }),
      () => laidOut++,
    )
    const { rows } = replay([START, ...charged, ...paid])
    expect(laidOut).toBe(DAYS)
    expect(rows.map(({ instalment }) => instalment.due.penalty)).toEqual(PLANNED.map(() => 50n))
  })

  it('with all that come before the next payment, where its day says on which row', () => {
    let laidOut = 0
    const charged = penalties(
      (nr) => ({ dueDay: dayOf(nr) }),
      () => laidOut++,
    )
    const { rows } = replay([START, ...charged, ...paid], { asOf: null, duesFirst: true })
    expect(laidOut).toBe(DAYS)
    expect(rows.map(({ instalment }) => instalment.due.penalty)).toEqual(PLANNED.map(() => 50n))
  })

  it('the same on a row as by its day, whatever is paid between', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ n: fc.nat(DAYS), amount: fc.bigInt(1n, 9_000n) })), (payments) => {
        const money = payments.map(({ n, amount }, id): Happening => {
          return { kind: 'payment', day: dayOf(n), id, amount, rule: OLDEST_FIRST }
        })
        const [onRow, byDay] = [true, false].map((onRow) => {
          const on = (nr: number) => (onRow ? { dueDay: dayOf(nr), nr } : { dueDay: dayOf(nr) })
          return told(replay([START, ...penalties(on, () => undefined), ...money]))
        })
        expect(onRow).toBe(byDay)
      }),
    )
  })
})

const weekly = (n: number, back: boolean): Step[] => [
  { op: 'disburse', enteredOn: '2024-01-01' as Day, day: '2024-01-01' as Day, amount: 10_000_000n },
  ...Array.from({ length: n }, (_, i): Step => {
    const day = dayOf(7 * (back ? n - i : i))
    return { op: 'transact', enteredOn: back ? dayOf(7 * n) : day, type: 'repayment', day, amount: 10_000n }
  }),
]

it('counts the rows that a step lays out anew, and stops beyond the most', () => {
  const loan = LOAN
  // 12 instalments and a disbursement: 13 rows, twice for the charges and disbursements that may fall into them.
  const [inOrder, backwards] = [2 * 13 * 2 * 41, 2 * 13 * (41 + 1 + (40 * 41) / 2)]
  expect(simulate(loan, weekly(40, false), inOrder)).toMatchObject({ ok: true })
  expect(simulate(loan, weekly(40, true), inOrder)).toMatchObject({ found: { problem: 'too_much_work' } })
  expect(simulate(loan, weekly(40, true), backwards)).toMatchObject({ ok: true })
})
