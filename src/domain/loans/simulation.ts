/** Simulation: a loan lived through step by step, and what its schedule and transactions show after each step. */
import type { Day } from '#domain/day.ts'
import { outstandingOf, totalOf } from '#domain/loans/instalment.ts'
import type { AsOf } from '#domain/loans/recalculation.ts'
import type { Happening } from '#domain/loans/happening.ts'
import { type LoanState, type Replayer, replayer } from '#domain/loans/replay.ts'
import { isSameApplied } from '#domain/loans/reallocation.ts'
import {
  type Book,
  type PaymentType,
  type RefundType,
  type SimulatedLoan,
  type Transaction,
  type TransactionType,
  enterCharge,
  enterDisbursement,
  enterTransaction,
  enterWaiver,
  faultOf,
  happeningsOf,
  newBook,
  scheduleOf,
  transactionsOf,
} from '#domain/loans/simulation-book.ts'
import { type Statement, statementOf } from '#domain/loans/simulation-statement.ts'
import type { Charge, Disbursement } from '#domain/loans/terms.ts'
import type { TermsFault } from '#domain/loans/terms-check.ts'
import { max, sum } from '#domain/money.ts'

/** A transaction named by its place: the nth by day (1, 2, 3 …) or the last entered, of these types, on this day. */
export interface Which {
  readonly nth: number | 'last'
  readonly types: readonly TransactionType[]
  readonly day: Day | null
}

/** One step; `enteredOn` is the business day on which it is done. */
export type Step =
  | { readonly op: 'disburse'; readonly enteredOn: Day; readonly day: Day; readonly amount: bigint }
  | {
      readonly op: 'transact'
      readonly enteredOn: Day
      readonly type: PaymentType | RefundType
      readonly day: Day
      readonly amount: bigint
    }
  /** A repayment of what closes the loan on the day. */
  | { readonly op: 'payOff'; readonly enteredOn: Day; readonly day: Day }
  | { readonly op: 'charge'; readonly enteredOn: Day; readonly charge: Charge }
  | { readonly op: 'waiveCharge'; readonly enteredOn: Day; readonly name: string; readonly dueDay: Day | null }
  | { readonly op: 'undo'; readonly enteredOn: Day; readonly which: Which }
  | { readonly op: 'undoDisbursement'; readonly enteredOn: Day; readonly lastOnly: boolean }
  | { readonly op: 'endOfDay'; readonly enteredOn: Day }

/** What a step refers to is not there, it is too much work, or no schedule follows from the terms after it. */
export type StepProblem = { readonly step: number } & (
  | { readonly problem: Obstacle }
  | { readonly problem: 'no_schedule'; readonly fault: TermsFault }
)

type Obstacle = 'transaction_not_found' | 'charge_not_found' | 'nothing_owed' | 'too_much_work'

export type Simulated =
  | { readonly ok: true; readonly statements: readonly Statement[] }
  | { readonly ok: false; readonly found: StepProblem }

/**
 * The statement after each step. A step that cannot be taken stops the simulation: it undoes or waives what is not there,
 * pays off what is not owed, leaves no schedule, or goes beyond `mostWork`, which counts the rows that are laid out anew.
 */
export function simulate(loan: SimulatedLoan, steps: readonly Step[], mostWork = Number.POSITIVE_INFINITY): Simulated {
  const book = newBook(loan)
  const run: Run = { book, replaying: replayer(loan.duesFirst), mostWork, work: 0 }
  const statements: Statement[] = []
  for (const [at, step] of steps.entries()) {
    const problem = take(run, step)
    if (problem) return { ok: false, found: { step: at, problem } }
    const fault = faultOf(book)
    if (fault) return { ok: false, found: { step: at, problem: 'no_schedule', fault } }
    const state = stateOf(run, happeningsOf(book), { day: step.enteredOn, settling: null })
    if (!state) return { ok: false, found: { step: at, problem: 'too_much_work' } }
    record(book, state)
    statements.push(statementOf(scheduleOf(book), state, transactionsOf(book)))
  }
  return { ok: true, statements }
}

interface Run {
  readonly book: Book
  readonly replaying: Replayer
  readonly mostWork: number
  /** Rows laid out anew so far. */
  work: number
}

/** The state after a history; null where that is too much work. */
function stateOf(run: Run, history: readonly Happening[], asOf: AsOf | null): LoanState | null {
  run.work += (run.replaying.newIn(history) + 1) * rowsAHappening(run.book)
  return run.work > run.mostWork ? null : run.replaying.state(history, asOf)
}

/** Every happening lays out all rows, each with the charges and disbursements that may fall into it. */
function rowsAHappening(book: Book): number {
  const spread = book.entries.filter(
    (entry) => entry.kind === 'charge' || (entry.kind === 'transaction' && entry.transaction.type === 'disbursement'),
  )
  return (scheduleOf(book)?.rows.length ?? 0) * (1 + spread.length)
}

