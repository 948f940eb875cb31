/** What moves on a savings account: the account locked with its balance, its passbook written. */
import { SAVINGS } from '#domain/ledger/chart.ts'
import { refuse } from '#domain/refusal.ts'
import { balanceOf } from '#modules/ledger/views.ts'
import * as store from '#modules/savings/store.ts'
import type { Ctx } from '#platform/context.ts'

/** An account with its balance, locked until the transaction ends. */
export interface LockedAccount extends store.AccountRow {
  readonly balance: bigint
}

/** The account, locked, so that two who move money on it take turns. Refuses savings_account_not_found. */
export async function lockedAccount(ctx: Ctx, id: number): Promise<LockedAccount> {
  const [account] = await store.lockAccounts(ctx, [id])
  if (!account) refuse('savings_account_not_found')
  return { ...account, balance: await balanceNow(ctx, id) }
}

/** What the books owe the account's owner. */
const balanceNow = async (ctx: Ctx, id: number): Promise<bigint> => -(await balanceOf(ctx, SAVINGS, id))

export interface Movement {
  readonly kind: store.MovementKind
  /** Credits are positive. */
  readonly amount: bigint
}

interface Written {
  readonly entryId: bigint
  readonly reference: string | null
}

/** Writes what an entry moved on a locked account into its passbook; nothing for movements of nothing. */
export async function recordMovements(
  ctx: Ctx,
  account: LockedAccount,
  { movements, entryId, reference }: Written & { readonly movements: readonly Movement[] },
): Promise<LockedAccount> {
  let { balance, movements: nr } = account
  const rows = movements
    .filter(({ amount }) => amount !== 0n)
    .map(({ kind, amount }) => {
      nr += 1
      balance += amount
      return { accountId: account.id, nr, kind, valueDay: ctx.today, amount, balanceAfter: balance, reference, entryId }
    })
  await store.insertMovements(ctx, rows)
  return { ...account, balance, movements: nr }
}

/** Names the next thing that happens on a locked account, for ever. */
export const nextKey = (account: store.AccountRow): string => `savings:${account.id}:${account.movements + 1}`

export interface Moved {
  readonly entryId: bigint
  readonly fee: bigint
  /** Of the account, afterwards. */
  readonly balance: bigint
}
