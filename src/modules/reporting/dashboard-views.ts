/** What a supervisor looks at in the morning, as far as they reach. Reads only. */
import { sql } from 'kysely'
import { addDays, type Day, make, monthOf, yearOf } from '#domain/day.ts'
import { reachesLoan, reachesPayment } from '#modules/access/views.ts'
import {
  type Counted,
  countLocked,
  lastLocks,
  type Lock,
  type LockCounts,
  lockCounts,
  overdueByDays,
  within,
} from '#modules/reporting/collections-views.ts'
import type { Reader } from '#modules/reporting/overdue-views.ts'
import { wholeRows } from '#platform/database/whole-rows.ts'

export interface Waiting extends Counted {
  /** When the one was sent that waits longest; null: none waits. */
  readonly oldest: Date | null
}

/** Payments that wait for staff to verify them. */
async function waitingClaims(ctx: Reader): Promise<Waiting> {
  const { rows } = await sql<Waiting>`
    select count(*)::integer as count, coalesce(sum(amount), 0)::bigint as amount, min(received_at) as oldest
      from payments where org_id = ${ctx.org.id} and status = 'pending' and ${reachesPayment(ctx, 'read')}`.execute(
    ctx.tx,
  )
  return rows[0]!
}

/** Down payments by deposit that wait for staff to verify them. */
async function waitingDownPayments(ctx: Reader): Promise<Waiting> {
  const { rows } = await sql<Waiting>`
    select count(*)::integer as count, coalesce(sum(amount), 0)::bigint as amount, min(created_at) as oldest
      from down_payments p where p.org_id = ${ctx.org.id} and p.status = 'pending'
       and ${reachesLoan(ctx, 'read', { id: sql`p.loan_id`, customerId: sql`p.customer_id` })}`.execute(ctx.tx)
  return rows[0]!
}

/** Money that is surely there: claims since staff verified them, everything else since the provider told of it. */
async function verifiedSince(ctx: Reader, from: Day): Promise<{ readonly today: Counted; readonly since: Counted }> {
  const period = { from, to: ctx.today }
  const today = within(ctx, sql`at`, { from: ctx.today, to: ctx.today })
  const isClaim = sql`exists (select from payment_claims c where c.org_id = p.org_id and c.payment_id = p.id)`
  const rows = await wholeRows(
    ctx.tx,
    sql<{ today: number; todayAmount: bigint; count: number; amount: bigint }>`
    select count(*)::integer as count, coalesce(sum(amount), 0)::bigint as amount,
           count(*) filter (where ${today})::integer as today, coalesce(sum(amount) filter (where ${today}), 0)::bigint as "todayAmount"
      from (select p.id, p.amount, p.decided_at as at from payments p
             where p.org_id = ${ctx.org.id} and p.status in ('applied', 'suspense') and ${within(ctx, sql`p.decided_at`, period)} and ${isClaim}
             union all
            select p.id, p.amount, p.received_at from payments p
             where p.org_id = ${ctx.org.id} and p.status in ('applied', 'suspense') and ${within(ctx, sql`p.received_at`, period)} and not ${isClaim}) v
     where ${reachesPayment(ctx, 'read', sql`v.id`)}`,
  )
  const { today: count, todayAmount, ...since } = rows[0]!
  return { today: { count, amount: todayAmount }, since: { count: since.count, amount: since.amount } }
}

export interface Dashboard {
  readonly waiting: Waiting
  readonly waitingDownPayments: Waiting
  readonly overdue: readonly (Counted & { readonly fromDays: number })[]
  readonly locks: LockCounts
  /** Phones locked in the last seven days, today included. */
  readonly lockedThisWeek: number
  readonly verifiedToday: Counted
  readonly verifiedThisMonth: Counted
  readonly lastLocks: readonly Lock[]
}

const LOCKS_SHOWN = 5
const EVER = '1970-01-01' as Day

/** Everything of the supervisor's first page, in one round trip. */
export async function dashboard(ctx: Reader): Promise<Dashboard> {
  const { today } = ctx
  const month = make(yearOf(today), monthOf(today), 1)
  const [waiting, downPayments, overdue, locks, lockedThisWeek, verified, locked] = await Promise.all([
    waitingClaims(ctx),
    waitingDownPayments(ctx),
    overdueByDays(ctx),
    lockCounts(ctx),
    countLocked(ctx, { from: addDays(today, -6), to: today }),
    verifiedSince(ctx, month),
    lastLocks(ctx, { from: EVER, to: today }, LOCKS_SHOWN),
  ])
  const { today: verifiedToday, since: verifiedThisMonth } = verified
  return {
    ...{ waiting, waitingDownPayments: downPayments, overdue, locks, lockedThisWeek },
    ...{ verifiedToday, verifiedThisMonth, lastLocks: locked },
  }
}
