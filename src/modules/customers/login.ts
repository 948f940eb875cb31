/** Logins for customers who were taken on without one. */
import { refuse } from '#domain/refusal.ts'
import { requireUndisputedContact } from '#modules/customers/contact.ts'
import { linkUser } from '#modules/customers/login-store.ts'
import { lockCustomer } from '#modules/customers/store.ts'
import { endAllSessions, registerUser, welcome } from '#modules/identity/identity.ts'
import type { Ctx } from '#platform/context.ts'
import { randomToken } from '#platform/security/crypto.ts'
import { emit } from '#platform/events/events.ts'

/** The customer's login, for one who proves himself otherwise than by a password; one that nobody knows the password of is made where there is none. Refuses customer_not_found. */
export async function loginFor(ctx: Ctx, customerId: number): Promise<number> {
  const customer = (await lockCustomer(ctx, customerId)) ?? refuse('customer_not_found')
  if (customer.userId !== null) return customer.userId
  const user = { username: `customer-${customerId}`, name: customer.fullName, password: randomToken() }
  const userId = await registerUser(ctx, { ...user, roles: ['customer'] })
  await linkUser(ctx, customerId, userId)
  return userId
}

/**
 * Staff give a customer a login under an e-mail address. Its temporary password goes to the phone that counts and to nobody
 * else, so a claim of staff alone opens nothing. Refuses customer_not_found, profile_exists (they have a login), phone_missing,
 * email_taken, contact_changed_lately while a change of phone or e-mail waits to be confirmed, and for a day after it.
 */
export async function giveLogin(ctx: Ctx, customerId: number, email: string): Promise<number> {
  const customer = (await lockCustomer(ctx, customerId)) ?? refuse('customer_not_found')
  if (customer.userId !== null) refuse('profile_exists')
  requireUndisputedContact(ctx, customer)
  const phone = customer.phone ?? refuse('phone_missing')
  const userId = await welcome(ctx, { name: customer.fullName, email, phone })
  await linkUser(ctx, customerId, userId)
  const data = { customer_id: customerId, changed: ['userId'], user_id: userId }
  emit(ctx, 'customer.updated', data)
  return userId
}

/**
 * Ends every session of a customer, of every contract, and no pushes go to their phones until they log in again. Answers from
 * when on tokens count. Refuses customer_not_found.
 */
export async function endCustomerSessions(ctx: Ctx, customerId: number, reason: string): Promise<Date> {
  const customer = (await lockCustomer(ctx, customerId)) ?? refuse('customer_not_found', { customerId })
  if (customer.userId !== null) await endAllSessions(ctx, customer.userId)
  const data = { customer_id: customerId, user_id: customer.userId, reason }
  emit(ctx, 'customer.sessions_ended', data)
  return ctx.now
}
