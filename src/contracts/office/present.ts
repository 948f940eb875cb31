/** The JSON shapes of the office API: money as decimal strings, ids as integers, instants in UTC. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { decimalsOf, formatMinor, max, sum } from '#domain/money.ts'
import type { Event } from '#domain/event.ts'
import { type Bucket, shareBp } from '#domain/loans/delinquency.ts'
import type { LateLoan, PortfolioBucket, PortfolioDay } from '#modules/delinquency/views.ts'
import type { Verification } from '#modules/ledger/ledger.ts'
import type { StatementLine, TrialBalanceRow } from '#modules/ledger/views.ts'
import type { PaymentView } from '#modules/payments/views.ts'
import type { Finding, Reconciliation } from '#modules/reconciliation/reconciliation.ts'
import type { Organisation } from '#platform/context.ts'

export const moneyText = (minor: bigint, currency: string): string => formatMinor(minor, decimalsOf(currency))

export const PAYMENT_STATUSES = ['pending', 'applied', 'suspense', 'rejected', 'reversed'] as const

/** What came in. */
export const paymentFields = {
  id: field.id,
  provider: z.string(),
  reference: z.string(),
  status: z.enum(PAYMENT_STATUSES),
  reason: z.string().nullable().meta({ description: 'Why it is in suspense, or was rejected or reversed' }),
  currency: field.currency,
  amount: field.money,
  overpayment: field.money,
  payer_phone: z.string().nullable(),
  account_ref: z.string().nullable(),
  customer_id: field.id.nullable(),
  customer_name: z.string().nullable(),
  value_day: field.day,
  received_at: field.instant,
  entry_id: field.id.nullable().meta({ description: 'Null: nothing is booked' }),
}
const paymentSchema = z.object(paymentFields)

export function paymentJson(payment: PaymentView): z.infer<typeof paymentSchema> {
  const { id, provider, reference, status, reason, currency } = payment
  return {
    ...{ id, provider, reference, status, reason, currency },
    amount: moneyText(payment.amount, currency),
    overpayment: moneyText(payment.overpayment, currency),
    payer_phone: payment.payerPhone,
    account_ref: payment.accountRef,
    customer_id: payment.customerId,
    customer_name: payment.customerName,
    value_day: payment.valueDay,
    received_at: payment.receivedAt.toISOString(),
    entry_id: payment.entryId === null ? null : Number(payment.entryId),
  }
}

const sides = { debit: field.money, credit: field.money }

export const trialBalanceSchema = z
  .object({
    ...{ as_of: field.day, currency: field.currency },
    accounts: z.array(z.object({ code: z.string(), name: z.string(), ...sides })),
    totals: z.object(sides),
  })
  .meta({ id: 'TrialBalance' })

/** Each account's balance on its side; the two sides add up to the same. */
export function trialBalanceJson(
  rows: readonly TrialBalanceRow[],
  asOf: string,
  org: Organisation,
): z.infer<typeof trialBalanceSchema> {
  const money = (minor: bigint): string => moneyText(minor, org.currency)
  const side = (balance: bigint) => ({ debit: money(max(balance, 0n)), credit: money(max(-balance, 0n)) })
  return {
    as_of: asOf,
    currency: org.currency,
    accounts: rows.map(({ code, name, balance }) => ({ code: String(code), name, ...side(balance) })),
    totals: {
      debit: money(sum(rows.map((row) => max(row.balance, 0n)))),
      credit: money(sum(rows.map((row) => max(-row.balance, 0n)))),
    },
  }
}

const PROBLEMS_AT_MOST = 100

const findingSchema = z.object({
  ...{ sub_ledger: z.string(), subject: z.string().meta({ example: 'loan:12' }), account: z.string().nullable() },
  kept: field.money.meta({ description: 'What the sub-ledger says' }),
  booked: field.money.meta({ description: 'What the books say' }),
  ...{ difference: field.money, text: z.string() },
})

export const verificationSchema = z
  .object({
    ...{ ok: z.boolean(), entries: field.count, blocks: field.count },
    head: z.string().meta({ description: 'The hash to compare with the one noted elsewhere' }),
    problems: z.array(z.string()),
    sub_ledgers: z.record(z.string(), field.count).meta({ description: 'How many differences, by sub-ledger' }),
    findings: z.array(findingSchema),
  })
  .meta({ id: 'LedgerVerification' })

/** The proof of the books as a whole: in order when the chain is and every sub-ledger agrees. */
export function verificationJson(
  proof: Verification,
  { ok, differences, findings }: Reconciliation,
  currency: string,
): z.infer<typeof verificationSchema> {
  const texts = findings.map(({ text }) => text)
  return {
    ...proof,
    ok: proof.ok && ok,
    problems: [...proof.problems, ...texts].slice(0, PROBLEMS_AT_MOST),
    sub_ledgers: differences,
    findings: findings.map((finding) => findingJson(finding, currency)),
  }
}

