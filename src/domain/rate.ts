/** Percentages as exact decimals: 9.4822 % is 948_220_000n, a count of hundred-millionths of a percent. */
import { divide, type Rounding } from '#domain/money.ts'

/** Hundred-millionths of a percent. */
export type Rate = bigint & { readonly __rate: unique symbol }

const DECIMALS = 8
/** How many of our units make one percent. */
export const UNITS_A_PERCENT = 100_000_000n
/** How many of our units make the whole (100 %). */
export const UNITS_A_WHOLE = UNITS_A_PERCENT * 100n

/** Hundred-millionths of a percent as a Rate: what a stored number becomes when it is read. */
export const rateOfUnits = (units: bigint): Rate => units as Rate

export const ZERO_RATE = rateOfUnits(0n)

/** "9.4822" → 9.4822 %. Null when the text is no plain decimal, or has more than four digits before or eight after the point. */
export function parseRate(text: string): Rate | null {
  const match = /^(-?)(\d{1,4})(?:\.(\d{1,20}))?$/.exec(text.trim())
  if (!match) return null
  const fraction = (match[3] ?? '').replace(/0+$/, '')
  if (fraction.length > DECIMALS) return null
  const units = BigInt(match[2]! + fraction.padEnd(DECIMALS, '0'))
  return rateOfUnits(match[1] ? -units : units)
}

/** A percentage known to be well formed; throws on a programmer's mistake. */
export function percent(text: string): Rate {
  const rate = parseRate(text)
  if (rate === null) throw new Error(`not a percentage: ${text}`)
  return rate
}

/** 948_220_000n → "9.4822", without trailing zeros. */
export function formatRate(rate: Rate): string {
  const digits = (rate < 0n ? -rate : rate).toString().padStart(DECIMALS + 1, '0')
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '')
  return (rate < 0n ? '-' : '') + digits.slice(0, -DECIMALS) + (fraction && `.${fraction}`)
}

/** So many percent of an amount, rounded to the minor unit: 25 % of 487.58 is 121.90 (121.895, half to even). */
export function percentOf(amount: bigint, rate: Rate, rounding: Rounding = 'HALF_EVEN'): bigint {
  return divide(amount * rate, UNITS_A_WHOLE, rounding)
}
