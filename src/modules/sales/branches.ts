/** Who sells for which branch. */
import { refuse } from '#domain/refusal.ts'
import { requireManageable } from '#modules/identity/identity.ts'
import * as store from '#modules/sales/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

/** Capital letters and digits. Refuses invalid_input. */
export function requireBranchNumber(branchNumber: string): void {
  if (!/^[A-Z0-9]{1,12}$/.test(branchNumber)) {
    refuse('invalid_input', { fields: { branch_number: 'Give capital letters and digits.' } })
  }
}

/**
 * Says that somebody sells for one branch only, and sees its sales only; null: for all of them. Refuses user_not_found,
 * own_request, not_permitted (somebody above the actor), invalid_input.
 */
export async function assignBranch(ctx: Ctx, userId: number, branchNumber: string | null): Promise<void> {
  if (branchNumber !== null) requireBranchNumber(branchNumber)
  await requireManageable(ctx, userId)
  await store.writeBranchOf(ctx, userId, branchNumber)
  const data = { user_id: userId, branch_number: branchNumber }
  emit(ctx, 'sale.branch_assigned', data)
}
