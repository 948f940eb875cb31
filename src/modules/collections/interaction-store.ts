/** Owns: interactions, interaction_revisions, dispositions, promises. */
import { sql } from 'kysely'
import type { Channel, Disposition } from '#domain/collections/disposition.ts'
import type { PromiseStatus } from '#domain/collections/promise.ts'
import type { Day } from '#domain/day.ts'
import type { Interaction } from '#modules/collections/interaction-views.ts'
import { actorLabel, type Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'

export interface NewInteraction {
  readonly kind: Channel
  readonly loanId: number | null
  readonly customerId: number | null
  readonly comment: string
  readonly disposition: string
  readonly nextActionOn: Day | null
}

/** Writes the interactions under the numbers from the one it answers. */
export async function insertInteractions(
  ctx: Ctx,
  rows: readonly NewInteraction[],
  outsideHours: boolean,
): Promise<number> {
  const first = await takeNumbers(ctx, 'interaction', rows.length)
  const by = ctx.actor.kind === 'user' ? ctx.actor.id : null
  await sql`
    insert into interactions (org_id, id, kind, loan_id, customer_id, comment, disposition, next_action_on, outside_hours, created_by, created_at)
    select ${ctx.org.id}, ${first} + a.n::integer - 1, a.kind, a.loan_id, a.customer_id, a.comment, a.disposition, a.next_on,
           ${outsideHours}, ${by}, ${ctx.now}
      from unnest(
        ${rows.map((r) => r.kind)}::text[], ${rows.map((r) => r.loanId)}::integer[], ${rows.map((r) => r.customerId)}::integer[],
        ${rows.map((r) => r.comment)}::text[], ${rows.map((r) => r.disposition)}::text[], ${rows.map((r) => r.nextActionOn)}::date[]
      ) with ordinality as a (kind, loan_id, customer_id, comment, disposition, next_on, n)`.execute(ctx.tx)
  return first
}

/** Locks the interaction until the transaction ends; false when it was removed meanwhile. */
export async function lockInteraction(ctx: Ctx, id: number): Promise<boolean> {
  const { rows } = await sql`
    select from interactions where org_id = ${ctx.org.id} and id = ${id} and removed_at is null for update`.execute(
    ctx.tx,
  )
  return rows.length > 0
}

/** Keeps what the interaction says now, before it is changed or removed. */
export async function keepRevision(ctx: Ctx, was: Interaction, change: 'changed' | 'removed'): Promise<void> {
  await sql`
    insert into interaction_revisions (org_id, interaction_id, revision, change, loan_id, comment, disposition, next_action_on, actor, at)
    values (${ctx.org.id}, ${was.id}, ${was.revision}, ${change}, ${was.loanId}, ${was.comment}, ${was.disposition}, ${was.nextActionOn},
            ${actorLabel(ctx.actor)}, ${ctx.now})`.execute(ctx.tx)
}

export async function writeInteraction(ctx: Ctx, id: number, is: Omit<NewInteraction, 'kind'>): Promise<void> {
  await sql`
    update interactions set loan_id = ${is.loanId}, customer_id = ${is.customerId}, comment = ${is.comment}, disposition = ${is.disposition},
           next_action_on = ${is.nextActionOn}, revision = revision + 1
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

export async function markInteractionRemoved(ctx: Ctx, id: number): Promise<void> {
  await sql`update interactions set removed_at = ${ctx.now} where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

export async function putDisposition(ctx: Ctx, d: Disposition): Promise<void> {
  await sql`
    insert into dispositions (org_id, code, name, channel, reached, active) values (${ctx.org.id}, ${d.code}, ${d.name}, ${d.channel}, ${d.reached}, ${d.active})
    on conflict (org_id, code) do update
      set name = excluded.name, channel = excluded.channel, reached = excluded.reached, active = excluded.active`.execute(
    ctx.tx,
  )
}

export interface NewPromise {
  readonly loanId: number
  readonly customerId: number
  readonly interactionId: number | null
  readonly amount: bigint
  readonly dueOn: Day
  readonly channel: string
}

/** Writes a promise in the place of the loan's open one. Its number comes first: of several at once each waits until the one before stands. */
export async function insertPromise(ctx: Ctx, promise: NewPromise): Promise<number> {
  const id = await takeNumbers(ctx, 'promise')
  await sql`
    update promises set status = 'replaced', decided_on = ${ctx.today}
     where org_id = ${ctx.org.id} and loan_id = ${promise.loanId} and status = 'open'`.execute(ctx.tx)
  await sql`
    insert into promises (org_id, id, loan_id, customer_id, interaction_id, amount, currency, due_on, channel, made_on, made_at, made_by)
    values (${ctx.org.id}, ${id}, ${promise.loanId}, ${promise.customerId}, ${promise.interactionId}, ${promise.amount}, ${ctx.org.currency},
            ${promise.dueOn}, ${promise.channel}, ${ctx.today}, ${ctx.now}, ${actorLabel(ctx.actor)})`.execute(ctx.tx)
  return id
}

/** Withdraws an open promise; false when it is not open. */
export async function withdrawPromise(ctx: Ctx, id: number): Promise<boolean> {
  const { rows } = await sql`
    update promises set status = 'withdrawn', decided_on = ${ctx.today}
     where org_id = ${ctx.org.id} and id = ${id} and status = 'open' returning id`.execute(ctx.tx)
  return rows.length > 0
}

export interface PaidPromise {
  readonly id: number
  readonly loanId: number
  readonly customerId: number
  readonly amount: bigint
  readonly currency: string
  readonly dueOn: Day
  readonly status: PromiseStatus
  readonly paidBefore: bigint
  /** What stands of the loan's repayments from the promise on until its day. */
  readonly paid: bigint
}

/**
 * Open promises, and those decided whose day is not long gone (a payment may have been taken back, or matched later), after
 * one of them, locked, with what was paid since they were made.
 */
export async function lockPromises(
  ctx: Ctx,
  page: { after: number; limit: number; since: Day },
): Promise<PaidPromise[]> {
  const { rows: locked } = await sql<{ id: number }>`
    select id from promises
     where org_id = ${ctx.org.id} and id > ${page.after} and status in ('open', 'kept', 'part_kept', 'broken')
       and (status = 'open' or due_on >= ${page.since}) order by id limit ${page.limit} for update`.execute(ctx.tx)
  if (locked.length === 0) return []
  const { rows } = await sql<PaidPromise>`
    select p.id, p.loan_id as "loanId", p.customer_id as "customerId", p.amount, p.currency, p.due_on as "dueOn", p.status, p.paid as "paidBefore",
           coalesce((
             select sum(t.amount) from loan_transactions t
              where t.org_id = p.org_id and t.loan_id = p.loan_id and t.kind = 'repayment' and t.value_day between p.made_on and p.due_on
                and (t.value_day > p.made_on or t.created_at >= p.made_at)
                and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id)
           ), 0)::bigint as paid
      from promises p where p.org_id = ${ctx.org.id} and p.id = any(${locked.map((row) => row.id)}::integer[]) order by p.id`.execute(
    ctx.tx,
  )
  return rows
}

export interface Judged {
  readonly id: number
  readonly status: PromiseStatus
  readonly paid: bigint
}

export async function writeJudged(ctx: Ctx, judged: readonly Judged[]): Promise<void> {
  if (judged.length === 0) return
  await sql`
    update promises p set status = j.status, paid = j.paid, decided_on = case when j.status = 'open' then null else coalesce(p.decided_on, ${ctx.today}::date) end
      from unnest(${judged.map((j) => j.id)}::integer[], ${judged.map((j) => j.status)}::text[], ${judged.map((j) => j.paid)}::bigint[]) as j (id, status, paid)
     where p.org_id = ${ctx.org.id} and p.id = j.id`.execute(ctx.tx)
}
