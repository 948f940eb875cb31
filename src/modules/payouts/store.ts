/** Owns: payouts. Locks: the order first, then loans, accounts and the ledger. */
import { sql } from 'kysely'
import type { Order, PayoutStatus, Step } from '#domain/payouts/order.ts'
import type { Ctx } from '#platform/context.ts'

export type PayoutChannel = 'mpesa' | 'counter'
export type PayoutPurpose = 'withdrawal' | 'disbursement'

export interface PayoutRow extends Order {
  readonly id: number
  readonly channel: PayoutChannel
  readonly originatorId: string
  readonly purpose: PayoutPurpose
  readonly customerId: number
  readonly phone: string | null
  readonly currency: string
  readonly entryId: bigint
  readonly settlingEntryId: bigint | null
  readonly savingsAccountId: number | null
  readonly loanId: number | null
  readonly conversationId: string | null
  readonly reason: string | null
  readonly contradicted: boolean
  readonly createdAt: Date
  readonly sentAt: Date | null
  readonly settledAt: Date | null
}

export const payoutColumns = sql`id, channel, originator_id as "originatorId", purpose, customer_id as "customerId", phone, amount, currency, status,
  entry_id as "entryId", settling_entry_id as "settlingEntryId", savings_account_id as "savingsAccountId", loan_id as "loanId", attempts, questions,
  in_doubt as "inDoubt", conversation_id as "conversationId", receipt, reason, contradicted, created_at as "createdAt", sent_at as "sentAt", settled_at as "settledAt"`

export type NewPayout = Pick<
  PayoutRow,
  | 'id'
  | 'channel'
  | 'originatorId'
  | 'purpose'
  | 'customerId'
  | 'phone'
  | 'amount'
  | 'entryId'
  | 'savingsAccountId'
  | 'loanId'
>

/** Writes a reserved order; one through a provider is due at once. */
export async function insertPayout(ctx: Ctx, p: NewPayout): Promise<void> {
  const due = p.channel === 'counter' ? null : ctx.now
  await sql`
    insert into payouts (org_id, id, channel, originator_id, purpose, customer_id, phone, amount, currency, status, entry_id, savings_account_id, loan_id, next_try, created_at)
    values (${ctx.org.id}, ${p.id}, ${p.channel}, ${p.originatorId}, ${p.purpose}, ${p.customerId}, ${p.phone}, ${p.amount}, ${ctx.org.currency}, 'reserved',
            ${p.entryId}, ${p.savingsAccountId}, ${p.loanId}, ${due}, ${ctx.now})`.execute(ctx.tx)
}

const LEASE_MS = 60_000

/**
 * The next order to send, kept from other workers for a minute. Where an earlier try is still noted as in hand, its worker
 * died over it, and the order may have arrived.
 */
export async function takeToSend(ctx: Ctx): Promise<PayoutRow | null> {
  const { rows } = await sql<PayoutRow>`
    update payouts set attempts = attempts + 1, in_doubt = in_doubt or sending_since is not null, sending_since = ${ctx.now},
           next_try = ${new Date(ctx.now.getTime() + LEASE_MS)}
     where org_id = ${ctx.org.id} and id = (${dueOrder(ctx, ['reserved'])})
    returning ${payoutColumns}`.execute(ctx.tx)
  return rows[0] ?? null
}

/** The next order to ask about, likewise. */
export async function takeToAsk(ctx: Ctx): Promise<PayoutRow | null> {
  const { rows } = await sql<PayoutRow>`
    update payouts set questions = questions + 1, next_try = ${new Date(ctx.now.getTime() + LEASE_MS)}
     where org_id = ${ctx.org.id} and id = (${dueOrder(ctx, ['sent', 'unknown'])})
    returning ${payoutColumns}`.execute(ctx.tx)
  return rows[0] ?? null
}

const dueOrder = (ctx: Ctx, statuses: readonly PayoutStatus[]) => sql`
  select id from payouts
   where org_id = ${ctx.org.id} and next_try <= ${ctx.now} and status = any(${statuses}::text[])
   order by next_try, id limit 1 for update skip locked`

/** The order, locked until the transaction ends, so that a result and a person never settle it both. */
export async function lockPayout(ctx: Ctx, id: number): Promise<PayoutRow | null> {
  const { rows } = await sql<PayoutRow>`
    select ${payoutColumns} from payouts where org_id = ${ctx.org.id} and id = ${id} for update`.execute(ctx.tx)
  return rows[0] ?? null
}

export async function lockByOriginator(ctx: Ctx, originatorId: string): Promise<PayoutRow | null> {
  const { rows } = await sql<PayoutRow>`
    select ${payoutColumns} from payouts where org_id = ${ctx.org.id} and originator_id = ${originatorId} for update`.execute(
    ctx.tx,
  )
  return rows[0] ?? null
}

export interface Written extends Step {
  readonly settlingEntryId: bigint | null
  readonly conversationId?: string
  /** The try in hand is over. */
  readonly handedOver?: boolean
}

/** Writes where an order stands now. */
export async function writeStep(ctx: Ctx, id: number, to: Written): Promise<void> {
  const settled = to.settlingEntryId !== null
  await sql`
    update payouts
       set status = ${to.status}, in_doubt = ${to.inDoubt}, next_try = ${to.nextTry}, reason = coalesce(${to.reason}, reason), receipt = ${to.receipt},
           contradicted = contradicted or ${to.contradicted}, conversation_id = coalesce(${to.conversationId ?? null}, conversation_id),
           settling_entry_id = coalesce(${to.settlingEntryId}, settling_entry_id), settled_at = case when ${settled} then ${ctx.now} else settled_at end,
           sent_at = case when ${to.status === 'sent'} then coalesce(sent_at, ${ctx.now}) else sent_at end,
           sending_since = case when ${to.handedOver === true || settled} then null else sending_since end
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}
