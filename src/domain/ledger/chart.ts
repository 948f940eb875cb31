/** The chart of accounts that every organisation starts with. Codes are the usual blocks: 1 assets, 2 liabilities, 3 equity, 4 income, 5 expenses. */

type AccountType = 'asset' | 'liability' | 'equity' | 'income' | 'expense'

/** Whose sub-balance a line's `owner` is; undefined: the account has no owners. */
type OwnerKind = 'loan' | 'customer' | 'savings' | 'payment' | 'payout' | 'group'

/** `never_debit`: an owner's balance may not become a debit (savings below zero); `never_credit`: nor a credit. */
type Guard = 'none' | 'never_debit' | 'never_credit'

export interface Account {
  readonly code: number
  readonly name: string
  readonly type: AccountType
  readonly ownedBy?: OwnerKind
  readonly guard: Guard
}

export const CASH = 1000
export const MOBILE_MONEY = 1010
export const BANK = 1020
/** Money passing from one of our own accounts to another: nothing after every transaction. */
export const IN_PASSAGE = 1030
export const LOAN_PRINCIPAL = 1100
export const INTEREST_RECEIVABLE = 1110
export const FEE_RECEIVABLE = 1120
export const PENALTY_RECEIVABLE = 1130
/** Paid to a customer without a ground: to be given back. */
export const CUSTOMER_DEBT = 1150
export const LOSS_ALLOWANCE = 1190
export const SUSPENSE = 2000
export const CUSTOMER_CREDIT = 2100
/** Paid down on something that is not handed over yet: it is the customer's until then. */
export const DOWN_PAYMENTS = 2110
export const SAVINGS = 2200
export const SAVINGS_INTEREST_PAYABLE = 2210
export const UNEARNED_INTEREST = 2300
export const PAYOUTS_IN_TRANSIT = 2400
export const CAPITAL = 3000
export const LOANS_TAKEN_OVER = 3100
export const INTEREST_INCOME = 4000
export const FEE_INCOME = 4010
export const PENALTY_INCOME = 4020
export const RECOVERY_INCOME = 4030
export const DEVICE_SALES = 4100
export const WRITE_OFF_EXPENSE = 5000
export const PROVISION_EXPENSE = 5010
export const WAIVER_EXPENSE = 5020
export const SAVINGS_INTEREST_EXPENSE = 5040
export const CHARGE_OFF_EXPENSE = 5030

export const STANDARD_CHART: readonly Account[] = [
  { code: CASH, name: 'Cash at hand', type: 'asset', guard: 'none' },
  { code: MOBILE_MONEY, name: 'Mobile money settlement', type: 'asset', guard: 'none' },
  { code: BANK, name: 'Bank', type: 'asset', guard: 'none' },
  { code: IN_PASSAGE, name: 'Money in passage', type: 'asset', guard: 'none' },
  { code: LOAN_PRINCIPAL, name: 'Loans: principal', type: 'asset', ownedBy: 'loan', guard: 'never_credit' },
  {
    code: INTEREST_RECEIVABLE,
    name: 'Loans: interest receivable',
    type: 'asset',
    ownedBy: 'loan',
    guard: 'never_credit',
  },
  { code: FEE_RECEIVABLE, name: 'Loans: fees receivable', type: 'asset', ownedBy: 'loan', guard: 'never_credit' },
  {
    code: PENALTY_RECEIVABLE,
    name: 'Loans: penalties receivable',
    type: 'asset',
    ownedBy: 'loan',
    guard: 'never_credit',
  },
  {
    code: CUSTOMER_DEBT,
    name: 'Customers: money to give back',
    type: 'asset',
    ownedBy: 'customer',
    guard: 'never_credit',
  },
  { code: LOSS_ALLOWANCE, name: 'Allowance for loan losses', type: 'asset', guard: 'none' },
  {
    code: SUSPENSE,
    name: 'Suspense: money not yet matched',
    type: 'liability',
    ownedBy: 'payment',
    guard: 'never_debit',
  },
  {
    code: CUSTOMER_CREDIT,
    name: 'Customer credit: overpayments',
    type: 'liability',
    ownedBy: 'customer',
    guard: 'never_debit',
  },
  { code: DOWN_PAYMENTS, name: 'Down payments on sales', type: 'liability', ownedBy: 'loan', guard: 'never_debit' },
  { code: SAVINGS, name: 'Savings deposits', type: 'liability', ownedBy: 'savings', guard: 'never_debit' },
  { code: SAVINGS_INTEREST_PAYABLE, name: 'Interest payable on savings', type: 'liability', guard: 'none' },
  { code: UNEARNED_INTEREST, name: 'Unearned interest', type: 'liability', guard: 'never_debit' },
  { code: PAYOUTS_IN_TRANSIT, name: 'Payouts in transit', type: 'liability', ownedBy: 'payout', guard: 'never_debit' },
  { code: CAPITAL, name: 'Capital', type: 'equity', guard: 'none' },
  { code: LOANS_TAKEN_OVER, name: 'Opening balances: loans taken over', type: 'equity', guard: 'none' },
  { code: INTEREST_INCOME, name: 'Interest income', type: 'income', guard: 'none' },
  { code: FEE_INCOME, name: 'Fee income', type: 'income', guard: 'none' },
  { code: PENALTY_INCOME, name: 'Penalty income', type: 'income', guard: 'none' },
  { code: RECOVERY_INCOME, name: 'Recoveries of loans written off', type: 'income', guard: 'none' },
  { code: DEVICE_SALES, name: 'Sales of devices', type: 'income', guard: 'none' },
  { code: WRITE_OFF_EXPENSE, name: 'Loans written off', type: 'expense', guard: 'none' },
  { code: PROVISION_EXPENSE, name: 'Provision for loan losses', type: 'expense', guard: 'none' },
  { code: WAIVER_EXPENSE, name: 'Waivers', type: 'expense', guard: 'none' },
  { code: SAVINGS_INTEREST_EXPENSE, name: 'Interest on savings', type: 'expense', guard: 'none' },
  { code: CHARGE_OFF_EXPENSE, name: 'Loans charged off', type: 'expense', guard: 'none' },
]
