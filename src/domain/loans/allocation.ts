/** Allocation: which debts a payment pays. Instalments oldest first, and within each the components in the rule's order. */
import type { Day } from '#domain/day.ts'
import { min } from '#domain/money.ts'
import type { Component, Instalment, Parts } from '#domain/loans/instalment.ts'
import { addParts, COMPONENTS, NOTHING, outstandingOf, totalOf } from '#domain/loans/instalment.ts'

/** Instalments oldest first, whatever their day; within each the components in this order. */
export interface AllocationRule {
  readonly order: 'oldestFirst'
  readonly components: readonly Component[]
}

/** Penalty, fee, interest, principal; the order of most products. */
export const DEFAULT_RULE: AllocationRule = { order: 'oldestFirst', components: COMPONENTS }

/** What one instalment receives of a payment. */
export interface AllocationLine {
  readonly nr: number
  readonly parts: Parts
}

/** A payment taken apart: the lines sum to `parts`, and `parts` with `overpayment` to the payment. Minor units. */
export interface Allocation {
  readonly lines: readonly AllocationLine[]
  readonly parts: Parts
  readonly overpayment: bigint
}

export interface Payment {
  /** Minor units, not negative. */
  readonly amount: bigint
  /** The value day: the day the money counts from. */
  readonly day: Day
}

/**
 * Which debts the payment pays. No component of an instalment receives more than it owes; what no instalment owes is
 * the overpayment. A component that the rule does not name is not paid.
 */
export function allocate(instalments: readonly Instalment[], payment: Payment, rule: AllocationRule): Allocation {
  const lines: AllocationLine[] = []
  let total = NOTHING
  let left = payment.amount
  for (const instalment of instalments) {
    if (left <= 0n) break
    const parts = pay(outstandingOf(instalment), left, rule.components)
    const paid = totalOf(parts)
    if (paid === 0n) continue
    lines.push({ nr: instalment.nr, parts })
    total = addParts(total, parts)
    left -= paid
  }
  return { lines, parts: total, overpayment: left }
}

/** At most `amount` onto what is outstanding, component by component in the order given. */
function pay(outstanding: Parts, amount: bigint, order: readonly Component[]): Parts {
  const parts = { ...NOTHING }
  let left = amount
  for (const component of order) {
    const portion = min(left, outstanding[component])
    if (portion <= 0n) continue
    parts[component] = portion
    left -= portion
  }
  return parts
}

/** The instalments after an allocation: what each line pays is added to the instalment's paid parts. */
export function applyAllocation(instalments: readonly Instalment[], allocation: Allocation): Instalment[] {
  const received = new Map(allocation.lines.map((line) => [line.nr, line.parts]))
  return instalments.map((instalment) => {
    const parts = received.get(instalment.nr)
    return parts ? { ...instalment, paid: addParts(instalment.paid, parts) } : instalment
  })
}
