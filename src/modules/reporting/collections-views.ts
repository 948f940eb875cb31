/** How collection goes: what is overdue now, what was locked and verified in a period, and how much of the arrears came back. */
import { type RawBuilder, sql } from 'kysely'
import { reachesEveryLoan } from '#domain/access.ts'
import type { Day } from '#domain/day.ts'
import { LOAN, reachesLoan, reachesPayment } from '#modules/access/views.ts'
import { isOverdue, lateLoans, owed, type Reader } from '#modules/reporting/overdue-views.ts'
import { wholeRows } from '#platform/database/whole-rows.ts'

/** Whole days of the organisation, both included. */
export interface Period {
  readonly from: Day
  readonly to: Day
}

/** An instant of a period: its days begin and end at midnight where the organisation is. */
export function within({ org }: Pick<Reader, 'org'>, instant: RawBuilder<unknown>, { from, to }: Period) {
  return sql`(${instant} >= ${from}::date::timestamp at time zone ${org.timeZone}
          and ${instant} < (${to}::date + 1)::timestamp at time zone ${org.timeZone})`
}

export interface Counted {
  readonly count: number
  /** Minor units. */
  readonly amount: bigint
}

/** Days overdue of an instalment from which each band begins. */
const BANDS = [1, 8, 16, 31] as const

/** Overdue instalments by how long ago they fell due; a band with none is there with zeros. */
export async function overdueByDays(ctx: Reader): Promise<(Counted & { readonly fromDays: number })[]> {
  const rows = await wholeRows(
    ctx.tx,
    sql<Counted & { band: number }>`
    with late as (${lateLoans(ctx)})
    select width_bucket(${ctx.today}::date - i.due_day, ${BANDS}::integer[]) as band, count(*)::integer as count, sum(${owed})::bigint as amount
      from instalments i join late on late.loan_id = i.loan_id where ${isOverdue(ctx)} group by 1`,
  )
  return BANDS.map((fromDays, i) => {
    const { count = 0, amount = 0n } = rows.find(({ band }) => band === i + 1) ?? {}
    return { fromDays, count, amount }
  })
}

export interface BranchArrears {
  /** Null: loans that pay for no sale. */
  readonly branch: string | null
  readonly loans: number
  readonly amount: bigint
}

/** Overdue loans by the branch that sold. */
export async function overdueByBranch(ctx: Reader): Promise<BranchArrears[]> {
  const rows = await wholeRows(
    ctx.tx,
    sql<BranchArrears>`
    with late as (${lateLoans(ctx)})
    select s.branch_number as branch, count(*)::integer as loans, sum(late.amount)::bigint as amount
      from late left join sales s on s.org_id = ${ctx.org.id} and s.loan_id = late.loan_id
     group by s.branch_number order by s.branch_number nulls last`,
  )
  return rows
}

/** The loan of `devices d`. */
const DEVICE = { id: sql`d.loan_id`, customerId: sql`d.customer_id` }

/** Changes of locks of phones within reach. */
const ofReachedDevice = (ctx: Reader): RawBuilder<unknown> =>
  reachesEveryLoan(ctx.scope, 'read')
    ? sql`true`
    : sql`device_id in (select d.id from devices d where d.org_id = ${ctx.org.id} and ${reachesLoan(ctx, 'read', DEVICE)})`

export interface LockCounts {
  readonly locked: number
  readonly pending: number
  /** Not locked, nor about to be, though instalments are overdue. */
  readonly atRisk: number
}

/** Phones that are not paid in full, by their locks. */
export async function lockCounts(ctx: Reader): Promise<LockCounts> {
  const rows = await wholeRows(
    ctx.tx,
    sql<LockCounts>`
    with late as (${lateLoans(ctx)})
    select count(*) filter (where d.lock_status = 'locked')::integer as locked,
           count(*) filter (where d.lock_status = 'pending')::integer as pending,
           count(*) filter (where d.lock_status = 'unlocked' and late.loan_id is not null)::integer as "atRisk"
      from devices d left join late on late.loan_id = d.loan_id
     where d.org_id = ${ctx.org.id} and ${reachesLoan(ctx, 'read', DEVICE)} and d.released_on is null`,
  )
  return rows[0]!
}

export interface Lock {
  readonly deviceId: number
  readonly imei: string
  readonly brand: string
  readonly model: string
  readonly customerId: number
  readonly customerName: string
  readonly contractNumber: string | null
  readonly reason: string
  /** Who confirmed it. */
  readonly actor: string
  readonly at: Date
}

