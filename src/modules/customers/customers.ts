/** Customers: who borrows, reachable under one phone each, with at most one login each. */
import type { EventOf } from '#domain/event.ts'
import { refuse } from '#domain/refusal.ts'
import { isStaff, requireAccess } from '#modules/customers/access.ts'
import { askForContact, changedBefore, mustBeConfirmed } from '#modules/customers/contact.ts'
import { noteDocuments } from '#modules/customers/documents.ts'
import { takenPhones } from '#modules/customers/enrolment-store.ts'
import { refusing } from '#modules/customers/refusals.ts'
import * as store from '#modules/customers/store.ts'
import {
  type Customer,
  customerById,
  customersByPhone,
  type CustomerFilter,
  customerOfUser,
  customersAfter,
} from '#modules/customers/views.ts'
import { userById } from '#modules/identity/views.ts'
import { discardFiles, tidyUp } from '#modules/files/files.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { emit } from '#platform/events/events.ts'
import { normalisePhone } from '#platform/phone.ts'

export { requireSettledContact } from '#modules/customers/contact.ts'
export { CHANGE_EMAIL, CHANGE_PHONE, type ContactChange } from '#modules/customers/contact-steps.ts'
export { confirmContact, resendContactCode } from '#modules/customers/contact-codes.ts'
export { changeEnrolled, dropCustomer, enrolCustomers } from '#modules/customers/enrolment.ts'
export type { Enrolled } from '#modules/customers/enrolment-store.ts'
export { lockCustomers } from '#modules/customers/enrolment-store.ts'
export { searchText } from '#modules/customers/search-text.ts'
export { claimIdNumber, holderOfIdNumber, ID_KIND, idNumberOf, noteIdNumber } from '#modules/customers/id-numbers.ts'
export { endCustomerSessions, giveLogin, loginFor } from '#modules/customers/login.ts'
export { openDocument, uploadDocument } from '#modules/customers/documents.ts'
export type { Customer, CustomerDocument, CustomerFilter } from '#modules/customers/views.ts'

/** Paths by type of document; null takes the document away. */
type DocumentPaths = Readonly<Record<string, string | null>>

export interface NewCustomer {
  readonly fullName: string
  /** As people write it; kept as E.164. */
  readonly phone: string
  readonly email?: string | null
  readonly businessName?: string | null
  readonly location?: string | null
  /** The customer's own login. Whoever registers himself gets his own, whatever stands here. */
  readonly userId?: number | null
  /** Paths noted by hand, without files of ours. */
  readonly documents?: DocumentPaths
  /** Whatever else is known. */
  readonly profile?: Readonly<Record<string, unknown>>
}

/** What may be changed; absent: stays. */
export type CustomerChange = Partial<Omit<NewCustomer, 'userId'>>

/**
 * Takes a customer on; a record that borrowerProfile began is completed. Refuses invalid_input (phone, lengths), phone_taken,
 * profile_exists (the login has a record), user_not_found.
 */
export async function createCustomer(ctx: Ctx, given: NewCustomer): Promise<number> {
  const { actor } = ctx
  const userId = actor.kind === 'user' && !isStaff(ctx) ? actor.id : (given.userId ?? null)
  const row = rowOf(ctx, { email: null, businessName: null, location: null, profile: {}, ...given })
  const before = userId === null ? null : await customerOfUser(ctx, userId)
  const createdBy = actor.kind === 'user' ? actor.id : userId
  const id = before ? await complete(ctx, before.id, row) : await insertNew(ctx, { ...row, userId, createdBy })
  if (given.documents) await noteDocuments(ctx, { id, documents: [] }, given.documents)
  return id
}

/**
 * Changes what is known of a customer. A phone or e-mail that staff put in place of another counts when it is confirmed
 * (contact.ts). A phone that the customer puts in place of another is doubtful: no payment is matched by it until their login
 * proves it, or staff note the same. Documents are noted by staff only; from a customer they are passed over. Refuses
 * customer_not_found, not_yours, invalid_input (phone, lengths), phone_taken, too_many_attempts.
 */
