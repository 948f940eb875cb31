/** What customers within the actor's reach promised. Reads only, always bounded. */
import { type RawBuilder, sql } from 'kysely'
import type { PromiseStatus } from '#domain/collections/promise.ts'
import type { Day } from '#domain/day.ts'
import { reachesLoan } from '#modules/access/views.ts'
import type { Asking } from '#modules/collections/customer-views.ts'

export interface PromiseView {
  readonly id: number
  readonly loanId: number
  readonly customerId: number
  readonly customerName: string
  readonly interactionId: number | null
  readonly amount: bigint
  readonly currency: string
  readonly dueOn: Day
  readonly channel: string
  readonly status: PromiseStatus
  readonly paid: bigint
  readonly madeOn: Day
  readonly madeBy: string
  readonly decidedOn: Day | null
}

const columns = sql`p.id, p.loan_id as "loanId", p.customer_id as "customerId",
  (select c.full_name from customers c where c.org_id = p.org_id and c.id = p.customer_id) as "customerName", p.interaction_id as "interactionId", p.amount, p.currency,
  p.due_on as "dueOn", p.channel, p.status, p.paid, p.made_on as "madeOn", p.made_by as "madeBy", p.decided_on as "decidedOn"`

const LOAN_OF_PROMISE = { id: sql`p.loan_id`, customerId: sql`p.customer_id` }

/** One promise, or null, also beyond the actor's reach. */
export async function promiseById(ctx: Asking, id: number): Promise<PromiseView | null> {
  const { rows } = await sql<PromiseView>`
    select ${columns} from promises p
     where p.org_id = ${ctx.org.id} and p.id = ${id} and ${reachesLoan(ctx, 'read', LOAN_OF_PROMISE)}`.execute(ctx.tx)
  return rows[0] ?? null
}

export interface PromiseFilter {
  readonly loanId?: number | undefined
  readonly status?: PromiseStatus | undefined
  /** Promises with a smaller id than this one. */
  readonly before: number
  readonly limit: number
}

/** Promises, latest first. */
export async function listPromises(ctx: Asking, filter: PromiseFilter): Promise<PromiseView[]> {
  const conditions: RawBuilder<unknown>[] = [
    sql`p.org_id = ${ctx.org.id}`,
    sql`p.id < ${filter.before}`,
    reachesLoan(ctx, 'read', LOAN_OF_PROMISE),
  ]
  if (filter.loanId !== undefined) conditions.push(sql`p.loan_id = ${filter.loanId}`)
  if (filter.status !== undefined) conditions.push(sql`p.status = ${filter.status}`)
  const { rows } = await sql<PromiseView>`
    select ${columns} from promises p
     where ${sql.join(conditions, sql` and `)} order by p.id desc limit ${filter.limit}`.execute(ctx.tx)
  return rows
}
