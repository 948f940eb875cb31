/** What part of the balance is interest for a period: the rate, the day count and the frequency in one number. */
import { type DateParts, daysInYear, isLeapYear, numberOf, partsOf } from '#domain/day.ts'
import { add, atScale, type Decimal, decimal, divideBy, multiply } from '#domain/loans/decimal.ts'
import type { DayNumber } from '#domain/loans/due-days.ts'
import type { Period } from '#domain/loans/periods.ts'
import type { Frequency, LoanTerms } from '#domain/loans/terms.ts'
import { UNITS_A_PERCENT } from '#domain/rate.ts'

const NOMINAL_DAYS: Readonly<Record<Frequency, number>> = { days: 1, weeks: 7, months: 30, twiceMonthly: 15 }
const PERIODS_A_YEAR: Readonly<Record<Frequency, number>> = { days: 365, weeks: 52, months: 12, twiceMonthly: 24 }

/** A part of a period's time, from one day to another. */
export interface Stretch {
  readonly from: DayNumber
  readonly to: DayNumber
}

/** Progressive factors keep nineteen decimals. */
const PROGRESSIVE_PLACES = 19

/**
 * Progressive: rate × (days of the period / days of the year) × (days of the stretch / days of the period), each step to
 * nineteen digits. With an actual year, a stretch across New Year counts each year's days over that year's length.
 */
export function progressiveFactor(terms: LoanTerms, period: Period, stretch: Stretch): Decimal {
  const rate = decimal(terms.rate, -10)
  const days = stretch.to - stretch.from
  if (days <= 0) return decimal(0)
  if (crossesNewYear(terms, stretch)) return rounded(multiply(rate, fractionsByYear(terms, stretch)))
  const wholeDays = isScaledByLength(terms) ? period.regularDays : period.days
  const whole = multiply(rate, periodFraction(terms, period, stretch.from))
  return rounded(divideBy(multiply(whole, decimal(days)), decimal(wholeDays)))
}

/**
 * Periods with the same key have the same factor; null for a period that has its own (one that crosses New Year in
 * years of their actual length).
 */
export function factorKey(terms: LoanTerms, period: Period): number | null {
  const year = terms.dayCount.year === 'actual' && terms.engine === 'progressive' ? yearKey(terms, period) : 0
  return year === null ? null : (period.days * 10_000 + period.regularDays) * 1000 + year
}

function yearKey(terms: LoanTerms, period: Period): number | null {
  if (crossesNewYear(terms, { from: period.from, to: period.due })) return null
  return yearDays(terms, period, period.from)
}

const rounded = (d: Decimal): Decimal => decimal(atScale(d, PROGRESSIVE_PLACES), -PROGRESSIVE_PLACES)

/** Without interest for parts of periods, an odd period bears the interest of a whole one. */
const isScaledByLength = (terms: LoanTerms): boolean =>
  terms.partialPeriodInterest || (terms.interestPeriod === 'daily' && terms.rateBasis === 'annual')

/** The part of what the rate is for (a year, a period, the term) that a whole period makes up. */
function periodFraction(terms: LoanTerms, period: Period, from: DayNumber): Decimal {
  if (terms.rateBasis === 'perPeriod') return decimal(1)
  if (terms.rateBasis === 'wholeTerm') return divideBy(decimal(1), decimal(terms.instalments))
  if (terms.interestPeriod === 'perInstalment') {
    return divideBy(decimal(terms.every), decimal(PERIODS_A_YEAR[terms.frequency]))
  }
  return divideBy(decimal(countedDays(terms, period)), decimal(yearDays(terms, period, from)))
}

function countedDays(terms: LoanTerms, period: Period): number {
  return terms.dayCount.month === '30' ? NOMINAL_DAYS[terms.frequency] * terms.every : period.regularDays
}

function yearDays(terms: LoanTerms, period: Period, from: DayNumber): number {
  const { year, leap } = terms.dayCount
  if (year !== 'actual') return Number(year)
  if (leap === 'feb29Period') return holdsLeapDay(terms, period) ? 366 : 365
  return daysInYear(partsOf(from).year)
}

