/** Owns: collection_customers, customer_assignments, collection_loans. The customer is locked before his loans, a loan before its promises. */
import { sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import { codeOfNumber } from '#modules/collections/customer-views.ts'
import { actorLabel, type Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'

/** What stands beside the customer's own record. */
export interface CustomerFile {
  readonly code: string
  readonly phone: string | null
  readonly assignedTo: number | null
  readonly addressLine1: string | null
  readonly addressLine2: string | null
  readonly city: string | null
  readonly state: string | null
  readonly pincode: string | null
  readonly dateOfBirth: Day | null
}

/** One file a customer; what stood under his number is replaced. Fails on collection_customers_by_code when another took a code meanwhile. */
export async function putFiles(
  ctx: Ctx,
  files: readonly (CustomerFile & { readonly customerId: number })[],
): Promise<void> {
  await sql`
    insert into collection_customers (org_id, customer_id, code, phone, assigned_to, address_line_1, address_line_2, city, state, pincode, date_of_birth)
    select ${ctx.org.id}, f.customer_id, f.code, f.phone, f.assigned_to, f.line_1, f.line_2, f.city, f.state, f.pincode, f.born
      from unnest(
        ${files.map((f) => f.customerId)}::integer[], ${files.map((f) => f.code)}::text[], ${files.map((f) => f.phone)}::text[],
        ${files.map((f) => f.assignedTo)}::integer[], ${files.map((f) => f.addressLine1)}::text[], ${files.map((f) => f.addressLine2)}::text[],
        ${files.map((f) => f.city)}::text[], ${files.map((f) => f.state)}::text[], ${files.map((f) => f.pincode)}::text[],
        ${files.map((f) => f.dateOfBirth)}::date[]
      ) as f (customer_id, code, phone, assigned_to, line_1, line_2, city, state, pincode, born)
    on conflict (org_id, customer_id) do update
      set code = excluded.code, phone = excluded.phone, assigned_to = excluded.assigned_to, address_line_1 = excluded.address_line_1,
          address_line_2 = excluded.address_line_2, city = excluded.city, state = excluded.state, pincode = excluded.pincode,
          date_of_birth = excluded.date_of_birth`.execute(ctx.tx)
}

export async function markRemoved(ctx: Ctx, customerId: number): Promise<void> {
  await sql`
    update collection_customers set removed_at = ${ctx.now}, assigned_to = null
     where org_id = ${ctx.org.id} and customer_id = ${customerId}`.execute(ctx.tx)
}

export async function writeDoNotCall(ctx: Ctx, customerId: number, is: boolean, reason: string | null): Promise<void> {
  await sql`
    update collection_customers set do_not_call = ${is}, do_not_call_reason = ${reason}
     where org_id = ${ctx.org.id} and customer_id = ${customerId}`.execute(ctx.tx)
}

export interface Assignment {
  readonly customerId: number
  readonly fromUser: number | null
  readonly toUser: number | null
}

/** Appends to the history of who looks after whom. */
export async function insertAssignments(
  ctx: Ctx,
  assignments: readonly Assignment[],
  reason: string | null,
): Promise<void> {
  if (assignments.length === 0) return
  const first = await takeNumbers(ctx, 'customer_assignment', assignments.length)
  await sql`
    insert into customer_assignments (org_id, id, customer_id, from_user, to_user, reason, actor, at)
    select ${ctx.org.id}, ${first} + a.n::integer - 1, a.customer_id, a.from_user, a.to_user, ${reason}, ${actorLabel(ctx.actor)}, ${ctx.now}
      from unnest(
        ${assignments.map((a) => a.customerId)}::integer[], ${assignments.map((a) => a.fromUser)}::integer[],
        ${assignments.map((a) => a.toUser)}::integer[]
      ) with ordinality as a (customer_id, from_user, to_user, n)`.execute(ctx.tx)
}

/** Begins a file for each of the customers who has none: those who came by another way than collections. */
export async function openFiles(ctx: Ctx, customerIds: readonly number[]): Promise<void> {
  await sql`
    insert into collection_customers (org_id, customer_id, code)
    select ${ctx.org.id}, k.id, ${codeOfNumber(sql`k.id`)} from unnest(${customerIds}::integer[]) as k (id)
    on conflict do nothing`.execute(ctx.tx)
}

/** Hands customers with a file to a user and answers who looked after them before; those he has already are left out. */
export async function reassign(ctx: Ctx, customerIds: readonly number[], toUser: number): Promise<Assignment[]> {
  const { rows } = await sql<Assignment>`
    with before as (
      select customer_id, assigned_to from collection_customers
       where org_id = ${ctx.org.id} and customer_id = any(${customerIds}::integer[]) and removed_at is null
         and assigned_to is distinct from ${toUser}::integer
       order by customer_id for update
    )
    update collection_customers f set assigned_to = ${toUser} from before b
     where f.org_id = ${ctx.org.id} and f.customer_id = b.customer_id
    returning f.customer_id as "customerId", b.assigned_to as "fromUser", f.assigned_to as "toUser"`.execute(ctx.tx)
  return rows.toSorted((a, b) => a.customerId - b.customerId)
}

/** The loan as it was handed over; the core has the same under the same id once its terms are complete. */
export interface LoanFile {
  readonly customerId: number
  readonly accountNo: string
  readonly principal: bigint | null
  /** Percent a year, exact decimal. */
  readonly ratePercent: string | null
  readonly tenureMonths: number | null
  readonly loanDate: Day | null
  readonly loanType: string | null
}

/** Fails on collection_loans_by_account_no when the number is another loan's. */
export async function insertLoanFile(ctx: Ctx, id: number, loan: LoanFile): Promise<void> {
  const by = ctx.actor.kind === 'user' ? ctx.actor.id : null
  await sql`
    insert into collection_loans (org_id, loan_id, customer_id, account_no, principal, rate_percent, tenure_months, loan_date, loan_type, created_by, created_at)
    values (${ctx.org.id}, ${id}, ${loan.customerId}, ${loan.accountNo}, ${loan.principal}, ${loan.ratePercent}, ${loan.tenureMonths},
            ${loan.loanDate}, ${loan.loanType}, ${by}, ${ctx.now})`.execute(ctx.tx)
}

export async function writeLoanFile(ctx: Ctx, id: number, loan: LoanFile): Promise<void> {
  await sql`
    update collection_loans set customer_id = ${loan.customerId}, account_no = ${loan.accountNo}, principal = ${loan.principal},
           rate_percent = ${loan.ratePercent}, tenure_months = ${loan.tenureMonths}, loan_date = ${loan.loanDate}, loan_type = ${loan.loanType}
     where org_id = ${ctx.org.id} and loan_id = ${id}`.execute(ctx.tx)
}

export async function markLoanRemoved(ctx: Ctx, id: number): Promise<void> {
  await sql`update collection_loans set removed_at = ${ctx.now} where org_id = ${ctx.org.id} and loan_id = ${id}`.execute(
    ctx.tx,
  )
}

/** The file, locked until the transaction ends; null for a loan that has none. */
export async function lockLoanFile(ctx: Ctx, id: number): Promise<LoanFile | null> {
  const { rows } = await sql<LoanFile>`
    select customer_id as "customerId", account_no as "accountNo", principal, rate_percent as "ratePercent", tenure_months as "tenureMonths",
           loan_date as "loanDate", loan_type as "loanType"
      from collection_loans where org_id = ${ctx.org.id} and loan_id = ${id} and removed_at is null for update`.execute(
    ctx.tx,
  )
  return rows[0] ?? null
}

/** The loans of a customer that were handed over and not taken out since. */
export async function loanIdsOf(ctx: Ctx, customerId: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select loan_id as id from collection_loans
     where org_id = ${ctx.org.id} and customer_id = ${customerId} and removed_at is null order by loan_id`.execute(
    ctx.tx,
  )
  return rows.map((row) => row.id)
}
