/** Closing the books up to a day, and opening them again: what is closed takes no entries. */
import { addDays, type Day } from '#domain/day.ts'
import { refuse } from '#domain/refusal.ts'
import * as store from '#modules/ledger/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

export interface Closing {
  /** The last day that is closed; null: none is. */
  readonly closedUntil: Day | null
}

/**
 * Closes the books up to a day before today, that day included. Money that arrives for a closed day is booked on the first
 * open day. Refuses invalid_input for a day that is not over, or that is closed already.
 */
export async function closeBooks(ctx: Ctx, until: Day, reason: string): Promise<Closing> {
  const { closedUntil } = await lockedHead(ctx)
  if (until >= ctx.today) refuse('invalid_input', { fields: { until: 'Give a day before today.' } })
  if (closedUntil !== null && until <= closedUntil)
    refuse('invalid_input', { fields: { until: `The books are closed up to ${closedUntil} already.` } })
  return write(ctx, { type: 'books.closed', from: closedUntil, to: until, reason })
}

/** Opens the books again from a day on. Refuses invalid_input for a day that is open. */
export async function reopenBooks(ctx: Ctx, from: Day, reason: string): Promise<Closing> {
  const { closedUntil } = await lockedHead(ctx)
  if (closedUntil === null || from > closedUntil)
    refuse('invalid_input', { fields: { from: 'Give a day that is closed.' } })
  return write(ctx, { type: 'books.reopened', from: closedUntil, to: addDays(from, -1), reason })
}

const lockedHead = async (ctx: Ctx): Promise<store.Head> =>
  (await store.lockHead(ctx)) ?? refuse('organisation_not_found')

interface Moved {
  readonly type: 'books.closed' | 'books.reopened'
  readonly from: Day | null
  readonly to: Day
  readonly reason: string
}

async function write(ctx: Ctx, { type, from, to, reason }: Moved): Promise<Closing> {
  await store.writeClosedUntil(ctx, to)
  emit(ctx, type, { closed_until: to, was: from, reason })
  return { closedUntil: to }
}
