/** Users: who works here, taken on, given rights and shut out by those who run the organisation. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { ROLES } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'

import { byId, id, nextOf, page, reasonBody } from '#contracts/office/asked.ts'
import {
  changeAccess,
  endUserSessions,
  inviteAgain,
  inviteUser,
  resetUserPassword,
} from '#modules/identity/identity.ts'
import { type Colleague, colleagueById, colleaguesAfter, STANDINGS } from '#modules/identity/views.ts'
import { assignBranch } from '#modules/sales/sales.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = 'Users'

const PERSONAL = ROLES.filter((role) => role !== 'third_party')
const role = z.enum(PERSONAL)
const roles = z
  .tuple([role], role, 'Give at least one role.')
  .refine((given) => new Set(given).size === given.length && given.length <= PERSONAL.length, 'Name each role once.')
const text = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .regex(/^\P{Cc}*$/u, 'Remove the control characters.')
const branch = text(12).nullable().meta({ description: 'The one branch that they work for; null: no one branch' })
const manager = id.nullable().meta({ description: 'Whom they report to' })

const userSchema = z
  .object({
    id: field.id,
    name: z.string(),
    username: z.string().nullable(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    roles: z.array(z.enum(ROLES)),
    status: z.enum(STANDINGS),
    manager_id: field.id.nullable(),
    manager_name: z.string().nullable(),
    branch_number: z.string().nullable(),
    customer_id: field.id.nullable().meta({ description: 'Of a customer’s own login' }),
    email_verified: z.boolean(),
    phone_verified: z.boolean(),
    last_login_at: field.instant.nullable(),
    created_at: field.instant,
  })
  .meta({ id: 'User' })

const example: z.infer<typeof userSchema> = {
  ...{ id: 12, name: 'Grace Njeri', username: null, email: 'grace@acme.example', phone: null },
  ...{ roles: ['loan_officer'], status: 'invited', manager_id: 3, manager_name: 'Amos Kirui' },
  ...{ branch_number: 'S01', customer_id: null },
  ...{ email_verified: false, phone_verified: false, last_login_at: null, created_at: '2026-02-15T09:00:00.000Z' },
}
const one = { description: 'The user', schema: userSchema, example }

const userJson = (user: Colleague): z.infer<typeof userSchema> => ({
  ...{ id: user.id, name: user.name, username: user.username, email: user.email, phone: user.phone },
  ...{ roles: [...user.roles], status: user.status === 'active' && user.invitedAt ? 'invited' : user.status },
  ...{
    manager_id: user.managerId,
    manager_name: user.managerName,
    branch_number: user.branch,
    customer_id: user.customerId,
  },
  ...{ email_verified: user.emailVerifiedAt !== null, phone_verified: user.phoneVerifiedAt !== null },
  ...{ last_login_at: user.lastLoginAt?.toISOString() ?? null, created_at: user.createdAt.toISOString() },
})

async function answerWith(ctx: Ctx, userId: number, status: 200 | 201): Promise<Answer> {
  return { status, body: userJson((await colleagueById(ctx, userId)) ?? refuse('user_not_found')) }
}

const listQuery = z.object({
  ...page,
  role: role.optional().meta({ description: 'Left out: everybody who is more than a customer' }),
  status: z.enum(STANDINGS).optional(),
  manager_id: id.optional(),
  branch_number: text(12).optional(),
  search: text(100).optional(),
})

export const listOfUsers: Operation = {
  id: 'listUsers',
  section,
  summary: 'List users, in order of id',
  description:
    '`search` looks into name, user name, e-mail and phone; `next` is the value of `after` for the page after it. Customers’ ' +
    'logins are listed with `role=customer`.',
  query: listQuery,
  answers: {
    200: {
      description: 'A page of users',
      schema: z.object({ users: z.array(userSchema), next: field.next }),
      example: { users: [example], next: null },
    },
  },
  async handle(ctx: Ctx, { query }: { query: z.output<typeof listQuery> }): Promise<Answer> {
    const { manager_id: managerId, branch_number, ...filter } = query
    const users = await colleaguesAfter(ctx, { ...filter, managerId, branch: branch_number }, query)
    return { status: 200, body: { users: users.map(userJson), next: nextOf(users, query.limit) } }
  },
}

export const readUser: Operation = {
  id: 'readUser',
  section,
  summary: 'Read a user',
  params: byId,
  answers: { 200: one },
  handle: (ctx: Ctx, { params }: Request<{ id: number }>): Promise<Answer> => answerWith(ctx, params.id, 200),
}

const invitation = z.object({
  name: text(200).min(1, 'Give a name.'),
  email: z.email('This is not an e-mail address.').max(254).nullish(),
  phone: text(40).nullish(),
  username: text(150).nullish(),
  roles,
  manager_id: manager.optional(),
  branch_number: branch.optional(),
})

export const inviteNewUser: Operation = {
  id: 'inviteUser',
  section,
  summary: 'Invite somebody to work here',
  description:
    'A code is sent to their mailbox, or to their phone where no e-mail is given; with it they choose their own password ' +
    '(`POST /office/v1/auth/password`), once and within three days. Nobody hands out a role above their own.',
  body: invitation,
  exampleBody: { name: 'Grace Njeri', email: 'grace@acme.example', roles: ['loan_officer'], manager_id: 3 },
  answers: { 201: one },
  async handle(ctx: Ctx, { body }: { body: z.output<typeof invitation> }): Promise<Answer> {
    const { manager_id: managerId = null, branch_number: branchNumber = null, ...person } = body
    const names = { username: person.username ?? null, email: person.email ?? null, phone: person.phone ?? null }
    const userId = await inviteUser(ctx, { ...names, name: person.name, roles: person.roles, managerId })
    if (branchNumber !== null) await assignBranch(ctx, userId, branchNumber)
    return answerWith(ctx, userId, 201)
  },
}

const change = z
  .object({ roles: roles.optional(), manager_id: manager.optional(), branch_number: branch.optional() })
  .refine((given) => Object.keys(given).length > 0, 'Give roles, manager_id or branch_number.')

export const changeUser: Operation = {
  id: 'changeUser',
  section,
  summary: 'Change roles, manager or branch',
  description:
    'It acts on their next request. Nobody changes their own rights, those of somebody above them, or hands out a role above ' +
    'their own; the last administrator stays.',
  params: byId,
  body: change,
  exampleBody: { roles: ['manager'], branch_number: null },
  answers: { 200: one },
  async handle(ctx: Ctx, { params, body }: Request<{ id: number }, unknown, z.output<typeof change>>): Promise<Answer> {
    const { roles: given, manager_id: managerId, branch_number: branchNumber } = body
    await changeAccess(ctx, params.id, {
      ...(given && { roles: given }),
      ...(managerId !== undefined && { managerId }),
    })
    if (branchNumber !== undefined) await assignBranch(ctx, params.id, branchNumber)
    return answerWith(ctx, params.id, 200)
  },
}

type ForReason = Request<{ id: number }, unknown, { reason: string }>

export const deactivateUser: Operation = {
  id: 'deactivateUser',
  section,
  summary: 'Shut somebody out',
  description:
    'All their sessions end at once, of every contract; codes sent to them open nothing. They cannot log in.',
  params: byId,
  body: reasonBody,
  exampleBody: { reason: 'Left on 31 January' },
  answers: { 200: { ...one, example: { ...example, status: 'disabled' } } },
  async handle(ctx: Ctx, { params, body }: ForReason): Promise<Answer> {
    await changeAccess(ctx, params.id, { status: 'disabled', reason: body.reason })
    return answerWith(ctx, params.id, 200)
  },
}

export const reactivateUser: Operation = {
  id: 'reactivateUser',
  section,
  summary: 'Let somebody in again',
  description: 'With the roles and the password that they had; sessions that ended stay ended.',
  params: byId,
  body: reasonBody,
  exampleBody: { reason: 'Back from leave' },
  answers: { 200: { ...one, example: { ...example, status: 'active' } } },
  async handle(ctx: Ctx, { params, body }: ForReason): Promise<Answer> {
    await changeAccess(ctx, params.id, { status: 'active', reason: body.reason })
    return answerWith(ctx, params.id, 200)
  },
}

export const inviteUserAgain: Operation = {
  id: 'reinviteUser',
  section,
  summary: 'Send an invitation once more',
  description: 'The code sent before opens nothing any more.',
  params: byId,
  answers: { 200: one },
  async handle(ctx: Ctx, { params }: Request<{ id: number }>): Promise<Answer> {
    await inviteAgain(ctx, params.id)
    return answerWith(ctx, params.id, 200)
  },
}

export const resetPasswordOfUser: Operation = {
  id: 'resetUserPassword',
  section,
  summary: 'Reset somebody’s password',
  description:
    'The password they have opens nothing from now on and all their sessions end. A code is sent to their own mailbox or phone, ' +
    'good once and for thirty minutes, by which they choose another (`POST /office/v1/auth/password`).',
  params: byId,
  answers: { 200: { ...one, example: { ...example, status: 'active' } } },
  async handle(ctx: Ctx, { params }: Request<{ id: number }>): Promise<Answer> {
    await resetUserPassword(ctx, params.id)
    return answerWith(ctx, params.id, 200)
  },
}

export const endSessionsOfUser: Operation = {
  id: 'endUserSessions',
  section,
  summary: 'Log somebody out everywhere',
  params: byId,
  answers: { 200: { ...one, example: { ...example, status: 'active' } } },
  async handle(ctx: Ctx, { params }: Request<{ id: number }>): Promise<Answer> {
    await endUserSessions(ctx, params.id)
    return answerWith(ctx, params.id, 200)
  },
}
