/** Late fees judged anew: a payment of an earlier day that is entered late takes back what it proves unjust; one that bounces restores it. */
import { type CourseEvent, growingCourse, soundOf } from '#domain/loans/course.ts'
import { lateFeeOn } from '#domain/loans/late-fee.ts'
import { type Instalment, NOTHING, type Parts } from '#domain/loans/instalment.ts'
import { max, min } from '#domain/money.ts'
import { type Course, eventsIn, isBefore, type Replayed, replayed } from '#modules/loan-corrections/history.ts'
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
  const standing = course.items.filter((one) => isLateFee(one) && !gone.has(one.rootId))
  const mayCome = course.lateFeesTakenBack.filter((one) => !isBefore(one, first))
  const candidates = [...standing, ...mayCome]
  if (!lateFee || candidates.length === 0) return null
  const others = course.items.filter((one) => !isLateFee(one) && !gone.has(one.rootId))
  const rule = lateFeeRuleOf(lateFee)
  const past = pastOf(course, others)
  const givenUp = givenUpIn(course)
  const fees: Standing[] = []
  let charged = course.lateFeesBefore
  const keep = (fee: Standing): void => {
    fees.push(fee)
    past.enter(fee)
    charged += fee.amount
  }
  for (const one of candidates.filter((each) => !gone.has(each.rootId)).sort(inOrder)) {
    if (isBefore(one, first)) {
      keep(one)
      continue
    }
    const nr = one.lines[0]!.nr
    const instalment = past.instalmentAt(one, nr)
    const just = instalment ? lateFeeOn(instalment, { ...rule, charged }) : 0n
    const amount = max(just, min(one.amount, givenUp(one, nr)))
    if (amount > 0n) keep(withAmount(one, nr, amount))
  }
  return fees
}

const isLateFee = (one: Standing): boolean => one.origin === 'late_fee'

interface Past {
  /** An instalment as it was when something happened, from all that counts before that. Asked for in the order of time. */
  instalmentAt(one: Standing, nr: number): Instalment | null
  /** Notes a fee; its place is behind all that was asked for or entered. */
  enter(fee: Standing): void
}

/** The past of each late fee: the other transactions before it, and the fees as they were judged. Gone through once. */
function pastOf(course: Course, others: readonly Standing[]): Past {
  const rowsOn = growingCourse(course.plan)
  const eventsOf = eventsIn(course)
  const coming = [...others].sort(inOrder)
  const events: CourseEvent[] = []
  let next = 0
  const enterBefore = (one: Standing): void => {
    for (; next < coming.length && isBefore(coming[next]!, one); next++) events.push(...eventsOf(coming[next]!))
  }
  return {
    instalmentAt(one, nr) {
      enterBefore(one)
      const row = rowsOn(events, one.valueDay).find((each) => each.instalment.nr === nr)
      return row ? soundOf(row) : null
    },
    enter(fee) {
      enterBefore(fee)
      events.push(...eventsOf(fee))
    },
  }
}

/**
 * What a person gave up of a fee, counted from its place on: that much of it stays, and stays given up. Other penalties of
 * its instalment take their part first.
 */
function givenUpIn({ items }: Course): (fee: Standing, nr: number) => bigint {
  const byNumber = new Map<number, { readonly one: Standing; readonly penalty: bigint }[]>()
  for (const one of items.filter(({ kind }) => kind === 'waiver' || kind === 'penalty')) {
    for (const { nr, parts } of one.lines) {
      const there = byNumber.get(nr) ?? []
      there.push({ one, penalty: parts.penalty })
      byNumber.set(nr, there)
    }
  }
  return (fee, nr) => {
    let left = 0n
    for (const { one, penalty } of byNumber.get(nr) ?? []) {
      if (one.kind === 'waiver' && !isBefore(one, fee)) left += penalty
      if (one.kind === 'penalty' && one.rootId !== fee.rootId) left -= penalty
    }
    return max(0n, left)
  }
}

function withAmount(one: Standing, nr: number, amount: bigint): Standing {
  const parts: Parts = { ...NOTHING, penalty: amount }
  return { ...one, amount, parts, lines: [{ nr, parts }] }
}
