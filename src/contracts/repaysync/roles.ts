/** RepaySync's words for the roles. */
import type { Role } from '#domain/permission.ts'

/** Whom anybody may register as; who stands above them is made by those who may. */
export const ROLE_WORDS = ['collection_officer', 'manager', 'super_manager', 'calling_agent'] as const
export type RoleWord = (typeof ROLE_WORDS)[number]

const MEANT: Readonly<Record<RoleWord, Role>> = {
  collection_officer: 'collection_officer',
  manager: 'collection_manager',
  super_manager: 'collection_head',
  calling_agent: 'calling_agent',
}

export const roleOf = (word: RoleWord): Role => MEANT[word]

const SPOKEN: Readonly<Partial<Record<Role, string>>> = {
  platform_admin: 'admin',
  collection_manager: 'manager',
  collection_head: 'super_manager',
}

/** The first of a user's roles in these words; roles of other parts of the house by their own names. */
export const roleWord = ([role]: readonly Role[]): string => (role ? (SPOKEN[role] ?? role) : '')
