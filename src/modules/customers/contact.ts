import { refuse } from '#domain/refusal.ts'
import { requestApproval, supersede } from '#modules/approvals/approvals.ts'
import { sendContactCode } from '#modules/customers/contact-codes.ts'
import { textsFor } from '#modules/customers/texts.ts'
import type { Channel, Customer } from '#modules/customers/views.ts'
import type { Ctx } from '#platform/context.ts'
import { CONTACT_STEPS, tell } from '#modules/customers/contact-steps.ts'

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
