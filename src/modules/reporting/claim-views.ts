/** Payments that wait for staff: whose they are, for which contract, and whether the same receipt was seen before. Reads only. */
import { sql } from 'kysely'
import type { LockStatus } from '#domain/devices/lock.ts'
import { reachesPayment } from '#modules/access/views.ts'
import { wholeRows } from '#platform/database/whole-rows.ts'
import type { Ctx } from '#platform/context.ts'

type Reader = Pick<Ctx, 'org' | 'tx' | 'scope'>

/** Where a payment stands in the queue: who is locked out of his phone comes first, then who has waited longest. */
export interface Place {
  /** 0: the phone is locked; 1: it is not. */
  readonly turn: number
  readonly id: number
}

export interface QueuePage {
  readonly after?: Place | undefined
  readonly limit: number
}

/** The next pending payments in the order in which they should be looked at. */
export async function verificationQueue(ctx: Reader, { after, limit }: QueuePage): Promise<Place[]> {
  const next = after === undefined ? sql`true` : sql`(turn, id) > (${after.turn}, ${after.id})`
  return wholeRows(
    ctx.tx,
    sql<Place>`
    select turn, id from (
      select p.id, case when d.lock_status = 'locked' then 0 else 1 end as turn
        from payments p
        left join payment_claims c on c.org_id = p.org_id and c.payment_id = p.id
        left join devices d on d.org_id = p.org_id and d.loan_id = c.loan_id
       where p.org_id = ${ctx.org.id} and p.status = 'pending' and ${reachesPayment(ctx, 'read', sql`p.id`)}) q
     where ${next} order by turn, id limit ${limit}`,
  )
}

export interface Claim {
  readonly paymentId: number
  readonly customerId: number
  readonly customerName: string
  readonly phone: string | null
  readonly loanId: number
  /** Null: the loan pays for no sale. */
  readonly contractNumber: string | null
  readonly branch: string | null
  readonly instalmentId: number
  readonly instalmentNr: number
  readonly hasReceipt: boolean
  /** Another of the same amount and day waited for the same instalment when it was sent. */
  readonly repeats: boolean
  /** Other payments to which the very same picture was sent, the oldest first. */
  readonly sameReceiptAs: readonly number[]
  /** Null: no phone was sold on the loan. */
  readonly lockStatus: LockStatus | null
  readonly waitingSince: Date
}

/** What is known of those of the payments that customers say they have made. */
export async function claimsOf(ctx: Reader, paymentIds: readonly number[]): Promise<Claim[]> {
  if (paymentIds.length === 0) return []
  const { rows } = await sql<Claim>`
    select c.payment_id as "paymentId", u.id as "customerId", u.full_name as "customerName", u.phone, c.loan_id as "loanId",
           s.contract_number as "contractNumber", s.branch_number as branch, c.instalment_id as "instalmentId", c.instalment_nr as "instalmentNr",
           c.receipt_file_id is not null as "hasReceipt", c.repeats, d.lock_status as "lockStatus", c.created_at as "waitingSince",
           array(select o.payment_id from files f
                   join files g on g.org_id = f.org_id and g.sha256 = f.sha256
                   join payment_claims o on o.org_id = g.org_id and o.receipt_file_id = g.id and o.payment_id <> c.payment_id
                  where f.org_id = c.org_id and f.id = c.receipt_file_id order by o.payment_id limit 20) as "sameReceiptAs"
      from payment_claims c
      join customers h on h.org_id = c.org_id and h.id = c.customer_id
      join customers u on u.org_id = h.org_id and u.id = coalesce(h.merged_into, h.id)
      left join sales s on s.org_id = c.org_id and s.loan_id = c.loan_id
      left join devices d on d.org_id = c.org_id and d.loan_id = c.loan_id
     where c.org_id = ${ctx.org.id} and c.payment_id = any(${paymentIds}::integer[])`.execute(ctx.tx)
  return rows
}