export async function updateCustomer(ctx: Ctx, id: number, change: CustomerChange): Promise<Customer> {
  const before = requireAccess(ctx, await store.lockCustomer(ctx, id))
  const { documents, ...rest } = change
  const row = await writeChange(ctx, before, rowOf(ctx, { ...before, ...rest }), change)
  const changed = (Object.keys(row) as (keyof store.CustomerRow)[]).filter((field) => differ(row[field], before[field]))
  const noted = documents !== undefined && isStaff(ctx) && (await noteDocuments(ctx, before, documents))
  if (changed.length > 0 || noted) {
    const data = { customer_id: id, changed: [...changed, ...(noted ? ['documents'] : [])] }
    emit(ctx, 'customer.updated', data)
  }
  return (await customerById(ctx, id))!
}

type Renewed = Partial<Pick<Customer, 'phone' | 'email'>>

/** What staff give of phone and e-mail, where it has to be confirmed. */
function contactToConfirm(ctx: Ctx, row: store.CustomerRow, given: CustomerChange): Renewed {
  if (!isStaff(ctx) || !mustBeConfirmed(ctx)) return {}
  return {
    ...(given.phone !== undefined && { phone: row.phone }),
    ...(given.email !== undefined && { email: row.email }),
  }
}

/** Writes the row, but for what has to be confirmed, which is asked for. Answers the row as it is shown. */
// tidy: what was, what is, and what was said of it
async function writeChange(
  ctx: Ctx,
  before: Customer,
  row: store.CustomerRow,
  given: CustomerChange,
): Promise<store.CustomerRow> {
  const waiting = contactToConfirm(ctx, row, given)
  const written = {
    ...row,
    ...('phone' in waiting && { phone: before.phone }),
    ...('email' in waiting && { email: before.email }),
  }
  const isNoted = isStaff(ctx) && given.phone !== undefined && row.phone === written.phone
  const isFirst = before.profile.begun === true && before.phone === null
  const isOwn = !isStaff(ctx) && row.phone !== before.phone && !isFirst
  const phoneDoubtful = isOwn || (before.phoneDoubtful && !isNoted)
  const contactChangedAt = isOwn || (before.phoneDoubtful && isNoted) ? ctx.now : before.contactChangedAt
  const is = { ...written, phoneDoubtful, contactChangedAt }
  const isChanged = (Object.keys(is) as (keyof typeof is)[]).some((field) => differ(is[field], before[field]))
  if (isChanged) await refusing(() => store.writeCustomer(ctx, before.id, is))
  await askForContact(ctx, before, waiting)
  return { ...written, ...waiting }
}

/** Erases a customer with their documents; his login stays. Refuses customer_not_found, customer_has_loans where money was moved for him. */
export async function deleteCustomer(door: Door, id: number): Promise<void> {
  await transact(door, async (ctx) => {
    const customer = (await store.lockCustomer(ctx, id)) ?? refuse('customer_not_found')
    await refusing(() => store.deleteCustomer(ctx, id))
    await discardFiles(
      ctx,
      customer.documents.flatMap(({ fileId }) => fileId ?? []),
    )
    emit(ctx, 'customer.deleted', { customer_id: id })
  })
  await tidyUp(door)
}

/** One customer with his documents. Refuses customer_not_found, not_yours. */
export async function getCustomer(ctx: Pick<Ctx, 'org' | 'tx' | 'scope'>, id: number): Promise<Customer> {
  return requireAccess(ctx, await customerById(ctx, id))
}

/**
 * The id of the customer record of whoever asks for a loan. Who has none yet gets one from what his login knows of him; a
 * phone that already stands in another's record is left out, since nobody proved that it is his.
 * Refuses customer_profile_missing to those who are no user of the organisation.
 */
