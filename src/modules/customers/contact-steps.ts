/** A change of phone or e-mail that counts once somebody else has confirmed it, and the messages about it. */
import { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import type { Approvable } from '#modules/approvals/approvals.ts'
import { refusing } from '#modules/customers/refusals.ts'
import * as store from '#modules/customers/store.ts'
import { textsFor } from '#modules/customers/texts.ts'
import type { Channel } from '#modules/customers/views.ts'
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
    emit(ctx, 'customer.updated', { customer_id: customerId, changed: [channel] })
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

/** Writes to the addresses that there are. */
// tidy: the addresses and the text read best side by side
export async function tell(
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
