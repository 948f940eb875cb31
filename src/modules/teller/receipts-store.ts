/** Owns: receipts. */
import { sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

type ReceiptKind = 'deposit' | 'withdrawal' | 'repayment' | 'disbursement'

/** By which way the money came or went. */
type ReceiptChannel = 'mpesa' | 'account' | 'counter'

export interface NewReceipt {
  readonly id: number
  readonly code: string
  readonly kind: ReceiptKind
  readonly customerId: number
  /** Minor units, as all that follow. */
  readonly amount: bigint
  readonly fee: bigint
  readonly channel: ReceiptChannel
  readonly savingsAccountId: number | null
  readonly loanId: number | null
  readonly payoutId: number | null
  readonly providerReference: string | null
  readonly accountBalance: bigint
  /** Still owed on all loans; null where no loan was moved. */
  readonly loanBalance: bigint | null
  readonly entryId: bigint
}

/** Writes a receipt; false when its code is given, so that another one is drawn. */
export async function insertReceipt(ctx: Ctx, r: NewReceipt): Promise<boolean> {
  const by = 'id' in ctx.actor ? ctx.actor.id : null
  const { numAffectedRows } = await sql`
    insert into receipts (org_id, id, code, kind, customer_id, amount, fee, channel, savings_account_id, loan_id, payout_id, provider_reference,
                          account_balance, loan_balance, entry_id, user_id, created_at)
    values (${ctx.org.id}, ${r.id}, ${r.code}, ${r.kind}, ${r.customerId}, ${r.amount}, ${r.fee}, ${r.channel}, ${r.savingsAccountId}, ${r.loanId}, ${r.payoutId},
            ${r.providerReference}, ${r.accountBalance}, ${r.loanBalance}, ${r.entryId}, ${by}, ${ctx.now})
    on conflict (org_id, code) do nothing`.execute(ctx.tx)
  return numAffectedRows === 1n
}
