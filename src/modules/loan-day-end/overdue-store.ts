/** Which loans are overdue and have not been charged, or reckoned anew, for it yet. */
import { sql } from 'kysely'
import { lockLoansWhere, type LoanRow, tellAgain } from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'

/** Loans of a kind (`isPlain`) with instalments whose days of grace have passed, locked in the order of their ids. */
export function lockLate(ctx: Ctx, kind: 'plain' | 'eventful', limit: number): Promise<LoanRow[]> {
  const plain = sql`not (l.terms ? 'recalculation' or l.terms -> 'allocation' ? 'order')`
  return lockLoansWhere(
    ctx,
    sql`l.status = 'active' and l.charged_off_on is null and l.terms ? 'lateFee' and ${plain} = ${kind === 'plain'} and exists (
      select from instalments i where i.org_id = l.org_id and i.loan_id = l.id and i.completed_on is null and i.late_fee_on is null
         and i.due_day + (l.terms #>> '{lateFee,graceDays}')::integer < ${ctx.today})`,
    limit,
  )
}

/** How an instalment is known among those of many loans. */
export const keyOf = ({ loanId, nr }: { readonly loanId: number; readonly nr: number }): string => `${loanId}/${nr}`

/** Marks what is late of the loans, and answers which instalments that are. */
export async function markLate(ctx: Ctx, loanIds: readonly number[]): Promise<Set<string>> {
  const { rows } = await sql<{ loanId: number; nr: number }>`
    update instalments i set late_fee_on = ${ctx.today} from loans l
     where i.org_id = ${ctx.org.id} and i.loan_id = any(${loanIds}::integer[]) and i.completed_on is null and i.late_fee_on is null
       and l.org_id = i.org_id and l.id = i.loan_id and i.due_day + (l.terms #>> '{lateFee,graceDays}')::integer < ${ctx.today}
    returning i.loan_id as "loanId", i.nr`.execute(ctx.tx)
  return new Set(rows.map(keyOf))
}

export interface ChargedFee {
  readonly loanId: number
  readonly nr: number
  /** The transaction as it was first entered. */
  readonly rootId: number
  readonly amount: bigint
}

/** The late fees of the loans that stand. */
export async function chargedFees(ctx: Ctx, loanIds: readonly number[]): Promise<ChargedFee[]> {
  const { rows } = await sql<ChargedFee>`
    select t.loan_id as "loanId", (t.allocation #>> '{0,0}')::integer as nr, coalesce(t.root_id, t.id) as "rootId", t.amount from loan_transactions t
     where t.org_id = ${ctx.org.id} and t.loan_id = any(${loanIds}::integer[]) and t.kind = 'penalty' and t.origin = 'late_fee'
       and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id)`.execute(
    ctx.tx,
  )
  return rows
}

export interface Penalty {
  readonly loanId: number
  readonly nr: number
  readonly amount: bigint
}

/** Adds penalties to what is due of instalments. */
export async function addPenalties(ctx: Ctx, p: readonly Penalty[]): Promise<void> {
  await sql`
    update instalments i set penalty_due = i.penalty_due + p.amount, ${tellAgain}
      from unnest(${p.map((x) => x.loanId)}::integer[], ${p.map((x) => x.nr)}::integer[], ${p.map((x) => x.amount)}::bigint[]) as p (loan_id, nr, amount)
     where i.org_id = ${ctx.org.id} and i.loan_id = p.loan_id and i.nr = p.nr`.execute(ctx.tx)
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
