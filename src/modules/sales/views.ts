/** What was agreed on when something was sold on credit. Reads only. */
import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

type Reader = Pick<Ctx, 'org' | 'tx'>

export interface Sale {
  readonly loanId: number
  readonly customerId: number
  readonly contractNumber: string
  /** As printed on paper. */
  readonly branchContractCode: string
  readonly branchNumber: string
  /** Minor units, as are all amounts. */
  readonly price: bigint
  readonly approvedAmount: bigint
  readonly downPayment: bigint
  /** The percentage that the contract prints. */
  readonly rateShown: string
}

async function salesWhere(ctx: Reader, condition: RawBuilder<unknown>): Promise<Sale[]> {
  const { rows } = await sql<Sale>`
    select loan_id as "loanId", customer_id as "customerId", contract_number as "contractNumber",
           branch_contract_code as "branchContractCode", branch_number as "branchNumber", price,
           approved_amount as "approvedAmount", down_payment as "downPayment", rate_shown as "rateShown"
      from sales where org_id = ${ctx.org.id} and ${condition} order by loan_id desc limit 1000`.execute(ctx.tx)
  return rows
}

/** The sale that a loan pays for, or null. */
export const saleOfLoan = async (ctx: Reader, loanId: number): Promise<Sale | null> =>
  (await salesWhere(ctx, sql`loan_id = ${loanId}`))[0] ?? null

/** A customer's sales, latest first. */
export const salesOfCustomer = (ctx: Reader, customerId: number): Promise<Sale[]> =>
  salesWhere(ctx, sql`customer_id = ${customerId}`)

/** Which of these loans pay for something sold. */
export const salesOfLoans = (ctx: Reader, loanIds: readonly number[]): Promise<Sale[]> =>
  salesWhere(ctx, sql`loan_id = any(${loanIds}::integer[])`)

/** The loans that pay for what a branch has sold, the latest twenty thousand. */
export async function loanIdsOfBranch(ctx: Reader, branchNumber: string): Promise<number[]> {
  const { rows } = await sql<{ loanId: number }>`
    select loan_id as "loanId" from sales where org_id = ${ctx.org.id} and branch_number = ${branchNumber}
     order by loan_id desc limit 20000`.execute(ctx.tx)
  return rows.map(({ loanId }) => loanId)
}
