/** Whether terms hang together: what `schedule` takes for granted. */
import { type Day, toNumber } from '#domain/day.ts'
import { type DayNumber, dueDays } from '#domain/loans/due-days.ts'
import { periodsOf, type Tranche, tranchesOf } from '#domain/loans/periods.ts'
import type { Charge, LoanTerms } from '#domain/loans/terms.ts'
import { formatMinor, MAX_MINOR, sum } from '#domain/money.ts'

export interface TermsFault {
  readonly field: keyof LoanTerms
  /** What to do about it. */
  readonly advice: string
}

/** More instalments than any lender agrees on, few enough to work out at once. */
export const MOST_INSTALMENTS = 1200

/** A hundred years. */
const DAYS_AT_MOST = 36_525
/** The last day that can be written as YYYY-MM-DD. */
const LAST_DAY = toNumber('9999-12-31' as Day)

type Advice = string | ((terms: LoanTerms) => string)

interface Check {
  readonly field: keyof LoanTerms
  readonly advice: Advice
  /** Terms by themselves, and what follows from them. */
  readonly isWrong: (terms: LoanTerms, facts: Facts) => boolean
}

interface Facts {
  readonly days: readonly DayNumber[]
  readonly lent: readonly Tranche[]
}

/** What each term may be by itself. */
const SHAPE: readonly Check[] = [
  when(
    'principal',
    (t) => `Give an amount above zero and at most ${formatMinor(MAX_MINOR, t.decimals)}.`,
    (t) => t.principal <= 0n || t.principal > MAX_MINOR,
  ),
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
  when('multiple', 'Give a multiple above zero.', (t) => t.multiple !== null && t.multiple <= 0n),
  when('twiceMonthlyDays', 'Give two days of the month, 1 to 31, the earlier first.', hasWrongTwiceMonthlyDays),
  when(
    'twiceMonthlyDays',
    'Let the earlier day be at most the 27th: February would put both on its last day.',
    (t) => t.frequency === 'twiceMonthly' && t.twiceMonthlyDays[0] > 27,
  ),
  when(
    'firstDueDay',
    'Leave the first due day out: the fixed length says when the only instalment falls due.',
    (t) => t.firstDueDay !== null && t.fixedLength !== null && t.instalments === 1,
  ),
  when(
    'fixedLength',
    'Give a length of at least one unit.',
    (t) => t.fixedLength !== null && !isCount(t.fixedLength.count, 1, MOST_INSTALMENTS * 366),
  ),
  when(
    'downPayment',
    'Give a down payment from 0 to 100 %.',
    (t) => t.downPayment !== null && (t.downPayment < 0n || t.downPayment > 10_000_000_000n),
  ),
  when('contractualInstalments', 'Give one amount from zero for each instalment.', hasWrongAmounts),
  when(
    'balloon',
    'Leave the balloon out: the last of the instalment amounts says it.',
    (t) => t.contractualInstalments !== null && t.balloon > 0n,
  ),
  when(
    'grace',
    'Leave the grace of interest out: the instalment amounts say what is due when.',
    (t) => t.contractualInstalments !== null && t.grace.interestPayment > 0,
  ),
  when('charges', 'Give amounts and percentages of fees from 0 on.', (t) => t.charges.some(isNegative)),
  when('charges', 'Let the minimum of a fee be at most its maximum.', (t) => t.charges.some(hasCrossedBounds)),
]

/** What the terms must come to together. */
const COURSE: readonly Check[] = [
  when(
    'firstDueDay',
    'Let the first instalment fall due on the start day or after it.',
    (t, { days }) => days[0]! < toNumber(t.startDay),
  ),
  when('fixedLength', 'Let the term end after the instalment before the last.', endsTooEarly),
  when('instalments', 'Let the term end within a hundred years, and before the year 10000.', lastsTooLong),
  when(
    'startDay',
    'Start the schedule later: its first instalment would fall due before anything is disbursed.',
    (_, { lent }) => lent[0]!.period > 0,
  ),
  when(
    'startDay',
    'Start the schedule within a hundred years of the first disbursement.',
    (t, { lent }) => toNumber(t.startDay) - lent[0]!.day > DAYS_AT_MOST,
  ),
  when(
    'disbursements',
    'Disburse nothing after the last instalment has fallen due.',
    (_, { days, lent }) => lent.at(-1)!.day > days.at(-1)!,
  ),
  when(
    'downPayment',
    'Leave something to repay in instalments: the down payment takes everything.',
    (_, { lent }) => netOf(lent) === 0n,
  ),
  when('balloon', balloonAdvice, (t, { lent }) => t.balloon < 0n || t.balloon > lentAtFirst(lent)),
  when(
    'contractualInstalments',
    'Let the instalments repay at least the principal.',
    ({ contractualInstalments: amounts }, { lent }) => amounts !== null && sum(amounts) < netOf(lent),
  ),
  when('contractualInstalments', 'Let no instalment repay what is disbursed only after it.', repaysTooEarly),
  when(
    'charges',
    'Let fees fall due on or after the first disbursement, within a hundred years of it.',
    (t, { lent }) => t.charges.some((c) => c.time === 'dueDay' && c.dueDay !== null && isOutOfReach(c.dueDay, t, lent)),
  ),
]

