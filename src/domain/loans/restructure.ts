/**
 * Agreeing anew on a loan that runs: what was paid or waived stays with the instalments of the past, which owe nothing any
 * more, and everything still owed falls due with new ones.
 */
import { type Day, dayOfNumber } from '#domain/day.ts'
import type { Reckoned, Written } from '#domain/loans/course.ts'
import { dueDays } from '#domain/loans/due-days.ts'
import { addParts, COMPONENTS, NOTHING, outstandingOf, type Parts, totalOf } from '#domain/loans/instalment.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import { max, min, splitEvenly } from '#domain/money.ts'

/** An instalment to come. */
export interface NewDue {
  readonly dueDay: Day
  readonly due: Parts
}

export interface Restructured {
  /** Of the past: due is what was paid and waived. Those on which nothing was are gone. */
  readonly kept: readonly Reckoned[]
  /** Numbered on behind the kept ones. */
  readonly fresh: readonly Reckoned[]
}

type Row = Written & { readonly completedOn: Day | null }

/** Closes the past on a day and puts new dues behind it. Interest that was earned on unpaid dues counts for the first new ones. */
export function restructured(rows: readonly Row[], day: Day, dues: readonly NewDue[]): Restructured {
  const kept = rows.flatMap((row) => pastOf(row, day))
  let earned = total(rows) - total(kept)
  const firstNr = Math.max(0, ...kept.map((row) => row.nr)) + 1
  const fresh = dues.map(({ dueDay, due }, n): Reckoned => {
    const interestEarned = min(earned, due.interest)
    earned -= interestEarned
    const completedOn = totalOf(due) === 0n ? dueDay : null
    return { nr: firstNr + n, dueDay, due, paid: NOTHING, waived: NOTHING, interestEarned, completedOn }
  })
  return { kept, fresh }
}

const total = (rows: readonly Written[]): bigint => rows.reduce((sum, row) => sum + row.interestEarned, 0n)

function pastOf(row: Row, day: Day): Reckoned[] {
  const due = addParts(row.paid, row.waived)
  if (totalOf(due) === 0n) return []
  const interestEarned = min(row.interestEarned, row.paid.interest)
  const dueDay = row.dueDay < day ? row.dueDay : day
  return [{ ...row, due, dueDay, interestEarned, completedOn: row.completedOn ?? day }]
}

/** Everything outstanding. */
export const owedOn = (rows: readonly Written[]): Parts =>
  rows.reduce((sum, row) => addParts(sum, outstandingOf(row)), NOTHING)

/** Re-age: all that is owed, in equal parts over new instalments; the last takes what does not divide. */
export function reAged(owed: Parts, days: readonly Day[]): NewDue[] {
  const parts = splitParts(owed, days.length)
  return days.map((dueDay, n) => ({ dueDay, due: parts[n]! }))
}

/** Re-amortise: what is overdue on a day, in equal parts on top of what is still to come. Empty where nothing is to come. */
export function reAmortised(rows: readonly Written[], day: Day): NewDue[] {
  const coming = rows.filter((row) => row.dueDay >= day && totalOf(outstandingOf(row)) > 0n)
  if (coming.length === 0) return []
  const parts = splitParts(overdueOn(rows, day), coming.length)
  return coming.map((row, n) => ({ dueDay: row.dueDay, due: addParts(outstandingOf(row), parts[n]!) }))
}

/** Outstanding on what fell due before the day. */
export const overdueOn = (rows: readonly Written[], day: Day): Parts => owedOn(rows.filter((row) => row.dueDay < day))

function splitParts(parts: Parts, n: number): Parts[] {
  const split = COMPONENTS.map((component) => splitEvenly(parts[component], n, 'DOWN'))
  return Array.from({ length: n }, (_, at) => ({
    penalty: split[0]![at]!,
    fee: split[1]![at]!,
    interest: split[2]![at]!,
    principal: split[3]![at]!,
  }))
}

/** The due days of so many new instalments. */
export const newDueDays = (terms: LoanTerms): Day[] => dueDays(terms).map(dayOfNumber)

/** Earned interest as far as the rows can hold it, the earliest first; what they cannot hold was never owed. */
export function earnedInOrder<R extends Written>(rows: readonly R[], earned: bigint): R[] {
  let left = earned
  return rows.map((row) => {
    const interestEarned = max(0n, min(left, row.due.interest - row.waived.interest))
    left -= interestEarned
    return { ...row, interestEarned }
  })
}
