/** Customers for the office, as far as lending needs them. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { byId, id, nextOf, page, reasonBody } from '#contracts/office/asked.ts'
import {
  confirmContact,
  createCustomer,
  endCustomerSessions,
  getCustomer,
  giveLogin,
  ID_KIND,
  idNumberOf,
  LONGEST_TEXT,
  noteIdNumber,
  resendContactCode,
  updateCustomer,
} from '#modules/customers/customers.ts'
import { type Customer, customersAfter, shownContact } from '#modules/customers/views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = 'Customers'

const text = z
  .string()
  .trim()
  .max(LONGEST_TEXT)
  .regex(/^\P{Cc}*$/u, 'Remove the control characters.')
const email = z.email('This is not an e-mail address.').max(254)

/** Null in a change takes it away. */
const person = {
  date_of_birth: z.iso.date('Give a day, "1990-05-15".').nullish(),
  gender: text.nullish(),
  address: text.nullish(),
  city: text.nullish(),
}

const newCustomer = z.object({
  identification_number: z
    .string()
    .trim()
    .regex(/^[0-9A-Za-z][0-9A-Za-z \-/]{0,62}$/, 'Give the number as it stands in the document.')
    .nullish()
    .meta({ description: 'As staff has seen it in the document; blanks and dashes do not count, and it stays' }),
  ...person,
  full_name: text.min(1, 'Give a name.'),
  phone: z.string().trim().min(1).max(40),
  email: email.nullish(),
  business_name: text.nullish(),
  location: text.nullish(),
  user_id: id.nullish().meta({ description: 'The customer’s own login' }),
})
const customerChange = newCustomer.omit({ user_id: true }).partial()

const summary = {
  id: field.id,
  full_name: z.string(),
  phone: z.string().nullable(),
  email: z.string().nullable(),
  unconfirmed_contact: z
    .array(
      z.object({
        approval_id: field.id,
        channel: z.enum(['phone', 'email']),
        value: z.string().nullable(),
        counts: z.string().nullable().meta({ description: 'What counts until the change is confirmed' }),
      }),
    )
    .meta({ description: 'Phones and e-mails that are shown, and wait to be confirmed' }),
  business_name: z.string().nullable(),
  location: z.string().nullable(),
  user_id: field.id.nullable().meta({ description: 'Their own login' }),
  date_of_birth: z.string().nullable(),
  gender: z.string().nullable(),
  address: z.string().nullable(),
  city: z.string().nullable(),
  documents: z.array(z.object({ type: z.string(), path: z.string() })),
  created_at: field.instant,
}
const summarySchema = z.object(summary).meta({ id: 'CustomerSummary' })
const customerSchema = z.object({ ...summary, identification_number: z.string().nullable() }).meta({ id: 'Customer' })

const example: z.infer<typeof summarySchema> = {
  id: 7,
  full_name: 'Fatuma Hassan',
  phone: '+254712345678',
  email: null,
  unconfirmed_contact: [],
  business_name: 'Mama Fatuma Vegetables',
  location: 'Gikomba',
  user_id: 3,
  ...{ date_of_birth: '1990-05-15', gender: 'female', address: null, city: 'Nairobi' },
  documents: [{ type: 'id_front', path: 'customers/7/id_front' }],
  created_at: '2026-01-10T09:00:00.000Z',
}
const answer = {
  description: 'The customer',
  schema: customerSchema,
  example: { ...example, identification_number: '0801199012345' },
}

/** What the profile says, as text: other contracts may have noted it as something else. */
const told = (value: unknown): string | null =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null

const customerJson = (customer: Customer): z.infer<typeof summarySchema> => ({
  id: customer.id,
  full_name: customer.fullName,
  ...shownContact(customer),
  unconfirmed_contact: customer.askedContact.map(({ approvalId, channel, value }) => ({
    ...{ approval_id: approvalId, channel, value, counts: customer[channel] },
  })),
  business_name: customer.businessName,
  location: customer.location,
  user_id: customer.userId,
  ...{ date_of_birth: told(customer.profile.dateOfBirth), gender: told(customer.profile.gender) },
  ...{ address: told(customer.profile.address), city: told(customer.profile.city) },
  documents: customer.documents.map(({ docType, path }) => ({ type: docType, path })),
  created_at: customer.createdAt.toISOString(),
})

