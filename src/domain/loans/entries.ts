/** What each event in a loan's life does to the books: the lines of its journal entry. Amounts are minor units. */
import {
  CHARGE_OFF_EXPENSE,
  CUSTOMER_CREDIT,
  FEE_INCOME,
  FEE_RECEIVABLE,
  INTEREST_INCOME,
  INTEREST_RECEIVABLE,
  LOAN_PRINCIPAL,
  LOSS_ALLOWANCE,
  PENALTY_INCOME,
  PENALTY_RECEIVABLE,
  PROVISION_EXPENSE,
  RECOVERY_INCOME,
  UNEARNED_INTEREST,
  WAIVER_EXPENSE,
  WRITE_OFF_EXPENSE,
} from '#domain/ledger/chart.ts'
import { credit, debit, type Line, mergeLines } from '#domain/ledger/entry.ts'
import { addParts, type Component, NOTHING, outstandingOf, type Parts, totalOf } from '#domain/loans/instalment.ts'
import type { Written } from '#domain/loans/course.ts'
import { min } from '#domain/money.ts'

/**
 * `accrual`: the interest agreed on is receivable from the disbursement and unearned until its day; what the schedule
 * says is owed is what the books say. `cash`: interest is income when it is received.
 */
export type Accounting = 'accrual' | 'cash'

export interface LoanBooks {
  readonly loanId: number
  readonly customerId: number
  readonly accounting: Accounting
  /** Its debts have left the books: whatever still comes in is a recovery. */
  readonly outOfBooks?: boolean
}

const RECEIVABLE: Readonly<Record<Component, number>> = {
  principal: LOAN_PRINCIPAL,
  interest: INTEREST_RECEIVABLE,
  fee: FEE_RECEIVABLE,
  penalty: PENALTY_RECEIVABLE,
}

/** The account where a part of this loan's debt stands, or where it goes as income when only cash counts. */
function debtLine(books: LoanBooks, component: Component, amount: bigint): Line {
  if (books.outOfBooks) return credit(RECOVERY_INCOME, amount)
  if (component === 'interest' && books.accounting === 'cash') return credit(INTEREST_INCOME, amount)
  return credit(RECEIVABLE[component], amount, books.loanId)
}

const debtLines = (books: LoanBooks, parts: Parts): Line[] =>
  (['penalty', 'fee', 'interest', 'principal'] as const).map((part) => debtLine(books, part, parts[part]))

export interface DisbursementAmounts {
  readonly principal: bigint
  /** All interest of the schedule. */
  readonly interest: bigint
  /** Fees of the schedule, receivable from the first day. */
  readonly fee: bigint
  /** Fees kept back from what is paid out. */
  readonly feeAtSource: bigint
}

/** Principal goes out less the fees kept back; what the schedule adds to it becomes receivable. */
export function disbursementLines(books: LoanBooks, amounts: DisbursementAmounts, paidFrom: number): Line[] {
  const accrued = books.accounting === 'accrual' ? amounts.interest : 0n
  return mergeLines([
    debit(LOAN_PRINCIPAL, amounts.principal, books.loanId),
    credit(paidFrom, amounts.principal - amounts.feeAtSource),
    debit(FEE_RECEIVABLE, amounts.fee, books.loanId),
    credit(FEE_INCOME, amounts.fee + amounts.feeAtSource),
    debit(INTEREST_RECEIVABLE, accrued, books.loanId),
    credit(UNEARNED_INTEREST, accrued),
  ])
}

/** What a payment does to one loan: its debts fall by the parts, the customer's credit rises by what is over. */
export function repaymentLines(books: LoanBooks, parts: Parts, overpayment: bigint): Line[] {
  return mergeLines([...debtLines(books, parts), credit(CUSTOMER_CREDIT, overpayment, books.customerId)])
}

/** Interest whose day has come turns from unearned into income, for many loans in one entry: what each has earned stands with it. */
export const interestEarnedLines = (amount: bigint): Line[] => [
  debit(UNEARNED_INTEREST, amount),
  credit(INTEREST_INCOME, amount),
]

/** The allowance for loan losses follows the portfolio: up as an expense, down again when it gets better. */
export const provisionLines = (change: bigint): Line[] => [
  debit(PROVISION_EXPENSE, change),
  credit(LOSS_ALLOWANCE, change),
]

/** A fee or penalty is charged: receivable, and income of the day. */
export function chargeLines(books: LoanBooks, component: 'fee' | 'penalty', amount: bigint): Line[] {
  return [
    debit(RECEIVABLE[component], amount, books.loanId),
    credit(component === 'fee' ? FEE_INCOME : PENALTY_INCOME, amount),
  ]
}

/**
 * Debt given up in the customer's favour. Interest not yet earned was never income: it only leaves the books. What has left
 * the books before moves nothing.
 */
function waiverLines(books: LoanBooks, parts: Parts, unearned: bigint): Line[] {
  if (books.outOfBooks) return []
  const accrued = books.accounting === 'accrual' ? parts : { ...parts, interest: 0n }
  return mergeLines([
    debit(UNEARNED_INTEREST, unearned),
    debit(WAIVER_EXPENSE, totalOf(accrued) - unearned),
    ...Object.entries(RECEIVABLE).map(([part, account]) => credit(account, accrued[part as Component], books.loanId)),
  ])
}

