/**
 * What the application's role may do with the rows of each table beyond reading and adding them: its grants. A table that
 * does not stand here is a log of facts: nothing in it is ever changed or removed.
 */

export interface Changes {
  /** The columns that may be changed; what is not named is written once, with its row. */
  readonly update: 'any' | readonly string[]
  /** Rows that may go: nothing that moved money, and nothing that says who did what. */
  readonly remove?: true
}

const CHANGED: Changes = { update: 'any' }
const REMOVED: Changes = { update: 'any', remove: true }

export const CHANGES: Readonly<Record<string, Changes>> = {
  // The books: counters only, beside the lines that nobody changes.
  ledger_heads: { update: ['entry_no', 'block_no', 'hash', 'closed_until'] },
  ledger_balances: { update: ['debits', 'credits'] },
  ledger_days: { update: ['debits', 'credits'] },
  // Money that came in or went out: what became of it, never what it was.
  payments: {
    update: [
      ...['status', 'reason', 'customer_id', 'overpayment', 'value_day', 'entry_id'],
      ...['decided_by', 'decided_at'],
    ],
  },
  payouts: {
    update: [
      ...['status', 'reason', 'receipt', 'settling_entry_id', 'settled_at', 'sent_at', 'contradicted'],
      ...['customer_id', 'attempts', 'sending_since', 'in_doubt', 'questions', 'next_try', 'conversation_id'],
      ...['answer', 'answered_at', 'answered', 'debt', 'debt_repaid', 'debt_entry_id'],
    ],
  },
  loans: CHANGED,
  // Which records were made one, and what was moved, stays or is erased; it can be undone.
  customer_merges: { update: ['undone_by', 'undone_at', 'before', 'moved'] },
  // What was asked for stays as it was asked, or is erased.
  approvals: { update: ['status', 'decided_by', 'decided_at', 'note', 'outcome', 'asked'] },
  loan_restructures: { update: ['undone_at'] },
  // The plan of what is owed is laid anew when terms change; what was paid of it stands in loan_transactions.
  instalments: REMOVED,
  savings_accounts: { update: ['customer_id', 'status', 'held', 'movements', 'accrued', 'accrued_until', 'closed_on'] },
  savings_holds: { update: ['status', 'captured', 'entry_id', 'settled_at'] },
  loan_products: CHANGED,
  savings_products: CHANGED,
  loan_standings: REMOVED,
  portfolio_days: CHANGED,
  business_days: CHANGED,
  // People, and what is known of them.
  users: CHANGED,
  customers: REMOVED,
  customer_documents: REMOVED,
  // A number that was noted wrong is put right; a customer's may be erased.
  customer_id_numbers: { update: ['number', 'customer_id'], remove: true },
  collection_customers: CHANGED,
  collection_loans: CHANGED,
  consents: CHANGED,
  third_parties: CHANGED,
  files: REMOVED,
  // Collections work and phones.
  dispositions: CHANGED,
  interactions: CHANGED,
  promises: CHANGED,
  devices: CHANGED,
  phone_models: { update: ['status'] },
  // A sale: how far it has come; what was agreed on is written once.
  sales: {
    update: [
      ...[
        'customer_id',
        'decided_at',
        'decided_by',
        'decision',
        'reasons',
        'decision_note',
        'activations',
        'applied_entry_id',
      ],
      ...['signed_on', 'signed_by', 'signature_file_id', 'cancelled_reason'],
    ],
  },
  down_payments: {
    update: ['customer_id', 'status', 'decided_by', 'decided_at', 'reason', 'entry_id', 'receipt_file_id'],
  },
  // Facts of which what is personal can be erased, and nothing else (ERASABLE in wall-triggers.ts).
  interaction_revisions: { update: ['comment'] },
  payment_claims: { update: ['receipt_file_id'] },
  sales_staff: REMOVED,
  device_tokens: CHANGED,
  device_commands: {
    update: [...['status', 'attempts', 'questions', 'next_try', 'remote_id', 'failure', 'sent_at', 'settled_at']],
  },
  device_unlock_codes: { update: ['used_on', 'redeemed_at', 'redeemed_by'] },
  // What the machine keeps for itself, for a while.
  counters: { update: ['value'] },
  event_cursors: CHANGED,
  job_runs: CHANGED,
  demo_clock: CHANGED,
  messages: CHANGED,
  notifications: REMOVED,
  sessions: REMOVED,
  one_time_codes: REMOVED,
  contact_codes: REMOVED,
  throttles: REMOVED,
  login_addresses: REMOVED,
  http_answers: REMOVED,
  request_log: { update: [], remove: true },
}

/** Tables whose rows are changed, and never removed: by grants, and by triggers against the owner too. */
export const NEVER_REMOVED: readonly string[] = [
  ...['payments', 'payouts', 'loans', 'loan_restructures', 'savings_accounts', 'savings_holds'],
  ...['sales', 'down_payments', 'approvals', 'customer_merges', 'interaction_revisions', 'payment_claims'],
  ...['ledger_accounts', 'ledger_heads', 'ledger_balances', 'ledger_days'],
]

/** Rights on a whole table, and columns that may be updated where not all may. */
export interface Rights {
  readonly table: readonly string[]
  readonly columns: readonly string[]
}

/** Of tables that belong to no organisation: its policies, in its own row (organisation-wall.ts). */
const CHANGED_OF_ALL: Readonly<Record<string, readonly string[]>> = { organisations: ['policies'] }

/** What the application may do: organisations and contract bindings are seen by everybody and written by the owner, but for policies. */
export function rightsOn({ name, tenant }: { readonly name: string; readonly tenant: boolean }): Rights {
  if (!tenant) return { table: ['SELECT'], columns: CHANGED_OF_ALL[name] ?? [] }
  const { update, remove }: Changes = CHANGES[name] ?? { update: [] }
  const table = ['SELECT', 'INSERT', ...(update === 'any' ? ['UPDATE'] : []), ...(remove ? ['DELETE'] : [])]
  return { table, columns: update === 'any' ? [] : [...update].sort() }
}
