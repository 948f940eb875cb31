/** What VisionFund says when it says no: `{error, errors?}`, in the words of its server where these are known. */
import type { RefusalCode } from '#domain/refusal.ts'
import type { Contract, RefusalAnswer } from '#platform/route.ts'

type Data = Readonly<Record<string, unknown>>

const notAuthenticated = ({ reason }: Data): string =>
  reason === undefined ? 'A token is needed.' : 'The token is not valid.'

const fieldsOf = ({ fields }: Data): [string, string][] =>
  typeof fields === 'object' && fields !== null ? (Object.entries(fields) as [string, string][]) : []

/** The fields by name, so that a person reading `error` alone knows what to put right. */
function explain(data: Data): string {
  const said = fieldsOf(data).map(([field, what]) => `${field}: ${what}`)
  return said.length > 0 ? said.join(' ') : 'Invalid input.'
}

export const answers: Readonly<Record<RefusalCode, RefusalAnswer>> = {
  // what was sent
  invalid_input: [400, explain],
  body_not_json: [400, 'The request body is not valid JSON.'],
  file_missing: [400, 'A file is needed.'],
  file_type_not_allowed: [400, 'Files of this kind are not taken.'],
  file_too_large: [413, 'The file is too large.'],
  file_unreadable: [400, 'The file cannot be read.'],
  body_too_large: [413, 'The request is too large.'],
  unsupported_media_type: [415, 'Send application/json.'],
  amount_invalid: [400, 'Amount must be a positive number with at most two decimals.'],
  idempotency_key_reused: [409, 'This Idempotency-Key was used for another request.'],
  // who is asking
  not_authenticated: [401, notAuthenticated],
  token_expired: [401, 'Token has expired.'],
  credentials_invalid: [401, 'Invalid username or password.'],
  current_password_wrong: [401, 'The current password is wrong.'],
  code_invalid: [400, 'The code is wrong or has expired.'],
  account_disabled: [403, 'This account is disabled.'],
  second_factor_needed: [400, 'Give the second proof of who you are.'],
  too_many_attempts: [429, 'Too many attempts. Wait before you try again.'],
  rate_limited: [429, 'Too many requests. Try again shortly.'],
  not_permitted: [403, 'Permission denied'],
  own_request: [403, 'You cannot decide on your own request.'],
  not_yours: [403, 'Permission denied'],
  // what is not there
  route_not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  account_not_found: [404, 'Account not found'],
  user_not_found: [404, 'User not found'],
  customer_not_found: [404, 'Client not found'],
  organisation_not_found: [404, 'VisionFund is not set up here.'],
  loan_product_not_found: [404, 'Loan product not found'],
  loan_not_found: [404, 'Loan not found'],
  transaction_not_found: [404, 'Transaction not found'],
  payment_not_found: [404, 'Payment not found'],
  notification_not_found: [404, 'Notification not found'],
  file_not_found: [404, 'File not found'],
  job_not_found: [404, 'Job not found'],
  savings_account_not_found: [404, 'Account not found'],
  savings_product_not_found: [404, 'Account type not found'],
  hold_not_found: [404, 'Hold not found.'],
  payout_not_found: [404, 'Payout not found.'],
  third_party_not_found: [404, 'Institution not found'],
  // what is there already
  username_taken: [409, 'This username is already in use.'],
  phone_taken: [409, 'This phone number is already in use.'],
  email_taken: [409, 'This email address is already in use.'],
  profile_exists: [409, 'There is a profile already.'],
  customer_has_loans: [422, 'Customer has loans.'],
  role_unknown: [422, 'Role unknown.'],
  id_number_taken: [409, 'This ID number is already in use.'],
  // loans
  no_loan_product: [422, 'There is no loan product to lend from.'],
  no_officer: [422, 'There is nobody to grant this loan.'],
  amount_above_maximum: [422, 'The amount is above the maximum of the loan product.'],
  amount_below_minimum: [422, 'The amount is below the minimum of the loan product.'],
  loan_not_pending: [422, 'Loan not pending.'],
  loan_not_approved: [422, 'Loan not approved.'],
  loan_not_active: [422, 'There is no open loan.'],
  customer_profile_missing: [422, 'Customer profile missing.'],
  already_reversed: [422, 'Already reversed.'],
  loan_not_withdrawable: [422, 'Loan not withdrawable.'],
  loan_has_transactions: [422, 'Loan has transactions.'],
  loan_charged_off: [422, 'Loan charged off.'],
  loan_of_sale: [422, 'This loan pays for a sale.'],
  restructured_since: [422, 'The loan was agreed on anew since: undo that first.'],
  transaction_of_payment: [422, 'Transaction of payment.'],
  transaction_not_reversible: [422, 'Transaction not reversible.'],
  nothing_overdue: [422, 'Nothing overdue.'],
  no_instalment_left: [422, 'No instalment left.'],
  no_credit: [422, 'No credit.'],
  top_up_too_small: [422, 'Top up too small.'],
  no_open_loan: [422, 'There is no open loan.'],
  amount_above_outstanding: [422, 'The amount is more than what is owed.'],
  // savings
  savings_account_not_open: [422, 'This account is not open.'],
  savings_account_not_empty: [422, 'Savings account not empty.'],
  withdrawal_below_least: [422, 'The amount is below the smallest withdrawal.'],
  withdrawal_above_most: [422, 'The amount is above the largest withdrawal.'],
  daily_limit_reached: [422, 'The limit of withdrawals a day is reached.'],
  hold_not_active: [422, 'Hold not active.'],
  // payouts
  phone_missing: [422, 'There is no phone number on file to pay to.'],
  payout_not_payable: [422, 'M-Pesa pays out whole shillings from 10 to 250,000.'],
  payout_settled: [422, 'Payout settled.'],
  mobile_money_off: [503, 'M-Pesa is not set up here.'],
  // third parties
  consent_missing: [403, 'The client has not agreed to this.'],
  // collections
  customer_code_taken: [422, 'Customer code taken.'],
  account_no_taken: [422, 'Account no taken.'],
  loan_has_repayments: [422, 'Loan has repayments.'],
  interaction_not_found: [404, 'Interaction not found.'],
  promise_not_found: [404, 'Promise not found.'],
  promise_not_open: [422, 'Promise not open.'],
  do_not_call: [422, 'Do not call.'],
  // payments
  payer_unknown: [422, 'Payer unknown.'],
  nothing_due: [422, 'Nothing due.'],
  payment_not_in_suspense: [422, 'Payment not in suspense.'],
  payment_not_pending: [422, 'Payment not pending.'],
  instalment_not_found: [404, 'There is no such instalment.'],
  instalment_paid: [409, 'This instalment has been paid already.'],
  // devices
  phone_model_not_found: [404, 'There is no such phone model.'],
  sale_not_found: [404, 'Sale not found.'],
  sale_step_not_open: [409, 'This sale cannot take this step.'],
  down_payment_waiting: [409, 'A down payment waits already.'],
  down_payment_not_pending: [409, 'No down payment waits.'],
  phone_model_retired: [409, 'This phone model is not sold any more.'],
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
  entry_unbalanced: [422, 'Entry unbalanced.'],
  account_unknown: [422, 'Account unknown.'],
  insufficient_funds: [422, 'Insufficient funds'],
  entry_not_found: [404, 'Entry not found.'],
  entry_already_reversed: [422, 'Entry already reversed.'],
  // running
  demo_only: [404, 'Not found'],
  clock_backwards: [409, 'The clock only moves forward.'],
  unavailable: [503, 'The service is busy. Try again shortly.'],
}

/** The field that is taken already, where the sentence names one. */
const TAKEN: Readonly<Partial<Record<RefusalCode | 'internal', string>>> = {
  email_taken: 'email',
  phone_taken: 'phone',
  id_number_taken: 'id_number',
}

/** A sentence, and under `errors` each wrong field with what is wrong about it. */
export const errorBody: Contract['errorBody'] = ({ code, text, data }) => {
  const taken = TAKEN[code]
  const fields = taken === undefined ? fieldsOf(data) : [[taken, text] as const]
  const errors = Object.fromEntries(fields.map(([field, what]) => [field, [what]]))
  return {
    error: text,
    ...(fields.length > 0 ? { errors } : {}),
    ...(code === 'internal' ? { request_id: data.requestId } : {}),
  }
}
