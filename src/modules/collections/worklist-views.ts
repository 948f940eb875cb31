/** Whom to visit or call next: running loans of the actor's customers with what was tried so far. Reads only, always bounded. */
import { type RawBuilder, sql } from 'kysely'
import { type Bucket, daysOf } from '#domain/collections/bucket.ts'
import type { PromiseStatus } from '#domain/collections/promise.ts'
import type { Day } from '#domain/day.ts'
import { isAtBranch, isWithin, LOAN } from '#modules/access/views.ts'
import { nameOfUser } from '#modules/identity/views.ts'
import { type Asking, customerCode, fromCustomers } from '#modules/collections/customer-views.ts'
import { instalmentsOf, standingColumns } from '#modules/collections/loan-views.ts'
import type { Ctx } from '#platform/context.ts'

export const WORKLISTS = ['due_today', 'broken_promises', 'never_contacted', 'all'] as const
export type WorklistName = (typeof WORKLISTS)[number]

/** Which loans: the same words choose a worklist and what is handed over in bulk. */
export interface WorkFilter {
  readonly bucket?: Bucket | undefined
  /** A pincode, or a city whatever its case. */
  readonly area?: string | undefined
  readonly loanType?: string | undefined
  readonly productId?: number | undefined
  readonly assignedTo?: number | undefined
  readonly unassigned?: boolean | undefined
  /** Calls only: leaves out who may not be called. */
  readonly callable?: boolean | undefined
}

export interface WorkItem {
  readonly loanId: number
  readonly accountNo: string
  readonly customerId: number
  readonly customerCode: string
  readonly name: string
  readonly phone: string | null
  readonly city: string | null
  readonly pincode: string | null
  readonly assignedTo: number | null
  readonly assignedToName: string | null
  readonly doNotCall: boolean
  readonly currency: string
  readonly balance: bigint
  readonly overdue: bigint
  readonly daysPastDue: number
  readonly nextDueOn: Day | null
  readonly contacts: number
  readonly lastContactAt: Date | null
  readonly nextActionOn: Day | null
  readonly promiseId: number | null
  readonly promiseStatus: PromiseStatus | null
  readonly promiseAmount: bigint | null
  readonly promiseDueOn: Day | null
}

type Working = Asking & Pick<Ctx, 'today'>

/** Running loans with customer, standing, contacts and last promise: w. `which` narrows the loans (l) before that is looked up. */
const work = (ctx: Working, which: RawBuilder<unknown> = sql`true`): RawBuilder<unknown> => sql`(
  select l.id as "loanId", coalesce(h.account_no, l.account_no, 'LN' || l.id) as "accountNo", l.product_id, h.loan_type, c.id as "customerId",
         ${customerCode} as "customerCode", c.full_name as name, coalesce(f.phone, c.phone) as phone, coalesce(f.city, c.location) as city, f.pincode,
         f.assigned_to as "assignedTo", coalesce(f.do_not_call, false) as "doNotCall", l.currency, ${standingColumns(ctx)},
         coalesce(a.contacts, 0) as contacts, a.last_at as "lastContactAt", a.next_on as "nextActionOn", p.id as "promiseId",
         p.status as "promiseStatus", p.amount as "promiseAmount", p.due_on as "promiseDueOn", p.decided_on
    ${fromCustomers}
    join loans l on l.org_id = c.org_id and l.customer_id = c.id and l.status = 'active'
    left join collection_loans h on h.org_id = l.org_id and h.loan_id = l.id
    ${instalmentsOf(ctx)}
    left join lateral (
      select count(*)::integer as contacts, max(created_at) as last_at, (array_agg(next_action_on order by id desc))[1] as next_on
        from interactions where org_id = l.org_id and loan_id = l.id and removed_at is null) a on true
    left join lateral (
      select id, status, amount, due_on, decided_on from promises
       where org_id = l.org_id and loan_id = l.id and status not in ('withdrawn', 'replaced') order by id desc limit 1) p on true
   where c.org_id = ${ctx.org.id} and f.removed_at is null and ${isWithin(ctx, 'read')} and ${isAtBranch(ctx, LOAN)} and ${which}
)`

