/** From terms to rows: when each instalment falls due and what it is made of. Read `schedule` from top to bottom. */
import { type Day, dayOfNumber } from '#domain/day.ts'
import { amortiseOverdue, type Book, lendingOf, type Line } from '#domain/loans/amortise.ts'
import {
  type Base,
  type Charged,
  disbursementFee,
  dueDayCharges,
  instalmentCharges,
  lastChargeAfter,
} from '#domain/loans/charges.ts'
import { contractualLines } from '#domain/loans/contractual.ts'
import { flatInterest } from '#domain/loans/flat-interest.ts'
import { type Instalment, NOTHING, type Parts } from '#domain/loans/instalment.ts'
import { plannedLoan } from '#domain/loans/instalment-plan.ts'
import { interestOf } from '#domain/loans/interest.ts'
import { type Period, periodsOf, type Tranche, tranchesOf } from '#domain/loans/periods.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'

interface DisbursementRow {
  readonly kind: 'disbursement'
  readonly day: Day
  readonly amount: bigint
  /** Charges taken out of what is paid out; not part of the totals. */
  readonly fee: bigint
}

export interface InstalmentRow {
  readonly kind: 'downPayment' | 'instalment'
  readonly nr: number
  /** Where its interest period begins. */
  readonly fromDay: Day
  readonly dueDay: Day
  /** Calendar days of its interest period; 0 for a down payment. */
  readonly days: number
  readonly due: Parts
  /** Principal still owed when all is paid as planned. */
  readonly balanceAfter: bigint
}

export type ScheduleRow = DisbursementRow | InstalmentRow

export interface Schedule {
  /** In order of day: disbursements, down payments and instalments. */
  readonly rows: readonly ScheduleRow[]
  /** Of all down payments and instalments; charges taken at disbursement are not in it. */
  readonly totals: Parts
}

/** The schedule that follows from the terms, to the minor unit. The terms are taken to be consistent (see `faultIn`). */
export function schedule(terms: LoanTerms): Schedule {
  const book = bookOf(terms)
  const lines = deferInterest(linesOf(book), terms.grace.interestPayment)
  const rows = rowsOf(book, lines)
  return { rows, totals: totalsOf(rows) }
}

/** Periods, disbursements and the interest rule: what every further step reckons from. */
export function bookOf(terms: LoanTerms): Book {
  const periods = periodsOf(terms)
  const tranches = tranchesOf(terms, periods)
  const interest = interestOf(terms, periods)
  const lending = lendingOf({ terms, periods, tranches })
  const flat = terms.interestMethod === 'flat' ? flatInterest({ terms, periods, tranches, interest }) : null
  return { terms, periods, tranches, interest, lending, flat }
}

/** Interest and principal of every instalment: as the contract prints them, or as planned, or as planned with arrears. */
function linesOf(book: Book): readonly Line[] {
  const { contractualInstalments, overdue } = book.terms
  if (contractualInstalments) return contractualLines(book, contractualInstalments)
  const plan = plannedLoan(book)
  return overdue && book.flat === null ? amortiseOverdue(book, plan.targets, overdue) : plan.lines
}

/** The interest of the first instalments, charged with the first one after them (or with the last of all). */
function deferInterest(lines: readonly Line[], count: number): readonly Line[] {
  if (count === 0) return lines
  const bearer = Math.min(count, lines.length - 1)
  let deferred = 0n
  return lines.map((line, k) => {
    if (k > bearer) return line
    deferred += line.interest
    return { ...line, interest: k === bearer ? deferred : 0n }
  })
}

/** The rows in order of day; every instalment after the disbursements of its period, charges put on. */
function rowsOf(book: Book, lines: readonly Line[]): ScheduleRow[] {
  const { terms, periods, tranches } = book
  const whole = wholeOf(terms, lines)
  const ledger: Writer = { rows: [], nr: 0, balance: 0n }
  let written = 0
  lines.forEach((line, k) => {
    const from = written
    while (written < tranches.length && tranches[written]!.period <= k) written++
    if (written > from) writeDisbursements(ledger, { terms, tranches, whole }, { from, upTo: written })
    const own = { ...whole, principal: line.principal, interest: line.interest }
    const span = { after: k === 0 ? Number.NEGATIVE_INFINITY : periods[k]!.from, upTo: periods[k]!.due }
    const charged = [instalmentCharges(terms, own, span), dueDayCharges(terms, whole, span)]
    writeInstalment(ledger, { period: periods[k]!, line, charged })
  })
  writeLateCharges(ledger, book, whole)
  return ledger.rows
}

