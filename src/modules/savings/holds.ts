/** Holds: money of an account set aside, then released, or captured to where it was meant to go. */
import { refuse } from '#domain/refusal.ts'
import { type Place, withdrawalLines } from '#domain/savings/entries.ts'
import { availableOf } from '#domain/savings/withdrawal.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { savingsTermsOf } from '#modules/savings/terms.ts'
import { type LockedAccount, lockedAccount, type Moved, recordMovements } from '#modules/savings/movements.ts'
import * as store from '#modules/savings/store.ts'
import type { Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { emit } from '#platform/events/events.ts'

export interface NewHold {
  readonly accountId: number
  readonly amount: bigint
  readonly purpose: string
}

/** Sets an amount aside: it stays on the account and nobody else can draw it. Refuses savings_account_not_found, savings_account_not_open, amount_invalid, insufficient_funds. */
export async function hold(ctx: Ctx, { accountId, amount, purpose }: NewHold): Promise<number> {
  if (amount <= 0n) refuse('amount_invalid')
  const account = await lockedAccount(ctx, accountId)
  if (account.status !== 'open') refuse('savings_account_not_open')
  if (amount > availableOf(account, savingsTermsOf(account.terms))) refuse('insufficient_funds')
  const id = await takeNumbers(ctx, 'savings_hold')
  await store.insertHold(ctx, { id, accountId, amount, purpose })
  const data = { hold_id: id, savings_account_id: accountId, customer_id: account.customerId, amount: String(amount) }
  emit(ctx, 'savings.held', data)
  return id
}

/** Gives what a hold set aside back to the account. Refuses hold_not_found, hold_not_active. */
export async function releaseHold(ctx: Ctx, holdId: number): Promise<void> {
  const { found } = await lockedHold(ctx, holdId)
  await store.settleHold(ctx, holdId, { status: 'released', captured: 0n, entryId: null })
  emitSettled(ctx, found, 'released', 0n)
}

export interface Capture {
  /** All of it where left out; the rest is released. */
  readonly amount?: bigint
  readonly to: Place
  readonly kind: store.MovementKind
  readonly reference: string | null
}

/** Lets a held amount go where it was meant to go. Refuses hold_not_found, hold_not_active, amount_invalid for more than was held. */
export async function captureHold(ctx: Ctx, holdId: number, capture: Capture): Promise<Moved> {
  const { found, account } = await lockedHold(ctx, holdId)
  const { amount = found.amount, to, kind, reference } = capture
  if (amount <= 0n || amount > found.amount) refuse('amount_invalid')
  const entryId = await postOne(ctx, {
    kind: 'savings_withdrawal',
    effectiveDay: ctx.today,
    reference,
    idemKey: `hold:${holdId}`,
    lines: withdrawalLines(account.id, { amount, fee: 0n }, to),
  })
  await store.settleHold(ctx, holdId, { status: 'captured', captured: amount, entryId })
  const after = await recordMovements(ctx, account, { movements: [{ kind, amount: -amount }], entryId, reference })
  emitSettled(ctx, found, 'captured', amount)
  return { entryId, fee: 0n, balance: after.balance }
}

/** An active hold with its account, locked: of two who settle it one comes too late. */
async function lockedHold(ctx: Ctx, holdId: number): Promise<{ found: store.HoldRow; account: LockedAccount }> {
  const known = (await store.findHold(ctx, holdId)) ?? refuse('hold_not_found')
  const account = await lockedAccount(ctx, known.accountId)
  const found = (await store.findHold(ctx, holdId)) ?? refuse('hold_not_found')
  return found.status === 'active' ? { found, account } : refuse('hold_not_active')
}

function emitSettled(ctx: Ctx, found: store.HoldRow, status: 'released' | 'captured', captured: bigint): void {
  emit(ctx, 'savings.hold_settled', {
    hold_id: found.id,
    savings_account_id: found.accountId,
    status,
    captured: String(captured),
  })
}
