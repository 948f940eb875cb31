/** What each event in an account's life does to the books. Amounts are minor units. */
import { FEE_INCOME, SAVINGS, SAVINGS_INTEREST_EXPENSE, SAVINGS_INTEREST_PAYABLE } from '#domain/ledger/chart.ts'
import { credit, debit, type Line, mergeLines } from '#domain/ledger/entry.ts'

/** A place in the books that money comes from or goes to. */
export interface Place {
  readonly account: number
  /** 0 where the account has no owners. */
  readonly owner: number
}

/** Money comes in from a place. */
export const depositLines = (accountId: number, amount: bigint, from: Place): Line[] => [
  debit(from.account, amount, from.owner),
  credit(SAVINGS, amount, accountId),
]

/** Money goes out to a place; what it costs is income. */
export const withdrawalLines = (accountId: number, out: { amount: bigint; fee: bigint }, to: Place): Line[] =>
  mergeLines([
    debit(SAVINGS, out.amount + out.fee, accountId),
    credit(to.account, out.amount, to.owner),
    credit(FEE_INCOME, out.fee),
  ])

/** Interest earned by all accounts of a portion: an expense of the day, owed until it is paid. */
export const interestAccruedLines = (amount: bigint): Line[] => [
  debit(SAVINGS_INTEREST_EXPENSE, amount),
  credit(SAVINGS_INTEREST_PAYABLE, amount),
]

/** Interest is added to the balance. */
export const interestPaidLines = (accountId: number, amount: bigint): Line[] => [
  debit(SAVINGS_INTEREST_PAYABLE, amount),
  credit(SAVINGS, amount, accountId),
]
