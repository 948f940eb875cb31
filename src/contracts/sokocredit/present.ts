/** The JSON shapes of customers and loan products as SokoCredit's clients read them: amounts and rates are numbers. */
import { z } from 'zod'
import { numberOf } from '#contracts/sokocredit/present-loans.ts'
import type { Customer, CustomerDocument } from '#modules/customers/customers.ts'
import { shownContact } from '#modules/customers/views.ts'
import { ALL_FREQUENCIES, type LoanProduct } from '#modules/loan-products/loan-products.ts'

const documentsSchema = z
  .record(z.string(), z.string())
  .meta({ description: 'Path by type of document', example: { id_card: 'uploads/customers/7/id_card_scan.pdf' } })

export const customerSchema = z.object({
  id: z.int(),
  full_name: z.string(),
  phone: z.string().nullable().meta({ description: 'E.164', example: '+254712345678' }),
  email: z.string().nullable(),
  business_name: z.string().nullable(),
  location: z.string().nullable(),
  documents: documentsSchema,
  created_by: z.int().nullable(),
  mama_mboga_user_id: z.int().nullable(),
  created_at: z.iso.datetime(),
})

export const customerJson = (customer: Customer): z.infer<typeof customerSchema> => ({
  id: customer.id,
  full_name: customer.fullName,
  ...shownContact(customer),
  business_name: customer.businessName,
  location: customer.location,
  documents: documentsJson(customer.documents),
  created_by: customer.createdBy,
  mama_mboga_user_id: customer.userId,
  created_at: customer.createdAt.toISOString(),
})

export const documentsJson = (documents: readonly CustomerDocument[]): Record<string, string> =>
  Object.fromEntries(documents.map(({ docType, path }) => [docType, path]))

export const customerExample: z.infer<typeof customerSchema> = {
  id: 7,
  full_name: 'Fatuma Hassan',
  phone: '+254712345678',
  email: null,
  business_name: 'Mama Fatuma Vegetables',
  location: 'Gikomba',
  documents: { id_card: 'uploads/customers/7/id_card_scan.pdf' },
  created_by: 2,
  mama_mboga_user_id: 3,
  created_at: '2026-02-15T09:00:00.000Z',
}

export const productSchema = z.object({
  id: z.int(),
  name: z.string(),
  description: z.string(),
  interest_rate: z.number().meta({ description: 'Percent of the amount for the whole term' }),
  duration_months: z.int(),
  max_amount: z.number(),
  frequency: z.enum(ALL_FREQUENCIES),
  created_at: z.iso.datetime(),
})

export const productJson = (product: LoanProduct, currency: string): z.infer<typeof productSchema> => ({
  id: product.id,
  name: product.name,
  description: product.description,
  interest_rate: Number(product.terms.ratePercent),
  duration_months: product.terms.months,
  max_amount: numberOf(product.maxAmount, currency),
  frequency: product.terms.frequency,
  created_at: product.createdAt.toISOString(),
})

export const productExample: z.infer<typeof productSchema> = {
  id: 1,
  name: 'Starter Business Loan',
  description: 'For a first stall',
  interest_rate: 12.5,
  duration_months: 6,
  max_amount: 20000,
  frequency: 'monthly',
  created_at: '2026-02-15T09:00:00.000Z',
}
