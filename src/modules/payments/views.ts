/** What payments look like to the office, as far as the actor reaches. Reads only, always bounded. */
import { sql } from 'kysely'
import { type PaymentRow, type PaymentStatus, paymentColumns } from '#modules/payments/store.ts'
import { reachesPayment } from '#modules/access/views.ts'
import type { Ctx } from '#platform/context.ts'

type Reader = Pick<Ctx, 'org' | 'tx' | 'scope'>

export type { PaymentRow, PaymentStatus } from '#modules/payments/store.ts'

export interface PaymentFilter {
  readonly ids?: readonly number[]
  readonly status?: PaymentStatus | undefined
  readonly limit: number
  /** Payments with a smaller id than this one: older ones. */
  readonly before?: number | undefined
}

/** The newest payments of a status, latest first. */
export async function listPayments(ctx: Reader, filter: PaymentFilter): Promise<PaymentRow[]> {
  const status = filter.status === undefined ? sql`` : sql`and status = ${filter.status}`
  const ids = filter.ids === undefined ? sql`` : sql`and id = any(${filter.ids}::integer[])`
  const before = filter.before === undefined ? sql`` : sql`and id < ${filter.before}`
  const { rows } = await sql<PaymentRow>`
    select ${paymentColumns} from payments
     where org_id = ${ctx.org.id} and ${reachesPayment(ctx, 'read')} ${status} ${ids} ${before} order by id desc limit ${filter.limit}`.execute(
    ctx.tx,
  )
  return rows
}

/** One payment, or null. */
export async function paymentById(ctx: Reader, id: number): Promise<PaymentRow | null> {
  const { rows } = await sql<PaymentRow>`
    select ${paymentColumns} from payments where org_id = ${ctx.org.id} and id = ${id} and ${reachesPayment(ctx, 'read')}`.execute(
    ctx.tx,
  )
  return rows[0] ?? null
}

export interface WaitingOnLoan {
  readonly loanId: number
  /** When the oldest of them was submitted. */
  readonly since: Date
  /** What they come to, minor units. */
  readonly amount: bigint
}

/** The claims on these loans that nobody has decided on, added up by loan. */
export async function waitingClaims(
  ctx: Pick<Ctx, 'org' | 'tx'>,
  loanIds: readonly number[],
): Promise<WaitingOnLoan[]> {
  const { rows } = await sql<WaitingOnLoan>`
    select c.loan_id as "loanId", min(c.created_at) as since, sum(p.amount)::bigint as amount
      from payment_claims c join payments p on p.org_id = c.org_id and p.id = c.payment_id
     where c.org_id = ${ctx.org.id} and c.loan_id = any(${loanIds}::integer[]) and p.status = 'pending'
     group by c.loan_id`.execute(ctx.tx)
  return rows
}

/** The picture of the receipt that a customer sent with a payment; null: none was sent, undefined: there is no such payment. */
export async function receiptFileOf(ctx: Reader, paymentId: number): Promise<number | null | undefined> {
  const { rows } = await sql<{ id: number | null }>`
    select c.receipt_file_id as id from payments left join payment_claims c on c.org_id = payments.org_id and c.payment_id = payments.id
     where payments.org_id = ${ctx.org.id} and payments.id = ${paymentId} and ${reachesPayment(ctx, 'read')}`.execute(
    ctx.tx,
  )
  return rows[0]?.id
}
