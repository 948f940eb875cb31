/** What the portfolio looks like, as far as the actor reaches: by bucket, portfolio at risk, and who is late. Reads only, always bounded. */
import { type RawBuilder, sql } from 'kysely'
import { reachesEveryLoan } from '#domain/access.ts'
import type { Day } from '#domain/day.ts'
import { LOAN, reachesLoan } from '#modules/access/views.ts'
import { nameOfUser } from '#modules/identity/views.ts'
import type { Ctx } from '#platform/context.ts'

type Reader = Pick<Ctx, 'org' | 'tx' | 'scope'>

export interface PortfolioBucket {
  readonly name: string
  readonly fromDays: number
  readonly loans: number
  readonly principal: bigint
  readonly overdue: bigint
  readonly provision: bigint
}

export interface PortfolioDay {
  readonly day: Day
  readonly buckets: readonly PortfolioBucket[]
}

/**
 * The portfolio at the last close of business on or before a day; null before the first. A part of it, for somebody who does
 * not see all of it, is known as of the last close only: null for earlier days.
 */
export async function portfolioOn(ctx: Reader, day: Day): Promise<PortfolioDay | null> {
  const { rows } = await sql<
    PortfolioBucket & { day: Day }
  >`${reachesEveryLoan(ctx.scope, 'read') ? whole(ctx, day) : part(ctx, day)}`.execute(ctx.tx)
  return rows[0] ? { day: rows[0].day, buckets: rows.map(({ day: _, ...bucket }) => bucket) } : null
}

const whole = (ctx: Reader, day: Day): RawBuilder<unknown> => sql`
  select day, name, from_days as "fromDays", loans, principal, overdue, provision from portfolio_days
   where org_id = ${ctx.org.id} and day = (select max(day) from portfolio_days where org_id = ${ctx.org.id} and day <= ${day})
   order by bucket`

const part = (ctx: Reader, day: Day): RawBuilder<unknown> => sql`
  select d.day, d.name, d.from_days as "fromDays", coalesce(s.loans, 0)::integer as loans, coalesce(s.principal, 0)::bigint as principal,
         coalesce(s.overdue, 0)::bigint as overdue, coalesce(s.provision, 0)::bigint as provision
    from portfolio_days d
    left join (
      select k.bucket, count(*) as loans, sum(k.principal) as principal, sum(k.overdue) as overdue, sum(k.provision) as provision
        from loan_standings k join loans l on l.org_id = k.org_id and l.id = k.loan_id
       where k.org_id = ${ctx.org.id} and ${reachesLoan(ctx, 'read', LOAN)} group by k.bucket) s on s.bucket = d.bucket
   where d.org_id = ${ctx.org.id} and d.day <= ${day} and d.day = (select max(day) from portfolio_days where org_id = ${ctx.org.id})
   order by d.bucket`

export interface LateLoan {
  readonly loanId: number
  readonly customerId: number
  readonly customerName: string
  readonly phone: string | null
  readonly officerId: number | null
  readonly officerName: string | null
  readonly daysPastDue: number
  readonly bucket: number
  readonly principal: bigint
  readonly overdue: bigint
  readonly currency: string
}

export interface LateFilter {
  readonly minDays: number
  readonly limit: number
  /** The last loan of the page before: fewer days, or as many and a greater id. */
  readonly after?: { readonly days: number; readonly loanId: number } | undefined
}

/** Loans past due as of the last close of business, the latest first. */
export async function lateLoans(ctx: Reader, { minDays, limit, after }: LateFilter): Promise<LateLoan[]> {
  const next = after
    ? sql`and (s.days_past_due < ${after.days} or (s.days_past_due = ${after.days} and s.loan_id > ${after.loanId}))`
    : sql``
  const { rows } = await sql<LateLoan>`
    select s.loan_id as "loanId", l.customer_id as "customerId", c.full_name as "customerName", c.phone, l.officer_id as "officerId", ${nameOfUser('o')} as "officerName",
           s.days_past_due as "daysPastDue", s.bucket, s.principal, s.overdue, l.currency
      from loan_standings s
      join loans l on l.org_id = s.org_id and l.id = s.loan_id
      join customers c on c.org_id = l.org_id and c.id = l.customer_id
      left join users o on o.org_id = l.org_id and o.id = l.officer_id
     where s.org_id = ${ctx.org.id} and ${reachesLoan(ctx, 'read', LOAN)} and s.days_past_due >= ${Math.max(1, minDays)} ${next}
     order by s.days_past_due desc, s.loan_id limit ${limit}`.execute(ctx.tx)
  return rows
}

/** How far the closing of the organisation's days has come, latest first. */
export async function businessDays(
  ctx: Reader,
  limit: number,
): Promise<{ day: Day; loans: number; finishedAt: Date | null }[]> {
  const { rows } = await sql<{ day: Day; loans: number; finishedAt: Date | null }>`
    select day, loans, finished_at as "finishedAt" from business_days where org_id = ${ctx.org.id} order by day desc limit ${limit}
  `.execute(ctx.tx)
  return rows
}
