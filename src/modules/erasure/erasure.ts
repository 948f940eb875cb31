/** An erasure request by law: what is personal of a customer goes for good, by two people; ids, money and the books stay. */
import { z } from 'zod'
import { patternOf } from '#domain/erasure.ts'
import { refuse } from '#domain/refusal.ts'
import { type Approvable, supersede } from '#modules/approvals/approvals.ts'
import { CHANGE_EMAIL, CHANGE_PHONE } from '#modules/customers/customers.ts'
import * as store from '#modules/erasure/store.ts'
import { discardFiles } from '#modules/files/files.ts'
import { changeAccess } from '#modules/identity/identity.ts'
import { userById } from '#modules/identity/views.ts'
import { changeAccountStatus } from '#modules/savings/savings.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

export interface Erasing {
  readonly customerId: number
}

/**
 * The step that two people take. Refuses customer_not_found (also for a record that went into another), own_request to the
 * customer, customer_not_erasable while anything is not finished or money is theirs or owed by them, and where they work here;
 * savings_account_not_empty while interest is to come. A customer who was erased before stays as they are.
 */
export const ERASE_CUSTOMER: Approvable<Erasing> = {
  kind: 'customer.erase',
  permission: 'customer.erase',
  permissionToAsk: 'customer.ask_erasure',
  asked: z.object({ customerId: z.int() }),
  subject: ({ customerId }) => `customer:${customerId}`,
  async carryOut(ctx, { customerId }) {
    await erase(ctx, customerId)
    return { customer_id: customerId }
  },
}

async function erase(ctx: Ctx, customerId: number): Promise<void> {
  // Requests are locked before customers.
  for (const id of await store.recordsOf(ctx, customerId)) {
    for (const { kind } of [CHANGE_PHONE, CHANGE_EMAIL]) await supersede(ctx, kind, `customer:${id}`)
  }
  const records = await store.lockPerson(ctx, customerId)
  const record = records.find(({ id }) => id === customerId)
  if (!record || record.mergedInto !== null) refuse('customer_not_found')
  if (record.erasedAt !== null) return
  const person = await personOf(ctx, records)
  const known = await store.knownOf(ctx, person)
  const why = await store.unfinished(ctx, person, known.phones)
  if (why !== null) refuse('customer_not_erasable', { why })
  for (const account of await store.openAccounts(ctx, person)) await changeAccountStatus(ctx, account, 'closed')
  for (const userId of person.users) await shutOut(ctx, userId)
  const files = await store.filesOf(ctx, person)
  await store.eraseOwnRows({ ctx, person, files })
  await discardFiles(ctx, files)
  await store.eraseMessagesTo(ctx, known.addresses)
  const pattern = patternOf(known)
  if (pattern !== null) await store.eraseMentions(ctx, pattern)
  const data = { customer_id: customerId, user_id: record.userId }
  emit(ctx, 'customer.erased', data)
}

/** The person behind the records. Refuses own_request to them, customer_not_erasable where they work here. */
async function personOf(ctx: Ctx, records: readonly store.RecordOfPerson[]): Promise<store.Person> {
  const customers = records.map(({ id }) => id)
  const logins = records.flatMap(({ userId }) => userId ?? [])
  const users = [...new Set([...logins, ...(await store.closedLogins(ctx, customers))])].sort((a, b) => a - b)
  if (ctx.actor.kind === 'user' && users.includes(ctx.actor.id)) refuse('own_request')
  for (const id of users) {
    const user = await userById(ctx, id)
    if (user?.roles.some((role) => role !== 'customer')) {
      refuse('customer_not_erasable', { why: 'they work here by their login' })
    }
  }
  return { customers, users }
}

async function shutOut(ctx: Ctx, userId: number): Promise<void> {
  const user = await userById(ctx, userId)
  if (user?.status === 'active') await changeAccess(ctx, userId, { status: 'disabled', reason: 'erased' })
}
