/** Loans by the numbers that other lenders gave them. */
import { sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

export interface CalledLoan {
  readonly loanId: number
  readonly customerId: number
}

/** Running loans by the numbers that payers know them by. */
export async function loansByAccountNo(
  ctx: Ctx,
  accountNos: readonly string[],
): Promise<ReadonlyMap<string, CalledLoan>> {
  if (accountNos.length === 0) return new Map()
  const { rows } = await sql<CalledLoan & { accountNo: string }>`
    select id as "loanId", customer_id as "customerId", account_no as "accountNo" from loans
     where org_id = ${ctx.org.id} and account_no = any(${accountNos}::text[]) and status = 'active'`.execute(ctx.tx)
  return new Map(rows.map((row) => [row.accountNo, row]))
}
