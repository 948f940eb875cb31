/** Codes sent to a customer's old phone or mailbox, by which its owner confirms that another takes its place. */
import { refuse } from '#domain/refusal.ts'
import { approveByProof } from '#modules/approvals/approvals.ts'
import { CONTACT_STEPS, masked } from '#modules/customers/contact-steps.ts'
import * as codes from '#modules/customers/contact-code-store.ts'
import { textsFor } from '#modules/customers/texts.ts'
import { type AskedContact, type Customer, customerById } from '#modules/customers/views.ts'
import { countAgainst, countWithin, refuseBeyond, sendingLimits } from '#modules/identity/identity.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { deriveKey, keyedHash, randomDigits, sameBytes } from '#platform/security/crypto.ts'
import { queueMessage } from '#platform/messaging/messages.ts'

const CODE_HOURS = 24
/** For a customer, whatever is asked: a new request brings no new guesses. */
const WRONG_CODES_A_DAY = 5

const hashOf = (ctx: Ctx, approvalId: number, code: string): Buffer =>
  keyedHash(deriveKey(ctx.services.config.secret, 'contact-codes'), `${ctx.org.id}:${approvalId}:${code}`)

/**
 * Tells the old address of what is asked, with a code in place of the one sent before. An old phone that is doubtful itself,
 * and one that never was, confirm nothing. Refuses too_many_attempts.
 */
export async function sendContactCode(
  ctx: Ctx,
  customer: Customer,
  { approvalId, channel, value }: AskedContact,
): Promise<void> {
  const recipient = customer[channel]
  if (recipient === null) return
  await countWithin(ctx, sendingLimits(ctx, 'contact code', `customer ${customer.id}`))
  const confirms = channel === 'email' || !customer.phoneDoubtful
  const code = confirms ? randomDigits(6) : null
  if (code !== null) {
    const expiresAt = new Date(ctx.now.getTime() + CODE_HOURS * 3_600_000)
    await codes.putCode(ctx, { approvalId, codeHash: hashOf(ctx, approvalId, code), expiresAt })
  }
  const { subject, asked, none } = textsFor(ctx.org.locale)
  const body = asked(ctx.org.name, value === null ? none : masked(value), code)
  await queueMessage(ctx, { channel: channel === 'email' ? 'mail' : 'sms', recipient, subject, body, secret: true })
}

const requireAsked = ({ askedContact }: Customer, approvalId: number): AskedContact =>
  askedContact.find((asked) => asked.approvalId === approvalId) ?? refuse('approval_not_found')

/** Sends the old address another code. Refuses customer_not_found, approval_not_found, too_many_attempts. */
export async function resendContactCode(ctx: Ctx, customerId: number, approvalId: number): Promise<void> {
  const customer = (await customerById(ctx, customerId)) ?? refuse('customer_not_found')
  await sendContactCode(ctx, customer, requireAsked(customer, approvalId))
}

export interface ContactProof {
  readonly customerId: number
  readonly approvalId: number
  readonly code: string
}

/**
 * The owner of the old address has given staff the code: the new one counts from now on. Wrong codes count although they are
 * refused. Refuses customer_not_found, approval_not_found, code_invalid, too_many_attempts, phone_taken.
 */
export async function confirmContact(door: Door, { customerId, approvalId, code }: ContactProof): Promise<void> {
  const isRight = await transact(door, async (ctx) => {
    const customer = (await customerById(ctx, customerId)) ?? refuse('customer_not_found')
    const { channel } = requireAsked(customer, approvalId)
    const limits = [{ key: `contact code of customer ${customerId}`, most: WRONG_CODES_A_DAY, seconds: 86_400 }]
    await refuseBeyond(ctx, limits, true)
    const sent = await codes.codeHashOf(ctx, approvalId)
    if (!sent || !sameBytes(sent, hashOf(ctx, approvalId, code))) {
      await countAgainst(ctx, limits)
      return false
    }
    await approveByProof(ctx, { id: approvalId, step: CONTACT_STEPS[channel], by: `customer:${customerId}` })
    return true
  })
  if (!isRight) refuse('code_invalid')
}
