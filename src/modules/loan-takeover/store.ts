/** The writes of taking over loans that are running already. */
import { sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import type { AgreedTerms } from '#modules/loan-records/loan-records.ts'
import type { Ctx } from '#platform/context.ts'

export interface RunningRow {
  readonly id: number
  readonly customerId: number
  readonly accountNo: string
  readonly principal: bigint
  readonly terms: AgreedTerms
  /** The day it was paid out, by whoever lent it. */
  readonly startDay: Day
  readonly totalInterest: bigint
}

export async function insertRunning(ctx: Ctx, loan: RunningRow): Promise<void> {
  const by = ctx.actor.kind === 'user' ? ctx.actor.id : null
  await sql`
    insert into loans (org_id, id, customer_id, account_no, principal, currency, terms, status, applied_by, applied_at, disbursed_by,
                       disbursed_at, disbursed_on, total_interest, branch_number)
    values (${ctx.org.id}, ${loan.id}, ${loan.customerId}, ${loan.accountNo}, ${loan.principal}, ${ctx.org.currency},
            ${JSON.stringify(loan.terms)}::jsonb, 'active', ${by}, ${ctx.now}, ${by}, ${ctx.now}, ${loan.startDay}, ${loan.totalInterest},
            ${ctx.scope.branch})
  `.execute(ctx.tx)
}

/** Writes the loan as it was taken over; what was agreed on anew here ends with what it was agreed on for. */
export async function writeRunning(ctx: Ctx, loan: RunningRow): Promise<void> {
  await sql`
    update loan_restructures set undone_at = ${ctx.now}
     where org_id = ${ctx.org.id} and loan_id = ${loan.id} and undone_at is null`.execute(ctx.tx)
  await sql`
    update loans set plan = null, customer_id = ${loan.customerId}, account_no = ${loan.accountNo}, principal = ${loan.principal},
           terms = ${JSON.stringify(loan.terms)}::jsonb, disbursed_on = ${loan.startDay}, total_interest = ${loan.totalInterest}
     where org_id = ${ctx.org.id} and id = ${loan.id}`.execute(ctx.tx)
}

/** Gives the account number another, or none any more. */
export async function writeAccountNo(ctx: Ctx, id: number, accountNo: string | null): Promise<void> {
  await sql`update loans set account_no = ${accountNo} where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

/** The transaction that brought the loan into the books and stands, or null. */
export async function standingOpening(ctx: Ctx, loanId: number): Promise<{ id: number; entryId: bigint } | null> {
  const { rows } = await sql<{ id: number; entryId: bigint }>`
    select t.id, t.entry_id as "entryId" from loan_transactions t
     where t.org_id = ${ctx.org.id} and t.loan_id = ${loanId} and t.kind = 'disbursement'
       and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id)
     order by t.id desc limit 1`.execute(ctx.tx)
  return rows[0] ?? null
}

/** Whether anything but its opening stands in the loan's history. */
export async function hasMoved(ctx: Ctx, loanId: number): Promise<boolean> {
  const { rows } = await sql`
    select from loan_transactions t
     where t.org_id = ${ctx.org.id} and t.loan_id = ${loanId} and t.kind not in ('disbursement', 'reversal')
       and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id)
     limit 1`.execute(ctx.tx)
  return rows.length > 0
}
