/** What payments look like to the office, as far as the actor reaches. Reads only, always bounded. */
import { sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import { type PaymentRow, type PaymentStatus, paymentColumns } from '#modules/payments/store.ts'
import { reachesPayment } from '#modules/access/views.ts'
import type { Ctx } from '#platform/context.ts'

type Reader = Pick<Ctx, 'org' | 'tx' | 'scope'>

export interface PaymentView extends PaymentRow {
  readonly customerName: string | null
}

const columns = sql`${paymentColumns},
  (select c.full_name from customers c where c.org_id = payments.org_id and c.id = payments.customer_id) as "customerName"`

export interface PaymentFilter {
  readonly ids?: readonly number[]
  readonly status?: PaymentStatus | undefined
  readonly limit: number
  /** Payments with a smaller id than this one: older ones. */
  readonly before?: number | undefined
}

/** The newest payments of a status, latest first. */
export async function listPayments(ctx: Reader, filter: PaymentFilter): Promise<PaymentView[]> {
  const status = filter.status === undefined ? sql`` : sql`and status = ${filter.status}`
  const ids = filter.ids === undefined ? sql`` : sql`and id = any(${filter.ids}::integer[])`
  const before = filter.before === undefined ? sql`` : sql`and id < ${filter.before}`
  const { rows } = await sql<PaymentView>`
    select ${columns} from payments
     where org_id = ${ctx.org.id} and ${reachesPayment(ctx, 'read')} ${status} ${ids} ${before} order by id desc limit ${filter.limit}`.execute(
    ctx.tx,
  )
  return rows
}

/** One payment, or null. */
export async function paymentById(ctx: Reader, id: number): Promise<PaymentView | null> {
  const { rows } = await sql<PaymentView>`
    select ${columns} from payments where org_id = ${ctx.org.id} and id = ${id} and ${reachesPayment(ctx, 'read')}`.execute(
    ctx.tx,
  )
  return rows[0] ?? null
}

export interface WaitingOnLoan {
  readonly loanId: number
  /** When the oldest of them was submitted, or one that was rejected during the same arrears. */
  readonly since: Date
  /** What they come to, minor units. */
  readonly amount: bigint
}

/** A loan, and the day since when it is in arrears. */
export interface InArrears {
  readonly loanId: number
  readonly since: Day
}

/** The claims on these loans that nobody has decided on, sent since the arrears began, added up by loan; the days count from the first, rejected ones included. */
export async function waitingClaims(
  ctx: Pick<Ctx, 'org' | 'tx'>,
  loans: readonly InArrears[],
): Promise<WaitingOnLoan[]> {
  const { rows } = await sql<WaitingOnLoan>`
    select c.loan_id as "loanId", min(c.created_at) as since, sum(p.amount) filter (where p.status = 'pending')::bigint as amount
      from unnest(${loans.map(({ loanId }) => loanId)}::integer[], ${loans.map(({ since }) => since)}::date[]) as l (id, since)
      join payment_claims c on c.org_id = ${ctx.org.id} and c.loan_id = l.id
      join payments p on p.org_id = c.org_id and p.id = c.payment_id
     where p.status in ('pending', 'rejected') and (c.created_at at time zone ${ctx.org.timeZone})::date >= l.since
     group by c.loan_id having bool_or(p.status = 'pending')`.execute(ctx.tx)
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
