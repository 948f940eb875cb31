/** The append-only log of facts, written. */
import { sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import type { NewEvent } from '#domain/event.ts'
import type { Tx } from '#platform/database/db.ts'

export interface Stating {
  readonly tx: Tx
  readonly org: { readonly id: number }
  readonly now: Date
  readonly today: Day
  readonly contract: string
  /** Who stated them: `user:12`. */
  readonly by: string
}

/** Appends what was emitted. Called last, since the numbering keeps other writers of the organisation waiting until commit. */
export async function appendEvents(by: Stating, events: readonly NewEvent[]): Promise<void> {
  await sql`
    with numbered as (
      insert into counters (org_id, series, value) values (${by.org.id}, 'event', ${events.length})
      on conflict (org_id, series) do update set value = counters.value + excluded.value
      returning value - ${events.length} as before
    )
    insert into events (org_id, id, at, day, type, subject, actor, contract, data)
    select ${by.org.id}, numbered.before + e.n, ${by.now}, ${by.today}, e.type, e.subject, ${by.by}, ${by.contract}, e.data::jsonb
      from numbered,
           unnest(${events.map((e) => e.type)}::text[], ${events.map((e) => e.subject)}::text[], ${events.map((e) => JSON.stringify(e.data))}::text[])
           with ordinality as e (type, subject, data, n)
  `.execute(by.tx)
}
