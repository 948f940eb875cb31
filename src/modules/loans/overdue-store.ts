/** Which loans are overdue and have not been charged, or reckoned anew, for it yet. */
import { sql } from 'kysely'
import { lockLoansWhere, type LoanRow } from '#modules/loans/store.ts'
import type { Ctx } from '#platform/context.ts'

/** Loans with instalments whose days of grace have passed, locked in the order of their ids. */
export function lockLate(ctx: Ctx, limit: number): Promise<LoanRow[]> {
  return lockLoansWhere(
    ctx,
    sql`l.status = 'active' and l.charged_off_on is null and l.terms ? 'lateFee' and exists (
      select from instalments i where i.org_id = l.org_id and i.loan_id = l.id and i.completed_on is null and i.late_fee_on is null
         and i.due_day + (l.terms #>> '{lateFee,graceDays}')::integer < ${ctx.today})`,
    limit,
  )
}

/** The numbers of the loan's instalments that are late, oldest first. */
export async function lateInstalments(ctx: Ctx, loanId: number, graceDays: number): Promise<number[]> {
  const { rows } = await sql<{ nr: number }>`
    select nr from instalments where org_id = ${ctx.org.id} and loan_id = ${loanId} and completed_on is null and late_fee_on is null
       and due_day + ${graceDays}::integer < ${ctx.today} order by nr`.execute(ctx.tx)
  return rows.map((row) => row.nr)
}

export async function markCharged(ctx: Ctx, loanId: number, numbers: readonly number[]): Promise<void> {
  await sql`
    update instalments set late_fee_on = ${ctx.today} where org_id = ${ctx.org.id} and loan_id = ${loanId} and nr = any(${numbers}::integer[])
  `.execute(ctx.tx)
}

/** The late fees of a loan that stand. */
export async function chargedSoFar(ctx: Ctx, loanId: number, reason: string): Promise<bigint[]> {
  const { rows } = await sql<{ amount: bigint }>`
    select t.amount from loan_transactions t where t.org_id = ${ctx.org.id} and t.loan_id = ${loanId} and t.kind = 'penalty' and t.reason = ${reason}
       and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id)`.execute(
    ctx.tx,
  )
  return rows.map((row) => row.amount)
}

/** Loans whose overdue principal bears interest and that were not reckoned anew today, locked in the order of their ids. */
export function lockRecalculating(ctx: Ctx, limit: number): Promise<LoanRow[]> {
  return lockLoansWhere(
    ctx,
    sql`l.status = 'active' and l.terms ? 'recalculation' and l.charged_off_on is null and (l.reckoned_on is null or l.reckoned_on < ${ctx.today})
      and exists (select from instalments i where i.org_id = l.org_id and i.loan_id = l.id and i.completed_on is null and i.due_day < ${ctx.today})`,
    limit,
  )
}

export async function markReckoned(ctx: Ctx, loanIds: readonly number[]): Promise<void> {
  await sql`
    update loans set reckoned_on = ${ctx.today} where org_id = ${ctx.org.id} and id = any(${loanIds}::integer[])`.execute(
    ctx.tx,
  )
}
