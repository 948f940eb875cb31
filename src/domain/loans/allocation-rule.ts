/** Allocation rules: the orders in which a product lets a payment pay its debts. */
import { type Component, COMPONENTS } from '#domain/loans/instalment.ts'

/** Instalments oldest first, whatever their day; within each the components in this order. */
export interface OldestFirstRule {
  readonly order: 'oldestFirst'
  readonly components: readonly Component[]
}

/**
 * Instalments oldest first. Due or overdue ones by `due`. One that is not yet due: first the charges whose own day has
 * come, in the order of `inAdvance`, then everything in that order.
 */
export interface DueThenAdvanceRule {
  readonly order: 'dueThenAdvance'
  readonly due: readonly Component[]
  readonly inAdvance: readonly Component[]
}

/** Where an instalment stands on the value day of a payment: due before it, on it or after it. */
export type DueType = 'pastDue' | 'due' | 'inAdvance'

export interface Rank {
  readonly due: DueType
  readonly component: Component
}

/**
 * Where money goes that pays in advance: to the next instalment, to the last, evenly over all that are to come, or to
 * the one whose period it is and then to the last.
 */
export type AdvanceTarget = 'next' | 'last' | 'spread' | 'currentThenLast'

/**
 * An explicit list of ranks. Horizontal: the ranks of one due type together, instalment by instalment. Vertical: rank
 * by rank, each over all instalments.
 */
export interface RankedRule {
  readonly order: 'ranked'
  readonly processing: 'horizontal' | 'vertical'
  readonly ranks: readonly Rank[]
  readonly inAdvanceTo: AdvanceTarget
}

export type AllocationRule = OldestFirstRule | DueThenAdvanceRule | RankedRule

/** Penalty, fee, interest, principal, instalments oldest first; the order of most products. */
export const DEFAULT_RULE: AllocationRule = { order: 'oldestFirst', components: COMPONENTS }

/** Due: penalty, fee, interest, principal. In advance: principal before the rest, so that early money lowers the debt. */
export const PRINCIPAL_IN_ADVANCE_RULE: AllocationRule = {
  order: 'dueThenAdvance',
  due: ['penalty', 'fee', 'interest', 'principal'],
  inAdvance: ['principal', 'penalty', 'fee', 'interest'],
}

/** Penalty, interest, principal, fee, due and in advance. */
export const FEE_LAST_RULE: AllocationRule = {
  order: 'dueThenAdvance',
  due: ['penalty', 'interest', 'principal', 'fee'],
  inAdvance: ['penalty', 'interest', 'principal', 'fee'],
}
