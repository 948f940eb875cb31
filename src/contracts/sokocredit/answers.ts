/** What SokoCredit says when it says no: its texts where its server is known to have said them, ours elsewhere. */
import type { RefusalCode } from '#domain/refusal.ts'
import type { Contract, RefusalAnswer } from '#platform/route.ts'

type Data = Readonly<Record<string, unknown>>

const ROLE_WORDS = new Map([
  ['admin', 'admin'],
  ['loan_officer', 'lender'],
  ['customer', 'mama_mboga'],
])

const inTheirWords = (roles: unknown): string[] =>
  Array.isArray(roles) ? roles.flatMap((role) => ROLE_WORDS.get(role) ?? []) : []

/** Names the caller's role and the roles that may. */
const wrongRole = ({ roles, allowed }: Data): string => {
  const [role] = inTheirWords(roles)
  const may = inTheirWords(allowed).map((word) => `'${word}'`)
  return role ? `Unauthorized: role '${role}' not in allowed roles [${may.join(', ')}]` : 'Unauthorized'
}

const notAuthenticated = ({ reason, expected }: Data): string => {
  if (reason === 'malformed') return 'Not enough segments'
  if (reason === 'forged') return 'Signature verification failed'
  if (reason === 'revoked') return 'Token has been revoked'
  if (reason === 'not_yet_valid') return 'The token is not yet valid'
  if (reason !== 'wrong_type') return 'Missing Authorization Header'
  return expected === 'refresh' ? 'Only refresh tokens are allowed' : 'Only non-refresh tokens are allowed'
}

const tryAgainLater = ({ retryAfterSeconds }: Data): string => {
  const seconds = Math.ceil(Number(retryAfterSeconds ?? 60)) // tidy: seconds, not money
  return `Too many attempts. Try again in ${seconds} seconds.`
}