function take(run: Run, step: Step): Obstacle | null {
  const { book } = run
  switch (step.op) {
    case 'disburse':
      return disburse(run, { day: step.day, amount: step.amount })
    case 'payOff':
      return payOff(run, step.day)
    case 'transact':
      enterTransaction(book, step)
      return null
    case 'charge':
      enterCharge(book, step.charge, step.enteredOn)
      return null
    case 'waiveCharge':
      return waiveCharge(book, step)
    case 'undo':
      return undo(book, step.which)
    case 'undoDisbursement':
      return undoDisbursement(book, step.lastOnly)
    case 'endOfDay':
      return null
  }
}

/** Credit pays of an automatic down payment what was overpaid by the end of the day. */
function disburse(run: Run, disbursement: Disbursement): Obstacle | null {
  const { book } = run
  if (!book.loan.autoDownPayment) {
    enterDisbursement(book, disbursement)
    return null
  }
  const until = happeningsOf(book).filter(({ day }) => day <= disbursement.day)
  const before = stateOf(run, until, null)
  if (!before) return 'too_much_work'
  enterDisbursement(book, disbursement, before.overpaid)
  return null
}

/** A repayment of everything outstanding, interest counting to the day where it follows what is paid. */
function payOff(run: Run, day: Day): Obstacle | null {
  const settled = stateOf(run, happeningsOf(run.book), { day, settling: 'fromFirst' })
  if (!settled) return 'too_much_work'
  const amount = sum(settled.rows.map(({ instalment }) => totalOf(outstandingOf(instalment))))
  if (amount <= 0n) return 'nothing_owed'
  enterTransaction(run.book, { type: 'repayment', day, amount })
  return null
}

function undo(book: Book, which: Which): Obstacle | null {
  const named = transactionsOf(book).filter(
    (t) => which.types.includes(t.type) && (which.day === null || t.day === which.day),
  )
  const found = which.nth === 'last' ? lastEntered(named) : nthOf(named, which.nth)
  if (!found) return 'transaction_not_found'
  found.reverted = true
  return null
}

function lastEntered(named: readonly Transaction[]): Transaction | undefined {
  return named.filter((t) => !t.reverted && t.type !== 'disbursement').toSorted((a, b) => b.id - a.id)[0]
}

/** What cannot be undone (any more) still counts for the place, unless it is itself in that place. */
function nthOf(named: readonly Transaction[], nth: number): Transaction | undefined {
  const canBeUndone = (t: Transaction) => !t.reverted && t.type !== 'disbursement'
  const found = named[nth - 1]
  return found && canBeUndone(found) ? found : named.filter(canBeUndone)[nth - 1]
}

/** All money of the loan goes back with its first disbursement; with the last one only what came with it or after. */
function undoDisbursement(book: Book, lastOnly: boolean): Obstacle | null {
  const inForce = transactionsOf(book).filter((t) => !t.reverted)
  const disbursed = inForce.filter((t) => t.type === 'disbursement')
  const from = lastOnly ? disbursed.at(-1) : disbursed[0]
  if (!from) return 'transaction_not_found'
  for (const t of inForce) if (t.day > from.day || (t.day === from.day && t.id >= from.id)) t.reverted = true
  return null
}

function waiveCharge(book: Book, step: Extract<Step, { op: 'waiveCharge' }>): Obstacle | null {
  const found = book.entries.flatMap((entry) => (entry.kind === 'charge' ? [entry.entered.charge] : []))
  const charge = found.findLast((c) => c.name === step.name && (!step.dueDay || c.dueDay === step.dueDay))
  if (!charge?.dueDay) return 'charge_not_found'
  const component = charge.penalty ? 'penalty' : 'fee'
  const amount = charge.basis === 'flat' ? charge.amount : null
  enterWaiver(book, { component, dueDay: charge.dueDay, day: step.enteredOn, amount })
  return null
}

/**
 * Writes into the transactions in force what the replay made of them, and the principal outstanding after each. A payment's
 * parts hold also what its overpayment paid later of principal lent later: until then, nothing was outstanding.
 */
function record(book: Book, state: LoanState): void {
  let balance = 0n
  for (const transaction of transactionsOf(book)) {
    if (transaction.reverted) continue
    const applied = state.applied.get(transaction.id) ?? null
    if (transaction.applied && applied && !isSameApplied(transaction.applied, applied)) transaction.replayed = true
    transaction.applied = applied
    balance += principalLent(transaction)
    transaction.balanceAfter = max(balance, 0n)
  }
}

/** What a transaction adds to the principal outstanding; negative where it pays. */
function principalLent({ type, amount, applied }: Transaction): bigint {
  if (type === 'disbursement') return amount
  const principal = applied?.parts.principal ?? 0n
  return type === 'creditBalanceRefund' || type === 'chargeback' || type === 'cashRefund' ? principal : -principal
}
