/** Grace of each kind, in each engine. */
import { describe, expect, it } from 'vitest'
import { type Agreed, linesOf } from '#test/schedule-rows.ts'

const NONE = { principal: 0, interestPayment: 0, interestFree: 0 }
const FLAT = { engine: 'cumulative', interestMethod: 'flat', interestPeriod: 'perInstalment' } as const

const TABLE: readonly (readonly [name: string, agreed: Agreed, rows: readonly string[]])[] = [
  [
    'principal, progressive: two instalments of interest, the price is that of the other two',
    { instalments: 4, grace: { ...NONE, principal: 2 } },
    [
      '2025-02-01 31 | 0.00 + 10.00 = 10.00 | 1000.00',
      '2025-03-01 28 | 0.00 + 10.00 = 10.00 | 1000.00',
      '2025-04-01 31 | 497.51 + 10.00 = 507.51 | 502.49', // 1000 × 1.01² / 2.01 = 507.512
      '2025-05-01 30 | 502.49 + 5.02 = 507.51 | 0.00',
    ],
  ],
  [
    'principal, cumulative',
    { engine: 'cumulative', instalments: 4, grace: { ...NONE, principal: 2 } },
    [
      '2025-02-01 31 | 0.00 + 10.00 = 10.00 | 1000.00',
      '2025-03-01 28 | 0.00 + 10.00 = 10.00 | 1000.00',
      '2025-04-01 31 | 497.51 + 10.00 = 507.51 | 502.49',
      '2025-05-01 30 | 502.49 + 5.02 = 507.51 | 0.00',
    ],
  ],
  [
    'principal, flat: half each in the last two',
    { ...FLAT, instalments: 4, grace: { ...NONE, principal: 2 } },
    [
      '2025-02-01 31 | 0.00 + 10.00 = 10.00 | 1000.00', // 1000 × 12 % / 12 × 4 = 40.00, a quarter each
      '2025-03-01 28 | 0.00 + 10.00 = 10.00 | 1000.00',
      '2025-04-01 31 | 500.00 + 10.00 = 510.00 | 500.00',
      '2025-05-01 30 | 500.00 + 10.00 = 510.00 | 0.00',
    ],
  ],
  [
    'principal, flat by the whole term: interest in all, the rest in equal instalments',
    { interestMethod: 'flat', rateBasis: 'wholeTerm', rate: '10', instalments: 3, grace: { ...NONE, principal: 1 } },
    [
      '2025-02-01 31 | 0.00 + 33.33 = 33.33 | 1000.00',
      '2025-03-01 28 | 500.01 + 33.33 = 533.34 | 499.99', // (1000 + 33.33 + 33.34) / 2 = 533.335: half to even
      '2025-04-01 31 | 499.99 + 33.34 = 533.33 | 0.00',
    ],
  ],
  [
    'equal principal after the grace',
    { amortization: 'equalPrincipal', instalments: 4, grace: { ...NONE, principal: 1 } },
    [
      '2025-02-01 31 | 0.00 + 10.00 = 10.00 | 1000.00',
      '2025-03-01 28 | 333.33 + 10.00 = 343.33 | 666.67',
      '2025-04-01 31 | 333.33 + 6.67 = 340.00 | 333.34',
      '2025-05-01 30 | 333.34 + 3.33 = 336.67 | 0.00',
    ],
  ],
  [
    'interest payment: principal as planned, the interest of three with the third',
    { instalments: 4, grace: { ...NONE, interestPayment: 2 } },
    [
      '2025-02-01 31 | 246.28 + 0.00 = 246.28 | 753.72', // 256.28 - 10.00 that is not charged yet
      '2025-03-01 28 | 248.74 + 0.00 = 248.74 | 504.98',
      '2025-04-01 31 | 251.23 + 22.59 = 273.82 | 253.75', // 10.00 + 7.54 + 5.05
      '2025-05-01 30 | 253.75 + 2.54 = 256.29 | 0.00',
    ],
  ],
  [
    'interest-free, progressive: the free periods count nothing in the price either',
    { instalments: 4, grace: { ...NONE, interestFree: 2 } },
    [
      '2025-02-01 31 | 251.86 + 0.00 = 251.86 | 748.14', // 1000 × 1.0201 / (1 + 1.01 + 1.0201 + 1.0201) = 251.864
      '2025-03-01 28 | 251.86 + 0.00 = 251.86 | 496.28',
      '2025-04-01 31 | 246.90 + 4.96 = 251.86 | 249.38',
      '2025-05-01 30 | 249.38 + 2.49 = 251.87 | 0.00',
    ],
  ],
  [
    'interest-free, cumulative: the same',
    { engine: 'cumulative', instalments: 4, grace: { ...NONE, interestFree: 2 } },
    [
      '2025-02-01 31 | 251.86 + 0.00 = 251.86 | 748.14',
      '2025-03-01 28 | 251.86 + 0.00 = 251.86 | 496.28',
      '2025-04-01 31 | 246.90 + 4.96 = 251.86 | 249.38',
      '2025-05-01 30 | 249.38 + 2.49 = 251.87 | 0.00',
    ],
  ],
  [
    'interest-free, flat: three of four months bear 10.00',
    { ...FLAT, instalments: 4, grace: { ...NONE, interestFree: 1 } },
    [
      '2025-02-01 31 | 250.00 + 0.00 = 250.00 | 750.00',
      '2025-03-01 28 | 250.00 + 10.00 = 260.00 | 500.00',
      '2025-04-01 31 | 250.00 + 10.00 = 260.00 | 250.00',
      '2025-05-01 30 | 250.00 + 10.00 = 260.00 | 0.00',
    ],
  ],
  [
    'interest-free, flat progressive: (1000 + 20) / 3 each',
    { interestMethod: 'flat', grace: { ...NONE, interestFree: 1 } },
    [
      '2025-02-01 31 | 340.00 + 0.00 = 340.00 | 660.00',
      '2025-03-01 28 | 330.00 + 10.00 = 340.00 | 330.00',
      '2025-04-01 31 | 330.00 + 10.00 = 340.00 | 0.00',
    ],
  ],
  [
    'all three together: the first month is free, the second its interest only, then three instalments',
    { instalments: 5, grace: { principal: 2, interestPayment: 1, interestFree: 1 } },
    [
      '2025-02-01 31 | 0.00 + 0.00 = 0.00 | 1000.00',
      '2025-03-01 28 | 0.00 + 10.00 = 10.00 | 1000.00',
      '2025-04-01 31 | 330.02 + 10.00 = 340.02 | 669.98',
      '2025-05-01 30 | 333.32 + 6.70 = 340.02 | 336.66',
      '2025-06-01 31 | 336.66 + 3.37 = 340.03 | 0.00',
    ],
  ],
]

describe('grace', () => {
  it.each(TABLE)('%s', (_, agreed, rows) => {
    expect(linesOf(agreed)).toEqual(rows)
  })
})
