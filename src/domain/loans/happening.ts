/** What happens to a loan, as its replay wants to know it. */
import type { Day } from '#domain/day.ts'
import type { AllocationRule } from '#domain/loans/allocation-rule.ts'
import type { Component } from '#domain/loans/instalment.ts'
import type { Levy, PlannedRow } from '#domain/loans/loan-rows.ts'
import type { Reckon } from '#domain/loans/reckoner.ts'

/** A disbursement or any other event that gives the loan a new plan from this day on. */
export interface PlanHappening {
  readonly kind: 'plan'
  readonly day: Day
  readonly rows: readonly PlannedRow[]
  /** Where interest follows the principal really owed: the plan as the payments so far have changed it. */
  readonly reckon?: Reckon
}

/** A charge; `day` is when it takes effect: when entered, or at its due day where it was entered after that. */
export interface LevyHappening {
  readonly kind: 'levy'
  readonly day: Day
  readonly levy: Levy
}

export interface PaymentHappening {
  readonly kind: 'payment'
  readonly day: Day
  readonly id: number
  readonly amount: bigint
  readonly rule: AllocationRule
}

/** A refund of an overpayment. What was not overpaid is lent again: principal of the instalment the day belongs to. */
export interface RefundHappening {
  readonly kind: 'refund'
  readonly day: Day
  readonly id: number
  readonly amount: bigint
}

/** Money paid in advance is handed back: the youngest instalments give first. What is not in advance stays. */
export interface ReturnHappening {
  readonly kind: 'return'
  readonly day: Day
  readonly id: number
  readonly amount: bigint
}

/** A waiver of one component of the row that a day belongs to; `amount` null for all of it. */
export interface WaiverHappening {
  readonly kind: 'waiver'
  readonly day: Day
  readonly dueDay: Day
  readonly component: Component
  readonly amount: bigint | null
  /** The row it was given on, where rows keep their numbers. */
  readonly nr?: number
}

/** The loan's debts leave the books. From here on it bears no further interest, and what still comes in is a recovery. */
export interface LossHappening {
  readonly kind: 'loss'
  readonly day: Day
  readonly id: number
}

export type Happening =
  | PlanHappening
  | LevyHappening
  | PaymentHappening
  | RefundHappening
  | ReturnHappening
  | WaiverHappening
  | LossHappening

/** Whether it says what is due; all else moves what is owed. */
export const isDue = ({ kind }: Happening): boolean => kind === 'plan' || kind === 'levy'

/** Happenings count by day, those of one day in order of entry; all dues stand first where `duesFirst`. */
export function inOrder(history: readonly Happening[], duesFirst: boolean): readonly Happening[] {
  const byDay = history.toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))
  return duesFirst ? [...byDay.filter(isDue), ...byDay.filter((happening) => !isDue(happening))] : byDay
}
