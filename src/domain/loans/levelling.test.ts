/** Equal instalments stay at their price, and last until the last due day. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BINARY } from '#domain/loans/interest.ts'
import { bookOf } from '#domain/loans/schedule.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import { rateOfUnits } from '#domain/rate.ts'
import { termsToTry } from '#test/arbitrary-terms.ts'
import { type Agreed, instalmentRows, minor, termsOf } from '#test/schedule-rows.ts'

/** Half a cent for the rounded price, half for interest rounded each period, and one for whole cents that last to the end. */
const CENTS_FROM_PRICE = 2n

const totals = (terms: LoanTerms): bigint[] => instalmentRows(terms).map(({ due }) => due.principal + due.interest)

/** The annuity by the factors of the periods, in hundredths of a minor unit: balance × ∏(1+f) / Σ ∏(1+f). */
function exactAnnuity(terms: LoanTerms): bigint {
  const { factors } = bookOf(terms).interest
  let growth = 1n << 256n
  let worth = 0n
  for (const factor of factors.toReversed()) {
    worth += growth
    growth += (growth * factor) >> BINARY
  }
  return (terms.principal * 100n * growth) / worth
}

/** Interest beyond the instalment waits without bearing interest itself, so that less than the annuity repays the loan. */
const holdsAllInterest = (terms: LoanTerms, annuity: bigint): boolean =>
  bookOf(terms).interest.factors.every((factor) => (terms.principal * 100n * factor) >> BINARY < annuity)

const LONG: readonly (readonly [name: string, agreed: Agreed, instalment: string, last: string])[] = [
  [
    'fifty years at 24 %: 10,000.00 bears 200.00 a month, and 200.00 is all that a cent allows',
    { principal: '10000.00', rate: '24', instalments: 600 },
    '200.00',
    '10200.00',
  ],
  [
    'two years of weeks at 365 %: the price of 35.13 would repay 500.00 weeks too early, 35.12 lasts',
    { principal: '500.00', rate: '365', frequency: 'weeks', instalments: 104, interestPeriod: 'perInstalment' },
    '35.12',
    '140.78',
  ],
  [
    'a sixth of a unit for 1,200 days without interest: 0.16 and the rest at the end, not 24 days of nothing',
    { principal: '200.00', rate: '0', frequency: 'days', instalments: 1200 },
    '0.16',
    '8.16',
  ],
  [
    'the same in equal parts of principal',
    { principal: '200.00', rate: '0', frequency: 'days', instalments: 1200, amortization: 'equalPrincipal' },
    '0.16',
    '8.16',
  ],
  [
    'the same flat',
    { principal: '200.00', rate: '0', frequency: 'days', instalments: 1200, interestMethod: 'flat' },
    '0.16',
    '8.16',
  ],
]

describe('over very many instalments', () => {
  it.each(LONG)('%s', (_, agreed, instalment, last) => {
    const amounts = totals(termsOf(agreed))
    expect(amounts[0]).toBe(minor(instalment))
    expect(amounts.at(-1)).toBe(minor(last))
  })
})

/** One disbursement, even periods, no grace: an annuity in the strict sense, up to what any lender agrees on. */
const annuities = () =>
  fc
    .record({
      terms: termsToTry(),
      instalments: fc.oneof(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 2, max: 1200 })),
      rate: fc.oneof(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: 50_000 })),
      frequency: fc.constantFrom('days' as const, 'weeks' as const, 'months' as const),
      engine: fc.constantFrom('progressive' as const, 'cumulative' as const),
      rounding: fc.constantFrom('HALF_EVEN' as const, 'HALF_UP' as const, 'HALF_DOWN' as const),
    })
    .map(({ terms, rate, ...rest }): LoanTerms => {
      return {
        ...terms,
        ...rest,
        every: 1,
        rate: rateOfUnits(BigInt(rate) * 1_000_000n),
        rateBasis: 'annual',
        interestMethod: 'declining',
        amortization: 'equalInstalments',
        interestPeriod: rest.engine === 'cumulative' ? 'perInstalment' : terms.interestPeriod,
        disbursements: [{ day: terms.startDay, amount: terms.principal }],
        firstDueDay: null,
        multiple: null,
        downPayment: null,
        grace: { principal: 0, interestPayment: 0, interestFree: 0 },
      }
    })

describe('equal instalments', () => {
  it('are within two cents of the exact annuity, and the last due day still has something to pay', () => {
    fc.assert(
      fc.property(annuities(), (terms) => {
        const annuity = exactAnnuity(terms)
        fc.pre(annuity >= 300n && holdsAllInterest(terms, annuity))
        const amounts = totals(terms)
        const apart = amounts[0]! * 100n - annuity
        expect(apart <= CENTS_FROM_PRICE * 100n && -apart <= CENTS_FROM_PRICE * 100n).toBe(true)
        expect(amounts.at(-1)! > 0n).toBe(true)
      }),
      { numRuns: 200, endOnFailure: true },
    )
  })

  it('last until the last due day whatever is equal in them, where they are more than a few cents', () => {
    fc.assert(
      fc.property(termsToTry(), (agreed) => {
        const terms: LoanTerms = { ...agreed, multiple: null }
        const rows = instalmentRows(terms).filter(({ kind }) => kind === 'instalment')
        fc.pre(terms.principal / BigInt(rows.length) >= 300n)
        expect(rows.at(-1)!.due.principal > 0n).toBe(true)
      }),
      { numRuns: 200, endOnFailure: true },
    )
  })

  it('of a few cents are not lowered to nothing', () => {
    const amounts = totals(termsOf({ principal: '0.09', rate: '0', instalments: 12 }))
    expect(amounts.slice(0, 9)).toEqual(new Array(9).fill(1n))
  })
})
