/** A sale agreed on: the loan that is applied for, the phone bound to it, the numbers of its contract. */
import { coversBranch } from '#domain/access.ts'
import { yearOf } from '#domain/day.ts'
import { refuse } from '#domain/refusal.ts'
import { branchCode, typedBranch } from '#domain/sales/contract-number.ts'
import { loginFor } from '#modules/customers/customers.ts'
import { registerDevice } from '#modules/devices/devices.ts'
import type { AgreedTerms } from '#modules/loan-records/loan-records.ts'
import { apply } from '#modules/loans/loans.ts'
import * as store from '#modules/sales/store.ts'
import { requireBranchNumber } from '#modules/sales/branches.ts'
import type { Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { emit } from '#platform/events/events.ts'

export interface NewSale {
  readonly customerId: number
  readonly productId: number
  readonly officerId: number
  /** Minor units; what the down payment leaves of it is lent. */
  readonly price: bigint
  readonly downPayment: bigint
  /** The most that was agreed to for this customer; the price where left out. */
  readonly approvedAmount?: bigint
  readonly terms: AgreedTerms
  /** The percentage that the contract prints. */
  readonly rateShown: string
  /** Letters and digits. */
  readonly branchNumber: string
  readonly imei: string
  readonly phoneModelId: number
  /** The preset it follows, and the part of the price that it has paid down, in percent. */
  readonly preset?: string
  readonly downPercent?: number
  /** Minor units, as the customer says. */
  readonly monthlyIncome?: bigint | null
}

/**
 * Agrees on a sale: an application for the loan, the phone bound to it, a contract number of the year and of the branch's
 * day. Others decide on it and hand the phone over. A customer has one loan at a time. Refuses invalid_input, customer_has_loans,
 * amount_above_maximum beyond what was agreed to, and what `apply` and `registerDevice` refuse.
 */
export async function agreeSale(ctx: Ctx, sale: NewSale): Promise<number> {
  const { customerId, price, downPayment, branchNumber } = sale
  const financed = price - downPayment
  const approvedAmount = sale.approvedAmount ?? price
  if (downPayment < 0n || financed <= 0n)
    refuse('invalid_input', { fields: { downPayment: 'Give a part of the price.' } })
  requireBranchNumber(branchNumber)
  requireOwnBranch(ctx, branchNumber)
  if (financed > approvedAmount) refuse('amount_above_maximum')
  if (await store.hasOpenLoan(ctx, customerId)) refuse('customer_has_loans')
  await loginFor(ctx, customerId)
  const loanId = await apply(ctx, { ...sale, amount: financed, againstSale: true, branch: branchNumber })
  const numbers = await contractNumbers(ctx, branchNumber)
  const { preset = null, downPercent = null, monthlyIncome = null } = sale
  const row = { ...sale, ...numbers, loanId, approvedAmount, preset, downPercent, monthlyIncome }
  await store.insertSale(ctx, row)
  const deviceId = await registerDevice(ctx, { ...sale, loanId })
  const data = {
    loan_id: loanId,
    customer_id: customerId,
    device_id: deviceId,
    contract_number: numbers.contractNumber,
  }
  emit(ctx, 'sale.agreed', data)
  return loanId
}

function requireOwnBranch({ scope }: Ctx, branchNumber: string): void {
  if (coversBranch(scope, branchNumber)) return
  refuse('invalid_input', { fields: { branch_number: `You sell for branch ${scope.branch}.` } })
}

/** `MC-2026-0001` counts the year's contracts, `S01-2026-01-11-000001` those of a day that begin alike. */
async function contractNumbers(
  ctx: Ctx,
  branch: string,
): Promise<{ contractNumber: string; branchContractCode: string }> {
  const year = yearOf(ctx.today)
  const ofYear = await takeNumbers(ctx, `contract ${year}`)
  const ofDay = await takeNumbers(ctx, `contract ${typedBranch(branch)} ${ctx.today}`)
  return {
    contractNumber: `MC-${year}-${String(ofYear).padStart(4, '0')}`,
    branchContractCode: branchCode(branch, ctx.today, ofDay),
  }
}
