/** Flat interest: what each period bears on the amount lent, whatever has been repaid. */
import type { Bearing, Interest } from '#domain/loans/interest.ts'
import { atScale, decimal, divideBy, multiply } from '#domain/loans/decimal.ts'
import type { Period, Tranche } from '#domain/loans/periods.ts'
import { termFactor } from '#domain/loans/rate-factor.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import { divide, min } from '#domain/money.ts'

/** The term's factor counts as a whole number of 10^-25. */
const PLACES = 25
const DENOMINATOR = 10n ** BigInt(PLACES)

interface Lent {
  readonly terms: LoanTerms
  readonly periods: readonly Period[]
  readonly tranches: readonly Tranche[]
  readonly interest: Interest
}

/** Flat interest of each period. */
export function flatInterest(lent: Lent): bigint[] {
  const { terms } = lent
  const byPeriod = terms.engine === 'progressive' && terms.rateBasis !== 'wholeTerm'
  return byPeriod ? onAmountLent(lent) : overTheTerm(lent)
}

/** Progressive: every period's factor on all that was disbursed (less down payments), from the day it was. */
function onAmountLent({ terms, periods, tranches, interest }: Lent): bigint[] {
  const partial = terms.interestPeriod === 'daily' || terms.partialPeriodInterest
  return periods.map((p, k) => {
    const bearing: Bearing[] = []
    for (const t of tranches) {
      if (t.period > k) continue
      const from = t.period < k || !partial || t.day < p.from ? p.from : t.day
      bearing.push({ balance: t.amount - t.downPayment, from, to: p.due })
    }
    const whole = bearing.every((b) => b.from === p.from)
    return whole
      ? interest.whole(
          k,
          bearing.reduce((s, b) => s + b.balance, 0n),
        )
      : interest.inParts(k, bearing)
  })
}

/**
 * Cumulative, and any rate for the whole term: the interest of the term on the amount disbursed, divided evenly; the last
 * instalment takes the rest. A later disbursement bears it for the instalments that are left. Down payments are not
 * taken off by the cumulative engine: they were lent too.
 */
function overTheTerm({ terms, periods, tranches }: Lent): bigint[] {
  const n = periods.length
  const termDays = periods[n - 1]!.due - periods[0]!.from
  const factor = termFactor(terms, termDays)
  const result = new Array<bigint>(n).fill(0n)
  for (const period of new Set(tranches.map((t) => t.period))) {
    const first = Math.min(Math.max(period, terms.grace.interestFree), n)
    const count = n - first
    if (count === 0) continue
    const amount = tranches
      .filter((t) => t.period === period)
      .reduce((s, t) => s + (terms.engine === 'cumulative' ? t.amount : t.amount - t.downPayment), 0n)
    const factorLeft = count === n ? factor : divideBy(multiply(factor, decimal(count)), decimal(n))
    const total = divide(amount * atScale(factorLeft, PLACES), DENOMINATOR, terms.rounding)
    let rest = total
    const part = divide(total, BigInt(count), terms.rounding)
    for (let k = first; k < n; k++) {
      const share = k < n - 1 ? min(part, rest) : rest
      result[k]! += share
      rest -= share
    }
  }
  return result
}
