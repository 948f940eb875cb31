/** The JSON shapes of loans in the office API: money as decimal strings, days as YYYY-MM-DD, ids as integers. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { moneyText } from '#contracts/office/present.ts'
import { termsSchema, termsOut } from '#contracts/office/product-terms.ts'
import type { Day } from '#domain/day.ts'
import type { Reckoned } from '#domain/loans/course.ts'
import { instalmentsOf, type Schedule } from '#domain/loans/schedule.ts'
import { sum } from '#domain/money.ts'
import { addParts, NOTHING, outstandingOf, type Parts, totalOf } from '#domain/loans/instalment.ts'
import { statementOf } from '#domain/loans/statement.ts'
import type { InstalmentView, LoanSummary, LoanView, TransactionView } from '#modules/loan-records/views.ts'

const snake = (word: string): string => word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const instant = (at: Date | null): string | null => at?.toISOString() ?? null

/** An amount by its components. */
export const partsSchema = z
  .object({
    ...{ principal: field.money, interest: field.money, fees: field.money, penalties: field.money },
    total: field.money,
  })
  .meta({ id: 'LoanParts' })

export function partsJson(parts: Parts, currency: string): z.infer<typeof partsSchema> {
  const money = (minor: bigint): string => moneyText(minor, currency)
  return {
    principal: money(parts.principal),
    interest: money(parts.interest),
    fees: money(parts.fee),
    penalties: money(parts.penalty),
    total: money(totalOf(parts)),
  }
}

export const LOAN_STATUSES = [
  'draft',
  'pending',
  'approved',
  'rejected',
  'withdrawn',
  'active',
  'completed',
  'written_off',
] as const

const summary = {
  id: field.id,
  status: z.enum(LOAN_STATUSES),
  customer_id: field.id,
  customer_name: z.string(),
  loan_product_id: field.id.nullable(),
  loan_product_name: z.string().nullable(),
  officer_id: field.id.nullable(),
  officer_name: z.string().nullable(),
  principal: field.money,
  currency: field.currency,
  balance: field.money.meta({ description: 'Due less paid less waived, while anything is asked for' }),
  overdue: z.boolean(),
  overdue_amount: field.money,
  days_past_due: field.count,
  credit: field.money.meta({ description: 'Overpaid and not paid back' }),
  restructured: z.boolean(),
  charged_off_on: field.day.nullable(),
  tops_up: field.id.nullable().meta({ description: 'The loan that it settles, or settled' }),
  applied_at: field.instant,
  approved_at: field.instant.nullable(),
  disbursed_on: field.day.nullable(),
  completed_on: field.day.nullable(),
  rejected_reason: z.string().nullable(),
  terms: termsSchema,
}

/** A loan as lists show it. */
export const loanSummarySchema = z.object(summary).meta({ id: 'LoanSummary' })

export function loanSummaryJson(loan: LoanSummary): z.infer<typeof loanSummarySchema> {
  const money = (minor: bigint): string => moneyText(minor, loan.currency)
  return {
    id: loan.id,
    status: loan.status,
    customer_id: loan.customerId,
    customer_name: loan.customerName,
    loan_product_id: loan.productId,
    loan_product_name: loan.productName,
    officer_id: loan.officerId,
    officer_name: loan.officerName,
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
    applied_at: loan.appliedAt.toISOString(),
    approved_at: instant(loan.approvedAt),
    disbursed_on: loan.disbursedOn,
    completed_on: loan.completedOn,
    rejected_reason: loan.rejectedReason,
    terms: termsOut(loan.terms, loan.currency),
  }
}

/** An instalment with what was due, paid and waived of it. */
export const instalmentSchema = z
  .object({
    ...{ nr: field.count, due_day: field.day, due: partsSchema, paid: partsSchema, waived: partsSchema },
    outstanding: field.money,
    completed_on: field.day.nullable(),
  })
  .meta({ id: 'Instalment' })

