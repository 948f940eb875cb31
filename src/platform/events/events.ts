/** The second door: facts into the append-only log, in the caller's transaction. */
import { sql } from 'kysely'
import { type Event, type EventType, type NewEvent, type Statable, subjectOf } from '#domain/event.ts'
import type { Ctx } from '#platform/context.ts'

/** States a fact. It is appended when the transaction commits and read by the subscribers afterwards. */
export function emit<T extends EventType>(ctx: Ctx, type: T, data: Statable<T>): void {
  ctx.events.push(stated(ctx, type, data))
}

/** States that something was tried: a fact also when it is refused and all else is undone. */
export function emitAttempt<T extends EventType>(ctx: Ctx, type: T, data: Statable<T>): void {
  ctx.attempts.push(stated(ctx, type, data))
}

function stated(ctx: Ctx, type: EventType, given: unknown): NewEvent {
  const data = given as NewEvent['data']
  return { type, subject: subjectOf(type, data, ctx.org.id), data }
}

/** Facts after a cursor, in the order they were stated. */
export async function eventsAfter(ctx: Pick<Ctx, 'org' | 'tx'>, after: bigint, limit: number): Promise<Event[]> {
  const { rows } = await sql<{ id: bigint }>`
    select org_id as "orgId", id, at, day, type, subject, actor, contract, data from events
     where org_id = ${ctx.org.id} and id > ${after} order by id limit ${limit}`.execute(ctx.tx)
  return rows.map((row) => ({ ...row, id: Number(row.id) }) as Event)
}
