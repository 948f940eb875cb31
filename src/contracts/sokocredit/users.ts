/** 👤 User Routes: notifications, and the caller's own profile. */
import { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import { me } from '#contracts/sokocredit/auth.ts'
import { notificationJson, notificationSchema, said, selfSchema } from '#contracts/sokocredit/present-users.ts'
import { extrasOf } from '#contracts/sokocredit/registration.ts'
import { readSelf } from '#contracts/sokocredit/self.ts'
import { LONGEST_TEXT, updateCustomer } from '#modules/customers/customers.ts'
import { customerOfUser } from '#modules/customers/views.ts'
import { updateUser } from '#modules/identity/identity.ts'
import { deleteNotification, notifyOne, readNotification } from '#modules/notifications/notifications.ts'
import { notificationsOf } from '#modules/notifications/views.ts'
import { idText, pageLimit } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = '👤 User Routes (/api/users)'
const byId = z.object({ id: idText })
type ById = Request<z.infer<typeof byId>>

const notificationExample = {
  id: 1,
  user_id: 3,
  title: 'Payment received',
  message: 'We have received KES 2,000.00 for loan 1. Thank you!',
  type: 'repayment.posted',
  read: false,
  created_at: '2026-02-15T09:00:00.000Z',
}

const listing = z.object({
  limit: pageLimit(500, 100),
  unread: z.enum(['true', 'false']).optional(),
})

export const listNotifications: Operation = {
  section,
  summary: 'Fetch notifications',
  description: 'The newest first: 100, or up to 500 by ?limit=. ?unread=true leaves out those already read.',
  query: listing,
  answers: {
    200: { description: 'Notifications', schema: z.array(notificationSchema), example: [notificationExample] },
  },
  async handle(ctx: Ctx, { query }: Request<unknown, z.infer<typeof listing>>): Promise<Answer> {
    const page = { limit: query.limit, unread: query.unread === 'true' }
    return { status: 200, body: (await notificationsOf(ctx, me(ctx), page)).map(notificationJson) }
  },
}

export const markNotificationRead: Operation = {
  section,
  summary: 'Mark notification as read',
  params: byId,
  answers: { 200: { description: 'Read', example: said('Marked as read') } },
  async handle(ctx: Ctx, { params }: ById): Promise<Answer> {
    await readNotification(ctx, me(ctx), params.id)
    return { status: 200, body: said('Marked as read') }
  },
}

export const removeNotification: Operation = {
  section,
  summary: 'Delete a notification',
  params: byId,
  answers: { 200: { description: 'Deleted', example: said('Notification deleted') } },
  async handle(ctx: Ctx, { params }: ById): Promise<Answer> {
    await deleteNotification(ctx, me(ctx), params.id)
    return { status: 200, body: said('Notification deleted') }
  },
}

const test = z.object({ message: z.string().trim().max(255).nullish() })

export const createTestNotification: Operation = {
  section,
  summary: 'Create a test notification (dev only)',
  description: 'For the caller himself; it also reaches his open sockets. 404 in production.',
  body: test,
  exampleBody: { message: 'Hello' },
  answers: { 201: { description: 'The notification', schema: notificationSchema, example: notificationExample } },
  async handle(ctx: Ctx, { body }: Request<unknown, unknown, z.infer<typeof test>>): Promise<Answer> {
    if (ctx.services.config.mode === 'production') refuse('demo_only')
    const message = body.message || '🔔 Test notification'
    const written = await notifyOne(ctx, { userId: me(ctx), type: 'test', title: 'Test notification', message })
    return { status: 201, body: notificationJson(written) }
  },
}

const text = z.string().trim().min(1).max(254).optional()
const shortText = z.string().trim().max(LONGEST_TEXT).optional()
const profile = z.looseObject({
  username: text,
  email: text,
  phone: text,
  full_name: text,
  first_name: text,
  last_name: text,
  business_name: shortText,
  location: shortText,
})

export const updateProfile: Operation = {
  section,
  summary: 'Change what is known of the caller',
  description:
    'Also in the customer profile. A new e-mail or phone must be verified again, and the old one is told of the change.',
  extra: true,
  body: profile,
  exampleBody: { full_name: 'Fatuma Hassan', location: 'Gikomba' },
  answers: { 200: { description: 'Changed', schema: z.looseObject({ user: selfSchema }) } },
  async handle(ctx: Ctx, { body }: Request<unknown, unknown, z.infer<typeof profile>>): Promise<Answer> {
    const { username, email, phone, full_name, first_name, middle_name, last_name } = body
    const parts = [first_name, middle_name, last_name].filter(Boolean).join(' ')
    const name = full_name || parts || undefined
    const names = {
      ...(username && { username }),
      ...(email && { email }),
      ...(phone && { phone }),
      ...(name && { name }),
    }
    const extras = extrasOf(body)
    await updateUser(ctx, me(ctx), { ...names, profile: extras })
    const customer = await customerOfUser(ctx, me(ctx))
    if (customer) {
      await updateCustomer(ctx, customer.id, {
        ...{ ...(name && { fullName: name }), ...(email && { email }), ...(phone && { phone }) },
        ...{
          ...(body.business_name && { businessName: body.business_name }),
          ...(body.location && { location: body.location }),
        },
        profile: { ...customer.profile, ...extras },
      })
    }
    return { status: 200, body: { ...said('Profile updated'), user: await readSelf(ctx) } }
  },
}
