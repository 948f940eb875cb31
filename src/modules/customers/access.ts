/** Whose record it is, and who speaks for the organisation about it. */
import { opensCustomer } from '#domain/access.ts'
import { permits } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import type { Ctx } from '#platform/context.ts'
import type { Customer } from '#modules/customers/views.ts'

/** Whether the actor works for the organisation (or is the system itself). */
export function isStaff({ actor }: Pick<Ctx, 'actor'>): boolean {
  if (actor.kind === 'system') return true
  return (actor.kind === 'user' || actor.kind === 'operator') && permits(actor.roles, 'customer.list')
}

/** The customer, if the actor reaches them. Refuses customer_not_found, not_yours. */
export function requireAccess({ scope }: Pick<Ctx, 'scope'>, customer: Customer | null): Customer {
  if (!customer) refuse('customer_not_found')
  return opensCustomer(scope, customer) ? customer : refuse('not_yours', { customerId: customer.id })
}