/** The day on which a period begins belongs to the period before it, unless interest starts on the day of disbursement. */
function holdsLeapDay(terms: LoanTerms, { from, due }: Period): boolean {
  const first = terms.interestOnDisbursementDay ? from : from + 1
  const last = terms.interestOnDisbursementDay ? due - 1 : due
  for (let { year } = partsOf(first); year <= partsOf(last).year; year++) {
    const leapDay = isLeapYear(year) ? numberOf({ year, month: 2, dayOfMonth: 29 }) : null
    if (leapDay !== null && leapDay >= first && leapDay <= last) return true
  }
  return false
}

function crossesNewYear(terms: LoanTerms, { from, to }: Stretch): boolean {
  const { year, leap } = terms.dayCount
  if (year !== 'actual' || leap !== 'leapYear') return false
  if (terms.rateBasis !== 'annual' || terms.interestPeriod !== 'daily') return false
  return partsOf(from).year !== partsOf(to).year
}

/** Days of each year over that year's length. The cut is after 31 December's interest: on that day, or on 1 January. */
function fractionsByYear(terms: LoanTerms, { from, to }: Stretch): Decimal {
  const cut = (year: number): DateParts =>
    terms.interestOnDisbursementDay ? { year: year + 1, month: 1, dayOfMonth: 1 } : { year, month: 12, dayOfMonth: 31 }
  let total = decimal(0)
  let begin = from
  const lastYear = partsOf(to).year
  for (let { year } = partsOf(from); year <= lastYear; year++) {
    const end = year === lastYear ? to : numberOf(cut(year))
    total = add(total, divideBy(decimal(end - begin), decimal(daysInYear(year))))
    begin = end
  }
  return total
}

/**
 * Cumulative: the rate of one unit of time (rate / units a year / 100) × the units of the period. By days, an actual
 * year has 365 days in every year, and a month of thirty days counts thirty.
 */
export function cumulativeFactor(terms: LoanTerms, period: Period): Decimal {
  if (period.days === 0) return decimal(0)
  const whole = unitRate(terms, unitsOfPeriod(terms, period))
  if (period.days === period.regularDays || !isScaledByLength(terms)) return whole
  if (terms.interestPeriod === 'daily' && terms.dayCount.month === 'actual') return whole
  return divideBy(multiply(whole, decimal(period.days)), decimal(period.regularDays))
}

function unitsOfPeriod(terms: LoanTerms, period: Period): number {
  if (terms.interestPeriod === 'perInstalment') return terms.every
  return terms.dayCount.month === '30' ? NOMINAL_DAYS[terms.frequency] * terms.every : period.days
}

/** The rate from which a cumulative instalment is priced: by days it takes months of thirty days, whatever the interest counts. */
export function pricingFactor(terms: LoanTerms): Decimal {
  const daily = terms.interestPeriod === 'daily'
  return unitRate(terms, daily ? NOMINAL_DAYS[terms.frequency] * terms.every : terms.every)
}

/** The rate of the whole term, for flat interest: by days the calendar days of the term count. */
export function termFactor(terms: LoanTerms, termDays: number): Decimal {
  if (terms.rateBasis === 'wholeTerm') return decimal(terms.rate, -10)
  if (terms.rateBasis === 'perPeriod') return multiply(decimal(terms.rate, -10), decimal(terms.instalments))
  return unitRate(terms, terms.interestPeriod === 'daily' ? termDays : terms.instalments * terms.every)
}

function unitRate(terms: LoanTerms, units: number): Decimal {
  if (terms.rateBasis === 'perPeriod') return decimal(terms.rate, -10)
  if (terms.rateBasis === 'wholeTerm') return divideBy(decimal(terms.rate, -10), decimal(terms.instalments))
  const percentages = divideBy(decimal(terms.rate), decimal(UNITS_A_PERCENT))
  const unit = divideBy(divideBy(percentages, decimal(unitsAYear(terms))), decimal(100))
  return multiply(unit, decimal(units))
}

function unitsAYear(terms: LoanTerms): number {
  if (terms.interestPeriod === 'perInstalment') return PERIODS_A_YEAR[terms.frequency]
  return terms.dayCount.year === 'actual' ? 365 : Number(terms.dayCount.year)
}
