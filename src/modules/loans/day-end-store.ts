/** The locks and writes of the close of business over loans and instalments. */
import { sql } from 'kysely'
import { addDays, type Day } from '#domain/day.ts'
import type { Ctx } from '#platform/context.ts'

export interface Earned {
  readonly loans: number
  readonly amount: bigint
}

/** Whose interest: of instalments due by the day, or all that is left of loans completed in the week before it (older ones were closed then). */
export type Earning = 'due' | 'completed'

const earning = (which: Earning, day: Day) =>
  which === 'due'
    ? sql`i.due_day <= ${day} and l.status in ('active', 'completed')`
    : sql`l.status = 'completed' and l.completed_on > ${addDays(day, -7)}`

/** Marks interest as earned on loans on accrual: at most so many instalments at a time, in the order of their loans. */
export async function earnInterest(
  ctx: Ctx,
  which: Earning,
  { day, limit }: { day: Day; limit: number },
): Promise<Earned> {
  const { rows } = await sql<Earned>`
    with chosen as (
      select i.loan_id, i.nr, i.interest_due - i.interest_waived as earned, i.interest_due - i.interest_waived - i.interest_earned as amount
        from instalments i join loans l on l.org_id = i.org_id and l.id = i.loan_id
       where i.org_id = ${ctx.org.id} and i.interest_earned < i.interest_due - i.interest_waived
         and ${earning(which, day)} and l.terms ->> 'accounting' = 'accrual'
       order by i.loan_id, i.nr limit ${limit} for update of i
    ), marked as (
      update instalments i set interest_earned = chosen.earned from chosen
       where i.org_id = ${ctx.org.id} and i.loan_id = chosen.loan_id and i.nr = chosen.nr
      returning i.loan_id, chosen.amount
    )
    select count(distinct loan_id)::integer as loans, coalesce(sum(amount), 0)::bigint as amount from marked`.execute(
    ctx.tx,
  )
  return rows[0]!
}

export interface ToldInstalment {
  readonly loanId: number
  readonly nr: number
  readonly dueDay: Day
  readonly amount: bigint
  readonly customerId: number
  readonly borrowerUserId: number | null
  readonly officerId: number | null
  readonly currency: string
}

/** Open instalments of active loans due before a day whose customers have not been told yet; they have been after it. */
export async function markTold(
  ctx: Ctx,
  of: 'overdue' | 'due_soon',
  before: Day,
  limit: number,
): Promise<ToldInstalment[]> {
  const column = sql.ref(of === 'overdue' ? 'overdue_told_on' : 'reminded_on')
  // Whoever was overdue before a reminder could go out gets the overdue notice alone.
  const still = of === 'overdue' ? sql`true` : sql`i.due_day >= ${ctx.today}`
  const { rows } = await sql<ToldInstalment>`
    with chosen as (
      select i.loan_id, i.nr, l.customer_id, l.officer_id, l.currency, c.user_id from instalments i
        join loans l on l.org_id = i.org_id and l.id = i.loan_id
        join customers c on c.org_id = l.org_id and c.id = l.customer_id
       where i.org_id = ${ctx.org.id} and i.completed_on is null and i.due_day < ${before} and ${still} and i.${column} is null and l.status = 'active'
       order by i.loan_id, i.nr limit ${limit} for update of i skip locked
    )
    update instalments i set ${column} = ${ctx.today} from chosen
     where i.org_id = ${ctx.org.id} and i.loan_id = chosen.loan_id and i.nr = chosen.nr
    returning i.loan_id as "loanId", i.nr, i.due_day as "dueDay", chosen.customer_id as "customerId", chosen.user_id as "borrowerUserId",
              chosen.officer_id as "officerId", chosen.currency,
              i.principal_due + i.interest_due + i.fee_due + i.penalty_due - i.principal_paid - i.interest_paid - i.fee_paid - i.penalty_paid
              - i.principal_waived - i.interest_waived - i.fee_waived - i.penalty_waived as amount`.execute(ctx.tx)
  return rows
}
