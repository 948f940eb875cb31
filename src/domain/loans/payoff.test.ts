import { describe, expect, test } from 'vitest'
import { day } from '#domain/day.ts'
import type { Instalment } from '#domain/loans/instalment.ts'
import { NOTHING } from '#domain/loans/instalment.ts'
import type { PayoffInterest } from '#domain/loans/payoff.ts'
import { payoff } from '#domain/loans/payoff.ts'

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
