/** Customers in collection work: taken on one by one or by the thousand, changed, assigned, taken out. */
import { randomBytes } from 'node:crypto'
import { refuse, type RefusalCode } from '#domain/refusal.ts'
import {
  assignable,
  type CollectionCustomer,
  customerReached,
  maySend,
  type Reached,
  takenCodes,
} from '#modules/collections/customer-views.ts'
import { removeLoan } from '#modules/collections/loans.ts'
import * as store from '#modules/collections/store.ts'
import {
  changeEnrolled,
  dropCustomer,
  enrolCustomers,
  type Enrolled,
  lockCustomers,
} from '#modules/customers/customers.ts'
import { attempt, type Ctx } from '#platform/context.ts'
import { violatedKey } from '#platform/database/db.ts'
import { emit } from '#platform/events/events.ts'
import { normalisePhone } from '#platform/phone.ts'

export interface NewCollectionCustomer extends Omit<store.CustomerFile, 'code'> {
  /** Null: one is made. */
  readonly code: string | null
  readonly name: string
  readonly email: string | null
}

export type CustomerPatch = Partial<NewCollectionCustomer>

/** What became of one of many: his number, or why he was not taken on. */
export type Taken =
  | { readonly id: number }
  | { readonly refused: Extract<RefusalCode, 'customer_code_taken' | 'user_not_found'> }

/**
 * Takes a customer on. Without an assignee he is looked after by whoever enters him. Refuses customer_code_taken,
 * user_not_found (the assignee).
 */
export async function createCustomer(ctx: Ctx, given: NewCollectionCustomer): Promise<number> {
  const [outcome] = await againIfRaced(() => attempt(ctx, () => createCustomers(ctx, [given])))
  return 'id' in outcome! ? outcome.id : refuse(outcome!.refused)
}

const TRIES = 3

/** Another may take the code or the phone at the same moment; the next try sees that it is taken. */
async function againIfRaced<T>(work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await work()
    } catch (error) {
      if (violatedKey(error) === null || tried >= TRIES) throw error
    }
  }
}

/**
 * Takes many customers on in a handful of statements; one that is refused does not keep the others out. Of a code that comes
 * twice the first counts, so the same list twice creates nothing twice. Runs alone in its transaction: when another takes a
 * code or a phone at the same moment it fails on the key, and can be run again.
 */
export async function createCustomers(ctx: Ctx, given: readonly NewCollectionCustomer[]): Promise<Taken[]> {
  const codes = await codesFor(ctx, given)
  const assignees = [...new Set(given.flatMap(({ assignedTo }) => assignedTo ?? []))]
  const known = assignees.length > 0 ? await assignable(ctx, assignees) : new Set<number>()
  const refusals = given.map(({ assignedTo }, n) => {
    if (codes[n] === null) return 'customer_code_taken' as const
    return assignedTo !== null && !known.has(assignedTo) ? ('user_not_found' as const) : null
  })
  const rows = given.flatMap((customer, n) => (refusals[n] ? [] : [{ ...customer, code: codes[n]! }]))
  let next =
    rows.length > 0
      ? await enrolCustomers(
          ctx,
          rows.map((row) => enrolled(ctx, row)),
        )
      : 0
  const files = rows.map((row, n) => ({
    ...row,
    customerId: next + n,
    assignedTo: row.assignedTo ?? ctx.scope.userId,
  }))
  if (files.length > 0) await store.putFiles(ctx, files)
  const assigned = files.filter(({ assignedTo }) => assignedTo !== null)
  await store.insertAssignments(
    ctx,
    assigned.map(({ customerId, assignedTo }) => ({ customerId, fromUser: null, toUser: assignedTo })),
    null,
  )
  return refusals.map((refused) => (refused ? { refused } : { id: next++ }))
}

/** A code for each, null where the one given is taken or came before in the same list. */
async function codesFor(ctx: Ctx, given: readonly NewCollectionCustomer[]): Promise<(string | null)[]> {
  const wanted = given.map(({ code }) => code ?? newCode())
  const seen = new Set(await takenCodes(ctx, wanted))
  return wanted.map((code, n) => {
    let free = code
    while (given[n]!.code === null && seen.has(free)) free = newCode()
    if (seen.has(free)) return null
    seen.add(free)
    return free
  })
}

/** Eight digits and letters from 0 to F. */
const newCode = (): string => randomBytes(4).toString('hex').toUpperCase()

function enrolled(
  ctx: Ctx,
  { name, phone, email, city }: Pick<NewCollectionCustomer, 'name' | 'phone' | 'email' | 'city'>,
): Enrolled {
  return {
    fullName: name,
    phone: phone === null ? null : normalisePhone(phone, ctx.org.country),
    email,
    location: city,
  }
}

