/** Deciding on a sale: by rules over what is on record, with every reason named. */
import { parseDay } from '#domain/day.ts'
import {
  REASON_TEXTS,
  reasonsAgainst,
  type SaleFacts,
  type SaleReason,
  salePolicyOf,
} from '#domain/devices/sale-decision.ts'
import { SALE_PRESETS } from '#domain/devices/sale-preset.ts'
import { languageOf } from '#domain/language.ts'
import { refuse } from '#domain/refusal.ts'
import { ID_KIND, idNumberOf } from '#modules/customers/customers.ts'
import { customerById } from '#modules/customers/views.ts'
import { unbindDevice } from '#modules/devices/devices.ts'
import { approve, reject } from '#modules/loans/loans.ts'
import { allSummariesOf, type LoanSummary, loanById } from '#modules/loan-records/views.ts'
import { creditOf } from '#modules/sales/credit-terms.ts'
import { lockForStep, saleFacts, visibleSale } from '#modules/sales/steps.ts'
import * as store from '#modules/sales/store.ts'
import type { Sale } from '#modules/sales/views.ts'
import { type Ctx, regardless } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

/** What would stand against the sale today; nothing: it may be approved. Refuses sale_not_found. */
export const assess = async (ctx: Ctx, loanId: number): Promise<SaleReason[]> =>
  reasonsAgainst(await factsOf(ctx, await visibleSale(ctx, loanId)))

export interface Verdict {
  /** Staff decides against it although no rule does; the note says why. */
  readonly against?: boolean | undefined
  readonly note?: string | null | undefined
}

/**
 * Decides on a sale: approved where no rule stands against it, rejected with every reason otherwise, the phone then free
 * for another. Nobody approves against a rule. Answers the reasons. Refuses sale_not_found, sale_step_not_open,
 * own_request to whoever applied for it, invalid_input for a rejection of staff's own without a note.
 */
export async function decideSale(ctx: Ctx, loanId: number, { against = false, note }: Verdict): Promise<SaleReason[]> {
  if (against && !note) refuse('invalid_input', { fields: { note: 'Say why.' } })
  const sale = await lockForStep(ctx, loanId, 'decide')
  const found = reasonsAgainst(await factsOf(ctx, sale))
  const reasons: SaleReason[] = against ? [...found, 'staff_judgement'] : found
  const decision = reasons.length === 0 ? 'approved' : 'rejected'
  await store.writeDecision(ctx, loanId, { decision, reasons, note: note ?? null })
  if (decision === 'approved') await approve(ctx, { ofSale: loanId })
  else {
    await reject(ctx, { ofSale: loanId }, textOf(ctx, reasons, note))
    await unbindDevice(ctx, loanId)
  }
  emit(ctx, 'sale.decided', { ...saleFacts(sale), approved: decision === 'approved', reasons })
  return reasons
}

/** The reasons in the organisation's language, for the customer. */
function textOf(ctx: Ctx, reasons: readonly SaleReason[], note: string | null | undefined): string {
  const language = languageOf(ctx.org.locale) === 'es' ? 'es' : 'en'
  const told = reasons.filter((reason) => reason !== 'staff_judgement').map((reason) => REASON_TEXTS[reason][language])
  return [...told, ...(note ? [note] : [])].join(' ')
}

async function factsOf(ctx: Ctx, sale: Sale): Promise<SaleFacts> {
  const { customerId, loanId } = sale
  const customer = (await customerById(ctx, customerId)) ?? refuse('customer_not_found')
  const loan = (await loanById(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  const others = (await allSummariesOf(regardless(ctx), customerId)).filter(({ id }) => id !== loanId)
  const { documents, incomeShare } = salePolicyOf(ctx.org.policies.sales)
  const given = new Set(customer.documents.map(({ docType }) => docType))
  const { amounts, periodsAYear } = creditOf(loan)
  return {
    ...{ today: ctx.today, born: parseDay(String(customer.profile.dateOfBirth ?? '')), incomeShare },
    identityOnRecord: (await idNumberOf(ctx, customerId, ID_KIND)) !== null,
    missingDocuments: documents.filter((type) => !given.has(type)).length,
    preset: SALE_PRESETS.find(({ name }) => name === sale.preset) ?? null,
    ...{ downPercent: sale.downPercent, financed: loan.principal, approvedAmount: sale.approvedAmount },
    ...{ instalment: amounts[0] ?? 0n, instalmentsAYear: periodsAYear, monthlyIncome: sale.monthlyIncome },
    openLoans: others.filter(isOpen).length,
    loansInArrears: others.filter(({ daysPastDue }) => daysPastDue > 0).length,
    loansWrittenOff: others.filter(({ status, chargedOffOn }) => status === 'written_off' || chargedOffOn !== null)
      .length,
  }
}

const isOpen = ({ status }: LoanSummary): boolean =>
  status === 'pending' || status === 'approved' || status === 'active'
