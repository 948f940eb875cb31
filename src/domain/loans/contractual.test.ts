import { describe, expect, it } from 'vitest'
import { day } from '#domain/day.ts'
import { type Agreed, linesOf, minor } from '#test/schedule-rows.ts'

const of = (...amounts: string[]): bigint[] => amounts.map(minor)

const TABLE: readonly (readonly [name: string, agreed: Agreed, rows: readonly string[]])[] = [
  [
    'flat: 340.00 + 340.00 + 350.00 are 30.00 of interest, in proportion to the amounts',
    { interestMethod: 'flat', contractualInstalments: of('340.00', '340.00', '350.00') },
    [
      '2025-02-01 31 | 330.10 + 9.90 = 340.00 | 669.90', // 30 × 340/1030 = 9.903
      '2025-03-01 28 | 330.09 + 9.91 = 340.00 | 339.81', // 30 × 680/1030 = 19.81, less the 9.90
      '2025-04-01 31 | 339.81 + 10.19 = 350.00 | 0.00', // 30.00 - 19.81
    ],
  ],
  [
    'declining: interest at the agreed rate, the last takes what the amounts leave',
    { contractualInstalments: of('340.00', '340.00', '350.00') },
    [
      '2025-02-01 31 | 330.00 + 10.00 = 340.00 | 670.00',
      '2025-03-01 28 | 333.30 + 6.70 = 340.00 | 336.70',
      '2025-04-01 31 | 336.70 + 13.30 = 350.00 | 0.00', // 3.37 at the rate; the amounts leave 13.30
    ],
  ],
  [
    'declining at a rate above what the amounts bear: no more interest than there is',
    { rate: '60', contractualInstalments: of('340.00', '340.00', '350.00') },
    [
      '2025-02-01 31 | 310.00 + 30.00 = 340.00 | 690.00', // 50.00 at the rate, 30.00 in all
      '2025-03-01 28 | 340.00 + 0.00 = 340.00 | 350.00',
      '2025-04-01 31 | 350.00 + 0.00 = 350.00 | 0.00',
    ],
  ],
  [
    'a large first instalment repays all principal that it can',
    { rate: '0', contractualInstalments: of('1100.00', '50.00', '50.00') },
    [
      '2025-02-01 31 | 1000.00 + 100.00 = 1100.00 | 0.00',
      '2025-03-01 28 | 0.00 + 50.00 = 50.00 | 0.00',
      '2025-04-01 31 | 0.00 + 50.00 = 50.00 | 0.00',
    ],
  ],
]

describe('contractual instalments', () => {
  it.each(TABLE)('%s', (_, agreed, rows) => {
    expect(linesOf(agreed)).toEqual(rows)
  })

  it('twelve of 1,166.67 for 12,000.00, the first due on the day of disbursement', () => {
    const rows = linesOf({
      principal: '12000.00',
      on: '2026-01-01',
      firstDueDay: day('2026-01-01'),
      instalments: 12,
      interestMethod: 'flat',
      contractualInstalments: new Array(12).fill(minor('1166.67')),
    })
    expect(rows[0]).toBe('2026-01-01 0 | 1000.00 + 166.67 = 1166.67 | 11000.00') // 12 × 166.67 = 2000.04
    expect(rows[11]).toBe('2026-12-01 30 | 1000.00 + 166.67 = 1166.67 | 0.00')
    expect(rows).toHaveLength(12)
  })
})
