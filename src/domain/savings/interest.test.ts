import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays, day, type Day } from '#domain/day.ts'
import { percent } from '#domain/rate.ts'
import {
  accrue,
  DAY_COUNTS,
  earnedOn,
  endsPeriod,
  type InterestTerms,
  PAID,
  PARTS_A_MINOR,
  wholeOf,
} from '#domain/savings/interest.ts'

const terms = (change: Partial<InterestTerms> = {}): InterestTerms => ({
  rate: percent('7.3'),
  dayCount: 'actual/365',
  rounding: 'HALF_EVEN',
  paid: 'monthly',
  from: 0n,
  ...change,
})
const daysFrom = (first: Day, n: number): Day[] => Array.from({ length: n }, (_, i) => addDays(first, i))
const earned = (days: readonly Day[], balance: bigint, by: InterestTerms): bigint =>
  days.reduce((parts, d) => parts + earnedOn(d, balance, by), 0n)

describe('10,000.00 at 7.3 % a year, by count of days', () => {
  test.each([
    // 730.00 / 365 is 2.00 a day, exactly
    ['actual/365, one day', '2026-03-01', 1, 'actual/365', 200n],
    ['actual/365, a year', '2026-01-01', 365, 'actual/365', 73_000n],
    ['actual/365, a leap year has a day more', '2028-01-01', 366, 'actual/365', 73_200n],
    ['actual/actual, a leap year', '2028-01-01', 366, 'actual/actual', 73_000n],
    // 730.00 × 365 / 360 = 740.1389
    ['actual/360, a year', '2026-01-01', 365, 'actual/360', 74_014n],
    // 730.00 × 364 / 364
    ['actual/364, fifty-two weeks', '2026-01-01', 364, 'actual/364', 73_000n],
    ['30/360, a year', '2026-01-01', 365, '30/360', 73_000n],
    // 28 days of February count as thirty: 730.00 / 12 = 60.8333
    ['30/360, February', '2026-02-01', 28, '30/360', 6_083n],
    ['30/360, March has thirty', '2026-03-01', 31, '30/360', 6_083n],
  ] as const)('%s', (_, first, n, dayCount, whole) => {
    expect(wholeOf(earned(daysFrom(day(first), n), 1_000_000n, terms({ dayCount })), 'HALF_EVEN')).toBe(whole)
  })

  test('a day that ends with less than the product asks for earns nothing', () => {
    expect(earnedOn(day('2026-03-01'), 999_999n, terms({ from: 1_000_000n }))).toBe(0n)
    expect(earnedOn(day('2026-03-01'), 1_000_000n, terms({ from: 1_000_000n }))).toBe(200n * PARTS_A_MINOR)
  })
})

test.each([
  ['monthly', '2026-02-28', true],
  ['monthly', '2028-02-28', false],
  ['quarterly', '2026-02-28', false],
  ['quarterly', '2026-06-30', true],
  ['yearly', '2026-06-30', false],
  ['yearly', '2026-12-31', true],
  ['daily', '2026-06-12', true],
] as const)('interest paid %s is paid at the end of %s: %s', (paid, on, expected) => {
  expect(endsPeriod(day(on), paid)).toBe(expected)
})

describe('accruing', () => {
  test('January with a deposit and a withdrawal, each from its own day on', () => {
    const movements = [
      { day: day('2026-01-11'), amount: 1_000_000n },
      { day: day('2026-01-21'), amount: -1_500_000n },
    ]
    const state = { accrued: 0n, until: day('2025-12-31'), balance: 1_000_000n, movements }
    const after = accrue(state, terms(), day('2026-01-31'))
    // 10 days × 2.00, 10 × 4.00, 11 × 1.00
    expect(after).toEqual({ accrued: 0n, payments: [{ day: '2026-02-01', amount: 7_100n }] })
  })

  test('what is paid bears interest from its day on; what rounding left is carried', () => {
    const state = { accrued: 0n, until: day('2025-12-31'), balance: 100_00n, movements: [] }
    const after = accrue(state, terms({ rate: percent('5') }), day('2026-02-28'))
    // 31 days: 0.42465… → 0.42; 28 days of 100.42: 0.38517…, and 0.00465 carried: 0.38983 → 0.39
    expect(after.payments).toEqual([
      { day: '2026-02-01', amount: 42n },
      { day: '2026-03-01', amount: 39n },
    ])
    expect(after.accrued).toBeLessThan(0n)
  })
})

const history = fc.record({
  opening: fc.bigInt(0n, 10_000_000n),
  movements: fc.array(
    fc.record({ day: fc.nat(400).map((n) => addDays(day('2026-01-01'), n)), amount: fc.bigInt(0n, 1_000_000n) }),
    { maxLength: 12 },
  ),
  dayCount: fc.constantFrom(...DAY_COUNTS),
  paid: fc.constantFrom(...PAID),
  rounding: fc.constantFrom('HALF_EVEN', 'HALF_UP', 'DOWN', 'UP', 'FLOOR', 'CEILING'),
  rate: fc.nat(400_000).map((n) => percent(String(n / 10_000))),
  stop: fc.nat(420),
})

test('accruing day by day, or in one go, or with a stop in between, pays and owes the same', () => {
  fc.assert(
    fc.property(history, ({ opening, movements, stop, ...by }) => {
      const interest: InterestTerms = { ...by, from: 0n }
      const until = day('2025-12-31')
      const end = day('2027-03-05')
      const whole = accrue({ accrued: 0n, until, balance: opening, movements }, interest, end)
      const middle = addDays(until, stop)
      const first = accrue({ accrued: 0n, until, balance: opening, movements }, interest, middle)
      const all = [...movements, ...first.payments]
      const sumTo = (to: Day): bigint => all.filter((m) => m.day <= to).reduce((sum, m) => sum + m.amount, 0n)
      const rest = {
        accrued: first.accrued,
        until: middle,
        balance: opening + sumTo(middle),
        movements: all.filter((m) => m.day > middle),
      }
      const second = accrue(rest, interest, end)
      expect([...first.payments, ...second.payments]).toEqual(whole.payments)
      expect(second.accrued).toBe(whole.accrued)
    }),
    { numRuns: 60 },
  )
})

test('what was paid and what is still owed is exactly what was earned', () => {
  fc.assert(
    fc.property(history, ({ opening, movements, stop: _, ...by }) => {
      const interest: InterestTerms = { ...by, from: 0n }
      const until = day('2025-12-31')
      const { accrued, payments } = accrue(
        { accrued: 0n, until, balance: opening, movements },
        interest,
        day('2026-12-31'),
      )
      const moved = [...movements, ...payments]
      let exact = 0n
      for (const d of daysFrom(day('2026-01-01'), 365)) {
        const balance = opening + moved.filter((m) => m.day <= d).reduce((sum, m) => sum + m.amount, 0n)
        exact += earnedOn(d, balance, interest)
      }
      expect(accrued + payments.reduce((sum, { amount }) => sum + amount, 0n) * PARTS_A_MINOR).toBe(exact)
    }),
    { numRuns: 60 },
  )
})
