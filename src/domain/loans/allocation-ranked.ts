/** Allocation by an explicit list of ranks (due type × component), horizontally or vertically. */
import type { Day } from '#domain/day.ts'
import { divide, min } from '#domain/money.ts'
import type { DueType, Rank, RankedRule } from '#domain/loans/allocation-rule.ts'
import { type Claim, settle } from '#domain/loans/claim.ts'
import type { Component, Instalment } from '#domain/loans/instalment.ts'

interface Run {
  readonly instalments: readonly Instalment[]
  /** Of the instalments on which anything is outstanding, in their order. */
  readonly claims: readonly Claim[]
  readonly day: Day
  readonly rule: RankedRule
}

/** Pays the claims by the rule's ranks and answers what is left of the amount: the overpayment. */
export function settleRanked(run: Run, amount: bigint): bigint {
  const groups = run.rule.processing === 'horizontal' ? byDueType(run.rule.ranks) : run.rule.ranks.map((r) => [r])
  let left = amount
  for (const group of groups) {
    if (left <= 0n) break
    left = settleGroup(run, group, left)
  }
  return left
}

/** The ranks of one due type together, in the order in which the due types first appear. */
function byDueType(ranks: readonly Rank[]): Rank[][] {
  const groups = new Map<DueType, Rank[]>()
  for (const rank of ranks) {
    const group = groups.get(rank.due)
    if (group) group.push(rank)
    else groups.set(rank.due, [rank])
  }
  return [...groups.values()]
}

/** Instalment by instalment (or spread over several at once) until the money or the debt of these ranks is used up. */
function settleGroup(run: Run, ranks: readonly Rank[], amount: bigint): bigint {
  const components = ranks.map((rank) => rank.component)
  const open = run.claims.filter((claim) => dueTypeOf(claim, run.day) === ranks[0]!.due && wants(claim, components))
  let left = amount
  while (left > 0n) {
    const targets = targetsOf(
      run,
      ranks[0]!.due,
      open.filter((claim) => wants(claim, components)),
    )
    if (targets.length === 0) break
    for (const component of components) left = spread(targets, component, left)
  }
  return left
}

const wants = (claim: Claim, components: readonly Component[]): boolean =>
  components.some((component) => claim.owed[component] > 0n)

function dueTypeOf(claim: Claim, day: Day): DueType {
  const { dueDay } = claim.instalment
  if (dueDay < day) return 'pastDue'
  return dueDay === day ? 'due' : 'inAdvance'
}

/** Which of the open instalments the next money goes to. Debt that has fallen due: always the oldest. */
function targetsOf(run: Run, due: DueType, open: readonly Claim[]): readonly Claim[] {
  const first = open.slice(0, 1)
  const last = open.slice(-1)
  if (due !== 'inAdvance') return first
  switch (run.rule.inAdvanceTo) {
    case 'next':
      return first
    case 'last':
      return last
    case 'spread':
      return open
    case 'currentThenLast':
      return first.length > 0 && isCurrent(run, first[0]!) ? first : last
  }
}

/**
 * The instalment whose period the day falls in. A period starts the day after the last due day, the first one on the
 * day of disbursement.
 */
function isCurrent({ instalments, day }: Run, { instalment }: Claim): boolean {
  if (instalments.find((other) => other.dueDay > day) !== instalment) return false
  const { startDay } = instalment
  return !startDay || startDay < day || !instalments.some((other) => endsBy(other, startDay))
}

/** A period that ends by a day; a down payment has none. */
const endsBy = (instalment: Instalment, day: Day): boolean =>
  instalment.dueDay <= day && instalment.startDay !== instalment.dueDay

/**
 * Evenly: HALF_EVEN(amount / n) for each, the last one takes the remainder; where the rounded shares would be more than
 * the amount they are rounded DOWN. What an instalment does not owe stays unspent. Answers what is left.
 */
function spread(targets: readonly Claim[], component: Component, amount: bigint): bigint {
  const n = BigInt(targets.length)
  let share = divide(amount, n, 'HALF_EVEN')
  if (share * (n - 1n) > amount) share = divide(amount, n, 'DOWN')
  let left = amount
  for (const [at, claim] of targets.entries()) {
    const portion = at === targets.length - 1 ? amount - share * (n - 1n) : share
    left -= settle(claim, component, min(portion, left))
  }
  return left
}
