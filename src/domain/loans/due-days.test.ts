import { describe, expect, it } from 'vitest'
import { day, dayOfNumber } from '#domain/day.ts'
import { dueDays, firstDue, type FirstDueRule } from '#domain/loans/due-days.ts'
import { type Agreed, termsOf } from '#test/schedule-rows.ts'

const TABLE: readonly (readonly [name: string, agreed: Agreed, days: string])[] = [
  [
    'a month keeps the 31st where there is one',
    { on: '2023-10-31', instalments: 5 },
    '2023-11-30 2023-12-31 2024-01-31 2024-02-29 2024-03-31',
  ],
  ['every two months', { on: '2022-10-29', every: 2 }, '2022-12-29 2023-02-28 2023-04-29'],
  ['weeks', { frequency: 'weeks' }, '2025-01-08 2025-01-15 2025-01-22'],
  [
    'every two weeks over New Year',
    { on: '2024-12-18', frequency: 'weeks', every: 2 },
    '2025-01-01 2025-01-15 2025-01-29',
  ],
  ['every fifteen days', { on: '2024-02-14', frequency: 'days', every: 15 }, '2024-02-29 2024-03-15 2024-03-30'],
  [
    'the 15th and the last day',
    { on: '2025-02-14', frequency: 'twiceMonthly', instalments: 4 },
    '2025-02-15 2025-02-28 2025-03-15 2025-03-31',
  ],
  [
    'from the 15th on, the next is the last day',
    { on: '2025-02-15', frequency: 'twiceMonthly' },
    '2025-02-28 2025-03-15 2025-03-31',
  ],
  [
    'the 5th and the 20th',
    { on: '2025-02-20', frequency: 'twiceMonthly', twiceMonthlyDays: [5, 20] },
    '2025-03-05 2025-03-20 2025-04-05',
  ],
  [
    'every second of the two days',
    { on: '2025-01-15', frequency: 'twiceMonthly', every: 2 },
    '2025-02-15 2025-03-15 2025-04-15',
  ],
  [
    'an agreed first due day, then months from it',
    { firstDueDay: day('2025-02-20') },
    '2025-02-20 2025-03-20 2025-04-20',
  ],
  [
    'an agreed last day of February stays the 28th, unless it stands for the 31st',
    { firstDueDay: day('2025-02-28'), instalments: 4 },
    '2025-02-28 2025-03-28 2025-04-28 2025-05-28',
  ],
  [
    'the 31st of every month, from February on',
    { firstDueDay: day('2025-02-28'), dueDayOfMonth: 31, instalments: 4 },
    '2025-02-28 2025-03-31 2025-04-30 2025-05-31',
  ],
  [
    'the 30th of every second month, from a leap February on',
    { firstDueDay: day('2024-02-29'), dueDayOfMonth: 30, every: 2 },
    '2024-02-29 2024-04-30 2024-06-30',
  ],
  ['first due on the day of disbursement', { firstDueDay: day('2025-01-01') }, '2025-01-01 2025-02-01 2025-03-01'],
  [
    'an agreed first due day of two in a month',
    { frequency: 'twiceMonthly', firstDueDay: day('2025-01-31') },
    '2025-01-31 2025-02-15 2025-02-28',
  ],
  [
    'a fixed length moves the last',
    { on: '2024-02-01', frequency: 'days', every: 15, fixedLength: { count: 40, unit: 'days' } },
    '2024-02-16 2024-03-02 2024-03-12',
  ],
]

describe('due days', () => {
  it.each(TABLE)('%s', (_, agreed, days) => {
    expect(dueDays(termsOf(agreed)).map(dayOfNumber).join(' ')).toBe(days)
  })
})

const RULES: readonly (readonly [
  name: string,
  rule: FirstDueRule | undefined,
  disbursedOn: string,
  due: string | null,
])[] = [
  ['none is one period after', undefined, '2025-01-10', null],
  ['at once', { rule: 'afterDays', days: 0 }, '2025-01-10', '2025-01-10'],
  ['on a day', { rule: 'on', day: '2025-03-01' }, '2025-01-10', '2025-03-01'],
  ['the 5th, at least 15 days away', { rule: 'onDayOfMonth', day: 5, atLeastDays: 15 }, '2025-01-10', '2025-02-05'],
  [
    'the 5th, but fifteen days are too few',
    { rule: 'onDayOfMonth', day: 5, atLeastDays: 15 },
    '2025-01-25',
    '2025-03-05',
  ],
  ['the last day of February', { rule: 'onDayOfMonth', day: 31, atLeastDays: 1 }, '2025-02-10', '2025-02-28'],
  ['a Friday market, a week away', { rule: 'onWeekday', weekday: 5, atLeastDays: 7 }, '2025-01-10', '2025-01-17'],
  ['a Monday meeting', { rule: 'onWeekday', weekday: 1, atLeastDays: 7 }, '2025-01-10', '2025-01-20'],
]

describe('a product rule for the first due day', () => {
  it.each(RULES)('%s', (_, rule, disbursedOn, due) => {
    expect(firstDue(rule, day(disbursedOn)).firstDueDay).toBe(due)
  })

  it('of a day of the month makes the later ones keep that day', () => {
    const rule = { rule: 'onDayOfMonth', day: 31, atLeastDays: 1 } as const
    const days = dueDays(termsOf({ ...firstDue(rule, day('2025-02-10')), on: '2025-02-10', instalments: 3 }))
    expect(days.map(dayOfNumber)).toEqual(['2025-02-28', '2025-03-31', '2025-04-30'])
  })
})
