/** Yearly rates against closed formulas and the figures of MoviCuotas' notes. */
import { describe, expect, it } from 'vitest'
import { type Credit, disclose } from '#domain/devices/disclosure.ts'

const equal = (amount: bigint, n: number): bigint[] => Array.from({ length: n }, () => amount)
const FORTNIGHT = [365n, 15n] as const
const MONTH = [12n, 1n] as const

describe('what credit costs a year', () => {
  it.each<[string, Credit, string, string]>([
    [
      'one instalment of 112.50 for 100.00 after fifteen days: 12.5 % a period, 365/15 periods a year',
      { lent: 10_000n, amounts: [11_250n], firstPeriod: 1, periodsAYear: FORTNIGHT },
      '304.17',
      '1656.76',
    ],
    [
      'one instalment of 101.50 after a month: 1.5 % a month',
      { lent: 10_000n, amounts: [10_150n], firstPeriod: 1, periodsAYear: MONTH },
      '18.00',
      '19.56',
    ],
    [
      'two of 60.00 for 100.00: 13.066 % a month',
      { lent: 10_000n, amounts: [6_000n, 6_000n], firstPeriod: 1, periodsAYear: MONTH },
      '156.79',
      '336.51',
    ],
    [
      'the document’s twelve of 1166.67 for 12,000, as if paid at the end of each month: 2.455 %',
      { lent: 1_200_000n, amounts: equal(116_667n, 12), firstPeriod: 1, periodsAYear: MONTH },
      '29.46',
      '33.78',
    ],
    [
      'the same, the first on the day of the sale: 2.936 %',
      { lent: 1_200_000n, amounts: equal(116_667n, 12), firstPeriod: 0, periodsAYear: MONTH },
      '35.23',
      '41.51',
    ],
    [
      'nothing on top costs nothing',
      { lent: 1_000n, amounts: equal(250n, 4), firstPeriod: 1, periodsAYear: MONTH },
      '0.00',
      '0.00',
    ],
  ])('%s', (_case, credit, nominal, effective) => {
    expect(disclose(credit)).toMatchObject({ nominalAnnualRate: nominal, effectiveAnnualRate: effective })
  })

  it('adds up what is paid and what of it is interest', () => {
    const twelve = { lent: 245_000n, amounts: equal(40_500n, 12), firstPeriod: 1, periodsAYear: FORTNIGHT } as const
    expect(disclose(twelve)).toMatchObject({ totalToPay: 486_000n, totalInterest: 241_000n })
  })

  it('shows that a rounded instalment costs more than the rate it was reckoned with', () => {
    const exact = {
      lent: 1_000_000_000n,
      amounts: equal(165_194_339n, 12),
      firstPeriod: 1,
      periodsAYear: FORTNIGHT,
    } as const
    const rounded = { lent: 245_000n, amounts: equal(40_500n, 12), firstPeriod: 1, periodsAYear: FORTNIGHT } as const
    expect(disclose(exact).nominalAnnualRate).toBe('304.17')
    expect(Number(disclose(rounded).nominalAnnualRate)).toBeGreaterThan(304.17)
  })

  it.each([
    ['less comes back than was lent', { lent: 1_000n, amounts: [900n], firstPeriod: 1, periodsAYear: MONTH } as const],
    ['all comes back at once', { lent: 1_000n, amounts: [1_000n, 50n], firstPeriod: 0, periodsAYear: MONTH } as const],
  ])('knows no rate where %s', (_case, credit) => {
    expect(disclose(credit)).toMatchObject({ nominalAnnualRate: null, effectiveAnnualRate: null })
  })
})
