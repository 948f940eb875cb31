import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { percent, ZERO_RATE } from '#domain/rate.ts'
import { Refusal } from '#domain/refusal.ts'
import type { SavingsTerms } from '#domain/savings/terms.ts'
import { availableOf, feeOf, withdrawalFee } from '#domain/savings/withdrawal.ts'

const FREE: SavingsTerms = {
  minimumBalance: 0n,
  withdrawal: {
    least: 1n,
    most: null,
    mostADay: null,
    timesADay: null,
    fee: { flat: 0n, rate: ZERO_RATE, most: null },
  },
  interest: { rate: ZERO_RATE, dayCount: 'actual/365', rounding: 'HALF_EVEN', paid: 'monthly', from: 0n },
}
const standing = { balance: 10_000n, held: 0n, today: { amount: 0n, times: 0 } }
const terms = (change: Partial<SavingsTerms['withdrawal']>, minimumBalance = 0n): SavingsTerms => ({
  ...FREE,
  minimumBalance,
  withdrawal: { ...FREE.withdrawal, ...change },
})
const fee = (flat: bigint, rate = '0', most: bigint | null = null) => ({ fee: { flat, rate: percent(rate), most } })

const outcome = (of: typeof standing, amount: bigint, by: SavingsTerms): bigint | string => {
  try {
    return withdrawalFee(of, amount, by)
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

describe('what a withdrawal from 100.00 costs, or why it is refused', () => {
  test.each([
    ['all of it, free of charge', standing, 10_000n, FREE, 0n],
    ['a cent more', standing, 10_001n, FREE, 'insufficient_funds'],
    ['all of it with a fee of a cent', standing, 10_000n, terms(fee(1n)), 'insufficient_funds'],
    ['the fee fits', standing, 9_999n, terms(fee(1n)), 1n],
    ['30.00 are held', { ...standing, held: 3_000n }, 7_001n, FREE, 'insufficient_funds'],
    ['20.00 must stay', standing, 8_001n, terms({}, 2_000n), 'insufficient_funds'],
    ['20.00 must stay, and do', standing, 8_000n, terms({}, 2_000n), 0n],
    ['below the least of 5.00', standing, 499n, terms({ least: 500n }), 'withdrawal_below_least'],
    ['above the most of 50.00', standing, 5_001n, terms({ most: 5_000n }), 'withdrawal_above_most'],
    [
      'the fourth of three a day',
      { ...standing, today: { amount: 300n, times: 3 } },
      100n,
      terms({ timesADay: 3 }),
      'daily_limit_reached',
    ],
    [
      '10.00 of 60.00 a day are left',
      { ...standing, today: { amount: 5_000n, times: 1 } },
      1_001n,
      terms({ mostADay: 6_000n }),
      'daily_limit_reached',
    ],
    // 2.50 % of 49.00 is 1.225, half to even 1.22, and 0.30
    ['flat and percentage', standing, 4_900n, terms(fee(30n, '2.5')), 152n],
    ['the percentage capped', standing, 4_900n, terms(fee(30n, '2.5', 100n)), 100n],
  ])('%s', (_, of, amount, by, expected) => {
    expect(outcome(of, amount, by)).toBe(expected)
  })
})

const amounts = fc.bigInt(1n, 1_000_000_000_000n)

test('whatever is let through leaves at least the holds and the minimum balance', () => {
  fc.assert(
    fc.property(amounts, amounts, amounts, amounts, fc.bigInt(0n, 10_000n), (balance, held, minimum, amount, flat) => {
      const by = terms(fee(flat, '1.1'), minimum)
      const cost = outcome({ balance, held, today: { amount: 0n, times: 0 } }, amount, by)
      if (typeof cost === 'bigint') expect(balance - amount - cost).toBeGreaterThanOrEqual(held + minimum)
      else expect(amount + feeOf(amount, by.withdrawal.fee)).toBeGreaterThan(availableOf({ balance, held }, by))
    }),
  )
})
