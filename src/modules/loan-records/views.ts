/** What loans look like: lists, schedules, repayments, as far as the actor reaches. Reads only, always bounded. */
import { sql, type RawBuilder } from 'kysely'
import type { Day } from '#domain/day.ts'
import type { Parts } from '#domain/loans/instalment.ts'
import { LOAN, reachesLoan } from '#modules/access/views.ts'
import { nameOfUser } from '#modules/identity/views.ts'
import type { AgreedTerms } from '#modules/loan-records/loan-records.ts'
import type { LoanStatus, TransactionKind, TransactionOrigin } from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'

type Reader = Pick<Ctx, 'org' | 'tx' | 'today' | 'scope'>

export interface LoanView {
  readonly id: number
  readonly customerId: number
  readonly customerName: string
  readonly borrowerUserId: number | null
  readonly productId: number | null
  readonly productName: string | null
  readonly officerId: number | null
  readonly officerName: string | null
  readonly principal: bigint
  readonly currency: string
  readonly terms: AgreedTerms
  readonly status: LoanStatus
  /** An instalment's day has passed without its being paid in full. */
  readonly overdue: boolean
  readonly appliedAt: Date
  readonly approvedAt: Date | null
  readonly disbursedAt: Date | null
  readonly disbursedOn: Day | null
  readonly completedOn: Day | null
  readonly rejectedReason: string | null
  readonly totalInterest: bigint
  readonly chargedOffOn: Day | null
  /** The loan that it settles, or settled, when it is paid out. */
  readonly topsUp: number | null
  /** Agreed on anew after the disbursement. */
  readonly restructured: boolean
  /** Outstanding on instalments whose day has passed. */
  readonly overdueAmount: bigint
  /** Days since the oldest unpaid instalment fell due. */
  readonly daysPastDue: number
  /** What was overpaid and not paid back. */
  readonly credit: bigint
  /** Due less paid less waived of all instalments. */
  readonly balance: bigint
  readonly instalments: readonly InstalmentView[]
}

export interface InstalmentView {
  readonly id: number
  readonly loanId: number
  readonly nr: number
  readonly dueDay: Day
  readonly due: Parts
  readonly paid: Parts
  readonly waived: Parts
  readonly completedOn: Day | null
  readonly repayments: readonly RepaymentView[]
}

export interface RepaymentView {
  readonly id: number
  readonly loanId: number
  /** The first instalment it paid; null when all of it became credit. */
  readonly instalmentId: number | null
  readonly borrowerUserId: number | null
  readonly paymentId: number | null
  readonly reference: string | null
  /** Its whole amount, what became the customer's credit included. */
  readonly amount: bigint
  readonly parts: Parts
  readonly overpayment: bigint
  readonly valueDay: Day
  readonly paidAt: Date
  readonly allocation: readonly { readonly nr: number; readonly amount: bigint }[]
}

export interface LoanFilter {
  readonly ids?: readonly number[] | undefined
  /** Of the customer with this login. */
  readonly borrowerUserId?: number | undefined
  readonly customerId?: number | undefined
  readonly status?: LoanStatus | undefined
  readonly officerId?: number | undefined
  readonly productId?: number | undefined
  /** Active loans that are late, or the others. */
  readonly overdue?: boolean | undefined
  /** null: all; only of one customer, whose life of borrowing is the bound. */
  readonly limit: number | null
  /** Loans with a smaller id than this one: the page before it. */
  readonly before?: number | undefined
}

export interface FullLoanFilter extends LoanFilter {
  /** The page ends sooner where its instalments and transactions come to more than so many; it holds one loan at least. */
  readonly mostRows?: number
}

export type LoanSummary = Omit<LoanView, 'instalments'>

/** The newest loans of the filter, latest first, without their schedules. */
export const loanSummaries = async (ctx: Reader, filter: LoanFilter): Promise<LoanSummary[]> =>
  (await loanHeads(ctx, filter)).reverse()

/** The newest loans of the filter, in order of their ids, with schedules and standing repayments: few queries whatever their number. */
export async function listLoans(ctx: Reader, filter: FullLoanFilter): Promise<LoanView[]> {
  const found = await loanHeads(ctx, filter)
  const loans = filter.mostRows === undefined ? found : await newestWithin(ctx, found, filter.mostRows)
  const ids = loans.map((loan) => loan.id)
  const paidOn = byInstalment(await repaymentsOfLoans(ctx, ids))
  const instalments = groupBy(await instalmentsOfLoans(ctx, ids), (row) => row.loanId)
  return loans.map((loan) => ({
    ...loan,
    instalments: (instalments.get(loan.id) ?? []).map((row) => ({ ...row, repayments: paidOn(row) })),
  }))
}

