/** The second door: facts into the append-only log, in the caller's transaction. */
import { sql } from 'kysely'
import type { Event, NewEvent } from '#domain/event.ts'
import { actorLabel, type Ctx } from '#platform/context.ts'

/** States a fact. It is appended when the transaction commits and read by the subscribers afterwards. */
export function emit(ctx: Ctx, event: NewEvent): void {
  ctx.events.push(event)
}

/** States that something was tried: a fact also when it is refused and all else is undone. */
export function emitAttempt(ctx: Ctx, event: NewEvent): void {
  ctx.attempts.push(event)
}

/** Appends what was emitted. Called last, since the numbering keeps other writers of the organisation waiting until commit. */
export async function appendEvents(ctx: Ctx): Promise<void> {
  const { events } = ctx
  await sql`
    with numbered as (
      insert into counters (org_id, series, value) values (${ctx.org.id}, 'event', ${events.length})
      on conflict (org_id, series) do update set value = counters.value + excluded.value
      returning value - ${events.length} as before
    )
    insert into events (org_id, id, at, day, type, subject, actor, contract, data)
    select ${ctx.org.id}, numbered.before + e.n, ${ctx.now}, ${ctx.today}, e.type, e.subject, ${actorLabel(ctx.actor)}, ${ctx.contract}, e.data::jsonb
      from numbered,
           unnest(${events.map((e) => e.type)}::text[], ${events.map((e) => e.subject)}::text[], ${events.map((e) => JSON.stringify(e.data))}::text[])
           with ordinality as e (type, subject, data, n)
  `.execute(ctx.tx)
}

/** Facts after a cursor, in the order they were stated. */
export async function eventsAfter(ctx: Pick<Ctx, 'org' | 'tx'>, after: bigint, limit: number): Promise<Event[]> {
  const { rows } = await sql<Omit<Event, 'id'> & { id: bigint }>`
    select org_id as "orgId", id, at, day, type, subject, actor, contract, data from events
     where org_id = ${ctx.org.id} and id > ${after} order by id limit ${limit}`.execute(ctx.tx)
  return rows.map((row) => ({ ...row, id: Number(row.id) }))
}
