/** A promise to pay: so much until a day. What was paid on the loan since it was made decides. */
import type { Day } from '#domain/day.ts'

export type PromiseStatus = 'open' | 'kept' | 'part_kept' | 'broken' | 'withdrawn' | 'replaced'

export interface Promised {
  /** Minor units. */
  readonly amount: bigint
  readonly dueOn: Day
}

/**
 * How a promise stands after the close of a business day. It is kept as soon as the whole amount is there; when its day
 * has gone it is kept in part, or broken. Money that comes later is no longer the promise's.
 */
export function judgePromise({ amount, dueOn }: Promised, paid: bigint, closed: Day): PromiseStatus {
  if (paid >= amount) return 'kept'
  if (closed < dueOn) return 'open'
  return paid > 0n ? 'part_kept' : 'broken'
}
