/** Owns: payments. */
import { sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import { reachesPayment } from '#modules/access/views.ts'
import type { Ctx } from '#platform/context.ts'

export type PaymentStatus = 'pending' | 'applied' | 'suspense' | 'rejected' | 'reversed'
export type SuspenseReason = 'payer_unknown' | 'nothing_due' | 'not_applicable'

export interface PaymentRow {
  readonly id: number
  readonly provider: string
  readonly reference: string
  readonly payerPhone: string | null
  readonly accountRef: string | null
  readonly amount: bigint
  readonly currency: string
  readonly valueDay: Day
  readonly receivedAt: Date
  readonly status: PaymentStatus
  readonly reason: string | null
  readonly customerId: number | null
  readonly overpayment: bigint
  /** Null: nothing has moved yet. */
  readonly entryId: bigint | null
}

export const paymentColumns = sql`id, provider, reference, payer_phone as "payerPhone", account_ref as "accountRef", amount, currency,
  value_day as "valueDay", received_at as "receivedAt", status, reason, customer_id as "customerId", overpayment, entry_id as "entryId"`

/**
 * Payments with these providers and references; in a batch of several providers perhaps more. Written so that it is looked
 * up by the unique key whatever is known of the table: joined to the list, all payments are read while statistics are old.
 */
export async function findByReferences(
  ctx: Ctx,
  keys: readonly { provider: string; reference: string }[],
): Promise<PaymentRow[]> {
  const { rows } = await sql<PaymentRow>`
    select ${paymentColumns} from payments
     where org_id = ${ctx.org.id} and provider = any(${[...new Set(keys.map((k) => k.provider))]}::text[])
       and reference = any(${keys.map((k) => k.reference)}::text[])`.execute(ctx.tx)
  return rows
}

export type NewPayment = Omit<PaymentRow, 'receivedAt' | 'currency' | 'entryId'> & { readonly entryId: bigint }

/** Takes the payments in. A reference that another process took in meanwhile fails the statement on payments_by_reference. */
export async function insertPayments(ctx: Ctx, p: readonly NewPayment[]): Promise<void> {
  await sql`
    insert into payments (org_id, id, provider, reference, payer_phone, account_ref, amount, currency, value_day, received_at, status, reason,
                          customer_id, overpayment, entry_id)
    select ${ctx.org.id}, p.id, p.provider, p.reference, p.phone, p.account_ref, p.amount, ${ctx.org.currency}, p.day, ${ctx.now}, p.status, p.reason,
           p.customer_id, p.overpayment, p.entry_id
      from unnest(
        ${p.map((x) => x.id)}::integer[], ${p.map((x) => x.provider)}::text[], ${p.map((x) => x.reference)}::text[], ${p.map((x) => x.payerPhone)}::text[],
        ${p.map((x) => x.accountRef)}::text[], ${p.map((x) => x.amount)}::bigint[], ${p.map((x) => x.valueDay)}::date[], ${p.map((x) => x.status)}::text[],
        ${p.map((x) => x.reason)}::text[], ${p.map((x) => x.customerId)}::integer[], ${p.map((x) => x.overpayment)}::bigint[], ${p.map((x) => x.entryId)}::bigint[]
      ) as p (id, provider, reference, phone, account_ref, amount, day, status, reason, customer_id, overpayment, entry_id)`.execute(
    ctx.tx,
  )
}

/** The payment, locked until the transaction ends, so that two people never decide on it at once; null beyond the actor's reach. */
export async function lockPayment(ctx: Ctx, id: number): Promise<PaymentRow | null> {
  const { rows } = await sql<PaymentRow>`
    select ${paymentColumns} from payments
     where org_id = ${ctx.org.id} and id = ${id} and ${reachesPayment(ctx, 'write')} for update`.execute(ctx.tx)
  return rows[0] ?? null
}

export interface Decision {
  readonly status: PaymentStatus
  readonly reason: string | null
  readonly customerId: number | null
  readonly overpayment: bigint
}

export async function decide(ctx: Ctx, id: number, decision: Decision): Promise<void> {
  const by = ctx.actor.kind === 'user' ? ctx.actor.id : null
  await sql`
    update payments set status = ${decision.status}, reason = ${decision.reason}, customer_id = ${decision.customerId},
           overpayment = ${decision.overpayment}, decided_by = ${by}, decided_at = ${ctx.now}
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

/** A payment of the customer that staff took in and that waits in suspense under this reference, in any spelling; or null. */
export async function waitingUnder(
  ctx: Ctx,
  { customerId, provider, reference }: { customerId: number; provider: string; reference: string },
): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    select id from payments
     where org_id = ${ctx.org.id} and customer_id = ${customerId} and provider = ${provider} and status = 'suspense'
       and lower(btrim(account_ref)) = lower(btrim(${reference}::text)) order by id desc limit 1`.execute(ctx.tx)
  return rows[0]?.id ?? null
}
