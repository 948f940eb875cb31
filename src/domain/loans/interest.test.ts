import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interestOf } from '#domain/loans/interest.ts'
import { periodsOf } from '#domain/loans/periods.ts'
import { ROUNDINGS_TO_TRY, termsToTry } from '#test/arbitrary-terms.ts'
import { type Agreed, minor, termsOf } from '#test/schedule-rows.ts'

/** Interest of the first period on a balance. */
function interest(agreed: Agreed, balance: string): bigint {
  const terms = termsOf(agreed)
  return interestOf(terms, periodsOf(terms)).whole(0, minor(balance))
}

describe('half a cent', () => {
  it('750.00 at 7 %, a month of 30/360: the nineteenth digit makes it 4.37499…', () => {
    expect(interest({ rate: '7' }, '750.00')).toBe(437n)
  })

  it('750.00 at 8 %: 5.00', () => {
    expect(interest({ rate: '8' }, '750.00')).toBe(500n)
  })

  it.each([
    ['HALF_EVEN', 2n], // 2.505 to the even 2.50
    ['HALF_UP', 3n],
    ['HALF_DOWN', 2n],
    ['UP', 3n],
    ['DOWN', 2n],
  ] as const)('0.50 at 60 %, cumulative, a month: 2.5 cents, %s', (rounding, cents) => {
    expect(interest({ rate: '60', engine: 'cumulative', interestPeriod: 'perInstalment', rounding }, '0.50')).toBe(
      cents,
    )
  })
})

describe('day counts of one period on 1,000.00 at 12 %', () => {
  const count = (
    month: '30' | 'actual',
    year: '360' | '364' | '365' | 'actual',
    leap: 'leapYear' | 'feb29Period' = 'leapYear',
  ) => ({
    dayCount: { month, year, leap },
  })
  it.each([
    ['30/360, whatever the month', '2025-01-01', count('30', '360'), 1000n],
    ['actual/360: 31 days', '2025-01-01', count('actual', '360'), 1033n], // 10.333
    ['actual/364', '2025-01-01', count('actual', '364'), 1022n], // 10.2198
    ['actual/365', '2024-01-01', count('actual', '365'), 1019n], // 10.1918
    ['actual/actual in a leap year', '2024-01-01', count('actual', 'actual'), 1016n], // 10.1639
    ['actual/actual in another', '2025-01-01', count('actual', 'actual'), 1019n],
    ['actual/actual over New Year into a leap year: 16/365 + 15/366', '2023-12-15', count('actual', 'actual'), 1018n], // 10.1783
    [
      'only the period with 29 February has 366 days: January',
      '2024-01-01',
      count('actual', 'actual', 'feb29Period'),
      1019n,
    ],
    ['February: 29 days of 366', '2024-02-01', count('actual', 'actual', 'feb29Period'), 951n], // 9.5082
    ['the period that ends on 29 February holds it', '2024-01-29', count('actual', 'actual', 'feb29Period'), 1016n],
    ['the one that begins there does not', '2024-02-29', count('actual', 'actual', 'feb29Period'), 953n], // 29/365: 9.5342
  ] as const)('%s', (_, on, agreed, cents) => {
    expect(interest({ on, ...agreed }, '1000.00')).toBe(cents)
  })

  it('where the day of disbursement bears interest, 29 February belongs to the period that begins on it', () => {
    const agreed = { ...count('actual', 'actual', 'feb29Period'), interestOnDisbursementDay: true }
    expect(interest({ on: '2024-01-29', ...agreed }, '1000.00')).toBe(1019n)
    expect(interest({ on: '2024-02-29', ...agreed }, '1000.00')).toBe(951n)
  })

  it('… and New Year is cut on 1 January: 17/365 + 14/366', () => {
    const agreed = { on: '2023-12-15', ...count('actual', 'actual'), rate: '36500' }
    expect(interest({ ...agreed, rate: '3650' }, '1000.00')).toBe(309_590n) // 36.5 × 1000 × (16/365 + 15/366) = 3095.902
    expect(interest({ ...agreed, rate: '3650', interestOnDisbursementDay: true }, '1000.00')).toBe(309_617n) // 3096.175
  })

  it('cumulative knows no leap year', () => {
    expect(interest({ on: '2024-01-01', engine: 'cumulative', ...count('actual', 'actual') }, '1000.00')).toBe(1019n)
  })
})

describe('the fast way', () => {
  it('gives the exact interest for any terms and balance', () => {
    fc.assert(
      fc.property(
        termsToTry(),
        fc.bigInt({ min: 0n, max: 10n ** 14n }),
        fc.constantFrom(...ROUNDINGS_TO_TRY),
        (agreed, balance, rounding) => {
          const terms = { ...agreed, rounding }
          const periods = periodsOf(terms)
          const rule = interestOf(terms, periods)
          periods.forEach(({ from, due }, k) => {
            expect(rule.whole(k, balance)).toBe(rule.inParts(k, [{ balance, from, to: due }]))
          })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('… and for balances made to end on half a cent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400_000 }), fc.integer({ min: 1, max: 36 }), (units, percentage) => {
        const terms = termsOf({ rate: String(percentage), instalments: 12 })
        const rule = interestOf(terms, periodsOf(terms))
        const balance = BigInt(units) * 50n
        for (const [k, { from, due }] of periodsOf(terms).entries()) {
          expect(rule.whole(k, balance)).toBe(rule.inParts(k, [{ balance, from, to: due }]))
        }
      }),
    )
  })
})
