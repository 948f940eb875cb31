/** 5 Customers: list, create in two places, retrieve, update, delete. */
import { z } from 'zod'
import { me } from '#contracts/repaysync/auth.ts'
import { choice, day, email, idParam, optionalText, pk, requiredText } from '#contracts/repaysync/fields.ts'
import { namingField } from '#contracts/repaysync/naming.ts'
import { customerExample, customerJson, customerSchema } from '#contracts/repaysync/present.ts'
import {
  changeCustomer,
  createCustomer,
  type CustomerPatch,
  getCustomer,
  type NewCollectionCustomer,
  removeCustomer,
} from '#modules/collections/collections.ts'
import { type CollectionCustomer, customersAfter } from '#modules/collections/views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { arrayAnswer, pagesById } from '#platform/http/json-array.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

export const section = '5 Customers'

const STATES = [
  ...[
    'AN',
    'AP',
    'AR',
    'AS',
    'BR',
    'CG',
    'CH',
    'CT',
    'DD',
    'DH',
    'DL',
    'DN',
    'GA',
    'GJ',
    'HP',
    'HR',
    'JH',
    'JK',
    'KA',
    'KL',
    'LA',
    'LD',
  ],
  ...[
    'MH',
    'ML',
    'MN',
    'MP',
    'MZ',
    'NL',
    'OD',
    'OR',
    'PB',
    'PY',
    'RJ',
    'SK',
    'TG',
    'TN',
    'TR',
    'TS',
    'UK',
    'UP',
    'UT',
    'WB',
  ],
] as const

/** The fields of a customer, as JSON bodies and CSV rows have them. */
export const customerFields = {
  customer_code: optionalText(50),
  name: requiredText(255),
  phone: optionalText(20),
  email,
  address_line_1: optionalText(255),
  address_line_2: optionalText(255),
  city: optionalText(100),
  state: choice(['', ...STATES], {}),
  pincode: optionalText(20),
  date_of_birth: day,
}

const newCustomer = z.object({ ...customerFields, assigned_collection_officer: pk() })
const customerPatch = newCustomer.extend({ name: requiredText(255).optional() })
type NewCustomerBody = z.output<typeof newCustomer>
type ByCustomer<Body = unknown> = Request<{ readonly id: number }, unknown, Body>

const exampleBody = { ...customerExample, id: undefined, customer_code: null }
const params = z.object({ id: idParam })
const one = { description: 'The customer', schema: customerSchema, example: customerExample }

export const listCustomers: Operation = {
  section,
  summary: 'List customers',
  description:
    'Assigned to the caller, created by him, or assigned to somebody below him; calling agents, super managers and admins see all.',
  transaction: 'own',
  answers: { 200: { description: 'A bare array', schema: z.array(customerSchema), example: [customerExample] } },
  handle(door: Door): Promise<Answer> {
    const read = (page: { after: number; limit: number }) => transact(door, (ctx) => customersAfter(ctx, page), true)
    return arrayAnswer(shown(pagesById(read)))
  },
}

async function* shown(pages: AsyncGenerator<readonly CollectionCustomer[]>): AsyncGenerator<unknown[]> {
  for await (const page of pages) yield page.map(customerJson)
}

export const addCustomer: Operation = {
  section,
  summary: 'Create a customer',
  description: 'Without customer_code one is made; without assigned_collection_officer the caller is.',
  body: newCustomer,
  exampleBody,
  answers: { 201: one },
  async handle(ctx: Ctx, { body }: Request<unknown, unknown, NewCustomerBody>): Promise<Answer> {
    const assignedTo = body.assigned_collection_officer ?? me(ctx)
    const creating = createCustomer(ctx, { ...customerOf(body), assignedTo })
    const id = await namingField(creating, {
      code: 'user_not_found',
      field: 'assigned_collection_officer',
      id: assignedTo,
    })
    return { status: 201, body: customerJson(await getCustomer(ctx, id)) }
  },
}

/** A row or body as the core has it; what is missing is nothing. */
export const customerOf = (
  body: Omit<NewCustomerBody, 'assigned_collection_officer'>,
): Omit<NewCollectionCustomer, 'assignedTo'> => ({
  code: body.customer_code ?? null,
  name: body.name,
  phone: body.phone ?? null,
  email: body.email ?? null,
  addressLine1: body.address_line_1 ?? null,
  addressLine2: body.address_line_2 ?? null,
  city: body.city ?? null,
  state: body.state || null,
  pincode: body.pincode ?? null,
  dateOfBirth: body.date_of_birth ?? null,
})

export const showCustomer: Operation = {
  section,
  summary: 'Retrieve a customer',
  params,
  answers: { 200: one },
  async handle(ctx: Ctx, { params: { id } }: ByCustomer): Promise<Answer> {
    return { status: 200, body: customerJson(await getCustomer(ctx, id)) }
  },
}

export const updateCustomer: Operation = {
  section,
  summary: 'Update a customer',
  description: 'PUT and PATCH alike change the fields that were sent.',
  params,
  body: customerPatch,
  exampleBody: { name: 'John Doe Updated', phone: '+91-9123456789' },
  answers: { 200: one },
  async handle(ctx: Ctx, { params: { id }, body }: ByCustomer<z.output<typeof customerPatch>>): Promise<Answer> {
    const changing = changeCustomer(ctx, id, patchOf(body))
    const of = {
      code: 'user_not_found',
      field: 'assigned_collection_officer',
      id: body.assigned_collection_officer,
    } as const
    return { status: 200, body: customerJson(await namingField(changing, of)) }
  },
}

const FIELDS = {
  customer_code: 'code',
  name: 'name',
  phone: 'phone',
  email: 'email',
  address_line_1: 'addressLine1',
  address_line_2: 'addressLine2',
  city: 'city',
  state: 'state',
  pincode: 'pincode',
  date_of_birth: 'dateOfBirth',
  assigned_collection_officer: 'assignedTo',
} as const satisfies Record<keyof NewCustomerBody, keyof NewCollectionCustomer>

function patchOf(body: z.output<typeof customerPatch>): CustomerPatch {
  const sent = Object.entries(body).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    sent.map(([field, value]) => [FIELDS[field as keyof typeof FIELDS], value === '' ? null : value]),
  )
}

export const deleteCustomer: Operation = {
  section,
  summary: 'Delete a customer',
  description: 'With loans and interactions. A customer on whose loans money was paid stays.',
  params,
  answers: { 200: { description: 'Deleted', example: { message: 'Customer deleted.' } } },
  async handle(ctx: Ctx, { params: { id } }: ByCustomer): Promise<Answer> {
    await removeCustomer(ctx, id)
    return { status: 200, body: { message: 'Customer deleted.' } }
  },
}
