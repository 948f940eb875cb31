/** What holds for every schedule, whatever the terms. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dueDays } from '#domain/loans/due-days.ts'
import { totalOf } from '#domain/loans/instalment.ts'
import { schedule } from '#domain/loans/schedule.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import { faultIn } from '#domain/loans/terms-check.ts'
import { sum } from '#domain/money.ts'
import { termsToTry } from '#test/arbitrary-terms.ts'
import { instalmentRows } from '#test/schedule-rows.ts'

const RUNS = { numRuns: 500 }

const check = (property: (terms: LoanTerms) => void) => fc.assert(fc.property(termsToTry(), property), RUNS)

describe('every schedule', () => {
  it('follows from terms that hang together', () => {
    check((terms) => {
      expect(faultIn(terms)).toBeNull()
    })
  })

  it('repays the principal, no more and no less, and nothing is left at the end', () => {
    check((terms) => {
      const rows = instalmentRows(terms)
      expect(sum(rows.map((r) => r.due.principal))).toBe(terms.principal)
      expect(rows.at(-1)!.balanceAfter).toBe(0n)
    })
  })

  it('has no negative part and no negative balance', () => {
    check((terms) => {
      for (const { due, balanceAfter } of instalmentRows(terms)) {
        expect(Object.values(due).every((part) => part >= 0n)).toBe(true)
        expect(balanceAfter >= 0n).toBe(true)
      }
    })
  })

  it('balances run: each is the one before, plus what is paid out, less the principal due', () => {
    check((terms) => {
      let balance = 0n
      for (const row of schedule(terms).rows) {
        if (row.kind === 'disbursement') balance += row.amount
        else {
          balance -= row.due.principal
          expect(row.balanceAfter).toBe(balance)
        }
      }
    })
  })

  it('numbers its rows from 1, in order of day, and its totals are the sums of its rows', () => {
    check((terms) => {
      const { rows, totals } = schedule(terms)
      const instalments = instalmentRows(terms)
      expect(instalments.map((r) => r.nr)).toEqual(instalments.map((_, i) => i + 1))
      const regular = instalments.filter((r) => r.kind === 'instalment').map((r) => r.dueDay)
      expect(regular).toEqual([...regular].sort())
      expect(regular).toHaveLength(dueDays(terms).length)
      expect(totalOf(totals)).toBe(sum(instalments.map((r) => totalOf(r.due))))
      expect(rows.filter((r) => r.kind === 'disbursement')).toHaveLength(terms.disbursements.length)
    })
  })

  it('without interest charges none', () => {
    check((terms) => {
      expect(schedule({ ...terms, rate: 0n as LoanTerms['rate'] }).totals.interest).toBe(0n)
    })
  })
})

/** One disbursement, no grace, no balloon, ordinary rates: what is sold as equal instalments. */
const ordinary = () =>
  termsToTry().map((terms): LoanTerms => {
    return {
      ...terms,
      every: 1,
      principal: terms.principal + 1_000_000n,
      disbursements: [{ day: terms.startDay, amount: terms.principal + 1_000_000n }],
      amortization: 'equalInstalments',
      rateBasis: 'annual',
      firstDueDay: null,
      downPayment: null,
      grace: { principal: 0, interestPayment: 0, interestFree: 0 },
      rate: (terms.rate / 4n) as LoanTerms['rate'],
    }
  })

describe('equal instalments', () => {
  it('are equal as long as something is left: but for the last, or where a large multiple repays the loan before it', () => {
    fc.assert(
      fc.property(ordinary(), (terms) => {
        // A few cents of flat interest cannot be divided evenly among many instalments, each rounded.
        fc.pre(
          terms.interestMethod === 'declining' || schedule(terms).totals.interest >= BigInt(terms.instalments ** 2),
        )
        const rows = instalmentRows(terms).filter((r) => r.balanceAfter > 0n)
        expect(new Set(rows.map((r) => totalOf(r.due))).size).toBeLessThanOrEqual(1)
      }),
      RUNS,
    )
  })

  it('the last differs by what rounding leaves: a unit for each instalment, with interest until the end', () => {
    fc.assert(
      fc.property(ordinary(), (agreed) => {
        const terms: LoanTerms = { ...agreed, engine: 'progressive', multiple: null }
        const amounts = instalmentRows(terms).map((r) => totalOf(r.due))
        const difference = amounts.at(-1)! - amounts[0]!
        const bound = 6n * BigInt(terms.instalments) // 2.5 % a month for sixty months is 4.4 times
        expect(difference < bound && -difference < bound).toBe(true)
      }),
      RUNS,
    )
  })
})
