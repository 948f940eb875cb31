/** A journal entry: what happened, on which day, in lines that sum to zero. */
import type { Day } from '#domain/day.ts'

export interface Line {
  readonly account: number
  /** The loan, customer, savings account … whose sub-balance moves; 0 where the account has no owners. */
  readonly owner: number
  /** Minor units: a debit is positive, a credit negative, never zero. */
  readonly amount: bigint
}

type EntryKind =
  | 'capital'
  | 'disbursement'
  | 'loan_taken_over'
  | 'loan_amended'
  | 'loan_handed_back'
  | 'repayment'
  | 'receipt_in_suspense'
  | 'suspense_matched'
  | 'suspense_returned'
  | 'interest_earned'
  | 'provision'
  | 'fee'
  | 'penalty'
  | 'waiver'
  | 'write_off'
  | 'charge_off'
  | 'restructure'
  | 'recovery'
  | 'credit_applied'
  | 'credit_refund'
  | 'replay'
  | 'reversal'
  | 'savings_deposit'
  | 'savings_withdrawal'
  | 'savings_transfer'
  | 'savings_interest_accrued'
  | 'savings_interest_paid'
  | 'down_payment'
  | 'down_payment_applied'
  | 'payout_confirmed'
  | 'payout_returned'
  | 'payout_paid_after_return'
  | 'payout_debt_repaid'
  | 'customers_merged'

export interface NewEntry {
  readonly kind: EntryKind
  /** The business day it counts on; may lie before the day of entry. */
  readonly effectiveDay: Day
  /** The outside world's name for it, e.g. an M-Pesa code. */
  readonly reference: string | null
  /** Unique in the organisation for ever: the same key is never posted twice. */
  readonly idemKey: string
  readonly lines: readonly Line[]
  /** The entry that this one takes back, at most once. */
  readonly reversesId?: bigint
  /** Belongs to the entry before it in the batch: both are posted or neither, and balances are judged after both. */
  readonly together?: boolean
  /** It is of money that has arrived: where its day is closed it is booked on the first open day, never refused. */
  readonly hasArrived?: boolean
}

export const debit = (account: number, amount: bigint, owner = 0): Line => ({ account, owner, amount })
export const credit = (account: number, amount: bigint, owner = 0): Line => ({ account, owner, amount: -amount })

/** Lines of the same account and owner added up, lines of nothing left out. */
export function mergeLines(lines: readonly Line[]): Line[] {
  const merged = new Map<string, Line>()
  for (const line of lines) {
    const key = `${line.account}/${line.owner}`
    const before = merged.get(key)
    merged.set(key, before ? { ...line, amount: before.amount + line.amount } : line)
  }
  return [...merged.values()].filter((line) => line.amount !== 0n)
}

/** Whether debits equal credits and there is something to post. */
export function isBalanced(lines: readonly Line[]): boolean {
  let total = 0n
  for (const line of lines) {
    if (line.amount === 0n) return false
    total += line.amount
  }
  return lines.length >= 2 && total === 0n
}

/** The same lines with sides exchanged: what takes an entry back. */
export const reversedLines = (lines: readonly Line[]): Line[] =>
  lines.map((line) => ({ ...line, amount: -line.amount }))

/** What a second delivery of the same key must agree with; free of anything the server made up. */
export function canonicalRequest(entry: NewEntry): string {
  const lines = [...entry.lines].sort((a, b) => a.account - b.account || a.owner - b.owner)
  const flat = lines.map((line) => `${line.account}/${line.owner}/${line.amount}`)
  return JSON.stringify([entry.kind, entry.effectiveDay, entry.reference, String(entry.reversesId ?? ''), flat])
}
