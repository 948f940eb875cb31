/** Sales by the rules of a preset: the quote for a customer of his age, and the agreement made of it. */
import { type Day, parseDay } from '#domain/day.ts'
import {
  quoteSale,
  SALE_PRESETS,
  type SaleFault,
  type SalePreset,
  type SaleQuote,
} from '#domain/devices/sale-preset.ts'
import { refuse } from '#domain/refusal.ts'
import { customerById } from '#modules/customers/views.ts'
import { productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { activeProductNamed } from '#modules/loan-products/views.ts'
import { agreeSale, type NewSale } from '#modules/sales/agreement.ts'
import type { Ctx } from '#platform/context.ts'

export interface PresetQuestion {
  /** Name of the preset. */
  readonly preset: string
  /** Minor units. */
  readonly price: bigint
  readonly downPercent: number
  readonly instalments: number
}

const ADVICE: Readonly<Record<SaleFault, readonly [field: string, advice: string]>> = {
  price: ['price', 'Give a positive price of at most 1000000.00.'],
  age: ['date_of_birth', 'The preset is not for customers of this age.'],
  down_payment_percent: ['down_payment_percent', 'The preset does not offer this part to customers of this age.'],
  instalments: ['instalments', 'The preset does not offer this number of instalments.'],
  most_financed: ['price', 'More would be financed than the preset allows at this age.'],
}

/** What the preset asks of a customer born on a day who buys today. Refuses invalid_input with the rule that stands against it. */
export function quoteByPreset(ctx: Pick<Ctx, 'today'>, asked: PresetQuestion & { readonly born: Day }): SaleQuote {
  const quote = quoteSale(presetOf(asked.preset), { ...asked, startDay: ctx.today })
  if (typeof quote !== 'string') return quote
  const [field, advice] = ADVICE[quote]
  return refuse('invalid_input', { fields: { [field]: advice } })
}

function presetOf(name: string): SalePreset {
  const names = SALE_PRESETS.map((preset) => preset.name).join(', ')
  const found = SALE_PRESETS.find((preset) => preset.name === name)
  return found ?? refuse('invalid_input', { fields: { preset: `Give one of ${names}.` } })
}

export type PresetSale = PresetQuestion &
  Pick<NewSale, 'customerId' | 'officerId' | 'branchNumber' | 'imei' | 'phoneModelId' | 'monthlyIncome'>

/**
 * Agrees on a sale by the preset, from the product of its name; the contract prints the quoted instalments. Refuses
 * customer_not_found, no_loan_product, invalid_input (no date of birth on record, or a rule against it), what agreeSale refuses.
 */
export async function sellByPreset(ctx: Ctx, sale: PresetSale): Promise<number> {
  const customer = (await customerById(ctx, sale.customerId)) ?? refuse('customer_not_found')
  const born = parseDay(String(customer.profile.dateOfBirth ?? ''))
  if (born === null) refuse('invalid_input', { fields: { customer_id: 'Note the customer’s date of birth first.' } })
  const quote = quoteByPreset(ctx, { ...sale, born })
  const product = (await activeProductNamed(ctx, sale.preset)) ?? refuse('no_loan_product')
  const { downPayment, instalment, rateShown } = quote
  const contractualInstalments = quote.dueDays.map(() => String(instalment))
  const agreed = { ...termsOf(presetOf(sale.preset), rateShown), instalments: sale.instalments, contractualInstalments }
  const terms = productTermsSchema.parse(agreed)
  return agreeSale(ctx, { ...sale, productId: product.id, downPayment, rateShown, terms })
}

/** The preset in the words of loan products: what it prints is a yearly rate by the month, else the rate of a period. */
export function termsOf({ rhythm, firstPeriod }: SalePreset, rateShown: string) {
  const monthly = rhythm.frequency === 'months'
  return {
    ...({ interestMethod: 'declining', rateBasis: monthly ? 'annual' : 'perPeriod', ratePercent: rateShown } as const),
    ...({ frequency: monthly ? 'monthly' : 'daily', every: rhythm.every, interestPeriod: 'perInstalment' } as const),
    ...(firstPeriod === 0 ? { firstDue: { rule: 'afterDays', days: 0 } as const } : {}),
    payoffInterest: 'accrued' as const,
  }
}
