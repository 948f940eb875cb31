/** The JSON shapes of sales on credit. */
import { moneyText } from '#contracts/office/present.ts'
import type { Disclosure } from '#domain/devices/disclosure.ts'
import { REASON_TEXTS, type SaleReason } from '#domain/devices/sale-decision.ts'
import type { SaleQuote } from '#domain/devices/sale-preset.ts'
import { readableCode } from '#modules/devices/devices.ts'
import type { Device } from '#modules/devices/views.ts'
import type { LoanView } from '#modules/loan-records/views.ts'
import { disclosureOf } from '#modules/sales/sales.ts'
import type { DownPayment, Sale } from '#modules/sales/views.ts'
import type { Ctx } from '#platform/context.ts'

type Json = Record<string, unknown>
type Asker = Pick<Ctx, 'org'>

export function quoteJson(ctx: Asker, quote: SaleQuote): Json {
  const money = (minor: bigint): string => moneyText(minor, ctx.org.currency)
  return {
    ...{ down_payment: money(quote.downPayment), financed: money(quote.financed) },
    ...{ instalment: money(quote.instalment), total: money(quote.total), rate: quote.rateShown },
    due_days: quote.dueDays,
    disclosure: disclosureJson(ctx, quote.disclosure),
  }
}

/** What the credit costs; rates in percent a year with two decimals. */
const disclosureJson = (ctx: Asker, { totalInterest, totalToPay, ...rates }: Disclosure): Json => ({
  nominal_annual_rate: rates.nominalAnnualRate,
  effective_annual_rate: rates.effectiveAnnualRate,
  total_interest: moneyText(totalInterest, ctx.org.currency),
  total_to_pay: moneyText(totalToPay, ctx.org.currency),
})

/** Each reason with the words for people. */
export const reasonsJson = (reasons: readonly SaleReason[]): Json[] =>
  reasons.map((code) => ({ code, text: REASON_TEXTS[code] }))

/** A sale as lists show it. */
export function saleJson(ctx: Asker, sale: Sale): Json {
  const money = (minor: bigint): string => moneyText(minor, ctx.org.currency)
  return {
    ...{ loan_id: sale.loanId, status: sale.stage },
    ...{ contract_number: sale.contractNumber, branch_contract_code: sale.branchContractCode },
    ...{ branch_number: sale.branchNumber, officer_id: sale.officerId },
    customer: { id: sale.customerId, full_name: sale.customerName, phone: sale.customerPhone },
    ...{ preset: sale.preset, price: money(sale.price), down_payment: money(sale.downPayment) },
    ...{ down_payment_percent: sale.downPercent, financed: money(sale.price - sale.downPayment) },
    ...{ approved_amount: money(sale.approvedAmount), rate: sale.rateShown, currency: ctx.org.currency },
    monthly_income: sale.monthlyIncome === null ? null : money(sale.monthlyIncome),
    decision: sale.decision && {
      ...{ decision: sale.decision, reasons: reasonsJson(sale.reasons), note: sale.decisionNote },
      ...{ decided_by: sale.decidedBy, decided_at: sale.decidedAt?.toISOString() ?? null },
    },
    signed_on: sale.signedOn,
    active_since: sale.activeSince,
    cancelled_reason: sale.cancelledReason,
    created_at: sale.createdAt.toISOString(),
  }
}

export interface WholeSale {
  readonly sale: Sale
  readonly loan: LoanView
  readonly device: Device | null
  readonly downPayments: readonly DownPayment[]
}

/** One sale with its instalments, its phone, and every try to pay it down. */
export function wholeSaleJson(
  ctx: Pick<Ctx, 'org' | 'actor' | 'now'>,
  { sale, loan, device, downPayments }: WholeSale,
): Json {
  const amounts = (loan.terms.contractualInstalments ?? []).map(BigInt)
  return {
    ...saleJson(ctx, sale),
    instalments: amounts.length,
    instalment: moneyText(amounts[0] ?? 0n, ctx.org.currency),
    disclosure: disclosureJson(ctx, disclosureOf(loan)),
    due_days: loan.instalments.map(({ dueDay }) => dueDay),
    device: device && {
      ...{ id: device.id, imei: device.imei, imei_doubtful: device.imeiDoubtful },
      ...{ brand: device.brand, model: device.model, phone_model_id: device.phoneModelId },
      ...{ activation_code: readableCode(ctx, device), activated_at: device.activatedAt?.toISOString() ?? null },
      ...{ lock_status: device.lockStatus, released_on: device.releasedOn },
    },
    signed_by: sale.signedBy,
    has_signature: sale.signatureFileId !== null,
    down_payments: downPayments.map((paid) => downPaymentJson(ctx, paid)),
  }
}

const downPaymentJson = (ctx: Asker, paid: DownPayment): Json => ({
  ...{ id: paid.id, amount: moneyText(paid.amount, ctx.org.currency), method: paid.method, status: paid.status },
  ...{ reference: paid.reference, has_receipt: paid.receiptFileId !== null },
  ...{ taken_by: paid.takenBy, taken_at: paid.takenAt.toISOString() },
  ...{ decided_by: paid.decidedBy, decided_at: paid.decidedAt?.toISOString() ?? null, reason: paid.reason },
})
