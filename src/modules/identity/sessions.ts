/** Logins: a session is the family of its tokens, and ending it ends all of them at once. */
import { randomUUID } from 'node:crypto'
import { refuse } from '#domain/refusal.ts'
import * as store from '#modules/identity/store.ts'
import { hasLoggedInFromHere, noteLogin } from '#modules/identity/login-addresses.ts'
import { accountKey, borne, countFailedLogin, forgive, loginLimits, refuseBeyond } from '#modules/identity/throttle.ts'
import { type User, userById, type Way } from '#modules/identity/views.ts'
import { type Actor, type Ctx, type Door, type Organisation, type Services, transact } from '#platform/context.ts'
import { randomToken, sameBytes, sha256, verifyPassword } from '#platform/security/crypto.ts'
import { emit } from '#platform/events/events.ts'

export interface Session {
  readonly id: string
  readonly user: User
  readonly expiresAt: Date
}

export interface OpenedSession extends Session {
  readonly refreshToken: string
}

/** What a contract's sessions are like. */
export interface SessionTerms {
  readonly seconds: number
  /** The contract's refresh token for a session, different each time; by default a random one. */
  refreshToken?(session: Session): string
}

export interface LoginAttempt {
  /** E-mail, phone in any spelling, or username. */
  readonly identifier: string
  readonly password: string
  /** By what names this contract lets people log in. */
  readonly ways?: readonly Way[]
  readonly terms: SessionTerms
}

const EVERY_WAY: readonly Way[] = ['email', 'phone', 'username']

/**
 * Lets a person in. Failures count against account and address although the login is refused, so it runs in transactions
 * of its own; an unknown account costs the same work. Strangers' failures elsewhere do not keep a person out of where he has
 * logged in before. Refuses credentials_invalid, account_disabled, too_many_attempts.
 */
export async function login(door: Door, attempt: LoginAttempt): Promise<OpenedSession> {
  const { account, known } = await transact(door, (ctx) => lookUp(ctx, attempt), true)
  const matches = await verifyPassword(account?.passwordHash ?? null, attempt.password)
  const opened = await transact(door, async (ctx) => {
    await refuseBeyond(ctx, borne(limitsFor(ctx, account, attempt), known), true)
    return matches ? admit(ctx, account!, attempt.terms) : countFailure(ctx, account, attempt)
  })
  return opened ?? refuse('credentials_invalid')
}

async function lookUp(ctx: Ctx, attempt: LoginAttempt): Promise<{ account: store.Account | null; known: boolean }> {
  const account = await store.accountBy(ctx, attempt.identifier.trim(), attempt.ways ?? EVERY_WAY)
  const known = await hasLoggedInFromHere(ctx, account?.id)
  await refuseBeyond(ctx, borne(limitsFor(ctx, account, attempt), known))
  return { account, known }
}

const limitsFor = (ctx: Ctx, account: User | null, attempt: LoginAttempt) =>
  loginLimits(ctx, accountKey(account?.id, attempt.identifier))

async function countFailure(ctx: Ctx, account: User | null, attempt: LoginAttempt): Promise<null> {
  await countFailedLogin(ctx, limitsFor(ctx, account, attempt), account && { userId: account.id })
  return null
}

/** The password was right; it must still be the password, of an account that is still active. */
async function admit(ctx: Ctx, account: store.Account, terms: SessionTerms): Promise<OpenedSession | null> {
  const today = await store.lockAccount(ctx, account.id, 'share')
  if (today?.passwordHash !== account.passwordHash) return null
  if (today.status !== 'active') refuse('account_disabled')
  await forgive(ctx, account.id)
  const from = await noteLogin(ctx, account.id)
  const session = await openSession(ctx, today, terms)
  emit(ctx, 'user.logged_in', {
    user_id: account.id,
    session: session.id,
    address: ctx.address,
    new_address: from === 'new',
  })
  return session
}

/** Refuses account_disabled, user_not_found. */
export async function requireActive(ctx: Ctx, userId: number): Promise<void> {
  const { status } = (await userById(ctx, userId)) ?? refuse('user_not_found', { userId })
  if (status !== 'active') refuse('account_disabled')
}

/** Opens a session for a user whose identity is beyond doubt. */
export async function openSession(ctx: Ctx, user: User, terms: SessionTerms): Promise<OpenedSession> {
  const session = { id: randomUUID(), user, expiresAt: new Date(ctx.now.getTime() + terms.seconds * 1000) }
  const refreshToken = terms.refreshToken?.(session) ?? `${session.id}.${randomToken()}`
  await store.insertSession(ctx, {
    id: session.id,
    userId: user.id,
    refreshHash: sha256(refreshToken),
    expiresAt: session.expiresAt,
  })
  return { ...session, refreshToken }
}

