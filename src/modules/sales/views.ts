/** What was agreed on when something was sold on credit, and how far it has come, as far as the actor reaches. Reads only, always bounded. */
import { type RawBuilder, sql } from 'kysely'
import { coversBranch } from '#domain/access.ts'
import type { Day } from '#domain/day.ts'
import type { SaleReason } from '#domain/devices/sale-decision.ts'
import { type SaleStage, stageOf } from '#domain/devices/sale-stage.ts'
import { LOAN, reachesLoan } from '#modules/access/views.ts'
import { nameOfUser } from '#modules/identity/views.ts'
import type { Ctx } from '#platform/context.ts'

type Reader = Pick<Ctx, 'org' | 'tx' | 'scope'>

export interface Sale {
  readonly loanId: number
  readonly customerId: number
  readonly customerName: string
  readonly customerPhone: string | null
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
  /** Null: agreed on without one. */
  readonly preset: string | null
  readonly downPercent: number | null
  /** Who sold it. */
  readonly officerId: number | null
  readonly officerName: string | null
  /** As the customer said; null: he did not. */
  readonly monthlyIncome: bigint | null
  readonly decision: 'approved' | 'rejected' | null
  readonly decidedAt: Date | null
  readonly decidedBy: string | null
  readonly reasons: readonly SaleReason[]
  readonly decisionNote: string | null
  readonly signedOn: Day | null
  readonly signedBy: string | null
  readonly signatureFileId: number | null
  readonly cancelledReason: string | null
  readonly activations: number
  readonly appliedEntryId: bigint | null
  readonly createdAt: Date
  readonly stage: SaleStage
  /** The day on which it was handed over. */
  readonly activeSince: Day | null
}

type SaleColumns = Omit<Sale, 'stage'> & { readonly loanStatus: string; readonly paidDown: boolean }

const paidDown = sql`(s.down_payment = 0 or exists (select from down_payments p where p.org_id = s.org_id and p.loan_id = s.loan_id and p.status = 'received'))`

const saleColumns = sql`s.loan_id as "loanId", s.customer_id as "customerId", c.full_name as "customerName", c.phone as "customerPhone",
  s.contract_number as "contractNumber", s.branch_contract_code as "branchContractCode", s.branch_number as "branchNumber", s.price,
  s.approved_amount as "approvedAmount", s.down_payment as "downPayment", s.rate_shown as "rateShown", s.preset, s.down_percent as "downPercent",
  s.officer_id as "officerId", ${nameOfUser('o')} as "officerName", s.monthly_income as "monthlyIncome", s.decision, s.decided_at as "decidedAt", s.decided_by as "decidedBy", s.reasons,
  s.decision_note as "decisionNote", s.signed_on as "signedOn", s.signed_by as "signedBy", s.signature_file_id as "signatureFileId",
  s.cancelled_reason as "cancelledReason", s.activations, s.applied_entry_id as "appliedEntryId", s.created_at as "createdAt",
  l.status as "loanStatus", l.disbursed_on as "activeSince", ${paidDown} as "paidDown"`

async function salesWhere(ctx: Reader, condition: RawBuilder<unknown>, limit: number | null = null): Promise<Sale[]> {
  const { rows } = await sql<SaleColumns>`
    select ${saleColumns} from sales s
      join loans l on l.org_id = s.org_id and l.id = s.loan_id
      join customers c on c.org_id = s.org_id and c.id = s.customer_id
      left join users o on o.org_id = s.org_id and o.id = s.officer_id
     where s.org_id = ${ctx.org.id} and ${reachesLoan(ctx, 'read', LOAN)} and ${condition} order by s.loan_id desc limit ${limit}`.execute(
    ctx.tx,
  )
  return rows.map(({ loanStatus, paidDown: paid, ...sale }) => {
    const stage = stageOf({ loanStatus, signed: sale.signedOn !== null, paidDown: paid })
    return { ...sale, stage }
  })
}

/** The sale that a loan pays for, or null. */
export const saleOfLoan = async (ctx: Reader, loanId: number): Promise<Sale | null> =>
  (await salesWhere(ctx, sql`s.loan_id = ${loanId}`, 1))[0] ?? null

/** A customer's sales, latest first. */
export const salesOfCustomer = (ctx: Reader, customerId: number): Promise<Sale[]> =>
  salesWhere(ctx, sql`s.customer_id = ${customerId}`)

/** Which of these loans pay for something sold. */
export const salesOfLoans = (ctx: Reader, loanIds: readonly number[]): Promise<Sale[]> =>
  salesWhere(ctx, sql`s.loan_id = any(${loanIds}::integer[])`)

