/** Loans and payments as rows of a file, in order of their ids, as far as the actor reaches. Reads only, a page at a time. */
import { sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import { LOAN, reachesLoan, reachesPayment } from '#modules/access/views.ts'
import { owed, type Reader } from '#modules/reporting/overdue-views.ts'

export interface RowsPage {
  /** Rows with a greater id than this one. */
  readonly after: number
  readonly limit: number
}

export interface LoanRow {
  readonly id: number
  readonly accountNo: string | null
  readonly contractNumber: string | null
  readonly branch: string | null
  readonly customerId: number
  readonly customerName: string
  readonly phone: string | null
  readonly product: string | null
  readonly officer: string | null
  readonly status: string
  readonly currency: string
  /** Minor units, as are all amounts. */
  readonly principal: bigint
  readonly due: bigint
  readonly paid: bigint
  readonly outstanding: bigint
  readonly overdue: bigint
  readonly daysPastDue: number
  readonly disbursedOn: Day | null
  readonly completedOn: Day | null
}

/** The next loans, whatever became of them. */
export async function loanRows(ctx: Reader, { after, limit }: RowsPage): Promise<LoanRow[]> {
  const late = sql`l.status = 'active' and i.completed_on is null and i.due_day < ${ctx.today}`
  const { rows } = await sql<LoanRow>`
    select l.id, l.account_no as "accountNo", s.contract_number as "contractNumber", s.branch_number as branch, l.customer_id as "customerId",
           c.full_name as "customerName", c.phone, p.name as product, nullif(u.name, '') as officer, l.status, l.currency, l.principal,
           coalesce(n.due, 0)::bigint as due, coalesce(n.paid, 0)::bigint as paid, coalesce(n.outstanding, 0)::bigint as outstanding,
           coalesce(n.overdue, 0)::bigint as overdue, coalesce(${ctx.today}::date - n.since, 0) as "daysPastDue",
           l.disbursed_on as "disbursedOn", l.completed_on as "completedOn"
      from (select * from loans l where l.org_id = ${ctx.org.id} and ${reachesLoan(ctx, 'read', LOAN)} and l.id > ${after} order by l.id limit ${limit}) l
      join customers c on c.org_id = l.org_id and c.id = l.customer_id
      left join sales s on s.org_id = l.org_id and s.loan_id = l.id
      left join loan_products p on p.org_id = l.org_id and p.id = l.product_id
      left join users u on u.org_id = l.org_id and u.id = l.officer_id
      left join lateral (
        select sum(due) as due, sum(paid) as paid, sum(owed) as outstanding, max(so_far) as overdue,
               min(due_day) filter (where so_far > coalesce((l.terms ->> 'arrearsTolerance')::bigint, 0)) as since
          from (select i.due_day, i.principal_due + i.interest_due + i.fee_due + i.penalty_due as due,
                       i.principal_paid + i.interest_paid + i.fee_paid + i.penalty_paid as paid, ${owed} as owed,
                       sum(${owed}) filter (where ${late}) over (order by i.due_day, i.nr) as so_far
                  from instalments i where i.org_id = l.org_id and i.loan_id = l.id) one_by_one) n on true
     order by l.id`.execute(ctx.tx)
  return rows
}

export interface PaymentLine {
  readonly id: number
  readonly provider: string
  readonly reference: string
  readonly payerPhone: string | null
  readonly customerId: number | null
  readonly customerName: string | null
  readonly contractNumber: string | null
  readonly currency: string
  /** Minor units. */
  readonly amount: bigint
  readonly overpayment: bigint
  readonly valueDay: Day
  readonly receivedAt: Date
  readonly status: string
  readonly reason: string | null
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
}

/** The next payments, whatever became of them. */
export async function paymentLines(ctx: Reader, { after, limit }: RowsPage): Promise<PaymentLine[]> {
  const { rows } = await sql<PaymentLine>`
    select p.id, p.provider, p.reference, p.payer_phone as "payerPhone", p.customer_id as "customerId", c.full_name as "customerName",
           s.contract_number as "contractNumber", p.currency, p.amount, p.overpayment, p.value_day as "valueDay", p.received_at as "receivedAt",
           p.status, p.reason, nullif(u.name, '') as "decidedBy", p.decided_at as "decidedAt"
      from (select * from payments where org_id = ${ctx.org.id} and ${reachesPayment(ctx, 'read')} and id > ${after} order by id limit ${limit}) p
      left join customers c on c.org_id = p.org_id and c.id = p.customer_id
      left join payment_claims k on k.org_id = p.org_id and k.payment_id = p.id
      left join sales s on s.org_id = p.org_id and s.loan_id = k.loan_id
      left join users u on u.org_id = p.org_id and u.id = p.decided_by
     order by p.id`.execute(ctx.tx)
  return rows
}
