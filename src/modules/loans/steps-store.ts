/** The steps of a loan's way from application to disbursement, and back. */
import { sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

/** Back to an application, agreed on or not: no schedule where it is not. */
export async function markUndone(ctx: Ctx, id: number, status: 'approved' | 'pending'): Promise<void> {
  const approval = status === 'pending' ? sql`, approved_by = null, approved_at = null, total_interest = 0` : sql``
  await sql`
    update loans set status = ${status}, disbursed_by = null, disbursed_at = null, disbursed_on = null, completed_on = null ${approval}
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
  const planned = status === 'pending' ? sql`true` : sql`false`
  await sql`delete from instalments where org_id = ${ctx.org.id} and loan_id = ${id} and ${planned}`.execute(ctx.tx)
  await sql`
    update instalments set interest_earned = 0, reminded_on = null, overdue_told_on = null, late_fee_on = null
     where org_id = ${ctx.org.id} and loan_id = ${id}`.execute(ctx.tx)
}

export async function markApproved(ctx: Ctx, id: number, by: number | null, totalInterest: bigint): Promise<void> {
  await sql`
    update loans set status = 'approved', approved_by = ${by}, approved_at = ${ctx.now}, total_interest = ${totalInterest}
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

export async function markRejected(ctx: Ctx, id: number, reason: string): Promise<void> {
  await sql`update loans set status = 'rejected', rejected_reason = ${reason} where org_id = ${ctx.org.id} and id = ${id}`.execute(
    ctx.tx,
  )
}

export async function markDisbursed(ctx: Ctx, id: number, by: number | null, totalInterest: bigint): Promise<void> {
  await sql`
    update loans set status = 'active', disbursed_by = ${by}, disbursed_at = ${ctx.now}, disbursed_on = ${ctx.today}, total_interest = ${totalInterest}
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}
