import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Day, addDays, addMonths, day } from '#domain/day.ts'
import { allocate, applyAllocation } from '#domain/loans/allocation.ts'
import {
  type AllocationRule,
  type Rank,
  DEFAULT_RULE,
  FEE_LAST_RULE,
  PRINCIPAL_IN_ADVANCE_RULE,
} from '#domain/loans/allocation-rule.ts'
import {
  type Instalment,
  type Parts,
  addParts,
  COMPONENTS,
  NOTHING,
  outstandingOf,
  totalOf,
} from '#domain/loans/instalment.ts'

const START = day('2026-01-01')

const amount = fc.bigInt({ min: 0n, max: 50_000n })
const parts = fc.record({ penalty: amount, fee: amount, interest: amount, principal: amount })

/** Instalments by month, each with a part of its due paid and a part waived. */
const loan = fc
  .array(fc.tuple(parts, fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })), {
    minLength: 1,
    maxLength: 12,
  })
  .map((rows) => rows.map(([due, paid, waived], k) => instalment(k + 1, due, { paid, waived })))

function instalment(nr: number, due: Parts, eighths: { paid: number; waived: number }): Instalment {
  const part = (n: number) => {
    const some = { ...NOTHING }
    for (const component of COMPONENTS) some[component] = (due[component] * BigInt(n)) / 8n
    return some
  }
  const startDay = addMonths(START, nr - 1)
  return { nr, startDay, dueDay: addMonths(START, nr), due, paid: part(eighths.paid), waived: part(eighths.waived) }
}

const RANKS: Rank[] = (['pastDue', 'due', 'inAdvance'] as const).flatMap((due) =>
  COMPONENTS.map((component) => ({ due, component })),
)

const rule: fc.Arbitrary<AllocationRule> = fc.oneof(
  fc.constantFrom(DEFAULT_RULE, PRINCIPAL_IN_ADVANCE_RULE, FEE_LAST_RULE),
  fc.record({
    order: fc.constant('ranked' as const),
    processing: fc.constantFrom('horizontal' as const, 'vertical' as const),
    ranks: fc.shuffledSubarray(RANKS, { minLength: RANKS.length }),
    inAdvanceTo: fc.constantFrom('next' as const, 'last' as const, 'spread' as const, 'currentThenLast' as const),
  }),
)

const payment = fc.record({
  amount: fc.bigInt({ min: 0n, max: 900_000n }),
  day: fc.integer({ min: -10, max: 400 }).map((n): Day => addDays(START, n)),
})

const owed = (instalments: readonly Instalment[]): bigint =>
  instalments.reduce((total, i) => total + totalOf(outstandingOf(i)), 0n)

describe('every allocation, by whatever rule', () => {
  test('lines sum to the parts, parts and overpayment to the amount', () => {
    fc.assert(
      fc.property(loan, payment, rule, (instalments, paid, by) => {
        const found = allocate(instalments, paid, by)
        expect(found.lines.map((line) => line.parts).reduce(addParts, NOTHING)).toEqual(found.parts)
        expect(totalOf(found.parts) + found.overpayment).toBe(paid.amount)
        for (const line of found.lines) expect(totalOf(line.parts)).toBeGreaterThan(0n)
      }),
    )
  })

  test('no component of an instalment receives more than it owes, or less than nothing', () => {
    fc.assert(
      fc.property(loan, payment, rule, (instalments, paid, by) => {
        const after = applyAllocation(instalments, allocate(instalments, paid, by))
        for (const [k, instalment] of after.entries()) {
          for (const component of COMPONENTS) {
            expect(instalment.paid[component]).toBeGreaterThanOrEqual(instalments[k]!.paid[component])
            expect(outstandingOf(instalment)[component]).toBeGreaterThanOrEqual(0n)
          }
        }
      }),
    )
  })

  test('money is overpaid only when nothing is owed any more', () => {
    fc.assert(
      fc.property(loan, payment, rule, (instalments, paid, by) => {
        const found = allocate(instalments, paid, by)
        const before = owed(instalments)
        expect(found.overpayment).toBe(paid.amount > before ? paid.amount - before : 0n)
      }),
    )
  })

  test('two payments of one day pay the same as their sum, oldest first', () => {
    fc.assert(
      fc.property(loan, payment, amount, (instalments, paid, more) => {
        const first = applyAllocation(instalments, allocate(instalments, paid, DEFAULT_RULE))
        const twice = applyAllocation(first, allocate(first, { ...paid, amount: more }, DEFAULT_RULE))
        const together = allocate(instalments, { ...paid, amount: paid.amount + more }, DEFAULT_RULE)
        expect(twice.map((i) => i.paid)).toEqual(applyAllocation(instalments, together).map((i) => i.paid))
      }),
    )
  })
})
