/** Customers taken on by whoever works for the lender, many at once, with a phone or without. */
import { refuse } from '#domain/refusal.ts'
import { askForContact, mustBeConfirmed } from '#modules/customers/contact.ts'
import { clearPhone, type Enrolled, insertEnrolled, takenPhones } from '#modules/customers/enrolment-store.ts'
import * as store from '#modules/customers/store.ts'
import { discardFiles } from '#modules/files/files.ts'
import { attempt, type Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { sqlState } from '#platform/database/db.ts'
import { emit } from '#platform/events/events.ts'

/**
 * Takes customers on in their order and answers the number of the first. A phone that is another customer's already, or an
 * earlier one's of the same batch, is left out of the record: payments from it stay the other's.
 */
export async function enrolCustomers(ctx: Ctx, customers: readonly Enrolled[]): Promise<number> {
  const seen = new Set(
    await takenPhones(
      ctx,
      customers.flatMap(({ phone }) => phone ?? []),
    ),
  )
  const rows = customers.map((customer) => {
    const isFree = customer.phone !== null && !seen.has(customer.phone)
    if (isFree) seen.add(customer.phone!)
    return isFree ? customer : { ...customer, phone: null }
  })
  const first = await takeNumbers(ctx, 'customer', rows.length)
  await insertEnrolled(ctx, first, rows)
  for (let id = first; id < first + rows.length; id++) {
    emit(ctx, 'customer.created', { customer_id: id, user_id: null })
  }
  return first
}

/** What is changed of an enrolled customer; a phone or e-mail that is left out stays. */
export type EnrolledChange = Omit<Enrolled, 'phone' | 'email'> & Partial<Pick<Enrolled, 'phone' | 'email'>>

/**
 * Changes an enrolled customer's record. Another phone or e-mail counts when it is confirmed (contact.ts); a phone that is
 * another customer's is left out. Refuses customer_not_found, not_permitted, too_many_attempts.
 */
export async function changeEnrolled(ctx: Ctx, id: number, { phone, email, ...rest }: EnrolledChange): Promise<void> {
  const was = (await store.lockCustomer(ctx, id)) ?? refuse('customer_not_found')
  const isOthers = phone != null && phone !== was.phone && (await takenPhones(ctx, [phone])).has(phone)
  const renewed = { ...(phone !== undefined && !isOthers && { phone }), ...(email !== undefined && { email }) }
  const atOnce = mustBeConfirmed(ctx) ? {} : renewed
  await store.writeCustomer(ctx, id, { ...was, ...rest, ...atOnce })
  if (mustBeConfirmed(ctx)) await askForContact(ctx, was, renewed)
  const now = { ...rest, ...renewed }
  const changed = (Object.keys(now) as (keyof typeof now)[]).filter((field) => was[field] !== now[field])
  if (changed.length === 0) return
  emit(ctx, 'customer.updated', { customer_id: id, changed })
}

/** Erases a customer for whom nothing is kept; where loans or accounts are, the record stays and only its phone is freed. */
export async function dropCustomer(ctx: Ctx, id: number): Promise<'erased' | 'kept'> {
  const customer = (await store.lockCustomer(ctx, id)) ?? refuse('customer_not_found')
  const erased = await attempt(ctx, () => store.deleteCustomer(ctx, id)).then(
    () => true,
    (error: unknown) => {
      if (sqlState(error) === '23503') return false
      throw error
    },
  )
  if (!erased) {
    await clearPhone(ctx, id)
    return 'kept'
  }
  await discardFiles(
    ctx,
    customer.documents.flatMap(({ fileId }) => fileId ?? []),
  )
  emit(ctx, 'customer.deleted', { customer_id: id })
  return 'erased'
}
