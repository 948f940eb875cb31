/** 👥 Customer Routes: lists with filters, search, paging and export. */
import { z } from 'zod'
import { divide } from '#domain/money.ts'
import { me } from '#contracts/sokocredit/auth.ts'
import { whenMissing } from '#contracts/sokocredit/asked.ts'
import { section } from '#contracts/sokocredit/customers.ts'
import { customerExample, customerJson, customerSchema, documentsJson } from '#contracts/sokocredit/present.ts'
import { type Customer, type CustomerFilter, customerPages } from '#modules/customers/customers.ts'
import { listCustomers, shownContact } from '#modules/customers/views.ts'
import { idText } from '#platform/http/asked-numbers.ts'
import { type Door, transact } from '#platform/context.ts'
import { CSV_TYPE, csvStream } from '#platform/files/csv.ts'
import type { Answer, Operation, RefusalAnswer, Request } from '#platform/http/route.ts'
import { type Row, XLSX_TYPE, xlsxStream } from '#platform/files/spreadsheet.ts'

const MOST_A_PAGE = 100
const MOST_OF_MINE = 1_000

/** A page or page size as clients send it: what is no positive number is as if it were not there. */
const positive = z
  .string()
  .transform((given) => (/^\d{1,9}$/.test(given.trim()) ? Number(given) || undefined : undefined))
  .optional()

const listing = z.strictObject({
  page: positive.meta({ description: 'From 1', example: '1' }),
  per_page: positive.meta({ description: '10 unless told, at most 100', example: '10' }),
  search: z.string().max(200).optional().meta({ description: 'Anywhere in name, phone, business or location' }),
  created_by: idText.optional().meta({ description: 'Id of the user who created the customer' }),
  business_name: z.string().max(200).optional().meta({ description: 'Exact' }),
  location: z.string().max(200).optional().meta({ description: 'Exact' }),
  has_documents: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['true', 'false'], 'Give true or false.'))
    .optional()
    .meta({ enum: ['true', 'false'] }),
  format: z.string().max(20).optional().meta({ description: 'csv or excel: a file of all that match' }),
})
type Listing = z.output<typeof listing>

const filterOf = (query: Listing): CustomerFilter => ({
  search: query.search,
  createdBy: query.created_by,
  businessName: query.business_name || undefined,
  location: query.location || undefined,
  hasDocuments: query.has_documents === undefined ? undefined : query.has_documents === 'true',
})

const [status, wrongField] = whenMissing('Invalid filter')

/** Names a parameter that is no filter in the document's words. */
const refusals = {
  invalid_input: [
    status,
    (data: Readonly<Record<string, unknown>>): string => {
      const unknown = Object.keys((data.fields ?? {}) as object).find((key) => !(key in listing.shape))
      if (unknown !== undefined) return `Invalid filter: '${unknown}' is not a valid filter field`
      return typeof wrongField === 'function' ? wrongField(data) : wrongField
    },
  ] as RefusalAnswer,
}

export const showCustomers: Operation = {
  section,
  summary: 'List customers (admin/lender only)',
  description: 'In order of id. With format=csv or format=excel all that match, whatever the page, as a file.',
  transaction: 'own',
  query: listing,
  answers: {
    200: {
      description: 'A page, or a file',
      schema: z.object({ customers: z.array(customerSchema), total: z.int(), page: z.int(), pages: z.int() }),
      example: { customers: [customerExample], total: 1, page: 1, pages: 1 },
    },
  },
  refusals,
  async handle(door: Door, { query }: Request<unknown, Listing>): Promise<Answer> {
    const filter = filterOf(query)
    const file = exportOf(door, filter, query.format)
    if (file) return file
    const [page, perPage] = [query.page ?? 1, sizeOf(query)]
    const { customers, total } = await transact(door, (ctx) => listCustomers(ctx, filter, { page, perPage }), true)
    const pages = Number(divide(BigInt(total), BigInt(perPage), 'CEILING'))
    return { status: 200, body: { customers: customers.map(customerJson), total, page, pages } }
  },
}

