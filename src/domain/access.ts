/**
 * Who may see and act on which customer, loan, payment, phone and sale. Permissions (permission.ts) say what a role may do at
 * all; this says to whom. Every view and lock takes the answer as its scope.
 */
import type { Channel } from '#domain/collections/disposition.ts'
import { permits, type Role } from '#domain/permission.ts'

/**
 * Whose customers somebody reaches. `team`: those assigned to them, to somebody below them in the tree of managers, or taken
 * on by themselves; `own`: assigned to them or taken on by them; `self`: one customer, who asks for themselves.
 */
export type Extent = 'all' | 'team' | 'own' | 'self' | 'none'

export type Purpose = 'read' | 'write'

export interface Scope extends Readonly<Record<Purpose, Extent>> {
  /**
   * Narrows loans, and the payments, payouts, phones and sales that belong to them, to one branch; null: any branch.
   * Customers are found at every branch: nobody sells another phone to somebody who owes for one elsewhere.
   */
  readonly branch: string | null
  /** Who asks, among the users of the organisation; null: nobody of them. */
  readonly userId: number | null
  /** The customer of `self`; null: the one whose login `userId` is. */
  readonly customerId: number | null
  /** Which contacts with customers are shown: visits, calls, or both. */
  readonly channels: readonly Channel[]
}

type Reach = Readonly<Record<Purpose, Extent>>

const ALL: Reach = { read: 'all', write: 'all' }
const TEAM: Reach = { read: 'team', write: 'team' }
const SELF: Reach = { read: 'self', write: 'self' }
const NONE: Reach = { read: 'none', write: 'none' }

/** Calling agents may call anybody, and change only what is theirs. Institutions see whom they name once that customer has agreed. */
const REACH: Readonly<Record<Role, Reach>> = {
  platform_admin: ALL,
  admin: ALL,
  manager: ALL,
  loan_officer: ALL,
  collection_head: ALL,
  collection_manager: TEAM,
  collection_officer: TEAM,
  calling_agent: { read: 'all', write: 'own' },
  staff: ALL,
  customer: SELF,
  third_party: NONE,
}

const WIDTH: Readonly<Record<Extent, number>> = { none: 0, self: 1, own: 2, team: 3, all: 4 }
const wider = (a: Extent, b: Extent): Extent => (WIDTH[a] >= WIDTH[b] ? a : b)

const NOBODY = { branch: null, userId: null, customerId: null, channels: [] }

/** Jobs, providers, and rules that hold whoever asks. */
export const EVERYTHING: Scope = { ...ALL, ...NOBODY, channels: ['field', 'calling'] }

/** Whoever has not said who they are. */
export const NOTHING: Scope = { ...NONE, ...NOBODY }

/** One customer and what is theirs: for whoever has proved to be that customer. */
export const scopeOfCustomer = (customerId: number): Scope => ({ ...SELF, ...NOBODY, customerId })

export interface Person {
  readonly roles: readonly Role[]
  /** Null: no user of this organisation. */
  readonly userId: number | null
  readonly customerId?: number | null
  /** The one branch that they work for. */
  readonly branch?: string | null | undefined
}

/**
 * The widest reach that any of the roles gives, at the branch they work for, unless a role of theirs covers every branch.
 * Whoever asks as a customer has their own at every branch.
 */
export function scopeOf({ roles, userId, customerId = null, branch = null }: Person): Scope {
  const of = (purpose: Purpose): Extent =>
    roles.map((role) => REACH[role][purpose]).reduce<Extent>((a, b) => wider(a, b), 'none')
  const narrowed = permits(roles, 'branch.every') || of('read') === 'self' ? null : branch
  return {
    ...{ read: of('read'), write: of('write'), branch: narrowed, userId, customerId },
    channels: channelsShownTo(roles),
  }
}

const channelsShownTo = (roles: readonly Role[]): readonly Channel[] => [
  ...(permits(roles, 'collection.visit') ? (['field'] as const) : []),
  ...(permits(roles, 'collection.read_calls') ? (['calling'] as const) : []),
]

/** Whether a sale at a branch is within reach. */
export const coversBranch = (scope: Pick<Scope, 'branch'>, branch: string): boolean =>
  scope.branch === null || scope.branch === branch

/** Whether no loan of the organisation is out of reach. */
export const reachesEveryLoan = (scope: Scope, to: Purpose): boolean => scope[to] === 'all' && scope.branch === null

/** Whether a customer's record is open to somebody who sees all customers, or only themselves. */
export function opensCustomer(
  { read, userId, customerId }: Scope,
  customer: { readonly id: number; readonly userId: number | null },
): boolean {
  if (read === 'all') return true
  if (read !== 'self') return false
  return customerId === null ? userId !== null && customer.userId === userId : customer.id === customerId
}
