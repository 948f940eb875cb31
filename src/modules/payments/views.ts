/** What payments look like to the office. Reads only, always bounded. */
import { sql } from 'kysely'
import { type PaymentRow, type PaymentStatus, paymentColumns } from '#modules/payments/store.ts'
import type { Ctx } from '#platform/context.ts'

export type { PaymentRow, PaymentStatus } from '#modules/payments/store.ts'

export interface PaymentFilter {
  readonly ids?: readonly number[]
  readonly status?: PaymentStatus | undefined
  readonly limit: number
  /** Payments with a smaller id than this one: older ones. */
  readonly before?: number | undefined
}

/** The newest payments of a status, latest first. */
export async function listPayments(ctx: Pick<Ctx, 'org' | 'tx'>, filter: PaymentFilter): Promise<PaymentRow[]> {
  const status = filter.status === undefined ? sql`` : sql`and status = ${filter.status}`
  const ids = filter.ids === undefined ? sql`` : sql`and id = any(${filter.ids}::integer[])`
  const before = filter.before === undefined ? sql`` : sql`and id < ${filter.before}`
  const { rows } = await sql<PaymentRow>`
    select ${paymentColumns} from payments where org_id = ${ctx.org.id} ${status} ${ids} ${before} order by id desc limit ${filter.limit}
  `.execute(ctx.tx)
  return rows
}

/** One payment, or null. */
export async function paymentById(ctx: Pick<Ctx, 'org' | 'tx'>, id: number): Promise<PaymentRow | null> {
  const { rows } = await sql<PaymentRow>`
    select ${paymentColumns} from payments where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
  return rows[0] ?? null
}

/** The picture of the receipt that a customer sent with his payment, or null. */
export async function receiptFileOf(ctx: Pick<Ctx, 'org' | 'tx'>, paymentId: number): Promise<number | null> {
  const { rows } = await sql<{ id: number | null }>`
    select receipt_file_id as id from payment_claims where org_id = ${ctx.org.id} and payment_id = ${paymentId}
  `.execute(ctx.tx)
  return rows[0]?.id ?? null
}
