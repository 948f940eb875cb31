/** The JSON shapes of users and notifications as SokoCredit's clients read them. */
import { z } from 'zod'
import { roleWord } from '#contracts/sokocredit/roles.ts'
import type { Customer } from '#modules/customers/views.ts'
import type { User } from '#modules/identity/views.ts'
import type { Notification } from '#modules/notifications/views.ts'

/** `msg` and `message` say the same: one of its clients reads the one, the other the other. */
export const said = (text: string): { msg: string; message: string } => ({ msg: text, message: text })

export const userSchema = z.object({
  id: z.int(),
  username: z.string().nullable(),
  role: z.string(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  full_name: z.string(),
  email_verified: z.boolean(),
  phone_verified: z.boolean(),
  customer_id: z.int().nullable(),
  created_at: z.iso.datetime(),
  profile: z.record(z.string(), z.unknown()),
})

export const userJson = (user: User): z.infer<typeof userSchema> => ({
  id: user.id,
  username: user.username ?? user.email ?? user.phone,
  role: roleWord(user.roles),
  email: user.email,
  phone: user.phone,
  full_name: user.name,
  email_verified: user.emailVerifiedAt !== null,
  phone_verified: user.phoneVerifiedAt !== null,
  customer_id: user.customerId,
  created_at: user.createdAt.toISOString(),
  profile: { ...user.profile },
})

const told = z.union([z.string(), z.number(), z.boolean()]).nullable()

/** What a customer told when registering, beside what is known of any user. */
export const selfSchema = userSchema.extend({
  ...{ id_number: told, location: told, business_name: told, business_type: told },
  ...{ average_income: told, gender: told, date_of_birth: told },
})

/** The caller with what their registration told; what stands in their customer record counts before that. */
export function selfJson(user: User, customer: Customer | null, idNumber: string | null): z.infer<typeof selfSchema> {
  const known = { ...user.profile, ...customer?.profile }
  const of = (...names: string[]) => told.catch(null).parse(names.map((name) => known[name]).find(isTold) ?? null)
  return {
    ...userJson(user),
    id_number: idNumber ?? of('id_number'),
    location: customer?.location ?? of('location'),
    business_name: customer?.businessName ?? of('business_name'),
    business_type: of('business_type'),
    average_income: of('average_income'),
    gender: of('gender'),
    date_of_birth: of('date_of_birth', 'dateOfBirth'),
  }
}

const isTold = (value: unknown): boolean => value !== undefined && value !== null

/** Whom one of its clients knows as `customer` inside `user`; the documented word stands beside it. */
export const nestedIn = <T extends { readonly role: string }>(flat: T): T => ({
  ...flat,
  role: flat.role === 'mama_mboga' ? 'customer' : flat.role,
})

export const notificationSchema = z.object({
  id: z.int(),
  user_id: z.int(),
  title: z.string(),
  message: z.string(),
  type: z.string(),
  read: z.boolean(),
  created_at: z.iso.datetime(),
})

/** Also what is sent to an open socket. */
export const notificationJson = (notification: Notification): z.infer<typeof notificationSchema> => ({
  id: notification.id,
  user_id: notification.userId,
  title: notification.title,
  message: notification.message,
  type: notification.type,
  read: notification.readAt !== null,
  created_at: notification.createdAt.toISOString(),
})
