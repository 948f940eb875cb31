/** 👥 Customer Routes: taking customers on, showing, changing and erasing them. */
import { z } from 'zod'
import { requiredText, whenMissing } from '#contracts/sokocredit/asked.ts'
import { customerExample, customerJson, customerSchema } from '#contracts/sokocredit/present.ts'
import { said } from '#contracts/sokocredit/present-users.ts'
import {
  createCustomer,
  type CustomerChange,
  deleteCustomer,
  getCustomer,
  LONGEST_TEXT,
  type NewCustomer,
  updateCustomer,
} from '#modules/customers/customers.ts'
import { idEitherWay, idText } from '#platform/http/asked-numbers.ts'
import type { Ctx, Door } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

export const section = '👥 Customer Routes (/customers)'

export const byCustomerId = z.object({ customer_id: idText })
type ByCustomerId = Request<z.output<typeof byCustomerId>>

/** Empty text clears the field. */
const text = z
  .string()
  .trim()
  .max(LONGEST_TEXT)
  .regex(/^\P{Cc}*$/u, 'Remove the control characters.')
const optionalText = text
  .nullable()
  .transform((given) => given || null)
  .optional()
const optionalEmail = z
  .union(
    [
      z.literal(''),
      z
        .string()
        .trim()
        .max(254)
        .regex(/^[^\s@]+@[^\s@]+$/),
    ],
    'This is not an e-mail address.',
  )
  .nullable()
  .transform((given) => given || null)
  .optional()
const name = requiredText.pipe(text)
const phone = requiredText.max(40)
const documentPaths = z.record(z.string().min(1).max(100), z.string().max(500).nullable())

const newCustomer = z.object({
  full_name: name,
  phone,
  email: optionalEmail,
  business_name: optionalText,
  location: optionalText,
  documents: documentPaths.optional(),
  mama_mboga_user_id: idEitherWay.nullish(),
})
type NewCustomerBody = z.output<typeof newCustomer>

export const addCustomer: Operation = {
  section,
  summary: 'Create a customer',
  description:
    'A mama_mboga creates her own profile, once; admins and lenders create on behalf, with or without mama_mboga_user_id.',
  body: newCustomer,
  exampleBody: {
    full_name: 'Fatuma Hassan',
    phone: '0712345678',
    business_name: 'Mama Fatuma Vegetables',
    location: 'Gikomba',
  },
  answers: { 201: { description: 'Created', example: { ...said('Customer created'), id: 7 } } },
  refusals: {
    invalid_input: whenMissing('Full name and phone are required'),
    user_not_found: [400, 'mama_mboga_user_id: there is no such user'],
  },
  async handle(ctx: Ctx, { body }: Request<unknown, unknown, NewCustomerBody>): Promise<Answer> {
    const given = { ...changeOf(body), fullName: body.full_name, phone: body.phone }
    const created = await createCustomer(ctx, {
      ...given,
      userId: body.mama_mboga_user_id ?? null,
    } satisfies NewCustomer)
    return { status: 201, body: { ...said('Customer created'), id: created } }
  },
}

export const showCustomer: Operation = {
  section,
  summary: 'Get a single customer',
  description: 'Admins and lenders any, a mama_mboga her own profile.',
  params: byCustomerId,
  answers: { 200: { description: 'The customer', schema: customerSchema, example: customerExample } },
  refusals: { not_yours: [403, 'Not authorized to view this customer'] },
  async handle(ctx: Ctx, { params }: ByCustomerId): Promise<Answer> {
    return { status: 200, body: customerJson(await getCustomer(ctx, params.customer_id)) }
  },
}

const customerChange = newCustomer.omit({ mama_mboga_user_id: true }).partial()

export const changeCustomer: Operation = {
  section,
  summary: 'Update customer info',
  description:
    'Any of the fields; others are passed over, and so are documents from a mama_mboga. An uploaded document that the map leaves out stays; null takes it away.',
  params: byCustomerId,
  body: customerChange,
  exampleBody: { location: 'Gikomba' },
  answers: {
    200: { description: 'Updated', example: { ...said('Customer updated'), customer: customerExample } },
  },
  refusals: {
    not_yours: [403, 'Not authorized to update this customer'],
    phone_taken: [409, 'Phone number already exists for another customer'],
  },
  async handle(
    ctx: Ctx,
    { params, body }: Request<z.output<typeof byCustomerId>, unknown, z.output<typeof customerChange>>,
  ): Promise<Answer> {
    const customer = await updateCustomer(ctx, params.customer_id, changeOf(body))
    return { status: 200, body: { ...said('Customer updated'), customer: customerJson(customer) } }
  },
}

/** The fields that were sent, in the core's words. */
function changeOf(body: z.output<typeof customerChange>): CustomerChange {
  return {
    ...(body.full_name !== undefined && { fullName: body.full_name }),
    ...(body.phone !== undefined && { phone: body.phone }),
    ...(body.email !== undefined && { email: body.email }),
    ...(body.business_name !== undefined && { businessName: body.business_name }),
    ...(body.location !== undefined && { location: body.location }),
    ...(body.documents !== undefined && { documents: body.documents }),
  }
}

export const removeCustomer: Operation = {
  section,
  summary: 'Delete a customer (admin only)',
  description: 'Erased with all documents. 409 while loans or payments are kept for the customer.',
  transaction: 'own',
  params: byCustomerId,
  answers: { 204: { description: 'Deleted' } },
  async handle(door: Door, { params }: ByCustomerId): Promise<Answer> {
    await deleteCustomer(door, params.customer_id)
    return { status: 204 }
  },
}
