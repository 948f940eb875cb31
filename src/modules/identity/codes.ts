/** Secrets sent to a person's own phone or mailbox: kept as keyed hashes, single use, with an end. */
import { randomUUID } from 'node:crypto'
import * as store from '#modules/identity/store.ts'
import { countWithin, sendingLimits } from '#modules/identity/throttle.ts'
import type { Ctx } from '#platform/context.ts'
import { deriveKey, keyedHash } from '#platform/security/crypto.ts'

/** The hash that a code is kept as, tied to what it is for and whom it was sent to: it verifies no other address. */
export const hashOf = (ctx: Ctx, purpose: store.Purpose, text: string): Buffer =>
  keyedHash(deriveKey(ctx.services.config.secret, 'one-time-codes'), `${ctx.org.id}:${purpose}:${text}`)

export interface NewCode {
  readonly userId: number
  readonly purpose: store.Purpose
  /** What is hashed: the token, or the recipient with the code. */
  readonly text: string
  readonly minutes: number
}

/** Writes a code in place of the user's earlier one for the same purpose. */
export async function writeCode(ctx: Ctx, code: NewCode): Promise<void> {
  await store.replaceCode(ctx, {
    id: randomUUID(),
    userId: code.userId,
    purpose: code.purpose,
    codeHash: hashOf(ctx, code.purpose, code.text),
    expiresAt: new Date(ctx.now.getTime() + code.minutes * 60_000),
  })
}

/** Counts one sending for the account and the address. Refuses too_many_attempts. */
export async function countSending(ctx: Ctx, purpose: store.Purpose, account: string): Promise<void> {
  await countWithin(ctx, sendingLimits(ctx, purpose, account))
}
