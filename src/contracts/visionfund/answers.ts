/** What VisionFund says when it says no: `{error, errors?}`, in the words of its server where these are known. */
import type { RefusalCode } from '#domain/refusal.ts'
import type { Contract, RefusalAnswer } from '#platform/http/route.ts'
import { USUAL_ANSWERS } from '#platform/http/usual-answers.ts'

type Data = Readonly<Record<string, unknown>>

const notAuthenticated = ({ reason }: Data): string =>
  reason === undefined ? 'A token is needed.' : 'The token is not valid.'

const fieldsOf = ({ fields }: Data): [string, string][] =>
  typeof fields === 'object' && fields !== null ? (Object.entries(fields) as [string, string][]) : []

const atPosition = (position: unknown): string => (position === undefined ? '' : ` at position ${position}`)

/** The fields by name, so that a person reading `error` alone knows what to put right. */
function explain(data: Data): string {
  const said = fieldsOf(data).map(([field, what]) => `${field}: ${what}`)
  return said.length > 0 ? said.join(' ') : 'Invalid input.'
}

export const answers: Readonly<Record<RefusalCode, RefusalAnswer>> = {
  ...USUAL_ANSWERS,
  // what was sent
  invalid_input: [400, explain],
  body_not_json: [400, ({ position }) => `The request body is not valid JSON${atPosition(position)}.`],
  file_type_not_allowed: [400, 'Files of this kind are not taken.'],
  file_unreadable: [400, 'The file cannot be read.'],
  body_too_large: [413, 'The request is too large.'],
  unsupported_media_type: [415, 'Send application/json.'],
  amount_invalid: [400, 'Amount must be a positive number with at most two decimals.'],
  // who is asking
  not_authenticated: [401, notAuthenticated],
  token_expired: [401, 'Token has expired.'],
  credentials_invalid: [401, 'Invalid username or password.'],
  current_password_wrong: [401, 'The current password is wrong.'],
  second_factor_needed: [400, 'Give the second proof of who you are.'],
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
  id_number_taken: [409, 'This ID number is already in use.'],
  // loans
  no_loan_product: [422, 'There is no loan product to lend from.'],
  no_officer: [422, 'There is nobody to grant this loan.'],
  loan_not_pending: [422, 'Only a pending application can be decided.'],
  loan_not_approved: [422, 'Only an approved loan can be disbursed.'],
  loan_not_active: [422, 'There is no open loan.'],
  loan_of_sale: [422, 'This loan pays for a sale.'],
  restructured_since: [422, 'The loan was agreed on anew since: undo that first.'],
  no_open_loan: [422, 'There is no open loan.'],
  // savings
  savings_account_not_open: [422, 'This account is not open.'],
  insufficient_funds: [422, 'Insufficient funds'],
  daily_limit_reached: [422, 'The limit of withdrawals a day is reached.'],
  // payouts
  phone_missing: [422, 'There is no phone number on file to pay to.'],
  payout_not_payable: [
    422,
    'M-Pesa pays out whole shillings from 10 to 250,000, counted after fees that are kept back.',
  ],
  mobile_money_off: [503, 'M-Pesa is not set up here.'],
  // third parties
  consent_missing: [403, 'The client has not agreed to this.'],
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
