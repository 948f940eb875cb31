/** 1. User Management: clients and staff. One path, told apart by the role. */
import { z } from 'zod'
import { type NewPerson, takeOnClient, takeOnColleague } from '#modules/teller/teller.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = '1. User Management'

const person = {
  name: z.string('Give a name.').trim().min(1, 'Give a name.').max(255, 'Give at most 255 characters.'),
  email: z
    .string('Give an e-mail address.')
    .trim()
    .max(254)
    .regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'This is not an e-mail address.'),
  password: z.string().min(8, 'Give at least 8 characters.').max(200).nullish(),
  phone: z.string().trim().max(40).nullish().meta({ description: '07…, 01… or +254…; where M-Pesa pays to' }),
}

const idNumber = z
  .union([z.string(), z.int().min(0)], 'Give an identity number.')
  .transform((value) => String(value).trim())
  .refine((text) => /^[A-Za-z0-9]{5,20}$/.test(text.replace(/\s/g, '')), 'Give 5 to 20 digits or letters.')
  .meta({ type: 'string' })

const client = z.object({ ...person, role: z.literal('client'), id_number: idNumber })
const user = z.object({ ...person, role: z.literal('user') })
const newUser = z.discriminatedUnion('role', [client, user], 'Give the role client or user.')
type NewUser = z.output<typeof newUser>

const clientExample = { id: 123, name: 'John Doe', email: 'john.doe@example.com', role: 'client', 'a/c': 'john1234567' }

export const createUser: Operation = {
  section,
  summary: 'Create client Profile, Create user Profile',
  description:
    'role `client` gets an account, whose number is the first name and the identity number; role `user` is staff. Without a password one is made up and answered once as temporary_password. Anybody may become a client; staff is taken on by anybody while nobody works here yet and in demo, otherwise by staff.',
  body: newUser,
  exampleBody: { name: 'John Doe', email: 'john.doe@example.com', role: 'client', id_number: '1234567' },
  answers: { 201: { description: 'The profile', example: clientExample } },
  async handle(ctx: Ctx, { body }: { body: NewUser }): Promise<Answer> {
    return { status: 201, body: body.role === 'client' ? await newClient(ctx, body) : await newColleague(ctx, body) }
  },
}

async function newClient(ctx: Ctx, body: z.output<typeof client>): Promise<Record<string, unknown>> {
  const { userId, accountNo, temporaryPassword } = await takeOnClient(ctx, {
    ...personOf(body),
    idNumber: body.id_number,
  })
  const { name, email, role } = body
  const account = { 'a/c': accountNo, account_number: accountNo }
  return { id: userId, name, email, role, ...account, ...temporary(temporaryPassword) }
}

async function newColleague(ctx: Ctx, body: z.output<typeof user>): Promise<Record<string, unknown>> {
  const { userId, temporaryPassword } = await takeOnColleague(ctx, personOf(body))
  const { name, email, role } = body
  return { id: userId, name, email, role, ...temporary(temporaryPassword) }
}

const personOf = ({ name, email, phone, password }: NewPerson): NewPerson => ({ name, email, phone, password })

const temporary = (password: string | null): object => (password === null ? {} : { temporary_password: password })
