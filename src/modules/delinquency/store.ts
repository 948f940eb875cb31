/** Owns: loan_standings, portfolio_days, business_days. Reads instalments and loans, set-based. */
import { sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import type { Bucket } from '#domain/loans/delinquency.ts'
import type { Ctx } from '#platform/context.ts'

export interface Progress {
  readonly afterLoan: number
  readonly loans: number
  readonly finishedAt: Date | null
}

/** How far the closing of the day has come, locked so that two closers never do the same portion. */
export async function lockProgress(ctx: Ctx, day: Day): Promise<Progress> {
  await sql`insert into business_days (org_id, day) values (${ctx.org.id}, ${day}) on conflict do nothing`.execute(
    ctx.tx,
  )
  const { rows } = await sql<Progress>`
    select after_loan as "afterLoan", loans, finished_at as "finishedAt" from business_days
     where org_id = ${ctx.org.id} and day = ${day} for update`.execute(ctx.tx)
  return rows[0]!
}

export async function writeProgress(ctx: Ctx, day: Day, progress: Progress): Promise<void> {
  await sql`
    update business_days set after_loan = ${progress.afterLoan}, loans = ${progress.loans}, finished_at = ${progress.finishedAt}
     where org_id = ${ctx.org.id} and day = ${day}`.execute(ctx.tx)
}

/** Begins a day that was closed before anew: money may have come in since. */
export async function reopenProgress(ctx: Ctx, day: Day): Promise<void> {
  await sql`update business_days set after_loan = 0, loans = 0, finished_at = null where org_id = ${ctx.org.id} and day = ${day}`.execute(
    ctx.tx,
  )
}

export interface Portion {
  readonly loans: number
  readonly lastLoan: number | null
  /** What the loans' provisions have changed by together. */
  readonly provisionChange: bigint
}

export interface Rolling {
  /** The morning after the day that is closed: an instalment due on the day and not paid is one day past due. */
  readonly today: Day
  readonly afterLoan: number
  readonly limit: number
  readonly buckets: readonly Bucket[]
}

/**
 * A loan is late since the due day on which what was overdue first came to more than its product tolerates.
 * Brings the standings of the next loans up to date and says what that changed. A standing that stays as it is, as most
 * do, is not written again.
 */
export async function rollStandings(ctx: Ctx, { today, afterLoan, limit, buckets }: Rolling): Promise<Portion> {
  const org = ctx.org.id
  const { rows } = await sql<Portion>`
    with scope as materialized (
      select id, coalesce((terms ->> 'arrearsTolerance')::bigint, 0) as tolerance from loans
       where org_id = ${org} and status = 'active' and id > ${afterLoan} order by id limit ${limit}
    ), owed as (
      select s.id as loan_id, o.* from scope s cross join lateral (
        select sum(i.principal_due - i.principal_paid - i.principal_waived)::bigint as principal,
               sum(i.interest_due - i.interest_paid - i.interest_waived)::bigint as interest,
               sum(i.fee_due - i.fee_paid - i.fee_waived + i.penalty_due - i.penalty_paid - i.penalty_waived)::bigint as charges,
               coalesce(max(i.late), 0)::bigint as overdue,
               min(i.due_day) filter (where i.late > s.tolerance) as oldest
          from (select i.*, sum(${outstanding}) filter (where i.due_day < ${today}) over (order by i.due_day, i.nr) as late
                  from instalments i where i.org_id = ${org} and i.loan_id = s.id and i.completed_on is null) i
        having count(*) > 0
      ) o
    ), placed as (
      select o.*, coalesce(${today}::date - o.oldest, 0) as days,
             width_bucket(coalesce(${today}::date - o.oldest, 0), ${buckets.slice(1).map((b) => b.fromDays)}::integer[]) as bucket
        from owed o
    ), standing as (
      select p.loan_id, p.days, p.bucket, p.principal, p.interest, p.charges, p.overdue,
             (p.principal * (${buckets.map((b) => b.provisionBp)}::integer[])[p.bucket + 1] + 5000) / 10000 as provision
        from placed p
    ), changed as (
      select s.*, coalesce(k.provision, 0) as before from standing s
        left join loan_standings k on k.org_id = ${org} and k.loan_id = s.loan_id and k.loan_id > ${afterLoan}
       where (k.days_past_due, k.bucket, k.principal, k.interest, k.charges, k.overdue, k.provision)
             is distinct from (s.days, s.bucket, s.principal, s.interest, s.charges, s.overdue, s.provision)
    ), written as (
      insert into loan_standings as kept (org_id, loan_id, days_past_due, bucket, principal, interest, charges, overdue, provision, since)
      select ${org}, loan_id, days, bucket, principal, interest, charges, overdue, provision, ${today} from changed
      on conflict (org_id, loan_id) do update
        set days_past_due = excluded.days_past_due, bucket = excluded.bucket, principal = excluded.principal, interest = excluded.interest,
            charges = excluded.charges, overdue = excluded.overdue, provision = excluded.provision,
            since = case when kept.bucket = excluded.bucket then kept.since else excluded.since end
    )
    select (select count(*)::integer from scope) as loans, (select max(id) from scope) as "lastLoan",
           coalesce((select sum(provision - before) from changed), 0)::bigint as "provisionChange"`.execute(ctx.tx)
  return rows[0]!
}

const outstanding = sql`(i.principal_due - i.principal_paid - i.principal_waived + i.interest_due - i.interest_paid - i.interest_waived
  + i.fee_due - i.fee_paid - i.fee_waived + i.penalty_due - i.penalty_paid - i.penalty_waived)`

/** Takes the standings of loans away that are not active any more, and says what was set aside for them. */
export async function clearStandings(ctx: Ctx, limit: number): Promise<{ loans: number; provision: bigint }> {
  const { rows } = await sql<{ loans: number; provision: bigint }>`
    with gone as (
      delete from loan_standings s using (
        select k.loan_id from loan_standings k join loans l on l.org_id = k.org_id and l.id = k.loan_id
         where k.org_id = ${ctx.org.id} and l.status <> 'active' limit ${limit}
      ) ended where s.org_id = ${ctx.org.id} and s.loan_id = ended.loan_id
      returning s.provision
    )
    select count(*)::integer as loans, coalesce(sum(provision), 0)::bigint as provision from gone`.execute(ctx.tx)
  return rows[0]!
}

/** What the portfolio looks like at the close of the day, bucket by bucket. */
export async function writeSnapshot(ctx: Ctx, day: Day, buckets: readonly Bucket[]): Promise<void> {
  await sql`
    insert into portfolio_days as kept (org_id, day, bucket, name, from_days, loans, principal, overdue, provision)
    select ${ctx.org.id}, ${day}, b.bucket - 1, b.name, b.from_days, coalesce(s.loans, 0), coalesce(s.principal, 0), coalesce(s.overdue, 0), coalesce(s.provision, 0)
      from unnest(${buckets.map((b) => b.name)}::text[], ${buckets.map((b) => b.fromDays)}::integer[]) with ordinality as b (name, from_days, bucket)
      left join (
        select bucket, count(*) as loans, sum(principal) as principal, sum(overdue) as overdue, sum(provision) as provision
          from loan_standings where org_id = ${ctx.org.id} group by bucket
      ) s on s.bucket = b.bucket - 1
    on conflict (org_id, day, bucket) do update
      set name = excluded.name, from_days = excluded.from_days, loans = excluded.loans, principal = excluded.principal,
          overdue = excluded.overdue, provision = excluded.provision`.execute(ctx.tx)
}
