/** Who stands above whom: nobody hands out a role above their own, or changes what somebody above them may do. */
import type { Role } from '#domain/permission.ts'

const STANDING: Readonly<Record<Role, number>> = {
  platform_admin: 5,
  admin: 4,
  manager: 3,
  collection_head: 3,
  loan_officer: 2,
  collection_manager: 2,
  collection_officer: 1,
  calling_agent: 1,
  staff: 1,
  third_party: 0,
  customer: 0,
}

/** How far up the highest of the roles stands. */
const standingOf = (roles: readonly Role[]): number => Math.max(0, ...roles.map((role) => STANDING[role]))

/** Whether somebody with the first roles may hand out the others, or act on somebody who has them. */
export const standsAsHigh = (own: readonly Role[], others: readonly Role[]): boolean =>
  standingOf(own) >= standingOf(others)

/** Roles that run an organisation: the last person with one of them stays. */
export const ADMINISTRATORS: readonly Role[] = ['admin', 'platform_admin']
