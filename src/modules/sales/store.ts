/** Owns: sales, instalment_notices. */
import { sql } from 'kysely'
import { addDays, type Day } from '#domain/day.ts'
import type { Sale } from '#modules/sales/views.ts'
import type { Ctx } from '#platform/context.ts'

export async function insertSale(ctx: Ctx, sale: Sale): Promise<void> {
  await sql`
    insert into sales (org_id, loan_id, customer_id, contract_number, branch_contract_code, branch_number, price, approved_amount,
                       down_payment, rate_shown, created_at)
    values (${ctx.org.id}, ${sale.loanId}, ${sale.customerId}, ${sale.contractNumber}, ${sale.branchContractCode}, ${sale.branchNumber},
            ${sale.price}, ${sale.approvedAmount}, ${sale.downPayment}, ${sale.rateShown}, ${ctx.now})`.execute(ctx.tx)
}

/** Notes the customer's loans that would forbid another sale: running, or agreed on and not paid out. */
export async function hasOpenLoan(ctx: Ctx, customerId: number): Promise<boolean> {
  // The customer's row is locked, so that of two sales at once the second sees the first.
  await sql`select from customers where org_id = ${ctx.org.id} and id = ${customerId} for no key update`.execute(ctx.tx)
  const { rows } = await sql`
    select from loans where org_id = ${ctx.org.id} and customer_id = ${customerId} and status in ('pending', 'approved', 'active') limit 1
  `.execute(ctx.tx)
  return rows.length > 0
}

export interface NoticedInstalment {
  readonly instalmentId: number
  readonly loanId: number
  readonly nr: number
  readonly dueDay: Day
  readonly daysFromDue: number
  readonly amount: bigint
  readonly customerId: number
  readonly borrowerUserId: number | null
  readonly currency: string
}

/** Unpaid instalments of sales that are so many days from their due day, each noted so that it comes once. */
export async function takeNotices(ctx: Ctx, offsets: readonly number[], limit: number): Promise<NoticedInstalment[]> {
  const days = offsets.map((offset) => addDays(ctx.today, -offset))
  const { rows } = await sql<NoticedInstalment>`
    with chosen as (
      select i.id, i.loan_id, i.nr, i.due_day, o.days_from_due, l.customer_id, c.user_id, l.currency,
             i.principal_due + i.interest_due + i.fee_due + i.penalty_due - i.principal_paid - i.interest_paid - i.fee_paid - i.penalty_paid
             - i.principal_waived - i.interest_waived - i.fee_waived - i.penalty_waived as amount
        from unnest(${days}::date[], ${offsets}::integer[]) as o (due_day, days_from_due)
        join instalments i on i.org_id = ${ctx.org.id} and i.due_day = o.due_day and i.completed_on is null
        join sales s on s.org_id = i.org_id and s.loan_id = i.loan_id
        join loans l on l.org_id = i.org_id and l.id = i.loan_id and l.status = 'active'
        join customers c on c.org_id = l.org_id and c.id = l.customer_id
       where not exists (select from instalment_notices n where n.org_id = i.org_id and n.instalment_id = i.id
                            and n.due_day = i.due_day and n.days_from_due = o.days_from_due)
       order by i.id limit ${limit}
    ), noted as (
      insert into instalment_notices (org_id, instalment_id, days_from_due, due_day, sent_on)
      select ${ctx.org.id}, id, days_from_due, due_day, ${ctx.today} from chosen
      on conflict do nothing returning instalment_id, days_from_due
    )
    select c.id as "instalmentId", c.loan_id as "loanId", c.nr, c.due_day as "dueDay", c.days_from_due as "daysFromDue", c.amount,
           c.customer_id as "customerId", c.user_id as "borrowerUserId", c.currency
      from chosen c join noted n on n.instalment_id = c.id and n.days_from_due = c.days_from_due order by c.id`.execute(
    ctx.tx,
  )
  return rows
}
