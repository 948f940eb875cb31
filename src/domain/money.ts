/** Money: integer minor units with a currency, and the roundings and splits that keep parts equal to wholes. */

/** ISO 4217 code. */
export type Currency = string

/** Decimals of the currencies that do not have two (ISO 4217). UGX, RWF and their like have none. */
const DECIMALS: Readonly<Record<Currency, number>> = {
  UGX: 0,
  RWF: 0,
  BIF: 0,
  DJF: 0,
  GNF: 0,
  KMF: 0,
  XAF: 0,
  XOF: 0,
  JPY: 0,
  KRW: 0,
  PYG: 0,
  CLP: 0,
  VND: 0,
  BHD: 3,
  JOD: 3,
  KWD: 3,
  OMR: 3,
  TND: 3,
  IQD: 3,
  LYD: 3,
}

export function decimalsOf(currency: Currency): number {
  return DECIMALS[currency] ?? 2
}

/** How a quotient that is not whole becomes whole. HALF_EVEN is the banker's rounding and our default. */
export type Rounding = 'HALF_EVEN' | 'HALF_UP' | 'HALF_DOWN' | 'UP' | 'DOWN' | 'CEILING' | 'FLOOR'

/** numerator / denominator as a whole number under the named rounding; the denominator is positive. */
export function divide(numerator: bigint, denominator: bigint, rounding: Rounding = 'HALF_EVEN'): bigint {
  const quotient = numerator / denominator
  const rest = numerator % denominator
  if (rest === 0n) return quotient
  const away = numerator < 0n ? -1n : 1n
  const twice = (rest < 0n ? -rest : rest) * 2n
  return roundsAway({ quotient, twice, negative: rest < 0n, denominator }, rounding) ? quotient + away : quotient
}

interface Cut {
  readonly quotient: bigint
  /** The rest without its sign, doubled: compared with the denominator it says which half it lies in. */
  readonly twice: bigint
  readonly negative: boolean
  readonly denominator: bigint
}

function roundsAway({ quotient, twice, negative, denominator }: Cut, rounding: Rounding): boolean {
  switch (rounding) {
    case 'UP':
      return true
    case 'DOWN':
      return false
    case 'CEILING':
      return !negative
    case 'FLOOR':
      return negative
    case 'HALF_UP':
      return twice >= denominator
    case 'HALF_DOWN':
      return twice > denominator
    case 'HALF_EVEN':
      return twice > denominator || (twice === denominator && quotient % 2n !== 0n)
  }
}

/** The amount rounded to a whole multiple (minor units): 10266 to multiples of 500 is 10500. */
export function roundToMultiple(amount: bigint, multiple: bigint, rounding: Rounding = 'HALF_EVEN'): bigint {
  return divide(amount, multiple, rounding) * multiple
}

/** n equal parts that add back up to the total; the last part takes the rest. */
export function splitEvenly(total: bigint, n: number, rounding: Rounding = 'HALF_EVEN'): bigint[] {
  const part = divide(total, BigInt(n), rounding)
  const parts = new Array<bigint>(n).fill(part)
  parts[n - 1] = total - part * BigInt(n - 1)
  return parts
}

export const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)
export const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)

export function sum(amounts: Iterable<bigint>): bigint {
  let total = 0n
  for (const amount of amounts) total += amount
  return total
}

/** Largest amount we accept from anybody: leaves three digits of headroom below PostgreSQL's bigint for totals. */
export const MAX_MINOR = 1_000_000_000_000_000n

/**
 * "1234.5" → 123450n for a two-decimal currency. Null when the text is no plain decimal number or has more decimals than
 * the currency: a cent is never invented or dropped on the way in.
 */
export function parseMinor(text: string, decimals: number): bigint | null {
  const match = /^(-?)(\d{1,16})(?:\.(\d+))?$/.exec(text.trim())
  if (!match) return null
  const fraction = (match[3] ?? '').replace(/0+$/, '')
  if (fraction.length > decimals) return null
  const minor = BigInt(match[2]! + fraction.padEnd(decimals, '0'))
  return match[1] ? -minor : minor
}

/** 123450n → "1234.50". */
export function formatMinor(minor: bigint, decimals: number): string {
  const sign = minor < 0n ? '-' : ''
  const digits = (minor < 0n ? -minor : minor).toString().padStart(decimals + 1, '0')
  if (decimals === 0) return sign + digits
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}
