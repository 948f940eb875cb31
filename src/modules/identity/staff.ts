/** Who works here: invited, given roles and managers, shut out and let in again, each by somebody else. */
import type { Role } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import { ADMINISTRATORS, standsAsHigh } from '#domain/standing.ts'
import { type NewUser, registerUser } from '#modules/identity/registration.ts'
import { replacePassword, sendPasswordToken } from '#modules/identity/passwords.ts'
import { endAllSessions } from '#modules/identity/sessions.ts'
import * as staff from '#modules/identity/staff-store.ts'
import * as store from '#modules/identity/store.ts'
import { userById } from '#modules/identity/views.ts'
import type { Ctx } from '#platform/context.ts'
import { hashPassword, randomToken } from '#platform/security/crypto.ts'
import { emit } from '#platform/events/events.ts'
import { requireStanding } from '#modules/identity/standing.ts'

export type NewColleague = Omit<NewUser, 'password'>

/**
 * Takes somebody on and sends them a token by which they choose their own password, once and within three days, to their
 * mailbox, or to their phone where they have none. Refuses not_permitted (a role above the actor's own), invalid_input (neither
 * e-mail nor phone), and what registerUser refuses.
 */
export async function inviteUser(ctx: Ctx, colleague: NewColleague): Promise<number> {
  requireStanding(ctx, colleague.roles)
  if (!colleague.email && !colleague.phone) {
    refuse('invalid_input', {
      fields: { email: 'Give an e-mail address or a phone number to send the invitation to.' },
    })
  }
  if (colleague.managerId) await requireColleague(ctx, colleague.managerId)
  const userId = await registerUser(ctx, { ...colleague, password: randomToken() })
  await staff.markInvited(ctx, userId)
  await sendInvitation(ctx, await lockedAccount(ctx, userId))
  return userId
}

/** Sends the invitation once more; the token sent before opens nothing any more. Refuses what changeAccess refuses, invitation_accepted. */
export async function inviteAgain(ctx: Ctx, userId: number): Promise<void> {
  const account = await requireManageable(ctx, userId)
  if (account.status !== 'active') refuse('account_disabled')
  if (account.invitedAt === null) refuse('invitation_accepted')
  await sendInvitation(ctx, account)
}

async function sendInvitation(ctx: Ctx, account: store.Account): Promise<void> {
  const { channel } = await sendPasswordToken(ctx, account, { purpose: 'invitation', by: 'staff' })
  const data = { user_id: account.id, channel }
  emit(ctx, 'user.invited', data)
}

export interface AccessChange {
  readonly roles?: readonly [Role, ...Role[]]
  readonly status?: 'active' | 'disabled'
  readonly managerId?: number | null
  /** Why somebody is shut out or let in again. */
  readonly reason?: string
}

/**
 * Changes what somebody may do; it acts on their next request. Whoever is disabled is logged out everywhere at once, and what
 * was sent to them to log in with opens nothing. Refuses user_not_found (the user, or the manager), own_request to whoever it is
 * about, not_permitted below their standing or above the actor's own, last_administrator, invalid_input (a manager who stands
 * below them).
 */
export async function changeAccess(ctx: Ctx, userId: number, change: AccessChange): Promise<void> {
  const others = await staff.lockAdministrators(ctx, userId)
  const was = await requireManageable(ctx, userId)
  const { managerId = was.managerId, roles = was.roles, status = was.status } = change
  if (change.roles) requireStanding(ctx, change.roles)
  if (runsIt(was) && !runsIt({ roles, status }) && others === 0) refuse('last_administrator')
  if (managerId !== null && managerId !== was.managerId) await requireManager(ctx, userId, managerId)
  const before = { roles: was.roles, status: was.status, manager_id: was.managerId }
  const after = { roles, status, manager_id: managerId }
  if (JSON.stringify(before) === JSON.stringify(after)) return
  await store.updateAccess(ctx, userId, { roles, status, managerId })
  emit(ctx, 'user.access_changed', {
    user_id: userId,
    ...after,
    was: before,
    ...(change.reason && { reason: change.reason }),
  })
  if (status === 'disabled' && was.status === 'active') await shutOut(ctx, userId)
}

async function shutOut(ctx: Ctx, userId: number): Promise<void> {
  await store.voidAllCodes(ctx, userId)
  await endAllSessions(ctx, userId)
}

/**
 * Sends somebody a token to choose another password by; the one they have opens nothing from now on, and all their sessions
 * end. Refuses user_not_found, own_request, not_permitted, account_disabled, account_not_found (no address of theirs is known).
 */
export async function resetUserPassword(ctx: Ctx, userId: number): Promise<void> {
  const account = await requireManageable(ctx, userId)
  if (account.status !== 'active') refuse('account_disabled')
  if (account.invitedAt !== null) return sendInvitation(ctx, account)
  await replacePassword(ctx, { userId, passwordHash: await hashPassword(randomToken()), how: 'staff' })
  const { channel } = await sendPasswordToken(ctx, account, { purpose: 'password_reset', by: 'staff' })
  const data = { user_id: userId, channel }
  emit(ctx, 'user.password_reset_requested', data)
}

/** Logs somebody out everywhere. Refuses user_not_found, own_request, not_permitted. */
export async function endUserSessions(ctx: Ctx, userId: number): Promise<void> {
  await requireManageable(ctx, userId)
  await endAllSessions(ctx, userId)
}

/**
 * The account, locked, if the actor may change what it may do: somebody else's, who does not stand above the actor. Refuses
 * user_not_found, own_request, not_permitted.
 */
export async function requireManageable(ctx: Ctx, userId: number): Promise<store.Account> {
  const { actor } = ctx
  const account = await lockedAccount(ctx, userId)
  if (actor.kind === 'user' && actor.id === userId) refuse('own_request')
  if (actor.kind !== 'system' && !('roles' in actor && standsAsHigh(actor.roles, account.roles)))
    refuse('not_permitted', { userId })
  return account
}

const lockedAccount = async (ctx: Ctx, userId: number): Promise<store.Account> =>
  (await store.lockAccount(ctx, userId, 'no key update')) ?? refuse('user_not_found', { userId })

const runsIt = ({ roles, status }: { readonly roles: readonly Role[]; readonly status: string }): boolean =>
  status === 'active' && roles.some((role) => ADMINISTRATORS.includes(role))

async function requireManager(ctx: Ctx, userId: number, managerId: number): Promise<void> {
  await requireColleague(ctx, managerId)
  if (await staff.standsBelow(ctx, managerId, userId)) {
    refuse('invalid_input', { fields: { manager_id: 'This person reports to the one whose manager they would be.' } })
  }
}

async function requireColleague(ctx: Ctx, managerId: number): Promise<void> {
  const manager = await userById(ctx, managerId)
  const works = manager?.status === 'active' && manager.roles.some((role) => role !== 'customer')
  if (!works) refuse('user_not_found', { userId: managerId })
}
