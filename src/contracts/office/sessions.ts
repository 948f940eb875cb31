/** Logging in to the office. */
import { z } from 'zod'
import { ROLES } from '#domain/permission.ts'
import * as field from '#contracts/office/answer-fields.ts'
import { Refusal, refuse } from '#domain/refusal.ts'
import { CONTRACT, organisationBySlug, sessionTerms, type TokenPair, tokenPair } from '#contracts/office/auth.ts'
import { changePassword, continueSession, endSession, login, resetPassword } from '#modules/identity/identity.ts'
import { rolesUnder, userById } from '#modules/identity/views.ts'
import { type Ctx, type Door, doorAt, type Organisation, transact } from '#platform/context.ts'
import { allOrganisations } from '#platform/database/founding.ts'
import { openOrganisations } from '#platform/organisations.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = 'Auth'

const pairSchema = z.object({ access: z.string(), refresh: z.string() }).meta({ id: 'TokenPair' })
const loginBody = z.object({ email: z.string().trim().min(3).max(254), password: z.string().min(1).max(200) })

export const logIn: Operation = {
  id: 'logIn',
  section,
  summary: 'Log in',
  description:
    'Without X-Organisation the account is looked for in the platform’s organisation, then in every other, until the password fits. With it, in that organisation, and among those who act in all of them.',
  transaction: 'own',
  body: loginBody,
  exampleBody: { email: 'admin@mkopo.dev', password: 'password' },
  answers: {
    200: {
      description: 'An access token of 15 minutes and a refresh token that serves once',
      schema: pairSchema,
      example: { access: 'eyJ…', refresh: 'mkopo.…' },
    },
  },
  async handle(door: Door, { body, headers }: Request<unknown, unknown, z.infer<typeof loginBody>>): Promise<Answer> {
    const attempt = { identifier: body.email, password: body.password, ways: ['email' as const], terms: sessionTerms }
    const doors = await (headers['x-organisation'] ? doorsOfChosen : doorsOfAccount)(door, body.email)
    return { status: 200, body: await logInAtFirst(doors, attempt) }
  },
}

/** Lets in where the password is right; where it is right nowhere, answers the first refusal. */
async function logInAtFirst(doors: readonly Door[], attempt: Parameters<typeof login>[1]): Promise<TokenPair> {
  let refused: unknown
  for (const at of doors) {
    try {
      return tokenPair(at.services, at.org, await login(at, attempt))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refused ??= error
    }
  }
  throw refused
}

/**
 * The chosen organisation, unless only the platform's knows the address, as that of somebody who acts in every organisation.
 * Both where both know it.
 */
async function doorsOfChosen(door: Door, email: string): Promise<Door[]> {
  const platform = await openOrganisations(door.services.db).boundTo(CONTRACT)
  if (!platform || platform.id === door.org.id) return [door]
  const home = movedTo(door, platform)
  const roles = await transact(home, (ctx) => rolesUnder(ctx, email), true)
  if (!roles?.includes('platform_admin')) return [door]
  return (await transact(door, (ctx) => rolesUnder(ctx, email), true)) ? [door, home] : [home]
}

/**
 * The organisations that know the address, the platform's first: whoever signs up with a stranger's address somewhere
 * does not shut the stranger out. The given door when none does, where the failure is counted.
 */
async function doorsOfAccount(door: Door, email: string): Promise<Door[]> {
  const others = (await allOrganisations(door.services.db)).filter((org) => org.id !== door.org.id)
  const knowing: Door[] = []
  for (const at of [door, ...others.map((org) => movedTo(door, org))]) {
    if (await transact(at, (ctx) => rolesUnder(ctx, email), true)) knowing.push(at)
  }
  return knowing.length > 0 ? knowing : [door]
}

const movedTo = (door: Door, org: Organisation): Door => doorAt(door.services, { ...door, org })

const refreshBody = z.object({ refresh: z.string().min(1).max(500) })
const REFRESH = /^([a-z0-9-]+)\.(([\da-f-]{36})\..+)$/

