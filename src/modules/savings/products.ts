import { refuse } from '#domain/refusal.ts'
import * as store from '#modules/savings/store.ts'
import type { Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { type GivenSavingsTerms, savingsTermsSchema } from '#modules/savings/terms.ts'

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
