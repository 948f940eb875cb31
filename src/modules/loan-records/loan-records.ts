/** From what a loan was agreed on to its schedule, its allocation order and its place in the books. */
import type { Day } from '#domain/day.ts'
import type { AllocationRule } from '#domain/loans/allocation.ts'
import type { LoanBooks } from '#domain/loans/entries.ts'
import type { Instalment } from '#domain/loans/instalment.ts'
import { instalmentsOf } from '#domain/loans/schedule.ts'
import {
  allocationRuleFor,
  fullScheduleFor,
  type Lent,
  type LoanPaymentType,
  type ProductTerms,
} from '#modules/loan-products/loan-products.ts'

/** A product's terms as agreed on for one loan: rate and length may differ from the product's. */
export type AgreedTerms = ProductTerms

/** What the customer will owe and when: one function for the quote and for the schedule that disbursement creates. */
export const scheduleFor = (terms: AgreedTerms, lent: Lent): Instalment[] => instalmentsOf(fullScheduleFor(terms, lent))

/** The order in which the product says a payment pays penalties, fees, interest and principal. */
export const allocationRuleOf = (terms: AgreedTerms, type: LoanPaymentType = 'repayment'): AllocationRule =>
  allocationRuleFor(terms.allocation, type)

/**
 * Whether dues stay as scheduled and money goes to the oldest instalment: then the open instalments say all that a
 * payment needs. Otherwise a payment goes through the whole history of the loan.
 */
export const isPlain = (terms: AgreedTerms): boolean =>
  terms.recalculation === undefined && !('order' in terms.allocation)

export interface BookedLoan {
  readonly id: number
  readonly customerId: number
  readonly terms: AgreedTerms
  readonly status?: string
  readonly chargedOffOn?: Day | null
}

/** A loan charged off or written off has left the books: what still comes in is a recovery. */
export const booksOf = (loan: BookedLoan): LoanBooks => ({
  loanId: loan.id,
  customerId: loan.customerId,
  accounting: loan.terms.accounting,
  outOfBooks: (loan.chargedOffOn ?? null) !== null || loan.status === 'written_off',
})
