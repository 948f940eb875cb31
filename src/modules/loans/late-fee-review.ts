/** Late fees judged anew: a payment of an earlier day that is entered late takes back what it proves unjust; one that bounces restores it. */
import { lateFeeOn } from '#domain/loans/late-fee.ts'
import { NOTHING, type Parts } from '#domain/loans/instalment.ts'
import { max, min, sum } from '#domain/money.ts'
import { type Course, isBefore, type Replayed, replayed, rowsAsOf } from '#modules/loans/history.ts'
import type { Standing } from '#modules/loans/history-store.ts'
import { lateFeeRuleOf } from '#modules/loans/late-fee-rule.ts'

/** The loan worked out anew, its late fees included. Changes nothing itself. */
export function reviewed(course: Course, without: readonly Standing[] = []): Replayed {
  const lateFees = lateFeesOf(course, without)
  return replayed(course, lateFees === null ? { without } : { without, lateFees })
}

/** The late fees as they would have been charged, each in its place, had everything that stands been known; null where there are none. */
function lateFeesOf(course: Course, without: readonly Standing[]): Standing[] | null {
  const { lateFee } = course.row.terms
  const gone = new Set(without.map((one) => one.rootId))
  const candidates = [...course.items.filter(isLateFee), ...course.lateFeesTakenBack]
    .filter((one) => !gone.has(one.rootId))
    .sort((a, b) => (isBefore(a, b) ? -1 : 1))
  if (!lateFee || candidates.length === 0) return null
  const others = course.items.filter((one) => !isLateFee(one) && !gone.has(one.rootId))
  const rule = lateFeeRuleOf(lateFee)
  const fees: Standing[] = []
  for (const one of candidates) {
    const charged = sum(fees.map((fee) => fee.amount))
    const before = [...others, ...fees]
      .filter((other) => isBefore(other, one))
      .sort((a, b) => (isBefore(a, b) ? -1 : 1))
    const nr = one.lines[0]!.nr
    const row = rowsAsOf(course, before, one.valueDay).find((each) => each.nr === nr)
    const just = row ? lateFeeOn(row, { ...rule, charged }) : 0n
    const amount = max(just, min(one.amount, givenUpOn(nr, course)))
    if (amount > 0n) fees.push(withAmount(one, nr, amount))
  }
  return fees
}

const isLateFee = (one: Standing): boolean => one.origin === 'late_fee'

/** Penalties that a person gave up on an instalment: that much of its fee stays, and stays given up. */
function givenUpOn(nr: number, { items }: Course): bigint {
  const waived = items.filter(({ kind }) => kind === 'waiver').flatMap(({ lines }) => lines)
  return sum(waived.filter((line) => line.nr === nr).map((line) => line.parts.penalty))
}

function withAmount(one: Standing, nr: number, amount: bigint): Standing {
  const parts: Parts = { ...NOTHING, penalty: amount }
  return { ...one, amount, parts, lines: [{ nr, parts }] }
}
