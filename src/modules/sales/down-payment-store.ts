/** Owns: down_payments. Its sale is locked before it. */
import { sql } from 'kysely'
import type { DownPayment } from '#modules/sales/views.ts'
import { actorLabel, type Ctx } from '#platform/context.ts'

export type NewDownPayment = Pick<
  DownPayment,
  'id' | 'loanId' | 'amount' | 'method' | 'status' | 'reference' | 'receiptFileId' | 'entryId'
> & { readonly customerId: number }

/** Fails on down_payments_standing where one is there already. */
export async function insertDownPayment(ctx: Ctx, paid: NewDownPayment): Promise<void> {
  await sql`
    insert into down_payments (org_id, id, loan_id, customer_id, amount, method, status, reference, receipt_file_id, taken_by, entry_id, created_at)
    values (${ctx.org.id}, ${paid.id}, ${paid.loanId}, ${paid.customerId}, ${paid.amount}, ${paid.method}, ${paid.status}, ${paid.reference},
            ${paid.receiptFileId}, ${actorLabel(ctx.actor)}, ${paid.entryId}, ${ctx.now})`.execute(ctx.tx)
}

export interface DownPaymentDecision {
  readonly status: 'received' | 'rejected' | 'refunded'
  readonly reason: string | null
  readonly entryId: bigint | null
}

export async function decideDownPayment(ctx: Ctx, id: number, to: DownPaymentDecision): Promise<void> {
  await sql`
    update down_payments set status = ${to.status}, reason = ${to.reason}, entry_id = ${to.entryId}, decided_by = ${actorLabel(ctx.actor)},
           decided_at = ${ctx.now}
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}
