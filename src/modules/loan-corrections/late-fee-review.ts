/** Late fees judged anew: a payment of an earlier day that is entered late takes back what it proves unjust; one that bounces restores it. */
import { lateFeeOn } from '#domain/loans/late-fee.ts'
import { NOTHING, type Parts } from '#domain/loans/instalment.ts'
import { max, min, sum } from '#domain/money.ts'
import { type Course, isBefore, type Replayed, replayed, rowsAsOf } from '#modules/loan-corrections/history.ts'
import type { Standing } from '#modules/loan-records/history-store.ts'
import { lateFeeRuleOf } from '#modules/loan-corrections/late-fee-rule.ts'

/**
 * The loan worked out anew without what is taken back, the late fees included that this, or a payment not yet written, may
 * change: those that count after it. Changes nothing itself.
 */
export function reviewed(course: Course, without: readonly Standing[] = []): Replayed {
  const [first] = [...without, ...course.items.filter((one) => one.id === 0)].sort(inOrder)
  return first ? reviewedFrom(course, first, without) : replayed(course, { without })
}

/** The loan with every late fee judged anew: the same where nothing has changed. */
export function reviewedWhole(course: Course): Replayed {
  const [first] = [...course.items].sort(inOrder)
  return first ? reviewedFrom(course, first, []) : replayed(course)
}

function reviewedFrom(course: Course, first: Standing, without: readonly Standing[]): Replayed {
  const lateFees = lateFeesFrom(course, first, without)
  return replayed(course, lateFees === null ? { without } : { without, lateFees })
}

const inOrder = (a: Standing, b: Standing): number => (isBefore(a, b) ? -1 : 1)

/** The late fees as they would have been charged, each in its place, had everything that stands been known; null where there are none. */
function lateFeesFrom(course: Course, first: Standing, without: readonly Standing[]): Standing[] | null {
  const { lateFee } = course.row.terms
  const gone = new Set(without.map((one) => one.rootId))
  const charged = course.items.filter((one) => isLateFee(one) && !gone.has(one.rootId))
  const candidates = [...charged, ...course.lateFeesTakenBack.filter((one) => !isBefore(one, first))]
  if (!lateFee || candidates.length === 0) return null
  const others = course.items.filter((one) => !isLateFee(one) && !gone.has(one.rootId))
  const rule = lateFeeRuleOf(lateFee)
  const fees: Standing[] = []
  for (const one of candidates.filter((each) => !gone.has(each.rootId)).sort(inOrder)) {
    if (isBefore(one, first)) {
      fees.push(one)
      continue
    }
    const before = [...others, ...fees].filter((other) => isBefore(other, one)).sort(inOrder)
    const nr = one.lines[0]!.nr
    const row = rowsAsOf(course, before, one.valueDay).find((each) => each.nr === nr)
    const soFar = course.lateFeesBefore + sum(fees.map((fee) => fee.amount))
    const just = row ? lateFeeOn(row, { ...rule, charged: soFar }) : 0n
    const amount = max(just, min(one.amount, givenUpOf(one, nr, course)))
    if (amount > 0n) fees.push(withAmount(one, nr, amount))
  }
  return fees
}

const isLateFee = (one: Standing): boolean => one.origin === 'late_fee'

/** What a person gave up of a fee: that much of it stays, and stays given up. Other penalties of its instalment take their part first. */
function givenUpOf(fee: Standing, nr: number, { items }: Course): bigint {
  const penaltyOn = (one: Standing): bigint =>
    sum(one.lines.filter((line) => line.nr === nr).map((line) => line.parts.penalty))
  const waived = items.filter((one) => one.kind === 'waiver' && !isBefore(one, fee))
  const others = items.filter((one) => one.kind === 'penalty' && one.rootId !== fee.rootId)
  return max(0n, sum(waived.map(penaltyOn)) - sum(others.map(penaltyOn)))
}

function withAmount(one: Standing, nr: number, amount: bigint): Standing {
  const parts: Parts = { ...NOTHING, penalty: amount }
  return { ...one, amount, parts, lines: [{ nr, parts }] }
}
