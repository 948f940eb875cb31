/** What RepaySync says when it says no: `{errors: {field: [text]}}` for what was sent, `{error}` for files, `{error, detail}` for the rest. */
import type { RefusalCode } from '#domain/refusal.ts'
import type { Contract, RefusalAnswer } from '#platform/http/route.ts'
import { USUAL_ANSWERS } from '#platform/http/usual-answers.ts'

type Data = Readonly<Record<string, unknown>>

const FORBIDDEN = 'You do not have permission to perform this action.'

const notAuthenticated = ({ reason }: Data): string => {
  if (reason === 'wrong_type') return 'Token has wrong type'
  return reason === undefined ? 'Authentication credentials were not provided.' : 'Token is invalid or expired'
}

const tryAgainLater = ({ retryAfterSeconds }: Data): string => {
  const seconds = Math.ceil(Number(retryAfterSeconds ?? 60)) // tidy: seconds, not money
  return `Request was throttled. Expected available in ${seconds} seconds.`
}

export const answers: Readonly<Record<RefusalCode, RefusalAnswer>> = {
  ...USUAL_ANSWERS,
  // what was sent
  invalid_input: [400, 'Invalid input.'],
  body_not_json: [400, 'JSON parse error: the body is not valid JSON.'],
  file_missing: [400, 'No file provided.'],
  file_type_not_allowed: [400, 'Upload a CSV file.'],
  body_too_large: [413, 'The request is too large.'],
  unsupported_media_type: [
    415,
    ({ mediaType }) => `Unsupported media type "${String(mediaType).slice(0, 100)}" in request.`,
  ],
  amount_invalid: [400, 'A valid number is required.'],
  // who is asking
  not_authenticated: [401, notAuthenticated],
  token_expired: [401, 'Token is invalid or expired'],
  credentials_invalid: [401, 'No active account found with the given credentials'],
  account_disabled: [401, 'No active account found with the given credentials'],
  second_factor_needed: [400, 'Second proof needed.'],
  too_many_attempts: [429, tryAgainLater],
  rate_limited: [429, 'Request was throttled.'],
  not_permitted: [403, FORBIDDEN],
  own_request: [403, FORBIDDEN],
  not_yours: [403, FORBIDDEN],
  // what is not there
  route_not_found: [404, 'Not found.'],
  method_not_allowed: [405, ({ method }) => `Method "${method}" not allowed.`],
  account_not_found: [404, 'Not found.'],
  user_not_found: [404, 'Not found.'],
  customer_not_found: [404, 'Not found.'],
  organisation_not_found: [404, 'RepaySync is not set up here.'],
  loan_product_not_found: [404, 'Not found.'],
  loan_not_found: [404, 'Not found.'],
  transaction_not_found: [404, 'Not found.'],
  payment_not_found: [404, 'Not found.'],
  notification_not_found: [404, 'Not found.'],
  file_not_found: [404, 'Not found.'],
  job_not_found: [404, 'Not found.'],
  // what is there already
  username_taken: [400, 'A user with that username already exists.'],
  phone_taken: [400, 'user with this phone already exists.'],
  email_taken: [400, 'user with this email already exists.'],
  customer_has_loans: [400, 'A customer with loans cannot be deleted.'],
  role_unknown: [400, 'There is no such role.'],
  id_number_taken: [400, 'This identity number is in use.'],
  // loans
  no_loan_product: [400, 'There is no loan product to lend from.'],
  no_officer: [400, 'There is no loan officer to take this on.'],
  amount_above_maximum: [400, 'The amount is above the maximum of the loan product.'],
  amount_below_minimum: [400, 'The amount is below the minimum of the loan product.'],
  loan_not_active: [400, 'This loan takes no repayments.'],
  loan_has_transactions: [400, 'What happened since must be taken back first.'],
  loan_of_sale: [400, 'This loan pays for a sale.'],
  restructured_since: [400, 'The loan was agreed on anew since: undo that first.'],
  // collections
  customer_code_taken: [400, 'customer with this customer code already exists.'],
  account_no_taken: [400, 'loan with this loan account number already exists.'],
  loan_has_repayments: [400, 'Money was paid on this loan: it can no longer be changed or deleted.'],
  interaction_not_found: [404, 'Not found.'],
  promise_not_found: [404, 'Not found.'],
  do_not_call: [400, 'This customer is not to be called.'],
  // running
  demo_only: [404, 'Not found.'],
  clock_backwards: [409, 'The clock only moves forward.'],
  unavailable: [503, 'The service is busy. Try again shortly.'],
}

/** The field that a refusal is about. */
const FIELD_OF: Readonly<Partial<Record<RefusalCode | 'internal', string>>> = {
  username_taken: 'username',
  email_taken: 'email',
  phone_taken: 'phone',
  customer_code_taken: 'customer_code',
  account_no_taken: 'loan_account_number',
  do_not_call: 'loan',
  role_unknown: 'role',
}

/** What the core calls differently. */
const FIELD_NAMES: ReadonlyMap<string, string> = new Map([
  ['body', 'non_field_errors'],
  ['principal', 'principal_amount'],
  ['ratePercent', 'interest_rate'],
  ['terms.ratePercent', 'interest_rate'],
  ['terms.rate', 'interest_rate'],
  ['tenureMonths', 'tenure_months'],
  ['terms.months', 'tenure_months'],
  ['terms.instalments', 'tenure_months'],
  ['loanDate', 'loan_date'],
  ['customerId', 'customer'],
  ['due_on', 'promise_date'],
])

const FILE_CODES: readonly string[] = ['file_missing', 'file_unreadable', 'file_too_large', 'file_type_not_allowed']
const TOKEN_CODES: readonly string[] = ['not_authenticated', 'token_expired']

export const errorBody: Contract['errorBody'] = ({ code, text, data }) => {
  const namesFields = code === 'invalid_input' || code === 'loan_has_repayments'
  if (namesFields && typeof data.fields === 'object' && data.fields !== null) {
    return { errors: errorsOf(data.fields as Readonly<Record<string, string>>) }
  }
  const field = FIELD_OF[code]
  if (field) return { errors: { [field]: [text] } }
  if (FILE_CODES.includes(code)) return { error: text }
  const more = TOKEN_CODES.includes(code) && (data.reason !== undefined || code === 'token_expired')
  return {
    error: text,
    detail: text,
    ...(more ? { code: 'token_not_valid' } : {}),
    ...(code === 'internal' ? { request_id: data.requestId } : {}),
  }
}

const errorsOf = (fields: Readonly<Record<string, string>>): Record<string, readonly string[]> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, text]) => [
      FIELD_NAMES.get(name) ?? name,
      [name === 'body' ? ofBody(text) : text],
    ]),
  )

const KINDS: Readonly<Record<string, string>> = { array: 'list', string: 'str', number: 'int', boolean: 'bool' }

const ofBody = (text: string): string =>
  text.replace(
    /^Invalid input: expected object, received (\w+)$/,
    (_, kind: string) => `Invalid data. Expected a dictionary, but got ${KINDS[kind] ?? kind}.`,
  )
