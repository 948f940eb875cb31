/** People registered, and changed: their names are nobody else's. */
import { type Action, permits, type Role, rolesFor } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import { requireStanding } from '#modules/identity/standing.ts'
import * as store from '#modules/identity/store.ts'
import { textsFor } from '#modules/identity/texts.ts'
import { countWithin, refuseBeyond, registrationLimits } from '#modules/identity/throttle.ts'
import { taken, type User, userById } from '#modules/identity/views.ts'
import type { Ctx } from '#platform/context.ts'
import { hashPassword } from '#platform/security/crypto.ts'
import { violatedKey } from '#platform/database/db.ts'
import { emit } from '#platform/events/events.ts'
import { queueMessages } from '#platform/messaging/messages.ts'
import { normalisePhone } from '#platform/phone.ts'

export interface NewUser {
  /** At least one of username, email and phone. */
  readonly username?: string | null
  readonly email?: string | null
  /** In any spelling. */
  readonly phone?: string | null
  readonly name?: string
  readonly password: string
  readonly roles: readonly [Role, ...Role[]]
  readonly managerId?: number | null
  readonly profile?: Readonly<Record<string, unknown>>
}

/**
 * Registers a user. The caller checks what roles the actor may hand out. Of two registrations of the same name at once, one is
 * refused. Refuses invalid_input, username_taken, phone_taken, email_taken, user_not_found (the manager), and
 * too_many_attempts where nobody of the staff does it and too many came from the address.
 */
export async function registerUser(ctx: Ctx, user: NewUser): Promise<number> {
  const names = namesOf(ctx, user)
  if (!names.username && !names.email && !names.phone) {
    refuse('invalid_input', { fields: { username: 'Give a username, an e-mail address or a phone number.' } })
  }
  await refuseTaken(ctx, names)
  if (user.managerId && !(await userById(ctx, user.managerId))) refuse('user_not_found', { userId: user.managerId })
  const limits = isTakenOnByStaff(ctx) ? [] : registrationLimits(ctx)
  await refuseBeyond(ctx, limits)
  const passwordHash = await hashPassword(user.password)
  await countWithin(ctx, limits)
  const { name = '', roles, managerId = null, profile = {} } = user
  const id = await writeNames(() =>
    store.insertUser(ctx, { ...names, name: name.trim(), passwordHash, roles, managerId, profile }),
  )
  emit(ctx, 'user.registered', { user_id: id, roles, manager_id: managerId })
  return id
}

const isTakenOnByStaff = ({ actor }: Ctx): boolean =>
  actor.kind === 'system' || ('roles' in actor && permits(actor.roles, 'user.register_customer'))

/**
 * Registers a user for whoever asks: anybody may become a customer, staff are taken on by those who may, and nobody hands out
 * a role above their own. Refuses not_permitted and what registerUser refuses.
 */
export async function enrol(ctx: Ctx, user: NewUser): Promise<number> {
  const { actor } = ctx
  const roles = 'roles' in actor ? actor.roles : []
  const needed: Action = user.roles.every((role) => role === 'customer')
    ? 'user.register_customer'
    : 'user.register_staff'
  const isFree = needed === 'user.register_customer' && roles.every((role) => role === 'customer')
  if (!isFree) {
    if (!permits(roles, needed)) refuse('not_permitted', { roles, allowed: rolesFor(needed) })
    requireStanding(ctx, user.roles)
  }
  return registerUser(ctx, user)
}

interface Names {
  readonly username: string | null
  readonly email: string | null
  readonly phone: string | null
}

/** The names in the form they are kept in. Refuses invalid_input. */
function namesOf(ctx: Ctx, given: Pick<NewUser, 'username' | 'email' | 'phone'>): Names {
  const email = given.email?.trim() || null
  if (email && !/^[^\s@]+@[^\s@]+$/.test(email)) {
    refuse('invalid_input', { fields: { email: 'This is not an e-mail address.' } })
  }
  const phone = given.phone?.trim() ? normalisePhone(given.phone, ctx.org.country) : null
  if (given.phone?.trim() && !phone) refuse('invalid_input', { fields: { phone: 'This is not a phone number.' } })
  return { username: given.username?.trim() || null, email, phone }
}

/** Refuses username_taken (also for somebody's e-mail or phone), phone_taken, email_taken, in this order. */
async function refuseTaken(ctx: Ctx, names: Partial<Names>, exceptId?: number): Promise<void> {
  const found = await taken(ctx, names, exceptId)
  if (found.username) refuse('username_taken')
  if (found.phone) refuse('phone_taken')
  if (found.email) refuse('email_taken')
}

const TAKEN = {
  users_by_username: 'username_taken',
  users_by_phone: 'phone_taken',
  users_by_email: 'email_taken',
} as const

/** A write of names; one that lost the race against another of the same name is refused like one that came late. */
async function writeNames<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const key = violatedKey(error)
    if (key !== null && key in TAKEN) refuse(TAKEN[key as keyof typeof TAKEN])
    throw error
  }
}

export interface UserChange {
  readonly username?: string
  readonly email?: string
  readonly phone?: string
  readonly name?: string
  /** Added to what is known; a field given as null is forgotten. */
  readonly profile?: Readonly<Record<string, unknown>>
}

/**
 * Changes what a user says about themselves. A new e-mail or phone is not verified, the old one is told of the change, codes
 * that were sent before open nothing, and no password is reset for a day.
 * Refuses user_not_found, invalid_input, username_taken, phone_taken, email_taken.
 */
export async function updateUser(ctx: Ctx, userId: number, change: UserChange): Promise<void> {
  const user = (await store.lockAccount(ctx, userId, 'no key update')) ?? refuse('user_not_found', { userId })
  const names = namesOf(ctx, {
    username: change.username ?? user.username,
    email: change.email ?? user.email,
    phone: change.phone ?? user.phone,
  })
  const isNew = (name: keyof Names) => names[name]?.toLowerCase() !== user[name]?.toLowerCase()
  const renamed = Object.fromEntries(Object.entries(names).filter(([name]) => isNew(name as keyof Names)))
  await refuseTaken(ctx, renamed, userId)
  const profile = Object.fromEntries(
    Object.entries({ ...user.profile, ...change.profile }).filter(([, value]) => value !== null),
  )
  await writeNames(() => store.updateUser(ctx, userId, { ...names, name: change.name?.trim() ?? user.name, profile }))
  await warnOldContacts(ctx, user, names)
  if (isNew('email') || isNew('phone')) await store.voidAllCodes(ctx, userId)
  const fields = Object.keys(change).filter((key) => change[key as keyof UserChange] !== undefined)
  emit(ctx, 'user.updated', { user_id: userId, fields })
}

async function warnOldContacts(ctx: Ctx, was: User, is: Names): Promise<void> {
  const { changed, changedSubject } = textsFor(ctx.org.locale)
  const warning = { subject: changedSubject, body: changed }
  const oldMail = was.email && was.email.toLowerCase() !== is.email?.toLowerCase() ? was.email : null
  const oldPhone = was.phone && was.phone !== is.phone ? was.phone : null
  await queueMessages(ctx, [
    ...(oldMail ? [{ channel: 'mail', recipient: oldMail, ...warning } as const] : []),
    ...(oldPhone ? [{ channel: 'sms', recipient: oldPhone, ...warning } as const] : []),
  ])
}
