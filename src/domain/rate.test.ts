import { describe, expect, it } from 'vitest'
import { formatRate, parseRate, percent, percentOf, rateOfUnits } from '#domain/rate.ts'

describe('percentages', () => {
  it.each([
    ['9.4822', 948_220_000n, '9.4822'],
    ['0', 0n, '0'],
    ['12.50', 1_250_000_000n, '12.5'],
    ['0.00000001', 1n, '0.00000001'],
    ['-1.5', -150_000_000n, '-1.5'],
    [' 7 ', 700_000_000n, '7'],
  ])('%s', (text, units, shown) => {
    expect(parseRate(text)).toBe(units)
    expect(formatRate(rateOfUnits(units))).toBe(shown)
  })

  it.each(['', 'abc', '1e3', '1,5', '.5', '5.', '12345', '0.000000001', 'NaN'])('%j is none', (text) => {
    expect(parseRate(text)).toBeNull()
    expect(() => percent(text)).toThrow('not a percentage')
  })

  it('25 % of 487.58 is 121.895: half to even', () => {
    expect(percentOf(48_758n, percent('25'))).toBe(12_190n)
    expect(percentOf(48_758n, percent('25'), 'HALF_DOWN')).toBe(12_189n)
  })
})
