/** Allocations per second in one thread: payments onto loans of 36 monthly instalments, some way into their term. */
import { type Day, addDays, day } from '#domain/day.ts'
import { allocate, applyAllocation } from '#domain/loans/allocation.ts'
import {
  type AllocationRule,
  type Rank,
  DEFAULT_RULE,
  PRINCIPAL_IN_ADVANCE_RULE,
} from '#domain/loans/allocation-rule.ts'
import { decliningTerms } from '#domain/loans/everyday-terms.ts'
import { type Instalment, COMPONENTS } from '#domain/loans/instalment.ts'
import { instalmentsOf, schedule } from '#domain/loans/schedule.ts'
import { percent } from '#domain/rate.ts'

const SECONDS = 2
const LOANS = 1_000

const RANKS: Rank[] = (['pastDue', 'due', 'inAdvance'] as const).flatMap((due) =>
  COMPONENTS.map((component) => ({ due, component })),
)
const ranked = (inAdvanceTo: 'next' | 'spread'): AllocationRule => ({
  order: 'ranked',
  processing: 'horizontal',
  ranks: RANKS,
  inAdvanceTo,
})

export interface Measured {
  readonly what: string
  readonly perSecond: number
}

interface Paid {
  readonly instalments: readonly Instalment[]
  readonly payment: { readonly amount: bigint; readonly day: Day }
}

/** A loan of which the first instalments are paid, and the next payment: half an instalment to two and a half. */
function loan(i: number): Paid {
  const principal = 50_000n + BigInt((i * 7_919) % 5_000_000)
  const disbursedOn = day('2025-01-01')
  const terms = decliningTerms({ principal, rate: percent('18'), months: 36, frequency: 'monthly', disbursedOn })
  const planned = instalmentsOf(schedule(terms))
  const before = (principal / 36n) * BigInt(i % 30)
  const first = { amount: before, day: disbursedOn }
  const instalments = applyAllocation(planned, allocate(planned, first, DEFAULT_RULE))
  const amount = (principal / 72n) * BigInt(1 + (i % 5))
  return { instalments, payment: { amount, day: addDays(disbursedOn, 30 * (i % 36)) } }
}

/** Payments allocated and applied, by the simplest rule and by those that cost most. */
export function measureAllocations(): Measured[] {
  const loans = Array.from({ length: LOANS }, (_, i) => loan(i))
  return [
    { what: 'allocations, 36 instalments, oldest first', perSecond: perSecond(loans, DEFAULT_RULE) },
    { what: 'allocations, due then in advance', perSecond: perSecond(loans, PRINCIPAL_IN_ADVANCE_RULE) },
    { what: 'allocations, ranked, in advance to the next', perSecond: perSecond(loans, ranked('next')) },
    { what: 'allocations, ranked, in advance spread', perSecond: perSecond(loans, ranked('spread')) },
  ]
}

function perSecond(loans: readonly Paid[], rule: AllocationRule): number {
  for (const { instalments, payment } of loans) applyAllocation(instalments, allocate(instalments, payment, rule))
  const start = process.hrtime.bigint()
  let done = 0
  while (process.hrtime.bigint() - start < BigInt(SECONDS) * 1_000_000_000n) {
    for (const { instalments, payment } of loans) applyAllocation(instalments, allocate(instalments, payment, rule))
    done += loans.length
  }
  return Math.round((done * 1e9) / Number(process.hrtime.bigint() - start))
}

if (import.meta.filename === process.argv[1]) {
  for (const { what, perSecond: figure } of measureAllocations()) console.log(`${what}: ${figure} a second`)
}