/** All loans of a customer, or those of a status, in order of their ids, with schedules and standing repayments. */
export const allLoansOf = (ctx: Reader, customerId: number, status?: LoanStatus): Promise<LoanView[]> =>
  listLoans(ctx, { customerId, status, limit: null })

/** The same without their schedules, latest first. */
export const allSummariesOf = (ctx: Reader, customerId: number): Promise<LoanSummary[]> =>
  loanSummaries(ctx, { customerId, limit: null })

/** As many of the loans, newest first, as have at most so many rows of their own; the newest in any case. */
async function newestWithin<T extends { readonly id: number }>(
  ctx: Reader,
  loans: readonly T[],
  mostRows: number,
): Promise<T[]> {
  const { rows } = await sql<{ id: number }>`
    select id from (
      select l.id, row_number() over newest as place, sum(i.rows + t.rows) over newest as sum
        from unnest(${loans.map((loan) => loan.id)}::integer[]) as l (id)
       cross join lateral (select count(*) as rows from instalments where org_id = ${ctx.org.id} and loan_id = l.id) i
       cross join lateral (select count(*) as rows from loan_transactions where org_id = ${ctx.org.id} and loan_id = l.id) t
      window newest as (order by l.id desc)) counted
     where place = 1 or sum <= ${mostRows}`.execute(ctx.tx)
  const kept = new Set(rows.map((row) => row.id))
  return loans.filter((loan) => kept.has(loan.id))
}

type PlaceOfInstalment = Pick<InstalmentView, 'loanId' | 'nr'>

/** The repayments of each instalment, in the order given. */
function byInstalment(repayments: readonly RepaymentView[]): (of: PlaceOfInstalment) => readonly RepaymentView[] {
  const found = new Map<string, RepaymentView[]>()
  const keyOf = ({ loanId, nr }: PlaceOfInstalment): string => `${loanId}/${nr}`
  for (const repayment of repayments) {
    for (const nr of new Set(repayment.allocation.map((line) => line.nr))) {
      const key = keyOf({ loanId: repayment.loanId, nr })
      const paid = found.get(key)
      if (paid) paid.push(repayment)
      else found.set(key, [repayment])
    }
  }
  return (of) => found.get(keyOf(of)) ?? []
}

/** One loan with everything, or null, also beyond the actor's reach. */
export async function loanById(ctx: Reader, id: number): Promise<LoanView | null> {
  const [loan] = await listLoans(ctx, { ids: [id], limit: 1 })
  return loan ?? null
}

async function loanHeads(ctx: Reader, filter: LoanFilter): Promise<LoanSummary[]> {
  const conditions = [
    sql`l.org_id = ${ctx.org.id} and ${reachesLoan(ctx, 'read', LOAN)}`,
    ...(filter.ids ? [sql`l.id = any(${filter.ids}::integer[])`] : []),
    ...(filter.borrowerUserId === undefined ? [] : [sql`c.user_id = ${filter.borrowerUserId}`]),
    ...(filter.customerId === undefined ? [] : [sql`l.customer_id = ${filter.customerId}`]),
    ...(filter.status === undefined ? [] : [sql`l.status = ${filter.status}`]),
    ...(filter.officerId === undefined ? [] : [sql`l.officer_id = ${filter.officerId}`]),
    ...(filter.productId === undefined ? [] : [sql`l.product_id = ${filter.productId}`]),
    ...(filter.overdue === undefined ? [] : [overdueIs(ctx, filter.overdue)]),
    ...(filter.before === undefined ? [] : [sql`l.id < ${filter.before}`]),
  ]
  const { rows } = await sql<LoanSummary>`
    select l.id, l.customer_id as "customerId", c.full_name as "customerName", c.user_id as "borrowerUserId",
           l.product_id as "productId", p.name as "productName", l.officer_id as "officerId", ${nameOfUser('o')} as "officerName",
           l.principal, l.currency, l.terms, l.status, l.applied_at as "appliedAt", l.approved_at as "approvedAt", l.disbursed_at as "disbursedAt",
           l.disbursed_on as "disbursedOn", l.completed_on as "completedOn", l.rejected_reason as "rejectedReason", coalesce(i.interest, l.total_interest) as "totalInterest",
           l.charged_off_on as "chargedOffOn", l.tops_up as "topsUp", l.plan is not null as restructured,
           coalesce(i.balance, 0) as balance, coalesce(i.overdue, 0) as "overdueAmount",
           case when l.status = 'active' then coalesce(${ctx.today}::date - i.since, 0) else 0 end as "daysPastDue",
           l.status = 'active' and i.since is not null as overdue,
           coalesce(t.credit, 0) as credit
      from loans l join customers c on c.org_id = l.org_id and c.id = l.customer_id
      left join loan_products p on p.org_id = l.org_id and p.id = l.product_id
      left join users o on o.org_id = l.org_id and o.id = l.officer_id
      left join lateral (
        select sum(owed)::bigint as balance, max(late)::bigint as overdue, sum(interest_due)::bigint as interest,
               min(due_day) filter (where late > ${tolerance}) as since
          from (select ${owed} as owed, interest_due, due_day,
                       sum(${owed}) filter (where completed_on is null and due_day < ${ctx.today}) over (order by due_day, nr) as late
                  from instalments where org_id = l.org_id and loan_id = l.id) each_one) i on true
      left join lateral (
        select sum(case when s.kind = 'credit_refund' then s.principal - s.amount else s.overpayment end)::bigint as credit
          from loan_transactions s where s.org_id = l.org_id and s.loan_id = l.id and s.kind <> 'reversal' and l.status in ('completed', 'written_off')
           and not exists (select from loan_transactions r where r.org_id = s.org_id and r.reverses_id = s.id)) t on true
     where ${sql.join(conditions, sql` and `)}
     order by l.id desc limit ${filter.limit}`.execute(ctx.tx)
  return rows.reverse()
}

