/** 🔐 Auth Routes: proof that an e-mail or a phone is one's own. */
import { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import { requiredText, whenMissing } from '#contracts/sokocredit/asked.ts'
import { me } from '#contracts/sokocredit/auth.ts'
import { said } from '#contracts/sokocredit/present-users.ts'
import { type Contact, sendVerificationCode, verifyContact } from '#modules/identity/identity.ts'
import { taken, userById } from '#modules/identity/views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { normalisePhone } from '#platform/phone.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = '🔐 Auth Routes (/auth)'
const optionalText = z.string().trim().max(254).nullish()
const otp = z
  .union([z.string(), z.int().transform(String)])
  .pipe(z.string().trim().min(1, 'This field is required.').max(20))

const emailProof = z.object({ email: requiredText, otp })
const phoneProof = z.object({ phone: requiredText, otp })

export const verifyEmail: Operation = {
  section,
  summary: 'Simulated email verification',
  description: 'The code is the one sent by /auth/send-email-otp; demo also takes 654321.',
  transaction: 'own',
  body: emailProof,
  exampleBody: { email: 'mama1@sokocredit.com', otp: '654321' },
  answers: { 200: { description: 'Verified', example: said('Email verified successfully') } },
  refusals: {
    invalid_input: whenMissing('Email and OTP are required'),
    code_invalid: [400, 'Invalid or expired OTP'],
    not_yours: [403, 'You can only verify your own email'],
  },
  async handle(door: Door, { body }: Request<unknown, unknown, z.infer<typeof emailProof>>): Promise<Answer> {
    await transact(door, (ctx) => requireOwn(ctx, 'email', body.email), true)
    await verifyContact(door, { userId: me(door), contact: 'email', code: body.otp })
    return { status: 200, body: said('Email verified successfully') }
  },
}

export const verifyPhone: Operation = {
  section,
  summary: 'Simulated phone verification',
  description: 'The code is the one sent by /auth/send-phone-otp; demo also takes 123456.',
  transaction: 'own',
  body: phoneProof,
  exampleBody: { phone: '0700000003', otp: '123456' },
  answers: { 200: { description: 'Verified', example: said('Phone number verified successfully') } },
  refusals: {
    invalid_input: whenMissing('Phone and OTP are required'),
    code_invalid: [400, 'Invalid or expired OTP'],
    not_yours: [403, 'You can only verify your own phone number'],
  },
  async handle(door: Door, { body }: Request<unknown, unknown, z.infer<typeof phoneProof>>): Promise<Answer> {
    await transact(door, (ctx) => requireOwn(ctx, 'phone', body.phone), true)
    await verifyContact(door, { userId: me(door), contact: 'phone', code: body.otp })
    return { status: 200, body: said('Phone number verified successfully') }
  },
}

/** What is given must be the caller's own address; nothing given means his own. Refuses not_yours. */
async function requireOwn(ctx: Ctx, contact: Contact, given: string | null | undefined): Promise<string> {
  const own = (await userById(ctx, me(ctx)))?.[contact]
  if (!own) return refuse('not_yours')
  const same =
    contact === 'phone' ? normalisePhone(given || own, ctx.org.country) : given?.toLowerCase() || own.toLowerCase()
  return same === (contact === 'phone' ? own : own.toLowerCase()) ? own : refuse('not_yours')
}

const sending = (contact: Contact): Operation => ({
  section,
  summary: `Send a verification code to one's own ${contact}`,
  description: 'Six digits, good for ten minutes and five guesses. In demo they are read at /demo/outbox.',
  extra: true,
  body: z.object({ [contact]: optionalText }),
  answers: { 200: { description: 'Sent', example: said('OTP sent to …') } },
  refusals: {
    not_yours: [403, `You can only verify your own ${contact === 'email' ? 'email' : 'phone number'}`],
  },
  async handle(
    ctx: Ctx,
    { body }: Request<unknown, unknown, Record<string, string | null | undefined>>,
  ): Promise<Answer> {
    const own = await requireOwn(ctx, contact, body[contact])
    await sendVerificationCode(ctx, me(ctx), contact)
    return { status: 200, body: said(`OTP sent to ${body[contact] || own}`) }
  },
})

export const sendPhoneOtp = sending('phone')
export const sendEmailOtp = sending('email')

const availability = z.object({ field: z.enum(['username', 'email', 'phone']), value: requiredText })

export const checkAvailability: Operation = {
  section,
  summary: 'Whether a username, e-mail or phone is still free',
  extra: true,
  body: availability,
  exampleBody: { field: 'email', value: 'mama2@example.com' },
  answers: { 200: { description: 'Free or taken', example: { field: 'email', available: true } } },
  refusals: { invalid_input: whenMissing('Field and value are required') },
  async handle(ctx: Ctx, { body }: Request<unknown, unknown, z.infer<typeof availability>>): Promise<Answer> {
    const value = body.field === 'phone' ? normalisePhone(body.value, ctx.org.country) : body.value
    const available = !(await taken(ctx, { [body.field]: value }))[body.field]
    return { status: 200, body: { field: body.field, available } }
  },
}
