/** Passwords: forgotten, reset, changed. Whenever one changes, every session of its owner ends. */
import { refuse } from '#domain/refusal.ts'
import { countSending, hashOf, writeCode } from '#modules/identity/codes.ts'
import { hasLoggedInFromHere } from '#modules/identity/login-addresses.ts'
import { openSession, type OpenedSession, type SessionTerms } from '#modules/identity/sessions.ts'
import * as store from '#modules/identity/store.ts'
import { textsFor } from '#modules/identity/texts.ts'
import {
  accountKey,
  borne,
  countFailedLogin,
  forgive,
  forgiveAll,
  loginLimits,
  refuseBeyond,
} from '#modules/identity/throttle.ts'
import type { Way } from '#modules/identity/views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { hashPassword, randomToken, verifyPassword } from '#platform/crypto.ts'
import { emit } from '#platform/events.ts'
import { queueMessage, SECRET_MINUTES } from '#platform/messages.ts'

const RESET_MINUTES = SECRET_MINUTES

/**
 * Sends a reset token to the owner of an account, by the way he named it, good once and for thirty minutes. Returns the
 * token, for demo only to show; null: nobody answers to the name, which a contract may keep to itself. What was asked
 * counts whoever it was for. Refuses too_many_attempts.
 */
export async function requestPasswordReset(
  door: Door,
  asked: { readonly identifier: string; readonly ways: readonly Way[] },
): Promise<string | null> {
  return transact(door, async (ctx) => {
    const account = await store.accountBy(ctx, asked.identifier.trim(), asked.ways)
    await countSending(ctx, 'password_reset', accountKey(account?.id, asked.identifier))
    return account?.status === 'active' ? sendToken(ctx, account, asked.identifier) : null
  })
}

async function sendToken(ctx: Ctx, account: store.Account, identifier: string): Promise<string> {
  const token = randomToken()
  await writeCode(ctx, { userId: account.id, purpose: 'password_reset', text: token, minutes: RESET_MINUTES })
  const byMail = account.phone === null || (account.email !== null && identifier.includes('@'))
  const recipient = (byMail ? account.email : account.phone) ?? refuse('account_not_found')
  const { reset, resetSubject } = textsFor(ctx.org.locale)
  await queueMessage(ctx, {
    channel: byMail ? 'mail' : 'sms',
    recipient,
    subject: resetSubject,
    body: reset(token, RESET_MINUTES),
    secret: true,
  })
  emit(ctx, {
    type: 'user.password_reset_requested',
    subject: `user:${account.id}`,
    data: { user_id: account.id, channel: byMail ? 'mail' : 'sms', recipient },
  })
  return token
}

/** Sets a new password for the owner of a reset token and ends all his sessions. Refuses code_invalid. */
export async function resetPassword(
  ctx: Ctx,
  reset: { readonly token: string; readonly password: string },
): Promise<void> {
  const codeHash = hashOf(ctx, 'password_reset', reset.token)
  const code = (await store.lockCodeByHash(ctx, 'password_reset', codeHash)) ?? refuse('code_invalid')
  await forgiveAll(ctx, code.userId)
  const account = await store.lockAccount(ctx, code.userId, 'no key update')
  if (account?.status !== 'active') refuse('code_invalid')
  await replacePassword(ctx, account.id, await hashPassword(reset.password), 'reset')
}

async function replacePassword(ctx: Ctx, userId: number, passwordHash: string, how: 'reset' | 'change'): Promise<void> {
  await store.setPassword(ctx, userId, passwordHash)
  await store.voidCodes(ctx, userId, 'password_reset')
  const sessions = await store.revokeSessionsOf(ctx, userId)
  emit(ctx, {
    type: 'user.password_changed',
    subject: `user:${userId}`,
    data: { user_id: userId, how, sessions_ended: sessions },
  })
}

export interface PasswordChange {
  readonly userId: number
  readonly current: string
  readonly next: string
  readonly terms: SessionTerms
}

/**
 * Changes a password by its owner, who knows the current one. All his sessions end, the one he asks with as well; the
 * one returned takes its place. Wrong guesses count like failed logins, so it runs in transactions of its own.
 * Refuses current_password_wrong, too_many_attempts.
 */
export async function changePassword(door: Door, change: PasswordChange): Promise<OpenedSession> {
  const account = await transact(door, (ctx) => accountOf(ctx, change.userId), true)
  const matches = await verifyPassword(account.passwordHash, change.current)
  const nextHash = matches ? await hashPassword(change.next) : null
  const session = await transact(door, async (ctx) => {
    await refuseBeyond(ctx, await borneBy(ctx, change.userId), true)
    if (nextHash === null) return countFailure(ctx, account)
    const today = await store.lockAccount(ctx, change.userId, 'no key update')
    if (today?.passwordHash !== account.passwordHash) return null
    await forgive(ctx, change.userId)
    await replacePassword(ctx, change.userId, nextHash, 'change')
    return openSession(ctx, today, change.terms)
  })
  return session ?? refuse('current_password_wrong')
}

const limitsOf = (ctx: Ctx, userId: number) => loginLimits(ctx, accountKey(userId, ''))
const borneBy = async (ctx: Ctx, userId: number) => borne(limitsOf(ctx, userId), await hasLoggedInFromHere(ctx, userId))

async function accountOf(ctx: Ctx, userId: number): Promise<store.Account> {
  await refuseBeyond(ctx, await borneBy(ctx, userId))
  return (await store.accountById(ctx, userId)) ?? refuse('not_authenticated')
}

async function countFailure(ctx: Ctx, account: store.Account): Promise<null> {
  await countFailedLogin(ctx, limitsOf(ctx, account.id), { userId: account.id })
  return null
}
