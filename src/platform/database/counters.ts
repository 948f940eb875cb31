/** Gap-free numbers per organisation and series; the numbering waits for the transaction that took the last one. */
import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

export type Series =
  | 'user'
  | 'customer'
  | 'file'
  | 'loan_product'
  | 'loan'
  | 'instalment'
  | 'loan_transaction'
  | 'loan_restructure'
  | 'payment'
  | 'notification'
  | 'message'
  | 'savings_product'
  | 'savings_account'
  | 'savings_hold'
  | 'payout'
  | 'approval'
  | 'customer_merge'
  | 'receipt'
  | 'third_party'
  | 'interaction'
  | 'promise'
  | 'customer_assignment'
  | 'request_log'
  | 'phone_model'
  | 'device'
  | 'down_payment'
  | 'device_lock_change'
  | 'device_token'
  | 'device_command'
  | 'device_unlock_code'
  /** Numbers of contracts begin anew with each year, those of a branch with each day. */
  | `contract ${number}`
  | `contract ${string} ${string}`

/** Takes n numbers of a series and returns the first. */
export async function takeNumbers(ctx: Pick<Ctx, 'org' | 'tx'>, series: Series, n = 1): Promise<number> {
  const { rows } = await numbersTaken(ctx, series, n).execute(ctx.tx)
  return rows[0]!.first
}

/** The statement that takes them, for one that uses them at once. */
export const numbersTaken = (ctx: Pick<Ctx, 'org'>, series: Series, n: number): RawBuilder<{ first: number }> => sql`
  insert into counters (org_id, series, value) values (${ctx.org.id}, ${series}, ${n})
  on conflict (org_id, series) do update set value = counters.value + excluded.value
  returning (value - ${n} + 1)::integer as first`
