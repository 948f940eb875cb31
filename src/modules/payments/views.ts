/** What payments look like to the office. Reads only, always bounded. */
import { sql } from 'kysely'
import { type PaymentRow, type PaymentStatus, paymentColumns } from '#modules/payments/store.ts'
import type { Ctx } from '#platform/context.ts'

export type { PaymentRow, PaymentStatus } from '#modules/payments/store.ts'

export interface PaymentFilter {
  readonly ids?: readonly number[]
  readonly status?: PaymentStatus | undefined
  /** Only what was paid, or is said to be paid, on these loans. */
  readonly loanIds?: readonly number[] | undefined
  readonly limit: number
  /** Payments with a smaller id than this one: older ones. */
  readonly before?: number | undefined
}

/** The newest payments of a status, latest first. */
export async function listPayments(ctx: Pick<Ctx, 'org' | 'tx'>, filter: PaymentFilter): Promise<PaymentRow[]> {
  const status = filter.status === undefined ? sql`` : sql`and status = ${filter.status}`
  const ids = filter.ids === undefined ? sql`` : sql`and id = any(${filter.ids}::integer[])`
  const loans = filter.loanIds === undefined ? sql`` : sql`and ${paidOn(filter.loanIds)}`
  const before = filter.before === undefined ? sql`` : sql`and id < ${filter.before}`
  const { rows } = await sql<PaymentRow>`
    select ${paymentColumns} from payments where org_id = ${ctx.org.id} ${status} ${ids} ${loans} ${before} order by id desc limit ${filter.limit}
  `.execute(ctx.tx)
  return rows
}

const paidOn = (loanIds: readonly number[]) => sql`(
  exists (select from payment_claims c where c.org_id = payments.org_id and c.payment_id = payments.id and c.loan_id = any(${loanIds}::integer[]))
  or exists (select from loan_transactions t
              where t.org_id = payments.org_id and t.payment_id = payments.id and t.loan_id = any(${loanIds}::integer[])))`

/** The loans that a payment was made on, or is said to be. */
export async function loansOfPayment(ctx: Pick<Ctx, 'org' | 'tx'>, id: number): Promise<number[]> {
  const { rows } = await sql<{ loanId: number }>`
    select loan_id as "loanId" from payment_claims where org_id = ${ctx.org.id} and payment_id = ${id}
    union select loan_id from loan_transactions where org_id = ${ctx.org.id} and payment_id = ${id} limit 1000`.execute(
    ctx.tx,
  )
  return rows.map(({ loanId }) => loanId)
}

/** One payment, or null. */
export async function paymentById(ctx: Pick<Ctx, 'org' | 'tx'>, id: number): Promise<PaymentRow | null> {
  const { rows } = await sql<PaymentRow>`
    select ${paymentColumns} from payments where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
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

/** The picture of the receipt that a customer sent with his payment, or null. */
export async function receiptFileOf(ctx: Pick<Ctx, 'org' | 'tx'>, paymentId: number): Promise<number | null> {
  const { rows } = await sql<{ id: number | null }>`
    select receipt_file_id as id from payment_claims where org_id = ${ctx.org.id} and payment_id = ${paymentId}
  `.execute(ctx.tx)
  return rows[0]?.id ?? null
}
