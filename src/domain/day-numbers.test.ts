import fc from 'fast-check'
import { expect, it } from 'vitest'
import { dayOfNumber, fromNumber, numberOf, partsOf } from '#domain/day.ts'

it('day numbers and dates are each other’s reverse, in every year from 1600 to 2400', () => {
  fc.assert(
    fc.property(fc.integer({ min: -135_140, max: 157_000 }), (n) => {
      expect(numberOf(partsOf(n))).toBe(n)
      expect(dayOfNumber(n)).toBe(fromNumber(n))
    }),
    { numRuns: 5000 },
  )
})

it.each([
  ['the epoch', 0, { year: 1970, month: 1, dayOfMonth: 1 }],
  ['a leap day of a century', 11_016, { year: 2000, month: 2, dayOfMonth: 29 }],
  ['the day after', 11_017, { year: 2000, month: 3, dayOfMonth: 1 }],
  ['a century without one', 47_540, { year: 2100, month: 2, dayOfMonth: 28 }],
  ['the last of a year', 20_088, { year: 2024, month: 12, dayOfMonth: 31 }],
])('%s', (_, n, parts) => {
  expect(partsOf(n)).toEqual(parts)
  expect(numberOf(parts)).toBe(n)
})
