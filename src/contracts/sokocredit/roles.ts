/** SokoCredit's words for the roles. */
import type { Role } from '#domain/permission.ts'

/** admin, lender, mama_mboga; the platform's other roles by their own names. */
export function roleWord(roles: readonly Role[]): string {
  if (roles.some((role) => role === 'admin' || role === 'platform_admin')) return 'admin'
  if (roles.some((role) => role === 'loan_officer' || role === 'manager')) return 'lender'
  return roles.includes('customer') ? 'mama_mboga' : (roles[0] ?? 'mama_mboga')
}

const MEANT: Readonly<Record<string, Role>> = {
  admin: 'admin',
  lender: 'loan_officer',
  loan_officer: 'loan_officer',
  mama_mboga: 'customer',
  customer: 'customer',
}

/** The role that a word means, as its clients write it (`Mama Mboga`, `customer`); null: no such role. */
export const roleOf = (word: string): Role | null =>
  MEANT[
    word
      .trim()
      .toLowerCase()
      .replace(/[\s-]+/g, '_')
  ] ?? null
