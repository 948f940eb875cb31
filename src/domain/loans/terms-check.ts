/** Whether terms hang together: what `schedule` takes for granted. */
import { daysBetween, toNumber } from '#domain/day.ts'
import { dueDays } from '#domain/loans/due-days.ts'
import { periodsOf, tranchesOf } from '#domain/loans/periods.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import { MAX_MINOR, sum } from '#domain/money.ts'

export interface TermsFault {
  readonly field: keyof LoanTerms
  /** What to do about it. */
  readonly advice: string
}

/** More instalments than any lender agrees on, few enough to reckon at once. */
export const MOST_INSTALMENTS = 1200

/** A hundred years. */
const DAYS_AT_MOST = 36_525

type Check = (terms: LoanTerms) => TermsFault | null

const CHECKS: readonly Check[] = [
  when('principal', 'Give an amount above zero.', (t) => t.principal <= 0n || t.principal > MAX_MINOR),
  when(
    'instalments',
    `Give 1 to ${MOST_INSTALMENTS} instalments.`,
    (t) => !isCount(t.instalments, 1, MOST_INSTALMENTS),
  ),
  when('every', 'Give 1 to 366 units between instalments.', (t) => !isCount(t.every, 1, 366)),
  when('rate', 'Give a rate from 0 to 1000 %.', (t) => t.rate < 0n || t.rate > 100_000_000_000n),
  when('disbursements', 'Give at least one disbursement, each above zero.', hasNoDisbursement),
  when('disbursements', 'Put the disbursements in order of day.', (t) => !isAscending(t)),
  when('disbursements', 'Make the disbursements add up to the principal.', (t) => lentOf(t) !== t.principal),
  when(
    'grace',
    'Give counts of instalments from 0 on.',
    (t) => !Object.values(t.grace).every((n) => isCount(n, 0, MOST_INSTALMENTS)),
  ),
  when('grace', 'Leave at least one instalment without grace of principal.', (t) => t.grace.principal >= t.instalments),
  when(
    'grace',
    'Leave at least one instalment without grace of interest.',
    (t) => t.grace.interestPayment >= t.instalments,
  ),
  when('balloon', 'Give a balloon from zero to the principal.', (t) => t.balloon < 0n || t.balloon > t.principal),
  when(
    'downPayment',
    'Give a down payment from 0 to 100 %.',
    (t) => t.downPayment !== null && (t.downPayment < 0n || t.downPayment > 10_000_000_000n),
  ),
  when('multiple', 'Give a multiple above zero.', (t) => t.multiple !== null && t.multiple <= 0n),
  when('twiceMonthlyDays', 'Give two days of the month, 1 to 31, the earlier first.', hasWrongTwiceMonthlyDays),
  when(
    'firstDueDay',
    'Let the first instalment fall due on the start day or after it.',
    (t) => t.firstDueDay !== null && daysBetween(t.startDay, t.firstDueDay) < 0,
  ),
  when('fixedLength', 'Let the term end after the instalment before the last.', endsTooEarly),
  when('instalments', 'Let the term end within a hundred years.', lastsTooLong),
  when('contractualInstalments', 'Give one amount from zero for each instalment.', hasWrongAmounts),
  when('contractualInstalments', 'Let the instalments repay at least the principal.', repaysTooLittle),
]

/** The first thing wrong with the terms; null when a schedule follows from them. */
export function faultIn(terms: LoanTerms): TermsFault | null {
  for (const check of CHECKS) {
    const fault = check(terms)
    if (fault) return fault
  }
  return null
}

function when(field: keyof LoanTerms, advice: string, isWrong: (terms: LoanTerms) => boolean): Check {
  return (terms) => (isWrong(terms) ? { field, advice } : null)
}

const isCount = (n: number, least: number, most: number): boolean => Number.isInteger(n) && n >= least && n <= most

function hasNoDisbursement({ disbursements }: LoanTerms): boolean {
  return disbursements.length === 0 || disbursements.some((d) => d.amount <= 0n)
}

const isAscending = ({ disbursements }: LoanTerms): boolean =>
  disbursements.every((d, i) => i === 0 || d.day >= disbursements[i - 1]!.day)

const lentOf = (t: LoanTerms): bigint => sum(t.disbursements.map((d) => d.amount))

function hasWrongTwiceMonthlyDays({ frequency, twiceMonthlyDays: [first, second] }: LoanTerms): boolean {
  return frequency === 'twiceMonthly' && !(isCount(first, 1, 31) && isCount(second, 1, 31) && first < second)
}

function endsTooEarly(terms: LoanTerms): boolean {
  if (terms.fixedLength === null) return false
  if (!isCount(terms.fixedLength.count, 1, MOST_INSTALMENTS * 366)) return true
  const days = dueDays(terms)
  const before = days.at(-2)
  return before !== undefined && days.at(-1)! <= before
}

function hasWrongAmounts({ contractualInstalments: amounts, instalments }: LoanTerms): boolean {
  return amounts !== null && (amounts.length !== instalments || amounts.some((a) => a < 0n))
}

function repaysTooLittle(terms: LoanTerms): boolean {
  const { contractualInstalments: amounts } = terms
  if (amounts === null) return false
  const lent = tranchesOf(terms, periodsOf(terms)).map((t) => t.amount - t.downPayment)
  return sum(amounts) < sum(lent)
}

function lastsTooLong(terms: LoanTerms): boolean {
  return dueDays(terms).at(-1)! - toNumber(terms.startDay) > DAYS_AT_MOST
}