/** The first thing wrong with the terms; null when a schedule follows from them (see also `soundSchedule`). */
export function faultIn(terms: LoanTerms): TermsFault | null {
  const misshapen = firstOf(SHAPE, terms, { days: [], lent: [] })
  if (misshapen) return misshapen
  const days = dueDays(terms)
  return firstOf(COURSE, terms, { days, lent: tranchesOf(terms, periodsOf(terms)) })
}

function firstOf(checks: readonly Check[], terms: LoanTerms, facts: Facts): TermsFault | null {
  const found = checks.find(({ isWrong }) => isWrong(terms, facts))
  if (!found) return null
  const { field, advice } = found
  return { field, advice: typeof advice === 'string' ? advice : advice(terms) }
}

function when(field: keyof LoanTerms, advice: Advice, isWrong: Check['isWrong']): Check {
  return { field, advice, isWrong }
}

function isCount(n: number, least: number, most: number): boolean {
  return Number.isInteger(n) && n >= least && n <= most
}

function hasNoDisbursement({ disbursements }: LoanTerms): boolean {
  return disbursements.length === 0 || disbursements.some((d) => d.amount <= 0n)
}

function isAscending({ disbursements }: LoanTerms): boolean {
  return disbursements.every((d, i) => i === 0 || d.day >= disbursements[i - 1]!.day)
}

const lentOf = (t: LoanTerms): bigint => sum(t.disbursements.map((d) => d.amount))

function hasWrongTwiceMonthlyDays({ frequency, twiceMonthlyDays: [first, second] }: LoanTerms): boolean {
  return frequency === 'twiceMonthly' && !(isCount(first, 1, 31) && isCount(second, 1, 31) && first < second)
}

function hasWrongAmounts({ contractualInstalments: amounts, instalments }: LoanTerms): boolean {
  return amounts !== null && (amounts.length !== instalments || amounts.some((a) => a < 0n))
}

function isNegative({ amount, percent, least, most }: Charge): boolean {
  return amount < 0n || percent < 0n || (least ?? 0n) < 0n || (most ?? 0n) < 0n
}

function hasCrossedBounds({ least, most }: Charge): boolean {
  return least !== null && most !== null && least > most
}

function endsTooEarly({ fixedLength }: LoanTerms, { days }: Facts): boolean {
  const before = days.at(-2)
  return fixedLength !== null && before !== undefined && days.at(-1)! <= before
}

/** Also of days that cannot be worked out. */
function lastsTooLong({ startDay }: LoanTerms, { days }: Facts): boolean {
  const end = days.at(-1)!
  return !(end <= LAST_DAY && end - toNumber(startDay) <= DAYS_AT_MOST)
}

/** Less down payments. */
const netOf = (lent: readonly Tranche[]): bigint => sum(lent.map((t) => t.amount - t.downPayment))

/** What bears the balloon: later tranches cannot make up for it. */
const lentAtFirst = (lent: readonly Tranche[]): bigint => netOf(lent.filter((t) => t.period === 0))

function balloonAdvice(terms: LoanTerms): string {
  const most = formatMinor(lentAtFirst(tranchesOf(terms, periodsOf(terms))), terms.decimals)
  return `Give a balloon of at most ${most}: what is lent before the first instalment, less its down payment.`
}

/** By any instalment, no more may have been paid than was lent by then and all the interest that the amounts leave. */
function repaysTooEarly({ contractualInstalments: amounts }: LoanTerms, { lent }: Facts): boolean {
  if (amounts === null) return false
  const interest = sum(amounts) - netOf(lent)
  let paid = 0n
  return amounts.some((amount, k) => {
    paid += amount
    return paid > netOf(lent.filter((t) => t.period <= k)) + interest
  })
}

function isOutOfReach(day: Day, { startDay }: LoanTerms, lent: readonly Tranche[]): boolean {
  const days = toNumber(day) - Math.min(lent[0]!.day, toNumber(startDay))
  return !(days >= 0 && days <= DAYS_AT_MOST)
}
