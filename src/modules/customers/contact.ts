/**
 * A phone or e-mail that staff put in place of another is shown at once. It counts, for logins and payments, when the owner of
 * the old one or a second person has confirmed it. For a day afterwards nobody gets a login by it; both addresses are told.
 */
import { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import { type Approvable, requestApproval, supersede } from '#modules/approvals/approvals.ts'
import { sendContactCode } from '#modules/customers/contact-codes.ts'
import { refusing } from '#modules/customers/refusals.ts'
import * as store from '#modules/customers/store.ts'
import { textsFor } from '#modules/customers/texts.ts'
import type { Channel, Customer } from '#modules/customers/views.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'
import { queueMessages } from '#platform/messaging/messages.ts'

export interface ContactChange {
  readonly customerId: number
  /** E.164, or an e-mail address; null takes it away. */
  readonly value: string | null
}

const contactStep = (channel: Channel): Approvable<ContactChange> => ({
  kind: `customer.${channel}`,
  permission: 'customer.confirm_contact',
  permissionToAsk: 'customer.change_contact',
  asked: z.object({ customerId: z.int(), value: z.string().nullable() }),
  subject: ({ customerId }) => `customer:${customerId}`,
  async carryOut(ctx, { customerId, value }) {
    const before = (await store.lockCustomer(ctx, customerId)) ?? refuse('customer_not_found')
    const renewed = { ...before, [channel]: value, contactChangedAt: ctx.now }
    const phoneDoubtful = channel === 'phone' ? false : before.phoneDoubtful
    await refusing(() => store.writeCustomer(ctx, customerId, { ...renewed, phoneDoubtful }))
    emit(ctx, {
      type: 'customer.updated',
      subject: `customer:${customerId}`,
      data: { customer_id: customerId, changed: [channel] },
    })
    await tell(ctx, channel, [before[channel], value], (to) => textsFor(ctx.org.locale).done(ctx.org.name, to))
    return { customer_id: customerId }
  },
})

export const CHANGE_PHONE = contactStep('phone')
export const CHANGE_EMAIL = contactStep('email')
export const CONTACT_STEPS: Readonly<Record<Channel, Approvable<ContactChange>>> = {
  phone: CHANGE_PHONE,
  email: CHANGE_EMAIL,
}

/** Whether a change of contact details by the actor waits for somebody else. */
export const mustBeConfirmed = ({ actor }: Pick<Ctx, 'actor'>): boolean =>
  actor.kind === 'user' || actor.kind === 'operator'

/**
 * Asks for another phone or e-mail of a customer, who is locked; what is left out stays, and what counts already ends what was
 * asked before. The old address is told, with a code that confirms it; the new one too. Refuses phone_taken, not_permitted,
 * too_many_attempts.
 */
export async function askForContact(
  ctx: Ctx,
  customer: Customer,
  wanted: Partial<Pick<Customer, Channel>>,
): Promise<void> {
  for (const channel of ['phone', 'email'] as const) {
    const value = wanted[channel]
    const waiting = customer.askedContact.find((asked) => asked.channel === channel)
    if (value === undefined || (waiting && waiting.value === value)) continue
    const step = CONTACT_STEPS[channel]
    if (waiting) await supersede(ctx, step.kind, `customer:${customer.id}`)
    if (value === customer[channel]) continue
    const asked = { customerId: customer.id, value }
    const approvalId = await requestApproval(ctx, step, { asked, reason: 'Contact details changed' })
    await tellOfRequest(ctx, customer, { approvalId, channel, value })
  }
}

interface Asked {
  readonly approvalId: number
  readonly channel: Channel
  readonly value: string | null
}

async function tellOfRequest(ctx: Ctx, customer: Customer, asked: Asked): Promise<void> {
  await sendContactCode(ctx, customer, asked)
  const { wanted } = textsFor(ctx.org.locale)
  await tell(ctx, asked.channel, [asked.value], () => wanted(ctx.org.name), asked.value)
}

/** Writes to the addresses that there are. */
// tidy: the addresses and the text read best side by side
async function tell(
  ctx: Ctx,
  channel: Channel,
  addresses: readonly (string | null)[],
  bodyOf: (to: string) => string,
  to = addresses.at(-1) ?? null,
): Promise<void> {
  const { subject, none } = textsFor(ctx.org.locale)
  const body = bodyOf(to === null ? none : masked(to))
  await queueMessages(
    ctx,
    addresses.flatMap((recipient) =>
      recipient === null ? [] : [{ channel: channel === 'email' ? 'mail' : 'sms', recipient, subject, body } as const],
    ),
  )
}

/** `…4567` of a phone, `a…@example.com` of an e-mail: enough for its owner. */
export const masked = (address: string): string =>
  address.includes('@') ? `${address[0]}…${address.slice(address.lastIndexOf('@'))}` : `…${address.slice(-4)}`

const HOLD_MS = 86_400_000

/** The instant up to which a change must lie back for a login to be given by what it changed. */
export const changedBefore = (ctx: Pick<Ctx, 'now'>): Date => new Date(ctx.now.getTime() - HOLD_MS)

/** Refuses contact_changed_lately for a day after the customer's phone or e-mail was changed, with the instant it ends. */
export function requireSettledContact(ctx: Pick<Ctx, 'now'>, { contactChangedAt }: Customer): void {
  if (contactChangedAt === null || contactChangedAt <= changedBefore(ctx)) return
  refuse('contact_changed_lately', { until: new Date(contactChangedAt.getTime() + HOLD_MS).toISOString() })
}

/** The same, and also while a change waits to be confirmed. */
export function requireUndisputedContact(ctx: Pick<Ctx, 'now'>, customer: Customer): void {
  if (customer.askedContact.length > 0) refuse('contact_changed_lately', { until: null })
  requireSettledContact(ctx, customer)
}
