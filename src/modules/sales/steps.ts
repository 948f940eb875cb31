/** What every step of a sale begins with: the sale locked, within the actor's reach, at a stage that allows the step. */
import { mayTake, type SaleStep } from '#domain/devices/sale-stage.ts'
import { refuse } from '#domain/refusal.ts'
import * as store from '#modules/sales/store.ts'
import { type Sale, saleOfLoan } from '#modules/sales/views.ts'
import type { Ctx } from '#platform/context.ts'

/** The sale, locked, if the step may be taken. Refuses sale_not_found (also beyond the actor's reach), sale_step_not_open. */
export async function lockForStep(ctx: Ctx, loanId: number, step: SaleStep): Promise<Sale> {
  const sale = (await store.lockSale(ctx, loanId)) ?? refuse('sale_not_found', { loanId })
  return mayTake(step, sale.stage) ? sale : refuse('sale_step_not_open', { stage: sale.stage })
}

/** The sale, if the actor may see it. Refuses sale_not_found. */
export const visibleSale = async (ctx: Ctx, loanId: number): Promise<Sale> =>
  (await saleOfLoan(ctx, loanId)) ?? refuse('sale_not_found', { loanId })

/** What every fact about a sale tells. */
export const saleFacts = ({ loanId, customerId, contractNumber }: Sale) => ({
  loan_id: loanId,
  customer_id: customerId,
  contract_number: contractNumber,
})
