/** A payment settled in memory: which loans it reaches, how much each gets, and which of their debts it pays. */
import type { Day } from '#domain/day.ts'
import { type AllocationLine, allocate, applyAllocation } from '#domain/loans/allocation.ts'
import { outstandingOf, type Parts, totalOf } from '#domain/loans/instalment.ts'
import { min, sum } from '#domain/money.ts'
import { type Course, type EnteredPayment, enterPayment, replayed } from '#modules/loan-corrections/history.ts'
import { reviewed } from '#modules/loan-corrections/late-fee-review.ts'
import type { LoanPaymentType } from '#modules/loan-products/loan-products.ts'
import { allocationRuleOf } from '#modules/loan-records/loan-records.ts'
import type * as store from '#modules/loan-records/store.ts'

/** A loan being paid, locked; its open instalments change as payments are settled in memory. */
export interface OpenLoan {
  readonly row: store.LoanRow
  instalments: store.StoredInstalment[]
  /** Numbers of the instalments that payments have reached and on which day. */
  readonly touched: Map<number, Day>
  /** Everything that happened to it, where a payment has to go through that; null where the open instalments say all. */
  readonly course: Course | null
  /** A payment takes its place before something that happened later: what that changes, late fees included, is worked out. */
  readonly outOfOrder?: boolean
}

/** The instalments of a course that are still open. */
export const openRows = (course: Course, rows: Course['rows']): store.StoredInstalment[] =>
  rows.filter((row) => row.completedOn === null).map((row) => ({ ...row, id: row.id ?? 0, loanId: course.row.id }))

/** What one payment did to one loan. */
export interface Repayment {
  readonly loan: OpenLoan
  readonly valueDay: Day
  readonly lines: readonly AllocationLine[]
  readonly parts: Parts
  /** What was left when nothing was owed any more: kept as the customer's credit. Only on the last loan. */
  readonly overpayment: bigint
  /** The loan owes nothing after it. */
  readonly completes: boolean
  readonly type: LoanPaymentType
  /** What it changed beside, where it went through the loan's history. */
  readonly entered: EnteredPayment | null
}

/** Money as it comes in; a repayment unless another kind is named. */
export interface Money {
  readonly amount: bigint
  readonly day: Day
  readonly type?: LoanPaymentType
}

/** Which debts of several loans come first: those due first whatever the loan, or those of the oldest loan. */
export type SettlingOrder = 'oldestDebt' | 'oldestLoan'

/**
 * Settles a payment against the customer's loans in the order given, and updates them in memory. What one loan does not
 * need goes on to the next; loans written off get what no running loan is owed; what nobody is owed is the customer's
 * credit. The amounts of the repayments sum to the payment. An empty list: the customer owes nothing. On a completed loan,
 * which only who asks for it gets, all of it is the customer's credit.
 */
export function settle(loans: readonly OpenLoan[], payment: Money, order: SettlingOrder = 'oldestDebt'): Repayment[] {
  const [only] = loans
  if (loans.length === 1 && only!.row.status === 'completed') return [settleLoan(only!, payment)]
  const owing = loans.filter((loan) => loan.instalments.some(isOpen))
  if (owing.length === 0) return []
  const shares = owing.length === 1 ? [{ loan: owing[0]!, amount: payment.amount }] : shareOut(owing, payment, order)
  return shares.map(({ loan, amount }) => settleLoan(loan, { ...payment, amount }))
}

const isOpen = (instalment: store.StoredInstalment): boolean => totalOf(outstandingOf(instalment)) > 0n

/** Money of a day before the loan was paid out counts from then on. */
const countedOn = ({ row: { disbursedOn } }: OpenLoan, day: Day): Day =>
  disbursedOn !== null && day < disbursedOn ? disbursedOn : day

/** The day in the books of a payment: its value day, at the earliest the first day of the loans that it pays. */
export const bookedOn = (valueDay: Day, repayments: readonly Repayment[]): Day =>
  repayments.map((repayment) => repayment.valueDay).reduce((a, b) => (a > b ? a : b), valueDay)

