/** Phones whose instalments are overdue, as of this morning, as far as the actor reaches. Reads only, always bounded. */
import { type RawBuilder, sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import type { LockStatus } from '#domain/devices/lock.ts'
import { LOAN, reachesLoan } from '#modules/access/views.ts'
import { searchPattern } from '#modules/customers/views.ts'
import { wholeRows } from '#platform/database/whole-rows.ts'
import type { Ctx } from '#platform/context.ts'

export type Reader = Pick<Ctx, 'org' | 'tx' | 'today' | 'scope'>

/** What is still to be paid of an instalment `i`, in minor units. */
export const owed = sql`(i.principal_due + i.interest_due + i.fee_due + i.penalty_due - i.principal_paid - i.interest_paid - i.fee_paid - i.penalty_paid
  - i.principal_waived - i.interest_waived - i.fee_waived - i.penalty_waived)`

/** An instalment `i` whose day has passed without its being paid; due today is not overdue. */
export const isOverdue = ({ org, today }: Pick<Reader, 'org' | 'today'>): RawBuilder<unknown> =>
  sql`i.org_id = ${org.id} and i.completed_on is null and i.due_day < ${today} and ${owed} > 0`

/**
 * Running loans within reach that are overdue by more than their product tolerates: how many instalments, how much, and since when: the
 * due day of the instalment that went beyond what is tolerated.
 */
export const lateLoans = (ctx: Pick<Reader, 'org' | 'today' | 'scope'>): RawBuilder<unknown> => sql`
  select o.loan_id, o.instalments, o.amount,
         case when l.terms ? 'arrearsTolerance' then (
           select min(due_day) from (select i.due_day, sum(${owed}) over (order by i.due_day, i.nr) as so_far
                                       from instalments i where ${isOverdue(ctx)} and i.loan_id = o.loan_id) one_by_one
            where so_far > (l.terms ->> 'arrearsTolerance')::bigint) else o.since end as since
    from (select i.loan_id, count(*)::integer as instalments, sum(${owed})::bigint as amount, min(i.due_day) as since
            from instalments i where ${isOverdue(ctx)} group by i.loan_id) o
    join loans l on l.org_id = ${ctx.org.id} and l.id = o.loan_id and l.status = 'active'
   where o.amount > coalesce((l.terms ->> 'arrearsTolerance')::bigint, 0) and ${reachesLoan(ctx, 'read', LOAN)}`

export interface OverdueDevice {
  readonly deviceId: number
  readonly imei: string
  readonly brand: string
  readonly model: string
  readonly lockStatus: LockStatus
  /** Null: it is not locked. */
  readonly lockedAt: Date | null
  readonly loanId: number
  /** Null: the loan pays for no sale. */
  readonly contractNumber: string | null
  readonly branch: string | null
  readonly customerId: number
  readonly customerName: string
  readonly phone: string | null
  readonly overdueCount: number
  /** Minor units. */
  readonly totalOverdue: bigint
  readonly firstOverdue: Day
  readonly daysOverdue: number
}

export interface OverdueFilter {
  readonly minDays?: number | undefined
  readonly maxDays?: number | undefined
  /** Minor units. */
  readonly minAmount?: bigint | undefined
  readonly branch?: string | undefined
  /** Part of the number. */
  readonly imei?: string | undefined
  /** Part of name or phone, or an identity number. */
  readonly customer?: string | undefined
  readonly lockStatus?: LockStatus | undefined
}

/** The longest overdue first, or the largest amount first. */
export type OverdueOrder = 'days' | 'amount'

export interface OverduePage {
  readonly order: OverdueOrder
  readonly limit: number
  /** The last phone of the page before. */
  readonly after?: Pick<OverdueDevice, 'deviceId' | 'firstOverdue' | 'totalOverdue'> | undefined
}

/** A page of the phones that match. */
export async function overdueDevices(
  ctx: Reader,
  filter: OverdueFilter,
  { order, limit, after }: OverduePage,
): Promise<OverdueDevice[]> {
  const next = after === undefined ? sql`` : sql`and ${isAfter(order, after)}`
  const by = order === 'days' ? sql`since, device_id` : sql`amount desc, device_id`
  const rows = await wholeRows(
    ctx.tx,
    sql<OverdueDevice>`
    with late as (${lateLoans(ctx)}), page as (
      select d.id as device_id, d.imei, d.phone_model_id, d.lock_status, d.loan_id, s.contract_number, s.branch_number, c.id as customer_id, c.full_name,
             c.phone, late.instalments, late.amount, late.since
        from ${matching(ctx, filter)} ${next} order by ${by} limit ${limit}
    )
    select p.device_id as "deviceId", p.imei, m.brand, m.model, p.lock_status as "lockStatus", k.created_at as "lockedAt", p.loan_id as "loanId",
           p.contract_number as "contractNumber", p.branch_number as branch, p.customer_id as "customerId", p.full_name as "customerName", p.phone,
           p.instalments as "overdueCount", p.amount as "totalOverdue", p.since as "firstOverdue", ${ctx.today}::date - p.since as "daysOverdue"
      from page p
      join phone_models m on m.org_id = ${ctx.org.id} and m.id = p.phone_model_id
      left join lateral (select created_at from device_lock_changes k where p.lock_status = 'locked' and k.org_id = ${ctx.org.id}
                            and k.device_id = p.device_id and k.status = 'locked' order by k.id desc limit 1) k on true
     order by ${by}`,
  )
  return rows
}

/** How many phones match, and what is overdue on them. */
export async function overdueTotals(
  ctx: Reader,
  filter: OverdueFilter,
): Promise<{ readonly devices: number; readonly amount: bigint }> {
  const rows = await wholeRows(
    ctx.tx,
    sql<{ devices: number; amount: bigint }>`
    with late as (${lateLoans(ctx)})
    select count(*)::integer as devices, coalesce(sum(late.amount), 0)::bigint as amount from ${matching(ctx, filter)}`,
  )
  return rows[0]!
}

function isAfter(order: OverdueOrder, { deviceId, firstOverdue, totalOverdue }: NonNullable<OverduePage['after']>) {
  return order === 'days'
    ? sql`(late.since > ${firstOverdue} or (late.since = ${firstOverdue} and d.id > ${deviceId}))`
    : sql`(late.amount < ${totalOverdue} or (late.amount = ${totalOverdue} and d.id > ${deviceId}))`
}

function matching(ctx: Reader, filter: OverdueFilter): RawBuilder<unknown> {
  const days = sql`${ctx.today}::date - late.since`
  const conditions = [
    sql`d.released_on is null`,
    ...(filter.minDays === undefined ? [] : [sql`${days} >= ${filter.minDays}`]),
    ...(filter.maxDays === undefined ? [] : [sql`${days} <= ${filter.maxDays}`]),
    ...(filter.minAmount === undefined ? [] : [sql`late.amount >= ${filter.minAmount}`]),
    ...(filter.branch === undefined ? [] : [sql`s.branch_number = ${filter.branch}`]),
    ...(filter.imei === undefined ? [] : [sql`strpos(d.imei, ${filter.imei}) > 0`]),
    ...(filter.lockStatus === undefined ? [] : [sql`d.lock_status = ${filter.lockStatus}`]),
    ...ofCustomer(ctx, filter.customer),
  ]
  return sql`late
    join devices d on d.org_id = ${ctx.org.id} and d.loan_id = late.loan_id
    join customers c on c.org_id = d.org_id and c.id = d.customer_id
    left join sales s on s.org_id = d.org_id and s.loan_id = d.loan_id
   where ${sql.join(conditions, sql` and `)}`
}

/** Identity numbers are matched whole, with or without dashes: a part of one would say too much. */
function ofCustomer(ctx: Reader, words: string | undefined): RawBuilder<unknown>[] {
  const pattern = searchPattern(words ?? '')
  if (pattern === null) return []
  const number = words!.toLowerCase().replace(/[\s-]/g, '')
  return [
    sql`(c.search_text like ${pattern} or exists (select from customer_id_numbers n
          where n.org_id = ${ctx.org.id} and n.customer_id = c.id and replace(n.number, '-', '') = ${number}))`,
  ]
}
