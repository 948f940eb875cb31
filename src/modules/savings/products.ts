/** Savings products: what stands on offer and what it allows. Accounts follow their product: a new rate counts from its day on. */
import { z } from 'zod'
import { parseRate, percent } from '#domain/rate.ts'
import { refuse } from '#domain/refusal.ts'
import { DAY_COUNTS, PAID } from '#domain/savings/interest.ts'
import type { SavingsTerms } from '#domain/savings/terms.ts'
import * as store from '#modules/savings/store.ts'
import type { Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'

/** Minor units as text: JSON numbers are floats. */
const minor = z.string().regex(/^\d{1,16}$/, 'Give minor units as digits.')
const limit = minor.nullable().default(null)
const rate = z.string().refine((text) => (parseRate(text) ?? -1n) >= 0n, 'Give a percentage from 0 to 9999.')
const ROUNDINGS = ['HALF_EVEN', 'HALF_UP', 'HALF_DOWN', 'UP', 'DOWN', 'CEILING', 'FLOOR'] as const

const savingsTermsSchema = z.strictObject({
  minimumBalance: minor.default('0'),
  withdrawal: z
    .strictObject({
      least: minor.default('1'),
      most: limit,
      mostADay: limit,
      timesADay: z.int().min(1).max(1_000).nullable().default(null),
      fee: z.strictObject({ flat: minor.default('0'), ratePercent: rate.default('0'), most: limit }).prefault({}),
    })
    .prefault({}),
  interest: z
    .strictObject({
      ratePercent: rate.default('0'),
      dayCount: z.enum(DAY_COUNTS).default('actual/365'),
      rounding: z.enum(ROUNDINGS).default('HALF_EVEN'),
      paid: z.enum(PAID).default('monthly'),
      from: minor.default('0'),
    })
    .prefault({}),
})

export type StoredSavingsTerms = Readonly<z.output<typeof savingsTermsSchema>>
export type GivenSavingsTerms = Readonly<z.input<typeof savingsTermsSchema>>

const limitOf = (text: string | null): bigint | null => (text === null ? null : BigInt(text))

/** The stored terms as the rules want them. */
export function savingsTermsOf({ minimumBalance, withdrawal, interest }: StoredSavingsTerms): SavingsTerms {
  const { least, most, mostADay, timesADay, fee } = withdrawal
  const { ratePercent, from, ...counting } = interest
  return {
    minimumBalance: BigInt(minimumBalance),
    withdrawal: {
      least: BigInt(least),
      most: limitOf(most),
      mostADay: limitOf(mostADay),
      timesADay,
      fee: { flat: BigInt(fee.flat), rate: percent(fee.ratePercent), most: limitOf(fee.most) },
    },
    interest: { ...counting, rate: percent(ratePercent), from: BigInt(from) },
  }
}

export interface NewSavingsProduct {
  readonly name: string
  readonly terms?: GivenSavingsTerms
}

/** Offers a savings product. Refuses invalid_input for terms that make none. */
export async function createSavingsProduct(ctx: Ctx, { name, terms = {} }: NewSavingsProduct): Promise<number> {
  const row = checked(name, terms)
  const id = await takeNumbers(ctx, 'savings_product')
  await store.insertProduct(ctx, id, row)
  return id
}

/**
 * Changes a product for its accounts, from today on; how interest is rounded stays while there are accounts, since what they
 * are owed is in the books rounded so. Refuses savings_product_not_found, invalid_input.
 */
export async function changeSavingsProduct(ctx: Ctx, id: number, given: NewSavingsProduct): Promise<void> {
  const row = checked(given.name, given.terms ?? {})
  const { rounding, hasAccounts } = (await store.lockRounding(ctx, id)) ?? refuse('savings_product_not_found')
  if (hasAccounts && rounding !== row.terms.interest.rounding)
    refuse('invalid_input', {
      fields: { 'terms.interest.rounding': `Accounts of this product are rounded ${rounding}.` },
    })
  await store.updateProduct(ctx, id, row)
}

function checked(name: string, given: GivenSavingsTerms): store.ProductRow {
  const fields: Record<string, string> = {}
  if (name.trim() === '') fields.name = 'Give a name.'
  const terms = savingsTermsSchema.safeParse(given)
  for (const issue of terms.error?.issues ?? []) fields[`terms.${issue.path.join('.')}`] ??= issue.message
  if (Object.keys(fields).length > 0 || !terms.success) refuse('invalid_input', { fields })
  return { name: name.trim(), terms: terms.data }
}

/** The product that accounts are opened under where none is named: the first on offer; one without fees or interest where there is none. */
export async function usualSavingsProduct(ctx: Ctx): Promise<number> {
  return (await store.firstProduct(ctx)) ?? createSavingsProduct(ctx, { name: 'Savings' })
}
