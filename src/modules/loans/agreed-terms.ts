/** From what a loan was agreed on to the terms its schedule is computed from. */
import type { Day } from '#domain/day.ts'
import { instalmentsOf, schedule } from '#domain/loans/schedule.ts'
import { type AllocationRule, DEFAULT_RULE } from '#domain/loans/allocation.ts'
import type { Instalment } from '#domain/loans/instalment.ts'
import { decimalsOf } from '#domain/money.ts'
import { flatTerms } from '#domain/loans/everyday-terms.ts'
import { type ProductTerms, productLoanTerms } from '#modules/loan-products/loan-products.ts'

/** A product's terms as agreed on for one loan: rate and length may differ from the product's. */
export type AgreedTerms = ProductTerms
