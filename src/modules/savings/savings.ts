/** Savings accounts: opened, paid into, drawn from, moved between. Every cent goes through the ledger, and no account falls below zero. */
import { SAVINGS } from '#domain/ledger/chart.ts'
import { MAX_MINOR } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { depositLines, type Place, withdrawalLines } from '#domain/savings/entries.ts'
import { wholeOf } from '#domain/savings/interest.ts'
import { requireAllowed, type Standing, withdrawalFee } from '#domain/savings/withdrawal.ts'
import { customerForLoan } from '#modules/customers/views.ts'
import { postOne, reverse } from '#modules/ledger/ledger.ts'
import { usualSavingsProduct } from '#modules/savings/products.ts'
import { savingsTermsOf } from '#modules/savings/terms.ts'
import * as store from '#modules/savings/store.ts'
import type { Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { violatedKey } from '#platform/database/db.ts'
import { emit } from '#platform/events/events.ts'
import { type LockedAccount, lockedAccount, type Moved, nextKey, recordMovements } from '#modules/savings/movements.ts'

export { type LockedAccount, lockedAccount, nextKey, recordMovements } from '#modules/savings/movements.ts'
export { captureHold, hold, releaseHold } from '#modules/savings/holds.ts'
export { closeSavings } from '#modules/savings/interest.ts'
export { changeSavingsProduct, createSavingsProduct } from '#modules/savings/products.ts'
export type { GivenSavingsTerms } from '#modules/savings/terms.ts'

export type { Place } from '#domain/savings/entries.ts'

export interface NewSavingsAccount {
  readonly customerId: number
  readonly accountNo: string
  /** Where left out, the first on offer. */
  readonly productId?: number
}

/** Opens an account at nothing. Refuses customer_not_found, savings_product_not_found, id_number_taken when the number is given. */
export async function openAccount(ctx: Ctx, account: NewSavingsAccount): Promise<number> {
  const { customerId, accountNo } = account
  if (!(await customerForLoan(ctx, customerId))) refuse('customer_not_found')
  const productId = account.productId ?? (await usualSavingsProduct(ctx))
  const id = await takeNumbers(ctx, 'savings_account')
  await store.insertAccount(ctx, { id, accountNo, customerId, productId }).catch((error: unknown) => {
    if (violatedKey(error) === 'savings_accounts_by_no') refuse('id_number_taken')
    throw error
  })
  const data = { savings_account_id: id, customer_id: customerId }
  emit(ctx, 'savings.account_opened', data)
  return id
}

export interface Deposit {
  readonly accountId: number
  /** Minor units. */
  readonly amount: bigint
  readonly from: Place
  readonly reference: string | null
  /** How the passbook calls it; a deposit where left out. */
  readonly kind?: 'deposit' | 'disbursement'
}

/** Money comes in, whatever the account's state but closed. Refuses savings_account_not_found, savings_account_not_open, amount_invalid. */
export async function deposit(ctx: Ctx, given: Deposit): Promise<Moved> {
  const { accountId, amount, from, reference, kind = 'deposit' } = given
  requirePositive(amount)
  const account = await lockedAccount(ctx, accountId)
  if (account.status === 'closed') refuse('savings_account_not_open')
  const entryId = await postOne(ctx, {
    kind: 'savings_deposit',
    effectiveDay: ctx.today,
    reference,
    idemKey: nextKey(account),
    lines: depositLines(accountId, amount, from),
  })
  const after = await recordMovements(ctx, account, { movements: [{ kind, amount }], entryId, reference })
  emit(ctx, 'savings.deposited', { ...movedFacts(after), amount: String(amount) })
  return { entryId, fee: 0n, balance: after.balance }
}

export interface Withdrawal {
  readonly accountId: number
  readonly amount: bigint
  readonly to: Place
  readonly reference: string | null
}

/** Money goes out by the product's rules, and its fee with it. Refuses what openForWithdrawal refuses. */
export async function withdraw(ctx: Ctx, { accountId, amount, to, reference }: Withdrawal): Promise<Moved> {
  const { account, fee } = await openForWithdrawal(ctx, accountId, amount)
  const entryId = await postOne(ctx, {
    kind: 'savings_withdrawal',
    effectiveDay: ctx.today,
    reference,
    idemKey: nextKey(account),
    lines: withdrawalLines(accountId, { amount, fee }, to),
  })
  const movements = [
    { kind: 'withdrawal', amount: -amount },
    { kind: 'fee', amount: -fee },
  ] as const
  const after = await recordMovements(ctx, account, { movements, entryId, reference })
  emit(ctx, 'savings.withdrawn', { ...movedFacts(after), amount: String(amount), fee: String(fee) })
  return { entryId, fee, balance: after.balance }
}

/**
 * The account, locked, and the fee of drawing the amount from it. Refuses savings_account_not_found,
 * savings_account_not_open, amount_invalid, and what the product does not allow.
 */
async function openForWithdrawal(
  ctx: Ctx,
  accountId: number,
  amount: bigint,
): Promise<{ account: LockedAccount; fee: bigint }> {
  const account = await standingOf(ctx, accountId, amount)
  return { account, fee: withdrawalFee(account, amount, savingsTermsOf(account.terms)) }
}

/** An open account, locked, with what left it today. */
async function standingOf(ctx: Ctx, accountId: number, amount: bigint): Promise<LockedAccount & Standing> {
  requirePositive(amount)
  const account = await lockedAccount(ctx, accountId)
  if (account.status !== 'open') refuse('savings_account_not_open')
  return { ...account, today: await store.withdrawnOn(ctx, accountId, ctx.today) }
}

/**
 * Takes a withdrawal back, fee included: the money is where it came from. An account closed meanwhile is open again, since
 * money that comes back is never refused. Refuses what the ledger's `reverse` refuses.
 */
export async function returnWithdrawal(ctx: Ctx, entryId: bigint, reference: string): Promise<bigint> {
  const [moved] = await store.movementsOfEntry(ctx, entryId)
  if (!moved) refuse('entry_not_found')
  const account = await lockedAccount(ctx, moved.accountId)
  const returned = await reverse(ctx, entryId, { effectiveDay: ctx.today, reference, idemKey: nextKey(account) })
  const movements = [{ kind: 'return', amount: -moved.amount }] as const
  const after = await recordMovements(ctx, account, { movements, entryId: returned, reference })
  if (account.status === 'closed') await changeAccountStatus(ctx, account.id, 'open')
  emit(ctx, 'savings.withdrawal_returned', { ...movedFacts(after), amount: String(-moved.amount) })
  return returned
}

export interface Transfer {
  readonly fromId: number
  readonly toId: number
  readonly amount: bigint
  readonly reference: string | null
}

/** Moves money between two accounts, free of charge but within the giving account's limits. Refuses what withdraw and deposit refuse. */
export async function transfer(ctx: Ctx, { fromId, toId, amount, reference }: Transfer): Promise<Moved> {
  if (fromId === toId) refuse('invalid_input', { fields: { to: 'Give another account.' } })
  await store.lockAccounts(ctx, [fromId, toId])
  const from = await standingOf(ctx, fromId, amount)
  requireAllowed(from, { amount, fee: 0n }, savingsTermsOf(from.terms))
  const to = await lockedAccount(ctx, toId)
  if (to.status === 'closed') refuse('savings_account_not_open')
  const entryId = await postOne(ctx, {
    kind: 'savings_transfer',
    effectiveDay: ctx.today,
    reference,
    idemKey: nextKey(from),
    lines: withdrawalLines(fromId, { amount, fee: 0n }, { account: SAVINGS, owner: toId }),
  })
  const written = { entryId, reference }
  const after = await recordMovements(ctx, from, { ...written, movements: [{ kind: 'transfer', amount: -amount }] })
  await recordMovements(ctx, to, { ...written, movements: [{ kind: 'transfer', amount }] })
  emit(ctx, 'savings.transferred', { ...movedFacts(after), amount: String(amount), to_savings_account_id: toId })
  return { entryId, fee: 0n, balance: after.balance }
}

/**
 * Blocks, reopens or closes an account. Only an empty one is closed: no balance, no hold, no interest still to be paid.
 * Refuses savings_account_not_found, savings_account_not_empty.
 */
export async function changeAccountStatus(ctx: Ctx, id: number, status: store.AccountStatus): Promise<void> {
  const account = await lockedAccount(ctx, id)
  if (status === 'closed') {
    const { interest } = savingsTermsOf(account.terms)
    const owed = account.balance + account.held + wholeOf(await store.accruedOf(ctx, id), interest.rounding)
    if (owed !== 0n) refuse('savings_account_not_empty')
  }
  await store.setStatus(ctx, id, status)
  emit(ctx, 'savings.account_changed', { savings_account_id: id, customer_id: account.customerId, status })
}

function requirePositive(amount: bigint): void {
  if (amount <= 0n || amount > MAX_MINOR) refuse('amount_invalid')
}

const movedFacts = ({ id, customerId, currency, balance }: LockedAccount) => ({
  savings_account_id: id,
  customer_id: customerId,
  currency,
  balance: String(balance),
})
