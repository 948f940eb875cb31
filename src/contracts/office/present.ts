/** The JSON shapes of the office API: money as decimal strings, ids as integers, instants in UTC. */
import { decimalsOf, formatMinor, max, sum } from '#domain/money.ts'
import type { Event } from '#domain/event.ts'
import { type Bucket, shareBp } from '#domain/loans/delinquency.ts'
import type { LateLoan, PortfolioBucket, PortfolioDay } from '#modules/delinquency/views.ts'
import type { Verification } from '#modules/ledger/ledger.ts'
import type { StatementLine, TrialBalanceRow } from '#modules/ledger/views.ts'
import type { PaymentRow } from '#modules/payments/views.ts'
import type { Finding, Reconciliation } from '#modules/reconciliation/reconciliation.ts'
import type { Organisation } from '#platform/context.ts'

export const moneyText = (minor: bigint, currency: string): string => formatMinor(minor, decimalsOf(currency))

export function paymentJson(payment: PaymentRow): Record<string, unknown> {
  const { id, provider, reference, status, reason, currency } = payment
  return {
    ...{ id, provider, reference, status, reason, currency },
    amount: moneyText(payment.amount, currency),
    overpayment: moneyText(payment.overpayment, currency),
    payer_phone: payment.payerPhone,
    account_ref: payment.accountRef,
    customer_id: payment.customerId,
    value_day: payment.valueDay,
    received_at: payment.receivedAt.toISOString(),
    entry_id: payment.entryId === null ? null : Number(payment.entryId),
  }
}

/** Each account's balance on its side; the two sides add up to the same. */
export function trialBalanceJson(
  rows: readonly TrialBalanceRow[],
  asOf: string,
  org: Organisation,
): Record<string, unknown> {
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

/** The proof of the books as a whole: in order when the chain is and every sub-ledger agrees. */
export function verificationJson(
  proof: Verification,
  { ok, differences, findings }: Reconciliation,
  currency: string,
): Record<string, unknown> {
  const texts = findings.map(({ text }) => text)
  return {
    ...proof,
    ok: proof.ok && ok,
    problems: [...proof.problems, ...texts].slice(0, PROBLEMS_AT_MOST),
    sub_ledgers: differences,
    findings: findings.map((finding) => findingJson(finding, currency)),
  }
}

const findingJson = ({ of, subject, account, kept, booked, text }: Finding, currency: string) => ({
  ...{ sub_ledger: of, subject, account: account === 0 ? null : String(account) },
  kept: moneyText(kept, currency),
  booked: moneyText(booked, currency),
  difference: moneyText(kept - booked, currency),
  text,
})

export function statementLineJson(line: StatementLine, currency: string): Record<string, unknown> {
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

export function eventJson(event: Event): Record<string, unknown> {
  const { id, at, day, type, subject, actor, contract, data } = event
  return { id: Number(id), at: at.toISOString(), day, type, subject, actor, contract, data }
}

const RISK_DAYS = [1, 30, 60, 90] as const

/** Buckets, totals and portfolio at risk: PAR 30 is the principal of loans more than thirty days late, as a percentage of all. */
export function portfolioJson(portfolio: PortfolioDay | null, org: Organisation): Record<string, unknown> {
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
  return {
    day: portfolio?.day ?? null,
    currency: org.currency,
    buckets: buckets.map((bucket) => ({ name: bucket.name, from_days: bucket.fromDays, ...shape(bucket) })),
    totals: shape(totals),
    par: Object.fromEntries(
      RISK_DAYS.map((days) => [days, formatMinor(BigInt(shareBp(atRisk(days), totals.principal)), 2)]),
    ),
  }
}

export function lateLoanJson(loan: LateLoan, buckets: readonly Bucket[]): Record<string, unknown> {
  return {
    loan_id: loan.loanId,
    customer: { id: loan.customerId, name: loan.customerName, phone: loan.phone },
    officer_id: loan.officerId,
    days_past_due: loan.daysPastDue,
    bucket: buckets[loan.bucket]?.name ?? null,
    principal: moneyText(loan.principal, loan.currency),
    overdue: moneyText(loan.overdue, loan.currency),
    currency: loan.currency,
  }
}
