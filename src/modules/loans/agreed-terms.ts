/** From what a loan was agreed on to its schedule, its allocation order and its place in the books. */
import type { Day } from '#domain/day.ts'
import type { AllocationRule } from '#domain/loans/allocation.ts'
import type { LoanBooks } from '#domain/loans/entries.ts'
import { decliningTerms, flatTerms } from '#domain/loans/everyday-terms.ts'
import type { Instalment } from '#domain/loans/instalment.ts'
import { instalmentsOf, schedule } from '#domain/loans/schedule.ts'
import { decimalsOf } from '#domain/money.ts'
import { percent } from '#domain/rate.ts'
import type { ProductTerms } from '#modules/loan-products/loan-products.ts'

/** A product's terms as agreed on for one loan: rate and length may differ from the product's. */
export type AgreedTerms = ProductTerms

export interface Lent {
  readonly principal: bigint
  readonly currency: string
  /** The day from which due days are counted: the disbursement. */
  readonly startDay: Day
}

/** What the customer will owe and when: one function for the quote and for the schedule that disbursement creates. */
export function scheduleFor(terms: AgreedTerms, lent: Lent): Instalment[] {
  const loan = {
    principal: lent.principal,
    rate: percent(terms.ratePercent),
    months: terms.months,
    frequency: terms.frequency,
    disbursedOn: lent.startDay,
    decimals: decimalsOf(lent.currency),
  }
  return instalmentsOf(schedule(terms.interestMethod === 'flat' ? flatTerms(loan) : decliningTerms(loan)))
}

/** The order in which the product says a payment pays penalties, fees, interest and principal. */
export const allocationRuleOf = (terms: AgreedTerms): AllocationRule => ({
  order: 'oldestFirst',
  components: terms.allocation,
})

export const booksOf = (loan: { id: number; customerId: number; terms: AgreedTerms }): LoanBooks => ({
  loanId: loan.id,
  customerId: loan.customerId,
  accounting: loan.terms.accounting,
})
