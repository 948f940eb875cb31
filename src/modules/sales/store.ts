/** Owns: sales, sales_staff, instalment_notices. */
import { sql } from 'kysely'
import { addDays, type Day } from '#domain/day.ts'
import type { SaleReason } from '#domain/devices/sale-decision.ts'
import { type Sale, saleOfLoan } from '#modules/sales/views.ts'
import { actorLabel, type Ctx } from '#platform/context.ts'

export type NewSaleRow = Pick<
  Sale,
  | ('loanId' | 'customerId' | 'contractNumber' | 'branchContractCode' | 'branchNumber' | 'price' | 'approvedAmount')
  | ('downPayment' | 'rateShown' | 'preset' | 'downPercent' | 'officerId' | 'monthlyIncome')
>

export async function insertSale(ctx: Ctx, sale: NewSaleRow): Promise<void> {
  await sql`
    insert into sales (org_id, loan_id, customer_id, contract_number, branch_contract_code, branch_number, price, approved_amount,
                       down_payment, rate_shown, preset, down_percent, officer_id, monthly_income, created_at)
    values (${ctx.org.id}, ${sale.loanId}, ${sale.customerId}, ${sale.contractNumber}, ${sale.branchContractCode}, ${sale.branchNumber},
            ${sale.price}, ${sale.approvedAmount}, ${sale.downPayment}, ${sale.rateShown}, ${sale.preset}, ${sale.downPercent},
            ${sale.officerId}, ${sale.monthlyIncome}, ${ctx.now})`.execute(ctx.tx)
}

/** The sale, locked until the transaction ends, before its loan: it takes one step at a time. */
export async function lockSale(ctx: Ctx, loanId: number): Promise<Sale | null> {
  const { rows } = await sql`
    select from sales where org_id = ${ctx.org.id} and loan_id = ${loanId} for no key update`.execute(ctx.tx)
  return rows.length === 0 ? null : saleOfLoan(ctx, loanId)
}

export interface Decision {
  readonly decision: 'approved' | 'rejected'
  readonly reasons: readonly SaleReason[]
  readonly note: string | null
}

export async function writeDecision(ctx: Ctx, loanId: number, { decision, reasons, note }: Decision): Promise<void> {
  await sql`
    update sales set decision = ${decision}, reasons = ${reasons}::text[], decision_note = ${note}, decided_at = ${ctx.now},
           decided_by = ${actorLabel(ctx.actor)}
     where org_id = ${ctx.org.id} and loan_id = ${loanId}`.execute(ctx.tx)
}

export async function writeSignature(ctx: Ctx, loanId: number, fileId: number | null): Promise<void> {
  await sql`
    update sales set signed_on = ${ctx.today}, signed_by = ${actorLabel(ctx.actor)}, signature_file_id = ${fileId}
     where org_id = ${ctx.org.id} and loan_id = ${loanId}`.execute(ctx.tx)
}

/** Handed over once more, the down payment applied by an entry; null: nothing was paid down, or it was taken back. */
export async function writeApplied(ctx: Ctx, sale: Pick<Sale, 'loanId' | 'activations'>, entryId: bigint | null) {
  await sql`
    update sales set activations = ${sale.activations}, applied_entry_id = ${entryId}
     where org_id = ${ctx.org.id} and loan_id = ${sale.loanId}`.execute(ctx.tx)
}

export async function writeCancelled(ctx: Ctx, loanId: number, reason: string): Promise<void> {
  await sql`
    update sales set cancelled_reason = ${reason} where org_id = ${ctx.org.id} and loan_id = ${loanId}`.execute(ctx.tx)
}

/** Null: he sells for every branch. */
export async function writeBranchOf(ctx: Ctx, userId: number, branch: string | null): Promise<void> {
  if (branch === null) {
    await sql`delete from sales_staff where org_id = ${ctx.org.id} and user_id = ${userId}`.execute(ctx.tx)
  } else {
    await sql`
      insert into sales_staff (org_id, user_id, branch_number) values (${ctx.org.id}, ${userId}, ${branch})
      on conflict (org_id, user_id) do update set branch_number = excluded.branch_number`.execute(ctx.tx)
  }
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
