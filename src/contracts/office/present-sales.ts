/** The JSON shapes of sales on credit. */
import { z } from 'zod'
import { LOCK_STATUSES } from '#domain/devices/lock.ts'
import { SALE_STAGES } from '#domain/devices/sale-stage.ts'
import * as field from '#contracts/office/answer-fields.ts'
import { moneyText } from '#contracts/office/present.ts'
import type { Disclosure } from '#domain/devices/disclosure.ts'
import { REASON_TEXTS, SALE_REASONS, type SaleReason } from '#domain/devices/sale-decision.ts'
import type { SaleQuote } from '#domain/devices/sale-preset.ts'
import { readableCode } from '#modules/devices/devices.ts'
import type { Device } from '#modules/devices/views.ts'
import type { LoanView } from '#modules/loan-records/views.ts'
import { disclosureOf } from '#modules/sales/sales.ts'
import type { DownPayment, Sale } from '#modules/sales/views.ts'
import type { Ctx } from '#platform/context.ts'

type Asker = Pick<Ctx, 'org'>

const disclosureSchema = z
  .object({
    nominal_annual_rate: field.percent.nullable(),
    effective_annual_rate: field.percent.nullable(),
    ...{ total_interest: field.money, total_to_pay: field.money },
  })
  .meta({ id: 'CreditDisclosure' })

export const saleQuoteSchema = z
  .object({
    ...{ down_payment: field.money, financed: field.money, instalment: field.money, total: field.money },
    ...{ rate: field.percent, due_days: z.array(field.day), disclosure: disclosureSchema },
  })
  .meta({ id: 'SaleQuote' })

export function quoteJson(ctx: Asker, quote: SaleQuote): z.infer<typeof saleQuoteSchema> {
  const money = (minor: bigint): string => moneyText(minor, ctx.org.currency)
  return {
    ...{ down_payment: money(quote.downPayment), financed: money(quote.financed) },
    ...{ instalment: money(quote.instalment), total: money(quote.total), rate: quote.rateShown },
    due_days: [...quote.dueDays],
    disclosure: disclosureJson(ctx, quote.disclosure),
  }
}

/** What the credit costs; rates in percent a year with two decimals. */
const disclosureJson = (
  ctx: Asker,
  { totalInterest, totalToPay, ...rates }: Disclosure,
): z.infer<typeof disclosureSchema> => ({
  nominal_annual_rate: rates.nominalAnnualRate,
  effective_annual_rate: rates.effectiveAnnualRate,
  total_interest: moneyText(totalInterest, ctx.org.currency),
  total_to_pay: moneyText(totalToPay, ctx.org.currency),
})

export const saleReasonSchema = z.object({
  code: z.enum(SALE_REASONS),
  text: z.object({ en: z.string(), es: z.string() }),
})

/** Each reason with the words for people. */
export const reasonsJson = (reasons: readonly SaleReason[]): z.infer<typeof saleReasonSchema>[] =>
  reasons.map((code) => ({ code, text: REASON_TEXTS[code] }))

const listed = {
  loan_id: field.id,
  status: z.enum(SALE_STAGES),
  contract_number: z.string(),
  branch_contract_code: z.string().meta({ description: 'As printed on paper' }),
  branch_number: z.string(),
  officer_id: field.id.nullable(),
  officer_name: z.string().nullable(),
  customer: z.object({ id: field.id, full_name: z.string(), phone: z.string().nullable() }),
  preset: z.string().nullable(),
  price: field.money,
  down_payment: field.money,
  down_payment_percent: z.number().nullable(),
  financed: field.money,
  approved_amount: field.money,
  rate: field.percent,
  currency: field.currency,
  monthly_income: field.money.nullable(),
  decision: z
    .object({
      decision: z.enum(['approved', 'rejected']),
      reasons: z.array(saleReasonSchema),
      note: z.string().nullable(),
      ...{ decided_by: field.actor.nullable(), decided_at: field.instant.nullable() },
    })
    .nullable(),
  signed_on: field.day.nullable(),
  active_since: field.day.nullable(),
  cancelled_reason: z.string().nullable(),
  created_at: field.instant,
}

export const saleSummarySchema = z.object(listed).meta({ id: 'SaleSummary' })

const downPaymentSchema = z
  .object({
    ...{ id: field.id, amount: field.money, method: z.enum(['cash', 'deposit']) },
    status: z.enum(['pending', 'received', 'rejected', 'refunded']),
    ...{ reference: z.string().nullable(), has_receipt: z.boolean() },
    ...{ taken_by: field.actor, taken_at: field.instant },
    ...{ decided_by: field.actor.nullable(), decided_at: field.instant.nullable(), reason: z.string().nullable() },
  })
  .meta({ id: 'DownPayment' })

const soldDeviceSchema = z.object({
  ...{ id: field.id, imei: z.string(), imei_doubtful: z.boolean(), brand: z.string(), model: z.string() },
  ...{ phone_model_id: field.id, activation_code: z.string().nullable(), activated_at: field.instant.nullable() },
  ...{ lock_status: z.enum(LOCK_STATUSES), released_on: field.day.nullable() },
})

/** One sale with its instalments, its phone and every try to pay it down. */
export const saleSchema = z
  .object({
    ...listed,
    instalments: field.count,
    instalment: field.money,
    disclosure: disclosureSchema,
    due_days: z.array(field.day),
    device: soldDeviceSchema.nullable(),
    signed_by: field.actor.nullable(),
    has_signature: z.boolean(),
    down_payments: z.array(downPaymentSchema),
  })
  .meta({ id: 'Sale' })

/** A sale as lists show it. */
export function saleJson(ctx: Asker, sale: Sale): z.infer<typeof saleSummarySchema> {
  const money = (minor: bigint): string => moneyText(minor, ctx.org.currency)
  return {
    ...{ loan_id: sale.loanId, status: sale.stage },
    ...{ contract_number: sale.contractNumber, branch_contract_code: sale.branchContractCode },
    ...{ branch_number: sale.branchNumber, officer_id: sale.officerId, officer_name: sale.officerName },
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
): z.infer<typeof saleSchema> {
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

const downPaymentJson = (ctx: Asker, paid: DownPayment): z.infer<typeof downPaymentSchema> => ({
  ...{ id: paid.id, amount: moneyText(paid.amount, ctx.org.currency), method: paid.method, status: paid.status },
  ...{ reference: paid.reference, has_receipt: paid.receiptFileId !== null },
  ...{ taken_by: paid.takenBy, taken_at: paid.takenAt.toISOString() },
  ...{ decided_by: paid.decidedBy, decided_at: paid.decidedAt?.toISOString() ?? null, reason: paid.reason },
})
