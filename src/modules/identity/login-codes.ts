/** A code sent to the phone that is on record, as a second factor of a login that has no password. */
import { countSending, hashOf, writeCode } from '#modules/identity/codes.ts'
import * as store from '#modules/identity/store.ts'
import { textsFor } from '#modules/identity/texts.ts'
import { accountKey } from '#modules/identity/throttle.ts'
import type { Ctx } from '#platform/context.ts'
import { randomDigits, sameBytes } from '#platform/security/crypto.ts'
import { queueMessage } from '#platform/messaging/messages.ts'

const CODE_MINUTES = 10
const GUESSES_AT_MOST = 5

export interface Owner {
  readonly userId: number
  /** E.164. */
  readonly phone: string
}

/** Sends six digits to the phone, good once and for ten minutes, in place of those sent before. Refuses too_many_attempts. */
export async function sendLoginCode(ctx: Ctx, { userId, phone }: Owner): Promise<void> {
  await countSending(ctx, 'login', accountKey(userId, ''))
  const code = randomDigits(6)
  await writeCode(ctx, { userId, purpose: 'login', text: `${phone}:${code}`, minutes: CODE_MINUTES })
  const body = textsFor(ctx.org.locale).code(code, CODE_MINUTES)
  await queueMessage(ctx, { channel: 'sms', recipient: phone, body, secret: true })
}

/** Whether it is the code that was sent to the phone last; then it is used up. A code bears five guesses. */
export async function useLoginCode(ctx: Ctx, { userId, phone }: Owner, code: string): Promise<boolean> {
  const sent = await store.lockCodeOf(ctx, userId, 'login')
  if (!sent || sent.attempts >= GUESSES_AT_MOST) return false
  if (sameBytes(sent.codeHash, hashOf(ctx, 'login', `${phone}:${code}`))) {
    await store.voidCodes(ctx, userId, 'login')
    return true
  }
  await store.countAttempt(ctx, sent.id)
  return false
}
