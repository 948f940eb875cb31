/** Late fees judged one by one, each from the whole past before it: slow and plain, to hold the review against. */
import { type CourseEvent, courseOf, reckonedRows } from '#domain/loans/course.ts'
import { NOTHING } from '#domain/loans/instalment.ts'
import { lateFeeOn } from '#domain/loans/late-fee.ts'
import { sum } from '#domain/money.ts'
import { type Course, eventsOf, isBefore } from '#modules/loan-corrections/history.ts'
import { lateFeeRuleOf } from '#modules/loan-corrections/late-fee-rule.ts'
import type { Standing } from '#modules/loan-records/history-store.ts'

const penaltyOn = (one: Standing, nr: number): bigint =>
  sum(one.lines.filter((line) => line.nr === nr).map((line) => line.parts.penalty))

/** The late fees of a loan as they should stand, judged from `first` on, without what is taken back: each with its instalment and amount. */
export function judgedOneByOne(course: Course, first: Standing, without: readonly Standing[]): string[] {
  const inOrder = (a: Standing, b: Standing): number => (isBefore(a, b) ? -1 : 1)
  const gone = new Set(without.map((one) => one.rootId))
  const isFee = (one: Standing): boolean => one.origin === 'late_fee'
  const candidates = [
    ...course.items.filter(isFee),
    ...course.lateFeesTakenBack.filter((one) => !isBefore(one, first)),
  ].filter((one) => !gone.has(one.rootId))
  const others = course.items.filter((one) => !isFee(one) && !gone.has(one.rootId))
  const fees: Standing[] = []
  for (const one of candidates.sort(inOrder)) {
    const nr = one.lines[0]!.nr
    const before = [...others, ...fees].filter((other) => isBefore(other, one)).sort(inOrder)
    const amount = isBefore(one, first) ? one.amount : judged(course, before, { one, nr, fees })
    const parts = { ...NOTHING, penalty: amount }
    if (amount > 0n) fees.push({ ...one, amount, parts, lines: [{ nr, parts }] })
  }
  return fees.map((fee) => `${fee.rootId}: ${fee.amount} on ${fee.lines[0]!.nr}`)
}

interface Judged {
  readonly one: Standing
  readonly nr: number
  readonly fees: readonly Standing[]
}

function judged(course: Course, before: readonly Standing[], { one, nr, fees }: Judged): bigint {
  const events: CourseEvent[] = eventsOf({ ...course, items: before })
  const rows = reckonedRows(courseOf(course.plan, events, one.valueDay), course.rows)
  const row = rows.find((each) => each.nr === nr)
  const charged = course.lateFeesBefore + sum(fees.map((fee) => fee.amount))
  const just = row ? lateFeeOn(row, { ...lateFeeRuleOf(course.row.terms.lateFee!), charged }) : 0n
  const waived = course.items.filter((other) => other.kind === 'waiver' && !isBefore(other, one))
  const penalties = course.items.filter((other) => other.kind === 'penalty' && other.rootId !== one.rootId)
  const left = sum(waived.map((other) => penaltyOn(other, nr))) - sum(penalties.map((other) => penaltyOn(other, nr)))
  const givenUp = left < 0n ? 0n : left
  const least = one.amount < givenUp ? one.amount : givenUp
  return just > least ? just : least
}
