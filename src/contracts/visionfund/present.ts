/** The JSON shapes of VisionFund: amounts are numbers, balances strings, days D/M/YYYY in the organisation's time zone. */
import { decimalsOf, formatMinor } from '#domain/money.ts'
import { rhythmOf } from '#modules/teller/teller.ts'
import type { Receipt } from '#modules/teller/views.ts'
import type { LoanView } from '#modules/loan-records/views.ts'
import type { Ctx } from '#platform/context.ts'

type Place = Pick<Ctx, 'org'>

/** 23300n → 233; 28950n → 289.5, exact for up to fifteen digits. */
const numberOf = (minor: bigint, { org }: Place): number => Number(formatMinor(minor, decimalsOf(org.currency)))

/** Whole shillings without decimals, "289", otherwise two, "289.50". */
function balanceText(minor: bigint, { org }: Place): string {
  const text = formatMinor(minor, decimalsOf(org.currency))
  return text.replace(/\.0+$/, '')
}

const TYPES = {
  deposit: 'deposit',
  withdrawal: 'withdrawal',
  repayment: 'loan repayment',
  disbursement: 'disbursement',
} as const satisfies Record<Receipt['kind'], string>

/** `time` 24 hours, `date` day first without leading zeros, and the instant for machines. */
function timesOf(instant: Date, { org }: Place): { time: string; date: string; timestamp: string } {
  const parts = Object.fromEntries(
    clockOf(org.timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  )
  const { hour, minute, second, day, month, year } = parts
  return {
    time: `${hour}:${minute}:${second}`,
    date: `${Number(day)}/${Number(month)}/${year}`,
    timestamp: instant.toISOString(),
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const two = '2-digit' as const
  const parts = { year: 'numeric', month: two, day: two, hour: two, minute: two, second: two } as const
  const clock = clocks.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', ...parts })
  clocks.set(timeZone, clock)
  return clock
}

/** A transaction as the list shows it. */
export function transactionJson(receipt: Receipt, place: Place): Record<string, unknown> {
  const { id, code, clientId, amount, kind, createdAt, providerReference, channel, byUserId } = receipt
  return {
    id,
    ...(kind === 'disbursement' ? { by: byUserId } : {}),
    code,
    user_id: clientId,
    amount: numberOf(amount, place),
    type: TYPES[kind],
    ...timesOf(createdAt, place),
    channel,
    mpesa_receipt: providerReference,
    ...(receipt.payoutId === null ? {} : { payout_id: receipt.payoutId, payout_status: receipt.payoutStatus }),
    ...(receipt.fee === 0n ? {} : { fee: numberOf(receipt.fee, place) }),
  }
}

/** A transaction as it is answered when it is made: with the balance that the document means, and both to end the doubt. */
export function madeJson(receipt: Receipt, place: Place): Record<string, unknown> {
  const { accountBalance, loanBalance, kind } = receipt
  const isRepayment = kind === 'repayment'
  return {
    ...transactionJson(receipt, place),
    balance: balanceText(isRepayment ? (loanBalance ?? 0n) : accountBalance, place),
    account_balance: balanceText(accountBalance, place),
    ...(loanBalance === null ? {} : { loan_balance: balanceText(loanBalance, place) }),
  }
}

const STATUSES: Readonly<Record<LoanView['status'], string>> = {
  draft: 'pending',
  pending: 'pending',
  approved: 'approved',
  active: 'approved',
  completed: 'paid',
  rejected: 'rejected',
  withdrawn: 'rejected',
  written_off: 'written_off',
}

export const statusWord = (loan: Pick<LoanView, 'status'>): string => STATUSES[loan.status]

/** What is still owed: nothing before the money is out. */
const outstandingOf = (loan: LoanView): bigint =>
  loan.status === 'active' || loan.status === 'written_off' ? loan.balance : 0n

function loanJson(loan: LoanView, place: Place): Record<string, unknown> {
  return {
    id: loan.id,
    loan_amount: numberOf(loan.principal, place),
    repayment_schedule: rhythmOf(loan.terms),
    outstanding_amount: numberOf(outstandingOf(loan), place),
    status: statusWord(loan),
    disbursed_at: loan.disbursedAt?.toISOString() ?? null,
  }
}

/** The five documented fields for the current loan, and all loans beside them. */
export function loanDetailsJson(
  { userId, loans }: { readonly userId: number; readonly loans: readonly LoanView[] },
  place: Place,
): Record<string, unknown> {
  const newestFirst = [...loans].sort((a, b) => b.id - a.id)
  const current = newestFirst.find(({ status }) => status === 'active') ?? newestFirst[0]
  const {
    id: _,
    disbursed_at: __,
    ...five
  } = current ? loanJson(current, place) : { ...NO_LOAN, id: 0, disbursed_at: null }
  return { user_id: userId, ...five, loans: newestFirst.map((loan) => loanJson(loan, place)) }
}

const NO_LOAN = { loan_amount: 0, repayment_schedule: null, outstanding_amount: 0, status: 'none' }
