/** Whether all that is written of an organisation's loans says the same, to the cent: schedules, histories, payments, balances, chain. */
import { sql } from 'kysely'
import {
  FEE_RECEIVABLE,
  INTEREST_RECEIVABLE,
  LOAN_PRINCIPAL,
  PENALTY_RECEIVABLE,
  SUSPENSE,
} from '#domain/ledger/chart.ts'
import { verify } from '#modules/ledger/ledger.ts'
import { type Ctx, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'

export interface Agreement {
  readonly entries: number
  readonly blocks: number
  /** In words; empty when everything agrees. */
  readonly problems: readonly string[]
}

/** Reads everything of the organisation as of one moment. Its loans must be of accrual accounting and never written off. */
export function checkAgreement(services: Services, org: Organisation): Promise<Agreement> {
  return transact(
    systemDoor(services, org, 'bench'),
    async (ctx) => {
      const { entries, blocks, problems } = await verify(ctx)
      return { entries, blocks, problems: [...problems, ...(await differences(ctx))] }
    },
    true,
  )
}

async function differences(ctx: Ctx): Promise<string[]> {
  const { rows } = await sql<Record<string, bigint>>`
    with owed as (
      select loan_id as id, sum(principal_due - principal_paid - principal_waived) as principal, sum(interest_due - interest_paid - interest_waived) as interest,
             sum(fee_due - fee_paid - fee_waived) as fee, sum(penalty_due - penalty_paid - penalty_waived) as penalty,
             sum(principal_paid + interest_paid + fee_paid + penalty_paid) as paid
        from instalments where org_id = ${ctx.org.id} and loan_id in (select id from loans where org_id = ${ctx.org.id} and disbursed_on is not null) group by loan_id
    ), booked as (
      select owner as id, sum(debits - credits) filter (where account = ${LOAN_PRINCIPAL}) as principal,
             sum(debits - credits) filter (where account = ${INTEREST_RECEIVABLE}) as interest,
             sum(debits - credits) filter (where account = ${FEE_RECEIVABLE}) as fee,
             sum(debits - credits) filter (where account = ${PENALTY_RECEIVABLE}) as penalty
        from ledger_balances
       where org_id = ${ctx.org.id} and account in (${LOAN_PRINCIPAL}, ${INTEREST_RECEIVABLE}, ${FEE_RECEIVABLE}, ${PENALTY_RECEIVABLE}) group by owner
    ), repaid as (
      select t.loan_id as id, sum(amount - overpayment) as paid
        from loan_transactions t
       where t.org_id = ${ctx.org.id} and t.kind = 'repayment'
         and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id)
       group by t.loan_id
    ), received as (
      select p.id, p.amount, p.entry_id, p.reference, (select sum(t.amount) from loan_transactions t where t.org_id = p.org_id and t.payment_id = p.id) as repaid
        from payments p where p.org_id = ${ctx.org.id} and p.status = 'applied'
    )
    select (select count(*) from owed o full join booked b using (id)
             where coalesce(o.principal, 0) <> coalesce(b.principal, 0) or coalesce(o.interest, 0) <> coalesce(b.interest, 0)
                or coalesce(o.fee, 0) <> coalesce(b.fee, 0) or coalesce(o.penalty, 0) <> coalesce(b.penalty, 0)) as "loans whose schedule and balances differ",
           (select count(*) from owed o left join repaid r using (id) where o.paid <> coalesce(r.paid, 0)) as "loans whose schedule and history differ",
           (select count(*) from received where repaid is distinct from amount) as "payments that are not the sum of their repayments",
           (select count(*) from received r left join journal_entries e on e.org_id = ${ctx.org.id} and e.id = r.entry_id
             where e.reference is distinct from r.reference) as "payments without their journal entry",
           (select coalesce(sum(amount), 0)::bigint from payments where org_id = ${ctx.org.id} and status = 'suspense')
             + (select coalesce(sum(debits - credits), 0)::bigint from ledger_balances where org_id = ${ctx.org.id} and account = ${SUSPENSE}) as "cents between suspense and its payments"
  `.execute(ctx.tx)
  return Object.entries(rows[0]!).flatMap(([what, count]) => (count === 0n ? [] : [`${count} ${what}`]))
}
