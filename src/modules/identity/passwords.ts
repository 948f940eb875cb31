/** Passwords: chosen by an invitation, forgotten, reset, changed. When one changes, its owner's sessions end, but for the one they change it in. */
import { refuse } from '#domain/refusal.ts'
import { countSending, hashOf, writeCode } from '#modules/identity/codes.ts'
import { hasLoggedInFromHere } from '#modules/identity/login-addresses.ts'
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
import { hashPassword, randomToken, verifyPassword } from '#platform/security/crypto.ts'
import { emit } from '#platform/events/events.ts'
import { maskedAddress } from '#platform/observability/redaction.ts'
import { queueMessage, SECRET_MINUTES } from '#platform/messaging/messages.ts'

const RESET_MINUTES = SECRET_MINUTES
/** An invitation may wait over a weekend. */
const INVITATION_MINUTES = 3 * 24 * 60

/** What a token to choose a password by is sent for. */
type Reason = 'password_reset' | 'invitation'

/**
 * Sends a reset token to the owner of an account, by the way they named it, good once and for thirty minutes. Returns the
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
    return account?.status === 'active' && isReachable(ctx, account)
      ? resetByOwner(ctx, account, asked.identifier)
      : null
  })
}

const HOLD_MS = 86_400_000

/** Whether a token may be sent at all: to an address that is theirs, and did not take another's place within a day. */
function isReachable(ctx: Ctx, { phone, email, emailDoubtful, contactChangedAt }: store.Account): boolean {
  const isSettled = contactChangedAt === null || contactChangedAt.getTime() <= ctx.now.getTime() - HOLD_MS
  return isSettled && (phone !== null || (email !== null && !emailDoubtful))
}

async function resetByOwner(ctx: Ctx, account: store.Account, identifier: string): Promise<string> {
  const prefer = identifier.includes('@') ? 'mail' : 'sms'
  const sending = { purpose: 'password_reset', by: 'owner', prefer } as const
  const { token, channel, recipient } = await sendPasswordToken(ctx, account, sending)
  const data = { user_id: account.id, channel, recipient: maskedAddress(recipient) }
  emit(ctx, 'user.password_reset_requested', data)
  return token
}

export interface Sending {
  readonly purpose: Reason
  /** Whom staff sends a token to is told their organisation with it: they have not said where they log in. */
  readonly by: 'owner' | 'staff'
  readonly prefer?: 'mail' | 'sms'
}

export interface SentToken {
  readonly token: string
  readonly channel: 'mail' | 'sms'
  readonly recipient: string
}

/**
 * Sends a token to choose a password by to the account's own mailbox or phone, good once: thirty minutes for a reset, three
 * days for an invitation. Those sent before open nothing any more. Refuses account_not_found where no address is theirs beyond
 * doubt, contact_changed_lately for a day after one was changed.
 */
export async function sendPasswordToken(
  ctx: Ctx,
  account: store.Account,
  { purpose, by, prefer = 'mail' }: Sending,
): Promise<SentToken> {
  if (!isReachable(ctx, account)) refuse(account.contactChangedAt ? 'contact_changed_lately' : 'account_not_found')
  const email = account.emailDoubtful ? null : account.email
  const byMail = account.phone === null || (email !== null && prefer === 'mail')
  const channel = byMail ? 'mail' : 'sms'
  const recipient = (byMail ? email : account.phone) ?? refuse('account_not_found')
  const token = randomToken()
  const minutes = purpose === 'invitation' ? INVITATION_MINUTES : RESET_MINUTES
  await writeCode(ctx, { userId: account.id, purpose, text: token, minutes })
  const texts = textsFor(ctx.org.locale)
  const subject = purpose === 'invitation' ? texts.invitedSubject(ctx.org.name) : texts.resetSubject
  const shown = by === 'staff' ? `${ctx.org.slug}.${token}` : token
  const body = purpose === 'invitation' ? texts.invited(ctx.org.name, shown) : texts.reset(shown, RESET_MINUTES)
  await queueMessage(ctx, { channel, recipient, subject, body, secret: true })
  return { token, channel, recipient }
}

