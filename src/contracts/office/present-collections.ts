/** The JSON shapes of collection work in the office API. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { bucketOf, BUCKETS } from '#domain/collections/bucket.ts'
import { moneyText } from '#contracts/office/present.ts'
import type {
  AssignmentView,
  Interaction,
  PromiseView,
  Revision,
  Standing,
  WorkItem,
} from '#modules/collections/views.ts'

export const PROMISE_STATUSES = ['open', 'kept', 'part_kept', 'broken', 'withdrawn', 'replaced'] as const
const promiseStatus = z.enum(PROMISE_STATUSES)

export const promiseSchema = z
  .object({
    id: field.id,
    loan_id: field.id,
    customer_id: field.id,
    customer_name: z.string(),
    interaction_id: field.id.nullable(),
    ...{ amount: field.money, paid: field.money, currency: field.currency },
    ...{ due_on: field.day, channel: z.string(), status: promiseStatus },
    ...{ made_on: field.day, made_by: field.actor, decided_on: field.day.nullable() },
  })
  .meta({ id: 'PromiseToPay' })

export const promiseJson = (promise: PromiseView): z.infer<typeof promiseSchema> => ({
  id: promise.id,
  loan_id: promise.loanId,
  customer_id: promise.customerId,
  customer_name: promise.customerName,
  interaction_id: promise.interactionId,
  amount: moneyText(promise.amount, promise.currency),
  paid: moneyText(promise.paid, promise.currency),
  currency: promise.currency,
  due_on: promise.dueOn,
  channel: promise.channel,
  status: promise.status,
  made_on: promise.madeOn,
  made_by: promise.madeBy,
  decided_on: promise.decidedOn,
})

export const standing = {
  currency: field.currency,
  balance: field.money,
  overdue: field.money,
  days_past_due: field.count,
  bucket: z.enum(BUCKETS),
  next_due_on: field.day.nullable(),
}
const standingSchema = z.object(standing)
const lastPromiseSchema = z.object({
  ...{ id: field.id, status: promiseStatus.nullable(), amount: field.money, due_on: field.day.nullable() },
})

export const workItemSchema = z
  .object({
    ...{ loan_id: field.id, account_no: z.string() },
    customer: z.object({
      ...{ id: field.id, code: z.string(), name: z.string(), phone: z.string().nullable() },
      ...{ city: z.string().nullable(), pincode: z.string().nullable() },
      ...{ assigned_to: field.id.nullable(), assigned_to_name: z.string().nullable() },
      do_not_call: z.boolean(),
    }),
    ...standing,
    ...{ contacts: field.count, last_contact_at: field.instant.nullable(), next_action_on: field.day.nullable() },
    promise: lastPromiseSchema.nullable(),
  })
  .meta({ id: 'WorkItem' })

export const workItemJson = (item: WorkItem): z.infer<typeof workItemSchema> => ({
  loan_id: item.loanId,
  account_no: item.accountNo,
  customer: {
    ...{ id: item.customerId, code: item.customerCode, name: item.name, phone: item.phone, city: item.city },
    ...{ pincode: item.pincode, assigned_to: item.assignedTo, assigned_to_name: item.assignedToName },
    do_not_call: item.doNotCall,
  },
  ...standingJson(item),
  contacts: item.contacts,
  last_contact_at: item.lastContactAt?.toISOString() ?? null,
  next_action_on: item.nextActionOn,
  promise: item.promiseId === null ? null : lastPromise(item, item.promiseId),
})

const lastPromise = (
  { promiseStatus, promiseAmount, promiseDueOn, currency }: WorkItem,
  id: number,
): z.infer<typeof lastPromiseSchema> => ({
  id,
  status: promiseStatus,
  amount: moneyText(promiseAmount ?? 0n, currency),
  due_on: promiseDueOn,
})

export const standingJson = (standing: Omit<Standing, 'loanId' | 'status'>): z.infer<typeof standingSchema> => ({
  currency: standing.currency,
  balance: moneyText(standing.balance, standing.currency),
  overdue: moneyText(standing.overdue, standing.currency),
  days_past_due: standing.daysPastDue,
  bucket: bucketOf(standing.daysPastDue),
  next_due_on: standing.nextDueOn,
})

export const interactionSchema = z
  .object({
    ...{ id: field.id, kind: z.enum(['field', 'calling']) },
    ...{ loan_id: field.id.nullable(), customer_id: field.id.nullable() },
    ...{ comment: z.string(), disposition: z.string(), next_action_on: field.day.nullable() },
    ...{ outside_hours: z.boolean(), revision: field.count },
    ...{ created_by: field.id.nullable(), created_by_name: z.string().nullable(), created_at: field.instant },
  })
  .meta({ id: 'Interaction' })

export const interactionJson = (interaction: Interaction): z.infer<typeof interactionSchema> => ({
  id: interaction.id,
  kind: interaction.kind,
  loan_id: interaction.loanId,
  customer_id: interaction.customerId,
  comment: interaction.comment,
  disposition: interaction.disposition,
  next_action_on: interaction.nextActionOn,
  outside_hours: interaction.outsideHours,
  revision: interaction.revision,
  created_by: interaction.createdBy,
  created_by_name: interaction.createdByName,
  created_at: interaction.createdAt.toISOString(),
})

export const revisionSchema = z.object({
  ...{ revision: field.count, change: z.enum(['changed', 'removed']), loan_id: field.id.nullable() },
  ...{ comment: z.string(), disposition: z.string(), next_action_on: field.day.nullable() },
  ...{ actor: field.actor, at: field.instant },
})

export const revisionJson = (revision: Revision): z.infer<typeof revisionSchema> => ({
  revision: revision.revision,
  change: revision.change,
  loan_id: revision.loanId,
  comment: revision.comment,
  disposition: revision.disposition,
  next_action_on: revision.nextActionOn,
  actor: revision.actor,
  at: revision.at.toISOString(),
})

export const assignmentSchema = z.object({
  ...{ id: field.id, customer_id: field.id },
  ...{ from_user: field.id.nullable(), from_user_name: z.string().nullable() },
  ...{ to_user: field.id.nullable(), to_user_name: z.string().nullable() },
  ...{ reason: z.string().nullable(), actor: field.actor, at: field.instant },
})

export const assignmentJson = (assignment: AssignmentView): z.infer<typeof assignmentSchema> => ({
  id: assignment.id,
  customer_id: assignment.customerId,
  from_user: assignment.fromUser,
  from_user_name: assignment.fromUserName,
  to_user: assignment.toUser,
  to_user_name: assignment.toUserName,
  reason: assignment.reason,
  actor: assignment.actor,
  at: assignment.at.toISOString(),
})
