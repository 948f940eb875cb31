/** What every instalment aims at, before any day has passed: priced for each disbursement from its period on. */
import {
  amortise,
  BEGINNING,
  type Book,
  lendingOf,
  type Line,
  type Start,
  type Target,
} from '#domain/loans/amortise.ts'
import { flatInterest } from '#domain/loans/flat-interest.ts'
import { BINARY, toBinary } from '#domain/loans/interest.ts'
import { instalmentOf, toMultiple } from '#domain/loans/periods.ts'
import { pricingFactor } from '#domain/loans/rate-factor.ts'
import { divide, max, sum } from '#domain/money.ts'

const ONE = 1n << BINARY
const NO_PRINCIPAL: Target = { of: 'principal', amount: 0n }

export interface Plan {
  readonly targets: readonly Target[]
  /** What the targets come to, when everything is paid on its day. */
  readonly lines: readonly Line[]
}

/** The plan of all periods. A later disbursement sets anew its own period and the following; earlier ones stay. */
export function plannedLoan(book: Book): Plan {
  const periods = [...new Set([0, ...book.tranches.map((t) => t.period)])].sort((a, b) => a - b)
  const targets: Target[] = []
  const lines: Line[] = []
  for (const period of periods) {
    const before = lines[period - 1]
    const start = before ? { period, balance: before.balanceAfter, waiting: before.waiting } : { ...BEGINNING, period }
    const plan = planFrom(knownIn(book, period), start)
    targets.splice(period, targets.length, ...plan.targets)
    lines.splice(period, lines.length, ...plan.lines)
  }
  return { targets, lines }
}

/** The loan as it is known in a period: without what will be disbursed later. */
function knownIn(book: Book, period: number): Book {
  const tranches = book.tranches.filter((t) => t.period <= period)
  if (tranches.length === book.tranches.length) return book
  const known = { ...book, tranches, lending: lendingOf({ ...book, tranches }) }
  return { ...known, flat: book.flat && flatInterest(known) }
}

/** The plan from a period to the last, for the balance owed there and what is disbursed in it. */
function planFrom(book: Book, start: Start): Plan {
  const { terms, flat } = book
  if (terms.amortization === 'bullet') return planOf(book, start, () => NO_PRINCIPAL)
  if (terms.amortization === 'equalPrincipal') return equalPrincipal(book, start)
  if (flat) return flatInstalments(book, start, flat)
  const priced = priceOf(book, start)
  const plan = terms.engine === 'progressive' ? levelled(book, start, priced) : equalInstalments(book, start, priced)
  return lasting(book, plan, (amount) => equalInstalments(book, start, amount))
}

function equalInstalments(book: Book, start: Start, amount: bigint): Plan {
  const target: Target = { of: 'instalment', amount }
  return planOf(book, start, () => target)
}

/** Whether nothing, or less than the balloon, is left for the last due day. */
const endsEarly = ({ terms }: Book, { lines }: Plan): boolean => lines.at(-1)!.principal < max(terms.balloon, 1n)

/**
 * The plan, or where it repays the loan before its last due day, that of the highest lower amount that lasts until then: over
 * many instalments at a high rate, a fraction of a cent that was rounded up grows to several instalments. Where instalments
 * are multiples of a larger amount, ending early is what was agreed on.
 */
function lasting(book: Book, plan: Plan, planAt: (amount: bigint) => Plan): Plan {
  let high = eachOf(plan)
  if (!endsEarly(book, plan) || book.terms.multiple !== null || high <= 1n) return plan
  let low = plan
  for (let step = 1n; endsEarly(book, low) && eachOf(low) > 1n; step *= 2n) {
    high = eachOf(low)
    low = planAt(max(1n, high - step))
  }
  while (high - eachOf(low) > 1n) {
    const middle = planAt((eachOf(low) + high) / 2n)
    if (endsEarly(book, middle)) high = eachOf(middle)
    else low = middle
  }
  return low
}

/** The amount of a plan of equal instalments. */
const eachOf = ({ targets }: Plan): bigint => targets.at(-1)!.amount

/** The first instalment that repays principal. */
const firstRepaying = (book: Book, start: Start): number =>
  Math.min(Math.max(start.period, book.terms.grace.principal), book.periods.length - 1)

const repayingCount = (book: Book, start: Start): number => book.periods.length - firstRepaying(book, start)

