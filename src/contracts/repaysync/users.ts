/** 4 Users: registration, and the list of all. */
import { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import { choice, email, password, pk, requiredText } from '#contracts/repaysync/fields.ts'
import { namingField } from '#contracts/repaysync/naming.ts'
import { userExample, userJson, userSchema } from '#contracts/repaysync/present.ts'
import { ROLE_WORDS, roleOf, type RoleWord } from '#contracts/repaysync/roles.ts'
import { registerUser } from '#modules/identity/identity.ts'
import { listUsers, taken, userById } from '#modules/identity/views.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = '4 Users'
const MOST_USERS = 10_000

const username = requiredText(150).pipe(
  z
    .string()
    .regex(
      /^[\p{L}\p{N}@.+_-]+$/u,
      'Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.',
    ),
)
const registration = z.object({
  username,
  email,
  role: choice(ROLE_WORDS, { required: true }) as z.ZodType<RoleWord>,
  manager: pk(),
  password,
})
type Registration = z.output<typeof registration>

export const register: Operation = {
  section,
  summary: 'Register new user',
  description:
    'Open to anybody for calling agents, collection officers and managers, unless the organisation’s policy `registration` is `staff`; a super_manager is registered by one, or by an admin.',
  body: registration,
  exampleBody: {
    username: 'johndoe',
    email: 'john@example.com',
    role: 'calling_agent',
    manager: null,
    password: 'SomePassword123',
  },
  answers: { 201: { description: 'The new user', schema: userSchema, example: userExample } },
  async handle(ctx: Ctx, { body }: Request<unknown, unknown, Registration>): Promise<Answer> {
    requireLeave(ctx, body.role)
    const id = await namingField(enter(ctx, body), { code: 'user_not_found', field: 'manager', id: body.manager })
    return { status: 201, body: userJson((await userById(ctx, id))!) }
  },
}

/** Who stands over all collection work is made by those who do, not by himself. */
function requireLeave({ actor, org }: Ctx, role: RoleWord): void {
  const roles = 'roles' in actor ? actor.roles : []
  const isLeader = roles.some((one) => one === 'collection_head' || one === 'admin' || one === 'platform_admin')
  const isOpen = role !== 'super_manager' && org.policies.registration !== 'staff'
  if (!isOpen && !isLeader) refuse('not_permitted')
}

/** An e-mail address that is another user's already is noted, but opens and reaches nothing. */
async function enter(ctx: Ctx, { username, email: given, role, manager, password }: Registration): Promise<number> {
  const isOthers = given ? (await taken(ctx, { email: given })).email : false
  return registerUser(ctx, {
    username,
    email: isOthers ? null : (given ?? null),
    password,
    roles: [roleOf(role)],
    managerId: manager ?? null,
    ...(isOthers ? { profile: { email_given: given } } : {}),
  })
}

export const listAllUsers: Operation = {
  section,
  summary: 'List all users',
  description: `Whoever works here, at most the ${MOST_USERS} who were taken on first.`,
  answers: { 200: { description: 'Everybody who works here', schema: z.array(userSchema), example: [userExample] } },
  async handle(ctx: Ctx): Promise<Answer> {
    const { users } = await listUsers(ctx, { staff: true, limit: MOST_USERS, offset: 0 })
    return { status: 200, body: users.map(userJson) }
  },
}