type Given = z.output<typeof customerChange>

/** What is known of the person; what is left out stays. */
function profileOf(given: Given, before: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { date_of_birth: dateOfBirth, gender, address, city } = given
  const said = Object.entries({ dateOfBirth, gender, address, city }).filter(([, value]) => value !== undefined)
  return { ...before, ...Object.fromEntries(said) }
}

/** The answer of operations on one customer, with his identity number. */
async function answerWith(ctx: Ctx, id: number, status: 200 | 201): Promise<Answer> {
  const body = {
    ...customerJson(await getCustomer(ctx, id)),
    identification_number: await idNumberOf(ctx, id, ID_KIND),
  }
  return { status, body }
}

const listQuery = z.object({ ...page, search: z.string().max(100).optional() })

export const listOfCustomers: Operation = {
  id: 'listCustomers',
  section,
  summary: 'List customers, in order of id',
  description:
    '`search` looks into name, phone, business and location; `next` is the value of `after` for the page after it.',
  query: listQuery,
  answers: {
    200: {
      description: 'A page of customers',
      schema: z.object({ customers: z.array(summarySchema), next: field.next }),
      example: { customers: [example], next: null },
    },
  },
  async handle(ctx: Ctx, { query }: { query: z.output<typeof listQuery> }): Promise<Answer> {
    const customers = await customersAfter(ctx, { search: query.search }, query)
    const next = nextOf(customers, query.limit)
    return { status: 200, body: { customers: customers.map(customerJson), next } }
  },
}

export const readCustomer: Operation = {
  id: 'readCustomer',
  section,
  summary: 'Read a customer',
  params: byId,
  answers: { 200: answer },
  async handle(ctx: Ctx, { params }: Request<{ id: number }>): Promise<Answer> {
    return answerWith(ctx, params.id, 200)
  },
}

export const addCustomer: Operation = {
  id: 'createCustomer',
  section,
  summary: 'Take a customer on',
  body: newCustomer,
  description: 'An identity number is noted by staff only.',
  exampleBody: {
    ...{ full_name: 'Fatuma Hassan', phone: '0712345678', business_name: 'Mama Fatuma Vegetables' },
    ...{ identification_number: '0801199012345', date_of_birth: '1990-05-15' },
  },
  answers: { 201: answer },
  async handle(ctx: Ctx, { body }: { body: z.output<typeof newCustomer> }): Promise<Answer> {
    const given = {
      fullName: body.full_name,
      phone: body.phone,
      email: body.email ?? null,
      userId: body.user_id ?? null,
    }
    const where = { businessName: body.business_name ?? null, location: body.location ?? null }
    const created = await createCustomer(ctx, { ...given, ...where, profile: profileOf(body, {}) })
    if (body.identification_number) await noteIdNumber(ctx, created, body.identification_number)
    return answerWith(ctx, created, 201)
  },
}

export const changeCustomer: Operation = {
  id: 'changeCustomer',
  section,
  summary: 'Change what is known of a customer',
  description:
    'Another phone or e-mail is shown at once, and listed in `unconfirmed_contact` with what counts meanwhile for logins and ' +
    'payments. It counts when the owner of the old one has given staff the code that was sent there ' +
    '(`POST …/contact-confirmations`), or when a second person approves the request (`POST /office/v1/approvals/{id}/approve`).',
  params: byId,
  body: customerChange,
  exampleBody: { location: 'Kibera' },
  answers: { 200: answer },
  async handle(
    ctx: Ctx,
    { params, body }: Request<{ id: number }, unknown, z.output<typeof customerChange>>,
  ): Promise<Answer> {
    const { profile } = await getCustomer(ctx, params.id)
    await updateCustomer(ctx, params.id, {
      ...(body.full_name !== undefined && { fullName: body.full_name }),
      ...(body.phone !== undefined && { phone: body.phone }),
      ...(body.email !== undefined && { email: body.email }),
      ...(body.business_name !== undefined && { businessName: body.business_name }),
      ...(body.location !== undefined && { location: body.location }),
      profile: profileOf(body, profile),
    })
    if (body.identification_number) await noteIdNumber(ctx, params.id, body.identification_number)
    return answerWith(ctx, params.id, 200)
  },
}

