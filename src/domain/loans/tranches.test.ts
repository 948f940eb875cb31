/** Disbursements on several days, and down payments. */
import { describe, expect, it } from 'vitest'
import { day } from '#domain/day.ts'
import { percent } from '#domain/rate.ts'
import { type Agreed, linesOf, minor } from '#test/schedule-rows.ts'

const tranches = (...each: [on: string, amount: string][]) =>
  each.map(([on, amount]) => ({ day: day(on), amount: minor(amount) }))

const SECOND_IN_FEBRUARY = {
  principal: '1500.00',
  disbursements: tranches(['2025-01-01', '1000.00'], ['2025-02-15', '500.00']),
}

const TABLE: readonly (readonly [name: string, agreed: Agreed, rows: readonly string[]])[] = [
  [
    'progressive: the tranche bears interest from its day, and the instalments from its period on are set anew',
    SECOND_IN_FEBRUARY,
    [
      '2025-02-01 31 | 330.02 + 10.00 = 340.02 | 669.98',
      '2025-02-15 paid out 500.00',
      '2025-03-01 28 | 583.32 + 9.20 = 592.52 | 586.66', // 6.6998 + 5 × 14/28; 593.78 would leave 591.25: less 2.53 / 2
      '2025-04-01 31 | 586.66 + 5.87 = 592.53 | 0.00',
    ],
  ],
  [
    'cumulative: the same, but not levelled',
    { ...SECOND_IN_FEBRUARY, engine: 'cumulative' },
    [
      '2025-02-01 31 | 330.02 + 10.00 = 340.02 | 669.98',
      '2025-02-15 paid out 500.00',
      '2025-03-01 28 | 584.58 + 9.20 = 593.78 | 585.40', // 1169.98 × 1.01² / 2.01 = 593.778
      '2025-04-01 31 | 585.40 + 5.85 = 591.25 | 0.00',
    ],
  ],
  [
    'per instalment without parts of periods: the tranche counts from the start of its period',
    { ...SECOND_IN_FEBRUARY, interestPeriod: 'perInstalment', partialPeriodInterest: false },
    [
      '2025-02-01 31 | 330.02 + 10.00 = 340.02 | 669.98',
      '2025-02-15 paid out 500.00',
      '2025-03-01 28 | 582.08 + 11.70 = 593.78 | 587.90', // 1169.98 × 1 %
      '2025-04-01 31 | 587.90 + 5.88 = 593.78 | 0.00',
    ],
  ],
  [
    'cumulative flat: 30.00 for the first over three months, 10.00 for the second over the two that are left',
    { ...SECOND_IN_FEBRUARY, engine: 'cumulative', interestMethod: 'flat', interestPeriod: 'perInstalment' },
    [
      '2025-02-01 31 | 333.33 + 10.00 = 343.33 | 666.67',
      '2025-02-15 paid out 500.00',
      '2025-03-01 28 | 583.34 + 15.00 = 598.34 | 583.33', // 1166.67 / 2 = 583.335: half to even
      '2025-04-01 31 | 583.33 + 15.00 = 598.33 | 0.00',
    ],
  ],
  [
    'on a due day, progressive: after that instalment, in the next period',
    { principal: '1500.00', rate: '0', disbursements: tranches(['2025-01-01', '900.00'], ['2025-02-01', '600.00']) },
    [
      '2025-02-01 31 | 300.00 + 0.00 = 300.00 | 600.00',
      '2025-02-01 paid out 600.00',
      '2025-03-01 28 | 600.00 + 0.00 = 600.00 | 600.00',
      '2025-04-01 31 | 600.00 + 0.00 = 600.00 | 0.00',
    ],
  ],
  [
    'on a due day, cumulative: before that instalment, in the period that ends',
    {
      engine: 'cumulative',
      principal: '1500.00',
      rate: '0',
      disbursements: tranches(['2025-01-01', '900.00'], ['2025-02-01', '600.00']),
    },
    [
      '2025-02-01 paid out 600.00',
      '2025-02-01 31 | 500.00 + 0.00 = 500.00 | 1000.00',
      '2025-03-01 28 | 500.00 + 0.00 = 500.00 | 500.00',
      '2025-04-01 31 | 500.00 + 0.00 = 500.00 | 0.00',
    ],
  ],
  [
    'only in the second period: nothing is due before it',
    { principal: '600.00', disbursements: tranches(['2025-02-01', '600.00']) },
    [
      '2025-02-01 paid out 600.00',
      '2025-03-01 28 | 298.51 + 6.00 = 304.51 | 301.49', // 600 × 1.01² / 2.01 = 304.507
      '2025-04-01 31 | 301.49 + 3.01 = 304.50 | 0.00',
    ],
  ],
  [
    'a quarter down, to whole units: 312.50 is 312.00, half to even',
    { principal: '1250.00', rate: '0', downPayment: percent('25'), multiple: 100n },
    [
      '2025-01-01 0 down | 312.00 + 0.00 = 312.00 | 938.00',
      '2025-02-01 31 | 313.00 + 0.00 = 313.00 | 625.00', // 938 / 3 = 312.67
      '2025-03-01 28 | 313.00 + 0.00 = 313.00 | 312.00',
      '2025-04-01 31 | 312.00 + 0.00 = 312.00 | 0.00',
    ],
  ],
  [
    'two on one day are both paid out before either is paid down',
    {
      principal: '1000.00',
      rate: '0',
      downPayment: percent('10'),
      disbursements: tranches(['2025-01-01', '400.00'], ['2025-01-01', '600.00']),
    },
    [
      '2025-01-01 paid out 600.00',
      '2025-01-01 0 down | 40.00 + 0.00 = 40.00 | 960.00',
      '2025-01-01 0 down | 60.00 + 0.00 = 60.00 | 900.00',
      '2025-02-01 31 | 300.00 + 0.00 = 300.00 | 600.00',
      '2025-03-01 28 | 300.00 + 0.00 = 300.00 | 300.00',
      '2025-04-01 31 | 300.00 + 0.00 = 300.00 | 0.00',
    ],
  ],
]

describe('tranches and down payments', () => {
  it.each(TABLE)('%s', (_, agreed, rows) => {
    const lines = linesOf(agreed)
    expect(lines.slice(lines.length - rows.length)).toEqual(rows)
  })
})
