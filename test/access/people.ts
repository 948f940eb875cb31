/** Who walks through the matrix: one of every role on this side of the wall, everybody of another organisation, and nobody. */
import { randomUUID } from 'node:crypto'
import { issueToken } from '#contracts/movicuotas/auth.ts'
import { tokenPair as officeTokens } from '#contracts/office/auth.ts'
import { accessToken as repayToken } from '#contracts/repaysync/auth.ts'
import { accessToken as sokoToken } from '#contracts/sokocredit/auth.ts'
import { tokenOf as visionToken } from '#contracts/visionfund/auth.ts'
import { type Role, ROLES } from '#domain/permission.ts'
import { openSession } from '#modules/identity/sessions.ts'
import { insertUser } from '#modules/identity/store.ts'
import { userById } from '#modules/identity/views.ts'
import { assignBranch } from '#modules/sales/sales.ts'
import { type Actor, type Door, scopeOfActor, transact } from '#platform/context.ts'
import type { World } from '#test/world.ts'

export const HOME = 'sokocredit'
export const ABROAD = 'visionfund'

/** An unguessable word that no answer holds by chance. */
export const marker = (): string => `zq${randomUUID().replaceAll('-', '').slice(0, 18)}`

/** The contracts that a token opens. */
export type Tokens = Readonly<Partial<Record<string, string>>>

export interface Person {
  readonly name: string
  readonly role: Role | 'nobody'
  readonly actor: Actor
  /** Tokens of now, by contract. */
  tokens(): Promise<Tokens>
}

export interface Hired extends Person {
  readonly id: number
  readonly actor: Actor & { readonly kind: 'user' }
}

interface Hiring {
  readonly name: string
  readonly role: Role
  readonly managerId?: number | null
  readonly branch?: string | null
  readonly contact?: { readonly email: string; readonly phone: string }
}

/** Registers a user without a password, since nobody logs in by one here. */
export async function hire(world: World, slug: string, hiring: Hiring): Promise<Hired> {
  const { name, role, managerId = null, branch = null, contact } = hiring
  const id = await transact(world.door(slug), async (ctx) => {
    const names = { username: `${name}-${slug}`, email: contact?.email ?? null, phone: contact?.phone ?? null }
    const row = { ...names, name, passwordHash: '-', roles: [role], managerId, profile: {} }
    const made = await insertUser(ctx, row)
    if (branch !== null) await assignBranch(ctx, made, branch)
    return made
  })
  const actor = { kind: 'user', id, roles: [role], sessionId: '', customerId: null, branch } as const
  return { name, role, id, actor, tokens: () => tokensOf(world, slug, id) }
}

/** The door of a person at an earlier instant. */
export function doorOf(world: World, person: Pick<Person, 'actor'>): Door {
  return { ...world.door(HOME), actor: person.actor, scope: scopeOfActor(person.actor) }
}

/** A token of every contract, each with a session of its own behind it. */
async function tokensOf(world: World, slug: string, id: number): Promise<Tokens> {
  const open = (contract: string) => {
    const door = { ...world.door(slug), contract }
    return transact(door, async (ctx) => {
      const session = await openSession(ctx, (await userById(ctx, id))!, { seconds: 86_400 })
      return { door, session }
    })
  }
  const [office, soko, repay, vision] = await Promise.all(['office', 'sokocredit', 'repaysync', 'visionfund'].map(open))
  const { customerId } = office!.session.user
  const movi = { ...world.door(slug), contract: 'movicuotas' }
  return {
    office: officeTokens(world.services, world.org(slug), office!.session).access,
    sokocredit: sokoToken(soko!.door, soko!.session, true),
    repaysync: repayToken(repay!.door, repay!.session),
    visionfund: visionToken(vision!.door, vision!.session),
    ...(customerId !== null && { movicuotas: await transact(movi, (ctx) => issueToken(ctx, customerId)) }),
  }
}

export const NOBODY: Person = {
  ...{ name: 'nobody', role: 'nobody', actor: { kind: 'anonymous' } },
  tokens: async () => ({}),
}

/** Every role that somebody has in an organisation; the platform's own staff act in all of them. */
export const STRANGERS = ROLES.filter((role) => role !== 'third_party' && role !== 'platform_admin')

/** Somebody of every role in another organisation. */
export async function strangers(world: World): Promise<Person[]> {
  const people: Person[] = []
  for (const role of STRANGERS) people.push(await hire(world, ABROAD, { name: `stranger-${role}`, role }))
  return people
}
