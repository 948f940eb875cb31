/** Interest of a period on the balances that bear it, rounded once to the minor unit. */
import { add, atScale, type Decimal, decimal, divideBy, multiply } from '#domain/loans/decimal.ts'
import type { DayNumber } from '#domain/loans/due-days.ts'
import type { Period } from '#domain/loans/periods.ts'
import { cumulativeFactor, factorKey, progressiveFactor } from '#domain/loans/rate-factor.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import { divide } from '#domain/money.ts'

/** A balance that bears interest from one day of a period to another. */
export interface Bearing {
  readonly balance: bigint
  readonly from: DayNumber
  readonly to: DayNumber
}

export interface Interest {
  /** Interest on one balance through the whole of the k-th period. */
  whole(k: number, balance: bigint): bigint
  /** Interest of the k-th period on balances that bear it for parts of the period: summed, then rounded. */
  inParts(k: number, bearings: readonly Bearing[]): bigint
  /** The k-th period's factor as a binary fraction (see `BINARY`), for pricing. */
  readonly factors: readonly bigint[]
}

/** Factors times 2^96: multiplying and shifting is several times faster than dividing by a power of ten. */
export const BINARY = 96n
const BITS = Number(BINARY)
const ONE = 1n << BINARY
const HALF = ONE >> 1n
/** Exact factors are whole numbers of 10^-25. */
const PLACES = 25
const DENOMINATOR = 10n ** BigInt(PLACES)

/** The interest rule of the terms' engine; the first `grace.interestFree` periods bear none. */
export function interestOf(terms: LoanTerms, periods: readonly Period[]): Interest {
  return terms.engine === 'progressive' ? progressiveInterest(terms, periods) : cumulativeInterest(terms, periods)
}

/**
 * Progressive: balance × factor / days × days, every step to nineteen digits. A factor that is cut at the nineteenth
 * digit decides on which side of half a cent the interest falls: 750.00 at 7 % a year, a month of 30/360, is
 * 4.37499…, so 4.37, where 7 % / 12 in full would be 4.375 and round to 4.38.
 */
function progressiveInterest(terms: LoanTerms, periods: readonly Period[]): Interest {
  const wholeFactor = (p: Period) => toBinary(progressiveFactor(terms, p, { from: p.from, to: p.due }))
  const factors = bearing(terms, shared(terms, periods, wholeFactor))
  const inParts = (k: number, bearings: readonly Bearing[]): bigint => {
    if (k < terms.grace.interestFree) return 0n
    const period = periods[k]!
    const parts = bearings.map((b) => partOf(terms, period, b))
    return atScale(parts.reduce(add, decimal(0)), 0, terms.rounding)
  }
  return {
    whole: nearly(terms, factors, (k, balance) => inParts(k, [wholeOf(periods[k]!, balance)])),
    inParts,
    factors,
  }
}

const wholeOf = ({ from, due }: Period, balance: bigint): Bearing => ({ balance, from, to: due })

/** The interest until the due day, and of that the bearing's days. */
function partOf(terms: LoanTerms, period: Period, { balance, from, to }: Bearing): Decimal {
  if (to <= from || balance === 0n) return decimal(0)
  const untilDue = multiply(decimal(balance), progressiveFactor(terms, period, { from, to: period.due }))
  return multiply(divideBy(untilDue, decimal(period.due - from)), decimal(to - from))
}

/** Cumulative: balance × factor in full; a part of a period bears its part of the days. */
function cumulativeInterest(terms: LoanTerms, periods: readonly Period[]): Interest {
  const exact = shared(terms, periods, (p) => cumulativeFactor(terms, p))
  const factors = bearing(
    terms,
    shared(terms, periods, (p) => toBinary(cumulativeFactor(terms, p))),
  )
  const inParts = (k: number, bearings: readonly Bearing[]): bigint => {
    const days = periods[k]!.days
    if (k < terms.grace.interestFree || days === 0) return 0n
    let weighted = 0n
    for (const { balance, from, to } of bearings) if (to > from) weighted += balance * BigInt(to - from)
    return divide(weighted * atScale(exact[k]!, PLACES), DENOMINATOR * BigInt(days), terms.rounding)
  }
  return {
    whole: nearly(terms, factors, (k, balance) => inParts(k, [wholeOf(periods[k]!, balance)])),
    inParts,
    factors,
  }
}

/** The factors of the periods; those that must be equal are worked out once. */
function shared<T>(terms: LoanTerms, periods: readonly Period[], factor: (p: Period) => T): T[] {
  const known = new Map<number, T>()
  return periods.map((p) => {
    const key = factorKey(terms, p)
    const value = (key === null ? undefined : known.get(key)) ?? factor(p)
    if (key !== null) known.set(key, value)
    return value
  })
}

/** An exact factor as a binary fraction. */
export const toBinary = (factor: Decimal): bigint => (atScale(factor, PLACES) * ONE) / DENOMINATOR

const bearing = (terms: LoanTerms, factors: readonly bigint[]): bigint[] =>
  factors.map((factor, k) => (k < terms.grace.interestFree ? 0n : factor))

/**
 * Interest by the binary factor wherever that is certain, and by the exact rule near a half and for directed roundings.
 * The binary factor is short of the exact one by less than 2^13 of its units, and the nineteen-digit steps stay within
 * 2^-54 of the interest; both are less than 2^52 units for each minor unit of the balance, unless a single period bears
 * two hundred times the balance. Only a product closer than that to half a minor unit can round differently.
 */
function nearly(terms: LoanTerms, factors: readonly bigint[], exactly: (k: number, balance: bigint) => bigint) {
  const toNearest = terms.rounding.startsWith('HALF') && factors.every((f) => f < ONE << 7n)
  return (k: number, balance: bigint): bigint => {
    if (!toNearest) return exactly(k, balance)
    const product = balance * factors[k]!
    const fraction = BigInt.asUintN(BITS, product)
    const doubt = balance << 52n
    if (fraction > HALF + doubt) return (product >> BINARY) + 1n
    return fraction < HALF - doubt ? product >> BINARY : exactly(k, balance)
  }
}
