/** A login for a customer who proves himself otherwise than by a password. */
import { refuse } from '#domain/refusal.ts'
import { lockCustomer } from '#modules/customers/store.ts'
import { linkUser } from '#modules/customers/login-store.ts'
import { registerUser } from '#modules/identity/identity.ts'
import type { Ctx } from '#platform/context.ts'
import { randomToken } from '#platform/crypto.ts'

/** The customer's login; one that nobody knows the password of is made where there is none. Refuses customer_not_found. */
export async function loginFor(ctx: Ctx, customerId: number): Promise<number> {
  const customer = (await lockCustomer(ctx, customerId)) ?? refuse('customer_not_found')
  if (customer.userId !== null) return customer.userId
  const user = { username: `customer-${customerId}`, name: customer.fullName, password: randomToken() }
  const userId = await registerUser(ctx, { ...user, roles: ['customer'] })
  await linkUser(ctx, customerId, userId)
  return userId
}
