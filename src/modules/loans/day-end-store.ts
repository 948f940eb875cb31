/** The locks and writes of the close of business over loans and instalments. */
import { type RawBuilder, sql } from 'kysely'
import { addDays, type Day } from '#domain/day.ts'
import type { Ctx } from '#platform/context.ts'

export interface Earned {
  /** Instalments: none are left when there are none. */
  readonly marked: number
  readonly loans: number
  readonly amount: bigint
}

/** Whose interest: of instalments due by the day, or all that is left of loans completed in the week before it (older ones were closed then). */
export type Earning = 'due' | 'completed'

/**
 * Marks interest as earned, at most so many instalments at a time, and says what of it is income: of loans on accrual that
 * were paid out. What is chosen comes from one index, so a portion costs the same however many loans there are. The loans
 * are locked first: whoever waives or writes off a debt meanwhile comes before or after it, and no interest counts twice.
 */
export async function earnInterest(
  ctx: Ctx,
  which: Earning,
  { day, limit }: { day: Day; limit: number },
): Promise<Earned> {
  const of = which === 'due' ? sql`org_id = ${ctx.org.id} and due_day <= ${day}` : ofCompleted(ctx, day)
  const loanIds = await lockEarning(ctx, of, limit)
  const { rows } = await sql<Earned>`
    with chosen as materialized (
      select loan_id, nr, interest_due - interest_waived - interest_earned as amount from instalments
       where ${of} and interest_earned < interest_due - interest_waived and loan_id = any(${loanIds}::integer[])
       order by due_day, loan_id limit ${limit} for update
    ), marked as (
      update instalments i set interest_earned = i.interest_due - i.interest_waived from chosen
       where i.org_id = ${ctx.org.id} and i.loan_id = chosen.loan_id and i.nr = chosen.nr
    )
    select (select count(*)::integer from chosen) as marked, count(distinct l.id)::integer as loans, coalesce(sum(chosen.amount), 0)::bigint as amount
      from chosen join loans l on l.org_id = ${ctx.org.id} and l.id = chosen.loan_id
     where l.status in ('active', 'completed') and l.terms ->> 'accounting' = 'accrual'`.execute(ctx.tx)
  return rows[0]!
}

const ofCompleted = (ctx: Ctx, day: Day): RawBuilder<unknown> =>
  sql`org_id = ${ctx.org.id} and (org_id, loan_id) in (select org_id, id from loans where org_id = ${ctx.org.id} and status = 'completed' and completed_on > ${addDays(day, -7)})`

/** The loans of the next portion, locked in the order of their ids until the transaction ends. */
async function lockEarning(ctx: Ctx, of: RawBuilder<unknown>, limit: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select distinct loan_id as id from (
      select loan_id from instalments
       where ${of} and interest_earned < interest_due - interest_waived order by due_day, loan_id limit ${limit}) i`.execute(
    ctx.tx,
  )
  const ids = rows.map((row) => row.id)
  await sql`
    select from loans where org_id = ${ctx.org.id} and id = any(${ids}::integer[]) order by id for share`.execute(
    ctx.tx,
  )
  return ids
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

export interface Told {
  /** Instalments looked at: none are left when there are none. */
  readonly marked: number
  readonly told: readonly ToldInstalment[]
}

/** Open instalments due before a day whose customers have not been told yet; they have been after it. Only those of active loans are to be told. */
export async function markTold(ctx: Ctx, of: 'overdue' | 'due_soon', before: Day, limit: number): Promise<Told> {
  const column = sql.ref(of === 'overdue' ? 'overdue_told_on' : 'reminded_on')
  // Whoever was overdue before a reminder could go out gets the overdue notice alone.
  const still = of === 'overdue' ? sql`true` : sql`due_day >= ${ctx.today}`
  const { rows } = await sql<ToldInstalment & { status: string }>`
    with chosen as materialized (
      select loan_id, nr from instalments
       where org_id = ${ctx.org.id} and completed_on is null and due_day < ${before} and ${still} and ${column} is null
       order by due_day, loan_id, nr limit ${limit} for update skip locked
    ), marked as (
      update instalments i set ${column} = ${ctx.today} from chosen
       where i.org_id = ${ctx.org.id} and i.loan_id = chosen.loan_id and i.nr = chosen.nr
      returning i.loan_id, i.nr, i.due_day,
                i.principal_due + i.interest_due + i.fee_due + i.penalty_due - i.principal_paid - i.interest_paid - i.fee_paid - i.penalty_paid
                - i.principal_waived - i.interest_waived - i.fee_waived - i.penalty_waived as amount
    )
    select m.loan_id as "loanId", m.nr, m.due_day as "dueDay", m.amount, l.status, l.customer_id as "customerId", c.user_id as "borrowerUserId",
           l.officer_id as "officerId", l.currency
      from marked m
      join loans l on l.org_id = ${ctx.org.id} and l.id = m.loan_id
      join customers c on c.org_id = ${ctx.org.id} and c.id = l.customer_id
     order by m.due_day, m.loan_id, m.nr`.execute(ctx.tx)
  return { marked: rows.length, told: rows.filter((row) => row.status === 'active') }
}
