/** What every instalment aims at, before any day has passed: priced for each disbursement from its period on. */
import { amortise, type Book, lentIn, type Start, type Target } from '#domain/loans/amortise.ts'
import { atScale } from '#domain/loans/decimal.ts'
import { flatInterest } from '#domain/loans/flat-interest.ts'
import { BINARY } from '#domain/loans/interest.ts'
import { instalmentOf, toMultiple } from '#domain/loans/periods.ts'
import { pricingFactor } from '#domain/loans/rate-factor.ts'
import { divide, sum } from '#domain/money.ts'

const ONE = 1n << BINARY

/** The targets of all periods. A later disbursement sets anew those of its own period and the following; earlier ones stay. */
export function instalmentPlan(book: Book): Target[] {
  const periods = [...new Set(book.tranches.map((t) => t.period))].sort((a, b) => a - b)
  const targets: Target[] = []
  let start: Start = { period: 0, balance: 0n }
  for (const period of periods) {
    const lines = amortise(book, start, targets.slice(0, period))
    start = { period, balance: lines.at(-1)?.balanceAfter ?? start.balance }
    targets.length = period
    targets.push(...targetsFrom(knownIn(book, period), start))
  }
  return targets
}

/** The loan as it is known in a period: without what will be disbursed later. */
function knownIn(book: Book, period: number): Book {
  const tranches = book.tranches.filter((t) => t.period <= period)
  if (tranches.length === book.tranches.length) return book
  return { ...book, tranches, flat: book.flat && flatInterest({ ...book, tranches }) }
}

/** The targets from a period to the last, for the balance owed there and what is disbursed in it. */
function targetsFrom(book: Book, start: Start): Target[] {
  const { terms } = book
  if (terms.amortization === 'bullet') return spread(book, start, () => ({ of: 'principal', amount: 0n }))
  if (terms.amortization === 'equalPrincipal') return equalPrincipal(book, start)
  if (book.flat) return flatInstalments(book, start, book.flat)
  const priced = priceOf(book, start)
  const amount = terms.engine === 'progressive' ? levelled(book, start, priced) : priced
  return spread(book, start, () => ({ of: 'instalment', amount }))
}

/** The first instalment that repays principal. */
const firstRepaying = (book: Book, start: Start): number =>
  Math.min(Math.max(start.period, book.terms.grace.principal), book.periods.length - 1)

const repayingCount = (book: Book, start: Start): number => book.periods.length - firstRepaying(book, start)

/** What is to be repaid in regular instalments: the balloon stays for the end. */
const toRepay = (book: Book, start: Start): bigint => owedFrom(book, start) - book.terms.balloon

const owedFrom = (book: Book, start: Start): bigint => start.balance + lentIn(book, start.period)

/** Targets for every period from the start: interest only in the grace period, then as given. */
function spread(book: Book, start: Start, target: (k: number) => Target): Target[] {
  const first = firstRepaying(book, start)
  return book.periods
    .slice(start.period)
    .map((_, i) => (start.period + i < first ? { of: 'principal', amount: 0n } : target(start.period + i)))
}

/** Principal / n for each; multiples are not applied, since the instalments differ anyway. */
function equalPrincipal(book: Book, start: Start): Target[] {
  const n = BigInt(repayingCount(book, start))
  const amount = divide(toRepay(book, start), n, book.terms.rounding)
  return spread(book, start, () => ({ of: 'principal', amount }))
}

/**
 * Flat. Progressive, and wherever a rate for the whole term fixes the total: equal instalments, (principal + interest) / n.
 * Cumulative: principal / n beside its interest, each rounded; with a multiple, so that the whole is one.
 */
function flatInstalments(book: Book, start: Start, flat: readonly bigint[]): Target[] {
  const { terms } = book
  const n = BigInt(repayingCount(book, start))
  const principal = toRepay(book, start)
  if (terms.engine === 'progressive' || terms.rateBasis === 'wholeTerm') {
    const amount = instalmentOf(principal + sum(flat.slice(firstRepaying(book, start))), n, terms)
    return spread(book, start, () => ({ of: 'instalment', amount }))
  }
  const part = instalmentOf(principal, n, terms)
  return spread(book, start, (k) => ({ of: 'principal', amount: part + toMultiple(flat[k]!, terms) - flat[k]! }))
}

/**
 * The instalment that repays the balance: balance × ∏(1+f) / Σ ∏(1+f), the sum over the instalments of what each is
 * worth at the end. Cumulative prices every period alike; progressive prices each at its own factor.
 */
function priceOf(book: Book, start: Start): bigint {
  const { terms, interest, periods } = book
  const alike = terms.engine === 'cumulative' ? atBinary(pricingFactor(terms)) : null
  let growth = ONE
  let worth = 0n
  for (let k = firstRepaying(book, start); k < periods.length; k++) {
    const factor = alike === null || k < terms.grace.interestFree ? interest.factors[k]! : alike
    growth += (growth * factor) >> BINARY
    worth += ((worth * factor) >> BINARY) + ONE
  }
  return instalmentOf(owedFrom(book, start) * growth - terms.balloon * ONE, worth, terms)
}

const PLACES = 25
const atBinary = (d: Parameters<typeof atScale>[0]): bigint => (atScale(d, PLACES) * ONE) / 10n ** BigInt(PLACES)

const ATTEMPTS = 3

/**
 * The last instalment takes what rounding leaves over; where that is more than half a cent for each instalment, the
 * instalment is moved by its share of it, as long as that makes the difference smaller, at most three times.
 */
function levelled(book: Book, start: Start, priced: bigint): bigint {
  const { terms } = book
  const n = repayingCount(book, start)
  const tolerance = BigInt(Math.trunc(n / 2)) * 10n ** BigInt(terms.decimals)
  let amount = priced
  let rest = lastBeyond(book, start, amount)
  for (let attempt = 0; attempt < ATTEMPTS && n > 1 && size(rest) * 100n > tolerance; attempt++) {
    const moved = toMultiple(amount + divide(rest, BigInt(n), terms.rounding), terms)
    if (moved === amount) break
    const restMoved = lastBeyond(book, start, moved)
    if (size(restMoved) >= size(rest)) break
    amount = moved
    rest = restMoved
  }
  return amount
}

const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount)

/** By how much the last instalment differs from the others. */
function lastBeyond(book: Book, start: Start, amount: bigint): bigint {
  const lines = amortise(book, start, [
    ...Array(start.period),
    ...spread(book, start, () => ({ of: 'instalment', amount })),
  ])
  const last = lines.at(-1)!
  return last.principal + last.interest - book.terms.balloon - amount
}
