/** What SokoCredit says when it says no: its texts where its server is known to have said them, ours elsewhere. */
import type { RefusalCode } from '#domain/refusal.ts'
import type { Contract, RefusalAnswer } from '#platform/http/route.ts'
import { USUAL_ANSWERS } from '#platform/http/usual-answers.ts'

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
  ...USUAL_ANSWERS,
  // what was sent
  invalid_input: [400, ({ fields }) => describe(fields)],
  body_not_json: [400, 'The request body is not valid JSON'],
  file_missing: [400, 'No file part'],
  file_type_not_allowed: [400, 'File type not allowed'],
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
  loan_of_sale: [409, 'This loan pays for a sale.'],
  transaction_of_payment: [409, 'This came with a payment: reverse the payment.'],
  no_open_loan: [400, 'There is no open loan'],
  amount_above_outstanding: [400, 'The amount is more than what is owed'],
  // payments
  payer_unknown: [404, 'User with this phone not found'],
  nothing_due: [404, 'No pending repayments found.'],
  payment_not_in_suspense: [409, 'This payment is not waiting to be matched'],
  payment_not_pending: [409, 'This payment is not waiting to be verified'],
  // ledger
  entry_unbalanced: [409, 'The entry does not balance'],
  account_unknown: [409, 'There is no such ledger account'],
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
