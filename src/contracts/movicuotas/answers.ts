/** What MoviCuotas says when it says no: the document's texts, in its one shape `{error}`. 401 means only: no valid token. */
import type { RefusalCode } from '#domain/refusal.ts'
import { SERVER_ANSWERS } from '#platform/problem.ts'
import type { Contract, RefusalAnswer } from '#platform/route.ts'

type Data = Readonly<Record<string, unknown>>

/** Which second factor is wanted stands beside the text, for applications that can ask for it. */
export const errorBody: Contract['errorBody'] = ({ text, code, data }) => ({
  error: text,
  ...(code === 'second_factor_needed' && { second_factor: data.factor }),
})

const notAuthenticated = ({ reason }: Data): string => {
  if (reason === 'customer_gone') return 'Customer not found'
  return reason === undefined ? 'No token provided' : 'Invalid token'
}

const firstField = ({ fields }: Data): string => {
  const [first] = Object.entries((fields ?? {}) as Record<string, string>)
  return first ? `${first[0]}: ${first[1]}` : 'Invalid parameters'
}

/** Never 401, on which the application forgets its token, its customer and that it was activated. */
const secondFactor = ({ factor, wrong }: Data): string => {
  if (factor === 'contract_number') return 'Ingresa también tu número de contrato.'
  return wrong ? 'El código no es correcto o ya venció.' : 'Te enviamos un código por SMS. Ingrésalo para continuar.'
}

const LATER = 'Too many attempts. Please try again later.'

/** What this contract has no operation for: said all the same, should it ever come up. */
const elsewhere = (code: RefusalCode, status = 422): RefusalAnswer => {
  const text = code.replaceAll('_', ' ')
  return [status, `${text[0]!.toUpperCase()}${text.slice(1)}`]
}

