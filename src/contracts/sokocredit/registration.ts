/** Registering: the document's four fields, and what the registration screen sends besides. */
import { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import { newPassword, requiredText, whenMissing } from '#contracts/sokocredit/asked.ts'
import { said } from '#contracts/sokocredit/present-users.ts'
import { roleOf } from '#contracts/sokocredit/roles.ts'
import { createCustomer } from '#modules/customers/customers.ts'
import { customersByPhone } from '#modules/customers/views.ts'
import { enrol } from '#modules/identity/identity.ts'
import { userById } from '#modules/identity/views.ts'
import { actingAs, type Ctx } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const optionalText = z.string().trim().max(254).nullish()

const registration = z.looseObject({
  username: optionalText,
  phone: requiredText,
  email: requiredText,
  password: newPassword,
  role: optionalText,
  full_name: optionalText,
  first_name: optionalText,
  middle_name: optionalText,
  last_name: optionalText,
  business_name: optionalText,
  location: optionalText,
})
type Registration = z.infer<typeof registration>

export const register: Operation = {
  section: '🔐 Auth Routes (/auth)',
  summary: 'Register a user',
  description:
    'Without a token only a mama_mboga registers herself; lenders register mama_mbogas, admins anybody. Without a username the e-mail is shown and taken as one. With business fields the customer profile is created as well; further fields are kept with the user.',
  body: registration,
  exampleBody: {
    username: 'mama2',
    phone: '0712345678',
    email: 'mama2@example.com',
    password: 'password',
    role: 'mama_mboga',
  },
  answers: {
    201: {
      description: 'Registered',
      example: {
        ...said('Mama Mboga registered. Please complete your customer profile.'),
        user_id: 4,
        customer_id: null,
        next: '/customers/',
      },
    },
  },
  refusals: { invalid_input: whenMissing((fields) => `Missing required fields: ${fields.join(', ')}`) },
  async handle(ctx: Ctx, { body }: Request<unknown, unknown, Registration>): Promise<Answer> {
    const role = roleOf(body.role || 'mama_mboga') ?? refuse('role_unknown', { role: body.role })
    const { username, phone, email, password } = body
    const names = { username: username || null, phone, email, name: nameOf(body) }
    const userId = await enrol(ctx, { ...names, password, roles: [role], profile: extrasOf(body) })
    if (role !== 'customer') return { status: 201, body: { ...said('User registered successfully.'), user_id: userId } }
    const customer_id = await profileFor(ctx, userId, body)
    if (customer_id !== null) {
      const done = { user_id: userId, customer_id, next: `/customers/${customer_id}` }
      return { status: 201, body: { ...said('Mama Mboga registered.'), ...done } }
    }
    const text = 'Mama Mboga registered. Please complete your customer profile.'
    return { status: 201, body: { ...said(text), user_id: userId, customer_id, next: '/customers/' } }
  },
}

const nameOf = (body: Registration): string =>
  body.full_name || [body.first_name, body.middle_name, body.last_name].filter(Boolean).join(' ')

/** Known by other names, or nobody's to keep. */
const NOT_KEPT = new Set([
  'username',
  'phone',
  'email',
  'password',
  'confirm_password',
  'confirmPassword',
  'role',
  'full_name',
])
const KEPT_AT_MOST = 40

/** What the screen tells beyond the document: names in parts, identity number, gender, birthday, business. */
export function extrasOf(body: Readonly<Record<string, unknown>>): Record<string, string | number | boolean> {
  const kept = Object.entries(body).filter(
    (entry): entry is [string, string | number | boolean] =>
      !NOT_KEPT.has(entry[0]) && entry[0].length <= 64 && isPlain(entry[1]) && entry[1] !== '',
  )
  if (kept.length > KEPT_AT_MOST) refuse('invalid_input', { fields: { body: `Send at most ${KEPT_AT_MOST} fields.` } })
  return Object.fromEntries(kept)
}

const isPlain = (value: unknown): boolean =>
  typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length <= 2_000)

const OF_A_BUSINESS = ['business_name', 'business_type', 'location', 'business_description', 'average_income']

/**
 * The customer profile of who registers with a business; null without one, and where staff keep a customer under this
 * phone already: whose it is must be proved first.
 */
async function profileFor(ctx: Ctx, userId: number, body: Registration): Promise<number | null> {
  if (!OF_A_BUSINESS.some((field) => body[field] !== undefined && body[field] !== '')) return null
  const { phone, name, email } = (await userById(ctx, userId))!
  if ((await customersByPhone(ctx, [phone!])).size > 0) return null
  const { business_name: businessName = null, location = null } = body
  const asker =
    ctx.actor.kind === 'user' && ctx.actor.roles.includes('customer') ? { kind: 'anonymous' as const } : ctx.actor
  return createCustomer(actingAs(ctx, asker), {
    fullName: name || email!,
    phone: phone!,
    email,
    businessName,
    location,
    userId,
    profile: extrasOf(body),
  })
}
