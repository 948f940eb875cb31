/** Where the reference is thin: each row with the arithmetic beside the surprising cent. */
import { describe, expect, it } from 'vitest'
import { type Agreed, linesOf } from '#test/schedule-rows.ts'

const ACTUAL_364 = { month: 'actual', year: '364', leap: 'leapYear' } as const
const ACTUAL_365 = { month: 'actual', year: '365', leap: 'leapYear' } as const
const ACTUAL_ACTUAL = { month: 'actual', year: 'actual', leap: 'leapYear' } as const

const TABLE: readonly (readonly [name: string, agreed: Agreed, rows: readonly string[]])[] = [
  [
    'equal principal: a third each, interest on what is left',
    { amortization: 'equalPrincipal' },
    [
      '2025-02-01 31 | 333.33 + 10.00 = 343.33 | 666.67',
      '2025-03-01 28 | 333.33 + 6.67 = 340.00 | 333.34', // 666.67 × 1 % = 6.6667
      '2025-04-01 31 | 333.34 + 3.33 = 336.67 | 0.00', // the third that rounding left over
    ],
  ],
  [
    'equal principal, cumulative, does not apply the multiple',
    { amortization: 'equalPrincipal', engine: 'cumulative', interestPeriod: 'perInstalment', multiple: 100n },
    [
      '2025-02-01 31 | 333.33 + 10.00 = 343.33 | 666.67',
      '2025-03-01 28 | 333.33 + 6.67 = 340.00 | 333.34',
      '2025-04-01 31 | 333.34 + 3.33 = 336.67 | 0.00',
    ],
  ],
  [
    'weekly, interest per instalment: 26 % / 52 = 0.5 % a week',
    { frequency: 'weeks', instalments: 4, rate: '26', interestPeriod: 'perInstalment' },
    [
      '2025-01-08 7 | 248.13 + 5.00 = 253.13 | 751.87', // 1000 × 0.005 × 1.005⁴ / (1.005⁴ - 1) = 253.13
      '2025-01-15 7 | 249.37 + 3.76 = 253.13 | 502.50', // 751.87 × 0.5 % = 3.759
      '2025-01-22 7 | 250.62 + 2.51 = 253.13 | 251.88', // 502.50 × 0.5 % = 2.5125
      '2025-01-29 7 | 251.88 + 1.26 = 253.14 | 0.00',
    ],
  ],
  [
    'two-weekly in a year of 364 days: 26 % × 14 / 364 = 1 % exactly',
    { frequency: 'weeks', every: 2, instalments: 4, rate: '26', dayCount: ACTUAL_364 },
    [
      '2025-01-15 14 | 246.28 + 10.00 = 256.28 | 753.72',
      '2025-01-29 14 | 248.74 + 7.54 = 256.28 | 504.98',
      '2025-02-12 14 | 251.23 + 5.05 = 256.28 | 253.75',
      '2025-02-26 14 | 253.75 + 2.54 = 256.29 | 0.00', // 253.75 × 1 % = 2.5375
    ],
  ],
  [
    'two-weekly in a year of 365 days: 26 % × 14 / 365 = 0.99726 %',
    { frequency: 'weeks', every: 2, instalments: 4, rate: '26', dayCount: ACTUAL_365 },
    [
      '2025-01-15 14 | 246.29 + 9.97 = 256.26 | 753.71',
      '2025-01-29 14 | 248.74 + 7.52 = 256.26 | 504.97', // 753.71 × 0.99726 % = 7.516
      '2025-02-12 14 | 251.22 + 5.04 = 256.26 | 253.75',
      '2025-02-26 14 | 253.75 + 2.53 = 256.28 | 0.00',
    ],
  ],
  [
    'two-weekly by actual years: the first period has 13 days of 365 and one of 366',
    { frequency: 'weeks', every: 2, instalments: 4, rate: '26', dayCount: ACTUAL_ACTUAL, on: '2023-12-18' },
    [
      '2024-01-01 14 | 246.28 + 9.97 = 256.25 | 753.72', // 260 × (13/365 + 1/366) = 9.9706
      '2024-01-15 14 | 248.75 + 7.50 = 256.25 | 504.97', // 753.72 × 26 % × 14/366 = 7.496
      '2024-01-29 14 | 251.23 + 5.02 = 256.25 | 253.74',
      '2024-02-12 14 | 253.74 + 2.52 = 256.26 | 0.00',
    ],
  ],
  [
    'bullet: interest each month, the principal at the end',
    { amortization: 'bullet' },
    [
      '2025-02-01 31 | 0.00 + 10.00 = 10.00 | 1000.00',
      '2025-03-01 28 | 0.00 + 10.00 = 10.00 | 1000.00',
      '2025-04-01 31 | 1000.00 + 10.00 = 1010.00 | 0.00',
    ],
  ],
  [
    'balloon of 400.00: (1000 × 1.01³ - 400) / (1 + 1.01 + 1.0201) = 208.01',
    { balloon: 40_000n },
    [
      '2025-02-01 31 | 198.01 + 10.00 = 208.01 | 801.99',
      '2025-03-01 28 | 199.99 + 8.02 = 208.01 | 602.00',
      '2025-04-01 31 | 602.00 + 6.02 = 608.02 | 0.00', // 208.02 and the 400.00
    ],
  ],
  [
    'balloon of 400.00 beside equal principal',
    { balloon: 40_000n, amortization: 'equalPrincipal' },
    [
      '2025-02-01 31 | 200.00 + 10.00 = 210.00 | 800.00',
      '2025-03-01 28 | 200.00 + 8.00 = 208.00 | 600.00',
      '2025-04-01 31 | 600.00 + 6.00 = 606.00 | 0.00',
    ],
  ],
  [
    'twice a month, on the 15th and the last day; 24 % by days of 30/360: 1 % for a half-month',
    { frequency: 'twiceMonthly', instalments: 4, rate: '24', on: '2024-01-31' },
    [
      '2024-02-15 15 | 246.28 + 10.00 = 256.28 | 753.72',
      '2024-02-29 14 | 248.74 + 7.54 = 256.28 | 504.98', // fourteen days, but half a month of thirty
      '2024-03-15 15 | 251.23 + 5.05 = 256.28 | 253.75',
      '2024-03-31 16 | 253.75 + 2.54 = 256.29 | 0.00',
    ],
  ],
  [
    'twice a month from the 10th: five days of the fifteen from 31 January to 15 February',
    { frequency: 'twiceMonthly', instalments: 2, rate: '24', on: '2024-02-10' },
    [
      '2024-02-15 5 | 500.83 + 3.33 = 504.16 | 499.17', // 1000 × 1 % × 5/15; 1000 × 1.003333 × 1.01 / 2.01 = 504.163
      '2024-02-29 14 | 499.17 + 4.99 = 504.16 | 0.00',
    ],
  ],
  [
    'every fifteen days at 12.5 % for each period, up to whole units',
    {
      principal: '5000.00',
      frequency: 'days',
      every: 15,
      rate: '12.5',
      rateBasis: 'perPeriod',
      multiple: 100n,
      multipleRounding: 'CEILING',
    },
    [
      '2025-01-16 15 | 1475.00 + 625.00 = 2100.00 | 3525.00', // 5000 × 0.125 × 1.125³ / (1.125³ - 1) = 2099.65
      '2025-01-31 15 | 1659.38 + 440.62 = 2100.00 | 1865.62', // 3525.00 / 8 = 440.625: half to even
      '2025-02-15 15 | 1865.62 + 233.20 = 2098.82 | 0.00', // 1865.62 / 8 = 233.2025
    ],
  ],
  [
    'a rate for the whole term, declining: 9 % / 3 = 3 % a period',
    { rate: '9', rateBasis: 'wholeTerm' },
    [
      '2025-02-01 31 | 323.53 + 30.00 = 353.53 | 676.47', // 1000 × 0.03 × 1.03³ / (1.03³ - 1) = 353.53
      '2025-03-01 28 | 333.24 + 20.29 = 353.53 | 343.23', // 676.47 × 3 % = 20.294
      '2025-04-01 31 | 343.23 + 10.30 = 353.53 | 0.00',
    ],
  ],
  [
    'a rate for each period, flat, cumulative: 3 % × 3 of 1,000.00 = 90.00',
    { rate: '3', rateBasis: 'perPeriod', engine: 'cumulative', interestMethod: 'flat' },
    [
      '2025-02-01 31 | 333.33 + 30.00 = 363.33 | 666.67',
      '2025-03-01 28 | 333.33 + 30.00 = 363.33 | 333.34',
      '2025-04-01 31 | 333.34 + 30.00 = 363.34 | 0.00',
    ],
  ],
  [
    'a fixed length of 75 days cuts the last month to 16 of its 31 days',
    { fixedLength: { count: 75, unit: 'days' } },
    [
      '2025-02-01 31 | 329.48 + 10.00 = 339.48 | 670.52', // 1000 × 1.01² × 1.005161 / (1 + 1.005161 + 1.005161 × 1.01)
      '2025-03-01 28 | 332.77 + 6.71 = 339.48 | 337.75',
      '2025-03-17 16 | 337.75 + 1.74 = 339.49 | 0.00', // 337.75 × 1 % × 16/31 = 1.743
    ],
  ],
]

describe('schedules where the reference is thin', () => {
  it.each(TABLE)('%s', (_, agreed, rows) => {
    expect(linesOf(agreed)).toEqual(rows)
  })
})