export async function borrowerProfile(ctx: Ctx): Promise<number> {
  if (ctx.actor.kind !== 'user') refuse('customer_profile_missing')
  const known = ctx.actor.customerId ?? (await customerOfUser(ctx, ctx.actor.id))?.id
  if (known !== undefined) return known
  const user = (await userById(ctx, ctx.actor.id)) ?? refuse('customer_profile_missing')
  const phones = user.phone === null ? [] : [user.phone]
  const phoneIsFree = (await customersByPhone(ctx, phones)).size + (await takenPhones(ctx, phones)).size === 0
  return insertNew(ctx, {
    fullName: (user.name || user.username || user.email || user.phone || `user ${user.id}`).slice(0, LONGEST_TEXT),
    phone: phoneIsFree ? user.phone : null,
    email: user.email,
    businessName: null,
    location: null,
    profile: BEGUN,
    userId: user.id,
    createdBy: user.id,
  })
}

/** Marks a record that holds no more than a login told. */
const BEGUN = { begun: true }

/** Puts what the customer says of himself in the place of what his login told. Refuses profile_exists. */
async function complete(ctx: Ctx, id: number, row: store.CustomerRow): Promise<number> {
  const before = await store.lockCustomer(ctx, id)
  if (!before?.profile.begun) refuse('profile_exists')
  const given = { ...(row.phone !== null && { phone: row.phone }), ...(row.email !== null && { email: row.email }) }
  await writeChange(ctx, before, { ...row, email: row.email ?? before.email }, given)
  emit(ctx, 'customer.updated', { customer_id: id, changed: ['profile'] })
  return id
}

/**
 * Whoever has proved a phone gets the customer record that staff keep under it, with its loans: the subscriber of
 * `user.verified`. For a day after that phone came into the record nobody does; they prove it again then.
 */
export async function claimByVerifiedPhone(ctx: Ctx, events: readonly EventOf<'user.verified'>[]): Promise<void> {
  const users = events.flatMap(({ data }) => (data.channel === 'phone' ? [data.user_id] : []))
  for (const { id, userId } of await store.linkByVerifiedPhone(ctx, users, changedBefore(ctx))) {
    emit(ctx, 'customer.updated', { customer_id: id, changed: ['userId'], user_id: userId })
  }
}

async function insertNew(ctx: Ctx, row: store.CustomerRow & store.Linked): Promise<number> {
  const id = await takeNumbers(ctx, 'customer')
  await refusing(() => store.insertCustomer(ctx, id, row))
  emit(ctx, 'customer.created', { customer_id: id, user_id: row.userId })
  return id
}

const EXPORT_PAGE = 500

/**
 * All customers that match, page by page in order of id. Each page is a transaction of its own, so a reader who is slow
 * or gone holds neither a connection nor a snapshot; a customer who is there throughout comes exactly once.
 */
export async function* customerPages(door: Door, filter: CustomerFilter): AsyncGenerator<readonly Customer[]> {
  for (let after = 0; ; ) {
    const page = await transact(door, (ctx) => customersAfter(ctx, filter, { after, limit: EXPORT_PAGE }), true)
    if (page.length > 0) yield page
    if (page.length < EXPORT_PAGE) return
    after = page.at(-1)!.id
  }
}

/** So that all that is searched fits into the index, in whatever script. */
export const LONGEST_TEXT = 200

type Whole = Omit<store.CustomerRow, 'phone'> & { readonly phone: string | null }

function rowOf(ctx: Ctx, { fullName, phone, email, businessName, location, profile }: Whole): store.CustomerRow {
  const e164 = phone === null ? null : normalisePhone(phone, ctx.org.country)
  const fields: Record<string, string> = {}
  if (phone !== null && e164 === null) fields.phone = 'Give a phone number, like 0712345678.'
  for (const [field, text] of Object.entries({ fullName, businessName, location })) {
    if (text !== null && text.length > LONGEST_TEXT) fields[field] = `Give at most ${LONGEST_TEXT} characters.`
  }
  if (Object.keys(fields).length > 0) refuse('invalid_input', { fields })
  return { fullName, phone: e164, email, businessName, location, profile }
}

const differ = (a: unknown, b: unknown): boolean =>
  typeof a === 'object' ? JSON.stringify(a) !== JSON.stringify(b) : a !== b
