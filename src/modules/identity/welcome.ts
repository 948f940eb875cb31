/** A login that somebody else makes for its owner, who alone learns the password. */
import { registerUser } from '#modules/identity/registration.ts'
import { doubtEmail } from '#modules/identity/store.ts'
import { textsFor } from '#modules/identity/texts.ts'
import { taken } from '#modules/identity/views.ts'
import type { Ctx } from '#platform/context.ts'
import { randomToken } from '#platform/security/crypto.ts'
import { queueMessage } from '#platform/messaging/messages.ts'

export interface Welcomed {
  readonly name: string
  readonly email: string
  /** E.164; where the password is texted to. */
  readonly phone: string
}

/**
 * Registers a customer's login and texts a temporary password to his phone, so that only who holds the phone gets in. A
 * phone that another login claims is left out of this one. Refuses email_taken, invalid_input.
 */
export async function welcome(ctx: Ctx, { name, email, phone }: Welcomed): Promise<number> {
  const password = randomToken(9)
  const profile = { passwordIsTemporary: true }
  const isClaimed = (await taken(ctx, { phone })).phone
  const names = { name, email, phone: isClaimed ? null : phone }
  const userId = await registerUser(ctx, { ...names, password, roles: ['customer'], profile })
  await doubtEmail(ctx, userId)
  const body = textsFor(ctx.org.locale).welcome(ctx.org.name, email, password)
  await queueMessage(ctx, { channel: 'sms', recipient: phone, body, secret: true })
  return userId
}
