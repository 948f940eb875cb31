/** What every step of a sale begins with: the sale locked, at a stage that allows the step, at a branch of the actor's. */
import { mayTake, type SaleStep } from '#domain/devices/sale-stage.ts'
import type { EventType } from '#domain/event.ts'
import { permits } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import * as store from '#modules/sales/store.ts'
import { branchOfUser, type Sale, saleOfLoan, salesOfLoans } from '#modules/sales/views.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events.ts'

/** The sale, locked, if the step may be taken. Refuses sale_not_found (also at another branch), sale_step_not_open. */
export async function lockForStep(ctx: Ctx, loanId: number, step: SaleStep): Promise<Sale> {
  const sale = (await store.lockSale(ctx, loanId)) ?? refuse('sale_not_found', { loanId })
  await requireBranch(ctx, sale)
  return mayTake(step, sale.stage) ? sale : refuse('sale_step_not_open', { stage: sale.stage })
}

/** The sale, if the actor may see it. Refuses sale_not_found. */
export async function visibleSale(ctx: Ctx, loanId: number): Promise<Sale> {
  const sale = (await saleOfLoan(ctx, loanId)) ?? refuse('sale_not_found', { loanId })
  await requireBranch(ctx, sale)
  return sale
}

/** The one branch that the actor sells for; null: any. Whoever decides on sales sees all of them. */
export async function ownBranch(ctx: Ctx): Promise<string | null> {
  const { actor } = ctx
  return actor.kind === 'user' && !permits(actor.roles, 'sale.decide') ? branchOfUser(ctx, actor.id) : null
}

/** Whether one of the loans pays for a sale of the actor's branch; whoever sells for none in particular sees all. */
export async function isAtOwnBranch(ctx: Ctx, loanIds: readonly number[]): Promise<boolean> {
  const branch = await ownBranch(ctx)
  return branch === null || (await salesOfLoans(ctx, loanIds)).some((sale) => sale.branchNumber === branch)
}

async function requireBranch(ctx: Ctx, sale: Sale): Promise<void> {
  const branch = await ownBranch(ctx)
  if (branch !== null && branch !== sale.branchNumber) refuse('sale_not_found', { loanId: sale.loanId })
}

/** Tells of a step. */
export function emitSale(ctx: Ctx, type: EventType, sale: Sale, more: Record<string, unknown> = {}): void {
  const { loanId, customerId, contractNumber } = sale
  const data = { loan_id: loanId, customer_id: customerId, contract_number: contractNumber, ...more }
  emit(ctx, { type, subject: `loan:${loanId}`, data })
}
