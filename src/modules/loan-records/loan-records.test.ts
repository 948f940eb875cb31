import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { day } from '#domain/day.ts'
import { totalOf } from '#domain/loans/instalment.ts'
import { sum } from '#domain/money.ts'
import {
  type GivenTerms,
  instalmentCountOf,
  productTermsSchema,
  feeAtSource,
  fullScheduleFor,
} from '#modules/loan-products/loan-products.ts'
import { scheduleFor } from '#modules/loan-records/loan-records.ts'
import { anyTerms } from '#test/product-terms.ts'

const lent = { principal: 1_200_000n, currency: 'KES', startDay: day('2026-01-15') }
const plan = (given: Partial<GivenTerms>) =>
  scheduleFor(productTermsSchema.parse({ ratePercent: '12', ...given }), lent)
const days = (given: Partial<GivenTerms>) => plan(given).map((row) => row.dueDay)

describe('the length of a loan', () => {
  it.each<[string, Partial<GivenTerms>, number]>([
    ['six months, monthly', { months: 6 }, 6],
    ['six months, weekly: 26', { months: 6, frequency: 'weekly' }, 26],
    ['one month, daily: 30', { months: 1, frequency: 'daily' }, 30],
    ['six months, every two weeks: 13', { months: 6, frequency: 'weekly', every: 2 }, 13],
    ['three months, twice monthly: 6', { months: 3, frequency: 'twiceMonthly' }, 6],
    ['ten weeks', { instalments: 10, frequency: 'weekly' }, 10],
  ])('%s', (_, given, count) => {
    expect(instalmentCountOf(productTermsSchema.parse({ ratePercent: '0', ...given }))).toBe(count)
  })

  it('is shown in months, the begun one counted whole, and other months agreed on afterwards win', () => {
    const terms = productTermsSchema.parse({ ratePercent: '0', instalments: 10, frequency: 'weekly' })
    expect(terms.months).toBe(3)
    expect(instalmentCountOf({ ...terms, months: 6 })).toBe(26)
  })
})

describe('the first due day', () => {
  it.each<[string, GivenTerms['firstDue'], string]>([
    ['one period after the start', undefined, '2026-02-15'],
    ['ten days after', { rule: 'afterDays', days: 10 }, '2026-01-25'],
    ['on a day of its own', { rule: 'on', day: '2026-03-01' }, '2026-03-01'],
    ['on the next 20th', { rule: 'onDayOfMonth', day: 20 }, '2026-01-20'],
    ['on the 20th that leaves fourteen days', { rule: 'onDayOfMonth', day: 20, atLeastDays: 14 }, '2026-02-20'],
    ['on the last day of the month', { rule: 'onDayOfMonth', day: 31 }, '2026-01-31'],
    ['on the next Monday (15 January is a Thursday)', { rule: 'onWeekday', weekday: 1 }, '2026-01-19'],
  ])('%s', (_, firstDue, expected) => {
    expect(days({ months: 3, ...(firstDue && { firstDue }) })[0]).toBe(expected)
  })
})

describe('terms in the words of a product become the engine’s', () => {
  it('a fee with every instalment, one kept back, one after ten days', () => {
    const charges: GivenTerms['charges'] = [
      { name: 'Service', time: 'instalment', basis: 'flat', amount: '5000' },
      { name: 'Processing', time: 'disbursement', basis: 'disbursed', percent: '2', most: '20000' },
      { name: 'Visit', time: 'afterDays', days: 10, basis: 'flat', amount: '10000' },
    ]
    const planned = fullScheduleFor(productTermsSchema.parse({ ratePercent: '10', months: 6, charges }), lent)
    // 2 % of 12,000.00 is 240.00, capped at 200.00.
    expect(feeAtSource(planned)).toBe(20_000n)
    expect(planned.totals).toEqual({ penalty: 0n, fee: 40_000n, interest: 120_000n, principal: 1_200_000n })
  })

  it('a bullet pays interest only until the end', () => {
    const rows = plan({ months: 3, interestMethod: 'declining', amortization: 'bullet' })
    expect(rows.map((row) => row.due.principal)).toEqual([0n, 0n, 1_200_000n])
    expect(rows.map((row) => row.due.interest)).toEqual([12_000n, 12_000n, 12_000n])
  })

  it('a down payment is the first instalment, due at once', () => {
    const [first, ...rest] = plan({ months: 3, downPaymentPercent: '25' })
    expect([first!.dueDay, first!.due.principal, rest.length]).toEqual(['2026-01-15', 300_000n, 3])
  })

  it('twice monthly on the 5th and the 20th', () => {
    expect(days({ instalments: 3, frequency: 'twiceMonthly', twiceMonthlyDays: [5, 20] })).toEqual([
      '2026-01-20',
      '2026-02-05',
      '2026-02-20',
    ])
  })

  it('refuses what makes no schedule by its field', () => {
    expect(() => plan({ months: 3, grace: { principal: 3 } })).toThrow('invalid_input')
    expect(() => plan({ months: 3, charges: [{ name: 'All', time: 'disbursement', amount: '1200000' }] })).toThrow(
      'invalid_input',
    )
  })
})

test('whatever the terms: principal parts sum to the principal, nothing is negative, days ascend', () => {
  fc.assert(
    fc.property(anyTerms, (given) => {
      const terms = productTermsSchema.parse(given)
      expect(productTermsSchema.parse(terms)).toEqual(terms)
      const rows = scheduleFor(terms, lent)
      expect(sum(rows.map((row) => row.due.principal))).toBe(lent.principal)
      for (const row of rows) expect(Object.values(row.due).every((part) => part >= 0n)).toBe(true)
      expect(rows.map((row) => row.dueDay).toSorted()).toEqual(rows.map((row) => row.dueDay))
      expect(rows.every((row) => totalOf(row.paid) === 0n)).toBe(true)
    }),
    { numRuns: 300 },
  )
})
