/** Allocation: which debts a payment pays, and the instalments after it. */
import type { Day } from '#domain/day.ts'
import { min } from '#domain/money.ts'
import type { AllocationRule, DueThenAdvanceRule, OldestFirstRule } from '#domain/loans/allocation-rule.ts'
import { settleRanked } from '#domain/loans/allocation-ranked.ts'
import { type Claim, claimOf, settle, settleAll } from '#domain/loans/claim.ts'
import { type Component, type Instalment, type Parts, addParts, NOTHING, totalOf } from '#domain/loans/instalment.ts'

export type { AllocationRule }

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
  const { claims, left } = settleByRule(instalments, payment, rule)
  const lines: AllocationLine[] = []
  let total = NOTHING
  for (const { instalment, got } of claims) {
    if (totalOf(got) === 0n) continue
    lines.push({ nr: instalment.nr, parts: got })
    total = addParts(total, got)
  }
  return { lines, parts: total, overpayment: left }
}

interface Settled {
  readonly claims: readonly Claim[]
  readonly left: bigint
}

function settleByRule(instalments: readonly Instalment[], payment: Payment, rule: AllocationRule): Settled {
  if (rule.order !== 'ranked') return settleOldestFirst(instalments, payment, rule)
  const claims: Claim[] = []
  for (const instalment of instalments) {
    const claim = claimOf(instalment)
    if (claim) claims.push(claim)
  }
  return { claims, left: settleRanked({ instalments, claims, day: payment.day, rule }, payment.amount) }
}

/** Instalment by instalment until the money is used up; later instalments are not looked at. */
function settleOldestFirst(
  instalments: readonly Instalment[],
  payment: Payment,
  rule: OldestFirstRule | DueThenAdvanceRule,
): Settled {
  const claims: Claim[] = []
  let left = payment.amount
  for (const instalment of instalments) {
    if (left <= 0n) break
    const claim = claimOf(instalment)
    if (!claim) continue
    left = settleOne(claim, { amount: left, day: payment.day }, rule)
    claims.push(claim)
  }
  return { claims, left }
}

function settleOne(claim: Claim, payment: Payment, rule: OldestFirstRule | DueThenAdvanceRule): bigint {
  if (rule.order === 'oldestFirst') return settleAll(claim, rule.components, payment.amount)
  if (claim.instalment.dueDay <= payment.day) return settleAll(claim, rule.due, payment.amount)
  let left = payment.amount
  for (const component of rule.inAdvance) {
    left -= settle(claim, component, min(left, dueCharges(claim.instalment, component, payment.day)))
  }
  return settleAll(claim, rule.inAdvance, left)
}

/** What is unpaid of an instalment's charges of one kind whose own day has come. */
function dueCharges(instalment: Instalment, component: Component, day: Day): bigint {
  let due = 0n
  for (const charge of instalment.charges ?? []) {
    if (charge.component === component && charge.dueDay <= day) due += charge.amount
  }
  return due - instalment.paid[component] - instalment.waived[component]
}

/** The instalments after an allocation: what each line pays is added to the instalment's paid parts. */
export function applyAllocation(instalments: readonly Instalment[], allocation: Allocation): Instalment[] {
  if (allocation.lines.length === 0) return [...instalments]
  const received = new Map(allocation.lines.map((line) => [line.nr, line.parts]))
  return instalments.map((instalment) => {
    const parts = received.get(instalment.nr)
    return parts ? { ...instalment, paid: addParts(instalment.paid, parts) } : instalment
  })
}
