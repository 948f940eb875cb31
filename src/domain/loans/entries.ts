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
import { type Component, type Parts, totalOf } from '#domain/loans/instalment.ts'

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
  readonly chargedOff?: boolean
}

const RECEIVABLE: Readonly<Record<Component, number>> = {
  principal: LOAN_PRINCIPAL,
  interest: INTEREST_RECEIVABLE,
  fee: FEE_RECEIVABLE,
  penalty: PENALTY_RECEIVABLE,
}

/** The account where a part of this loan's debt stands, or where it goes as income when only cash counts. */
function debtLine(books: LoanBooks, component: Component, amount: bigint): Line {
  if (books.chargedOff) return credit(RECOVERY_INCOME, amount)
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

/** Debt given up in the customer's favour. Interest not yet earned was never income: it only leaves the books. */
export function waiverLines(books: LoanBooks, parts: Parts, unearned: bigint): Line[] {
  const accrued = books.accounting === 'accrual' ? parts : { ...parts, interest: 0n }
  return mergeLines([
    debit(UNEARNED_INTEREST, unearned),
    debit(WAIVER_EXPENSE, totalOf(accrued) - unearned),
    ...Object.entries(RECEIVABLE).map(([part, account]) => credit(account, accrued[part as Component], books.loanId)),
  ])
}

/**
 * Debt no longer expected: everything receivable leaves the books at once, unearned interest without expense. A loan that
 * was charged off has left them before.
 */
export function writeOffLines(books: LoanBooks, outstanding: Parts, unearned: bigint): Line[] {
  return books.chargedOff ? [] : lossLines(books, { outstanding, unearned, expense: WRITE_OFF_EXPENSE })
}

/** Debt that is doubtful beyond hope while the customer is still asked for it: as a write-off, on an account of its own. */
export const chargeOffLines = (books: LoanBooks, outstanding: Parts, unearned: bigint): Line[] =>
  lossLines(books, { outstanding, unearned, expense: CHARGE_OFF_EXPENSE })

interface Loss {
  readonly outstanding: Parts
  readonly unearned: bigint
  readonly expense: number
}

function lossLines(books: LoanBooks, { outstanding, unearned, expense }: Loss): Line[] {
  const accrued = books.accounting === 'accrual' ? outstanding : { ...outstanding, interest: 0n }
  return mergeLines([
    debit(UNEARNED_INTEREST, unearned),
    debit(expense, totalOf(accrued) - unearned),
    ...Object.entries(RECEIVABLE).map(([part, account]) => credit(account, accrued[part as Component], books.loanId)),
  ])
}

/**
 * What is due on a loan changes without anybody having charged or waived anything: interest is receivable and unearned,
 * fees and penalties are receivable and income; principal only where less of it could be waived than had been. `earned` takes back income that turned out not to be owed. Where cash
 * counts no interest is in the books, and after a charge-off nothing is.
 */
export function dueChangeLines(books: LoanBooks, { due, earned }: { due: Parts; earned: bigint }): Line[] {
  if (books.chargedOff) return []
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

/** A customer's credit is paid back to him. */
export const creditRefundLines = (books: LoanBooks, amount: bigint, paidFrom: number): Line[] => [
  debit(CUSTOMER_CREDIT, amount, books.customerId),
  credit(paidFrom, amount),
]

/** Money that still comes in on a loan written off is income. */
export const recoveryLines = (amount: bigint): Line[] => [credit(RECOVERY_INCOME, amount)]
