/** When instalments fall due. Days are day numbers (days since 1970-01-01) inside the engine and `Day`s outside it. */
import { addDays, type Day, dayOfNumber, daysInMonth, numberOf, partsOf, toNumber, weekdayOf } from '#domain/day.ts'
import type { FixedLength, LoanTerms } from '#domain/loans/terms.ts'

export type DayNumber = number

/**
 * The due days, one for each instalment: the k-th is k periods after the start, or k-1 after the first due day where the
 * terms name one. A month keeps the day it starts from, clamped to its last day. A fixed length moves the last.
 */
export function dueDays(terms: LoanTerms): DayNumber[] {
  const { every, frequency, instalments, firstDueDay, dueDayOfMonth, fixedLength } = terms
  const start = toNumber(terms.startDay)
  const days = Array.from({ length: instalments }, () => 0)
  if (frequency === 'twiceMonthly') {
    fillTwiceMonthly(days, terms)
  } else {
    const anchor = firstDueDay === null ? start : toNumber(firstDueDay)
    const offset = firstDueDay === null ? 1 : 0
    const step = stepper(anchor, frequency, firstDueDay === null ? null : dueDayOfMonth)
    for (let k = 0; k < instalments; k++) days[k] = step((k + offset) * every)
  }
  if (fixedLength) days[instalments - 1] = endOf(start, fixedLength)
  return days
}

/** n units after the anchor, for whatever n; months keep the anchor's day, or the day that it stands for. */
function stepper(
  anchor: DayNumber,
  unit: FixedLength['unit'],
  keptDay: number | null = null,
): (n: number) => DayNumber {
  if (unit === 'days') return (n) => anchor + n
  if (unit === 'weeks') return (n) => anchor + 7 * n
  const { year, month, dayOfMonth } = partsOf(anchor)
  const months = year * 12 + month - 1
  return (n) => onDayOfMonth(months + n, keptDay ?? dayOfMonth)
}

/** The day of a month counted from the year 0, or the month's last day where it is shorter. */
function onDayOfMonth(months: number, dayOfMonth: number): DayNumber {
  const year = Math.trunc(months / 12)
  const month = (months % 12) + 1
  return numberOf({ year, month, dayOfMonth: Math.min(dayOfMonth, daysInMonth(year, month)) })
}

const endOf = (start: DayNumber, length: FixedLength): DayNumber => stepper(start, length.unit)(length.count)

/** Every n-th of the two days of each month: the first after the start, or from the first due day on. */
function fillTwiceMonthly(days: DayNumber[], terms: LoanTerms): void {
  const { twiceMonthlyDays, every, firstDueDay } = terms
  const from = firstDueDay === null ? toNumber(terms.startDay) + 1 : toNumber(firstDueDay)
  const { year, month } = partsOf(from)
  const half = (n: number): DayNumber =>
    onDayOfMonth(year * 12 + month - 1 + Math.trunc(n / 2), twiceMonthlyDays[n % 2]!)
  let first = 0
  while (half(first) < from) first++
  const skipped = firstDueDay === null ? every - 1 : 0
  for (let k = 0; k < days.length; k++) days[k] = half(first + skipped + k * every)
}

/** The two days of the months, counted from the earlier one of the month a day is in. */
function halfMonths(from: DayNumber, days: LoanTerms['twiceMonthlyDays']): (n: number) => DayNumber {
  const { year, month } = partsOf(from)
  return (n) => {
    const isLater = n % 2 !== 0
    return onDayOfMonth(year * 12 + month - 1 + (isLater ? (n - 1) / 2 : n / 2), days[isLater ? 1 : 0])
  }
}

/** Days that a whole period ending on the first due day has: what a first period is long or short against. */
export function regularFirstLength(firstDue: DayNumber, terms: LoanTerms): number {
  if (terms.frequency !== 'twiceMonthly')
    return firstDue - stepper(firstDue, terms.frequency, terms.dueDayOfMonth)(-terms.every)
  const half = halfMonths(firstDue, terms.twiceMonthlyDays)
  let n = 0
  while (half(n) < firstDue) n++
  return firstDue - half(n - terms.every)
}

/** How a product sets the first due day of a loan where it is not one period after the disbursement. */
export type FirstDueRule =
  | { readonly rule: 'afterDays'; readonly days: number }
  | { readonly rule: 'on'; readonly day: string }
  /** The first such day of a month that leaves at least so many days; the due days after it keep it. */
  | { readonly rule: 'onDayOfMonth'; readonly day: number; readonly atLeastDays: number }
  /** The first such weekday (1 = Monday) that leaves at least so many days: a market day, a group's meeting. */
  | { readonly rule: 'onWeekday'; readonly weekday: number; readonly atLeastDays: number }

/** The first due day under a product's rule, and the day of the month that the others keep. */
export function firstDue(
  rule: FirstDueRule | undefined,
  disbursedOn: Day,
): Pick<LoanTerms, 'firstDueDay' | 'dueDayOfMonth'> {
  return {
    firstDueDay: rule === undefined ? null : firstDueDay(rule, disbursedOn),
    dueDayOfMonth: rule?.rule === 'onDayOfMonth' ? rule.day : null,
  }
}

function firstDueDay(rule: FirstDueRule, disbursedOn: Day): Day {
  switch (rule.rule) {
    case 'afterDays':
      return addDays(disbursedOn, rule.days)
    case 'on':
      return rule.day as Day
    case 'onDayOfMonth':
      return firstDayOfMonth(rule.day, addDays(disbursedOn, rule.atLeastDays))
    case 'onWeekday': {
      const earliest = addDays(disbursedOn, rule.atLeastDays)
      return addDays(earliest, (rule.weekday - weekdayOf(earliest) + 7) % 7)
    }
  }
}

/** The first such day of a month (its last day, where it is shorter) that is not before a day. */
function firstDayOfMonth(dayOfMonth: number, earliest: Day): Day {
  const { year, month } = partsOf(toNumber(earliest))
  const months = year * 12 + month - 1
  const inThisMonth = onDayOfMonth(months, dayOfMonth)
  return dayOfNumber(inThisMonth >= toNumber(earliest) ? inThisMonth : onDayOfMonth(months + 1, dayOfMonth))
}
