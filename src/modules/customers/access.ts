/** Whose record it is: staff may act on any customer, a customer's own login on himself only. */
import { permits } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import type { Ctx } from '#platform/context.ts'
import type { Customer } from '#modules/customers/views.ts'

/** Whether the actor works for the organisation (or is the system itself). */
export function isStaff({ actor }: Pick<Ctx, 'actor'>): boolean {
  if (actor.kind === 'system') return true
  return (actor.kind === 'user' || actor.kind === 'operator') && permits(actor.roles, 'customer.list')
}

/** Lets staff and the customer himself through. Refuses customer_not_found, not_yours. */
export function requireAccess(ctx: Pick<Ctx, 'actor'>, customer: Customer | null): Customer {
  if (!customer) refuse('customer_not_found')
  const { actor } = ctx
  const own = actor.kind === 'user' && customer.userId === actor.id
  return own || isStaff(ctx) ? customer : refuse('not_yours', { customerId: customer.id })
}
