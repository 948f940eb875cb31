/** Identity numbers of customers: each belongs to one of them. */
import { refuse } from '#domain/refusal.ts'
import {
  customerOfIdNumber,
  type IdNumber,
  idNumberOfCustomer,
  insertIdNumber,
} from '#modules/customers/id-number-store.ts'
import type { Ctx } from '#platform/context.ts'
import { violatedKey } from '#platform/db.ts'

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
