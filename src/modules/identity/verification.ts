/** Proof that a phone or a mailbox is its owner's: a code is sent there and typed back. */
import { refuse } from '#domain/refusal.ts'
import { countSending, hashOf, writeCode } from '#modules/identity/codes.ts'
import * as store from '#modules/identity/store.ts'
import { textsFor } from '#modules/identity/texts.ts'
import { accountKey } from '#modules/identity/throttle.ts'
import { type User, userById } from '#modules/identity/views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { randomDigits, sameBytes } from '#platform/security/crypto.ts'
import { emit } from '#platform/events/events.ts'
import { maskedAddress } from '#platform/observability/redaction.ts'
import { queueMessage } from '#platform/messaging/messages.ts'

const CODE_MINUTES = 10
const GUESSES_AT_MOST = 5

export type Contact = 'email' | 'phone'

const PURPOSE = { email: 'email_verification', phone: 'phone_verification' } as const

/** Where nothing is really sent, these verify without having been sent. */
const DEMO_CODES: Readonly<Record<Contact, string>> = { email: '654321', phone: '123456' }

/** Sends a six-digit code to the user's own phone or mailbox, good for ten minutes. Refuses user_not_found, code_invalid (no such address), too_many_attempts. */
export async function sendVerificationCode(ctx: Ctx, userId: number, contact: Contact): Promise<void> {
  const user = (await userById(ctx, userId)) ?? refuse('user_not_found')
  const recipient = user[contact] ?? refuse('code_invalid')
  await countSending(ctx, PURPOSE[contact], accountKey(userId, ''))
  const code = randomDigits(6)
  await writeCode(ctx, { userId, purpose: PURPOSE[contact], text: `${recipient}:${code}`, minutes: CODE_MINUTES })
  const texts = textsFor(ctx.org.locale)
  await queueMessage(ctx, {
    channel: contact === 'email' ? 'mail' : 'sms',
    recipient,
    subject: texts.codeSubject,
    body: texts.code(code, CODE_MINUTES),
    secret: true,
  })
  emit(ctx, 'user.verification_requested', { user_id: userId, channel: contact, recipient: maskedAddress(recipient) })
}

export interface Proof {
  readonly userId: number
  readonly contact: Contact
  readonly code: string
}

/** Marks the phone or e-mail as the user's own. A code bears five guesses, which count although refused. Refuses code_invalid. */
export async function verifyContact(door: Door, proof: Proof): Promise<void> {
  const right = await transact(door, async (ctx) => {
    const user = await userById(ctx, proof.userId)
    if (!user?.[proof.contact] || !(await isRight(ctx, user, proof))) return false
    await store.voidCodes(ctx, user.id, PURPOSE[proof.contact])
    await store.markVerified(ctx, user.id, proof.contact)
    emit(ctx, 'user.verified', { user_id: user.id, channel: proof.contact })
    return true
  })
  if (!right) refuse('code_invalid')
}

async function isRight(ctx: Ctx, user: User, { contact, code }: Proof): Promise<boolean> {
  if (ctx.services.config.mode === 'demo' && code === DEMO_CODES[contact]) return true
  const sent = await store.lockCodeOf(ctx, user.id, PURPOSE[contact])
  if (!sent || sent.attempts >= GUESSES_AT_MOST) return false
  if (sameBytes(sent.codeHash, hashOf(ctx, PURPOSE[contact], `${user[contact]}:${code}`))) return true
  await store.countAttempt(ctx, sent.id)
  return false
}
