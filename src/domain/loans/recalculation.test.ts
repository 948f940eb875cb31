import { describe, expect, test } from 'vitest'
import { day } from '#domain/day.ts'
import { formatMinor } from '#domain/money.ts'
import { percent } from '#domain/rate.ts'
import { USUAL } from '#domain/loans/everyday-terms.ts'
import { agreementOf } from '#domain/loans/agreement.ts'
import { type AsOf, recalculate } from '#domain/loans/recalculation.ts'
import type { RecalculationRule } from '#domain/loans/running-interest.ts'

/** 100.00 at 7 % a year from 1 January 2024 in six months, 30/360: instalments of 17.01, the last 17.00. */
const AGREEMENT = agreementOf({
  ...USUAL,
  principal: 10_000n,
  disbursements: [{ day: day('2024-01-01'), amount: 10_000n }],
  startDay: day('2024-01-01'),
  instalments: 6,
  rate: percent('7'),
})

const DAILY: RecalculationRule = { rest: 'daily', overdueBearsInterest: true }
interface Paid {
  readonly on: string
  readonly principal: bigint
  readonly interest: bigint
}

const UNPAID: Paid = { on: '2024-01-01', principal: 0n, interest: 0n }
const FIRST: Paid = { on: '2024-02-01', principal: 1643n, interest: 58n }
const early = (principal: bigint, interest: bigint): Paid => ({ on: '2024-02-15', principal, interest })

/** "16.43+0.58" for each instalment. */
function dues(paid: readonly Paid[], asOf: AsOf, rule: RecalculationRule = DAILY): string {
  const all = Array.from({ length: 6 }, (_, k) => paid[k] ?? UNPAID)
  const payments = all.map(({ on, principal }) => ({ day: day(on), amount: principal }))
  const found = recalculate({ agreement: AGREEMENT, rule, paid: all, payments }, asOf)
  expect(found.reduce((total, due) => total + due.principal, 0n)).toBe(10_000n)
  return found.map((due) => `${formatMinor(due.principal, 2)}+${formatMinor(due.interest, 2)}`).join(' ')
}

const standing = (on: string): AsOf => ({ day: day(on), settling: null })
const settling = (on: string, end: 'fromFirst' | 'fromLast'): AsOf => ({ day: day(on), settling: end })

const TABLE: [string, Paid[], AsOf, string][] = [
  [
    'nothing paid and nothing overdue: the schedule',
    [],
    standing('2024-01-01'),
    '16.43+0.58 16.52+0.49 16.62+0.39 16.72+0.29 16.81+0.20 16.90+0.10',
  ],
  [
    // 14 days on 100.00 and 15 on 83.57 of 29: 0.2816 + 0.2522 = 0.53
    'the first overdue for 14 days: interest up, principal down, the last takes it',
    [],
    standing('2024-02-15'),
    '16.43+0.58 16.48+0.53 16.62+0.39 16.72+0.29 16.81+0.20 16.94+0.10',
  ],
  [
    'all overdue past the end: no interest after the last due day',
    [],
    standing('2024-07-15'),
    '16.43+0.58 16.43+0.58 16.43+0.58 16.43+0.58 16.43+0.58 17.85+0.58',
  ],
  [
    // second paid on 15 February with 0.24 of interest; 15 days on 66.80 (0.20) wait for the third: 0.39 + 0.20
    'an instalment paid early bears interest to that day, the rest of its period falls to the next',
    [FIRST, early(1677n, 24n)],
    standing('2024-02-15'),
    '16.43+0.58 16.77+0.24 16.42+0.59 16.72+0.29 16.81+0.20 16.85+0.10',
  ],
  [
    // 14 days on 83.57, 15 days on 73.57: 0.2353 + 0.2220
    'part of an instalment paid early: less interest in its period',
    [FIRST, early(1000n, 0n)],
    standing('2024-02-15'),
    '16.43+0.58 16.55+0.46 16.62+0.39 16.72+0.29 16.81+0.20 16.87+0.10',
  ],
  [
    'the last paid early: the last unpaid one takes the difference',
    [FIRST, UNPAID, UNPAID, UNPAID, UNPAID, early(1700n, 0n)],
    standing('2024-02-15'),
    '16.43+0.58 16.57+0.44 16.72+0.29 16.82+0.19 16.46+0.10 17.00+0.00',
  ],
  [
    // 0.24 for 14 days on 83.57; what closes the loan is 83.57 + 0.24
    'settling: interest to the day, none for later instalments',
    [FIRST],
    settling('2024-02-15', 'fromFirst'),
    '16.43+0.58 16.77+0.24 17.01+0.00 17.01+0.00 17.01+0.00 15.77+0.00',
  ],
  [
    'settling from the last: the nearest instalment takes the difference',
    [FIRST],
    settling('2024-02-15', 'fromLast'),
    '16.43+0.58 15.54+0.24 17.01+0.00 17.01+0.00 17.01+0.00 17.00+0.00',
  ],
]

describe('recalculated interest', () => {
  test.each(TABLE)('%s', (_rule, paid, asOf, expected) => {
    expect(dues(paid, asOf)).toBe(expected)
  })

  test('a product on which overdue principal bears no interest keeps the schedule', () => {
    const kept = dues([], standing('2024-07-15'), { ...DAILY, overdueBearsInterest: false })
    expect(kept).toBe('16.43+0.58 16.52+0.49 16.62+0.39 16.72+0.29 16.81+0.20 16.90+0.10')
  })

  test('by whole periods, overdue principal bears interest to the end of the period', () => {
    const rule: RecalculationRule = { ...DAILY, rest: 'perInstalment' }
    expect(dues([], standing('2024-02-15'), rule)).toBe(
      '16.43+0.58 16.43+0.58 16.62+0.39 16.72+0.29 16.81+0.20 16.99+0.10',
    )
  })

  test('by whole periods, an early payment lowers interest from the next period on', () => {
    const rule: RecalculationRule = { ...DAILY, rest: 'perInstalment' }
    const found = dues([FIRST, early(1000n, 0n)], standing('2024-02-15'), rule)
    expect(found).toBe('16.43+0.58 16.52+0.49 16.62+0.39 16.72+0.29 16.81+0.20 16.90+0.10')
  })
})
