import { describe, expect, it } from 'vitest'
import { day } from '#domain/day.ts'
import { decliningTerms, type EverydayFrequency, flatTerms, instalmentsOfMonths } from '#domain/loans/everyday-terms.ts'
import { faultIn } from '#domain/loans/terms-check.ts'
import { totalOf } from '#domain/loans/instalment.ts'
import { instalmentsOf, schedule } from '#domain/loans/schedule.ts'
import { percent } from '#domain/rate.ts'
import { minor } from '#test/schedule-rows.ts'

const flat = (frequency: EverydayFrequency, principal = '12000.00') =>
  flatTerms({ principal: minor(principal), rate: percent('10'), months: 6, frequency, disbursedOn: day('2025-01-31') })

const amounts = (frequency: EverydayFrequency, principal?: string): bigint[] =>
  instalmentsOf(schedule(flat(frequency, principal))).map((i) => totalOf(i.due))

describe('flat interest for the whole term', () => {
  it('12,000.00 at 10 % over six months: 6 × 2,200.00, due at the ends of months', () => {
    expect(amounts('monthly')).toEqual(new Array(6).fill(220_000n))
    const days = instalmentsOf(schedule(flat('monthly'))).map((i) => i.dueDay)
    expect(days).toEqual(['2025-02-28', '2025-03-31', '2025-04-30', '2025-05-31', '2025-06-30', '2025-07-31'])
  })

  it('weekly: 25 × 507.69 and 507.75', () => {
    expect(amounts('weekly')).toEqual([...new Array(25).fill(50_769n), 50_775n]) // 13200 / 26 = 507.692
  })

  it('daily: 180 × 73.33, the last 73.93', () => {
    expect(amounts('daily')).toEqual([...new Array(179).fill(7_333n), 7_393n]) // 13200 / 180 = 73.333
  })

  it('the whole instalment is rounded, not its parts', () => {
    expect(amounts('monthly', '100.00')[0]).toBe(1_833n) // 110 / 6 = 18.333; 16.667 and 1.667 apart would make 18.34
  })

  it('all of it is principal and flat interest', () => {
    expect(schedule(flat('weekly')).totals).toEqual({ penalty: 0n, fee: 0n, interest: 120_000n, principal: 1_200_000n })
  })
})

describe('instalments of so many months', () => {
  it.each([
    [6, 'monthly', 6],
    [6, 'weekly', 26],
    [1, 'weekly', 4], // 4.33
    [2, 'weekly', 9], // 8.67
    [3, 'daily', 90],
  ] as const)('%i months %s', (months, frequency, n) => {
    expect(instalmentsOfMonths(months, frequency)).toBe(n)
  })
})

it('declining terms are terms that a schedule follows from', () => {
  const terms = decliningTerms({
    principal: minor('1000.00'),
    rate: percent('12'),
    months: 3,
    frequency: 'monthly',
    disbursedOn: day('2025-01-01'),
    decimals: 2,
  })
  expect(faultIn(terms)).toBeNull()
  expect(instalmentsOf(schedule(terms)).map((i) => totalOf(i.due))).toEqual([34_002n, 34_002n, 34_003n])
})
