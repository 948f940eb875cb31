/** What credit costs a year, reckoned from what is lent and what is paid for it: never copied from a list of rates. */
import { divide, formatMinor, sum } from '#domain/money.ts'

export interface Credit {
  /** Minor units, as are the amounts. */
  readonly lent: bigint
  /** One instalment a period, in order. */
  readonly amounts: readonly bigint[]
  /** The first is paid so many periods after the credit is given. */
  readonly firstPeriod: 0 | 1
  /** How many periods a year has, as a fraction: [12, 1], [365, 15]. */
  readonly periodsAYear: readonly [bigint, bigint]
}

export interface Disclosure {
  readonly totalToPay: bigint
  readonly totalInterest: bigint
  /** The rate of a period times the periods of a year: percent with two decimals. Null where no rate explains the amounts. */
  readonly nominalAnnualRate: string | null
  /** The rate of a period compounded over a year. */
  readonly effectiveAnnualRate: string | null
}

/** Forty decimals: what is lost on the way never reaches the two that are shown. */
const ONE = 10n ** 40n

/**
 * The rate of a period is the one at which the instalments are worth, on the day of the credit, just what is lent; both
 * yearly rates follow from it and are rounded half up to two decimals.
 */
export function disclose({ lent, amounts, firstPeriod, periodsAYear }: Credit): Disclosure {
  const totalToPay = sum(amounts)
  const totals = { totalToPay, totalInterest: totalToPay - lent }
  const growth = growthOf({ lent, amounts, firstPeriod })
  if (growth === null) return { ...totals, nominalAnnualRate: null, effectiveAnnualRate: null }
  const [periods, years] = periodsAYear
  const nominal = divide((growth - ONE) * periods, years)
  const effective = rootOf(powerOf(growth, periods), years) - ONE
  return { ...totals, nominalAnnualRate: percentText(nominal), effectiveAnnualRate: percentText(effective) }
}

/** What one grows to in a period, scaled; null where the first instalment pays it all back at once, or less comes back than went out. */
function growthOf({ lent, amounts, firstPeriod }: Omit<Credit, 'periodsAYear'>): bigint | null {
  const atOnce = firstPeriod === 0 ? (amounts[0] ?? 0n) : 0n
  if (lent <= 0n || atOnce >= lent || sum(amounts) < lent) return null
  let [low, high] = [0n, ONE]
  while (high - low > 1n) {
    const discount = (low + high) / 2n
    if (worthOf(amounts, firstPeriod, discount) > lent * ONE) high = discount
    else low = discount
  }
  return divide(ONE * ONE, high)
}

/** The worth of the instalments on the day of the credit, each discounted by its periods, scaled. */
function worthOf(amounts: readonly bigint[], firstPeriod: number, discount: bigint): bigint {
  const fromFirst = amounts.reduceRight((worth, amount) => amount * ONE + divide(worth * discount, ONE), 0n)
  return firstPeriod === 0 ? fromFirst : divide(fromFirst * discount, ONE)
}

function powerOf(base: bigint, exponent: bigint): bigint {
  let power = ONE
  for (let n = 0n; n < exponent; n++) power = divide(power * base, ONE)
  return power
}

/** The n-th root, by Newton's steps from above. */
function rootOf(scaled: bigint, n: bigint): bigint {
  if (n === 1n) return scaled
  const target = scaled * ONE ** (n - 1n)
  let root = scaled > ONE ? scaled : ONE
  for (;;) {
    const next = ((n - 1n) * root + target / root ** (n - 1n)) / n
    if (next >= root) return root
    root = next
  }
}

const percentText = (scaled: bigint): string => formatMinor(divide(scaled * 10_000n, ONE, 'HALF_UP'), 2)
