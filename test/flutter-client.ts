/**
 * What the MOVICUOTAS application does with an answer: its model classes' casts, written out. A cast that would throw in the
 * application throws a ClientCrash here; what it silently takes for something else (0, "", null) comes out so.
 */

/** The application would show a blank screen, or an error of its own. */
export class ClientCrash extends Error {}

type Json = Readonly<Record<string, unknown>>
type Read<T> = (json: Json, key: string) => T

const crash = (key: string, wanted: string, given: unknown): never => {
  throw new ClientCrash(`${key}: ${wanted} wanted, ${JSON.stringify(given)} given`)
}

/** `as int`, `as String`, `as bool`: no defaults. */
const int: Read<number> = (json, key) =>
  Number.isInteger(json[key]) ? (json[key] as number) : crash(key, 'an int', json[key])
const text: Read<string> = (json, key) =>
  typeof json[key] === 'string' ? (json[key] as string) : crash(key, 'a String', json[key])
const flag: Read<boolean> = (json, key) =>
  typeof json[key] === 'boolean' ? (json[key] as boolean) : crash(key, 'a bool', json[key])

/** `as int?`, `as String?`, `as Map?` */
const intOrNull: Read<number | null> = (json, key) => (isNothing(json[key]) ? null : int(json, key))
const textOrNull: Read<string | null> = (json, key) => (isNothing(json[key]) ? null : text(json, key))
const textOrEmpty: Read<string> = (json, key) => textOrNull(json, key) ?? ''
const mapOrNull: Read<Json | null> = (json, key) => (isNothing(json[key]) ? null : map(json, key))
const map: Read<Json> = (json, key) => (isMap(json[key]) ? (json[key] as Json) : crash(key, 'a Map', json[key]))
const list: Read<readonly Json[]> = (json, key) => {
  const given = json[key]
  if (!Array.isArray(given)) return crash(key, 'a List', given)
  return given.map((one, n) => (isMap(one) ? (one as Json) : crash(`${key}[${n}]`, 'a Map', one)))
}

const isNothing = (value: unknown): boolean => value === null || value === undefined
const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A number or a numeric string; anything else counts as 0, as ids of other kinds do. */
const numberish: Read<number> = (json, key) => {
  const given = json[key]
  if (typeof given === 'number') return given
  return typeof given === 'string' && /^-?\d+(\.\d+)?$/.test(given) ? Number(given) : 0
}
const intish: Read<number> = (json, key) => Math.trunc(numberish(json, key))

/** `DateTime.parse` */
const DATE = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/
const date: Read<string> = (json, key) => {
  const given = text(json, key)
  return DATE.test(given) ? given : crash(key, 'a date', given)
}
const dateOrNull: Read<string | null> = (json, key) => (isNothing(json[key]) ? null : date(json, key))
const dateOrNow: Read<string> = (json, key) => dateOrNull(json, key) ?? 'now'

const oneOf = <T extends string>(given: string | null, known: readonly T[], usual: T): T =>
  known.find((one) => one === given) ?? usual

export const customer = (json: Json) => ({
  id: intish(json, 'id'),
  identificationNumber: textOrEmpty(json, 'identification_number'),
  fullName: textOrEmpty(json, 'full_name'),
  email: textOrNull(json, 'email'),
  phone: textOrEmpty(json, 'phone'),
  dateOfBirth: textOrNull(json, 'date_of_birth'),
  gender: textOrNull(json, 'gender'),
  address: textOrNull(json, 'address'),
  city: textOrNull(json, 'city'),
  status: textOrNull(json, 'status') ?? 'active',
})

export const device = (json: Json) => ({
  id: int(json, 'id'),
  imei: text(json, 'imei'),
  brand: text(json, 'brand'),
  model: text(json, 'model'),
  phoneModelId: intOrNull(json, 'phone_model_id'),
  lockStatus: text(json, 'lock_status'),
  isLocked: flag(json, 'is_locked'),
})

export function loan(json: Json) {
  const inside = mapOrNull(json, 'device')
  const read = {
    id: intish(json, 'id'),
    contractNumber: textOrEmpty(json, 'contract_number'),
    customerId: intish(json, 'customer_id'),
    status: textOrNull(json, 'status') ?? 'pending',
    totalAmount: numberish(json, 'total_amount'),
    approvedAmount: numberish(json, 'approved_amount'),
    downPaymentPercentage: numberish(json, 'down_payment_percentage'),
    downPaymentAmount: numberish(json, 'down_payment_amount'),
    financedAmount: numberish(json, 'financed_amount'),
    interestRate: numberish(json, 'interest_rate'),
    numberOfInstallments: intish(json, 'number_of_installments'),
    installmentAmount: numberish(json, 'installment_amount'),
    startDate: dateOrNow(json, 'start_date'),
    endDate: dateOrNow(json, 'end_date'),
    branchNumber: textOrNull(json, 'branch_number'),
    device: inside && device(inside),
  }
  // The screen divides by both.
  if (read.totalAmount <= 0) crash('total_amount', 'more than 0', read.totalAmount)
  if (read.numberOfInstallments <= 0) crash('number_of_installments', 'more than 0', read.numberOfInstallments)
  return read
}

export const installment = (json: Json) => ({
  id: intish(json, 'id'),
  loanId: intish(json, 'loan_id'),
  number: intish(json, 'installment_number'),
  dueDate: date(json, 'due_date'),
  amount: numberish(json, 'amount'),
  status: oneOf(textOrNull(json, 'status'), ['pending', 'paid', 'overdue'], 'pending'),
  paidDate: dateOrNull(json, 'paid_date'),
  daysOverdue: intish(json, 'days_overdue'),
  isOverdue: json.is_overdue === true,
})

