/** What MoviCuotas says when it says no: the document's texts, in its one shape `{error}`. 401 means only: no valid token. */
import type { RefusalCode } from '#domain/refusal.ts'
import type { Contract, RefusalAnswer } from '#platform/http/route.ts'
import { USUAL_ANSWERS } from '#platform/http/usual-answers.ts'

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

export const answers: Readonly<Record<RefusalCode, RefusalAnswer>> = {
  ...USUAL_ANSWERS,
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
  second_factor_needed: [422, secondFactor],
  contact_changed_lately: [422, 'Tu teléfono cambió hace poco: el código se envía 24 horas después del cambio.'],
  too_many_attempts: [429, LATER],
  rate_limited: [429, LATER],
  not_permitted: [403, 'You are not permitted to do this'],
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
  // payments
  no_open_loan: [404, 'No active loan found'],
  instalment_not_found: [404, 'Installment not found'],
  instalment_paid: [422, 'Installment is already paid'],
  // devices: the application knows these in Spanish
  phone_model_not_found: [404, 'Phone model not found'],
  device_not_found: [404, 'Device not found'],
  device_token_not_found: [404, 'Device token not found'],
  imei_taken: [422, 'IMEI ya registrado en otro préstamo'],
  activation_code_unknown: [404, 'Codigo de activacion invalido'],
  activation_code_used: [422, 'Este dispositivo ya fue activado'],
  device_not_unlocked: [422, 'Device already locked or pending'],
  device_not_pending: [422, 'Device not pending'],
  device_not_locked: [422, 'Device not locked'],
  // what customers of this contract never come to
  loan_not_active: [422, 'This loan takes no repayments.'],
}
