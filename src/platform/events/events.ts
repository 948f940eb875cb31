/** The second door: facts into the append-only log, in the caller's transaction. */
import { sql } from 'kysely'
import type { Event, NewEvent } from '#domain/event.ts'
import type { Ctx } from '#platform/context.ts'

/** States a fact. It is appended when the transaction commits and read by the subscribers afterwards. */
export function emit(ctx: Ctx, event: NewEvent): void {
  ctx.events.push(event)
}

/** States that something was tried: a fact also when it is refused and all else is undone. */
export function emitAttempt(ctx: Ctx, event: NewEvent): void {
  ctx.attempts.push(event)
}

/** Facts after a cursor, in the order they were stated. */
export async function eventsAfter(ctx: Pick<Ctx, 'org' | 'tx'>, after: bigint, limit: number): Promise<Event[]> {
  const { rows } = await sql<Omit<Event, 'id'> & { id: bigint }>`
    select org_id as "orgId", id, at, day, type, subject, actor, contract, data from events
     where org_id = ${ctx.org.id} and id > ${after} order by id limit ${limit}`.execute(ctx.tx)
  return rows.map((row) => ({ ...row, id: Number(row.id) }))
}
