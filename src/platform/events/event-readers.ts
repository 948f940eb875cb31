/** Owns: event_cursors. Readers of the event log, each with its own cursor per organisation: at least once, in order, one worker at a time. */
import { sql } from 'kysely'
import type { Event, EventOf, EventType } from '#domain/event.ts'
import { type Ctx, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'

/** When these have happened, do that. What it writes commits together with its cursor, so in the database it happens once. */
export interface Subscriber {
  /** Name of its cursor: never changed, or everything is read again. */
  readonly reader: string
  readonly types: readonly EventType[]
  handle(ctx: Ctx, events: readonly Event[]): Promise<void>
}

/** A subscriber whose work is written for the facts that it names, and for no others. */
export const reading = <const T extends readonly EventType[]>(subscriber: {
  readonly reader: string
  readonly types: T
  readonly handle: (ctx: Ctx, events: readonly EventOf<T[number]>[]) => Promise<void>
}): Subscriber => subscriber as unknown as Subscriber

/** What came of a turn: nothing was left, another worker has the cursor, or an event that cannot be handled holds it up. */
export type Turn = { readonly outcome: 'done' | 'busy' } | { readonly outcome: 'failed'; readonly error: Error }

const EVENTS_AT_ONCE = 500
const BACK_OFF_SECONDS_AT_MOST = 300

/**
 * Hands the organisation's unread events to the subscriber until none is left or `stopping` says so. A batch that fails is
 * tried again in halves, so that only the event itself waits, with growing pauses, and everything before it has been handled.
 */
export async function readOn(
  services: Services,
  reading: { readonly org: Organisation; readonly subscriber: Subscriber; stopping?(): boolean },
): Promise<Turn> {
  let size = EVENTS_AT_ONCE
  while (!reading.stopping?.()) {
    try {
      const read = await readBatch(services, reading, size)
      if (read === 'busy') return { outcome: 'busy' }
      if (read === 'none') return { outcome: 'done' }
      size = Math.min(size * 2, EVENTS_AT_ONCE)
    } catch (error) {
      if (size === 1) return { outcome: 'failed', error: await recordFailure(services, reading, error) }
      size = Math.ceil(size / 4)
    }
  }
  return { outcome: 'done' }
}

type Reading = { readonly org: Organisation; readonly subscriber: Subscriber }

async function readBatch(
  services: Services,
  { org, subscriber }: Reading,
  size: number,
): Promise<'some' | 'none' | 'busy'> {
  return transact(systemDoor(services, org, subscriber.reader), async (ctx) => {
    const after = await lockCursor(ctx, subscriber.reader)
    if (after === null) return 'busy'
    const { head, events } = await eventsAfter(ctx, { after, size, types: subscriber.types })
    if (head <= after) return 'none'
    if (events.length > 0) await subscriber.handle(ctx, events)
    await sql`
      update event_cursors
         set after = ${Math.min(after + size, head)}, failures = 0, last_error = null, retry_at = null
       where org_id = ${org.id} and reader = ${subscriber.reader}
    `.execute(ctx.tx)
    return 'some'
  })
}

async function lockCursor(ctx: Ctx, reader: string): Promise<number | null> {
  const { rows } = await sql<{ after: bigint }>`
    select after from event_cursors where org_id = ${ctx.org.id} and reader = ${reader} for update skip locked
  `.execute(ctx.tx)
  return rows[0] ? Number(rows[0].after) : null
}

/** Starts the cursors of readers that have none yet at the first event. */
export async function placeCursors(ctx: Ctx, readers: readonly string[]): Promise<void> {
  await sql`
    insert into event_cursors (org_id, reader) select ${ctx.org.id}, reader from unnest(${readers}::text[]) reader
    on conflict do nothing
  `.execute(ctx.tx)
}

interface EventRow {
  readonly head: bigint
  readonly id: bigint | null
}

/** Events are numbered without gaps in the order of their commits, so the next `size` numbers are the next batch. */
async function eventsAfter(
  ctx: Ctx,
  { after, size, types }: { after: number; size: number; types: readonly EventType[] },
): Promise<{ head: number; events: Event[] }> {
  const { rows } = await sql<EventRow>`
    select head.value as head, e.id, e.at, e.day, e.type, e.subject, e.actor, e.contract, e.data
      from (select coalesce(max(value), 0) as value from counters where org_id = ${ctx.org.id} and series = 'event') head
      left join events e
        on e.org_id = ${ctx.org.id} and e.id > ${after} and e.id <= ${after + size} and e.type = any(${types}::text[])
     order by e.id
  `.execute(ctx.tx)
  const events = rows.flatMap(({ head: _, id, ...row }) =>
    id === null ? [] : [{ ...row, orgId: ctx.org.id, id: Number(id) } as Event],
  )
  return { head: Number(rows[0]!.head), events }
}

async function recordFailure(services: Services, { org, subscriber }: Reading, error: unknown): Promise<Error> {
  const problem = error instanceof Error ? error : new Error(String(error))
  services.log.error({ err: problem, organisation: org.slug, reader: subscriber.reader }, 'event reader is held up')
  await transact(systemDoor(services, org, subscriber.reader), (ctx) =>
    sql`
      update event_cursors
         set failures = failures + 1, last_error = ${problem.message.slice(0, 500)},
             retry_at = now() + make_interval(secs => least(${BACK_OFF_SECONDS_AT_MOST}, power(2, least(failures, 20))))
       where org_id = ${org.id} and reader = ${subscriber.reader}
    `.execute(ctx.tx),
  )
  return problem
}

export interface CursorState {
  readonly after: number
  /** It failed and its pause is not over. */
  readonly waits: boolean
}

/** How far the events and each reader have come. */
export async function cursorsOf(ctx: Ctx): Promise<{ head: number; cursors: Readonly<Record<string, CursorState>> }> {
  const { rows } = await sql<{ head: bigint; cursors: Record<string, CursorState> | null }>`
    select coalesce((select value from counters where org_id = ${ctx.org.id} and series = 'event'), 0) as head,
           (select json_object_agg(reader, json_build_object('after', after, 'waits', coalesce(retry_at > now(), false)))
              from event_cursors where org_id = ${ctx.org.id}) as cursors
  `.execute(ctx.tx)
  return { head: Number(rows[0]!.head), cursors: rows[0]!.cursors ?? {} }
}
