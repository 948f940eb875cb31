/** Owns: payouts. Locks: the order first, then loans, accounts and the ledger. */
import { type RawBuilder, sql } from 'kysely'
import type { Order, PayoutChannel, Step } from '#domain/payouts/order.ts'
import type { Ctx } from '#platform/context.ts'

export type { PayoutChannel }
export type PayoutPurpose = 'withdrawal' | 'disbursement'

export interface PayoutRow extends Order {
  readonly id: number
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
  /** Of the debt, what the customer has given back. Minor units. */
  readonly debtRepaid: bigint
  readonly createdAt: Date
  readonly sentAt: Date | null
  readonly settledAt: Date | null
}

export const payoutColumns = sql`id, channel, originator_id as "originatorId", purpose, customer_id as "customerId", phone, amount, currency, status,
  entry_id as "entryId", settling_entry_id as "settlingEntryId", savings_account_id as "savingsAccountId", loan_id as "loanId", attempts, questions,
  in_doubt as "inDoubt", conversation_id as "conversationId", receipt, reason, contradicted, sending_since as "sendingSince", next_try as "nextTry",
  answered, answered_at as "answeredAt", answer, debt, debt_repaid as "debtRepaid", created_at as "createdAt", sent_at as "sentAt", settled_at as "settledAt"`

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
     where org_id = ${ctx.org.id} and id = (${dueOrder(ctx, sql`status = 'reserved'`)})
    returning ${payoutColumns}`.execute(ctx.tx)
  return rows[0] ?? null
}

/** The next order to ask about, likewise; also one that was settled and that the provider contradicted since. */
export async function takeToAsk(ctx: Ctx): Promise<PayoutRow | null> {
  const { rows } = await sql<PayoutRow>`
    update payouts set questions = questions + 1, next_try = ${new Date(ctx.now.getTime() + LEASE_MS)}
     where org_id = ${ctx.org.id} and id = (${dueOrder(ctx, sql`status <> 'reserved'`)})
    returning ${payoutColumns}`.execute(ctx.tx)
  return rows[0] ?? null
}

const dueOrder = (ctx: Ctx, which: RawBuilder<unknown>) => sql`
  select id from payouts
   where org_id = ${ctx.org.id} and next_try <= ${ctx.now} and ${which}
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
  /** The entry that books what the customer owes. */
  readonly debtEntryId: bigint | null
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
           answered = ${to.answered}, answered_at = ${to.answeredAt}, answer = ${to.answer},
           debt = debt + ${to.owed}, debt_entry_id = coalesce(${to.debtEntryId}, debt_entry_id),
           sent_at = case when ${to.status === 'sent'} then coalesce(sent_at, ${ctx.now}) else sent_at end,
           sending_since = case when ${to.handedOver === true || settled} then null else sending_since end
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

/** Has an order asked about as soon as a worker looks. */
export async function writeAskNow(ctx: Ctx, id: number): Promise<void> {
  await sql`update payouts set next_try = ${ctx.now} where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

/** Adds to what the customer has given back of the debt. */
export async function writeDebtRepaid(ctx: Ctx, id: number, amount: bigint): Promise<void> {
  await sql`
    update payouts set debt_repaid = debt_repaid + ${amount} where org_id = ${ctx.org.id} and id = ${id}`.execute(
    ctx.tx,
  )
}