/** What is to be repaid in regular instalments: the balloon stays for the end. */
const toRepay = (book: Book, start: Start): bigint => owedFrom(book, start) - book.terms.balloon

const owedFrom = (book: Book, start: Start): bigint => start.balance + book.lending[start.period]!.amount

/** Interest only in the grace period, then each instalment as given. */
function planOf(book: Book, start: Start, target: (k: number) => Target): Plan {
  const first = firstRepaying(book, start)
  const targets: Target[] = []
  for (let k = start.period; k < book.periods.length; k++) targets.push(k < first ? NO_PRINCIPAL : target(k))
  return { targets, lines: amortise(book, start, targets) }
}

/** Principal / n for each; multiples are not applied, since the instalments differ anyway. */
function equalPrincipal(book: Book, start: Start): Plan {
  const n = BigInt(repayingCount(book, start))
  const planAt = (amount: bigint): Plan => {
    const target: Target = { of: 'principal', amount }
    return planOf(book, start, () => target)
  }
  return lasting(book, planAt(divide(toRepay(book, start), n, book.terms.rounding)), planAt)
}

/**
 * Flat. Progressive, and wherever a rate for the whole term fixes the total: equal instalments, (principal + interest) / n.
 * Cumulative: principal / n beside its interest, each rounded; with a multiple, so that the whole is one.
 */
function flatInstalments(book: Book, start: Start, flat: readonly bigint[]): Plan {
  const { terms } = book
  const n = BigInt(repayingCount(book, start))
  const principal = toRepay(book, start)
  if (terms.engine === 'progressive' || terms.rateBasis === 'wholeTerm') {
    const interest = sum(flat.slice(firstRepaying(book, start)))
    const amount = instalmentOf(principal + interest, n, terms)
    const planAt = (each: bigint): Plan => equalInstalments(book, start, each)
    return lasting(book, planAt(amount), planAt)
  }
  const planAt = (part: bigint): Plan =>
    planOf(book, start, (k) => ({ of: 'principal', amount: part + toMultiple(flat[k]!, terms) - flat[k]! }))
  return lasting(book, planAt(instalmentOf(principal, n, terms)), planAt)
}

/**
 * The instalment that repays the balance: balance × ∏(1+f) / Σ ∏(1+f), the sum over the instalments of what each is
 * worth at the end (the last one itself, the one before it with one period's interest, and so on to the first).
 * Cumulative prices every period alike; progressive prices each at its own factor.
 */
function priceOf(book: Book, start: Start): bigint {
  const { terms, interest, periods } = book
  const alike = terms.engine === 'cumulative' ? toBinary(pricingFactor(terms)) : null
  let growth = ONE
  let worth = 0n
  for (let k = periods.length - 1; k >= firstRepaying(book, start); k--) {
    const factor = alike === null || k < terms.grace.interestFree ? interest.factors[k]! : alike
    worth += growth
    growth += (growth * factor) >> BINARY
  }
  return instalmentOf(owedFrom(book, start) * growth - terms.balloon * ONE, worth, terms)
}

const ATTEMPTS = 3

/**
 * The last instalment takes what rounding leaves over; where that is more than half a cent for each instalment, the
 * instalment is moved by its share of it, as long as that makes the difference smaller, at most three times. A move that
 * would end the loan before its last due day is not made: there the difference says nothing about the price any more.
 */
function levelled(book: Book, start: Start, priced: bigint): Plan {
  const { terms } = book
  const n = repayingCount(book, start)
  const tolerance = BigInt(Math.trunc(n / 2)) * 10n ** BigInt(terms.decimals)
  let amount = priced
  let plan = equalInstalments(book, start, amount)
  for (let attempt = 0; attempt < ATTEMPTS && n > 1; attempt++) {
    const rest = lastBeyond(plan, terms.balloon + amount)
    if (size(rest) * 100n <= tolerance) break
    const moved = toMultiple(amount + divide(rest, BigInt(n), terms.rounding), terms)
    if (moved === amount) break
    const candidate = equalInstalments(book, start, moved)
    if (endsEarly(book, candidate)) break
    if (size(lastBeyond(candidate, terms.balloon + moved)) >= size(rest)) break
    amount = moved
    plan = candidate
  }
  return plan
}

/** By how much the last instalment differs from what it should be. */
function lastBeyond({ lines }: Plan, amount: bigint): bigint {
  const last = lines.at(-1)!
  return last.principal + last.interest - amount
}

const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount)
