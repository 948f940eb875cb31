/** What the actor's scope covers, as conditions of a statement: no extra query, whatever the depth of a team or the number of branches. */
import { type RawBuilder, sql } from 'kysely'
import { type Extent, type Purpose, reachesEveryLoan } from '#domain/access.ts'
import type { Ctx } from '#platform/context.ts'

export type Reaching = Pick<Ctx, 'org' | 'scope'>

const TRUE = sql<boolean>`true`
const FALSE = sql<boolean>`false`

/** The user who asks; 0, which is nobody's id, for those who are no user here. */
const me = ({ scope }: Reaching): number => scope.userId ?? 0

/** The user who asks and everybody below them, however deep; a circle of managers ends by itself. */
const team = (ctx: Reaching): RawBuilder<unknown> => sql`(
  with recursive below (id) as (
    select ${me(ctx)}::integer
     union
    select u.id from users u join below b on u.manager_id = b.id where u.org_id = ${ctx.org.id}
  ) select id from below)`

/** Whether a user (a column) is the one who asks, or below them, as far as the extent goes. */
export function isColleague(ctx: Reaching, extent: Extent, user: RawBuilder<unknown>): RawBuilder<boolean> {
  if (extent === 'all') return TRUE
  if (extent === 'team') return sql<boolean>`coalesce(${user} in ${team(ctx)}, false)`
  return extent === 'own' ? isMe(ctx, user) : FALSE
}

/** Whether a user (a column) is the one who asks. */
export const isMe = (ctx: Reaching, user: RawBuilder<unknown>): RawBuilder<boolean> =>
  sql<boolean>`coalesce(${user} = ${me(ctx)}, false)`

/** Columns of a customer: of their record, and of their file in collections work. */
export interface CustomerColumns {
  readonly id: RawBuilder<unknown>
  readonly createdBy: RawBuilder<unknown>
  readonly assignedTo: RawBuilder<unknown>
}

/** Of `customers c` and `collection_customers f`. */
const CUSTOMER: CustomerColumns = { id: sql`c.id`, createdBy: sql`c.created_by`, assignedTo: sql`f.assigned_to` }

/** Whether a customer whose record and file the statement reads is within reach. */
export function isWithin(ctx: Reaching, to: Purpose, customer: CustomerColumns = CUSTOMER): RawBuilder<boolean> {
  const extent = ctx.scope[to]
  if (extent === 'all') return TRUE
  if (extent === 'none') return FALSE
  if (extent === 'self') return isSelf(ctx, customer.id)
  return sql<boolean>`(${isColleague(ctx, extent, customer.assignedTo)} or ${isMe(ctx, customer.createdBy)})`
}

const isSelf = ({ org, scope }: Reaching, customerId: RawBuilder<unknown>): RawBuilder<boolean> =>
  scope.customerId === null
    ? sql<boolean>`${customerId} in (select id from customers where org_id = ${org.id} and user_id = ${scope.userId ?? 0})`
    : sql<boolean>`${customerId} = ${scope.customerId}`

/** Whether a customer (a column of their id) is within reach. */
function reachesCustomer(ctx: Reaching, to: Purpose, customerId: RawBuilder<unknown>): RawBuilder<boolean> {
  const extent = ctx.scope[to]
  if (extent === 'all') return TRUE
  if (extent === 'none') return FALSE
  if (extent === 'self') return isSelf(ctx, customerId)
  // Names of their own: the column that is asked about may be called `c.id`.
  const known = { id: customerId, createdBy: sql`known.created_by`, assignedTo: sql`file.assigned_to` }
  return sql<boolean>`exists (
    select from customers known left join collection_customers file on file.org_id = known.org_id and file.customer_id = known.id
     where known.org_id = ${ctx.org.id} and known.id = ${customerId} and ${isWithin(ctx, to, known)})`
}

/** Columns of a loan, by whatever table has them. */
export interface LoanColumns {
  readonly id: RawBuilder<unknown>
  readonly customerId: RawBuilder<unknown>
  /** Where the statement reads the loan itself; else it is looked up. */
  readonly branch?: RawBuilder<unknown>
}

/** Of `loans l`. */
export const LOAN: LoanColumns = { id: sql`l.id`, customerId: sql`l.customer_id`, branch: sql`l.branch_number` }

/** Whether a loan is within reach: of a branch and of a customer within it; whoever entered a loan may go on working on it. */
export function reachesLoan(ctx: Reaching, to: Purpose, loan: LoanColumns): RawBuilder<boolean> {
  const atBranch = isAtBranch(ctx, loan)
  if (ctx.scope[to] === 'all') return atBranch
  if (ctx.scope[to] === 'none') return FALSE
  const ofCustomer = reachesCustomer(ctx, to, loan.customerId)
  return sql<boolean>`(${atBranch} and (${ofCustomer} or ${isEnteredByColleague(ctx, to, loan.id)}))`
}

/** Whether a loan is of the branch that the actor works for; one that is on file and does not run yet is of whoever entered it. */
export function isAtBranch(ctx: Reaching, { id, branch }: LoanColumns): RawBuilder<boolean> {
  const { org, scope } = ctx
  if (scope.branch === null) return TRUE
  if (branch !== undefined) return sql<boolean>`coalesce(${branch} = ${scope.branch}, false)`
  return sql<boolean>`(
    exists (select from loans placed where placed.org_id = ${org.id} and placed.id = ${id} and placed.branch_number = ${scope.branch})
    or exists (select from collection_loans filed where filed.org_id = ${org.id} and filed.loan_id = ${id} and ${isMe(ctx, sql`filed.created_by`)}))`
}

function isEnteredByColleague(ctx: Reaching, to: Purpose, loanId: RawBuilder<unknown>): RawBuilder<boolean> {
  const extent = ctx.scope[to]
  if (extent === 'self') return FALSE
  const by = (user: RawBuilder<unknown>) => (to === 'read' ? isColleague(ctx, extent, user) : isMe(ctx, user))
  return sql<boolean>`(
    exists (select from collection_loans entered where entered.org_id = ${ctx.org.id} and entered.loan_id = ${loanId} and ${by(sql`entered.created_by`)})
    or exists (select from loans entered where entered.org_id = ${ctx.org.id} and entered.id = ${loanId} and ${by(sql`entered.applied_by`)}))`
}

/** Of `payments`. */
const PAYMENT_ID = sql`payments.id`

/**
 * Whether a payment (a column of its id) is within reach: paid, or said to be paid, on a loan within it. Money that is on no
 * loan is for those who see every loan.
 */
export function reachesPayment(ctx: Reaching, to: Purpose, id: RawBuilder<unknown> = PAYMENT_ID): RawBuilder<boolean> {
  if (reachesEveryLoan(ctx.scope, to)) return TRUE
  // A claim keeps the number of a record that went into another since.
  const claimant = sql`(select coalesce(merged_into, id) from customers where org_id = claim.org_id and id = claim.customer_id)`
  const claimed = { id: sql`claim.loan_id`, customerId: claimant }
  const paid = { id: sql`loan.id`, customerId: sql`loan.customer_id`, branch: sql`loan.branch_number` }
  return sql<boolean>`(
    exists (select from payment_claims claim
             where claim.org_id = ${ctx.org.id} and claim.payment_id = ${id} and ${reachesLoan(ctx, to, claimed)})
    or exists (select from loan_transactions paying join loans loan on loan.org_id = paying.org_id and loan.id = paying.loan_id
                where paying.org_id = ${ctx.org.id} and paying.payment_id = ${id} and ${reachesLoan(ctx, to, paid)}))`
}
