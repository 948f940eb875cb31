/** The book of a simulated loan: what was entered, in order of entry, and the history that follows from it. */
import type { Day } from '#domain/day.ts'
import type { AllocationRule } from '#domain/loans/allocation-rule.ts'
import { chargeAmount } from '#domain/loans/charges.ts'
import type { Component } from '#domain/loans/instalment.ts'
import type { Levy, PlannedRow } from '#domain/loans/loan-rows.ts'
import type { Happening, PlanHappening } from '#domain/loans/happening.ts'
import type { Applied } from '#domain/loans/replay.ts'
import type { RecalculationRule } from '#domain/loans/running-interest.ts'
import { reckoner } from '#domain/loans/reckoner.ts'
import type { Schedule } from '#domain/loans/schedule.ts'
import { soundSchedule } from '#domain/loans/sound-schedule.ts'
import type { Charge, Disbursement, LoanTerms } from '#domain/loans/terms.ts'
import type { TermsFault } from '#domain/loans/terms-check.ts'

/** Money that pays the loan; each kind may have its own rule of allocation. */
export type PaymentType =
  | 'repayment'
  | 'downPayment'
  | 'goodwillCredit'
  | 'merchantIssuedRefund'
  | 'payoutRefund'
  | 'interestPaymentWaiver'
  | 'chargeAdjustment'

/** Money that goes out again: of an overpayment, of a payment that was charged back, of what was paid in advance. */
export type RefundType = 'creditBalanceRefund' | 'chargeback' | 'cashRefund'

export type TransactionType = 'disbursement' | PaymentType | RefundType

export interface SimulatedLoan {
  /** Terms whose principal and disbursements follow from what is disbursed. Their charges are owed from the start. */
  readonly terms: LoanTerms
  /** The day from which the schedule counts; null: the first disbursement. */
  readonly scheduleStart: Day | null
  /** The down payment is taken out of each disbursement by a transaction of its own, as far as no credit pays it. */
  readonly autoDownPayment: boolean
  readonly ruleOf: (type: PaymentType) => AllocationRule
  /** Payments are allocated on the schedule and charges of today, whenever those were entered (see `Replaying`). */
  readonly duesFirst: boolean
  /** Interest follows the principal really owed; null where it stays as scheduled. */
  readonly recalculation: RecalculationRule | null
}

export interface Transaction {
  readonly id: number
  readonly type: TransactionType
  readonly day: Day
  readonly amount: bigint
  /** Taken back: it counts no longer, and shows what it was. */
  reverted: boolean
  /** Allocated anew after something earlier was entered or taken back. */
  replayed: boolean
  /** How it was taken apart; null for a disbursement. */
  applied: Applied | null
  /** Principal outstanding after it. */
  balanceAfter: bigint
}

interface EnteredCharge {
  readonly charge: Charge
  readonly effectiveOn: Day
}

interface EnteredWaiver {
  readonly component: Component
  readonly dueDay: Day
  readonly day: Day
  readonly amount: bigint | null
}

type Entry =
  | { readonly kind: 'transaction'; readonly transaction: Transaction }
  | { readonly kind: 'charge'; readonly entered: EnteredCharge }
  | { readonly kind: 'waiver'; readonly entered: EnteredWaiver }

export interface Book {
  readonly loan: SimulatedLoan
  readonly entries: Entry[]
  /** What was already worked out, by the disbursements that it follows from. */
  readonly known: Map<string, Planned>
  /** What happened through entries other than disbursements: the same object for as long as the entry stands. */
  readonly happened: Map<Entry, Happening>
}

/** A schedule, and where interest is recalculated how it follows what is paid; or what is wrong with the terms. */
interface Planned {
  readonly schedule: Schedule | null
  readonly fault: TermsFault | null
  readonly happening: PlanHappening
}

/** A book in which nothing was entered but the charges that are part of the terms. */
export function newBook(loan: SimulatedLoan): Book {
  const book: Book = { loan, entries: [], known: new Map(), happened: new Map() }
  for (const charge of loan.terms.charges) if (!isAtSource(charge)) enterCharge(book, charge, loan.terms.startDay)
  return book
}

/** Taken out of what is paid out; all other charges are owed. */
const isAtSource = ({ time }: Charge): boolean => time === 'disbursement' || time === 'tranche'

/** All transactions by day, those of one day in order of entry. */
export function transactionsOf(book: Book): Transaction[] {
  const found = book.entries.flatMap((entry) => (entry.kind === 'transaction' ? [entry.transaction] : []))
  return found.sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.id - b.id))
}

export function enterTransaction(book: Book, entered: Pick<Transaction, 'type' | 'day' | 'amount'>): Transaction {
  const { type, day, amount } = entered
  const shown = { reverted: false, replayed: false, applied: null, balanceAfter: 0n }
  const transaction = { id: book.entries.length, type, day, amount, ...shown }
  book.entries.push({ kind: 'transaction', transaction })
  return transaction
}

/**
 * A disbursement, and with it the down payment where the product takes that at once: less the customer's credit on that day
 * (minor units), which pays what falls due.
 */