const deviceStatus = (json: Json) => ({
  imei: textOrNull(json, 'imei') ?? '',
  phoneModel: textOrNull(json, 'phone_model') ?? '',
  status: textOrNull(json, 'status') ?? 'unknown',
  isBlocked: json.is_blocked === true,
})

export function dashboard(json: Json) {
  const next = mapOrNull(json, 'next_payment')
  const status = mapOrNull(json, 'device_status')
  const person = customer(map(json, 'customer'))
  // The greeting shows the first letter of the name.
  if (person.fullName === '') crash('full_name', 'a letter', person.fullName)
  return {
    customer: person,
    loan: loan(map(json, 'loan')),
    nextPayment: next && installment(next),
    overdueCount: intish(json, 'overdue_count'),
    totalOverdueAmount: numberish(json, 'total_overdue_amount'),
    unreadNotificationsCount: intish(json, 'unread_notifications_count'),
    deviceStatus: status && deviceStatus(status),
  }
}

export function installments(json: Json) {
  const summary = map(json, 'summary')
  return {
    installments: list(json, 'installments').map(installment),
    summary: {
      total: intish(summary, 'total_installments'),
      pending: intish(summary, 'pending'),
      paid: intish(summary, 'paid'),
      overdue: intish(summary, 'overdue'),
    },
  }
}

const NOTIFICATION_TYPES = [
  'payment_reminder',
  'payment_confirmed',
  'payment_overdue',
  'device_blocked',
  'device_unblocked',
  'general',
] as const

const notification = (json: Json) => ({
  id: int(json, 'id'),
  title: text(json, 'title'),
  message: text(json, 'message'),
  type: oneOf(text(json, 'notification_type'), NOTIFICATION_TYPES, 'general'),
  isRead: flag(json, 'is_read'),
  createdAt: date(json, 'created_at'),
  data: mapOrNull(json, 'data') ?? {},
})

/** A page number that the application goes on from: a double stops it, a text that is no number throws. */
const pageNumber: Read<number> = (json, key) => {
  const given = json[key]
  if (typeof given === 'string') return /^-?\d+$/.test(given) ? Number(given) : crash(key, 'an int', given)
  return Number.isInteger(given) ? (given as number) : 0
}

export function notifications(json: Json) {
  const pages = map(json, 'pagination')
  return {
    notifications: list(json, 'notifications').map(notification),
    pagination: {
      currentPage: pageNumber(pages, 'current_page'),
      totalPages: pageNumber(pages, 'total_pages'),
      totalCount: pageNumber(pages, 'total_count'),
      perPage: pageNumber(pages, 'per_page'),
    },
  }
}

export function session(json: Json) {
  const person = map(json, 'customer')
  return {
    token: text(json, 'token'),
    customerId: int(person, 'id'),
    customer: customer(person),
    loan: loan(map(json, 'loan')),
  }
}

export function activation(json: Json) {
  const person = mapOrNull(json, 'customer')
  const bought = mapOrNull(json, 'loan')
  return {
    token: textOrNull(json, 'token'),
    customerId: person && int(person, 'id'),
    customer: person && customer(person),
    loan: bought && loan(bought),
  }
}

export const said = (json: Json) => ({ message: text(json, 'message') })
const told = (json: Json) => ({ message: textOrNull(json, 'message') })
const imei = (json: Json) => ({ available: flag(json, 'available'), message: text(json, 'message') })
const settings = (json: Json) => ({
  supportPhone: textOrNull(json, 'support_phone_number'),
  supportSchedule: textOrNull(json, 'support_schedule'),
})

/** How the application reads a good answer of each call. */
export const READERS = {
  'POST /auth/login': session,
  'GET /auth/forgot_contract': said,
  'GET /dashboard': dashboard,
  'GET /installments': installments,
  'POST /payments': told,
  'GET /notifications': notifications,
  'POST /notifications/mark_all_read': told,
  'POST /notifications/:id/mark_read': told,
  'POST /devices/activate': activation,
  'GET /devices/check_imei': imei,
  'POST /device_tokens': told,
  'DELETE /device_tokens': told,
  'PUT /device_tokens/refresh': told,
  'GET /settings': settings,
} as const satisfies Record<string, (json: Json) => unknown>

export type Call = keyof typeof READERS

export interface Raw {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, unknown>>
}

/** A good answer as the application has it. Throws ClientCrash for what it could not read. */
export function readGood<C extends Call>(call: C, { status, body, headers }: Raw): ReturnType<(typeof READERS)[C]> {
  if (status < 200 || status > 299) crash(call, 'a good answer', status)
  if (!String(headers['content-type']).startsWith('application/json')) crash(call, 'JSON', headers['content-type'])
  if (!isMap(body)) crash(call, 'a JSON object', body)
  return READERS[call](body as Json) as ReturnType<(typeof READERS)[C]>
}

/** The text of an error answer. Throws ClientCrash unless the body is `{"error": String}` and nothing else. */
export function readError({ status, body, headers }: Raw): string {
  if (status < 400) crash('status', 'an error', status)
  if (!String(headers['content-type']).startsWith('application/json')) crash('error', 'JSON', headers['content-type'])
  if (!isMap(body) || Object.keys(body as Json).join() !== 'error') return crash('error', '{"error": String}', body)
  return text(body as Json, 'error')
}
