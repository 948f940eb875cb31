/** The locks and writes of the close of business over loans and instalments. */
import { sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import type { Ctx } from '#platform/context.ts'

export interface Unearned {
  readonly loanId: number
  readonly customerId: number
  /** Interest whose day has come, less what was earned before. */
  readonly amount: bigint
  readonly earnedBefore: bigint
}

const unearned = (day: Day) =>
  sql`i.interest_earned < i.interest_due - i.interest_waived and (i.due_day <= ${day} or l.status = 'completed')`

/** Loans on accrual with interest to earn by the day, locked in the order of their ids. */
export async function lockUnearned(ctx: Ctx, day: Day, limit: number): Promise<Unearned[]> {
  const { rows: locked } = await sql<{ id: number; customerId: number }>`
    select l.id, l.customer_id as "customerId" from loans l
     where l.org_id = ${ctx.org.id} and l.status in ('active', 'completed') and l.terms ->> 'accounting' = 'accrual'
       and exists (select from instalments i where i.org_id = l.org_id and i.loan_id = l.id and ${unearned(day)})
     order by l.id limit ${limit} for update of l`.execute(ctx.tx)
  if (locked.length === 0) return []
  const customers = new Map(locked.map((loan) => [loan.id, loan.customerId]))
  const { rows } = await sql<Omit<Unearned, 'customerId'>>`
    select i.loan_id as "loanId",
           sum(i.interest_due - i.interest_waived - i.interest_earned) filter (where ${unearned(day)})::bigint as amount,
           sum(i.interest_earned)::bigint as "earnedBefore"
      from instalments i join loans l on l.org_id = i.org_id and l.id = i.loan_id
     where i.org_id = ${ctx.org.id} and i.loan_id = any(${[...customers.keys()]}::integer[])
     group by i.loan_id having bool_or(${unearned(day)}) order by i.loan_id`.execute(ctx.tx)
  return rows.map((row) => ({ ...row, customerId: customers.get(row.loanId)! }))
}

/** Notes the interest of the loans as earned, as `lockUnearned` found it. */
export async function markEarned(ctx: Ctx, loanIds: readonly number[], day: Day): Promise<void> {
  await sql`
    update instalments i set interest_earned = i.interest_due - i.interest_waived from loans l
     where i.org_id = ${ctx.org.id} and i.loan_id = any(${loanIds}::integer[]) and l.org_id = i.org_id and l.id = i.loan_id and ${unearned(day)}
  `.execute(ctx.tx)
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
