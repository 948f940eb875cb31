/** A schedule that may be agreed on, or what is wrong with its terms. */
import { type Schedule, schedule } from '#domain/loans/schedule.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import { faultIn, type TermsFault } from '#domain/loans/terms-check.ts'
import { formatMinor, MAX_MINOR } from '#domain/money.ts'

export type SoundSchedule =
  | { readonly schedule: Schedule; readonly fault: null }
  | { readonly schedule: null; readonly fault: TermsFault }

/**
 * The schedule of the terms, or the first fault in them: those that `faultIn` finds, and those that only the schedule
 * shows, fees that leave nothing to pay out and totals beyond what the books can hold.
 */
export function soundSchedule(terms: LoanTerms): SoundSchedule {
  const fault = faultIn(terms)
  if (fault) return { schedule: null, fault }
  const planned = schedule(terms)
  const found = faultOf(planned, terms)
  return found ? { schedule: null, fault: found } : { schedule: planned, fault: null }
}

function faultOf({ rows, totals }: Schedule, { decimals }: LoanTerms): TermsFault | null {
  const most = formatMinor(MAX_MINOR, decimals)
  if (totals.interest > MAX_MINOR) {
    return { field: 'rate', advice: `Let the interest of the whole term be at most ${most}: lower the rate.` }
  }
  if (totals.fee + totals.penalty > MAX_MINOR) {
    return { field: 'charges', advice: `Let the fees of the whole term be at most ${most}.` }
  }
  const takesAll = rows.some((row) => row.kind === 'disbursement' && row.fee >= row.amount)
  return takesAll ? { field: 'charges', advice: 'Let the fees at disbursement be less than what is disbursed.' } : null
}