/** Which of these loans pay for what a branch has sold; none where the branch is beyond the actor's reach. */
export async function loansAtBranch(
  ctx: Reader,
  branchNumber: string,
  loanIds: readonly number[],
): Promise<ReadonlySet<number>> {
  if (!coversBranch(ctx.scope, branchNumber)) return new Set()
  const { rows } = await sql<{ loanId: number }>`
    select loan_id as "loanId" from sales
     where org_id = ${ctx.org.id} and branch_number = ${branchNumber} and loan_id = any(${loanIds}::integer[])`.execute(
    ctx.tx,
  )
  return new Set(rows.map(({ loanId }) => loanId))
}

export interface SaleFilter {
  readonly branch?: string | undefined
  readonly stage?: SaleStage | undefined
  readonly customerId?: number | undefined
  /** Either spelling. */
  readonly contractNumber?: string | undefined
  /** Sales after this one in the list, which is latest first. */
  readonly after?: number | undefined
  readonly limit: number
}

/** Sales, latest first. */
export function listSales(ctx: Reader, filter: SaleFilter): Promise<Sale[]> {
  const number = filter.contractNumber
  const conditions = [
    sql`true`,
    ...(filter.branch === undefined ? [] : [sql`s.branch_number = ${filter.branch}`]),
    ...(filter.stage === undefined ? [] : [STAGE_IS[filter.stage]]),
    ...(filter.customerId === undefined ? [] : [sql`s.customer_id = ${filter.customerId}`]),
    ...(number === undefined ? [] : [sql`(s.contract_number = ${number} or s.branch_contract_code = ${number})`]),
    ...(filter.after === undefined ? [] : [sql`s.loan_id < ${filter.after}`]),
  ]
  return salesWhere(ctx, sql.join(conditions, sql` and `), filter.limit)
}

/** The same as stageOf, for the database. */
const STAGE_IS: Readonly<Record<SaleStage, RawBuilder<unknown>>> = {
  applied: sql`l.status = 'pending'`,
  approved: sql`l.status = 'approved' and s.signed_on is null`,
  signed: sql`l.status = 'approved' and s.signed_on is not null and not ${paidDown}`,
  ready: sql`l.status = 'approved' and s.signed_on is not null and ${paidDown}`,
  active: sql`l.status = 'active'`,
  completed: sql`l.status = 'completed'`,
  written_off: sql`l.status = 'written_off'`,
  rejected: sql`l.status = 'rejected'`,
  cancelled: sql`l.status = 'withdrawn'`,
}

export interface DownPayment {
  readonly id: number
  readonly loanId: number
  /** Minor units. */
  readonly amount: bigint
  readonly method: 'cash' | 'deposit'
  readonly status: 'pending' | 'received' | 'rejected' | 'refunded'
  readonly reference: string | null
  /** A picture of the receipt, seen by staff only. */
  readonly receiptFileId: number | null
  readonly takenBy: string
  readonly takenAt: Date
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  /** Why it was rejected or refunded. */
  readonly reason: string | null
  readonly entryId: bigint | null
}

/** What was paid down on a sale, each try of it, oldest first. */
export async function downPaymentsOf(ctx: Reader, loanId: number): Promise<DownPayment[]> {
  const { rows } = await sql<DownPayment>`
    select id, loan_id as "loanId", amount, method, status, reference, receipt_file_id as "receiptFileId", taken_by as "takenBy",
           created_at as "takenAt", decided_by as "decidedBy", decided_at as "decidedAt", reason, entry_id as "entryId"
      from down_payments where org_id = ${ctx.org.id} and loan_id = ${loanId} order by id`.execute(ctx.tx)
  return rows
}

export interface SalesPerson {
  readonly id: number
  readonly name: string | null
  readonly branchNumber: string
}

/** Who sells for one branch only, in order of ids. */
export async function listSalesStaff(
  ctx: Reader,
  page: { readonly after: number; readonly limit: number },
): Promise<SalesPerson[]> {
  const { rows } = await sql<SalesPerson>`
    select s.user_id as id, ${nameOfUser('u')} as name, s.branch_number as "branchNumber"
      from sales_staff s join users u on u.org_id = s.org_id and u.id = s.user_id
     where s.org_id = ${ctx.org.id} and s.user_id > ${page.after} order by s.user_id limit ${page.limit}`.execute(
    ctx.tx,
  )
  return rows
}
