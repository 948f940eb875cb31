/** What was asked of a second person. Reads only, always bounded. */
import { sql } from 'kysely'
import { type ApprovalRow, type ApprovalStatus, approvalColumns } from '#modules/approvals/store.ts'
import type { Ctx } from '#platform/context.ts'

export type { ApprovalRow } from '#modules/approvals/store.ts'

type Reader = Pick<Ctx, 'org' | 'tx'>

/** Whose requests are shown: those of some kinds, and all that one person made. */
export interface ApprovalScope {
  readonly kinds: readonly string[]
  readonly requestedBy: string
}

export interface ApprovalFilter extends ApprovalScope {
  readonly status?: ApprovalStatus | undefined
  readonly subject?: string | undefined
  /** Requests with a smaller number than this one: older ones. */
  readonly before?: number | undefined
  readonly limit: number
}

const within = ({ kinds, requestedBy }: ApprovalScope) =>
  sql`(kind = any(${kinds}::text[]) or requested_by = ${requestedBy})`

/** One request, or null. */
export async function approvalById(ctx: Reader, id: number, scope: ApprovalScope): Promise<ApprovalRow | null> {
  const { rows } = await sql<ApprovalRow>`
    select ${approvalColumns} from approvals where org_id = ${ctx.org.id} and id = ${id} and ${within(scope)}`.execute(
    ctx.tx,
  )
  return rows[0] ?? null
}

/** Requests, latest first. */
export async function listApprovals(ctx: Reader, filter: ApprovalFilter): Promise<ApprovalRow[]> {
  const { status, subject, before, limit } = filter
  const { rows } = await sql<ApprovalRow>`
    select ${approvalColumns} from approvals
     where org_id = ${ctx.org.id} and ${within(filter)}
       ${status === undefined ? sql`` : sql`and status = ${status}`}
       ${subject === undefined ? sql`` : sql`and subject = ${subject}`}
       ${before === undefined ? sql`` : sql`and id < ${before}`}
     order by id desc limit ${limit}`.execute(ctx.tx)
  return rows
}
