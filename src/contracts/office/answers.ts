/** What the office says when it says no, as RFC 9457 problem documents. */
import type { RefusalCode } from '#domain/refusal.ts'
import { PROBLEM_TYPE, problemBody, SERVER_ANSWERS } from '#platform/problem.ts'
import type { RefusalAnswer } from '#platform/route.ts'

export const errorBody = problemBody
export const errorContentType = PROBLEM_TYPE

export const answers: Readonly<Record<RefusalCode, RefusalAnswer>> = {
  ...SERVER_ANSWERS,
  // what was sent
  file_missing: [400, 'A file is needed.'],
  file_type_not_allowed: [415, 'Files of this kind are not taken here.'],
  file_unreadable: [400, ({ reason }) => String(reason)],
  file_too_large: [413, 'The file is too large.'],
  amount_invalid: [422, 'An amount is positive and has at most the decimals of its currency.'],
  idempotency_key_reused: [409, 'This Idempotency-Key was used for another request.'],
  // who is asking
  token_expired: [401, 'The token has expired.'],
  credentials_invalid: [401, 'E-mail or password is wrong.'],
  current_password_wrong: [403, 'The current password is wrong.'],
  code_invalid: [400, 'The code is wrong or has expired.'],
  account_disabled: [403, 'This account is disabled.'],
  too_many_attempts: [429, 'Too many attempts. Wait before you try again.'],
  own_request: [403, 'Somebody else must decide on what you asked for yourself.'],
  not_yours: [403, 'This belongs to somebody else.'],
  // what is not there
  account_not_found: [404, 'There is no such account.'],
  user_not_found: [404, 'There is no such user.'],
  customer_not_found: [404, 'There is no such customer.'],
  loan_product_not_found: [404, 'There is no such loan product.'],
  loan_not_found: [404, 'There is no such loan.'],
  transaction_not_found: [404, 'There is no such transaction.'],
  payment_not_found: [404, 'There is no such payment.'],
  notification_not_found: [404, 'There is no such notification.'],
  file_not_found: [404, 'There is no such file.'],
  job_not_found: [404, 'There is no job of that name.'],
  savings_account_not_found: [404, 'There is no such savings account.'],
  savings_product_not_found: [404, 'There is no such savings product.'],
  hold_not_found: [404, 'There is no such hold.'],
  payout_not_found: [404, 'There is no such payout.'],
  third_party_not_found: [404, 'There is no such institution.'],
  // what is there already
  username_taken: [409, 'This user name is taken.'],
  phone_taken: [409, 'This phone number is in use.'],
  email_taken: [409, 'This e-mail address is in use.'],
  profile_exists: [409, 'There is a profile already.'],
  customer_has_loans: [409, 'A customer with loans cannot be deleted.'],
  role_unknown: [400, 'There is no such role.'],
  id_number_taken: [409, 'This identity number is in use.'],
  // loans
  no_loan_product: [409, 'There is no loan product to lend from.'],
  no_officer: [409, 'There is no loan officer to take this on.'],
  amount_above_maximum: [422, 'The amount is above the maximum of the loan product.'],
  amount_below_minimum: [422, 'The amount is below the minimum of the loan product.'],
  loan_not_pending: [409, 'Only a pending application can be decided.'],
  loan_not_approved: [409, 'Only an approved loan can be disbursed.'],
  loan_not_active: [409, 'This loan takes no repayments.'],
  customer_profile_missing: [409, 'The customer profile must be completed first.'],
  already_reversed: [409, 'This has been reversed already.'],
  loan_not_withdrawable: [409, 'Only an application that was not paid out can be withdrawn.'],
  loan_has_transactions: [409, 'What happened since must be taken back first.'],
  loan_charged_off: [409, 'This loan is charged off.'],
  restructured_since: [409, 'The loan was agreed on anew since: undo that first.'],
  transaction_of_payment: [409, 'This came with a payment: reverse the payment.'],
  transaction_not_reversible: [409, 'A transaction of this kind cannot be reversed.'],
  nothing_overdue: [409, 'Nothing is overdue.'],
  no_instalment_left: [409, 'No instalment falls due later.'],
  no_credit: [409, 'There is no credit to pay back.'],
  top_up_too_small: [422, 'The new loan is less than what settles the old one.'],
  no_open_loan: [409, 'There is no open loan.'],
  amount_above_outstanding: [422, 'The amount is more than what is owed.'],
  // savings
  savings_account_not_open: [409, 'This savings account is not open.'],
  savings_account_not_empty: [409, 'This savings account is not empty.'],
  withdrawal_below_least: [422, 'The amount is below the smallest withdrawal.'],
  withdrawal_above_most: [422, 'The amount is above the largest withdrawal.'],
  daily_limit_reached: [409, 'The limit of withdrawals a day is reached.'],
  hold_not_active: [409, 'This hold has been settled already.'],
  // payouts
  phone_missing: [409, 'There is no phone number to pay to.'],
  payout_not_payable: [422, 'The provider does not pay out this amount.'],
  payout_settled: [409, 'This payout has been settled already.'],
  mobile_money_off: [503, 'No mobile money provider is set up here.'],
  // third parties
  consent_missing: [403, 'The customer has not agreed to this.'],
  // collections
  customer_code_taken: [409, 'A customer with this code already exists.'],
  account_no_taken: [409, 'A loan with this account number already exists.'],
  loan_has_repayments: [409, 'Money was paid on this loan: it can no longer be taken out.'],
  interaction_not_found: [404, 'There is no such interaction.'],
  promise_not_found: [404, 'There is no such promise.'],
  promise_not_open: [409, 'This promise has been decided already.'],
  do_not_call: [409, 'This customer is not to be called.'],
  // payments
  payer_unknown: [404, 'Nobody here has that phone number.'],
  nothing_due: [409, 'Nothing is due.'],
  payment_not_in_suspense: [409, 'This payment is not waiting to be matched.'],
  payment_not_pending: [409, 'This payment is not waiting to be verified.'],
  // ledger
  entry_unbalanced: [422, 'The lines of the entry do not sum to zero.'],
  account_unknown: [422, 'There is no such ledger account.'],
  insufficient_funds: [409, 'The account does not hold that much.'],
  entry_not_found: [404, 'There is no such entry.'],
  entry_already_reversed: [409, 'This entry has been reversed already.'],
}
