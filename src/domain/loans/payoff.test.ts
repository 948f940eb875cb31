import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Day, addDays, day } from '#domain/day.ts'
import { percent } from '#domain/rate.ts'
import { DEFAULT_RULE } from '#domain/loans/allocation-rule.ts'
import { USUAL } from '#domain/loans/everyday-terms.ts'
import { type Instalment, NOTHING, outstandingOf, totalOf } from '#domain/loans/instalment.ts'
import { type PayoffInterest, payoff, payoffOf } from '#domain/loans/payoff.ts'
import { reckoner } from '#domain/loans/reckoner.ts'
import type { Happening } from '#domain/loans/happening.ts'
import { replay } from '#domain/loans/replay.ts'
import { schedule } from '#domain/loans/schedule.ts'
import { planOf } from '#domain/loans/simulation-book.ts'

const FROM = day('2026-01-01')
const instalment = (nr: number, dueDay: string, paidInterest = 0n): Instalment => ({
  nr,
  dueDay: day(dueDay),
  due: { penalty: 0n, fee: 100n, interest: 3_100n, principal: 10_000n },
  paid: { ...NOTHING, interest: paidInterest },
  waived: NOTHING,
})

/** January (31 days), February (28), March (31): 31.00 of interest each. */
const LOAN = [instalment(1, '2026-02-01'), instalment(2, '2026-03-01', 500n), instalment(3, '2026-04-01')]

const TABLE: [string, string, PayoffInterest, bigint][] = [
  ['on the day of disbursement no interest has accrued', '2026-01-01', 'accrued', 0n],
  ['10 of 31 days of January: 3100 × 10 / 31', '2026-01-11', 'accrued', 1_000n],
  ['on a due day its whole interest', '2026-02-01', 'accrued', 3_100n],
  ['14 of 28 days of February: 1550 less 500 paid', '2026-02-15', 'accrued', 3_100n + 1_050n],
  ['what was paid beyond what has accrued is not given back', '2026-02-02', 'accrued', 3_100n],
  ['after the last due day everything', '2026-05-01', 'accrued', 8_800n],
  ['a product that keeps its whole interest', '2026-01-11', 'whole', 8_800n],
]

describe('pay-off', () => {
  test.each(TABLE)('%s', (_rule, on, interest, expected) => {
    expect(payoff(LOAN, day(on), { interest, from: FROM })).toEqual({
      penalty: 0n,
      fee: 300n,
      interest: expected,
      principal: 30_000n,
    })
  })
})

/** 1200.00 at 24 % a year in four months from 1 January. */
const TERMS = {
  ...USUAL,
  principal: 120_000n,
  disbursements: [{ day: FROM, amount: 120_000n }],
  startDay: FROM,
  instalments: 4,
  rate: percent('24'),
}
const PLAN: Happening = {
  kind: 'plan',
  day: FROM,
  rows: planOf(schedule(TERMS)),
  reckon: reckoner(TERMS, { rest: 'daily', overdueBearsInterest: true }),
}
const pay = (id: number, on: Day, amount: bigint): Happening => ({
  kind: 'payment',
  id,
  day: on,
  amount,
  rule: DEFAULT_RULE,
})
const earlier = fc
  .array(fc.record({ at: fc.integer({ min: 1, max: 60 }), amount: fc.bigInt(1n, 40_000n) }), { maxLength: 5 })
  .map((payments) => payments.map(({ at, amount }, id) => pay(id, addDays(FROM, at), amount)))

test('whatever was paid before, the pay-off of a day closes the loan on that day to the cent', () => {
  fc.assert(
    fc.property(earlier, fc.integer({ min: 60, max: 140 }), (payments, at) => {
      const on = addDays(FROM, at)
      const total = totalOf(payoffOf([PLAN, ...payments], on))
      const asOf = { day: on, settling: null }
      const closed = replay([PLAN, ...payments, pay(99, on, total)], { asOf, duesFirst: false })
      const owed = closed.rows.reduce((sum, row) => sum + totalOf(outstandingOf(row.instalment)), 0n)
      expect(owed).toBe(0n)
      if (total > 0n) expect(closed.overpaid).toBe(0n)
    }),
  )
})
