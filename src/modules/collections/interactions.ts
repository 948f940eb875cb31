/** Visits and calls: recorded, put right, taken back. What they said before is kept for ever. */
import { contactHoursOf, isWithin, timeIn } from '#domain/collections/contact-hours.ts'
import { type Channel, type Disposition, isChoice } from '#domain/collections/disposition.ts'
import { refuse, type RefusalCode } from '#domain/refusal.ts'
import * as store from '#modules/collections/interaction-store.ts'
import {
  dispositionsOf,
  type Interaction,
  interactionEver,
  interactionReached,
  type Revision,
  revisionsOf,
} from '#modules/collections/interaction-views.ts'
import { loanReached, loansReached, type ReachedLoan } from '#modules/collections/loan-views.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

export interface Contact extends Omit<store.NewInteraction, 'customerId'> {
  /** In the place of the loan's number, where only this is known. */
  readonly accountNo?: string | null
}

/** A contact made outside the hours is recorded all the same, and marked: what happened is not to be hidden. */
const isOutsideHours = (ctx: Ctx): boolean => !isWithin(contactHoursOf(ctx.org), timeIn(ctx.org.timeZone, ctx.now))

/** Records a visit or a call. Refuses loan_not_found, not_yours, do_not_call (calls), invalid_input (disposition). */
export async function recordInteraction(ctx: Ctx, contact: Contact): Promise<number> {
  const [outcome] = await recordInteractions(ctx, [contact])
  if ('id' in outcome!) return outcome.id
  return refuse(
    outcome!.refused,
    outcome!.refused === 'invalid_input' ? { fields: { disposition: unknown(contact) } } : {},
  )
}

const unknown = ({ disposition }: Pick<Contact, 'disposition'>): string => `"${disposition}" is not a valid choice.`

type Refused = Extract<RefusalCode, 'loan_not_found' | 'not_yours' | 'do_not_call' | 'invalid_input'>

/** What became of one of many: its number, or why it was not recorded; `invalid_input` is an unknown disposition. */
export type Recorded = { readonly id: number } | { readonly refused: Refused }

/** Records many contacts in a handful of statements; one that is refused does not keep the others out. */
export async function recordInteractions(ctx: Ctx, contacts: readonly Contact[]): Promise<Recorded[]> {
  const dispositions = await dispositionsOf(ctx)
  const loans = await loansOf(ctx, contacts)
  const checked = contacts.map((contact) => checkedContact(contact, loans, dispositions))
  const rows = checked.flatMap((one) => ('row' in one ? [one.row] : []))
  let next = rows.length > 0 ? await store.insertInteractions(ctx, rows, isOutsideHours(ctx)) : 0
  return checked.map((one) => {
    if ('refused' in one) return one
    emit(ctx, 'interaction.recorded', interactionFacts({ ...one.row, id: next }))
    return { id: next++ }
  })
}

type ByName = ReadonlyMap<number | string, ReachedLoan>

async function loansOf(ctx: Ctx, contacts: readonly Contact[]): Promise<ByName> {
  const ids = contacts.flatMap(({ loanId }) => loanId ?? [])
  const accountNos = contacts.flatMap(({ loanId, accountNo }) => (loanId === null ? (accountNo ?? []) : []))
  const loans = ids.length + accountNos.length > 0 ? await loansReached(ctx, { ids, accountNos }) : []
  return new Map(
    loans.flatMap((loan): [number | string, ReachedLoan][] => [
      [loan.id, loan],
      [loan.accountNo, loan],
    ]),
  )
}

function checkedContact(
  contact: Contact,
  loans: ByName,
  dispositions: readonly Disposition[],
): { readonly row: store.NewInteraction } | { readonly refused: Refused } {
  const name = contact.loanId ?? contact.accountNo ?? null
  const loan = name === null ? null : loans.get(name)
  if (loan === undefined) return { refused: 'loan_not_found' }
  if (loan && !loan.mayRead) return { refused: 'not_yours' }
  if (loan?.doNotCall && contact.kind === 'calling') return { refused: 'do_not_call' }
  if (!isChoice(dispositions, contact.disposition, contact.kind)) return { refused: 'invalid_input' }
  const { kind, comment, disposition, nextActionOn } = contact
  return {
    row: { kind, comment, disposition, nextActionOn, loanId: loan?.id ?? null, customerId: loan?.customerId ?? null },
  }
}

/** An interaction of a kind within the actor's reach. Refuses interaction_not_found, not_yours. */
export async function getInteraction(ctx: Ctx, kind: Channel, id: number): Promise<Interaction> {
  const found = (await interactionReached(ctx, kind, id)) ?? refuse('interaction_not_found')
  return found.mayRead ? found : refuse('not_yours')
}

