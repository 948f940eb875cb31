/** A claim: what one instalment still wants of a payment while the payment is being allocated, and what it has got. */
import { min } from '#domain/money.ts'
import type { Component, Instalment, Parts } from '#domain/loans/instalment.ts'

type Amounts = { -readonly [K in keyof Parts]: Parts[K] }

export interface Claim {
  readonly instalment: Instalment
  readonly owed: Amounts
  readonly got: Amounts
}

/** The claim of an instalment, or null when nothing is outstanding on it. */
export function claimOf(instalment: Instalment): Claim | null {
  const { due, paid, waived } = instalment
  const owed = {
    penalty: due.penalty - paid.penalty - waived.penalty,
    fee: due.fee - paid.fee - waived.fee,
    interest: due.interest - paid.interest - waived.interest,
    principal: due.principal - paid.principal - waived.principal,
  }
  if (owed.principal <= 0n && owed.interest <= 0n && owed.fee <= 0n && owed.penalty <= 0n) return null
  return { instalment, owed, got: { penalty: 0n, fee: 0n, interest: 0n, principal: 0n } }
}

/** Pays at most `amount` onto one component of the claim and answers what it took. */
export function settle(claim: Claim, component: Component, amount: bigint): bigint {
  const portion = min(amount, claim.owed[component])
  if (portion <= 0n) return 0n
  claim.owed[component] -= portion
  claim.got[component] += portion
  return portion
}

/** Pays the components in their order and answers what is left of the amount. */
export function settleAll(claim: Claim, components: readonly Component[], amount: bigint): bigint {
  let left = amount
  for (const component of components) {
    if (left <= 0n) return left
    left -= settle(claim, component, left)
  }
  return left
}
