/** Owns: approvals. Locks: the request first, then whatever its step locks. */
import { sql } from 'kysely'
import { actorLabel, type Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'

export type ApprovalStatus = 'pending' | 'approved' | 'rejected' | 'withdrawn'

export interface ApprovalRow {
  readonly id: number
  readonly kind: string
  /** What it is about, as in events: `loan:12`. */
  readonly subject: string
  /** As JSON: amounts are strings of minor units. */
  readonly asked: unknown
  readonly reason: string
  readonly status: ApprovalStatus
  readonly requestedBy: string
  readonly requestedAt: Date
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  readonly note: string | null
  readonly outcome: Readonly<Record<string, unknown>> | null
}

export const approvalColumns = sql`id, kind, subject, asked, reason, status, requested_by as "requestedBy", requested_at as "requestedAt",
  decided_by as "decidedBy", decided_at as "decidedAt", note, outcome`

export interface NewApproval extends Pick<ApprovalRow, 'kind' | 'subject' | 'asked' | 'reason'> {
  readonly by: string
}

/** Writes a pending request; returns its number. */
export async function insertApproval(ctx: Ctx, { kind, subject, asked, reason, by }: NewApproval): Promise<number> {
  const id = await takeNumbers(ctx, 'approval')
  await sql`
    insert into approvals (org_id, id, kind, subject, asked, reason, requested_by, requested_at)
    values (${ctx.org.id}, ${id}, ${kind}, ${subject}, ${JSON.stringify(asked)}::jsonb, ${reason}, ${by}, ${ctx.now})`.execute(
    ctx.tx,
  )
  return id
}

/** The request, locked until the transaction ends, so that two people never decide it both. */
export async function lockApproval(ctx: Ctx, id: number): Promise<ApprovalRow | null> {
  const { rows } = await sql<ApprovalRow>`
    select ${approvalColumns} from approvals where org_id = ${ctx.org.id} and id = ${id} for update`.execute(ctx.tx)
  return rows[0] ?? null
}

/** What is asked of a kind about a subject and not decided yet, locked. */
export async function lockPendingOf(ctx: Ctx, kind: string, subject: string): Promise<ApprovalRow[]> {
  const { rows } = await sql<ApprovalRow>`
    select ${approvalColumns} from approvals
     where org_id = ${ctx.org.id} and subject = ${subject} and kind = ${kind} and status = 'pending'
     order by id limit 100 for update`.execute(ctx.tx)
  return rows
}

export interface Decided extends Pick<ApprovalRow, 'note'> {
  readonly status: Exclude<ApprovalStatus, 'pending'>
  readonly outcome: unknown
  /** Who decided it, where that is not the actor. */
  readonly by?: string
}

/** Writes who decided what, and what came of it. */
export async function decide(ctx: Ctx, id: number, decided: Decided): Promise<void> {
  const { status, note, outcome, by = actorLabel(ctx.actor) } = decided
  await sql`
    update approvals set status = ${status}, decided_by = ${by}, decided_at = ${ctx.now}, note = ${note},
           outcome = ${outcome === null ? null : JSON.stringify(outcome)}::jsonb
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}
