/** Identity numbers of customers: each belongs to one of them. */
import { refuse } from '#domain/refusal.ts'
import { isStaff } from '#modules/customers/access.ts'
import {
  changeIdNumber,
  customerOfIdNumber,
  type IdNumber,
  idNumberOfCustomer,
  insertIdNumber,
} from '#modules/customers/id-number-store.ts'
import type { Ctx } from '#platform/context.ts'
import { violatedKey } from '#platform/database/db.ts'
import { emit } from '#platform/events/events.ts'

/** However it is written: without blanks, in lower case. */
const canonical = ({ kind, number }: IdNumber): IdNumber => ({ kind, number: number.toLowerCase().replace(/\s/g, '') })

/** Notes that the number is the customer's. Refuses id_number_taken, also to one of two who come at once. */
export async function claimIdNumber(ctx: Ctx, customerId: number, given: IdNumber): Promise<void> {
  try {
    await insertIdNumber(ctx, customerId, canonical(given))
  } catch (error) {
    if (violatedKey(error) !== null) refuse('id_number_taken')
    throw error
  }
}

/** Whose number it is, or null. */
export const holderOfIdNumber = (ctx: Pick<Ctx, 'org' | 'tx'>, given: IdNumber): Promise<number | null> =>
  customerOfIdNumber(ctx, canonical(given))

/** The customer's number of a kind, or null. */
export const idNumberOf = (ctx: Pick<Ctx, 'org' | 'tx'>, customerId: number, kind: string): Promise<string | null> =>
  idNumberOfCustomer(ctx, customerId, kind)

/** The register of the national identity documents. */
export const ID_KIND = 'national'

/**
 * Staff has seen the customer's identity document: its number is noted, or put right. Blanks and dashes do not count.
 * Refuses not_permitted to customers themselves, id_number_taken.
 */
export async function noteIdNumber(ctx: Ctx, customerId: number, written: string): Promise<void> {
  if (!isStaff(ctx)) refuse('not_permitted')
  const { kind, number } = canonical({ kind: ID_KIND, number: written.replaceAll('-', '') })
  const before = await idNumberOfCustomer(ctx, customerId, kind)
  if (before === number) return
  if (before === null) await claimIdNumber(ctx, customerId, { kind, number })
  else {
    const holder = await customerOfIdNumber(ctx, { kind, number })
    if (holder !== null) refuse('id_number_taken')
    await changeIdNumber(ctx, customerId, { kind, number })
  }
  const data = { customer_id: customerId, changed: ['idNumber'] }
  emit(ctx, 'customer.updated', data)
}