const overdueIs = (ctx: Reader, wanted: boolean): RawBuilder<unknown> => {
  const late = sql`(select coalesce(sum(${owed}), 0) from instalments o
     where o.org_id = l.org_id and o.loan_id = l.id and o.completed_on is null and o.due_day < ${ctx.today})`
  return sql`l.status = 'active' and ${late} ${wanted ? sql`>` : sql`<=`} ${tolerance}`
}

/** What is left to pay of an instalment. */
const owed = sql`(principal_due + interest_due + fee_due + penalty_due - principal_paid - interest_paid - fee_paid - penalty_paid
  - principal_waived - interest_waived - fee_waived - penalty_waived)`

/** How much may be overdue of `loans l` before it counts as late. */
const tolerance = sql`coalesce((l.terms ->> 'arrearsTolerance')::bigint, 0)`

type InstalmentColumns = Omit<InstalmentView, 'due' | 'paid' | 'waived' | 'repayments'> & {
  due: string[]
  paid: string[]
  waived: string[]
}

const instalmentColumns = sql`i.id, i.loan_id as "loanId", i.nr, i.due_day as "dueDay", i.completed_on as "completedOn",
  array[i.penalty_due, i.fee_due, i.interest_due, i.principal_due]::text[] as due,
  array[i.penalty_paid, i.fee_paid, i.interest_paid, i.principal_paid]::text[] as paid,
  array[i.penalty_waived, i.fee_waived, i.interest_waived, i.principal_waived]::text[] as waived`

async function instalmentsOfLoans(
  ctx: Reader,
  loanIds: readonly number[],
): Promise<Omit<InstalmentView, 'repayments'>[]> {
  const { rows } = await sql<InstalmentColumns>`
    select ${instalmentColumns} from instalments i
     where i.org_id = ${ctx.org.id} and i.loan_id = any(${loanIds}::integer[]) order by i.loan_id, i.nr`.execute(ctx.tx)
  return rows.map(withParts)
}

const withParts = ({ due, paid, waived, ...row }: InstalmentColumns): Omit<InstalmentView, 'repayments'> => ({
  ...row,
  due: partsOf(due),
  paid: partsOf(paid),
  waived: partsOf(waived),
})

const partsOf = ([penalty, fee, interest, principal]: readonly string[]): Parts => ({
  penalty: BigInt(penalty!),
  fee: BigInt(fee!),
  interest: BigInt(interest!),
  principal: BigInt(principal!),
})

/** All of a borrower's instalments of loans that are running, agreed on or paid, in order of due day. */
export async function scheduleOfBorrower(ctx: Reader, userId: number): Promise<InstalmentView[]> {
  const { rows } = await sql<InstalmentColumns>`
    select ${instalmentColumns} from instalments i
      join loans l on l.org_id = i.org_id and l.id = i.loan_id
      join customers c on c.org_id = l.org_id and c.id = l.customer_id
     where i.org_id = ${ctx.org.id} and c.user_id = ${userId} and ${reachesLoan(ctx, 'read', LOAN)} and l.status in ('approved', 'active', 'completed')
     order by i.due_day, i.loan_id, i.nr`.execute(ctx.tx)
  const loanIds = [...new Set(rows.map((row) => row.loanId))]
  const paidOn = byInstalment(await repaymentsOfLoans(ctx, loanIds))
  return rows.map((row) => ({ ...withParts(row), repayments: paidOn(row) }))
}

export interface RepaymentFilter {
  readonly limit: number
  /** Repayments with a smaller id than this one. */
  readonly before?: number
}

