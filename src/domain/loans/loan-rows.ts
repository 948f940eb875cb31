/** The rows of a loan's schedule as they stand: what fell due with its charges, and what was paid on it, when. */
import type { Day } from '#domain/day.ts'
import { max, min } from '#domain/money.ts'
import {
  type Instalment,
  type Parts,
  addParts,
  COMPONENTS,
  NOTHING,
  outstandingOf,
  subtractParts,
  totalOf,
} from '#domain/loans/instalment.ts'

/** `additional`: an instalment behind the last one, for charges that fall due after it. */
export type RowKind = 'downPayment' | 'instalment' | 'additional'

/** What the schedule alone says of a row, charges not counted. */
export interface PlannedRow {
  readonly kind: RowKind
  readonly nr: number
  readonly fromDay: Day
  readonly dueDay: Day
  readonly due: Parts
}

export interface LoanRow extends PlannedRow {
  /** The plan with the charges in it, and what was paid and waived. */
  readonly instalment: Instalment
  /** Money that came before the due day, and after it. */
  readonly inAdvance: bigint
  readonly late: bigint
  /** Value day of the payment that reached the row last. */
  readonly paidOn: Day | null
}

/** A charge as it stands: each taking of it falls due with, or within, one row. */
export interface Levy {
  readonly component: 'penalty' | 'fee' | 'principal'
  /** Its own day; null for a charge on every instalment. */
  readonly dueDay: Day | null
  /** The row it was put on, where rows keep their numbers. */
  readonly nr?: number
  /** What the charge comes to on a row (a percentage depends on it), or on the whole plan where it has its own day. */
  readonly amountOn: (planned: Parts, whole: Parts) => bigint
}

const unpaid = (planned: PlannedRow): LoanRow => ({
  ...planned,
  instalment: {
    nr: planned.nr,
    startDay: planned.fromDay,
    dueDay: planned.dueDay,
    due: planned.due,
    paid: NOTHING,
    waived: NOTHING,
  },
  inAdvance: 0n,
  late: 0n,
  paidOn: null,
})

/**
 * The rows after the plan or the charges have changed: each row of the new plan with the charges that fall into it, and
 * with what was paid before on the row of the same kind and day. Charges due after the last row make an additional one.
 */
export function layOut(plan: readonly PlannedRow[], levies: readonly Levy[], before: readonly LoanRow[]): LoanRow[] {
  const known = new Map<string, LoanRow[]>()
  for (const row of before) {
    const alike = known.get(placeOf(row))
    if (alike) alike.push(row)
    else known.set(placeOf(row), [row])
  }
  return place(plan, levies).map((row) => {
    const old = known.get(placeOf(row))?.shift()
    return old ? carryOver(row, old) : row
  })
}

/**
 * The rows with one more charge, where it is put on one of them by its number: they are laid out already, and only that row
 * changes. Null where the charge finds its row by its day, or changes principal.
 */
export function levied(plan: readonly PlannedRow[], levy: Levy, rows: readonly LoanRow[]): LoanRow[] | null {
  const { component, dueDay, nr } = levy
  if (component === 'principal' || dueDay === null || nr === undefined) return null
  const at = rows.findIndex((row) => row.nr === nr)
  const row = rows[at]
  if (!row || row.kind === 'additional') return null
  const { penalty, fee } = chargedOn(row)
  const due = { ...row.instalment.due, penalty, fee }
  const planned = { ...row, instalment: { ...row.instalment, due } }
  const whole = totalDue(plan)
  return rows.with(at, carryOver(charge(planned, levy, { dueDay, on: whole, whole }), row))
}

/** What a row is planned to owe of charges: more is due where more was paid before a charge shrank. */
function chargedOn({ due: { penalty, fee }, instalment: { charges = [] } }: LoanRow): Pick<Parts, 'penalty' | 'fee'> {
  const sum = { penalty, fee }
  for (const { component, amount } of charges) sum[component] += amount
  return sum
}

const totalDue = (plan: readonly PlannedRow[]): Parts => plan.reduce((sum, row) => addParts(sum, row.due), NOTHING)

/** What stays the same of a row when the plan changes; the additional row may be put off. */
const placeOf = ({ kind, dueDay }: PlannedRow): string => (kind === 'additional' ? kind : `${kind} ${dueDay}`)

/** A percentage that has been paid does not shrink with what it is taken of, and no more stays waived than is unpaid. */
function carryOver(row: LoanRow, old: LoanRow): LoanRow {
  const { paid } = old.instalment
  const planned = row.instalment.due
  const due = { ...planned, penalty: max(planned.penalty, paid.penalty), fee: max(planned.fee, paid.fee) }
  const waived = stillWaived(old.instalment.waived, subtractParts(due, paid))
  const instalment = { ...row.instalment, due, paid, waived }
  const { inAdvance, late, paidOn } = old
  return { ...row, instalment, inAdvance, late, paidOn }
}

/** Of what was waived, no more than is unpaid of it. */
function stillWaived(waived: Parts, unpaidParts: Parts): Parts {
  const kept = { ...NOTHING }
  for (const component of COMPONENTS) kept[component] = max(0n, min(waived[component], unpaidParts[component]))
  return kept
}