export function enterDisbursement(book: Book, entered: Disbursement, credit = 0n): void {
  const before = downPaymentsOf(scheduleOf(book))
  enterTransaction(book, { type: 'disbursement', ...entered })
  if (!book.loan.autoDownPayment) return
  const amount = downPaymentsOf(scheduleOf(book)) - before - credit
  if (amount > 0n) enterTransaction(book, { type: 'downPayment', day: entered.day, amount })
}

function downPaymentsOf(planned: Schedule | null): bigint {
  let total = 0n
  for (const row of planned?.rows ?? []) if (row.kind === 'downPayment') total += row.due.principal
  return total
}

/** A charge counts from the day it is entered, or from its due day where it is entered after that. */
export function enterCharge(book: Book, charge: Charge, enteredOn: Day): void {
  const effectiveOn = charge.dueDay && charge.dueDay < enteredOn ? charge.dueDay : enteredOn
  book.entries.push({ kind: 'charge', entered: { charge, effectiveOn } })
}

export function enterWaiver(book: Book, waiver: EnteredWaiver): void {
  book.entries.push({ kind: 'waiver', entered: waiver })
}

/** The disbursements in force, oldest first. */
function disbursementsOf(book: Book): Transaction[] {
  return transactionsOf(book).filter((t) => t.type === 'disbursement' && !t.reverted)
}

/** The disbursements in force up to and including one of them. */
function disbursedUntil(book: Book, last: Transaction): Transaction[] {
  const all = disbursementsOf(book)
  return all.slice(0, all.indexOf(last) + 1)
}

/** The schedule of everything disbursed; null before the first disbursement, and where the terms make none (see `faultOf`). */
export function scheduleOf(book: Book): Schedule | null {
  const last = disbursementsOf(book).at(-1)
  return last ? plannedUntil(book, last).schedule : null
}

/** What is wrong with the terms for what was disbursed, at first or by a later day; null when a schedule follows each time. */
export function faultOf(book: Book): TermsFault | null {
  for (const disbursement of disbursementsOf(book)) {
    const { fault } = plannedUntil(book, disbursement)
    if (fault) return fault
  }
  return null
}

function plannedUntil(book: Book, last: Transaction): Planned {
  const disbursed = disbursedUntil(book, last)
  const key = disbursed.map((t) => t.id).join(' ')
  const known = book.known.get(key)
  if (known) return known
  const terms = termsOf(book, disbursed)
  const rule = book.loan.recalculation
  const sound = soundSchedule(terms)
  const plan = { kind: 'plan', day: last.day, rows: sound.schedule ? planOf(sound.schedule) : [] } as const
  const happening = rule && sound.schedule ? { ...plan, reckon: reckoner(terms, rule) } : plan
  const found = { ...sound, happening }
  book.known.set(key, found)
  return found
}

function termsOf(book: Book, disbursed: readonly Transaction[]): LoanTerms {
  return {
    ...book.loan.terms,
    principal: disbursed.reduce((total, t) => total + t.amount, 0n),
    disbursements: disbursed.map(({ day, amount }) => ({ day, amount })),
    startDay: book.loan.scheduleStart ?? disbursed[0]!.day,
    charges: book.loan.terms.charges.filter(isAtSource),
  }
}

/** The plan as rows that payments and charges can be laid on. */
export function planOf(planned: Schedule): PlannedRow[] {
  return planned.rows.flatMap((row) => {
    if (row.kind === 'disbursement') return []
    const { kind, nr, fromDay, dueDay, due } = row
    return [{ kind, nr, fromDay: kind === 'downPayment' ? dueDay : fromDay, dueDay, due }]
  })
}

/** Everything that is in force, in order of entry, as happenings to replay. */
export function happeningsOf(book: Book): Happening[] {
  return book.entries.flatMap((entry): Happening[] => {
    if (entry.kind === 'transaction' && entry.transaction.reverted) return []
    if (entry.kind === 'transaction' && entry.transaction.type === 'disbursement') {
      return [plannedUntil(book, entry.transaction).happening]
    }
    let happening = book.happened.get(entry)
    if (!happening) {
      happening = happeningOf(book, entry)
      book.happened.set(entry, happening)
    }
    return [happening]
  })
}

function happeningOf(book: Book, entry: Entry): Happening {
  if (entry.kind === 'charge') {
    const { charge, effectiveOn } = entry.entered
    return { kind: 'levy', day: effectiveOn, levy: levyOf(charge, book.loan.terms) }
  }
  if (entry.kind === 'waiver') return { kind: 'waiver', ...entry.entered }
  const { id, type, day, amount } = entry.transaction
  switch (type) {
    case 'creditBalanceRefund':
    case 'chargeback':
      return { kind: 'refund', day, id, amount }
    case 'cashRefund':
      return { kind: 'return', day, id, amount }
    default:
      return { kind: 'payment', day, id, amount, rule: book.loan.ruleOf(type as PaymentType) }
  }
}

/** A charge as it falls on the rows. */
function levyOf(charge: Charge, terms: LoanTerms): Levy {
  return {
    component: charge.penalty ? 'penalty' : 'fee',
    dueDay: charge.time === 'instalment' ? null : charge.dueDay,
    amountOn: ({ principal, interest }, whole) =>
      chargeAmount(charge, { principal, interest, disbursed: whole.principal }, terms),
  }
}