const confirmation = z.object({
  approval_id: id.meta({ description: 'Of `unconfirmed_contact`' }),
  code: z
    .string()
    .trim()
    .regex(/^\d{6}$/, 'Give the six digits.')
    .optional()
    .meta({ description: 'As the customer told it; left out: another one is sent to the old address' }),
})

export const confirmCustomerContact: Operation = {
  id: 'confirmCustomerContact',
  section,
  summary: 'Confirm another phone or e-mail by the code that the old one got',
  description:
    'Five wrong codes a day for a customer. No login is given by the new one for 24 hours; both addresses are told.',
  transaction: 'own',
  params: byId,
  body: confirmation,
  exampleBody: { approval_id: 5, code: '123456' },
  answers: { 200: answer },
  async handle(
    door: Door,
    { params, body }: Request<{ id: number }, unknown, z.output<typeof confirmation>>,
  ): Promise<Answer> {
    const { approval_id: approvalId, code } = body
    await transact(door, (ctx) => getCustomer(ctx, params.id), true)
    await (code === undefined
      ? transact(door, (ctx) => resendContactCode(ctx, params.id, approvalId))
      : confirmContact(door, { customerId: params.id, approvalId, code }))
    return transact(door, (ctx) => answerWith(ctx, params.id, 200), true)
  },
}

const newLogin = z.object({ email: email.meta({ description: 'What the customer signs in with' }) })

export const giveCustomerLogin: Operation = {
  id: 'giveCustomerLogin',
  section,
  summary: 'Give a customer a login',
  description:
    'For who was taken on without one, by staff or by an upload. A temporary password is texted to the phone in the record; staff do not see it. Every contract that serves this organisation then knows the customer by `user_id`.',
  params: byId,
  body: newLogin,
  exampleBody: { email: 'fatuma@example.com' },
  refusals: {
    profile_exists: [409, 'This customer has a login already.'],
    phone_missing: [409, 'There is no phone in the record to text the password to: note one first.'],
  },
  answers: { 201: { description: 'The customer', schema: summarySchema, example } },
  async handle(
    ctx: Ctx,
    { params, body }: Request<{ id: number }, unknown, z.output<typeof newLogin>>,
  ): Promise<Answer> {
    await giveLogin(ctx, params.id, body.email)
    return { status: 201, body: customerJson(await getCustomer(ctx, params.id)) }
  },
}

export const endSessionsOfCustomer: Operation = {
  id: 'endCustomerSessions',
  section,
  summary: 'End every session of a customer',
  description:
    'For a phone that was lost, or a login that was not theirs: tokens issued so far open nothing any more and no pushes go to ' +
    'their phones, until they log in again.',
  params: byId,
  body: reasonBody,
  exampleBody: { reason: 'Phone stolen' },
  answers: {
    200: {
      description: 'From when on the customer’s tokens count',
      schema: z.object({ id: field.id, tokens_valid_after: field.instant }),
      example: { id: 7, tokens_valid_after: '2026-02-15T09:00:00.000Z' },
    },
  },
  async handle(ctx: Ctx, { params, body }: Request<{ id: number }, unknown, { reason: string }>): Promise<Answer> {
    const from = await endCustomerSessions(ctx, params.id, body.reason)
    return { status: 200, body: { id: params.id, tokens_valid_after: from.toISOString() } }
  },
}
