/** The link between recalculated interest and the rows of a loan: a plan that follows what was paid on it. */
import type { LoanRow, PlannedRow } from '#domain/loans/loan-rows.ts'
import type { AsOf, PaidSoFar, RecalculationRule } from '#domain/loans/recalculation.ts'
import { agreementOf, recalculate } from '#domain/loans/recalculation.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'

/**
 * A function from the rows as they stand to the plan as of a day. Flat interest, which no balance changes, stays as it
 * is; so do down payments, which bear none.
 */
export function reckoner(terms: LoanTerms, rule: RecalculationRule) {
  const agreement = agreementOf(terms)
  return (rows: readonly LoanRow[], asOf: AsOf): readonly PlannedRow[] => {
    const planned = rows.filter((row) => row.kind !== 'additional')
    if (agreement.book.flat) return planned
    const paid = planned.filter((row) => row.kind === 'instalment').map(paidOn)
    const dues = recalculate({ ...agreement, rule, paid }, asOf)
    let k = 0
    return planned.map((row) => {
      if (row.kind !== 'instalment') return row
      const { interest, principal } = dues[k++]!
      return { ...row, due: { ...row.due, interest, principal } }
    })
  }
}

const paidOn = (row: LoanRow): PaidSoFar => ({ interest: row.instalment.paid.interest, principal: row.principalPaid })