export const refreshSession: Operation = {
  id: 'refreshSession',
  section,
  summary: 'Exchange a refresh token for a new pair',
  description: 'Each refresh token serves once; a second use ends the session, since one of the two users stole it.',
  transaction: 'own',
  body: refreshBody,
  answers: { 200: { description: 'A new pair', schema: pairSchema } },
  async handle(door: Door, { body }: Request<unknown, unknown, z.infer<typeof refreshBody>>): Promise<Answer> {
    const [, slug, refreshToken, sessionId] = REFRESH.exec(body.refresh) ?? refuse('not_authenticated')
    const org = (await organisationBySlug(door.services, slug!)) ?? refuse('not_authenticated')
    const at = movedTo(door, org)
    const continuation = {
      sessionId: sessionId!,
      refreshToken: refreshToken!,
      rotation: 'rotate' as const,
      terms: sessionTerms,
    }
    return { status: 200, body: tokenPair(at.services, org, await continueSession(at, continuation)) }
  },
}

/** In the organisation that stands before the token; what has no such beginning is nobody's. */
const TOKEN = /^([a-z0-9-]{1,60})\.[\w-]{1,100}$/
const newPassword = z.string().min(8, 'Choose a password of at least 8 characters.').max(200)
const choice = z.object({ token: z.string().trim().min(1).max(200), password: newPassword })

export const choosePassword: Operation = {
  id: 'choosePassword',
  section,
  summary: 'Choose a password with the code of an invitation or a reset',
  description: 'The code serves once. All sessions of the account end; log in with the new password.',
  transaction: 'own',
  body: choice,
  exampleBody: { token: 'acme.x3vT…', password: 'a long sentence' },
  answers: { 204: { description: 'Chosen' } },
  async handle(door: Door, { body }: Request<unknown, unknown, z.infer<typeof choice>>): Promise<Answer> {
    const [, slug] = TOKEN.exec(body.token) ?? refuse('code_invalid')
    const org = (await organisationBySlug(door.services, slug!)) ?? refuse('code_invalid')
    await transact(movedTo(door, org), (ctx) => resetPassword(ctx, body))
    return { status: 204 }
  },
}

const passwordChange = z.object({ current_password: z.string().min(1).max(200), new_password: newPassword })

export const changeOwnPassword: Operation = {
  id: 'changeOwnPassword',
  section,
  summary: 'Change one’s own password',
  description: 'This session goes on, all others end.',
  transaction: 'own',
  body: passwordChange,
  answers: { 204: { description: 'Changed' } },
  async handle(door: Door, { body }: Request<unknown, unknown, z.infer<typeof passwordChange>>): Promise<Answer> {
    const at = atHome(door)
    const userId = at.actor.kind === 'user' ? at.actor.id : refuse('not_authenticated')
    await changePassword(at, { userId, current: body.current_password, next: body.new_password })
    return { status: 204 }
  },
}

export const logOut: Operation = {
  id: 'logOut',
  section,
  summary: 'Log out: the session’s tokens open nothing any more',
  transaction: 'own',
  answers: { 204: { description: 'Logged out' } },
  async handle(door: Door): Promise<Answer> {
    await transact(atHome(door), endSession)
    return { status: 204 }
  },
}

/** Where the caller's session and password are kept: staff of the platform act elsewhere. */
const atHome = (door: Door): Door =>
  door.actor.kind === 'operator'
    ? { ...movedTo(door, door.actor.home), actor: { ...door.actor, kind: 'user', customerId: null } }
    : door

export const whoAmI: Operation = {
  id: 'readOwnUser',
  section,
  summary: 'Who I am and which organisation this is',
  answers: {
    200: {
      description: 'The caller',
      schema: z.object({
        ...{ id: field.id, email: z.string().nullable(), roles: z.array(z.enum(ROLES)) },
        organisation: z.string().meta({ description: 'Its slug' }),
      }),
      example: { id: 1, email: 'admin@mkopo.dev', roles: ['platform_admin'], organisation: 'mkopo' },
    },
  },
  async handle(ctx: Ctx): Promise<Answer> {
    const { actor, org } = ctx
    if (actor.kind === 'operator')
      return { status: 200, body: { id: actor.id, email: null, roles: actor.roles, organisation: org.slug } }
    if (actor.kind !== 'user') refuse('not_authenticated')
    const user = (await userById(ctx, actor.id)) ?? refuse('user_not_found')
    return { status: 200, body: { id: user.id, email: user.email, roles: user.roles, organisation: org.slug } }
  },
}
