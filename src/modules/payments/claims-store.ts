/** Owns: payment_claims. Lock order: the payment, then the loan. */
import { sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import { reachesPayment } from '#modules/access/views.ts'
import type { ClaimMethod } from '#domain/ledger/money-accounts.ts'
import type { PaymentStatus } from '#modules/payments/store.ts'
import { actorLabel, type Ctx } from '#platform/context.ts'

export interface NewClaim {
  readonly loanId: number
  readonly instalmentId: number
  /** Minor units, positive. */
  readonly amount: bigint
  /** The day on which the customer says he paid; it may still be to come. */
  readonly paidOn: Day
  readonly method: ClaimMethod
  /** A picture of the receipt. */
  readonly receiptFileId?: number | null
}

export interface ClaimRow {
  readonly id: number
  readonly provider: string
  readonly reference: string
  readonly amount: bigint
  readonly currency: string
  readonly paidOn: Day
  readonly status: PaymentStatus
  readonly customerId: number
  readonly borrowerUserId: number | null
  readonly loanId: number
  readonly instalmentId: number
  readonly instalmentNr: number
  readonly submittedBy: string
  readonly submittedAt: Date
}

type Inserted = NewClaim & { readonly id: number; readonly customerId: number; readonly instalmentNr: number }

/** Writes the payment and what is claimed of it. */
export async function insertClaim(ctx: Ctx, claim: Inserted): Promise<void> {
  await sql`
    insert into payments (org_id, id, provider, reference, amount, currency, value_day, received_at, status, customer_id)
    values (${ctx.org.id}, ${claim.id}, ${claim.method}, ${`claim-${claim.id}`}, ${claim.amount}, ${ctx.org.currency}, ${claim.paidOn},
            ${ctx.now}, 'pending', ${claim.customerId})`.execute(ctx.tx)
  await sql`
    insert into payment_claims (org_id, payment_id, customer_id, loan_id, instalment_id, instalment_nr, receipt_file_id, repeats, submitted_by, created_at)
    select ${ctx.org.id}, ${claim.id}, ${claim.customerId}, ${claim.loanId}, ${claim.instalmentId}, ${claim.instalmentNr},
           ${claim.receiptFileId ?? null}::integer,
           exists (select from payment_claims c join payments p on p.org_id = c.org_id and p.id = c.payment_id
                    where c.org_id = ${ctx.org.id} and c.instalment_id = ${claim.instalmentId} and p.status = 'pending'
                      and p.id <> ${claim.id} and p.amount = ${claim.amount} and p.value_day = ${claim.paidOn}),
           ${actorLabel(ctx.actor)}, ${ctx.now}`.execute(ctx.tx)
}

/**
 * A claim, its payment locked until the transaction ends, so that two people never decide on it at once; null: none, or no
 * claim. How its loan stands is read when that is locked.
 */
export async function lockClaim(ctx: Ctx, paymentId: number): Promise<ClaimRow | null> {
  const locked = await sql`
    select from payments
     where org_id = ${ctx.org.id} and id = ${paymentId} and ${reachesPayment(ctx, 'write')} for update`.execute(ctx.tx)
  if (locked.rows.length === 0) return null
  const { rows } = await sql<ClaimRow>`
    select p.id, p.provider, p.reference, p.amount, p.currency, p.value_day as "paidOn", p.status, u.id as "customerId",
           u.user_id as "borrowerUserId", c.loan_id as "loanId", c.instalment_id as "instalmentId", c.instalment_nr as "instalmentNr",
           c.submitted_by as "submittedBy", c.created_at as "submittedAt"
      from payments p
      join payment_claims c on c.org_id = p.org_id and c.payment_id = p.id
      join customers h on h.org_id = c.org_id and h.id = c.customer_id
      join customers u on u.org_id = h.org_id and u.id = coalesce(h.merged_into, h.id)
     where p.org_id = ${ctx.org.id} and p.id = ${paymentId}`.execute(ctx.tx)
  return rows[0] ?? null
}

export interface TakenIn {
  readonly status: 'applied' | 'suspense'
  readonly entryId: bigint
  readonly day: Day
  readonly overpayment: bigint
}

/** The claimed money is in the books. */
export async function takeIn(
  ctx: Ctx,
  paymentId: number,
  { status, entryId, day, overpayment }: TakenIn,
): Promise<void> {
  const by = ctx.actor.kind === 'user' ? ctx.actor.id : null
  await sql`
    update payments set status = ${status}, entry_id = ${entryId}, value_day = ${day}, overpayment = ${overpayment},
           reason = ${status === 'suspense' ? 'nothing_due' : null}, decided_by = ${by}, decided_at = ${ctx.now}
     where org_id = ${ctx.org.id} and id = ${paymentId}`.execute(ctx.tx)
}

/** Whether the payment is one that a customer claims and nobody has decided on. */
export async function isPendingClaim(ctx: Ctx, paymentId: number): Promise<boolean> {
  const { rows } = await sql`
    select from payment_claims c join payments p on p.org_id = c.org_id and p.id = c.payment_id
     where c.org_id = ${ctx.org.id} and c.payment_id = ${paymentId} and p.status = 'pending'`.execute(ctx.tx)
  return rows.length > 0
}
