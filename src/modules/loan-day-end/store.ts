/** The locks and writes of the close of business over loans and instalments. */
import { type RawBuilder, sql } from 'kysely'
import { addDays, type Day } from '#domain/day.ts'
import type { Ctx } from '#platform/context.ts'

export interface Earned {
  readonly loans: number
  readonly amount: bigint
}

/** Whose interest: of instalments due by the day, or all that is left of loans completed in the week before it (older ones were closed then). */
export type Earning = 'due' | 'completed'

/** Loans whose numbers are above the one and at most the other. */
export interface LoanRange {
  readonly above: number
  readonly upTo: number
}

const LAST_LOAN = 2_147_483_647

/**
 * What is to be earned, cut into ranges of loans with so many instalments each. Loans of one age lie side by side in the
 * tables, and days of many loans do not: in the order of loans each page is read and written once.
 */
export async function earningRanges(
  ctx: Ctx,
  which: Earning,
  { day, atOnce }: { day: Day; atOnce: number },
): Promise<LoanRange[]> {
  const { rows } = await sql<{ loanId: number }>`
    select distinct loan_id as "loanId" from (
      select loan_id, row_number() over (order by loan_id) as n from instalments where ${unearned(ctx, which, day)}) i
     where n % ${atOnce} = 0 order by loan_id`.execute(ctx.tx)
  const ends = rows.map((row) => row.loanId)
  return [...ends, LAST_LOAN].map((upTo, n) => ({ above: ends[n - 1] ?? 0, upTo }))
}

/**
 * Marks interest of the loans as earned and says what of it is income: of loans on accrual that were paid out. The loans are
 * locked first: whoever waives or writes off a debt meanwhile comes before or after it, and no interest counts twice.
 */
export async function earnInterest(
  ctx: Ctx,
  which: Earning,
  { day, loans }: { day: Day; loans: LoanRange },
): Promise<Earned> {
  const loanIds = await lockEarning(ctx, unearned(ctx, which, day), loans)
  const { rows } = await sql<Earned>`
    with marked as (
      update instalments i set interest_earned = i.interest_due - i.interest_waived
        from (select loan_id, nr, interest_earned from instalments where ${unearned(ctx, which, day)} and loan_id = any(${loanIds}::integer[])) was
       where i.org_id = ${ctx.org.id} and i.loan_id = was.loan_id and i.nr = was.nr and i.interest_earned < i.interest_due - i.interest_waived
      returning i.loan_id, i.interest_earned - was.interest_earned as amount
    )
    select count(distinct l.id)::integer as loans, coalesce(sum(marked.amount), 0)::bigint as amount
      from marked join loans l on l.org_id = ${ctx.org.id} and l.id = marked.loan_id
     where l.terms ->> 'accounting' = 'accrual'`.execute(ctx.tx)
  return rows[0]!
}

const unearned = (ctx: Ctx, which: Earning, day: Day): RawBuilder<unknown> => sql`
  org_id = ${ctx.org.id} and interest_earned < interest_due - interest_waived and ${which === 'due' ? sql`due_day <= ${day}` : ofCompleted(ctx, day)}`

const ofCompleted = (ctx: Ctx, day: Day): RawBuilder<unknown> =>
  sql`(org_id, loan_id) in (select org_id, id from loans where org_id = ${ctx.org.id} and status = 'completed' and completed_on > ${addDays(day, -7)})`

