/** In which of our accounts money lies that came in some way. */
import { BANK, CASH, MOBILE_MONEY } from '#domain/ledger/chart.ts'

/** Ways in which customers say that they have paid. */
export const CLAIM_METHODS = ['cash', 'transfer', 'card', 'other'] as const
export type ClaimMethod = (typeof CLAIM_METHODS)[number]

/** Cash in the till, what customers transfer in the bank, everything else in mobile money. */
export function moneyAccountOf(provider: string): number {
  if (provider === 'cash') return CASH
  return (CLAIM_METHODS as readonly string[]).includes(provider) ? BANK : MOBILE_MONEY
}
