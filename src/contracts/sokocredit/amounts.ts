/** Amounts and rates as SokoCredit's clients send them: JSON numbers or numeric strings, read by their decimal text. */
import { type Currency, decimalsOf, MAX_MINOR, parseMinor } from '#domain/money.ts'
import { formatRate, parseRate } from '#domain/rate.ts'

/**
 * Digits that a JSON number carries exactly. Beyond them its decimal text is no longer what the client wrote, so such an
 * amount is not taken: nobody lends a cent that floating point made up.
 */
const EXACT_DIGITS = 15

/** The amount in minor units; null when it is no plain decimal, has more decimals than the currency, or is too large to be exact. */
export function parseDecimal(value: unknown, currency: Currency): bigint | null {
  const text = decimalText(value)
  const minor = text === null ? null : parseMinor(text, decimalsOf(currency))
  return minor === null || minor > MAX_MINOR || minor < -MAX_MINOR ? null : minor
}

/** A percentage as our exact decimal text, "12.5"; null when it is none. */
export function parsePercent(value: unknown): string | null {
  const text = decimalText(value)
  const rate = text === null ? null : parseRate(text)
  return rate === null ? null : formatRate(rate)
}

/** A whole number sent as a JSON number or as digits; null when it is none. */
export function parseWhole(value: unknown): number | null {
  const text = decimalText(value)
  const match = text === null ? null : /^-?\d{1,9}(?:\.0+)?$/.exec(text)
  return match ? Number(match[0]) : null
}

function decimalText(value: unknown): string | null {
  if (typeof value === 'string') return value.trim()
  if (typeof value !== 'number' || !Number.isFinite(value)) return null
  const text = String(value)
  return text.replace(/[-.]/g, '').length > EXACT_DIGITS ? null : text
}
