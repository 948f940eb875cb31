/** The credit behind a sale as its contract prints it: what is lent, in which instalments, at what yearly cost. */
import { type Credit, type Disclosure, disclose } from '#domain/devices/disclosure.ts'
import type { LoanView } from '#modules/loan-records/views.ts'

type Agreed = Pick<LoanView, 'principal' | 'terms'>

/** The credit of a loan whose instalments the contract prints. */
export function creditOf({ principal, terms }: Agreed): Credit {
  const every = BigInt(terms.every ?? 1)
  return {
    lent: principal,
    amounts: (terms.contractualInstalments ?? []).map(BigInt),
    firstPeriod: terms.firstDue?.rule === 'afterDays' && terms.firstDue.days === 0 ? 0 : 1,
    periodsAYear: {
      daily: [365n, every] as const,
      weekly: [365n, 7n * every] as const,
      monthly: [12n, every] as const,
      twiceMonthly: [24n, every] as const,
    }[terms.frequency],
  }
}

/** What the credit of a sale costs. */
export const disclosureOf = (loan: Agreed): Disclosure => disclose(creditOf(loan))