export const answers: Readonly<Record<RefusalCode, RefusalAnswer>> = {
  ...SERVER_ANSWERS,
  // what was sent
  invalid_input: [400, firstField],
  body_not_json: [400, 'The request body is not valid JSON'],
  file_missing: [422, 'Receipt image is missing'],
  file_type_not_allowed: [422, 'Receipt image is not a JPEG or PNG image'],
  file_too_large: [413, 'Receipt image is too large (maximum is 10 MB)'],
  file_unreadable: [422, 'Receipt image is not valid base64'],
  body_too_large: [413, 'Receipt image is too large (maximum is 10 MB)'],
  unsupported_media_type: [415, 'Send application/json'],
  amount_invalid: [422, ({ text }) => String(text ?? 'Amount is not a number')],
  idempotency_key_reused: [409, 'This Idempotency-Key was used for another request'],
  // who is asking
  not_authenticated: [401, notAuthenticated],
  token_expired: [401, 'Invalid token'],
  credentials_invalid: [401, 'Invalid credentials'],
  current_password_wrong: elsewhere('current_password_wrong'),
  code_invalid: elsewhere('code_invalid'),
  account_disabled: elsewhere('account_disabled', 403),
  second_factor_needed: [422, secondFactor],
  too_many_attempts: [429, LATER],
  rate_limited: [429, LATER],
  not_permitted: [403, 'You are not permitted to do this'],
  own_request: elsewhere('own_request', 403),
  not_yours: [404, 'Customer not found'],
  // what is not there
  route_not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  account_not_found: [404, 'Account not found'],
  user_not_found: [404, 'User not found'],
  customer_not_found: [404, 'Customer not found'],
  organisation_not_found: [404, 'Not found'],
  loan_product_not_found: [404, 'Product not found'],
  loan_not_found: [404, 'Loan not found'],
  transaction_not_found: [404, 'Transaction not found'],
  payment_not_found: [404, 'Payment not found'],
  notification_not_found: [404, 'Notification not found'],
  file_not_found: [404, 'File not found'],
  job_not_found: [404, 'Job not found'],
  savings_account_not_found: [404, 'Account not found'],
  savings_product_not_found: [404, 'Product not found'],
  hold_not_found: [404, 'Hold not found'],
  payout_not_found: [404, 'Payout not found'],
  third_party_not_found: [404, 'Not found'],
  interaction_not_found: [404, 'Interaction not found'],
  promise_not_found: [404, 'Promise not found'],
  entry_not_found: [404, 'Entry not found'],
  // payments
  no_open_loan: [404, 'No active loan found'],
  instalment_not_found: [404, 'Installment not found'],
  instalment_paid: [422, 'Installment is already paid'],
  payment_not_in_suspense: elsewhere('payment_not_in_suspense'),
  payment_not_pending: elsewhere('payment_not_pending'),
  payer_unknown: elsewhere('payer_unknown'),
  nothing_due: elsewhere('nothing_due'),
  // devices: the application knows these in Spanish
  phone_model_not_found: [404, 'Phone model not found'],
  sale_not_found: [404, 'Sale not found'],
  sale_step_not_open: [409, 'This sale cannot take this step'],
  down_payment_waiting: [409, 'A down payment waits already'],
  down_payment_not_pending: [409, 'No down payment waits'],
  phone_model_retired: [409, 'This phone model is not sold any more'],
  device_not_found: [404, 'Device not found'],
  device_token_not_found: [404, 'Device token not found'],
  imei_taken: [422, 'IMEI ya registrado en otro préstamo'],
  activation_code_unknown: [404, 'Codigo de activacion invalido'],
  activation_code_used: [422, 'Este dispositivo ya fue activado'],
  device_not_unlocked: [422, 'Device already locked or pending'],
  device_not_pending: [422, 'Device not pending'],
  device_not_locked: [422, 'Device not locked'],
  device_released: elsewhere('device_released'),
  arrears_remain: elsewhere('arrears_remain'),
  device_not_activated: elsewhere('device_not_activated'),
  device_management_off: elsewhere('device_management_off'),
  unlock_code_wrong: elsewhere('unlock_code_wrong'),
  unlock_code_used: elsewhere('unlock_code_used'),
  unlock_code_expired: elsewhere('unlock_code_expired'),
  // what customers of this contract never come to
  username_taken: elsewhere('username_taken'),
  phone_taken: elsewhere('phone_taken'),
  email_taken: elsewhere('email_taken'),
  profile_exists: elsewhere('profile_exists'),
  customer_has_loans: elsewhere('customer_has_loans'),
  role_unknown: elsewhere('role_unknown'),
  id_number_taken: elsewhere('id_number_taken'),
  no_loan_product: elsewhere('no_loan_product'),
  no_officer: elsewhere('no_officer'),
  amount_above_maximum: elsewhere('amount_above_maximum'),
  amount_below_minimum: elsewhere('amount_below_minimum'),
  loan_not_pending: elsewhere('loan_not_pending'),
  loan_not_approved: elsewhere('loan_not_approved'),
  loan_not_active: elsewhere('loan_not_active'),
  customer_profile_missing: elsewhere('customer_profile_missing'),
  already_reversed: elsewhere('already_reversed'),
  loan_not_withdrawable: elsewhere('loan_not_withdrawable'),
  loan_has_transactions: elsewhere('loan_has_transactions'),
  loan_charged_off: elsewhere('loan_charged_off'),
  loan_of_sale: elsewhere('loan_of_sale'),
  restructured_since: elsewhere('restructured_since'),
  transaction_of_payment: elsewhere('transaction_of_payment'),
  transaction_not_reversible: elsewhere('transaction_not_reversible'),
  nothing_overdue: elsewhere('nothing_overdue'),
  no_instalment_left: elsewhere('no_instalment_left'),
  no_credit: elsewhere('no_credit'),
  top_up_too_small: elsewhere('top_up_too_small'),
  amount_above_outstanding: elsewhere('amount_above_outstanding'),
  savings_account_not_open: elsewhere('savings_account_not_open'),
  savings_account_not_empty: elsewhere('savings_account_not_empty'),
  withdrawal_below_least: elsewhere('withdrawal_below_least'),
  withdrawal_above_most: elsewhere('withdrawal_above_most'),
  daily_limit_reached: elsewhere('daily_limit_reached'),
  hold_not_active: elsewhere('hold_not_active'),
  phone_missing: elsewhere('phone_missing'),
  payout_not_payable: elsewhere('payout_not_payable'),
  payout_settled: elsewhere('payout_settled'),
  mobile_money_off: elsewhere('mobile_money_off'),
  consent_missing: elsewhere('consent_missing'),
  customer_code_taken: elsewhere('customer_code_taken'),
  account_no_taken: elsewhere('account_no_taken'),
  loan_has_repayments: elsewhere('loan_has_repayments'),
  promise_not_open: elsewhere('promise_not_open'),
  do_not_call: elsewhere('do_not_call'),
  entry_unbalanced: elsewhere('entry_unbalanced'),
  account_unknown: elsewhere('account_unknown'),
  insufficient_funds: elsewhere('insufficient_funds'),
  entry_already_reversed: elsewhere('entry_already_reversed'),
}