const NOTHING_OF_IT = { principal: '0.00', interest: '0.00', fees: '0.00', penalties: '0.00', total: '0.00' }
const due = { ...NOTHING_OF_IT, principal: '1000.00', interest: '100.00', total: '1100.00' }
export const instalmentExample: z.infer<typeof instalmentSchema> = {
  ...{ nr: 1, due_day: '2026-02-15', due, paid: due, waived: NOTHING_OF_IT },
  ...{ outstanding: '0.00', completed_on: '2026-02-14' },
}

/** A loan with its schedule. */
export const loanSchema = z.object({ ...summary, instalments: z.array(instalmentSchema) }).meta({ id: 'Loan' })

export const loanJson = (loan: LoanView): z.infer<typeof loanSchema> => ({
  ...loanSummaryJson(loan),
  instalments: loan.instalments.map((row) => instalmentJson(row, loan.currency)),
})

export const loanQuoteSchema = z
  .object({
    principal: field.money,
    currency: field.currency,
    disbursed_on: field.day,
    fees_at_disbursement: field.money,
    paid_out: field.money,
    instalments: z.array(z.object({ nr: field.count, due_day: field.day, due: partsSchema })),
    totals: partsSchema,
  })
  .meta({ id: 'LoanQuote' })

/** What a loan would be if it were paid out on a day: what the customer gets, and what they owe when. */
export function quoteJson(
  planned: Schedule,
  { currency, principal, day }: { currency: string; principal: bigint; day: Day },
): z.infer<typeof loanQuoteSchema> {
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

export const instalmentJson = (row: Row, currency: string): z.infer<typeof instalmentSchema> => ({
  nr: row.nr,
  due_day: row.dueDay,
  due: partsJson(row.due, currency),
  paid: partsJson(row.paid, currency),
  waived: partsJson(row.waived, currency),
  outstanding: moneyText(totalOf(outstandingOf(row)), currency),
  completed_on: row.completedOn,
})

const TRANSACTION_KINDS = [
  'disbursement',
  'repayment',
  'fee',
  'penalty',
  'waiver',
  'write_off',
  'charge_off',
  'recovery',
  'credit_refund',
  'reversal',
] as const

/** Something that happened to a loan. */
export const transactionSchema = z
  .object({
    id: field.id,
    kind: z.enum(TRANSACTION_KINDS),
    payment_type: z.string().nullable().meta({ description: 'Of a repayment: repayment, down_payment …' }),
    value_day: field.day,
    amount: field.money,
    parts: partsSchema,
    overpayment: field.money,
    reversed: z.boolean(),
    reverses_id: field.id.nullable().meta({ description: 'The transaction that this one takes back' }),
    replaces_id: field.id.nullable().meta({ description: 'The transaction that this one is the replay of' }),
    payment_id: field.id.nullable(),
    entry_id: field.id.nullable(),
    account: z.int().nullable(),
    reference: z.string().nullable(),
    reason: z.string().nullable(),
    actor: field.actor,
    recorded_at: field.instant,
  })
  .meta({ id: 'LoanTransaction' })

export function transactionJson(one: TransactionView, currency: string): z.infer<typeof transactionSchema> {
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

export const statementSchema = z
  .object({
    loan_id: field.id,
    as_of: field.day,
    currency: field.currency,
    status: z.enum(LOAN_STATUSES),
    lines: z.array(
      z.object({
        day: field.day,
        kind: z.string().meta({ description: 'Of a transaction; or interest, fee, penalty, fee_kept_back' }),
        reference: z.string().nullable(),
        ...{ debit: field.money, credit: field.money, paid_so_far: field.money, balance: field.money },
      }),
    ),
    totals: z.object({ due: field.money, balance: field.money, overdue: field.money, credit: field.money }),
  })
  .meta({ id: 'LoanStatement' })

/** A statement for the customer: what stands, by day, with what is owed after each line; the lines add up to balance less credit. */
export function statementJson(
  loan: LoanView,
  all: readonly TransactionView[],
  today: Day,
): z.infer<typeof statementSchema> {
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
