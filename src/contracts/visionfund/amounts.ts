/** Amounts as VisionFund's callers send them: JSON numbers or numeric strings, read by their decimal text. */
import { z } from 'zod'
import { type Currency, decimalsOf, parseMinor } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'

const MOST_DIGITS = 10

/** Checked by `amountOf`, which says what is wrong in one way for all operations. */
export const amountField = z
  .unknown()
  .meta({ type: 'number', description: 'More than 0, at most two decimals and ten digits' })

/** The amount in minor units. Refuses amount_invalid unless it is positive, of at most ten digits and the currency's decimals. */
export function amountOf(value: unknown, currency: Currency): bigint {
  const text = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : ''
  const digits = text.replace(/\D/g, '').length
  const minor = digits > MOST_DIGITS ? null : parseMinor(text, decimalsOf(currency))
  if (minor === null || minor <= 0n) {
    const what = value === undefined ? 'This field is required.' : 'Give a positive amount with at most two decimals.'
    refuse('amount_invalid', { fields: { amount: what } })
  }
  return minor
}
