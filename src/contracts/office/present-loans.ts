/** The JSON shapes of loans in the office API: money as decimal strings, days as YYYY-MM-DD, ids as integers. */
import { moneyText } from '#contracts/office/present.ts'
import { termsOut } from '#contracts/office/product-terms.ts'
import type { Day } from '#domain/day.ts'
import type { Reckoned } from '#domain/loans/course.ts'
import { instalmentsOf, type Schedule } from '#domain/loans/schedule.ts'
import { sum } from '#domain/money.ts'
import { addParts, NOTHING, outstandingOf, type Parts, totalOf } from '#domain/loans/instalment.ts'
import { statementOf } from '#domain/loans/statement.ts'
import type { InstalmentView, LoanSummary, LoanView, TransactionView } from '#modules/loan-records/views.ts'

const snake = (word: string): string => word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const instant = (at: Date | null): string | null => at?.toISOString() ?? null

export function partsJson(parts: Parts, currency: string): Record<string, string> {
  const money = (minor: bigint): string => moneyText(minor, currency)
  return {
    principal: money(parts.principal),
    interest: money(parts.interest),
    fees: money(parts.fee),
    penalties: money(parts.penalty),
    total: money(totalOf(parts)),
  }
}

export function loanSummaryJson(loan: LoanSummary): Record<string, unknown> {
  const money = (minor: bigint): string => moneyText(minor, loan.currency)
  return {
    id: loan.id,
    status: loan.status,
    customer_id: loan.customerId,
    loan_product_id: loan.productId,
    officer_id: loan.officerId,
    principal: money(loan.principal),
    currency: loan.currency,
    balance: money(loan.status === 'active' || loan.status === 'written_off' ? loan.balance : 0n),
    overdue: loan.overdue,
    overdue_amount: money(loan.status === 'active' ? loan.overdueAmount : 0n),
    days_past_due: loan.daysPastDue,
    credit: money(loan.credit),
    restructured: loan.restructured,
    charged_off_on: loan.chargedOffOn,
    tops_up: loan.topsUp,
    applied_at: instant(loan.appliedAt),
    approved_at: instant(loan.approvedAt),
    disbursed_on: loan.disbursedOn,
    completed_on: loan.completedOn,
    rejected_reason: loan.rejectedReason,
    terms: termsOut(loan.terms, loan.currency),
  }
}

export const loanJson = (loan: LoanView): Record<string, unknown> => ({
  ...loanSummaryJson(loan),
  instalments: loan.instalments.map((row) => instalmentJson(row, loan.currency)),
})

/** What a loan would be if it were paid out on a day: what the customer gets, and what he owes when. */
export function quoteJson(
  planned: Schedule,
  { currency, principal, day }: { currency: string; principal: bigint; day: Day },
) {
  const money = (minor: bigint): string => moneyText(minor, currency)
  const rows = instalmentsOf(planned)
  const kept = sum(planned.rows.map((row) => (row.kind === 'disbursement' ? row.fee : 0n)))
  return {
    principal: money(principal),
    currency,
    disbursed_on: day,
    fees_at_disbursement: money(kept),
    paid_out: money(principal - kept),
    instalments: rows.map(({ nr, dueDay, due }) => ({ nr, due_day: dueDay, due: partsJson(due, currency) })),
    totals: partsJson(planned.totals, currency),
  }
}

type Row = Pick<InstalmentView, 'nr' | 'dueDay' | 'due' | 'paid' | 'waived' | 'completedOn'> | Reckoned

export const instalmentJson = (row: Row, currency: string): Record<string, unknown> => ({
  nr: row.nr,
  due_day: row.dueDay,
  due: partsJson(row.due, currency),
  paid: partsJson(row.paid, currency),
  waived: partsJson(row.waived, currency),
  outstanding: moneyText(totalOf(outstandingOf(row)), currency),
  completed_on: row.completedOn,
})

export function transactionJson(one: TransactionView, currency: string): Record<string, unknown> {
  return {
    id: one.id,
    kind: one.kind,
    payment_type: one.kind === 'repayment' ? snake(one.paymentType) : null,
    value_day: one.valueDay,
    amount: moneyText(one.amount, currency),
    parts: partsJson(one.parts, currency),
    overpayment: moneyText(one.overpayment, currency),
    reversed: one.reversed,
    reverses_id: one.reversesId,
    replaces_id: one.replacesId,
    payment_id: one.paymentId,
    entry_id: one.entryId === null ? null : Number(one.entryId),
    account: one.account,
    reference: one.reference,
    reason: one.reason,
    actor: one.actor,
    recorded_at: one.createdAt.toISOString(),
  }
}

/** A statement for the customer: what stands, by day, with what is owed after each line; the lines add up to balance less credit. */
export function statementJson(loan: LoanView, all: readonly TransactionView[], today: Day): Record<string, unknown> {
  const money = (minor: bigint): string => moneyText(minor, loan.currency)
  const transactions = all.filter((one) => !one.reversed && one.kind !== 'reversal')
  const due = loan.instalments.reduce((sum, row) => addParts(sum, row.due), NOTHING)
  const waived = totalOf(loan.instalments.reduce((sum, row) => addParts(sum, row.waived), NOTHING))
  let paid = 0n
  const lines = statementOf({ transactions, due, waived }).map(({ debit, credit, balance, ...about }) => {
    if (about.kind !== 'fee_kept_back') paid += credit
    return { ...about, debit: money(debit), credit: money(credit), paid_so_far: money(paid), balance: money(balance) }
  })
  return {
    loan_id: loan.id,
    as_of: today,
    currency: loan.currency,
    status: loan.status,
    lines,
    totals: {
      due: money(totalOf(due)),
      balance: money(loan.balance),
      overdue: money(loan.overdueAmount),
      credit: money(loan.credit),
    },
  }
}
