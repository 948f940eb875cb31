/** The agreement as it was scheduled: what recalculation starts from and keeps to where it can. */
import { sum } from '#domain/money.ts'
import type { Book } from '#domain/loans/amortise.ts'
import { bookOf, schedule } from '#domain/loans/schedule.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'

/** What an instalment keeps while its interest changes: its whole amount, or (where that is what is equal) its principal. */
interface Target {
  readonly of: 'instalment' | 'principal'
  readonly amount: bigint
}

export interface Agreement {
  readonly book: Book
  /** By instalment. */
  readonly targets: readonly Target[]
  /** What is disbursed in each period, down payments left out. */
  readonly lent: readonly bigint[]
}

/** The agreement of the terms, charges not counted. */
export function agreementOf(terms: LoanTerms): Agreement {
  const book = bookOf({ ...terms, charges: [], overdue: null })
  const plain = { ...terms, charges: [], overdue: null, grace: { ...terms.grace, interestPayment: 0 } }
  const rows = schedule(plain).rows.flatMap((row) => (row.kind === 'instalment' ? [row] : []))
  const targets = rows.map(({ due }, k): Target => {
    const principalOnly = terms.amortization !== 'equalInstalments' || k < terms.grace.principal
    if (principalOnly) return { of: 'principal', amount: due.principal }
    return { of: 'instalment', amount: due.principal + due.interest }
  })
  const lent = book.periods.map((_, k) =>
    sum(book.tranches.filter((t) => t.period === k).map((t) => t.amount - t.downPayment)),
  )
  return { book, targets, lent }
}
