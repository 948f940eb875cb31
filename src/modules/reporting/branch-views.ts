/** What each branch sold, what is owed on it, and how much of it is at risk. Reads only. */
import { sql } from 'kysely'
import { LOAN, reachesLoan } from '#modules/access/views.ts'
import { type Period, within } from '#modules/reporting/collections-views.ts'
import { lateLoans, owed, type Reader } from '#modules/reporting/overdue-views.ts'
import { wholeRows } from '#platform/database/whole-rows.ts'

export interface BranchSummary {
  readonly branch: string
  /** Loans that were paid out, ended ones included. */
  readonly loans: number
  readonly active: number
  /** Minor units, as are all amounts. */
  readonly outstanding: bigint
  /** Principal of it. */
  readonly principal: bigint
  readonly overdue: bigint
  /** Principal of loans that are overdue for a day or more, and for more than 7, 15 and 30 days. */
  readonly atRisk1: bigint
  readonly atRisk7: bigint
  readonly atRisk15: bigint
  readonly atRisk30: bigint
  readonly sold: number
  readonly soldAmount: bigint
  /** Taken in the period: cash on its day, deposits when they were verified; what was paid back is not in it. */
  readonly downPayments: bigint
  /** Money in the books, by the day it was paid. */
  readonly repayments: number
  readonly repaid: bigint
  /** Phones locked in the period, and how many of them have been unlocked since. */
  readonly locked: number
  readonly cured: number
  /** Days from lock to unlock of the phone in the middle; null: none was unlocked. */
  readonly daysToCure: number | null
}

const principalOwed = sql`(i.principal_due - i.principal_paid - i.principal_waived)`
const inPeriod = ({ from, to }: Period, day: string) => sql`${sql.ref(day)} between ${from} and ${to}`

/** Each branch as it stands this morning, with what it did in a period. */
export async function branchSummaries(ctx: Reader, period: Period): Promise<BranchSummary[]> {
  const late = sql`${ctx.today}::date - late.since`
  const rows = await wholeRows(
    ctx.tx,
    sql<BranchSummary>`
    with late as (${lateLoans(ctx)}), owing as (
      select i.loan_id, sum(${owed})::bigint as balance, sum(${principalOwed})::bigint as principal
        from instalments i join loans l on l.org_id = i.org_id and l.id = i.loan_id and l.status = 'active'
       where i.org_id = ${ctx.org.id} and i.completed_on is null group by i.loan_id
    ), standing as (
      select s.branch_number as branch, count(*)::integer as loans, count(*) filter (where l.status = 'active')::integer as active,
             sum(owing.balance) as outstanding, sum(owing.principal) as principal, sum(late.amount) as overdue,
             sum(owing.principal) filter (where ${late} >= 1) as risk1, sum(owing.principal) filter (where ${late} > 7) as risk7,
             sum(owing.principal) filter (where ${late} > 15) as risk15, sum(owing.principal) filter (where ${late} > 30) as risk30,
             count(*) filter (where ${inPeriod(period, 'l.disbursed_on')})::integer as sold,
             sum(s.price) filter (where ${inPeriod(period, 'l.disbursed_on')}) as sold_amount
        from sales s join loans l on l.org_id = s.org_id and l.id = s.loan_id and l.status in ('active', 'completed', 'written_off')
        left join owing on owing.loan_id = l.id
        left join late on late.loan_id = l.id
       where s.org_id = ${ctx.org.id} and ${reachesLoan(ctx, 'read', LOAN)} group by s.branch_number
    ), repaid as (
      select s.branch_number as branch, count(*)::integer as repayments, sum(t.amount) as amount
        from loan_transactions t join sales s on s.org_id = t.org_id and s.loan_id = t.loan_id
       where t.org_id = ${ctx.org.id} and t.kind = 'repayment' and ${inPeriod(period, 't.value_day')}
         and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id)
       group by s.branch_number
    ), paid_down as (
      select s.branch_number as branch, sum(p.amount) as amount
        from down_payments p join sales s on s.org_id = p.org_id and s.loan_id = p.loan_id
       where p.org_id = ${ctx.org.id} and p.status = 'received' and ${within(ctx, sql`coalesce(p.decided_at, p.created_at)`, period)}
       group by s.branch_number
    ), cures as (${curesOf(ctx, period)})
    select st.branch, st.loans, st.active, coalesce(st.outstanding, 0)::bigint as outstanding, coalesce(st.principal, 0)::bigint as principal,
           coalesce(st.overdue, 0)::bigint as overdue, coalesce(st.risk1, 0)::bigint as "atRisk1", coalesce(st.risk7, 0)::bigint as "atRisk7",
           coalesce(st.risk15, 0)::bigint as "atRisk15", coalesce(st.risk30, 0)::bigint as "atRisk30", st.sold,
           coalesce(st.sold_amount, 0)::bigint as "soldAmount", coalesce(d.amount, 0)::bigint as "downPayments",
           coalesce(r.repayments, 0) as repayments, coalesce(r.amount, 0)::bigint as repaid,
           coalesce(u.locked, 0) as locked, coalesce(u.cured, 0) as cured, u.days_to_cure as "daysToCure"
      from standing st left join repaid r on r.branch = st.branch left join cures u on u.branch = st.branch left join paid_down d on d.branch = st.branch
     order by st.branch`,
  )
  return rows
}

/** The last lock of each phone in the period, and the first unlock after it. */
const curesOf = (ctx: Reader, period: Period) => sql`
  select s.branch_number as branch, count(*)::integer as locked, count(u.created_at)::integer as cured,
         percentile_disc(0.5) within group (order by (u.created_at at time zone ${ctx.org.timeZone})::date - (k.at at time zone ${ctx.org.timeZone})::date) as days_to_cure
    from (select device_id, max(id) as id, max(created_at) as at from device_lock_changes
           where org_id = ${ctx.org.id} and status = 'locked' and ${within(ctx, sql`created_at`, period)} group by device_id) k
    join devices d on d.org_id = ${ctx.org.id} and d.id = k.device_id
    join sales s on s.org_id = d.org_id and s.loan_id = d.loan_id
    left join lateral (select created_at from device_lock_changes n
                        where n.org_id = ${ctx.org.id} and n.device_id = k.device_id and n.id > k.id and n.status = 'unlocked' order by n.id limit 1) u on true
   group by s.branch_number`