/** What a write-off or a charge-off takes out of the books. */
export interface Loss {
  readonly outstanding: Parts
  /** Of the outstanding interest, what had not been taken to income: it leaves the books without expense. */
  readonly unearned: bigint
  /** Interest that was paid in advance: nothing is left to wait for, it is income now. */
  readonly earned: bigint
}

/** The loss of a loan with these rows; interest is in the books on accrual only. */
export function lossOf(rows: readonly Written[], accounting: Accounting): Loss {
  let [unearned, earned] = [0n, 0n]
  for (const row of rows) {
    const waiting = row.due.interest - row.waived.interest - row.interestEarned
    const lost = min(waiting, outstandingOf(row).interest)
    unearned += lost
    earned += waiting - lost
  }
  const outstanding = rows.reduce((sum, row) => addParts(sum, outstandingOf(row)), NOTHING)
  return accounting === 'accrual' ? { outstanding, unearned, earned } : { outstanding, unearned: 0n, earned: 0n }
}

/**
 * Debt no longer expected, or doubtful beyond hope while the customer is still asked for it: everything receivable leaves
 * the books at once. A loan that was charged off has left them before.
 */
function lossLines(
  books: LoanBooks,
  kind: 'write_off' | 'charge_off',
  { outstanding, unearned, earned }: Loss,
): Line[] {
  if (books.outOfBooks) return []
  const accrued = books.accounting === 'accrual' ? outstanding : { ...outstanding, interest: 0n }
  const expense = kind === 'write_off' ? WRITE_OFF_EXPENSE : CHARGE_OFF_EXPENSE
  return mergeLines([
    debit(UNEARNED_INTEREST, unearned + earned),
    credit(INTEREST_INCOME, earned),
    debit(expense, totalOf(accrued) - unearned),
    ...Object.entries(RECEIVABLE).map(([part, account]) => credit(account, accrued[part as Component], books.loanId)),
  ])
}

/**
 * What is due on a loan changes without anybody having charged or waived anything: interest is receivable and unearned,
 * fees and penalties are receivable and income; principal only where less of it could be waived than had been. `earned`
 * takes back income that turned out not to be owed. Where cash counts no interest is in the books.
 */
export function dueChangeLines(books: LoanBooks, { due, earned }: { due: Parts; earned: bigint }): Line[] {
  const accrued = books.accounting === 'accrual'
  return mergeLines([
    debit(LOAN_PRINCIPAL, due.principal, books.loanId),
    credit(WAIVER_EXPENSE, due.principal),
    debit(INTEREST_RECEIVABLE, accrued ? due.interest : 0n, books.loanId),
    credit(UNEARNED_INTEREST, accrued ? due.interest - earned : 0n),
    credit(INTEREST_INCOME, accrued ? earned : 0n),
    debit(FEE_RECEIVABLE, due.fee, books.loanId),
    credit(FEE_INCOME, due.fee),
    debit(PENALTY_RECEIVABLE, due.penalty, books.loanId),
    credit(PENALTY_INCOME, due.penalty),
  ])
}

/**
 * Money is paid back to a customer: their credit falls. What was no longer theirs, since the payment that left the credit
 * was taken back, is principal that they owe again; on a loan that has left the books it is lost at once.
 */
export function creditRefundLines(books: LoanBooks, { amount, lent }: { amount: bigint; lent: bigint }): Line[] {
  return mergeLines([
    debit(CUSTOMER_CREDIT, amount - lent, books.customerId),
    books.outOfBooks ? debit(WRITE_OFF_EXPENSE, lent) : debit(LOAN_PRINCIPAL, lent, books.loanId),
  ])
}

/** A transaction of a loan, as it is kept. */
export interface Transaction extends Omit<Loss, 'outstanding'> {
  readonly kind:
    | 'disbursement'
    | 'repayment'
    | 'recovery'
    | 'fee'
    | 'penalty'
    | 'waiver'
    | 'write_off'
    | 'charge_off'
    | 'credit_refund'
    | 'reversal'
  readonly amount: bigint
  readonly parts: Parts
  readonly overpayment: bigint
  /** It happened after the loan's debts had left the books. */
  readonly outOfBooks: boolean
}

/**
 * What a transaction has booked, but for the account that money came into or left from: the one rule for posting it, for
 * taking it back (the same with sides exchanged) and for what changes when it comes out differently in a replay.
 */
export function transactionLines(loan: LoanBooks, one: Transaction): Line[] {
  const { parts, overpayment, outOfBooks, unearned, earned } = one
  const books = { ...loan, outOfBooks }
  switch (one.kind) {
    case 'repayment':
    case 'recovery':
      return repaymentLines(books, parts, overpayment)
    case 'fee':
    case 'penalty':
      return chargeLines(books, one.kind, parts[one.kind])
    case 'waiver':
      return waiverLines(books, parts, unearned)
    case 'write_off':
    case 'charge_off':
      return lossLines(books, one.kind, { outstanding: parts, unearned, earned })
    case 'credit_refund':
      return creditRefundLines(books, { amount: one.amount, lent: parts.principal })
    default:
      return []
  }
}
