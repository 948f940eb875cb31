/** Reads of notifications. */
import { sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

type Reading = Pick<Ctx, 'org' | 'tx'>

export interface Notification {
  readonly id: number
  readonly userId: number
  readonly type: string
  readonly title: string
  readonly message: string
  readonly readAt: Date | null
  readonly createdAt: Date
  readonly data: Readonly<Record<string, unknown>>
}

const columns = sql`id, user_id as "userId", type, title, message, read_at as "readAt", created_at as "createdAt", data`

/** A user's notifications, newest first. */
export async function notificationsOf(
  ctx: Reading,
  userId: number,
  page: { readonly limit: number; readonly offset?: number; readonly unread?: boolean },
): Promise<Notification[]> {
  const { rows } = await sql<Notification>`
    select ${columns} from notifications
     where org_id = ${ctx.org.id} and user_id = ${userId} ${page.unread ? sql`and read_at is null` : sql``}
     order by id desc limit ${page.limit} offset ${page.offset ?? 0}
  `.execute(ctx.tx)
  return rows
}

export interface NotificationPage {
  readonly total: number
  readonly unread: number
  readonly notifications: readonly Notification[]
}

/** A page of a user's notifications of the types, the latest first, with how many there are in all. */
export async function notificationPage(
  ctx: Reading,
  userId: number,
  page: { readonly types: readonly string[]; readonly limit: number; readonly offset: number },
): Promise<NotificationPage> {
  const mine = sql`org_id = ${ctx.org.id} and user_id = ${userId} and type = any(${page.types}::text[])`
  const counted = await sql<{ total: number; unread: number }>`
    select count(*)::integer as total, (count(*) filter (where read_at is null))::integer as unread
      from notifications where ${mine}`.execute(ctx.tx)
  const { rows } = await sql<Notification>`
    select ${columns} from notifications where ${mine}
     order by created_at desc, id desc limit ${page.limit} offset ${page.offset}`.execute(ctx.tx)
  return { ...counted.rows[0]!, notifications: rows }
}

export async function notificationById(ctx: Reading, id: number): Promise<Notification | null> {
  const { rows } = await sql<Notification>`
    select ${columns} from notifications where org_id = ${ctx.org.id} and id = ${id}
  `.execute(ctx.tx)
  return rows[0] ?? null
}

/**
 * Notifications written since one already seen, oldest first, for handing them to open sockets. They become visible in
 * the order of their numbers, so none is missed.
 */
export async function notificationsAfter(ctx: Reading, id: number, limit: number): Promise<Notification[]> {
  const { rows } = await sql<Notification>`
    select ${columns} from notifications where org_id = ${ctx.org.id} and id > ${id} order by id limit ${limit}
  `.execute(ctx.tx)
  return rows
}

/** The number of the newest notification, 0 when there is none. */
export async function lastNotificationId(ctx: Reading): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select coalesce(max(id), 0) as id from notifications where org_id = ${ctx.org.id}
  `.execute(ctx.tx)
  return rows[0]!.id
}
