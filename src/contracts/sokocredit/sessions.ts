/** 🔐 Auth Routes: login, refresh, logout, who I am. */
import { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import { givenPassword, whenMissing } from '#contracts/sokocredit/asked.ts'
import { accessToken, me, sessionOfRefreshToken, sessionTerms, tokenPair } from '#contracts/sokocredit/auth.ts'
import { nestedIn, said, selfSchema, userJson, userSchema } from '#contracts/sokocredit/present-users.ts'
import { readSelf } from '#contracts/sokocredit/self.ts'
import { continueSession, endAllSessions, endSession, login } from '#modules/identity/identity.ts'
import type { Ctx, Door } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = '🔐 Auth Routes (/auth)'
const userExample = {
  id: 3,
  username: 'mama1',
  role: 'mama_mboga',
  email: 'mama1@sokocredit.com',
  phone: '+254700000003',
  full_name: 'Mary Wanjiku',
  email_verified: false,
  phone_verified: true,
  customer_id: 1,
  created_at: '2026-02-15T09:00:00.000Z',
  profile: {},
}

const selfExample = {
  ...userExample,
  ...{ id_number: '12345678', location: 'Gikomba', business_name: 'Mary’s Greens', business_type: 'vegetables' },
  ...{ average_income: '15000', gender: 'female', date_of_birth: '1990-05-01' },
}

const tokens = z.object({ access_token: z.string(), refresh_token: z.string() })
const optionalText = z.string().trim().max(254).nullish()
const loginBody = z
  .object({
    credential: optionalText,
    identifier: optionalText,
    email: optionalText,
    phone: optionalText,
    username: optionalText,
    password: givenPassword,
  })
  .refine(
    ({ credential, identifier, email, phone, username }) => credential || identifier || email || phone || username,
    {
      path: ['credential'],
      message: 'This field is required.',
    },
  )

export const logIn: Operation = {
  section,
  summary: 'Login and get tokens',
  description:
    'credential is an e-mail, a phone in any spelling, or a username; identifier, email, phone and username are taken for it.',
  transaction: 'own',
  body: loginBody,
  exampleBody: { credential: 'mama1@sokocredit.com', password: 'password' },
  answers: {
    200: {
      description: 'Tokens: fifteen minutes of access, thirty days of refresh',
      schema: tokens.extend({ user: userSchema }),
      example: { access_token: 'eyJ…', refresh_token: 'eyJ…', user: userExample },
    },
  },
  refusals: { invalid_input: whenMissing('Phone/email and password are required') },
  async handle(door: Door, { body }: Request<unknown, unknown, z.infer<typeof loginBody>>): Promise<Answer> {
    const { credential, identifier, email, phone, username, password } = body
    const name = credential || identifier || email || phone || username || ''
    const session = await login(door, { identifier: name, password, terms: sessionTerms(door) })
    return { status: 200, body: { ...tokenPair(door, session), user: userJson(session.user) } }
  },
}

export const whoAmI: Operation = {
  section,
  summary: 'Get current user',
  description:
    'The user flat, with what they told when they registered, and the same again as `user`: its clients read the one or the ' +
    'other. Inside `user` a mama_mboga has the role `customer`, as one of the clients calls her.',
  answers: {
    200: {
      description: 'The caller',
      schema: selfSchema.extend({ user: selfSchema }),
      example: { ...selfExample, user: nestedIn(selfExample) },
    },
  },
  async handle(ctx: Ctx): Promise<Answer> {
    const flat = await readSelf(ctx)
    return { status: 200, body: { ...flat, user: nestedIn(flat) } }
  },
}

const refreshBody = z.object({ refresh_token: z.string().max(2_000).nullish() })

export const refreshToken: Operation = {
  section,
  summary: 'Get new access token',
  description: 'The refresh token comes as Bearer or as refresh_token in the body; it stays the same.',
  transaction: 'own',
  body: refreshBody,
  answers: {
    200: {
      description: 'A new access token',
      schema: z.object({ access_token: z.string() }),
      example: { access_token: 'eyJ…' },
    },
  },
  async handle(door: Door, { body, headers }: Request<unknown, unknown, z.infer<typeof refreshBody>>): Promise<Answer> {
    const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
    const token = body.refresh_token || bearer || refuse('not_authenticated')
    const session = await continueSession(door, {
      sessionId: sessionOfRefreshToken(door, token),
      refreshToken: token,
      rotation: 'keep',
      terms: sessionTerms(door),
    })
    return { status: 200, body: { access_token: accessToken(door, session, false) } }
  },
}

export const logOut: Operation = {
  section,
  summary: 'Logout current session',
  description: 'The access token presented and the refresh token of the same login open nothing any more.',
  answers: { 200: { description: 'Logged out', example: said('Successfully logged out') } },
  async handle(ctx: Ctx): Promise<Answer> {
    await endSession(ctx)
    return { status: 200, body: said('Successfully logged out') }
  },
}

export const logOutEverywhere: Operation = {
  section,
  summary: 'Logout all sessions',
  description: 'All sessions of the caller, whatever his role.',
  answers: { 200: { description: 'Logged out everywhere', example: said('All sessions logged out') } },
  async handle(ctx: Ctx): Promise<Answer> {
    await endAllSessions(ctx, me(ctx))
    return { status: 200, body: said('All sessions logged out') }
  },
}
