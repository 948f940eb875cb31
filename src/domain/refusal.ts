/** The closed list of reasons to say no. Each contract answers every one of them once, in its answers.ts. */

export type RefusalCode =
  // what was sent
  | 'invalid_input' // data.fields: {field: what to do}
  | 'body_not_json'
  | 'file_missing'
  | 'file_type_not_allowed'
  | 'file_too_large'
  | 'file_unreadable' // data.reason
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'amount_invalid'
  | 'idempotency_key_reused'
  // who is asking
  | 'not_authenticated'
  | 'token_expired'
  | 'credentials_invalid'
  | 'current_password_wrong'
  | 'code_invalid'
  | 'account_disabled'
  | 'second_factor_needed' // data: {factor: 'contract_number' | 'sms', wrong?}
  | 'too_many_attempts' // data.retryAfterSeconds
  | 'rate_limited'
  | 'not_permitted'
  | 'own_request' // maker-checker: nobody approves, disburses or verifies his own
  | 'approval_not_found'
  | 'approval_not_pending' // data.status
  | 'last_administrator' // nobody would be left to run the organisation
  | 'not_yours' // another's object, where the contract shows that it exists
  // what is not there
  | 'route_not_found'
  | 'method_not_allowed'
  | 'account_not_found'
  | 'user_not_found'
  | 'customer_not_found'
  | 'organisation_not_found'
  | 'loan_product_not_found'
  | 'loan_not_found'
  | 'transaction_not_found'
  | 'payment_not_found'
  | 'notification_not_found'
  | 'file_not_found'
  | 'job_not_found'
  | 'savings_account_not_found'
  | 'savings_product_not_found'
  | 'hold_not_found'
  | 'payout_not_found'
  | 'third_party_not_found'
  // what is there already
  | 'username_taken'
  | 'phone_taken'
  | 'email_taken'
  | 'profile_exists'
  | 'contact_changed_lately' // data.until; null: the change is not confirmed yet
  | 'customer_has_loans'
  | 'id_numbers_differ' // two records, two people
  | 'merge_not_found'
  | 'merge_not_undoable' // data.why
  | 'customer_not_erasable' // data.why
  | 'role_unknown'
  | 'invitation_accepted' // they have a password of their own
  | 'id_number_taken'
  // loans
  | 'no_loan_product'
  | 'no_officer'
  | 'amount_above_maximum'
  | 'amount_below_minimum'
  | 'loan_not_pending'
  | 'loan_not_approved'
  | 'loan_not_active'
  | 'customer_profile_missing'
  | 'already_reversed'
  | 'loan_not_withdrawable'
  | 'loan_has_transactions' // what came after must be taken back first
  | 'loan_charged_off'
  | 'loan_of_sale' // it pays for something sold: its steps are the sale's
  | 'restructured_since' // agreed on anew since then: undo that first
  | 'transaction_of_payment' // data.paymentId: the payment as a whole is taken back
  | 'transaction_not_reversible'
  | 'nothing_overdue'
  | 'no_instalment_left' // nothing falls due later that arrears could be spread over
  | 'no_credit'
  | 'top_up_too_small' // the new loan is less than what settles the old one
  | 'no_open_loan'
  | 'amount_above_outstanding'
  | 'value_day_too_early' // data.earliest: before the loan was paid out
  | 'second_person_needed' // data.earliest where a day is further back than staff may go alone
  | 'reference_repeated' // data.transactionId: has it already
  // savings
  | 'savings_account_not_open'
  | 'savings_account_not_empty'
  | 'withdrawal_below_least'
  | 'withdrawal_above_most'
  | 'daily_limit_reached'
  | 'hold_not_active'
  // payouts
  | 'phone_missing'
  | 'payout_not_payable' // the provider does not pay such an amount
  | 'payout_settled'
  | 'payout_in_flight' // the provider may still pay it, as far as is known
  | 'payout_not_sent' // no provider has it
  | 'mobile_money_off' // no provider is set up, and demo does not play one
  // third parties
  | 'consent_missing'
  // collections
  | 'customer_code_taken'
  | 'account_no_taken'
  | 'loan_has_repayments'
  | 'interaction_not_found'
  | 'promise_not_found'
  | 'promise_not_open'
  | 'do_not_call'
  // payments
  | 'payer_unknown'
  | 'nothing_due'
  | 'payment_not_in_suspense'
  | 'payment_not_pending'
  | 'instalment_not_found'
  | 'instalment_paid'
  // sales on credit
  | 'sale_not_found'
  | 'sale_step_not_open' // data.stage: how far the sale has come
  | 'down_payment_waiting' // one waits to be verified already
  | 'down_payment_not_pending'
  | 'phone_model_retired'
  // devices
  | 'phone_model_not_found'
  | 'device_not_found'
  | 'device_token_not_found'
  | 'imei_taken'
  | 'activation_code_unknown'
  | 'activation_code_used'
  | 'device_not_unlocked' // locked already, or about to be
  | 'device_not_pending'
  | 'device_not_locked'
  | 'device_released'
  | 'arrears_remain'
  | 'device_not_activated'
  | 'device_management_off' // no service manages phones
  | 'unlock_code_wrong'
  | 'unlock_code_used'
  | 'unlock_code_expired'
  // ledger
  | 'entry_unbalanced'
  | 'account_unknown'
  | 'insufficient_funds'
  | 'entry_not_found'
  | 'entry_already_reversed'
  | 'period_closed' // data.closedUntil
  // running
  | 'demo_only'
  | 'clock_backwards'
  | 'unavailable'

export class Refusal extends Error {
  readonly code: RefusalCode
  readonly data: Readonly<Record<string, unknown>>

  constructor(code: RefusalCode, data: Readonly<Record<string, unknown>> = {}) {
    super(code)
    this.name = 'Refusal'
    this.code = code
    this.data = data
  }
}

/** Says no: thrown anywhere, rolls the transaction back, answered once by the contract. */
export function refuse(code: RefusalCode, data: Readonly<Record<string, unknown>> = {}): never {
  throw new Refusal(code, data)
}
