/** 5. Notifications. */
import { z } from 'zod'
import { me } from '#contracts/movicuotas/auth.ts'
import { NOTICE_TYPES } from '#contracts/movicuotas/notices.ts'
import { notificationJson } from '#contracts/movicuotas/present.ts'
import { readAllNotifications, readNotification } from '#modules/notifications/notifications.ts'
import { notificationPage } from '#modules/notifications/views.ts'
import { idText } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = '5. Notifications'

/** What is no number from 1 on counts as the default. */
const whole = (usual: number, most: number) =>
  z
    .unknown()
    .optional()
    .transform((given) => {
      const text = String(given ?? '')
      const number = /^\d{1,9}$/.test(text) ? Number(text) : 0
      return number < 1 ? usual : Math.min(number, most)
    })
    .meta({ type: 'integer', minimum: 1, maximum: most, default: usual })

const pageQuery = z.object({ page: whole(1, 1_000_000), per_page: whole(10, 100) })

export const listNotifications: Operation = {
  section,
  summary: 'Notifications of the customer, the most recent first',
  query: pageQuery,
  answers: { 200: { description: 'A page of notifications; data may be empty and is never null' } },
  async handle(ctx: Ctx, { query }: { query: z.output<typeof pageQuery> }): Promise<Answer> {
    const { page, per_page: perPage } = query
    const asked = { types: NOTICE_TYPES, limit: perPage, offset: (page - 1) * perPage }
    const { total, notifications } = await notificationPage(ctx, me(ctx).userId, asked)
    const full = (total - (total % perPage)) / perPage
    return {
      status: 200,
      body: {
        notifications: notifications.map(notificationJson),
        pagination: {
          current_page: page,
          total_pages: full + (total % perPage === 0 ? 0 : 1),
          total_count: total,
          per_page: perPage,
        },
      },
    }
  },
}

export const markAllRead: Operation = {
  section,
  summary: 'Mark all notifications as read',
  extra: true,
  answers: { 200: { description: 'Marked', example: { message: 'All notifications marked as read' } } },
  async handle(ctx: Ctx): Promise<Answer> {
    await readAllNotifications(ctx, me(ctx).userId, NOTICE_TYPES)
    return { status: 200, body: { message: 'All notifications marked as read' } }
  },
}

const params = z.object({ id: idText })

export const markRead: Operation = {
  section,
  summary: 'Mark one notification as read',
  extra: true,
  params,
  answers: { 200: { description: 'Marked', example: { message: 'Notification marked as read' } } },
  async handle(ctx: Ctx, { params: { id } }: { params: { id: number } }): Promise<Answer> {
    await readNotification(ctx, me(ctx).userId, id)
    return { status: 200, body: { message: 'Notification marked as read' } }
  },
}
