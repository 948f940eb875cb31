/** Whose customers somebody may see and change in collections work. */
import type { Role } from '#domain/permission.ts'

/** `tree`: assigned to him, created by him, or assigned to somebody below him; `own`: assigned to him or created by him. */
export type Extent = 'all' | 'tree' | 'own' | 'none'

export interface Reach {
  readonly read: Extent
  readonly write: Extent
}

const EVERYTHING: Reach = { read: 'all', write: 'all' }
const TREE: Reach = { read: 'tree', write: 'tree' }

const REACH: Readonly<Partial<Record<Role, Reach>>> = {
  platform_admin: EVERYTHING,
  admin: EVERYTHING,
  manager: EVERYTHING,
  loan_officer: EVERYTHING,
  collection_head: EVERYTHING,
  collection_manager: TREE,
  collection_officer: TREE,
  calling_agent: { read: 'all', write: 'own' },
}

const WIDTH: Readonly<Record<Extent, number>> = { none: 0, own: 1, tree: 2, all: 3 }
const wider = (a: Extent, b: Extent): Extent => (WIDTH[a] >= WIDTH[b] ? a : b)

/** The widest reach that any of the roles gives: calling agents read everything, officers and managers their tree. */
export function reachOf(roles: readonly Role[]): Reach {
  let reach: Reach = { read: 'none', write: 'none' }
  for (const role of roles) {
    const { read, write } = REACH[role] ?? reach
    reach = { read: wider(reach.read, read), write: wider(reach.write, write) }
  }
  return reach
}