const sizeOf = ({ per_page: perPage = 10 }: Listing): number => (perPage > MOST_A_PAGE ? MOST_A_PAGE : perPage)

export const showMyCustomers: Operation = {
  section,
  summary: 'Get my customers (admin/lender)',
  description: `Those the caller created, in order of id: the first ${MOST_OF_MINE}, or a page by page and per_page. Takes the filters and formats of the list.`,
  transaction: 'own',
  query: listing,
  answers: { 200: { description: 'My customers', schema: z.array(customerSchema), example: [customerExample] } },
  refusals,
  async handle(door: Door, { query }: Request<unknown, Listing>): Promise<Answer> {
    const mine = me(door)
    if (query.created_by !== undefined && query.created_by !== mine) return { status: 200, body: [] }
    const filter = { ...filterOf(query), createdBy: mine }
    const file = exportOf(door, filter, query.format)
    if (file) return file
    const paged = query.page !== undefined || query.per_page !== undefined
    const page = { page: query.page ?? 1, perPage: paged ? sizeOf(query) : MOST_OF_MINE }
    const { customers } = await transact(door, (ctx) => listCustomers(ctx, filter, page), true)
    return { status: 200, body: customers.map(customerJson) }
  },
}

const HEADER = ['ID', 'Full Name', 'Phone', 'Business', 'Location', 'Documents']

/** All that match as a file that is written while it is read; null for a format that is none. */
function exportOf(door: Door, filter: CustomerFilter, format: string | undefined): Answer | null {
  if (format === 'csv') {
    const headers = { 'content-type': CSV_TYPE, 'content-disposition': 'attachment; filename="customers.csv"' }
    return { status: 200, headers, stream: csvStream(HEADER, rowsOf(door, filter)) }
  }
  if (format === 'excel') {
    const headers = { 'content-type': XLSX_TYPE, 'content-disposition': 'attachment; filename="customers.xlsx"' }
    return { status: 200, headers, stream: xlsxStream({ name: 'Customers', header: HEADER }, rowsOf(door, filter)) }
  }
  return null
}

async function* rowsOf(door: Door, filter: CustomerFilter): AsyncGenerator<readonly Row[]> {
  for await (const customers of customerPages(door, filter)) yield customers.map(rowOf)
}

const rowOf = (customer: Customer): Row => [
  customer.id,
  customer.fullName,
  shownContact(customer).phone,
  customer.businessName,
  customer.location,
  JSON.stringify(documentsJson(customer.documents)),
]

const parameter = (name: string, type: string, description: string) => ({
  name,
  in: 'query',
  required: false,
  description,
  schema: { type },
})

const STATIC_SCHEMA = {
  paths: {
    '/customers/': {
      get: {
        summary: 'List customers with filtering, search, pagination and export',
        parameters: [
          parameter('page', 'integer', 'Page number, from 1'),
          parameter('per_page', 'integer', 'Customers a page, 10 unless told, at most 100'),
          parameter('search', 'string', 'Anywhere in name, phone, business or location'),
          parameter('created_by', 'integer', 'Id of the user who created the customer'),
          parameter('business_name', 'string', 'Exact business name'),
          parameter('location', 'string', 'Exact location'),
          parameter('has_documents', 'boolean', 'true: with documents, false: without'),
          parameter('format', 'string', 'csv or excel: a file of all that match'),
        ],
        responses: {
          200: { description: 'A page of customers, or a file' },
          400: { description: 'Invalid filter' },
          401: { description: 'No valid token' },
          403: { description: 'Not an admin or lender' },
        },
      },
    },
  },
}

export const showCustomerSchema: Operation = {
  section,
  summary: 'Get static schema for /customers listing',
  transaction: 'own',
  answers: { 200: { description: 'The schema of the listing', example: STATIC_SCHEMA } },
  handle: async () => ({ status: 200, body: STATIC_SCHEMA }),
}