/**
 * Sets the password of whoever has a token that was sent to them, for a reset or an invitation, and ends all their sessions.
 * The organisation's name may stand before the token. Refuses code_invalid.
 */
export async function resetPassword(
  ctx: Ctx,
  reset: { readonly token: string; readonly password: string },
): Promise<void> {
  const token = reset.token.startsWith(`${ctx.org.slug}.`) ? reset.token.slice(ctx.org.slug.length + 1) : reset.token
  const lock = (purpose: Reason) => store.lockCodeByHash(ctx, purpose, hashOf(ctx, purpose, token))
  const code = (await lock('password_reset')) ?? (await lock('invitation')) ?? refuse('code_invalid')
  await forgiveAll(ctx, code.userId)
  const account = await store.lockAccount(ctx, code.userId, 'no key update')
  if (account?.status !== 'active') refuse('code_invalid')
  await replacePassword(ctx, { userId: account.id, passwordHash: await hashPassword(reset.password), how: 'reset' })
}

export interface NewPassword {
  readonly userId: number
  readonly passwordHash: string
  /** By a token that was sent to them, by the current password, or by staff, who do not know it. */
  readonly how: 'reset' | 'change' | 'staff'
  /** The session that goes on. */
  readonly except?: string
}

/** Sets a password: tokens sent before open nothing any more, and sessions end. */
export async function replacePassword(ctx: Ctx, { userId, passwordHash, how, except }: NewPassword): Promise<void> {
  await store.setPassword(ctx, userId, passwordHash)
  await store.voidCodes(ctx, userId, 'password_reset')
  await store.voidCodes(ctx, userId, 'invitation')
  const sessions = await store.revokeSessionsOf(ctx, userId, except)
  emit(ctx, 'user.password_changed', { user_id: userId, how, sessions_ended: sessions })
}

export interface PasswordChange {
  readonly userId: number
  readonly current: string
  readonly next: string
}

/**
 * Changes a password by its owner, who knows the current one. The session they ask with goes on, all their others end. Wrong
 * guesses count like failed logins, so it runs in transactions of its own. Refuses current_password_wrong, too_many_attempts.
 */
export async function changePassword(door: Door, change: PasswordChange): Promise<void> {
  const account = await transact(door, (ctx) => accountOf(ctx, change.userId), true)
  const matches = await verifyPassword(account.passwordHash, change.current)
  const nextHash = matches ? await hashPassword(change.next) : null
  const isChanged = await transact(door, async (ctx) => {
    await refuseBeyond(ctx, await borneBy(ctx, change.userId), true)
    return nextHash === null ? countFailure(ctx, account) : exchange(ctx, account, nextHash)
  })
  if (!isChanged) refuse('current_password_wrong')
}

/** False where the password has changed since it was compared. */
async function exchange(ctx: Ctx, account: store.Account, passwordHash: string): Promise<boolean> {
  const today = await store.lockAccount(ctx, account.id, 'no key update')
  if (today?.passwordHash !== account.passwordHash) return false
  await forgive(ctx, account.id)
  const { actor } = ctx
  const except = actor.kind === 'user' && actor.id === account.id ? actor.sessionId : undefined
  await replacePassword(ctx, { userId: account.id, passwordHash, how: 'change', ...(except && { except }) })
  return true
}

const limitsOf = (ctx: Ctx, userId: number) => loginLimits(ctx, accountKey(userId, ''))
const borneBy = async (ctx: Ctx, userId: number) => borne(limitsOf(ctx, userId), await hasLoggedInFromHere(ctx, userId))

async function accountOf(ctx: Ctx, userId: number): Promise<store.Account> {
  await refuseBeyond(ctx, await borneBy(ctx, userId))
  return (await store.accountById(ctx, userId)) ?? refuse('not_authenticated')
}

async function countFailure(ctx: Ctx, account: store.Account): Promise<false> {
  await countFailedLogin(ctx, limitsOf(ctx, account.id), { userId: account.id })
  return false
}
