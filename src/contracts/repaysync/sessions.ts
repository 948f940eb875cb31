/** 3 Authentication: obtain tokens, refresh the access token. */
import { z } from 'zod'
import { accessToken, sessionOfRefreshToken, sessionTerms, tokenPair } from '#contracts/repaysync/auth.ts'
import { password, requiredText } from '#contracts/repaysync/fields.ts'
import { continueSession, login } from '#modules/identity/identity.ts'
import type { Door } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = '3 Authentication'

const credentials = z.object({ username: requiredText(150), password })

export const obtainTokens: Operation = {
  section,
  summary: 'Obtain JWT tokens',
  transaction: 'own',
  body: credentials,
  exampleBody: { username: 'johndoe', password: 'password' },
  answers: {
    200: {
      description: 'An hour of access, a day of refresh',
      schema: z.object({ access: z.string(), refresh: z.string() }),
      example: { access: 'eyJ…', refresh: 'eyJ…' },
    },
  },
  async handle(door: Door, { body }: Request<unknown, unknown, z.output<typeof credentials>>): Promise<Answer> {
    const attempt = { identifier: body.username, password: body.password, ways: ['username'] as const }
    const session = await login(door, { ...attempt, terms: sessionTerms(door) })
    return { status: 200, body: tokenPair(door, session) }
  },
}

const refreshBody = z.object({ refresh: requiredText(4_000) })

export const refreshAccess: Operation = {
  section,
  summary: 'Refresh JWT access token',
  description: 'The refresh token stays the same for its day.',
  transaction: 'own',
  body: refreshBody,
  exampleBody: { refresh: 'your_refresh_token' },
  answers: {
    200: { description: 'A new access token', schema: z.object({ access: z.string() }), example: { access: 'eyJ…' } },
  },
  async handle(door: Door, { body }: Request<unknown, unknown, z.output<typeof refreshBody>>): Promise<Answer> {
    const session = await continueSession(door, {
      sessionId: sessionOfRefreshToken(door, body.refresh),
      refreshToken: body.refresh,
      rotation: 'keep',
      terms: sessionTerms(door),
    })
    return { status: 200, body: { access: accessToken(door, session) } }
  },
}
