/** Loans as collection work sees them: as they were handed over, and how late they are. Reads only, always bounded. */
import { type RawBuilder, sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import { isAtBranch, isColleague, isMe, isWithin, LOAN } from '#modules/access/views.ts'
import { type Asking, fromCustomers, type Reached } from '#modules/collections/customer-views.ts'
import type { Ctx } from '#platform/context.ts'

export interface CollectionLoan {
  readonly id: number
  readonly customerId: number
  readonly accountNo: string
  /** Minor units. */
  readonly principal: bigint | null
  /** Percent a year, exact decimal. */
  readonly ratePercent: string | null
  readonly tenureMonths: number | null
  readonly loanDate: Day | null
  readonly loanType: string | null
}

interface Narrowing {
  /** Of `collection_loans h` and of `loans l`: which, and how many in what order. */
  readonly handedOver: RawBuilder<unknown>
  readonly lent: RawBuilder<unknown>
}

/** Loans of the actor's branch that were handed over, and those that the core lent by another way, under one set of columns. */
const everyLoan = (ctx: Asking, only: Narrowing = { handedOver: sql``, lent: sql`` }): RawBuilder<unknown> => sql`(
  (select h.org_id, h.loan_id as id, h.customer_id as "customerId", h.account_no as "accountNo", h.principal, h.rate_percent as "ratePercent",
         h.tenure_months as "tenureMonths", h.loan_date as "loanDate", h.loan_type as "loanType", h.created_by
    from collection_loans h where h.org_id = ${ctx.org.id} and h.removed_at is null and ${isAtBranch(ctx, HANDED_OVER)} ${only.handedOver})
   union all
  (select l.org_id, l.id, l.customer_id, coalesce(l.account_no, 'LN' || l.id), l.principal, l.terms ->> 'ratePercent',
         (l.terms ->> 'months')::integer, l.disbursed_on, null, l.applied_by
    from loans l
   where l.org_id = ${ctx.org.id} and l.status in ('active', 'completed', 'written_off') and ${isAtBranch(ctx, LOAN)}
     and not exists (select from collection_loans h where h.org_id = l.org_id and h.loan_id = l.id) ${only.lent})
)`

const HANDED_OVER = { id: sql`h.loan_id`, customerId: sql`h.customer_id` }

const loanColumns = sql`l.id, l."customerId", l."accountNo", l.principal, l."ratePercent", l."tenureMonths", l."loanDate", l."loanType"`

export interface LoanPage {
  readonly after: number
  readonly limit: number
  readonly customerId?: number
}

/** The next loans after one of them, in order of id: of every team, since loans without their customers say little. As many of either kind are read, not all. */
export async function loansAfter(ctx: Asking, { after, limit, customerId }: LoanPage): Promise<CollectionLoan[]> {
  const next = (id: RawBuilder<unknown>, customer: RawBuilder<unknown>): RawBuilder<unknown> => sql`
     and ${id} > ${after} ${customerId === undefined ? sql`` : sql`and ${customer} = ${customerId}`} order by ${id} limit ${limit}`
  const only = { handedOver: next(sql`h.loan_id`, sql`h.customer_id`), lent: next(sql`l.id`, sql`l.customer_id`) }
  const { rows } = await sql<CollectionLoan>`
    select ${loanColumns} from ${everyLoan(ctx, only)} l order by l.id limit ${limit}`.execute(ctx.tx)
  return rows
}

/** Who entered a loan may go on working on it, whoever its customer is assigned to. */
const reached = (ctx: Asking): RawBuilder<unknown> => sql`
  ${isWithin(ctx, 'read')} or ${isColleague(ctx, ctx.scope.read, sql`l.created_by`)} as "mayRead",
  ${isWithin(ctx, 'write')} or ${isMe(ctx, sql`l.created_by`)} as "mayWrite", coalesce(f.do_not_call, false) as "doNotCall"`

export type ReachedLoan = CollectionLoan & Reached & { readonly doNotCall: boolean }

/** The loan and what the actor may do with it, or null when there is none. */
export async function loanReached(ctx: Asking, id: number): Promise<ReachedLoan | null> {
  const [loan] = await loansReached(ctx, { ids: [id], accountNos: [] })
  return loan ?? null
}

export interface Named {
  readonly ids: readonly number[]
  readonly accountNos: readonly string[]
}

/** Loans by number or account number, and what the actor may do with each. */
export async function loansReached(ctx: Asking, of: Named): Promise<ReachedLoan[]> {
  const { rows } = await sql<ReachedLoan>`
    select ${loanColumns}, ${reached(ctx)} from ${everyLoan(ctx)} l
      join (select c.*, f.assigned_to, f.do_not_call ${fromCustomers} where c.org_id = ${ctx.org.id} and f.removed_at is null) c on c.id = l."customerId"
      cross join lateral (select c.assigned_to, c.do_not_call) f
     where ${named(of)}`.execute(ctx.tx)
  return rows
}

/** By number alone where no account number is given: that is looked up by its key, in either table. */
function named({ ids, accountNos }: Named): RawBuilder<boolean> {
  const byNumber = sql<boolean>`l.id = any(${ids}::integer[])`
  return accountNos.length === 0 ? byNumber : sql<boolean>`(${byNumber} or l."accountNo" = any(${accountNos}::text[]))`
}

/** How a running loan stands today. */
export interface Standing {
  readonly loanId: number
  readonly status: string
  readonly currency: string
  readonly balance: bigint
  readonly overdue: bigint
  readonly daysPastDue: number
  readonly nextDueOn: Day | null
}

/** The standing of running and finished loans; one that does not run in the core yet has none. */
export async function standingsOf(
  ctx: Pick<Ctx, 'org' | 'tx' | 'today'>,
  loanIds: readonly number[],
): Promise<Map<number, Standing>> {
  const { rows } = await sql<Standing>`
    select l.id as "loanId", l.status, l.currency, ${standingColumns(ctx)} from loans l ${instalmentsOf(ctx)}
     where l.org_id = ${ctx.org.id} and l.id = any(${loanIds}::integer[])`.execute(ctx.tx)
  return new Map(rows.map((row) => [row.loanId, row]))
}

export const standingColumns = (ctx: Pick<Ctx, 'today'>): RawBuilder<unknown> => sql`
  coalesce(i.balance, 0)::bigint as balance, coalesce(i.overdue, 0)::bigint as overdue,
  case when i.oldest < ${ctx.today}::date then ${ctx.today}::date - i.oldest else 0 end as "daysPastDue", i.next_due as "nextDueOn"`

/** Of `loans l`: what its open instalments add up to. */
export const instalmentsOf = (ctx: Pick<Ctx, 'today'>): RawBuilder<unknown> => sql`
  left join lateral (
    select sum(owed) as balance, max(late) as overdue,
           min(due_day) filter (where late > coalesce((l.terms ->> 'arrearsTolerance')::bigint, 0)) as oldest,
           min(due_day) filter (where due_day >= ${ctx.today}) as next_due
      from (select due_day, owed, sum(owed) filter (where due_day < ${ctx.today}) over (order by due_day, nr) as late
              from (select due_day, nr, principal_due + interest_due + fee_due + penalty_due - principal_paid - interest_paid - fee_paid - penalty_paid
                   - principal_waived - interest_waived - fee_waived - penalty_waived as owed
                      from instalments where org_id = l.org_id and loan_id = l.id and completed_on is null) open
             where owed > 0) running) i on l.status = 'active'`
