/** Collection work: whose customers they are, what was tried, what was promised. The door to the module. */
import { contactHoursOf, isWithin, timeIn } from '#domain/collections/contact-hours.ts'
import { refuse } from '#domain/refusal.ts'
import { assignCustomers, getCustomer } from '#modules/collections/customers.ts'
import { customerReached } from '#modules/collections/customer-views.ts'
import { loanReached } from '#modules/collections/loan-views.ts'
import { type CollectionLoan, loansAfter } from '#modules/collections/views.ts'
import { customersToAssign, type WorkFilter } from '#modules/collections/worklist-views.ts'
import type { Ctx } from '#platform/context.ts'

export {
  changeCustomer,
  createCustomer,
  createCustomers,
  type CustomerPatch,
  getCustomer,
  type NewCollectionCustomer,
  removeCustomer,
  setDoNotCall,
} from '#modules/collections/customers.ts'
export {
  changeInteraction,
  getInteraction,
  type InteractionPatch,
  loanWithin,
  putDisposition,
  recordInteraction,
  recordInteractions,
  removeInteraction,
  revisionsWithin,
} from '#modules/collections/interactions.ts'
export { changeLoan, createLoan, type LoanFile, removeLoan } from '#modules/collections/loans.ts'
export { judgePromises, makePromise, withdrawPromise } from '#modules/collections/promises.ts'

const MOST_ASSIGNED = 5_000

export interface BulkAssignment {
  readonly filter: WorkFilter
  readonly toUser: number
  readonly reason: string | null
  /** At most so many customers: a cap on one person's load. */
  readonly limit?: number | undefined
}

/**
 * Hands over the customers that a bucket, an area or a product chooses, latest due first; of each the history is kept.
 * Answers how many changed hands. Refuses user_not_found, not_permitted.
 */
export async function assignInBulk(
  ctx: Ctx,
  { filter, toUser, reason, limit = MOST_ASSIGNED }: BulkAssignment,
): Promise<number> {
  const customerIds = await customersToAssign(ctx, filter, Math.min(limit, MOST_ASSIGNED))
  return assignCustomers(ctx, { customerIds, toUser, reason })
}

export interface ContactAdvice {
  readonly allowed: boolean
  readonly reason: 'outside_hours' | 'do_not_call' | null
  readonly hours: { readonly from: string; readonly to: string }
}

/** Whether a customer may be contacted at an instant. Refuses customer_not_found, not_yours. */
export async function contactAdvice(
  ctx: Ctx,
  customerId: number,
  by: { readonly channel: 'field' | 'calling'; readonly at: Date },
): Promise<ContactAdvice> {
  const customer = await getCustomer(ctx, customerId)
  const hours = contactHoursOf(ctx.org)
  const silent = customer.doNotCall && by.channel === 'calling'
  const reason = silent ? 'do_not_call' : isWithin(hours, timeIn(ctx.org.timeZone, by.at)) ? null : 'outside_hours'
  return { allowed: reason === null, reason, hours }
}

/** One loan, of any team. Refuses loan_not_found, also for one at another branch. */
export async function getLoan(ctx: Ctx, id: number): Promise<CollectionLoan> {
  return (await loanReached(ctx, id)) ?? refuse('loan_not_found')
}

/** The loans of a customer. Refuses customer_not_found. */
export async function loansOfCustomer(ctx: Ctx, customerId: number, limit: number): Promise<CollectionLoan[]> {
  const loans = await loansAfter(ctx, { after: 0, limit, customerId })
  if (loans.length === 0 && !(await customerReached(ctx, customerId))) refuse('customer_not_found')
  return loans
}