/** A customer within the actor's reach. Refuses customer_not_found, not_yours. */
export async function getCustomer(ctx: Ctx, id: number): Promise<CollectionCustomer> {
  const customer = (await customerReached(ctx, id)) ?? refuse('customer_not_found')
  return customer.mayRead ? customer : refuse('not_yours', { customerId: id })
}

/** Locked before he is read, so that of two who change different things neither undoes the other's. */
async function writable(ctx: Ctx, id: number): Promise<CollectionCustomer & Reached> {
  await lockCustomers(ctx, [id])
  const customer = (await customerReached(ctx, id)) ?? refuse('customer_not_found')
  return customer.mayWrite ? customer : refuse('not_yours', { customerId: id })
}

/** Changes what is known of a customer. Refuses customer_not_found, not_yours, customer_code_taken, user_not_found. */
export async function changeCustomer(ctx: Ctx, id: number, patch: CustomerPatch): Promise<CollectionCustomer> {
  const was = await writable(ctx, id)
  const is = { ...was, ...patch, code: patch.code ?? was.code }
  if (is.assignedTo !== was.assignedTo && is.assignedTo !== null) await requireAssignable(ctx, is.assignedTo)
  const { phone, email, ...rest } = enrolled(ctx, is)
  const renewed = { ...(patch.phone !== undefined && { phone }), ...(patch.email !== undefined && { email }) }
  await againIfRaced(() => attempt(ctx, () => changeEnrolled(ctx, id, { ...rest, ...renewed })))
  await store.putFiles(ctx, [{ ...is, customerId: id }]).catch((error: unknown) => {
    if (violatedKey(error) === 'collection_customers_by_code') refuse('customer_code_taken')
    throw error
  })
  if (is.assignedTo !== was.assignedTo)
    await noteAssignments(ctx, [{ customerId: id, fromUser: was.assignedTo, toUser: is.assignedTo }], null)
  return (await customerReached(ctx, id))!
}

async function requireAssignable(ctx: Ctx, userId: number): Promise<void> {
  if (!(await assignable(ctx, [userId])).has(userId)) refuse('user_not_found', { userId })
}

/**
 * Takes a customer out with his loans; what money was moved for stays in the books. Refuses customer_not_found, not_yours,
 * loan_has_repayments.
 */
export async function removeCustomer(ctx: Ctx, id: number): Promise<void> {
  const customer = await writable(ctx, id)
  for (const loanId of await store.loanIdsOf(ctx, id)) await removeLoan(ctx, loanId)
  await store.putFiles(ctx, [{ ...customer, customerId: id }])
  await store.markRemoved(ctx, id)
  await dropCustomer(ctx, id)
}

export interface Handover {
  readonly customerIds: readonly number[]
  readonly toUser: number
  readonly reason: string | null
}

/**
 * Hands customers over to a user: himself, somebody below the actor, or anybody where the actor's reach is everything.
 * Those out of reach are left where they are. Answers how many changed hands. Refuses user_not_found, not_permitted.
 */
export async function assignCustomers(ctx: Ctx, { customerIds, toUser, reason }: Handover): Promise<number> {
  await requireAssignable(ctx, toUser)
  if (!(await maySend(ctx, toUser, ctx.scope.write))) refuse('not_permitted', { userId: toUser })
  const there = await lockCustomers(ctx, customerIds)
  await store.openFiles(ctx, there)
  const moved = await store.reassign(ctx, there, toUser)
  await noteAssignments(ctx, moved, reason)
  return moved.length
}

async function noteAssignments(ctx: Ctx, moved: readonly store.Assignment[], reason: string | null): Promise<void> {
  await store.insertAssignments(ctx, moved, reason)
  for (const { customerId, fromUser, toUser } of moved) {
    const data = { customer_id: customerId, from_user: fromUser, to_user: toUser, reason }
    emit(ctx, 'customer.assigned', data)
  }
}

/** Notes that a customer may not be called, or may be again. Refuses customer_not_found, not_yours. */
export async function setDoNotCall(
  ctx: Ctx,
  id: number,
  is: { readonly doNotCall: boolean; readonly reason: string | null },
): Promise<void> {
  const customer = await writable(ctx, id)
  await store.putFiles(ctx, [{ ...customer, customerId: id }])
  await store.writeDoNotCall(ctx, id, is.doNotCall, is.reason)
  const data = { customer_id: id, do_not_call: is.doNotCall, reason: is.reason }
  emit(ctx, 'customer.do_not_call_changed', data)
}