/** Whether the new rows have no place for money that was paid on the old ones: a row is gone, or owes less than was paid. */
export function losesMoney(before: readonly LoanRow[], after: readonly LoanRow[]): boolean {
  const paidOn = (rows: readonly LoanRow[]) => rows.reduce((total, row) => total + totalOf(row.instalment.paid), 0n)
  if (paidOn(before) !== paidOn(after)) return true
  return after.some(({ instalment: { due, paid } }) => COMPONENTS.some((component) => due[component] < paid[component]))
}

/** A charge belongs to the period (from, due], the first one counting its first day too. */
function place(plan: readonly PlannedRow[], levies: readonly Levy[]): LoanRow[] {
  const rows = plan.map(unpaid)
  if (rows.length === 0) return rows
  const whole = totalDue(plan)
  const find = finder(rows)
  for (const levy of levies) {
    if (levy.dueDay === null) {
      plan.forEach((row, at) => {
        if (row.kind === 'instalment') rows[at] = charge(rows[at]!, levy, { dueDay: row.dueDay, on: row.due, whole })
      })
    } else {
      const at = find(levy.dueDay, levy.nr) ?? behindLast(rows, levy.dueDay)
      rows[at] = charge(rows[at]!, levy, { dueDay: levy.dueDay, on: whole, whole })
    }
  }
  return rows
}

/**
 * Finds the place of a charge among the rows of a plan: the row it was put on, or the first instalment that is due on its
 * day or later. Undefined where the day is after all of them.
 */
function finder(rows: readonly LoanRow[]): (day: Day, nr: number | undefined) => number | undefined {
  const planned = rows.length
  const byNumber = new Map<number, number>()
  const instalments: { readonly at: number; readonly dueDay: Day }[] = []
  for (const [at, { nr, kind, dueDay }] of rows.entries()) {
    if (!byNumber.has(nr)) byNumber.set(nr, at)
    // An instalment that is due before an earlier one is never the first.
    if (kind === 'instalment' && (instalments.length === 0 || instalments.at(-1)!.dueDay < dueDay))
      instalments.push({ at, dueDay })
  }
  return (day, nr) => {
    const meant = nr === undefined ? undefined : byNumber.get(nr)
    if (meant !== undefined) return meant
    return nr !== undefined && rows[planned]?.nr === nr ? planned : instalments[firstFrom(instalments, day)]?.at
  }
}

function firstFrom(instalments: readonly { readonly dueDay: Day }[], day: Day): number {
  let low = 0
  let high = instalments.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (instalments[middle]!.dueDay < day) low = middle + 1
    else high = middle
  }
  return low
}

/** The additional row for a charge that is due after all others; made where there is none, extended where one was made. */
function behindLast(rows: LoanRow[], day: Day): number {
  const last = rows.length - 1
  const { kind, nr, dueDay, fromDay } = rows[last]!
  if (kind !== 'additional') {
    rows.push(unpaid({ kind: 'additional', nr: nr + 1, fromDay: dueDay, dueDay: day, due: NOTHING }))
    return last + 1
  }
  const until = day > dueDay ? day : dueDay
  const instalment = { ...rows[last]!.instalment, dueDay: until }
  rows[last] = { ...rows[last]!, fromDay, dueDay: until, instalment }
  return last
}

function charge(row: LoanRow, levy: Levy, taking: { dueDay: Day; on: Parts; whole: Parts }): LoanRow {
  const amount = levy.amountOn(taking.on, taking.whole)
  const { component } = levy
  const due = { ...row.instalment.due, [component]: row.instalment.due[component] + amount }
  if (component === 'principal') return { ...row, instalment: { ...row.instalment, due } }
  const charges = [...(row.instalment.charges ?? []), { component, dueDay: taking.dueDay, amount }]
  return { ...row, instalment: { ...row.instalment, due, charges } }
}

/** The row after a payment of these parts on a value day. A payment on the due day is neither in advance nor late. */
export function payRow(row: LoanRow, parts: Parts, day: Day): LoanRow {
  const instalment = { ...row.instalment, paid: addParts(row.instalment.paid, parts) }
  const amount = totalOf(parts)
  return {
    ...row,
    instalment,
    inAdvance: day < row.dueDay ? row.inAdvance + amount : row.inAdvance,
    late: day > row.dueDay ? row.late + amount : row.late,
    paidOn: day,
  }
}

/** Value day of the payment that completed the row; null while anything is outstanding. */
export const completedOn = (row: LoanRow): Day | null =>
  totalOf(outstandingOf(row.instalment)) > 0n ? null : row.paidOn

/** The row with at most `amount` of a component waived: never more than is outstanding of it. */
export function waiveOnRow(row: LoanRow, component: keyof Parts, amount: bigint): LoanRow {
  const portion = max(0n, min(amount, outstandingOf(row.instalment)[component]))
  const waived = { ...row.instalment.waived, [component]: row.instalment.waived[component] + portion }
  return { ...row, instalment: { ...row.instalment, waived } }
}

/** At most `amount` of what was paid on the row in advance, taken back from it: principal first. */
export function unpayRow(row: LoanRow, amount: bigint): { readonly row: LoanRow; readonly parts: Parts } {
  let left = min(amount, row.inAdvance)
  if (left <= 0n) return { row, parts: NOTHING }
  const parts = { ...NOTHING }
  for (const component of COMPONENTS.toReversed()) {
    parts[component] = min(left, row.instalment.paid[component])
    left -= parts[component]
  }
  const instalment = { ...row.instalment, paid: subtractParts(row.instalment.paid, parts) }
  const inAdvance = row.inAdvance - totalOf(parts)
  return { row: { ...row, instalment, inAdvance }, parts }
}
