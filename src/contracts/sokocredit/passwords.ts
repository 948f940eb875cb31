/** 🔐 Auth Routes: a forgotten password, reset. 👤 User Routes: changed. */
import { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import { givenPassword, newPassword, requiredText, whenMissing } from '#contracts/sokocredit/asked.ts'
import { accessToken, me } from '#contracts/sokocredit/auth.ts'
import { said } from '#contracts/sokocredit/present-users.ts'
import { changePassword, currentSession, requestPasswordReset, resetPassword } from '#modules/identity/identity.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = '🔐 Auth Routes (/auth)'
const optionalText = z.string().trim().max(254).nullish()

const forgotten = z
  .object({ email: optionalText, phone: optionalText })
  .refine(({ email, phone }) => email || phone, { path: ['email'], message: 'This field is required.' })

const GENERATED = 'Reset token generated. Please check your console (simulated send).'
const SENT = 'If there is such an account, a message with a reset token is on its way.'

export const forgotPassword: Operation = {
  section,
  summary: 'Simulated password reset request',
  description:
    'The token is sent to the e-mail or phone given and serves once within thirty minutes. Demo answers with it, since nothing is really sent, and says 404 for unknown accounts; production says the same whether there is such an account or not.',
  transaction: 'own',
  body: forgotten,
  exampleBody: { email: 'mama1@sokocredit.com' },
  answers: {
    200: {
      description: 'Sent',
      example: { ...said(GENERATED), token_preview: 'abcde...', reset_token: 'abcde…' },
    },
  },
  refusals: { invalid_input: whenMissing('Email or phone is required') },
  async handle(door: Door, { body }: Request<unknown, unknown, z.infer<typeof forgotten>>): Promise<Answer> {
    const token = await requestPasswordReset(door, {
      identifier: body.email || body.phone || '',
      ways: ['email', 'phone'],
    })
    if (door.services.config.mode === 'production') return { status: 200, body: said(SENT) }
    if (token === null) return refuse('account_not_found')
    const shown = { token_preview: `${token.slice(0, 5)}...`, reset_token: token }
    return { status: 200, body: { ...said(GENERATED), ...shown } }
  },
}

const reset = z.object({ token: requiredText, new_password: newPassword })

export const resetForgottenPassword: Operation = {
  section,
  summary: 'Reset password with token',
  description: 'Ends every session of the account.',
  body: reset,
  exampleBody: { token: 'abcde…', new_password: 'a new password' },
  answers: { 200: { description: 'Reset', example: said('Password has been reset successfully') } },
  refusals: { invalid_input: whenMissing('Token and new password are required') },
  async handle(ctx: Ctx, { body }: Request<unknown, unknown, z.infer<typeof reset>>): Promise<Answer> {
    await resetPassword(ctx, { token: body.token, password: body.new_password })
    return { status: 200, body: said('Password has been reset successfully') }
  },
}

const change = z.object({ current_password: givenPassword, new_password: newPassword })

export const changeOwnPassword: Operation = {
  section: '👤 User Routes (/api/users)',
  summary: 'Change password',
  description: 'This session goes on, with its access and refresh tokens; all others of the account end.',
  transaction: 'own',
  body: change,
  exampleBody: { current_password: 'password', new_password: 'a new password' },
  answers: {
    200: {
      description: 'Changed',
      example: { ...said('Password changed successfully'), access_token: 'eyJ…' },
    },
  },
  refusals: { invalid_input: whenMissing('Current and new passwords are required') },
  async handle(door: Door, { body }: Request<unknown, unknown, z.infer<typeof change>>): Promise<Answer> {
    const { current_password: current, new_password: next } = body
    await changePassword(door, { userId: me(door), current, next })
    const session = await transact(door, currentSession, true)
    const access_token = accessToken(door, session, true)
    return { status: 200, body: { ...said('Password changed successfully'), access_token } }
  },
}
