/** What tests ask again and again: how a refusal was called, and what was stated as a fact. */
import { sql } from 'kysely'
import type { EventOf, EventType } from '#domain/event.ts'
import { Refusal, type RefusalCode } from '#domain/refusal.ts'
import { transact } from '#platform/context.ts'
import type { World } from '#test/world.ts'

/** The code that the work was refused with, null when it was not; anything else that goes wrong is thrown. */
export async function refusalOf(work: Promise<unknown>): Promise<RefusalCode | null> {
  try {
    await work
    return null
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

/** The organisation's events of a type, oldest first. */
export async function eventsOf<T extends EventType>(world: World, slug: string, type: T): Promise<EventOf<T>[]> {
  return transact(world.door(slug), async (ctx) => {
    const { rows } = await sql<{ id: bigint }>`
      select org_id as "orgId", id, at, day, type, subject, actor, contract, data from events
       where org_id = ${ctx.org.id} and type = ${type} order by id
    `.execute(ctx.tx)
    return rows.map((row) => ({ ...row, id: Number(row.id) }) as unknown as EventOf<T>)
  })
}
