import { describe, expect, it } from 'vitest'
import { parseDecimal, parsePercent, parseWhole } from '#contracts/sokocredit/amounts.ts'

describe('amounts as clients send them', () => {
  it.each<[unknown, bigint | null]>([
    [2000, 200_000n],
    ['2000', 200_000n],
    [' 2000.50 ', 200_050n],
    // what floats cannot add: 0.1 + 0.2 is no amount, each of them is
    [0.1, 10n],
    [0.29, 29n],
    [1.005, null],
    [0.1 + 0.2, null],
    ['1.50000', 150n],
    [-5, -500n],
    [9_999_999_999_999.99, 999_999_999_999_999n],
    ['10000000000000.00', 1_000_000_000_000_000n],
    ['10000000000000.01', null],
    [123_456_789_012_345.67, null],
    [1e21, null],
    [1e-7, null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    ['1,000', null],
    ['1e3', null],
    ['0x10', null],
    ['', null],
    ['+5', null],
    ['٥', null],
    [true, null],
    [null, null],
    [[5], null],
    [{}, null],
  ])('%j is %s in cents', (value, minor) => {
    expect(parseDecimal(value, 'KES')).toBe(minor)
  })

  it('have the decimals of their currency', () => {
    expect([parseDecimal(5, 'UGX'), parseDecimal('5.0', 'UGX'), parseDecimal('5.5', 'UGX')]).toEqual([5n, 5n, null])
  })

  it('have rates and whole numbers beside them', () => {
    expect([12.5, '12.50', '0', 'x', 0.1 + 0.2, 10_000].map(parsePercent)).toEqual([
      '12.5',
      '12.5',
      '0',
      null,
      null,
      null,
    ])
    expect([6, '6', ' 6.0 ', 6.5, '6 months', '-6', 1e12, null].map(parseWhole)).toEqual([
      6,
      6,
      6,
      null,
      null,
      -6,
      null,
      null,
    ])
  })
})