/** The newest repayments that stand, latest first. */
export async function listRepayments(ctx: Reader, filter: RepaymentFilter): Promise<RepaymentView[]> {
  const earlier = filter.before === undefined ? sql`true` : sql`t.id < ${filter.before}`
  return repaymentsOf(ctx, sql`${reachesLoan(ctx, 'read', LOAN)} and ${earlier}`, sql`limit ${filter.limit}`)
}

/** All that stand of the loans, latest first: the choice of loans is their bound. */
const repaymentsOfLoans = (ctx: Reader, ids: readonly number[]): Promise<RepaymentView[]> =>
  repaymentsOf(ctx, sql`t.loan_id = any(${ids}::integer[])`, sql``)

interface RepaymentColumns extends Omit<RepaymentView, 'parts' | 'allocation'>, Parts {
  readonly packed: readonly (readonly [number, string, string, string, string])[]
}

async function repaymentsOf(
  ctx: Reader,
  condition: RawBuilder<unknown>,
  bound: RawBuilder<unknown>,
): Promise<RepaymentView[]> {
  const { rows } = await sql<RepaymentColumns>`
    select t.id, t.loan_id as "loanId", i.id as "instalmentId", c.user_id as "borrowerUserId", t.payment_id as "paymentId", p.reference,
           t.amount, t.principal, t.interest, t.fee, t.penalty, t.overpayment, t.value_day as "valueDay",
           coalesce(p.received_at, t.created_at) as "paidAt", t.allocation as packed
      from loan_transactions t
      join loans l on l.org_id = t.org_id and l.id = t.loan_id
      join customers c on c.org_id = l.org_id and c.id = l.customer_id
      left join payments p on p.org_id = t.org_id and p.id = t.payment_id
      left join instalments i on i.org_id = t.org_id and i.loan_id = t.loan_id and i.nr = (t.allocation #>> '{0,0}')::integer
     where t.org_id = ${ctx.org.id} and t.kind = 'repayment' and ${condition}
       and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id)
     order by t.id desc ${bound}`.execute(ctx.tx)
  return rows.map(({ principal, interest, fee, penalty, packed, ...row }) => ({
    ...row,
    parts: { principal, interest, fee, penalty },
    allocation: packed.map(([nr, ...amounts]) => ({
      nr,
      amount: amounts.reduce((sum, part) => sum + BigInt(part), 0n),
    })),
  }))
}

export interface TransactionView {
  readonly id: number
  readonly kind: TransactionKind
  readonly paymentType: string
  readonly valueDay: Day
  readonly amount: bigint
  readonly parts: Parts
  readonly overpayment: bigint
  readonly paymentId: number | null
  readonly entryId: bigint | null
  readonly account: number | null
  /** The savings account that a repayment was drawn from. */
  readonly savingsAccountId: number | null
  readonly origin: TransactionOrigin
  readonly reference: string | null
  readonly reason: string | null
  /** The transaction that this one takes back. */
  readonly reversesId: number | null
  /** The transaction that this one is the replay of. */
  readonly replacesId: number | null
  /** Whether it was taken back. */
  readonly reversed: boolean
  readonly actor: string
  readonly createdAt: Date
}

/** Everything that happened to a loan within reach, in order of entry; a page of it where one is asked for. */
export async function transactionsOfLoan(
  ctx: Reader,
  loanId: number,
  page: { readonly after?: number; readonly limit?: number } = {},
): Promise<TransactionView[]> {
  const { rows } = await sql<Omit<TransactionView, 'parts'> & Parts>`
    select t.id, t.kind, t.payment_type as "paymentType", t.value_day as "valueDay", t.amount, t.principal, t.interest, t.fee, t.penalty,
           t.overpayment, t.payment_id as "paymentId", t.entry_id as "entryId", t.account,
           t.savings_account_id as "savingsAccountId", t.origin, coalesce(t.reference, p.reference) as reference,
           t.reason, t.reverses_id as "reversesId", t.replaces_id as "replacesId", t.actor, t.created_at as "createdAt",
           exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id) as reversed
      from loan_transactions t join loans l on l.org_id = t.org_id and l.id = t.loan_id
      left join payments p on p.org_id = t.org_id and p.id = t.payment_id
     where t.org_id = ${ctx.org.id} and t.loan_id = ${loanId} and ${reachesLoan(ctx, 'read', LOAN)} and t.id > ${page.after ?? 0}
     order by t.id limit ${page.limit ?? null}`.execute(ctx.tx)
  return rows.map(({ principal, interest, fee, penalty, ...row }) => ({
    ...row,
    parts: { principal, interest, fee, penalty },
  }))
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}
