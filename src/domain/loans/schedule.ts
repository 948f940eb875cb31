/** From terms to rows: when each instalment falls due and what it is made of. */
import type { Day } from '#domain/day.ts'
import { type Instalment, NOTHING, type Parts } from '#domain/loans/instalment.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'

export interface DisbursementRow {
  readonly kind: 'disbursement'
  readonly day: Day
  readonly amount: bigint
  /** Charges taken out of what is paid out; not part of the totals. */
  readonly fee: bigint
}

export interface InstalmentRow {
  readonly kind: 'downPayment' | 'instalment'
  readonly nr: number
  /** Where its interest period begins. */
  readonly fromDay: Day
  readonly dueDay: Day
  /** Calendar days of its interest period; 0 for a down payment. */
  readonly days: number
  readonly due: Parts
  /** Principal still owed when all is paid as planned. */
  readonly balanceAfter: bigint
}

export type ScheduleRow = DisbursementRow | InstalmentRow

export interface Schedule {
  /** In order of day: disbursements, down payments and instalments. */
  readonly rows: readonly ScheduleRow[]
  /** Of all down payments and instalments; charges taken at disbursement are not in it. */
  readonly totals: Parts
}

/** The schedule that follows from the terms, to the minor unit. The terms are taken to be consistent (see `refusedTerms`). */
export function schedule(terms: LoanTerms): Schedule {
  throw new Error(`not yet: ${terms.engine}`)
}

/** What the customer owes and when: the schedule's down payments and instalments, nothing paid yet. */
export function instalmentsOf(s: Schedule): Instalment[] {
  return s.rows.flatMap((row) =>
    row.kind === 'disbursement'
      ? []
      : [{ nr: row.nr, dueDay: row.dueDay, due: row.due, paid: NOTHING, waived: NOTHING }],
  )
}
