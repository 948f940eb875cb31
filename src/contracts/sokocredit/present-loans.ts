/** The JSON shapes of loans, schedules and repayments as SokoCredit's clients read them: amounts are numbers with cents. */
import type { Day } from '#domain/day.ts'
import { outstandingOf, type Parts, totalOf } from '#domain/loans/instalment.ts'
import { decimalsOf, formatMinor, sum } from '#domain/money.ts'
import type { InstalmentView, LoanView, RepaymentView } from '#modules/loan-records/views.ts'

/** Minor units as the number a client shows: 50769n → 507.69. */
export const numberOf = (minor: bigint, currency: string): number => Number(formatMinor(minor, decimalsOf(currency)))

const instant = (at: Date | null): string | null => at?.toISOString() ?? null
const startOf = (day: Day): string => `${day}T00:00:00Z`

export function loanJson(loan: LoanView): Record<string, unknown> {
  const amount = (minor: bigint): number => numberOf(minor, loan.currency)
  return {
    id: loan.id,
    amount: amount(loan.principal),
    interest_rate: Number(loan.terms.ratePercent),
    duration_months: loan.terms.months,
    frequency: loan.terms.frequency,
    status: statusWord(loan),
    issued_date: instant(loan.disbursedAt),
    approved_date: instant(loan.approvedAt),
    disbursed_date: instant(loan.disbursedAt),
    rejected_reason: loan.rejectedReason,
    borrower_id: loan.borrowerUserId,
    customer_id: loan.customerId,
    lender_id: loan.officerId,
    loan_product_id: loan.productId,
    currency: loan.currency,
    total_interest: amount(loan.totalInterest),
    total_repayable: amount(sum(loan.instalments.map((row) => totalOf(row.due)))),
    balance: loan.status === 'active' || loan.status === 'completed' ? amount(loan.balance) : 0,
    created_at: instant(loan.appliedAt),
    repayment_schedules: loan.instalments.map((row) => scheduleJson(row, loan.currency)),
  }
}

/** pending, approved, rejected, disbursed, overdue, completed: the contract's words. */
function statusWord(loan: LoanView): string {
  if (loan.status === 'active') return loan.overdue ? 'overdue' : 'disbursed'
  return loan.status
}

export function scheduleJson(row: InstalmentView, currency: string): Record<string, unknown> {
  const amount = (minor: bigint): number => numberOf(minor, currency)
  const outstanding = totalOf(outstandingOf(row))
  return {
    id: row.id,
    loan_id: row.loanId,
    due_date: startOf(row.dueDay),
    amount_due: amount(totalOf(row.due)),
    principal_due: amount(row.due.principal),
    interest_due: amount(row.due.interest),
    fees_due: amount(row.due.fee),
    penalties_due: amount(row.due.penalty),
    amount_paid: amount(totalOf(row.paid)),
    balance: amount(outstanding),
    status: outstanding === 0n ? 'paid' : isNothing(row.paid) ? 'unpaid' : 'partial',
    repayments: row.repayments.map((repayment) => repaymentJson(repayment, currency)),
  }
}

const isNothing = (parts: Parts): boolean => totalOf(parts) === 0n

export function repaymentJson(repayment: RepaymentView, currency: string): Record<string, unknown> {
  return {
    id: repayment.id,
    loan_id: repayment.loanId,
    schedule_id: repayment.instalmentId,
    user_id: repayment.borrowerUserId,
    mpesa_code: repayment.reference,
    amount_paid: numberOf(repayment.amount, currency),
    overpayment: numberOf(repayment.overpayment, currency),
    paid_at: instant(repayment.paidAt),
    allocation: repayment.allocation.map((line) => ({ nr: line.nr, amount: numberOf(line.amount, currency) })),
  }
}
