/** The JSON shapes of collection work in the office API. */
import { bucketOf } from '#domain/collections/bucket.ts'
import { moneyText } from '#contracts/office/present.ts'
import type {
  AssignmentView,
  Interaction,
  PromiseView,
  Revision,
  Standing,
  WorkItem,
} from '#modules/collections/views.ts'

export const promiseJson = (promise: PromiseView): Record<string, unknown> => ({
  id: promise.id,
  loan_id: promise.loanId,
  customer_id: promise.customerId,
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

export const workItemJson = (item: WorkItem): Record<string, unknown> => ({
  loan_id: item.loanId,
  account_no: item.accountNo,
  customer: {
    ...{ id: item.customerId, code: item.customerCode, name: item.name, phone: item.phone, city: item.city },
    ...{ pincode: item.pincode, assigned_to: item.assignedTo, do_not_call: item.doNotCall },
  },
  ...standingJson(item),
  contacts: item.contacts,
  last_contact_at: item.lastContactAt?.toISOString() ?? null,
  next_action_on: item.nextActionOn,
  promise: item.promiseId === null ? null : lastPromise(item),
})

const lastPromise = ({ promiseId, promiseStatus, promiseAmount, promiseDueOn, currency }: WorkItem) => ({
  id: promiseId,
  status: promiseStatus,
  amount: moneyText(promiseAmount ?? 0n, currency),
  due_on: promiseDueOn,
})

export const standingJson = (standing: Omit<Standing, 'loanId' | 'status'>): Record<string, unknown> => ({
  currency: standing.currency,
  balance: moneyText(standing.balance, standing.currency),
  overdue: moneyText(standing.overdue, standing.currency),
  days_past_due: standing.daysPastDue,
  bucket: bucketOf(standing.daysPastDue),
  next_due_on: standing.nextDueOn,
})

export const interactionJson = (interaction: Interaction): Record<string, unknown> => ({
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
  created_at: interaction.createdAt.toISOString(),
})

export const revisionJson = (revision: Revision): Record<string, unknown> => ({
  revision: revision.revision,
  change: revision.change,
  loan_id: revision.loanId,
  comment: revision.comment,
  disposition: revision.disposition,
  next_action_on: revision.nextActionOn,
  actor: revision.actor,
  at: revision.at.toISOString(),
})

export const assignmentJson = (assignment: AssignmentView): Record<string, unknown> => ({
  id: assignment.id,
  customer_id: assignment.customerId,
  from_user: assignment.fromUser,
  to_user: assignment.toUser,
  reason: assignment.reason,
  actor: assignment.actor,
  at: assignment.at.toISOString(),
})
