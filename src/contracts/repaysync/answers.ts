/** What RepaySync says when it says no: `{errors: {field: [text]}}` for what was sent, `{error}` for files, `{error, detail}` for the rest. */
import type { RefusalCode } from '#domain/refusal.ts'
import type { Contract, RefusalAnswer } from '#platform/route.ts'

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
  // what was sent
  invalid_input: [400, 'Invalid input.'],
  body_not_json: [400, 'JSON parse error: the body is not valid JSON.'],
  file_missing: [400, 'No file provided.'],
  file_type_not_allowed: [400, 'Upload a CSV file.'],
  file_too_large: [413, 'The file is too large.'],
  file_unreadable: [400, ({ reason }) => String(reason)],
  body_too_large: [413, 'The request is too large.'],
  unsupported_media_type: [
    415,
    ({ mediaType }) => `Unsupported media type "${String(mediaType).slice(0, 100)}" in request.`,
  ],
  amount_invalid: [400, 'A valid number is required.'],
  idempotency_key_reused: [409, 'This Idempotency-Key was used for another request.'],
  // who is asking
  not_authenticated: [401, notAuthenticated],
  token_expired: [401, 'Token is invalid or expired'],
  credentials_invalid: [401, 'No active account found with the given credentials'],
  current_password_wrong: [400, 'Current password wrong.'],
  code_invalid: [400, 'Code invalid.'],
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
  savings_account_not_found: [404, 'Not found.'],
  savings_product_not_found: [404, 'Not found.'],
  hold_not_found: [404, 'Not found.'],
  payout_not_found: [404, 'Not found.'],
  third_party_not_found: [404, 'Not found.'],
  // what is there already
  username_taken: [400, 'A user with that username already exists.'],
  phone_taken: [400, 'user with this phone already exists.'],
  email_taken: [400, 'user with this email already exists.'],
  profile_exists: [400, 'Profile exists.'],
  customer_has_loans: [400, 'A customer with loans cannot be deleted.'],
  role_unknown: [400, 'Role unknown.'],
  id_number_taken: [400, 'Id number taken.'],
  // loans
  no_loan_product: [400, 'No loan product.'],
  no_officer: [400, 'No officer.'],
  amount_above_maximum: [400, 'Amount above maximum.'],
  amount_below_minimum: [400, 'Amount below minimum.'],
  loan_not_pending: [400, 'Loan not pending.'],
  loan_not_approved: [400, 'Loan not approved.'],
  loan_not_active: [400, 'Loan not active.'],
  customer_profile_missing: [400, 'Customer profile missing.'],
  already_reversed: [400, 'Already reversed.'],
  loan_not_withdrawable: [400, 'Loan not withdrawable.'],
  loan_has_transactions: [400, 'Loan has transactions.'],
  loan_charged_off: [400, 'Loan charged off.'],
  loan_of_sale: [400, 'This loan pays for a sale.'],
  restructured_since: [400, 'The loan was agreed on anew since: undo that first.'],
  transaction_of_payment: [400, 'Transaction of payment.'],
  transaction_not_reversible: [400, 'Transaction not reversible.'],
  nothing_overdue: [400, 'Nothing overdue.'],
  no_instalment_left: [400, 'No instalment left.'],
  no_credit: [400, 'No credit.'],
  top_up_too_small: [400, 'Top up too small.'],
  no_open_loan: [400, 'No open loan.'],
  amount_above_outstanding: [400, 'Amount above outstanding.'],
  // savings
  savings_account_not_open: [400, 'Savings account not open.'],
  savings_account_not_empty: [400, 'Savings account not empty.'],
  withdrawal_below_least: [400, 'Withdrawal below least.'],
  withdrawal_above_most: [400, 'Withdrawal above most.'],
  daily_limit_reached: [400, 'Daily limit reached.'],
  hold_not_active: [400, 'Hold not active.'],
  // payouts
  phone_missing: [400, 'Phone missing.'],
  payout_not_payable: [400, 'Payout not payable.'],
  payout_settled: [400, 'Payout settled.'],
  mobile_money_off: [400, 'Mobile money off.'],
  // third parties
  consent_missing: [400, 'Consent missing.'],
  // collections
  customer_code_taken: [400, 'customer with this customer code already exists.'],
  account_no_taken: [400, 'loan with this loan account number already exists.'],
  loan_has_repayments: [400, 'Money was paid on this loan: it can no longer be changed or deleted.'],
  interaction_not_found: [404, 'Not found.'],
  promise_not_found: [404, 'Not found.'],
  promise_not_open: [400, 'Promise not open.'],
  do_not_call: [400, 'This customer is not to be called.'],
  // payments
  payer_unknown: [400, 'Payer unknown.'],
  nothing_due: [400, 'Nothing due.'],
  payment_not_in_suspense: [400, 'Payment not in suspense.'],
  payment_not_pending: [400, 'Payment not pending.'],
  instalment_not_found: [404, 'There is no such instalment.'],
  instalment_paid: [409, 'This instalment has been paid already.'],
  // devices
  phone_model_not_found: [404, 'There is no such phone model.'],
  sale_not_found: [404, 'Sale not found.'],
  sale_step_not_open: [400, 'This sale cannot take this step.'],
  down_payment_waiting: [400, 'A down payment waits already.'],
  down_payment_not_pending: [400, 'No down payment waits.'],
  phone_model_retired: [400, 'This phone model is not sold any more.'],
  device_not_found: [404, 'There is no such device.'],
  device_token_not_found: [404, 'There is no such device token.'],
  imei_taken: [409, 'This IMEI belongs to another running loan.'],
  activation_code_unknown: [404, 'There is no such activation code.'],
  activation_code_used: [409, 'This activation code was used on another device.'],
  device_not_unlocked: [409, 'This device is locked already, or about to be.'],
  device_not_pending: [409, 'No lock of this device waits to be confirmed.'],
  device_not_locked: [409, 'This device is not locked.'],
  device_released: [409, 'This device is paid for and is never locked again.'],
  arrears_remain: [409, 'Instalments are overdue: the device stays locked until they are paid.'],
  device_not_activated: [409, 'The application on this device has not been activated.'],
  device_management_off: [409, 'No service manages devices here: lock and unlock by hand.'],
  unlock_code_wrong: [422, 'This code is wrong.'],
  unlock_code_used: [409, 'This code, or a later one, has been used.'],
  unlock_code_expired: [409, 'This code was typed in after its last day.'],
  // ledger
  entry_unbalanced: [400, 'Entry unbalanced.'],
  account_unknown: [400, 'Account unknown.'],
  insufficient_funds: [400, 'Insufficient funds.'],
  entry_not_found: [404, 'Not found.'],
  entry_already_reversed: [400, 'Entry already reversed.'],
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