export interface Continuation {
  readonly sessionId: string
  readonly refreshToken: string
  /** `keep`: the same refresh token serves the whole session. `rotate`: each serves once; a second use ends the session. */
  readonly rotation: 'keep' | 'rotate'
  readonly terms: SessionTerms
}

/**
 * Goes on with a session by its refresh token. A token that was already replaced has been stolen, from its owner or by
 * him: the whole family ends, in a transaction of its own. Refuses not_authenticated.
 */
export async function continueSession(door: Door, continuation: Continuation): Promise<OpenedSession> {
  if (!UUID.test(continuation.sessionId)) refuse('not_authenticated', { reason: 'malformed' })
  const outcome = await transact(door, (ctx) => goOn(ctx, continuation))
  return outcome ?? refuse('not_authenticated', { reason: 'revoked' })
}

async function goOn(
  ctx: Ctx,
  { sessionId, refreshToken, rotation, terms }: Continuation,
): Promise<OpenedSession | null> {
  const session = await store.lockSession(ctx, sessionId)
  if (!session || session.revokedAt || session.expiresAt <= ctx.now || session.contract !== ctx.contract) return null
  if (!session.refreshHash || !sameBytes(session.refreshHash, sha256(refreshToken))) {
    if (rotation === 'rotate') await endReused(ctx, session)
    return null
  }
  const user = await userById(ctx, session.userId)
  if (user?.status !== 'active') return null
  const { id, expiresAt } = session
  if (rotation === 'keep') return { id, expiresAt, user, refreshToken }
  const next = terms.refreshToken?.({ id, expiresAt, user }) ?? `${id}.${randomToken()}`
  await store.setRefreshHash(ctx, id, sha256(next))
  return { id, expiresAt, user, refreshToken: next }
}

async function endReused(ctx: Ctx, session: store.SessionRow): Promise<void> {
  await store.revokeSession(ctx, session.id)
  emit(ctx, 'user.session_revoked', {
    user_id: session.userId,
    session: session.id,
    reason: 'refresh_token_reused',
    address: ctx.address,
  })
}

/** The session that the actor came with. Refuses not_authenticated. */
export async function currentSession(ctx: Ctx): Promise<Session> {
  const { actor } = ctx
  if (actor.kind !== 'user') refuse('not_authenticated')
  const user = (await userById(ctx, actor.id)) ?? refuse('not_authenticated')
  const expiresAt = (await store.sessionEnd(ctx, actor.sessionId)) ?? refuse('not_authenticated')
  return { id: actor.sessionId, user, expiresAt }
}

/** Logs the actor out of the session he came with; its access and refresh tokens open nothing from now on. */
export async function endSession(ctx: Ctx): Promise<void> {
  const { actor } = ctx
  if (actor.kind !== 'user') refuse('not_authenticated')
  if (!(await store.revokeSession(ctx, actor.sessionId))) return
  emit(ctx, 'user.logged_out', { user_id: actor.id, sessions: 1 })
}

/** Logs a user out everywhere, of every contract. */
export async function endAllSessions(ctx: Ctx, userId: number): Promise<void> {
  const sessions = await store.revokeSessionsOf(ctx, userId)
  if (sessions > 0) emit(ctx, 'user.logged_out', { user_id: userId, sessions })
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/**
 * Who a contract's session speaks for, as of now: roles, branch and status are read again on every request, so a
 * demotion, a logout or a password change acts at once. A user who is not named is the session's own. Refuses not_authenticated.
 */
export async function actorOfSession(
  services: Services,
  org: Organisation,
  session: { readonly id: string; readonly userId?: number; readonly contract: string },
): Promise<Extract<Actor, { kind: 'user' }>> {
  const { id, userId = 0 } = session
  if (!UUID.test(id) || !Number.isInteger(userId)) refuse('not_authenticated', { reason: 'malformed' })
  const owner = await services.db.transact(org.id, (tx) => store.sessionOwner(tx, org, session), true)
  if (!owner || owner.revoked || owner.expiresAt <= services.clock.now() || owner.status !== 'active') {
    refuse('not_authenticated', { reason: 'revoked' })
  }
  const { roles, customerId, branch } = owner
  return { kind: 'user', id: owner.userId, roles, sessionId: id, customerId, ...(branch !== null && { branch }) }
}
