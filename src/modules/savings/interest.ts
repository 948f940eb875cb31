/** The savings part of the close of business: interest of the closed day is accrued, and paid where its period has ended. Every portion is a transaction of its own, and none does an account twice. */
import { addDays, type Day } from '#domain/day.ts'
import type { NewEntry } from '#domain/ledger/entry.ts'
import { sum } from '#domain/money.ts'
import { interestAccruedLines, interestPaidLines } from '#domain/savings/entries.ts'
import { accrue, type Accrued, wholeOf } from '#domain/savings/interest.ts'
import { entryIdOf, post } from '#modules/ledger/ledger.ts'
import * as interestStore from '#modules/savings/interest-store.ts'
import { savingsTermsOf } from '#modules/savings/terms.ts'
import * as store from '#modules/savings/store.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

const ACCOUNTS_AT_ONCE = 1_000

export interface SavingsDayEnd {
  readonly accountsAccrued: number
}

/** Accrues the savings interest of every day before today that is not accrued yet. Safe to run again, and after a kill. */
export async function closeSavings(door: Door): Promise<SavingsDayEnd> {
  const through = addDays(door.today, -1)
  let accountsAccrued = 0
  for (let after = 0; ; ) {
    const done = await transact(door, (ctx) => accruePortion(ctx, through, after))
    accountsAccrued += done.length
    const last = done.at(-1)
    if (last === undefined) return { accountsAccrued }
    after = last
  }
}

type Reckoned = Accrued & {
  readonly account: interestStore.Unaccrued
  /** What of it is an expense now: whole units owed and paid, less what was owed before. */
  readonly expense: bigint
}

/** Answers the ids it did. */
async function accruePortion(ctx: Ctx, through: Day, after: number): Promise<readonly number[]> {
  const accounts = await interestStore.lockUnaccrued(ctx, through, { after, limit: ACCOUNTS_AT_ONCE })
  if (accounts.length === 0) return []
  const reckoned = accounts.map((account) => reckon(account, through))
  const paid = reckoned.flatMap(({ account, payments }) => payments.map((payment) => ({ account, ...payment })))
  const entries = [...expenseEntry(reckoned, through), ...paid.map(paymentEntry)]
  const ids = entries.length > 0 ? (await post(ctx, entries)).map(entryIdOf) : []
  await interestStore.writeAccrued(
    ctx,
    reckoned.map(({ account, accrued }) => ({ id: account.id, accrued })),
    through,
  )
  await recordPaid(ctx, paid, ids.slice(entries.length - paid.length))
  return accounts.map(({ id }) => id)
}

function reckon(account: interestStore.Unaccrued, through: Day): Reckoned {
  const { accrued, accruedUntil: until, moved: movements } = account
  const { interest } = savingsTermsOf(account.terms)
  const balance = account.balance - sum(movements.map(({ amount }) => amount))
  const after = accrue({ accrued, until, balance, movements }, interest, through)
  const owed = (parts: bigint): bigint => wholeOf(parts, interest.rounding)
  const expense = owed(after.accrued) + sum(after.payments.map(({ amount }) => amount)) - owed(accrued)
  return { account, ...after, expense }
}

/** One entry for the whole portion: the day's expense and what is owed for it. */
function expenseEntry(reckoned: readonly Reckoned[], through: Day): NewEntry[] {
  const amount = sum(reckoned.map(({ expense }) => expense))
  if (amount === 0n) return []
  const [first] = reckoned
  return [
    {
      kind: 'savings_interest_accrued',
      effectiveDay: through,
      reference: null,
      idemKey: `savings interest:${through}:${first!.account.id}`,
      lines: interestAccruedLines(amount),
    },
  ]
}

interface Paid {
  readonly account: interestStore.Unaccrued
  readonly day: Day
  readonly amount: bigint
}

const paymentEntry = ({ account, day, amount }: Paid): NewEntry => ({
  kind: 'savings_interest_paid',
  effectiveDay: day,
  reference: account.accountNo,
  idemKey: `savings interest:${account.id}:${day}`,
  lines: interestPaidLines(account.id, amount),
})

async function recordPaid(ctx: Ctx, paid: readonly Paid[], entryIds: readonly bigint[]): Promise<void> {
  const standing = new Map<number, { nr: number; balance: bigint }>()
  const rows = paid.map(({ account, day, amount }, n) => {
    const before = standing.get(account.id) ?? { nr: account.movements, balance: account.balance }
    const now = { nr: before.nr + 1, balance: before.balance + amount }
    standing.set(account.id, now)
    const entryId = entryIds[n]!
    const { id: accountId, customerId, currency, accountNo: reference } = account
    const told = { savings_account_id: accountId, customer_id: customerId, amount: String(amount), currency }
    emit(ctx, 'savings.interest_paid', told)
    const row = { accountId, nr: now.nr, kind: 'interest', valueDay: day, amount, reference, entryId } as const
    return { ...row, balanceAfter: now.balance }
  })
  await store.insertMovements(ctx, rows)
}
