/** What tests ask again and again: how a refusal was called, and what was stated as a fact. */
import { sql } from 'kysely'
import type { EventType } from '#domain/event.ts'
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

export interface StatedEvent {
  readonly id: bigint
  readonly type: EventType
  readonly subject: string
  readonly actor: string
  readonly contract: string
  readonly data: Readonly<Record<string, unknown>>
}

/** The organisation's events of a type, oldest first. */
export async function eventsOf(world: World, slug: string, type: EventType): Promise<StatedEvent[]> {
  return transact(world.door(slug), async (ctx) => {
    const { rows } = await sql<StatedEvent>`
      select id, type, subject, actor, contract, data from events
       where org_id = ${ctx.org.id} and type = ${type} order by id
    `.execute(ctx.tx)
    return rows
  })
}
