/**
 * Decimals of nineteen significant digits, halves to the even digit: the precision in which interest factors are agreed.
 * A third of a percent is then 0.3333333333333333333 and no more, and where half a cent hangs on the next digit, that decides.
 */
import { divide, type Rounding } from '#domain/money.ts'

/** mantissa × 10^exponent. */
export interface Decimal {
  readonly mantissa: bigint
  readonly exponent: number
}

const DIGITS = 19
const LIMIT = 10n ** BigInt(DIGITS)

export const decimal = (mantissa: bigint | number, exponent = 0): Decimal => ({ mantissa: BigInt(mantissa), exponent })

export const multiply = (a: Decimal, b: Decimal): Decimal => toDigits(a.mantissa * b.mantissa, a.exponent + b.exponent)

export const add = (a: Decimal, b: Decimal): Decimal =>
  a.exponent <= b.exponent ? toDigits(a.mantissa + b.mantissa * power(b.exponent - a.exponent), a.exponent) : add(b, a)

/** The quotient to nineteen digits; the divisor is positive. */
export function divideBy(a: Decimal, divisor: Decimal): Decimal {
  const shift = Math.max(0, DIGITS + 1 + digitsOf(divisor.mantissa) - digitsOf(a.mantissa))
  const scaled = a.mantissa * power(shift)
  const quotient = scaled / divisor.mantissa
  const exponent = a.exponent - divisor.exponent - shift
  // A digit of its own for whatever is left keeps a quotient just beside a half from passing for the half.
  return quotient * divisor.mantissa === scaled
    ? toDigits(quotient, exponent)
    : toDigits(quotient * 10n + 1n, exponent - 1)
}

/** The decimal as a whole number of 10^-places under the named rounding. */
export function atScale(a: Decimal, places: number, rounding: Rounding = 'HALF_EVEN'): bigint {
  const shift = a.exponent + places
  return shift >= 0 ? a.mantissa * power(shift) : divide(a.mantissa, power(-shift), rounding)
}

function toDigits(mantissa: bigint, exponent: number): Decimal {
  const surplus = digitsOf(mantissa) - DIGITS
  if (surplus <= 0) return { mantissa, exponent }
  const rounded = divide(mantissa, power(surplus))
  return rounded === LIMIT
    ? { mantissa: LIMIT / 10n, exponent: exponent + surplus + 1 }
    : { mantissa: rounded, exponent: exponent + surplus }
}

const POWERS: readonly bigint[] = Array.from({ length: 129 }, (_, n) => 10n ** BigInt(n))

const power = (n: number): bigint => POWERS[n] ?? 10n ** BigInt(n)

/** Decimal digits of a number that is not negative, by halving the table of powers. */
function digitsOf(mantissa: bigint): number {
  let low = 1
  let high = POWERS.length - 1
  if (mantissa >= POWERS[high]!) return mantissa.toString().length
  while (low < high) {
    const middle = (low + high) >> 1
    if (mantissa < POWERS[middle]!) high = middle
    else low = middle + 1
  }
  return low
}