interface Writer {
  readonly rows: ScheduleRow[]
  nr: number
  balance: bigint
}

/** The whole loan as a base for percentages. */
function wholeOf(terms: LoanTerms, lines: readonly Line[]): Base {
  let interest = 0n
  for (const line of lines) interest += line.interest
  return { principal: terms.principal, interest, disbursed: terms.principal }
}

interface Lent {
  readonly terms: LoanTerms
  readonly tranches: readonly Tranche[]
  readonly whole: Base
}

/** Disbursements of one day first, then their down payments, each an instalment due on that day. */
function writeDisbursements(to: Writer, { terms, tranches, whole }: Lent, range: { from: number; upTo: number }): void {
  for (let i = range.from; i < range.upTo; ) {
    const { day } = tranches[i]!
    const first = i
    for (; i < range.upTo && tranches[i]!.day === day; i++) {
      const { amount } = tranches[i]!
      to.balance += amount
      const fee = disbursementFee(terms, i, { ...whole, disbursed: amount })
      to.rows.push({ kind: 'disbursement', day: dayOfNumber(day), amount, fee })
    }
    for (const t of tranches.slice(first, i)) if (t.downPayment > 0n) writeDownPayment(to, t)
  }
}

function writeDownPayment(to: Writer, { day, downPayment }: Tranche): void {
  to.balance -= downPayment
  to.nr += 1
  const dueDay = dayOfNumber(day)
  const due = { ...NOTHING, principal: downPayment }
  to.rows.push({ kind: 'downPayment', nr: to.nr, fromDay: dueDay, dueDay, days: 0, due, balanceAfter: to.balance })
}

interface Entry {
  readonly period: Pick<Period, 'from' | 'due' | 'days'>
  readonly line: Pick<Line, 'interest' | 'principal'>
  readonly charged: readonly Charged[]
}

function writeInstalment(to: Writer, { period, line, charged }: Entry): void {
  const { interest, principal } = line
  let fee = 0n
  let penalty = 0n
  for (const c of charged) {
    fee += c.fee
    penalty += c.penalty
  }
  to.balance -= principal
  to.nr += 1
  to.rows.push({
    kind: 'instalment',
    nr: to.nr,
    fromDay: dayOfNumber(period.from),
    dueDay: dayOfNumber(period.due),
    days: period.days,
    due: { penalty, fee, interest, principal },
    balanceAfter: to.balance,
  })
}

/** Charges that fall due after maturity make one instalment of their own, due with the last of them. */
function writeLateCharges(to: Writer, { terms, periods }: Book, whole: Base): void {
  const from = periods.at(-1)!.due
  const due = lastChargeAfter(terms, from)
  if (due === null) return
  const charged = [dueDayCharges(terms, whole, { after: from, upTo: due })]
  writeInstalment(to, { period: { from, due, days: due - from }, line: { interest: 0n, principal: 0n }, charged })
}

function totalsOf(rows: readonly ScheduleRow[]): Parts {
  let [penalty, fee, interest, principal] = [0n, 0n, 0n, 0n]
  for (const row of rows) {
    if (row.kind === 'disbursement') continue
    penalty += row.due.penalty
    fee += row.due.fee
    interest += row.due.interest
    principal += row.due.principal
  }
  return { penalty, fee, interest, principal }
}

/** What the customer owes and when: the schedule's down payments and instalments, nothing paid yet. */
export function instalmentsOf(s: Schedule): Instalment[] {
  const instalments: Instalment[] = []
  for (const row of s.rows) {
    if (row.kind === 'disbursement') continue
    instalments.push({ nr: row.nr, dueDay: row.dueDay, due: row.due, paid: NOTHING, waived: NOTHING })
  }
  return instalments
}
