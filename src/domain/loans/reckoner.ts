/** The link between recalculated interest and the rows of a loan: a plan that follows what was paid on it. */
import { max } from '#domain/money.ts'
import { agreementOf } from '#domain/loans/agreement.ts'
import type { LoanRow, PlannedRow } from '#domain/loans/loan-rows.ts'
import { type AsOf, type PaidSoFar, recalculate } from '#domain/loans/recalculation.ts'
import type { PrincipalPaid, RecalculationRule } from '#domain/loans/running-interest.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'

/** The plan as of a day, given the rows as they stand and all principal paid on instalments. */
export type Reckon = (rows: readonly LoanRow[], payments: readonly PrincipalPaid[], asOf: AsOf) => readonly PlannedRow[]

/** Flat interest, which no balance changes, stays as it is; so do down payments, which bear none. */
export function reckoner(terms: LoanTerms, rule: RecalculationRule): Reckon {
  const agreement = agreementOf(terms)
  return (rows, payments, asOf) => {
    const planned = rows.filter((row) => row.kind !== 'additional')
    if (agreement.book.flat) return planned
    const paid = planned.filter((row) => row.kind === 'instalment').map(paidOn)
    const dues = recalculate({ agreement, rule, paid, payments }, asOf)
    let k = 0
    return planned.map((row) => {
      if (row.kind !== 'instalment') return row
      const { interest, principal } = dues[k++]!
      return { ...row, due: { ...row.due, interest, principal } }
    })
  }
}

/** What was paid on the plan: money lent again within the row is not part of it. Principal given up counts as paid. */
function paidOn({ instalment: { due, paid, waived }, due: planned }: LoanRow): PaidSoFar {
  const lentAgain = due.principal - planned.principal
  return { interest: paid.interest, principal: max(0n, paid.principal + waived.principal - lentAgain) }
}
