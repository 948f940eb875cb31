/** 1.3 Authentication. */
import { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import { anyToken, roleWord, TOKEN_SECONDS, tokenOf } from '#contracts/visionfund/auth.ts'
import { changePassword, currentSession, login } from '#modules/identity/identity.ts'
import { type Door, transact } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = '1. User Management'
const terms = { seconds: TOKEN_SECONDS }

const credentials = z
  .object({
    username: z.string().trim().max(254).nullish(),
    email: z.string().trim().max(254).nullish(),
    password: z.string('Give the password.').min(1).max(200),
  })
  .refine(({ username, email }) => username || email, { path: ['username'], message: 'This field is required.' })
type Credentials = z.output<typeof credentials>

export const getToken: Operation = {
  section,
  summary: 'Authentication',
  description: 'The user name is the e-mail address, which is also taken as `email`. The token lasts an hour.',
  transaction: 'own',
  body: credentials,
  exampleBody: { username: 'staff@visionfund.co.ke', password: 'password' },
  answers: {
    200: { description: 'A token', example: { token: 'eyJ…', expires_in: TOKEN_SECONDS, role: 'client', id: 123 } },
  },
  async handle(door: Door, { body }: { body: Credentials }): Promise<Answer> {
    const identifier = body.username || body.email || ''
    const session = await login(door, { identifier, password: body.password, ways: ['email'], terms })
    const { id, roles } = session.user
    return {
      status: 200,
      body: { token: tokenOf(door, session), expires_in: TOKEN_SECONDS, role: roleWord(roles), id },
    }
  },
}

const passwordChange = z.object({
  current_password: z.string('Give the current password.').min(1).max(200),
  new_password: z.string('Give a new password.').min(8, 'Give at least 8 characters.').max(200),
})

export const choosePassword: Operation = {
  section,
  summary: 'Choose a password',
  description:
    'In place of the temporary one, or any other. This session goes on until its hour is over; all others end.',
  extra: true,
  transaction: 'own',
  tokenIn: anyToken,
  body: passwordChange,
  answers: { 200: { description: 'A new token', example: { token: 'eyJ…', expires_in: TOKEN_SECONDS } } },
  async handle(door: Door, { body }: { body: z.output<typeof passwordChange> }): Promise<Answer> {
    if (door.actor.kind !== 'user') refuse('not_permitted')
    const { current_password: current, new_password: next } = body
    await changePassword(door, { userId: door.actor.id, current, next })
    const session = await transact(door, currentSession, true)
    const expires_in = Math.floor((session.expiresAt.getTime() - door.now.getTime()) / 1000) // tidy: seconds, not money
    return { status: 200, body: { token: tokenOf(door, session), expires_in } }
  },
}