const findingJson = (
  { of, subject, account, kept, booked, text }: Finding,
  currency: string,
): z.infer<typeof findingSchema> => ({
  ...{ sub_ledger: of, subject, account: account === 0 ? null : String(account) },
  kept: moneyText(kept, currency),
  booked: moneyText(booked, currency),
  difference: moneyText(kept - booked, currency),
  text,
})

export const statementLineSchema = z.object({
  entry_id: field.id,
  kind: z.string(),
  effective_day: field.day,
  recorded_at: field.instant,
  reference: z.string().nullable(),
  actor: field.actor,
  owner: field.id.nullable().meta({ description: 'The loan, customer or payment that it is about' }),
  ...sides,
})

export function statementLineJson(line: StatementLine, currency: string): z.infer<typeof statementLineSchema> {
  return {
    entry_id: Number(line.entryId),
    kind: line.kind,
    effective_day: line.effectiveDay,
    recorded_at: line.recordedAt.toISOString(),
    reference: line.reference,
    actor: line.actor,
    owner: line.owner === 0 ? null : line.owner,
    debit: moneyText(max(line.amount, 0n), currency),
    credit: moneyText(max(-line.amount, 0n), currency),
  }
}

export const eventSchema = z
  .object({
    ...{ id: field.id, at: field.instant, day: field.day, type: z.string(), subject: z.string() },
    ...{ actor: field.actor, contract: z.string(), data: z.record(z.string(), z.unknown()) },
  })
  .meta({ id: 'Event' })

export function eventJson(event: Event): z.infer<typeof eventSchema> {
  const { id, at, day, type, subject, actor, contract, data } = event
  return { id: Number(id), at: at.toISOString(), day, type, subject, actor, contract, data }
}

const bucketTotals = { loans: field.count, principal: field.money, overdue: field.money, provision: field.money }
const parSchema = z.object({ 1: field.percent, 30: field.percent, 60: field.percent, 90: field.percent })

export const portfolioSchema = z
  .object({
    day: field.day.nullable(),
    currency: field.currency,
    buckets: z.array(z.object({ name: z.string(), from_days: z.int(), ...bucketTotals })),
    totals: z.object(bucketTotals),
    par: parSchema.meta({ description: 'Principal of loans late by more than so many days, in per cent' }),
  })
  .meta({ id: 'Portfolio' })

/** Buckets, totals and portfolio at risk: PAR 30 is the principal of loans more than thirty days late, as a percentage of all. */
export function portfolioJson(portfolio: PortfolioDay | null, org: Organisation): z.infer<typeof portfolioSchema> {
  const money = (minor: bigint): string => moneyText(minor, org.currency)
  const buckets = portfolio?.buckets ?? []
  const total = (of: (bucket: PortfolioBucket) => bigint): bigint => sum(buckets.map(of))
  const shape = (b: Omit<PortfolioBucket, 'name' | 'fromDays'>) => ({
    loans: b.loans,
    principal: money(b.principal),
    overdue: money(b.overdue),
    provision: money(b.provision),
  })
  const totals = {
    loans: buckets.reduce((count, bucket) => count + bucket.loans, 0),
    principal: total((b) => b.principal),
    overdue: total((b) => b.overdue),
    provision: total((b) => b.provision),
  }
  const atRisk = (days: number): bigint =>
    sum(buckets.filter((b) => b.fromDays > 0 && b.fromDays >= days).map((b) => b.principal))
  const par = (days: number): string => formatMinor(BigInt(shareBp(atRisk(days), totals.principal)), 2)
  return {
    day: portfolio?.day ?? null,
    currency: org.currency,
    buckets: buckets.map((bucket) => ({ name: bucket.name, from_days: bucket.fromDays, ...shape(bucket) })),
    totals: shape(totals),
    par: { 1: par(1), 30: par(30), 60: par(60), 90: par(90) },
  }
}

export const lateLoanSchema = z
  .object({
    loan_id: field.id,
    customer: z.object({ id: field.id, name: z.string(), phone: z.string().nullable() }),
    officer_id: field.id.nullable(),
    officer_name: z.string().nullable(),
    days_past_due: field.count,
    bucket: z.string().nullable(),
    ...{ principal: field.money, overdue: field.money, currency: field.currency },
  })
  .meta({ id: 'LateLoan' })

export function lateLoanJson(loan: LateLoan, buckets: readonly Bucket[]): z.infer<typeof lateLoanSchema> {
  return {
    loan_id: loan.loanId,
    customer: { id: loan.customerId, name: loan.customerName, phone: loan.phone },
    officer_id: loan.officerId,
    officer_name: loan.officerName,
    days_past_due: loan.daysPastDue,
    bucket: buckets[loan.bucket]?.name ?? null,
    principal: moneyText(loan.principal, loan.currency),
    overdue: moneyText(loan.overdue, loan.currency),
    currency: loan.currency,
  }
}
