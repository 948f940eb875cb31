/** What payout orders look like, as far as the actor reaches. Reads only, always bounded. */
import { type RawBuilder, sql } from 'kysely'
import type { PayoutStatus } from '#domain/payouts/order.ts'
import { reachesLoan } from '#modules/access/views.ts'
import { type PayoutRow, payoutColumns } from '#modules/payouts/store.ts'
import type { Ctx } from '#platform/context.ts'

export type { PayoutChannel } from '#modules/payouts/store.ts'
export type { PayoutStatus } from '#domain/payouts/order.ts'

export interface PayoutView extends PayoutRow {
  readonly customerName: string
}

const columns = sql`${payoutColumns},
  (select c.full_name from customers c where c.org_id = payouts.org_id and c.id = payouts.customer_id) as "customerName"`

type Reader = Pick<Ctx, 'org' | 'tx' | 'scope'>

/** At a branch, an order that pays out one of its loans. */
const isReached = (ctx: Reader): RawBuilder<boolean> =>
  reachesLoan(ctx, 'read', { id: sql`payouts.loan_id`, customerId: sql`payouts.customer_id` })

/** One order, or null. */
export async function payoutById(ctx: Reader, id: number): Promise<PayoutView | null> {
  const { rows } = await sql<PayoutView>`
    select ${columns} from payouts where org_id = ${ctx.org.id} and id = ${id} and ${isReached(ctx)}`.execute(ctx.tx)
  return rows[0] ?? null
}

/** One order by our name for it with the provider, or null. */
export async function payoutByOriginator(ctx: Reader, originatorId: string): Promise<PayoutRow | null> {
  const { rows } = await sql<PayoutRow>`
    select ${payoutColumns} from payouts where org_id = ${ctx.org.id} and originator_id = ${originatorId}`.execute(
    ctx.tx,
  )
  return rows[0] ?? null
}

export interface PayoutFilter {
  readonly status?: PayoutStatus | undefined
  /** Orders with a smaller id than this one: older ones. */
  readonly before?: number | undefined
  readonly limit: number
}

/** The newest orders of a status, latest first. */
export async function listPayouts(ctx: Reader, filter: PayoutFilter): Promise<PayoutView[]> {
  const status = filter.status === undefined ? sql`` : sql`and status = ${filter.status}`
  const before = filter.before === undefined ? sql`` : sql`and id < ${filter.before}`
  const { rows } = await sql<PayoutView>`
    select ${columns} from payouts where org_id = ${ctx.org.id} and ${isReached(ctx)} ${status} ${before} order by id desc limit ${filter.limit}
  `.execute(ctx.tx)
  return rows
}

/** How many orders are on their way, by where they stand; those that have come to their end are not counted. */
export async function countOpenPayouts(ctx: Pick<Ctx, 'org' | 'tx'>): Promise<Readonly<Record<string, number>>> {
  const { rows } = await sql<{ status: string; count: number }>`
    select status, count(*)::integer as count from payouts
     where org_id = ${ctx.org.id} and status in ('reserved', 'sent', 'unknown') group by status`.execute(ctx.tx)
  return { ...{ reserved: 0, sent: 0, unknown: 0 }, ...Object.fromEntries(rows.map((row) => [row.status, row.count])) }
}

/** Whether an order is due to be sent or asked about. */
export async function payoutsAreDue(ctx: Pick<Ctx, 'org' | 'tx' | 'now'>): Promise<boolean> {
  const { rows } = await sql<{ due: boolean }>`
    select exists (select from payouts where org_id = ${ctx.org.id} and next_try <= ${ctx.now}) as due`.execute(ctx.tx)
  return rows[0]!.due
}
