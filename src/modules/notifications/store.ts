/** Owns: notifications. */
import { sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'

export interface NewNotification {
  readonly userId: number
  readonly type: string
  readonly title: string
  readonly message: string
  /** The event that caused it; a second notification of the same event, type and user is not written. */
  readonly eventId: bigint | number | null
  /** What it is about, for the application that shows it. */
  readonly data?: Readonly<Record<string, unknown>>
}

/** Writes many notifications in one statement and returns the first of the numbers taken for them. */
export async function insertNotifications(ctx: Ctx, items: readonly NewNotification[]): Promise<number> {
  const first = await takeNumbers(ctx, 'notification', items.length)
  await sql`
    insert into notifications (org_id, id, user_id, type, title, message, event_id, data, created_at)
    select ${ctx.org.id}, ${first}::int + n.nr::int - 1, n.user_id, n.type, n.title, n.message, n.event_id, n.data::jsonb, ${ctx.now}
      from unnest(
             ${items.map((item) => item.userId)}::int[],
             ${items.map((item) => item.type)}::text[],
             ${items.map((item) => item.title)}::text[],
             ${items.map((item) => item.message)}::text[],
             ${items.map((item) => item.eventId)}::bigint[],
             ${items.map((item) => JSON.stringify(item.data ?? {}))}::text[]
           ) with ordinality as n (user_id, type, title, message, event_id, data, nr)
    on conflict (org_id, event_id, user_id, type) where event_id is not null do nothing
  `.execute(ctx.tx)
  return first
}

/** Marks one of the user's notifications as read; false: he has no such notification. */
export async function markRead(ctx: Ctx, userId: number, id: number): Promise<boolean> {
  const { rows } = await sql`
    update notifications set read_at = coalesce(read_at, ${ctx.now})
     where org_id = ${ctx.org.id} and id = ${id} and user_id = ${userId}
    returning id
  `.execute(ctx.tx)
  return rows.length > 0
}

/** Marks all of the user's notifications of the types as read. */
export async function markAllRead(ctx: Ctx, userId: number, types: readonly string[]): Promise<void> {
  await sql`
    update notifications set read_at = ${ctx.now}
     where org_id = ${ctx.org.id} and user_id = ${userId} and type = any(${types}::text[]) and read_at is null`.execute(
    ctx.tx,
  )
}

/** Deletes one of the user's notifications; false: he has no such notification. */
export async function deleteNotification(ctx: Ctx, userId: number, id: number): Promise<boolean> {
  const { rows } = await sql`
    delete from notifications where org_id = ${ctx.org.id} and id = ${id} and user_id = ${userId} returning id
  `.execute(ctx.tx)
  return rows.length > 0
}
