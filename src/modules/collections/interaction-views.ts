/** What was tried with customers, and what came of it. Reads only, always bounded. */
import { type RawBuilder, sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import { type Channel, type Disposition, dispositionsWith } from '#domain/collections/disposition.ts'
import { isAtBranch, isColleague, isMe, isWithin } from '#modules/access/views.ts'
import { nameOfUser } from '#modules/identity/views.ts'
import { type Asking, fromCustomers, type Reached } from '#modules/collections/customer-views.ts'

export interface Interaction {
  readonly id: number
  readonly kind: Channel
  readonly loanId: number | null
  readonly customerId: number | null
  readonly comment: string
  readonly disposition: string
  readonly nextActionOn: Day | null
  readonly outsideHours: boolean
  readonly revision: number
  readonly createdBy: number | null
  readonly createdByName: string | null
  readonly createdAt: Date
}

const columns = sql`a.id, a.kind, a.loan_id as "loanId", a.customer_id as "customerId", a.comment, a.disposition,
  a.next_action_on as "nextActionOn", a.outside_hours as "outsideHours", a.revision, a.created_by as "createdBy",
  (select ${nameOfUser('u')} from users u where u.org_id = a.org_id and u.id = a.created_by) as "createdByName", a.created_at as "createdAt"`

const fromInteractions = (ctx: Asking): RawBuilder<unknown> => sql`
  from interactions a left join (select c.*, f.assigned_to ${fromCustomers} where c.org_id = ${ctx.org.id}) c on c.id = a.customer_id
  cross join lateral (select c.assigned_to) f`

/** Whoever made it may see and change it, whoever the customer is assigned to by now. */
const reached = (ctx: Asking): RawBuilder<unknown> => sql`
  ${isWithin(ctx, 'read')} or ${isColleague(ctx, ctx.scope.read, sql`a.created_by`)} as "mayRead",
  ${isWithin(ctx, 'write')} or ${isMe(ctx, sql`a.created_by`)} as "mayWrite"`

/** At a branch, interactions about its loans; whoever made one may see it anyway. */
const isShown = (ctx: Asking): RawBuilder<unknown> => {
  const ofBranch = isAtBranch(ctx, { id: sql`a.loan_id`, customerId: sql`a.customer_id` })
  return sql`a.kind = any(${ctx.scope.channels}::text[]) and (${ofBranch} or ${isMe(ctx, sql`a.created_by`)})`
}

/** The interaction of a kind and what the actor may do with it, or null when there is none. */
export async function interactionReached(
  ctx: Asking,
  kind: Channel,
  id: number,
): Promise<(Interaction & Reached) | null> {
  const { rows } = await sql<Interaction & Reached>`
    select ${columns}, ${reached(ctx)} ${fromInteractions(ctx)}
     where a.org_id = ${ctx.org.id} and a.id = ${id} and a.kind = ${kind} and a.removed_at is null and ${isShown(ctx)}`.execute(
    ctx.tx,
  )
  return rows[0] ?? null
}

/** An interaction of any kind, removed or not, and what the actor may do with it, or null when there is none. */
export async function interactionEver(ctx: Asking, id: number): Promise<(Interaction & Reached) | null> {
  const { rows } = await sql<Interaction & Reached>`
    select ${columns}, ${reached(ctx)} ${fromInteractions(ctx)}
     where a.org_id = ${ctx.org.id} and a.id = ${id} and ${isShown(ctx)}`.execute(ctx.tx)
  return rows[0] ?? null
}

export interface InteractionPage {
  readonly loanId: number
  readonly kind?: Channel
  /** Interactions with a smaller id than this one. */
  readonly before: number
  readonly limit: number
}

/** The interactions with a loan's customer that the actor is shown, visits or calls, latest first. */
export async function interactionsOfLoan(ctx: Asking, page: InteractionPage): Promise<Interaction[]> {
  const ofKind = page.kind === undefined ? sql`true` : sql`a.kind = ${page.kind}`
  const { rows } = await sql<Interaction>`
    select ${columns} from interactions a
     where a.org_id = ${ctx.org.id} and a.loan_id = ${page.loanId} and ${ofKind} and a.kind = any(${ctx.scope.channels}::text[]) and a.id < ${page.before} and a.removed_at is null
     order by a.id desc limit ${page.limit}`.execute(ctx.tx)
  return rows
}

export interface Revision {
  readonly revision: number
  readonly change: 'changed' | 'removed'
  readonly loanId: number | null
  readonly comment: string
  readonly disposition: string
  readonly nextActionOn: Day | null
  readonly actor: string
  readonly at: Date
}

/** What an interaction said before each change, oldest first; also of one that was removed. Whose it is was asked before. */
export async function revisionsOf(ctx: Asking, id: number): Promise<Revision[]> {
  const { rows } = await sql<Revision>`
    select revision, change, loan_id as "loanId", comment, disposition, next_action_on as "nextActionOn", actor, at
      from interaction_revisions where org_id = ${ctx.org.id} and interaction_id = ${id} order by revision limit 1000`.execute(
    ctx.tx,
  )
  return rows
}

/** The outcomes that the organisation knows, its own and the standard ones. */
export async function dispositionsOf(ctx: Asking): Promise<readonly Disposition[]> {
  const { rows } = await sql<Disposition>`
    select code, name, channel, reached, active from dispositions where org_id = ${ctx.org.id} order by code limit 1000`.execute(
    ctx.tx,
  )
  return dispositionsWith(rows)
}
