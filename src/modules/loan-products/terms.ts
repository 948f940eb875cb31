/** What a product fixes for every loan made of it; stored as JSON with the product, copied into each loan. */
import { z } from 'zod'
import { COMPONENTS } from '#domain/loans/instalment.ts'
import { parseRate } from '#domain/rate.ts'

export const FREQUENCIES = ['daily', 'weekly', 'monthly'] as const
export const LONGEST_MONTHS = 600

/** A percentage as an exact decimal text, "12.5": never a float, never negative. */
const ratePercent = z.string().refine((text) => (parseRate(text) ?? -1n) >= 0n, {
  error: 'Give a percentage from 0 to 9999 with at most eight decimals.',
})

const allocation = z
  .array(z.enum(COMPONENTS))
  .refine((order) => order.length === COMPONENTS.length && new Set(order).size === COMPONENTS.length, {
    error: 'Name penalty, fee, interest and principal once each.',
  })

/**
 * Flat interest is a percentage of the amount lent for the whole term; declining interest a yearly rate on the balance
 * still owed. Both are paid in equal instalments: as many as months, months × 52/12 weeks to the nearest, or thirty days
 * a month. Money pays penalties, fees, interest and principal in the order of `allocation`. Interest goes to income as
 * it is earned (accrual) or as it is paid (cash).
 */
export const productTermsSchema = z
  .strictObject({
    interestMethod: z.enum(['flat', 'declining']).default('flat'),
    rateBasis: z.enum(['wholeTerm', 'annual']).default('wholeTerm'),
    ratePercent,
    months: z.int().min(1).max(LONGEST_MONTHS),
    frequency: z.enum(FREQUENCIES).default('monthly'),
    amortization: z.literal('equalInstalments').default('equalInstalments'),
    accounting: z.enum(['accrual', 'cash']).default('accrual'),
    allocation: allocation.default([...COMPONENTS]),
  })
  .refine((terms) => (terms.interestMethod === 'flat') === (terms.rateBasis === 'wholeTerm'), {
    error: 'A flat rate is for the whole term, a declining one for a year.',
    path: ['rateBasis'],
  })

export type ProductTerms = Readonly<z.output<typeof productTermsSchema>>
/** What must be given; everything else takes the default. */
export type GivenTerms = Readonly<z.input<typeof productTermsSchema>>
