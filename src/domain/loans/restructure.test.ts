import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { day } from '#domain/day.ts'
import type { Written } from '#domain/loans/course.ts'
import { addParts, NOTHING, outstandingOf, type Parts, subtractParts, totalOf } from '#domain/loans/instalment.ts'
import { lateFeeOn, type LateFeeRule } from '#domain/loans/late-fee.ts'
import { overdueOn, owedOn, reAged, reAmortised, restructured } from '#domain/loans/restructure.ts'
import { sum } from '#domain/money.ts'
import { percent, ZERO_RATE } from '#domain/rate.ts'

type Row = Written & { readonly completedOn: ReturnType<typeof day> | null }
// tidy: the parts of a debt in their usual order read best in a row
const parts = (principal: bigint, interest = 0n, fee = 0n, penalty = 0n): Parts => ({
  principal,
  interest,
  fee,
  penalty,
})
const row = (nr: number, dueDay: string, given: Partial<Row>): Row => ({
  nr,
  dueDay: day(dueDay),
  due: parts(10_000n, 1_000n),
  paid: NOTHING,
  waived: NOTHING,
  interestEarned: 0n,
  completedOn: null,
  ...given,
})

/** 100.00 and 10.00 a month: January paid, February half paid and earned, March and April to come. */
const ROWS = [
  row(1, '2026-01-31', { paid: parts(10_000n, 1_000n), interestEarned: 1_000n, completedOn: day('2026-01-31') }),
  row(2, '2026-02-28', { paid: parts(4_000n, 500n), interestEarned: 1_000n }),
  row(3, '2026-03-31', {}),
  row(4, '2026-04-30', {}),
]
const TODAY = day('2026-03-10')

describe('what is owed on 10 March', () => {
  it('is overdue of February, and all of March and April', () => {
    expect(overdueOn(ROWS, TODAY)).toEqual(parts(6_000n, 500n))
    expect(owedOn(ROWS)).toEqual(parts(26_000n, 2_500n))
  })

  it('re-aged over three months: 86.66 of principal each, the last takes 86.68', () => {
    const days = [day('2026-04-10'), day('2026-05-10'), day('2026-06-10')]
    expect(reAged(owedOn(ROWS), days).map(({ due }) => due)).toEqual([
      parts(8_666n, 833n),
      parts(8_666n, 833n),
      parts(8_668n, 834n),
    ])
  })

  it('re-amortised: half of what is overdue on top of March and of April', () => {
    expect(reAmortised(ROWS, TODAY)).toEqual([
      { dueDay: '2026-03-31', due: parts(13_000n, 1_250n) },
      { dueDay: '2026-04-30', due: parts(13_000n, 1_250n) },
    ])
    expect(reAmortised(ROWS, day('2026-05-01'))).toEqual([])
  })

  it('closes the past: what was paid stays, what was not is gone, earned interest goes to the first that is new', () => {
    const { kept, fresh } = restructured(ROWS, TODAY, reAmortised(ROWS, TODAY))
    expect(kept.map(({ nr, due, completedOn }) => [nr, due, completedOn])).toEqual([
      [1, parts(10_000n, 1_000n), '2026-01-31'],
      [2, parts(4_000n, 500n), '2026-03-10'],
    ])
    expect(fresh.map(({ nr, interestEarned }) => [nr, interestEarned])).toEqual([
      [3, 500n],
      [4, 0n],
    ])
  })
})

const cents = fc.bigInt({ min: 0n, max: 1_000_000n })
const anyRow = fc
  .tuple(cents, cents, cents, cents, fc.integer({ min: 0, max: 100 }))
  .map(([principal, interest, fee, penalty, percentPaid]) => {
    const due = { principal, interest, fee, penalty }
    const share = (amount: bigint) => (amount * BigInt(percentPaid)) / 100n
    return {
      due,
      paid: { principal: share(principal), interest: share(interest), fee: share(fee), penalty: share(penalty) },
    }
  })

test('whatever is spread, nothing is lost, nothing is negative, and the past owes nothing', () => {
  fc.assert(
    fc.property(fc.array(anyRow, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 9 }), (given, n) => {
      const rows = given.map((one, k) =>
        row(k + 1, `2026-0${k + 1}-15`, { ...one, interestEarned: one.due.interest / 2n }),
      )
      const days = Array.from({ length: n }, (_, k) => day(`2027-0${k + 1}-15`))
      const { kept, fresh } = restructured(rows, TODAY, reAged(owedOn(rows), days))
      expect(owedOn(kept)).toEqual(NOTHING)
      expect(owedOn(fresh)).toEqual(owedOn(rows))
      for (const one of fresh) expect(Object.values(one.due).every((part) => part >= 0n)).toBe(true)
      const earned = sum([...kept, ...fresh].map((one) => one.interestEarned))
      expect(earned).toBe(sum(rows.map((one) => one.interestEarned)))
      expect(kept.reduce((total, one) => addParts(total, one.paid), NOTHING)).toEqual(
        rows.reduce((total, one) => addParts(total, one.paid), NOTHING),
      )
    }),
  )
})

describe('a late fee', () => {
  const late = row(2, '2026-02-28', { due: parts(20_000n, 2_000n, 500n, 1_000n), paid: parts(5_000n) })
  const rule: LateFeeRule = {
    basis: 'overdue',
    amount: 0n,
    percent: percent('5'),
    least: null,
    most: null,
    mostOfLoan: null,
    charged: 0n,
  }
  it.each<[string, Partial<LateFeeRule>, bigint]>([
    ['5 % of 175.00 overdue, penalties not counted', {}, 875n],
    ['5 % of 150.00 of principal', { basis: 'overduePrincipal' }, 750n],
    ['an amount', { basis: 'flat', amount: 2_500n, percent: ZERO_RATE }, 2_500n],
    ['at least 10.00', { least: 1_000n }, 1_000n],
    ['at most 5.00', { most: 500n }, 500n],
    ['at most 20.00 for the loan, 15.00 charged before', { mostOfLoan: 2_000n, charged: 1_500n }, 500n],
    ['nothing more once the loan’s cap is reached', { mostOfLoan: 2_000n, charged: 2_000n }, 0n],
  ])('%s', (_, given, fee) => {
    expect(lateFeeOn(late, { ...rule, ...given })).toBe(fee)
  })

  it('is not charged where only a penalty is overdue', () => {
    const penalty = row(1, '2026-02-28', { due: parts(0n, 0n, 0n, 1_000n) })
    expect(lateFeeOn(penalty, { ...rule, basis: 'flat', amount: 2_500n })).toBe(0n)
    expect(totalOf(subtractParts(outstandingOf(penalty), parts(0n, 0n, 0n, 1_000n)))).toBe(0n)
  })
})
