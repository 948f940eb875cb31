import { describe, expect, it } from 'vitest'
import { add, atScale, decimal, divideBy, multiply } from '#domain/loans/decimal.ts'

describe('decimals of nineteen significant digits', () => {
  it('a quotient keeps nineteen digits after the leading zeros', () => {
    expect(divideBy(decimal(30), decimal(360))).toEqual({ mantissa: 8_333_333_333_333_333_333n, exponent: -20 })
    expect(divideBy(decimal(2), decimal(3))).toEqual({ mantissa: 6_666_666_666_666_666_667n, exponent: -19 })
  })

  it('a product is cut to nineteen digits, half to the even one', () => {
    expect(multiply(decimal(10n ** 18n + 1n), decimal(5, -1)).mantissa).toBe(5_000_000_000_000_000_005n) // 19 digits, kept
    expect(multiply(decimal(4_000_000_000_000_000_001n), decimal(5)).mantissa).toBe(2_000_000_000_000_000_000n) // …00|5 to even
    expect(multiply(decimal(4_000_000_000_000_000_003n), decimal(5)).mantissa).toBe(2_000_000_000_000_000_002n) // …01|5 to even
  })

  it('a quotient just beside a half is not taken for the half', () => {
    const justAbove = divideBy(decimal(10n ** 40n + 5n * 10n ** 21n + 1n), decimal(10n ** 22n))
    expect(justAbove.mantissa).toBe(1_000_000_000_000_000_001n) // …000.5000…1 rounds up, …000.5 would stay even
  })

  it('nines that round up gain a digit', () => {
    expect(multiply(decimal(99_999_999_999_999_999_996n), decimal(1))).toEqual({ mantissa: 10n ** 18n, exponent: 2 })
  })

  it('sums line up their exponents', () => {
    expect(add(decimal(15, -1), decimal(2))).toEqual({ mantissa: 35n, exponent: -1 })
    expect(add(decimal(2), decimal(15, -1))).toEqual({ mantissa: 35n, exponent: -1 })
  })

  it.each([
    ['HALF_EVEN', 2n],
    ['HALF_UP', 3n],
    ['UP', 3n],
    ['DOWN', 2n],
  ] as const)('2.5 to whole numbers, %s', (rounding, whole) => {
    expect(atScale(decimal(25, -1), 0, rounding)).toBe(whole)
  })

  it('more places than there are digits add zeros', () => {
    expect(atScale(decimal(7, -2), 5)).toBe(7000n)
  })
})