/**
 * What an interaction said before each change, oldest first, also of one that was removed; what it said while it was about
 * a loan that the actor may not see is left out. Refuses interaction_not_found, not_yours.
 */
export async function revisionsWithin(ctx: Ctx, id: number): Promise<Revision[]> {
  const of = (await interactionEver(ctx, id)) ?? refuse('interaction_not_found')
  if (!of.mayRead) refuse('not_yours')
  const revisions = await revisionsOf(ctx, id)
  const ids = [...new Set(revisions.flatMap(({ loanId }) => (loanId === null || loanId === of.loanId ? [] : [loanId])))]
  const loans = ids.length === 0 ? [] : await loansReached(ctx, { ids, accountNos: [] })
  const seen = new Set<number | null>([null, of.loanId, ...loans.filter((loan) => loan.mayRead).map((loan) => loan.id)])
  return revisions.filter(({ loanId }) => seen.has(loanId))
}

export type InteractionPatch = Partial<Pick<Contact, 'loanId' | 'comment' | 'disposition' | 'nextActionOn'>>

/**
 * Puts an interaction right; its kind, author and time stay, and what it said before is kept. Refuses interaction_not_found,
 * not_yours, loan_not_found, invalid_input (disposition).
 */
export async function changeInteraction(
  ctx: Ctx,
  of: { readonly kind: Channel; readonly id: number },
  patch: InteractionPatch,
): Promise<Interaction> {
  const was = await lockWritable(ctx, of)
  const is = { ...was, ...patch }
  if (is.loanId !== was.loanId) is.customerId = is.loanId === null ? null : await customerOfLoan(ctx, is.loanId)
  if (is.disposition !== was.disposition && !isChoice(await dispositionsOf(ctx), is.disposition, of.kind)) {
    refuse('invalid_input', { fields: { disposition: unknown(is) } })
  }
  if (!differ(was, is)) return was
  await store.keepRevision(ctx, was, 'changed')
  await store.writeInteraction(ctx, of.id, is)
  emit(ctx, 'interaction.changed', interactionFacts(is))
  return { ...is, revision: was.revision + 1 }
}

const differ = (a: Interaction, b: Interaction): boolean =>
  a.loanId !== b.loanId ||
  a.comment !== b.comment ||
  a.disposition !== b.disposition ||
  a.nextActionOn !== b.nextActionOn

async function customerOfLoan(ctx: Ctx, loanId: number): Promise<number> {
  const loan = (await loanReached(ctx, loanId)) ?? refuse('loan_not_found')
  return loan.mayRead ? loan.customerId : refuse('not_yours')
}

/** Takes an interaction back; it is kept, and no longer shown. Refuses interaction_not_found, not_yours. */
export async function removeInteraction(ctx: Ctx, of: { readonly kind: Channel; readonly id: number }): Promise<void> {
  const was = await lockWritable(ctx, of)
  await store.keepRevision(ctx, was, 'removed')
  await store.markInteractionRemoved(ctx, of.id)
  emit(ctx, 'interaction.removed', interactionFacts(was))
}

async function lockWritable(
  ctx: Ctx,
  { kind, id }: { readonly kind: Channel; readonly id: number },
): Promise<Interaction> {
  if (!(await store.lockInteraction(ctx, id))) refuse('interaction_not_found')
  const {
    mayRead: _,
    mayWrite,
    ...found
  } = (await interactionReached(ctx, kind, id)) ?? refuse('interaction_not_found')
  return mayWrite ? found : refuse('not_yours')
}

/** A loan whose interactions the actor may see. Refuses loan_not_found, not_yours. */
export async function loanWithin(ctx: Ctx, loanId: number): Promise<ReachedLoan> {
  const loan = (await loanReached(ctx, loanId)) ?? refuse('loan_not_found')
  return loan.mayRead ? loan : refuse('not_yours', { loanId })
}

/** Adds an outcome, or changes one: its name, who may choose it, whether it is still in use. */
export const putDisposition = (ctx: Ctx, disposition: Disposition): Promise<void> =>
  store.putDisposition(ctx, disposition)

type Told = Pick<Interaction, 'id' | 'kind' | 'loanId' | 'customerId' | 'disposition' | 'nextActionOn'>

const interactionFacts = ({ id, kind, loanId, customerId, disposition, nextActionOn }: Told) => ({
  interaction_id: id,
  kind,
  loan_id: loanId,
  customer_id: customerId,
  disposition,
  next_action_on: nextActionOn,
})