/**
 * What any loan of a list must have, found by an index first (as an array: joined, it is looked up last): most loans have not,
 * and their standing need not be added up.
 */
function mayBelong(ctx: Working, list: WorklistName): RawBuilder<unknown> {
  const org = ctx.org.id
  switch (list) {
    case 'due_today':
      return sql`l.id = any(array(
        select loan_id from interactions where org_id = ${org} and removed_at is null and next_action_on <= ${ctx.today}
         union select loan_id from promises where org_id = ${org} and status = 'open' and due_on <= ${ctx.today}))`
    case 'broken_promises':
      return sql`l.id = any(array(select loan_id from promises where org_id = ${org} and status in ('broken', 'part_kept')))`
    case 'never_contacted':
    case 'all':
      return sql`l.id = any(array(
        select distinct loan_id from instalments where org_id = ${org} and completed_on is null and due_day < ${ctx.today}))`
  }
}

/** A contact made today takes a loan off the list; so does one made since the promise was found broken. */
function belongs(ctx: Working, list: WorklistName): RawBuilder<unknown> {
  const isUntouchedToday = sql`(w."lastContactAt" is null or w."lastContactAt" < (${ctx.today}::date)::timestamp at time zone ${ctx.org.timeZone})`
  switch (list) {
    case 'due_today':
      return sql`${isUntouchedToday} and (w."nextActionOn" <= ${ctx.today} or (w."promiseStatus" = 'open' and w."promiseDueOn" <= ${ctx.today}))`
    case 'broken_promises':
      return sql`w."promiseStatus" in ('broken', 'part_kept') and (w."lastContactAt" is null
        or w."lastContactAt" < (w.decided_on)::timestamp at time zone ${ctx.org.timeZone})`
    case 'never_contacted':
      return sql`w.contacts = 0 and w."daysPastDue" > 0`
    case 'all':
      return sql`w."daysPastDue" > 0`
  }
}

function chosen({
  bucket,
  area,
  loanType,
  productId,
  assignedTo,
  unassigned,
  callable,
}: WorkFilter): RawBuilder<unknown> {
  const conditions = [sql`true`]
  if (bucket) {
    const { from, to } = daysOf(bucket)
    conditions.push(
      sql`w."daysPastDue" >= ${from} and w."daysPastDue" <= ${bucket === 'current' ? 0 : (to ?? 1_000_000)}`,
    )
  }
  if (area) conditions.push(sql`(w.pincode = ${area} or lower(w.city) = lower(${area}))`)
  if (loanType) conditions.push(sql`w.loan_type = ${loanType}`)
  if (productId !== undefined) conditions.push(sql`w.product_id = ${productId}`)
  if (assignedTo !== undefined) conditions.push(sql`w."assignedTo" = ${assignedTo}`)
  if (unassigned) conditions.push(sql`w."assignedTo" is null`)
  if (callable) conditions.push(sql`not w."doNotCall"`)
  return sql.join(conditions, sql` and `)
}

/** A page of a worklist: least contacted first, then latest due. */
export async function worklist(
  ctx: Working,
  asked: WorkFilter & { readonly list: WorklistName; readonly limit: number; readonly offset: number },
): Promise<WorkItem[]> {
  const { rows } = await sql<WorkItem>`
    select w.*, (select ${nameOfUser('u')} from users u where u.org_id = ${ctx.org.id} and u.id = w."assignedTo") as "assignedToName"
      from ${work(ctx, mayBelong(ctx, asked.list))} w where ${belongs(ctx, asked.list)} and ${chosen(asked)}
     order by w.contacts, w."daysPastDue" desc, w."loanId" limit ${asked.limit} offset ${asked.offset}`.execute(ctx.tx)
  return rows
}

/** The customers of running loans that the filter chooses and the actor may hand over, latest due first. */
export async function customersToAssign(ctx: Working, filter: WorkFilter, limit: number): Promise<number[]> {
  const { rows } = await sql<{ customerId: number }>`
    select w."customerId" from ${work(ctx)} w where ${chosen(filter)}
     group by w."customerId" order by max(w."daysPastDue") desc, w."customerId" limit ${limit}`.execute(ctx.tx)
  return rows.map((row) => row.customerId)
}
