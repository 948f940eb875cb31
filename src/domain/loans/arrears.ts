/** Arrears: what should have been paid by a day and was not. */
import { type Day, daysBetween } from '#domain/day.ts'
import { type Instalment, type Parts, addParts, NOTHING, outstandingOf, totalOf } from '#domain/loans/instalment.ts'

/** The instalment that the customer has to pay next; minor units. */
interface NextDue {
  readonly nr: number
  readonly dueDay: Day
  readonly amount: bigint
}

export interface Arrears {
  /** Days since the due day of the oldest unpaid instalment; 0 when nothing is overdue. */
  readonly daysPastDue: number
  /** Outstanding on the instalments due before today. */
  readonly overdue: Parts
  /** Outstanding on all instalments. */
  readonly outstanding: Parts
  /** The oldest unpaid instalment due today or later, or null when there is none. */
  readonly nextDue: NextDue | null
}

/** What is overdue, outstanding and due next as of a day. An instalment is overdue from the day after its due day. */
export function arrears(instalments: readonly Instalment[], today: Day): Arrears {
  let overdue = NOTHING
  let outstanding = NOTHING
  let daysPastDue = 0
  let nextDue: NextDue | null = null
  for (const instalment of instalments) {
    const parts = outstandingOf(instalment)
    const amount = totalOf(parts)
    if (amount <= 0n) continue
    outstanding = addParts(outstanding, parts)
    if (instalment.dueDay < today) {
      overdue = addParts(overdue, parts)
      daysPastDue = Math.max(daysPastDue, daysBetween(instalment.dueDay, today))
    } else if (!nextDue || instalment.dueDay < nextDue.dueDay) {
      nextDue = { nr: instalment.nr, dueDay: instalment.dueDay, amount }
    }
  }
  return { daysPastDue, overdue, outstanding, nextDue }
}
