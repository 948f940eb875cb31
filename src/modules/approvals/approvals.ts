/**
 * Two people for one step: one asks, another decides, and the step happens when it is approved.
 *
 * To put a step under it, describe it beside its use case and ask for it instead of doing it:
 *
 *     export const WAIVE: Approvable<Waiver> = {
 *       kind: 'loan.waive',                      // stored; never renamed
 *       permission: 'loan.waive',                // of who asks and of who decides
 *       asked: z.object({ loanId: z.int(), amount: minorUnits }),
 *       subject: ({ loanId }) => `loan:${loanId}`,
 *       carryOut: async (ctx, waiver) => ({ transaction_id: await waive(ctx, waiver) }),
 *     }
 *     const id = await requestApproval(ctx, WAIVE, { asked: waiver, reason })
 *
 * and list it in contracts/office/approvals.ts, where people see and decide it. `carryOut` checks everything anew, since
 * days may pass. It is rehearsed when the request is made: what would be refused now is refused to who asks, at once.
 */
import { z } from 'zod'
import { type Day, parseDay } from '#domain/day.ts'
import type { Subject } from '#domain/event.ts'
import { type Action, permits, rolesFor } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import * as store from '#modules/approvals/store.ts'
import { actorLabel, attempt, type Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

/** An amount in what is asked: a bigint here, a string of digits where it is stored. */
export const minorUnits = z.union([z.bigint(), z.string().regex(/^-?\d+$/)]).transform(BigInt)

/** A day in what is asked. */
export const storedDay = z.custom<Day>((one) => typeof one === 'string' && parseDay(one) !== null)

export interface Approvable<Asked> {
  /** Names the step for ever: it stands in the table and in the API. */
  readonly kind: string
  /** What who decides must be permitted, and who asks, unless the next line says otherwise. */
  readonly permission: Action
  readonly permissionToAsk?: Action
  /** What is asked, as it is read back from storage. */
  readonly asked: z.ZodType<Asked>
  subject(asked: Asked): Subject
  /** Does it, in the decider's transaction and name. Refuses like any use case; the request then stays pending. Returns ids of what it made. */
  carryOut(ctx: Ctx, asked: Asked): Promise<Readonly<Record<string, unknown>>>
}

/** Any step, for tables of them. */
// biome-ignore lint/suspicious/noExplicitAny: each step has its own kind of what is asked
export type AnyApprovable = Approvable<any>

/**
 * Asks for a step; returns the number of the request. Refuses not_permitted, and whatever the step itself would be
 * refused with now.
 */
export async function requestApproval<Asked>(
  ctx: Ctx,
  step: Approvable<Asked>,
  { asked, reason }: { readonly asked: Asked; readonly reason: string },
): Promise<number> {
  requirePermitted(ctx, step.permissionToAsk ?? step.permission)
  await rehearsed(ctx, () => step.carryOut(ctx, asked))
  const subject = step.subject(asked)
  const by = actorLabel(ctx.actor)
  const id = await store.insertApproval(ctx, { kind: step.kind, subject, asked: storable(asked), reason, by })
  tell(ctx, 'approval.requested', { id, kind: step.kind, subject })
  return id
}

export interface Decision {
  readonly id: number
  /** Every step that may be decided here. */
  readonly steps: readonly AnyApprovable[]
  readonly note?: string | null | undefined
}

/**
 * Approves a request: its step happens now, in the name of who approves. Refuses approval_not_found,
 * approval_not_pending, not_permitted, own_request to who asked, and whatever the step refuses.
 */
export async function approve(ctx: Ctx, decision: Decision): Promise<void> {
  const { request, step } = await lockToDecide(ctx, decision)
  const outcome = await step.carryOut(ctx, step.asked.parse(request.asked))
  await store.decide(ctx, request.id, { status: 'approved', note: decision.note ?? null, outcome: storable(outcome) })
  tell(ctx, 'approval.approved', request)
}

/** Rejects a request: nothing happens. Refuses approval_not_found, approval_not_pending, not_permitted, own_request. */
export async function reject(ctx: Ctx, decision: Decision & { readonly note: string }): Promise<void> {
  const { request } = await lockToDecide(ctx, decision)
  await store.decide(ctx, request.id, { status: 'rejected', note: decision.note, outcome: null })
  tell(ctx, 'approval.rejected', request)
}

/** Takes one's own request back. Refuses approval_not_found, approval_not_pending, not_yours. */
export async function withdraw(ctx: Ctx, id: number): Promise<void> {
  const request = await lockPending(ctx, id)
  if (request.requestedBy !== actorLabel(ctx.actor)) refuse('not_yours', { approvalId: id })
  await store.decide(ctx, id, { status: 'withdrawn', note: null, outcome: null })
  tell(ctx, 'approval.withdrawn', request)
}

/**
 * Carries out a request that somebody outside has proved to agree with, whoever typed the proof in; `by` is how they stand in
 * the request, as `customer:7`. Refuses approval_not_found, approval_not_pending, and whatever the step refuses.
 */
export async function approveByProof(
  ctx: Ctx,
  { id, step, by }: { readonly id: number; readonly step: AnyApprovable; readonly by: Subject },
): Promise<void> {
  const request = await lockPending(ctx, id)
  if (request.kind !== step.kind) refuse('approval_not_found')
  const outcome = await step.carryOut(ctx, step.asked.parse(request.asked))
  await store.decide(ctx, id, { status: 'approved', note: null, outcome: storable(outcome), by })
  tell(ctx, 'approval.approved', request)
}

/** Ends what is asked of a kind about a subject, for something newer: one's own request is withdrawn, another's rejected. */
export async function supersede(ctx: Ctx, kind: string, subject: Subject): Promise<void> {
  for (const request of await store.lockPendingOf(ctx, kind, subject)) {
    const isOwn = request.requestedBy === actorLabel(ctx.actor)
    const decided = { note: isOwn ? null : 'Superseded', outcome: null }
    await store.decide(ctx, request.id, { ...decided, status: isOwn ? 'withdrawn' : 'rejected' })
    tell(ctx, isOwn ? 'approval.withdrawn' : 'approval.rejected', request)
  }
}

async function lockPending(ctx: Ctx, id: number): Promise<store.ApprovalRow> {
  const request = (await store.lockApproval(ctx, id)) ?? refuse('approval_not_found')
  return request.status === 'pending' ? request : refuse('approval_not_pending', { status: request.status })
}

async function lockToDecide(
  ctx: Ctx,
  { id, steps }: Decision,
): Promise<{ request: store.ApprovalRow; step: AnyApprovable }> {
  const found = (await store.lockApproval(ctx, id)) ?? refuse('approval_not_found')
  const step = steps.find(({ kind }) => kind === found.kind) ?? refuse('approval_not_found')
  requirePermitted(ctx, step.permission)
  if (found.status !== 'pending') refuse('approval_not_pending', { status: found.status })
  if (found.requestedBy === actorLabel(ctx.actor)) refuse('own_request', { approvalId: id })
  return { request: found, step }
}

/** People only: neither the system nor a provider is a second person. */
function requirePermitted({ actor }: Ctx, permission: Action): void {
  const roles = actor.kind === 'user' || actor.kind === 'operator' ? actor.roles : []
  if (!permits(roles, permission)) refuse('not_permitted', { roles, allowed: rolesFor(permission) })
}

/** What a step would come to, or be refused with: it is done and undone. */
export async function rehearsed<T>(ctx: Ctx, step: () => Promise<T>): Promise<T> {
  const done: T[] = []
  const stop = new Error('rehearsed')
  try {
    await attempt(ctx, async () => {
      done.push(await step())
      throw stop
    })
  } catch (error) {
    if (error !== stop) throw error
  }
  return done[0]!
}

/** As JSON has it: amounts as strings of digits. */
const storable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one)))

type Fact = 'approval.requested' | 'approval.approved' | 'approval.rejected' | 'approval.withdrawn'

function tell(ctx: Ctx, type: Fact, { id, kind, subject }: Pick<store.ApprovalRow, 'id' | 'kind' | 'subject'>): void {
  emit(ctx, type, { approval_id: id, kind, about: subject })
}