/** The last phones that were locked in a period, the latest first. */
export async function lastLocks(ctx: Reader, period: Period, limit: number): Promise<Lock[]> {
  const { rows } = await sql<Lock>`
    select d.id as "deviceId", d.imei, m.brand, m.model, c.id as "customerId", c.full_name as "customerName",
           s.contract_number as "contractNumber", k.reason, k.actor, k.created_at as at
      from (select device_id, reason, actor, created_at, id from device_lock_changes
             where org_id = ${ctx.org.id} and status = 'locked' and ${within(ctx, sql`created_at`, period)}
               and ${ofReachedDevice(ctx)} order by id desc limit ${limit}) k
      join devices d on d.org_id = ${ctx.org.id} and d.id = k.device_id
      join phone_models m on m.org_id = d.org_id and m.id = d.phone_model_id
      join customers c on c.org_id = d.org_id and c.id = d.customer_id
      left join sales s on s.org_id = d.org_id and s.loan_id = d.loan_id
     order by k.id desc`.execute(ctx.tx)
  return rows
}

/** How many phones were locked in a period; one that was locked twice counts once. */
export async function countLocked(ctx: Reader, period: Period): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(distinct device_id)::integer as count from device_lock_changes
     where org_id = ${ctx.org.id} and status = 'locked' and ${within(ctx, sql`created_at`, period)} and ${ofReachedDevice(ctx)}`.execute(
    ctx.tx,
  )
  return rows[0]!.count
}

export interface Recovery {
  /** What had fallen due before the period and was unpaid when it began. */
  readonly overdueAtStart: bigint
  /** What of it was paid in the period. */
  readonly recovered: bigint
}

/**
 * How much of the arrears with which a period began was paid in it. Only money that is in the books counts, by the day it
 * was paid: what a customer merely claims has paid nothing yet. Loans written off are in neither figure.
 */
export async function recovery(ctx: Reader, { from, to }: Period): Promise<Recovery> {
  const rows = await wholeRows(
    ctx.tx,
    sql<Recovery>`
    with paid as (
      select t.value_day, (line ->> 1)::bigint + (line ->> 2)::bigint + (line ->> 3)::bigint + (line ->> 4)::bigint as amount
        from loan_transactions t
        join loans l on l.org_id = t.org_id and l.id = t.loan_id and l.status in ('active', 'completed')
        cross join lateral jsonb_array_elements(t.allocation) as line
        join instalments i on i.org_id = t.org_id and i.loan_id = t.loan_id and i.nr = (line ->> 0)::integer and i.due_day < ${from}
       where t.org_id = ${ctx.org.id} and t.kind = 'repayment' and t.value_day >= ${from} and ${reachesLoan(ctx, 'read', LOAN)}
         and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id)
    ), unpaid as (
      select coalesce(sum(${owed}), 0) as amount from instalments i join loans l on l.org_id = i.org_id and l.id = i.loan_id and l.status = 'active'
       where i.org_id = ${ctx.org.id} and i.completed_on is null and i.due_day < ${from} and ${reachesLoan(ctx, 'read', LOAN)}
    )
    select (coalesce(sum(paid.amount), 0) + (select amount from unpaid))::bigint as "overdueAtStart",
           coalesce(sum(paid.amount) filter (where paid.value_day <= ${to}), 0)::bigint as recovered
      from paid`,
  )
  return rows[0]!
}

export interface ClaimOutcomes {
  readonly verified: Counted
  readonly rejected: Counted
  /** Said to be paid in the period and still waiting. */
  readonly pending: Counted
}

/** What became of payments that customers say they have made: decided on in the period, or sent in it and waiting. */
export async function claimOutcomes(ctx: Reader, period: Period): Promise<ClaimOutcomes> {
  const rows = await wholeRows(
    ctx.tx,
    sql<Counted & { outcome: string }>`
    select case when p.status = 'rejected' then 'rejected' else 'verified' end as outcome, count(*)::integer as count, sum(p.amount)::bigint as amount
      from payments p
     where p.org_id = ${ctx.org.id} and ${within(ctx, sql`p.decided_at`, period)} and p.status in ('applied', 'suspense', 'rejected')
       and ${reachesPayment(ctx, 'read', sql`p.id`)} and exists (select from payment_claims c where c.org_id = p.org_id and c.payment_id = p.id)
     group by 1
     union all
    select 'pending', count(*)::integer, sum(p.amount)::bigint
      from payments p join payment_claims c on c.org_id = p.org_id and c.payment_id = p.id
     where p.org_id = ${ctx.org.id} and p.status = 'pending' and ${within(ctx, sql`c.created_at`, period)}
       and ${reachesPayment(ctx, 'read', sql`p.id`)}
    having count(*) > 0`,
  )
  const of = (outcome: string): Counted => rows.find((row) => row.outcome === outcome) ?? { count: 0, amount: 0n }
  return { verified: of('verified'), rejected: of('rejected'), pending: of('pending') }
}
