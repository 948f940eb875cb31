/** In-app notifications: written for many people at once when something has happened, read and deleted by their owner. */
import type { EventOf } from '#domain/event.ts'
import { refuse } from '#domain/refusal.ts'
import { adminIds, adminMails } from '#modules/identity/views.ts'
import * as store from '#modules/notifications/store.ts'
import {
  type Audience,
  type Blanks,
  type Facts,
  factsOf,
  MAILED,
  type Notified,
  TEXTS,
  textOf,
} from '#modules/notifications/texts.ts'
import { type Notification, notificationById } from '#modules/notifications/views.ts'
import type { Ctx } from '#platform/context.ts'
import { type NewMessage, queueMessages } from '#platform/messaging/messages.ts'

/** The events that somebody is notified of. */
export const NOTIFIED_EVENTS = Object.keys(TEXTS) as readonly Notified[]

type NotifiedEvent = EventOf<Notified>

/** Writes notifications for many people in one statement; one of an event that was written before is not written again. Answers the number of the first. */
export async function notify(ctx: Ctx, items: readonly store.NewNotification[]): Promise<number | null> {
  return items.length > 0 ? store.insertNotifications(ctx, items) : null
}

/**
 * Tells the borrowers, officers and admins of a batch of events what has happened: one insert for the whole batch,
 * idempotent by event and person. Nobody is told what he did himself.
 */
export async function notifyOnEvents(ctx: Ctx, events: readonly NotifiedEvent[]): Promise<void> {
  const admins = events.some((event) => TEXTS[event.type]?.admins) ? await adminIds(ctx) : []
  await notify(
    ctx,
    events.flatMap((event) => itemsOf(ctx, event, admins)),
  )
  await mailAdmins(
    ctx,
    events.filter(({ type }) => MAILED.has(type)),
  )
}

/** What cannot wait until somebody opens the office, once an event and address. */
async function mailAdmins(ctx: Ctx, events: readonly NotifiedEvent[]): Promise<void> {
  if (events.length === 0) return
  const addresses = await adminMails(ctx)
  const mails = events.flatMap(({ id, type, data }) => {
    const { title, message } = textOf(type, 'admins', ctx.org.locale)!
    const body = message(factsOf(data))
    return addresses.map(
      (recipient): NewMessage => ({
        ...{ channel: 'mail', recipient, subject: title, body, dedupeKey: `${type}:${id}:${recipient}` },
      }),
    )
  })
  await queueMessages(ctx, mails)
}

function itemsOf(ctx: Ctx, event: NotifiedEvent, admins: readonly number[]): store.NewNotification[] {
  const facts = factsOf(event.data)
  const { borrower_user_id: borrower, officer_id: officer }: Blanks = event.data
  const people: Readonly<Record<Audience, readonly number[]>> = {
    borrower: borrower ? [borrower] : [],
    officer: officer ? [officer] : [],
    admins,
  }
  const audiences = Object.keys(TEXTS[event.type] ?? {}) as Audience[]
  return audiences.flatMap((audience) =>
    people[audience]
      .filter((userId) => event.actor !== `user:${userId}`)
      .map((userId) => item(ctx, { event, audience, userId, facts })),
  )
}

interface Telling {
  readonly event: NotifiedEvent
  readonly audience: Audience
  readonly userId: number
  readonly facts: Facts
}

function item(ctx: Ctx, { event, audience, userId, facts }: Telling): store.NewNotification {
  const text = textOf(event.type, audience, ctx.org.locale)!
  return { userId, type: event.type, title: text.title, message: text.message(facts), eventId: event.id }
}

/** Writes one notification by hand and returns it. */
export async function notifyOne(
  ctx: Ctx,
  notification: { readonly userId: number; readonly type: string; readonly title: string; readonly message: string },
): Promise<Notification> {
  const id = await store.insertNotifications(ctx, [{ ...notification, eventId: null }])
  return (await notificationById(ctx, id))!
}

/** Marks one of a user's own notifications as read. Refuses notification_not_found, for another's as well. */
export async function readNotification(ctx: Ctx, userId: number, id: number): Promise<void> {
  if (!(await store.markRead(ctx, userId, id))) refuse('notification_not_found')
}

/** Marks all of a user's own notifications of the types as read. */
export const readAllNotifications = (ctx: Ctx, userId: number, types: readonly string[]): Promise<void> =>
  store.markAllRead(ctx, userId, types)

/** Deletes one of a user's own notifications. Refuses notification_not_found, for another's as well. */
export async function deleteNotification(ctx: Ctx, userId: number, id: number): Promise<void> {
  if (!(await store.deleteNotification(ctx, userId, id))) refuse('notification_not_found')
}