/** The loans of the range that are in the books and have something to earn, locked in the order of their ids until the transaction ends. */
async function lockEarning(ctx: Ctx, which: RawBuilder<unknown>, { above, upTo }: LoanRange): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from loans
     where org_id = ${ctx.org.id} and status in ('active', 'completed') and charged_off_on is null
       and id in (select loan_id from instalments where ${which} and loan_id > ${above} and loan_id <= ${upTo})
     order by id for share`.execute(ctx.tx)
  return rows.map((row) => row.id)
}

interface ToldInstalment {
  readonly loanId: number
  readonly nr: number
  readonly dueDay: Day
  readonly amount: bigint
  readonly customerId: number
  readonly borrowerUserId: number | null
  readonly officerId: number | null
  readonly currency: string
}

/** Where the last portion ended: instalments are told of in the order of due day, loan and number. */
export type ToldUpTo = Pick<ToldInstalment, 'dueDay' | 'loanId' | 'nr'>

export interface Told {
  /** The last of the instalments looked at for the first time, null when there were none. */
  readonly upTo: ToldUpTo | null
  readonly told: readonly ToldInstalment[]
}

export interface Telling {
  readonly of: 'overdue' | 'due_soon'
  readonly before: Day
  /** Null: from the beginning. */
  readonly after: ToldUpTo | null
  readonly limit: number
}

/**
 * Open instalments due before a day that have not been looked at; they have been after it. Told are customers of active
 * loans, of what is overdue only where the loan owes more than its product tolerates: then also of its instalments that
 * were overdue before and left untold. What is left untold is marked with its due day (`tellAgain`), and not looked at every night.
 */
export async function markTold(ctx: Ctx, { of, before, after, limit }: Telling): Promise<Told> {
  const column = sql.ref(of === 'overdue' ? 'overdue_told_on' : 'reminded_on')
  const untold = of === 'overdue' ? sql`i.due_day` : sql`${ctx.today}::date`
  // Whoever was overdue before a reminder could go out gets the overdue notice alone.
  const still = of === 'overdue' ? sql`true` : sql`due_day >= ${ctx.today}`
  const next = after ? sql`(due_day, loan_id, nr) > (${after.dueDay}, ${after.loanId}, ${after.nr})` : sql`true`
  const { rows } = await sql<ToldInstalment & { isNew: boolean; tell: boolean }>`
    with fresh as materialized (
      select loan_id, nr from instalments
       where org_id = ${ctx.org.id} and completed_on is null and due_day < ${before} and ${still} and ${next} and ${column} is null
       order by due_day, loan_id, nr limit ${limit} for update skip locked
    ), of_loans as materialized (
      select l.id, l.customer_id, l.officer_id, l.currency,
             l.status = 'active' and case when ${of === 'overdue'} and l.terms ? 'arrearsTolerance' then (
               select sum(${owed}) > (l.terms ->> 'arrearsTolerance')::bigint
                 from instalments i where i.org_id = l.org_id and i.loan_id = l.id and i.completed_on is null and i.due_day < ${before})
             else true end as tell
        from loans l where l.org_id = ${ctx.org.id} and l.id in (select loan_id from fresh)
    ), left_untold as materialized (
      select i.loan_id, i.nr from instalments i
       where ${of === 'overdue'} and i.org_id = ${ctx.org.id} and i.loan_id in (select id from of_loans where tell)
         and i.completed_on is null and i.due_day < ${before} and i.overdue_told_on <= i.due_day
       order by i.loan_id, i.nr for update skip locked
    ), marked as (
      update instalments i set ${column} = case when l.tell then ${ctx.today}::date else ${untold} end
        from (select loan_id, nr, true as is_new from fresh union all select loan_id, nr, false from left_untold) c
        join of_loans l on l.id = c.loan_id
       where i.org_id = ${ctx.org.id} and i.loan_id = c.loan_id and i.nr = c.nr
      returning i.loan_id, i.nr, i.due_day, c.is_new, ${owed} as amount
    )
    select m.loan_id as "loanId", m.nr, m.due_day as "dueDay", m.amount, m.is_new as "isNew", l.tell, l.customer_id as "customerId",
           c.user_id as "borrowerUserId", l.officer_id as "officerId", l.currency
      from marked m
      join of_loans l on l.id = m.loan_id
      join customers c on c.org_id = ${ctx.org.id} and c.id = l.customer_id
     order by m.due_day, m.loan_id, m.nr`.execute(ctx.tx)
  return { upTo: rows.findLast((row) => row.isNew) ?? null, told: rows.filter((row) => row.tell) }
}

const owed = sql`i.principal_due + i.interest_due + i.fee_due + i.penalty_due - i.principal_paid - i.interest_paid - i.fee_paid - i.penalty_paid
  - i.principal_waived - i.interest_waived - i.fee_waived - i.penalty_waived`