export const answers: Readonly<Record<RefusalCode, RefusalAnswer>> = {
  // what was sent
  invalid_input: [400, ({ fields }) => describe(fields)],
  body_not_json: [400, 'The request body is not valid JSON'],
  file_missing: [400, 'No file part'],
  file_type_not_allowed: [400, 'File type not allowed'],
  file_unreadable: [400, ({ reason }) => String(reason)],
  file_too_large: [413, 'File too large (max 10MB)'],
  body_too_large: [413, 'File too large (max 10MB)'],
  unsupported_media_type: [415, 'Unsupported media type: send application/json'],
  amount_invalid: [400, 'Amount must be a positive number with at most two decimals.'],
  idempotency_key_reused: [409, 'This Idempotency-Key was used for another request'],
  // who is asking
  not_authenticated: [401, notAuthenticated],
  token_expired: [401, 'Token has expired'],
  credentials_invalid: [401, 'Invalid credentials'],
  current_password_wrong: [401, 'Current password is incorrect'],
  code_invalid: [400, 'Invalid or expired token'],
  account_disabled: [403, 'This account is disabled'],
  second_factor_needed: [400, 'Second proof needed'],
  too_many_attempts: [429, tryAgainLater],
  rate_limited: [429, 'Too many requests. Try again shortly.'],
  not_permitted: [403, wrongRole],
  own_request: [403, 'You cannot decide on your own request'],
  not_yours: [403, 'Not authorized to view this record'],
  // what is not there
  route_not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  account_not_found: [404, 'No account found'],
  user_not_found: [404, 'User not found'],
  customer_not_found: [404, 'Customer not found'],
  organisation_not_found: [404, 'SokoCredit is not set up here'],
  loan_product_not_found: [404, 'Loan product not found'],
  loan_not_found: [404, 'Loan not found'],
  transaction_not_found: [404, 'Repayment not found'],
  payment_not_found: [404, 'Payment not found'],
  notification_not_found: [404, 'Notification not found'],
  file_not_found: [404, 'File not found'],
  job_not_found: [404, 'Job not found'],
  savings_account_not_found: [404, 'Savings account not found'],
  savings_product_not_found: [404, 'Savings product not found'],
  hold_not_found: [404, 'Hold not found'],
  payout_not_found: [404, 'Payout not found'],
  third_party_not_found: [404, 'Institution not found'],
  // what is there already
  username_taken: [409, 'Username already exists'],
  phone_taken: [409, 'Phone number already exists'],
  email_taken: [409, 'Email already exists'],
  profile_exists: [409, 'You already have a profile'],
  customer_has_loans: [409, 'A customer with loans cannot be deleted'],
  role_unknown: [400, "Unknown role. Must be one of ['admin', 'lender', 'mama_mboga']"],
  id_number_taken: [409, 'ID number already exists'],
  // loans
  no_loan_product: [400, 'No loan products available'],
  no_officer: [503, 'No available lender'],
  amount_above_maximum: [400, 'Loan amount is above the maximum of the loan product'],
  amount_below_minimum: [400, 'Loan amount is below the minimum of the loan product'],
  loan_not_pending: [400, 'No pending loans to approve'],
  loan_not_approved: [400, 'You can only disburse approved loan'],
  loan_not_active: [400, 'This loan takes no repayments'],
  customer_profile_missing: [400, 'Please complete your customer profile first'],
  already_reversed: [409, 'This repayment has been reversed already'],
  loan_not_withdrawable: [409, 'Only an application that was not paid out can be withdrawn.'],
  loan_has_transactions: [409, 'What happened since must be taken back first.'],
  loan_charged_off: [409, 'This loan is charged off.'],
  loan_of_sale: [409, 'This loan pays for a sale.'],
  restructured_since: [409, 'The loan was agreed on anew since: undo that first.'],
  transaction_of_payment: [409, 'This came with a payment: reverse the payment.'],
  transaction_not_reversible: [409, 'A transaction of this kind cannot be reversed.'],
  nothing_overdue: [409, 'Nothing is overdue.'],
  no_instalment_left: [409, 'No instalment falls due later.'],
  no_credit: [409, 'There is no credit to pay back.'],
  top_up_too_small: [422, 'The new loan is less than what settles the old one.'],
  no_open_loan: [400, 'There is no open loan'],
  amount_above_outstanding: [400, 'The amount is more than what is owed'],
  // savings
  savings_account_not_open: [409, 'This savings account is not open'],
  savings_account_not_empty: [409, 'This savings account is not empty'],
  withdrawal_below_least: [400, 'The amount is below the smallest withdrawal'],
  withdrawal_above_most: [400, 'The amount is above the largest withdrawal'],
  daily_limit_reached: [409, 'The limit of withdrawals a day is reached'],
  hold_not_active: [409, 'This hold has been settled already'],
  // payouts
  phone_missing: [400, 'There is no phone number to pay to'],
  payout_not_payable: [400, 'M-Pesa does not pay out this amount'],
  payout_settled: [409, 'This payout has been settled already'],
  mobile_money_off: [503, 'M-Pesa is not set up here'],
  // third parties
  consent_missing: [403, 'The customer has not agreed to this'],
  // collections
  customer_code_taken: [409, 'A customer with this code already exists'],
  account_no_taken: [409, 'A loan with this account number already exists'],
  loan_has_repayments: [409, 'Money was paid on this loan: it can no longer be taken out'],
  interaction_not_found: [404, 'There is no such interaction'],
  promise_not_found: [404, 'There is no such promise'],
  promise_not_open: [409, 'This promise has been decided already'],
  do_not_call: [409, 'This customer is not to be called'],
  // payments
  payer_unknown: [404, 'User with this phone not found'],
  nothing_due: [404, 'No pending repayments found.'],
  payment_not_in_suspense: [409, 'This payment is not waiting to be matched'],
  payment_not_pending: [409, 'This payment is not waiting to be verified'],
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
  entry_unbalanced: [409, 'The entry does not balance'],
  account_unknown: [409, 'There is no such ledger account'],
  insufficient_funds: [409, 'Insufficient funds'],
  entry_not_found: [404, 'Ledger entry not found'],
  entry_already_reversed: [409, 'This ledger entry has been reversed already'],
  // running
  demo_only: [404, 'Not found'],
  clock_backwards: [409, 'The clock only moves forward'],
  unavailable: [503, 'The service is busy. Try again shortly.'],
}

/** The fields by name, so that a person reading `msg` alone knows what to put right. */
function describe(fields: unknown): string {
  if (typeof fields !== 'object' || fields === null) return 'Invalid input'
  const said = Object.entries(fields).map(([field, what]) => `${field}: ${what}`)
  return said.length > 0 ? said.join(' ') : 'Invalid input'
}

/** `msg` and `error` say the same: one of its clients reads the one, the other the other. */
export const errorBody: Contract['errorBody'] = ({ code, text, data }) => ({
  msg: text,
  error: text,
  ...(code === 'invalid_input' && data.fields ? { fields: data.fields } : {}),
  ...(code === 'internal' ? { request_id: data.requestId } : {}),
})
