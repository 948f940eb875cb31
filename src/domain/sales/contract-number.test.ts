import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Day, parseDay } from '#domain/day.ts'
import { branchCode, spellingsOf, typedBranch, typedNumber, typedNumberOfLoan } from '#domain/sales/contract-number.ts'

/** What the application's field takes. */
const MASK = /^[A-Z]\d{2}-\d{4}-\d{2}-\d{2}-\d{6}$/
const DAY = parseDay('2026-01-01')!

test.each([
  ['S01', 'S01'],
  ['001', 'S01'],
  ['7', 'S07'],
  ['12345', 'S45'],
  ['CENTRO', 'C00'],
  ['A1B2', 'A12'],
])('contracts of branch %s begin with %s', (branch, begins) => {
  expect(typedBranch(branch)).toBe(begins)
})

test('whatever a branch is called, and however its contracts were printed, their number can be typed and is understood', () => {
  const branches = fc.stringMatching(/^[A-Z0-9]{1,12}$/)
  fc.assert(
    fc.property(branches, fc.integer({ min: 1, max: 999_999 }), fc.boolean(), (branchNumber, n, isOld) => {
      const day: Day = DAY
      const old = `${branchNumber}-${day}-${String(n).padStart(6, '0')}`
      const branchContractCode = isOld ? old : branchCode(branchNumber, day, n)
      const sale = { contractNumber: 'MC-2026-0001', branchNumber, branchContractCode }
      expect(typedNumber(sale)).toMatch(MASK)
      expect(typedNumber(sale)).toBe(branchCode(branchNumber, day, n))
      expect(spellingsOf(sale)).toEqual(expect.arrayContaining(['MC-2026-0001', old, typedNumber(sale)]))
    }),
  )
})

test('a loan that pays for no sale has a number of its own', () => {
  const lent = { disbursedOn: DAY, approvedAt: null, appliedAt: new Date('2025-12-30T09:00:00Z') }
  expect(typedNumberOfLoan({ id: 12, ...lent })).toBe('L00-2026-01-01-000012')
  expect(typedNumberOfLoan({ id: 3_000_012, ...lent, disbursedOn: null })).toBe('L03-2025-12-30-000012')
  expect(typedNumberOfLoan({ id: 99_999_999, ...lent })).toMatch(MASK)
})
