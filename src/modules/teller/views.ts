/** Receipts as they were handed out, as far as the actor reaches, and who the clients are. Reads only, always bounded. */
import { sql } from 'kysely'
import { reachesLoan } from '#modules/access/views.ts'
import { ofCustomer } from '#modules/customers/views.ts'
import type { NewReceipt } from '#modules/teller/receipts-store.ts'
import type { Ctx } from '#platform/context.ts'

type Reader = Pick<Ctx, 'org' | 'tx' | 'scope'>

const RECEIPT = { id: sql`r.loan_id`, customerId: sql`c.id` }

export interface Receipt extends NewReceipt {
  /** The client's login. */
  readonly clientId: number
  /** Who did it: the client himself, or staff. */
  readonly byUserId: number | null
  readonly createdAt: Date
  /** Where a payout belongs to it, how that stands now. */
  readonly payoutStatus: string | null
}

const columns = sql`r.id, r.code, r.kind, c.id as "customerId", r.amount, r.fee, r.channel, r.savings_account_id as "savingsAccountId",
  r.loan_id as "loanId", r.payout_id as "payoutId", coalesce(r.provider_reference, p.receipt) as "providerReference", r.account_balance as "accountBalance",
  r.loan_balance as "loanBalance", r.entry_id as "entryId", r.user_id as "byUserId", r.created_at as "createdAt", c.user_id as "clientId",
  p.status as "payoutStatus"`

const sources = sql`from receipts r join customers h on h.org_id = r.org_id and h.id = r.customer_id
  join customers c on c.org_id = h.org_id and c.id = coalesce(h.merged_into, h.id)
  left join payouts p on p.org_id = r.org_id and p.id = r.payout_id`

/** A customer's receipts, newest first. */
export async function receiptsOf(
  ctx: Reader,
  customerId: number,
  page: { limit: number; before?: number | undefined },
): Promise<Receipt[]> {
  const before = page.before === undefined ? sql`` : sql`and r.id < ${page.before}`
  const { rows } = await sql<Receipt>`
    select ${columns} ${sources} where r.org_id = ${ctx.org.id} and ${ofCustomer(ctx, sql`r.customer_id`, customerId)} and ${reachesLoan(ctx, 'read', RECEIPT)} ${before}
     order by r.id desc limit ${page.limit}`.execute(ctx.tx)
  return rows
}

/** One receipt, or null. */
export async function receiptById(ctx: Reader, id: number): Promise<Receipt | null> {
  const { rows } = await sql<Receipt>`
    select ${columns} ${sources} where r.org_id = ${ctx.org.id} and r.id = ${id}`.execute(ctx.tx)
  return rows[0] ?? null
}

/** The receipt of a loan's latest disbursement at the counter, or null when it was paid out elsewhere. */
export async function disbursementReceipt(
  ctx: Reader,
  { id, customerId }: { readonly id: number; readonly customerId: number },
): Promise<Receipt | null> {
  const { rows } = await sql<Receipt>`
    select ${columns} ${sources}
     where r.org_id = ${ctx.org.id} and ${ofCustomer(ctx, sql`r.customer_id`, customerId)} and r.loan_id = ${id} and r.kind = 'disbursement'
     order by r.id desc limit 1`.execute(ctx.tx)
  return rows[0] ?? null
}

export interface Client {
  readonly userId: number
  readonly customerId: number
  readonly name: string
  /** E.164: the login's, else the record's. */
  readonly phone: string | null
}

/** The client of a login, or null when it is no client's. */
export async function clientOfUser(ctx: Pick<Ctx, 'org' | 'tx'>, userId: number): Promise<Client | null> {
  const { rows } = await sql<Client>`
    select u.id as "userId", c.id as "customerId", u.name, coalesce(u.phone, c.phone) as phone
      from users u join customers c on c.org_id = u.org_id and c.user_id = u.id
     where u.org_id = ${ctx.org.id} and u.id = ${userId} and u.roles && array['customer']::text[]`.execute(ctx.tx)
  return rows[0] ?? null
}