function settleLoan(loan: OpenLoan, { amount, day: paidOn, type = 'repayment' }: Money): Repayment {
  const day = countedOn(loan, paidOn)
  if (loan.course) return settleThroughHistory(loan, loan.course, { amount, day, type })
  const allocation = allocate(loan.instalments, { amount, day }, allocationRuleOf(loan.row.terms))
  const after = applyAllocation(loan.instalments, allocation)
  loan.instalments = loan.instalments.map((before, n) => ({ ...before, paid: after[n]!.paid }))
  for (const line of allocation.lines) loan.touched.set(line.nr, day)
  const completes = loan.row.status !== 'completed' && !loan.instalments.some(isOpen)
  return { loan, valueDay: day, ...allocation, completes, type, entered: null }
}

function settleThroughHistory(loan: OpenLoan, course: Course, money: Required<Money>): Repayment {
  const entered = enterPayment(course, { ...money, kind: kindOf(loan) }, loan.outOfOrder ? reviewed : replayed)
  loan.instalments = openRows(course, course.rows)
  const completes = loan.row.status !== 'completed' && loan.instalments.length === 0
  return { loan, valueDay: money.day, ...entered.allocation, completes, type: money.type, entered }
}

export const kindOf = ({ row }: OpenLoan): 'repayment' | 'recovery' =>
  row.status === 'written_off' ? 'recovery' : 'repayment'

/** How much of a payment each of several loans gets; what is over goes to the last. */
function shareOut(
  loans: readonly OpenLoan[],
  payment: Money,
  order: SettlingOrder,
): { loan: OpenLoan; amount: bigint }[] {
  const needs = new Map(loans.map((loan) => [loan, neededBy(loan, payment)]))
  const shares = new Map<OpenLoan, bigint>()
  let left = payment.amount
  for (const { loan, owed } of debtsOf(loans, order)) {
    const got = shares.get(loan) ?? 0n
    const part = min(min(owed, left), needs.get(loan)! - got)
    if (part > 0n) shares.set(loan, got + part)
    left -= part
  }
  const last = [...shares.keys()].at(-1) ?? loans.at(-1)!
  if (left > 0n) shares.set(last, (shares.get(last) ?? 0n) + left)
  return [...shares].map(([loan, amount]) => ({ loan, amount }))
}

/** The open instalments of all loans, running loans before those written off, in the order in which money pays them. */
const debtsOf = (loans: readonly OpenLoan[], order: SettlingOrder): { loan: OpenLoan; owed: bigint }[] =>
  loans
    .flatMap((loan) => loan.instalments.map((one) => ({ loan, dueDay: one.dueDay, owed: totalOf(outstandingOf(one)) })))
    .sort(
      (a, b) =>
        compare(kindOf(b.loan), kindOf(a.loan)) ||
        (order === 'oldestDebt' ? compare(a.dueDay, b.dueDay) : 0) ||
        a.loan.row.id - b.loan.row.id,
    )

/**
 * The most of a payment that a loan takes without leaving credit, found by trying: its instalments may name more than it
 * needs, since interest falls away when it is paid early and late fees when the money counts from an earlier day. Of money
 * from before another payment, taking less leaves a little more interest: then it is tried again.
 */
function neededBy(loan: OpenLoan, payment: Money): bigint {
  let amount = min(payment.amount, owedBy(loan))
  for (let tries = 1; tries < MOST_TRIES; tries++) {
    const { credit, owed } = tried(loan, { ...payment, amount })
    const next = min(payment.amount, amount - credit + owed)
    if (next === amount || !loan.outOfOrder) return next
    amount = next
  }
  return amount - tried(loan, { ...payment, amount }).credit
}

/** Each try comes nearer by the interest of the days between, a few thousandths. */
const MOST_TRIES = 5

/** What a payment of the amount would leave on a loan: credit that was not there before, and what is still owed. */
function tried(loan: OpenLoan, payment: Money): { credit: bigint; owed: bigint } {
  const copy = { ...loan, course: loan.course && { ...loan.course }, touched: new Map() }
  const { overpayment } = settleLoan(copy, payment)
  const credit = loan.course ? overpaidIn(copy.course!) - overpaidIn(loan.course) : overpayment
  return { credit, owed: owedBy(copy) }
}

/** What is owed on its open instalments as they are written, minor units. */
export const owedBy = ({ instalments }: OpenLoan): bigint => sum(instalments.map((one) => totalOf(outstandingOf(one))))

const overpaidIn = ({ items }: Course): bigint => sum(items.map((one) => one.overpayment))

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
