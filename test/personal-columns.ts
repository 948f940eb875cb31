/** Every column of text or JSON that there is, by what an erasure does to it. */

/** Columns that hold what is personal, each planted by person-everywhere.ts; nothing of it is left. */
export const ERASED_COLUMNS: Readonly<Record<string, string>> = {
  customers: 'full_name phone email business_name location profile search_text',
  customer_documents: 'path',
  customer_id_numbers: 'number',
  users: 'username email phone name profile',
  collection_customers: 'phone address_line_1 address_line_2 city state pincode do_not_call_reason',
  interactions: 'comment',
  interaction_revisions: 'comment',
  files: 'original_name',
  approvals: 'asked',
  customer_merges: 'moved before',
  messages: 'recipient subject body dedupe_key data',
  notifications: 'title message data',
  request_log: 'path request response',
  device_tokens: 'token device_name',
  devices: 'activated_token',
  sessions: 'address',
  login_addresses: 'address',
}

/** Columns that may hold what is personal and keep it, each for a reason that docs/operating.md tells. */
export const KEPT: Readonly<Record<string, string>> = {
  'payments.payer_phone': 'what a payment was never changes: records of money are kept for as long as the law asks',
  'payments.account_ref': 'the same: what the payer typed as the account',
  'payouts.phone': 'the same',
}

/** Reasons and references that staff typed about money or work: the office asks for no names or numbers there. */
export const TYPED: Readonly<Record<string, string>> = {
  approvals: 'reason note outcome',
  customer_assignments: 'reason',
  device_commands: 'reason failure',
  device_lock_changes: 'reason',
  device_unlock_codes: 'reason',
  down_payments: 'reference reason',
  events: 'data',
  journal_entries: 'reference',
  loan_restructures: 'reason',
  loan_transactions: 'reference reason',
  loans: 'rejected_reason',
  payments: 'reason',
  payouts: 'reason',
  sales: 'reasons decision_note cancelled_reason',
  savings_transactions: 'reference',
}

/** Codes, numbers, states, terms, and who of staff did it: nothing of a person. */
export const IMPERSONAL: Readonly<Record<string, string>> = {
  approvals: 'kind subject status requested_by decided_by',
  collection_customers: 'code',
  collection_loans: 'account_no rate_percent loan_type',
  contract_bindings: 'contract',
  counters: 'series',
  customer_assignments: 'actor',
  customer_documents: 'doc_type',
  customer_id_numbers: 'kind',
  customer_merges: 'merged_by undone_by',
  device_commands: 'key kind status actor remote_id',
  device_lock_changes: 'status actor cause',
  device_tokens: 'platform os_version app_version',
  device_unlock_codes: 'actor redeemed_by',
  devices: 'imei activation_code lock_status lock_cause',
  dispositions: 'code name channel',
  down_payments: 'method status taken_by decided_by',
  event_cursors: 'reader last_error',
  events: 'type subject actor contract',
  files: 'stored_as media_type',
  http_answers: 'scope key headers body', // sealed, and gone after three days
  interaction_revisions: 'change disposition actor',
  interactions: 'kind disposition',
  job_runs: 'job status result error',
  journal_entries: 'kind actor idem_key',
  ledger_accounts: 'name type owned_by guard',
  loan_products: 'name description terms status',
  loan_restructures: 'kind before actor',
  loan_transactions: 'kind allocation payment_type actor origin',
  loans: 'account_no currency terms status plan branch_number',
  messages: 'channel status error',
  notifications: 'type',
  one_time_codes: 'purpose',
  organisations: 'slug name currency time_zone locale country policies',
  payment_claims: 'submitted_by',
  payments: 'provider reference currency status',
  payouts: 'channel originator_id purpose currency status conversation_id receipt answer',
  phone_models: 'brand model status',
  portfolio_days: 'name',
  promises: 'currency channel status made_by',
  receipts: 'code kind channel provider_reference',
  request_log: 'contract method',
  sales: 'contract_number branch_contract_code branch_number rate_shown preset decided_by decision signed_by',
  sales_staff: 'branch_number',
  savings_accounts: 'account_no currency status',
  savings_holds: 'purpose status',
  savings_products: 'name terms status',
  savings_transactions: 'kind actor',
  schema_migrations: 'name checksum',
  sessions: 'contract',
  third_parties: 'name',
  throttles: 'key', // names are hashed in it
  users: 'password_hash roles status',
}

/** `table.column` of each. */
export const columnsOf = (list: Readonly<Record<string, string>>): string[] =>
  Object.entries(list).flatMap(([table, columns]) => columns.split(' ').map((column) => `${table}.${column}`))
