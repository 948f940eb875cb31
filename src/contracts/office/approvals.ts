/** What one person asked for and another decides: read, approve, reject, withdraw. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { byId, nextOf, page, pathId, reason, reasonBody } from '#contracts/office/asked.ts'
import { moneyText } from '#contracts/office/present.ts'
import { ERASED } from '#domain/erasure.ts'
import { permits } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import { type AnyApprovable, approve, reject, withdraw } from '#modules/approvals/approvals.ts'
import { approvalById, type ApprovalRow, type ApprovalScope, listApprovals } from '#modules/approvals/views.ts'
import { CHANGE_EMAIL, CHANGE_PHONE, type ContactChange } from '#modules/customers/customers.ts'
import { ERASE_CUSTOMER, type Erasing } from '#modules/erasure/erasure.ts'
import {
  BACKDATE_REPAYMENT,
  PAY_WITHOUT_MONEY,
  type PaidWithoutMoney,
  type TakenIn,
} from '#modules/loan-money/loan-money.ts'
import { CHARGE_OFF, type Loses, WAIVE, type Waiver, WRITE_OFF } from '#modules/loan-adjustments/loan-adjustments.ts'
import { MERGE_CUSTOMERS, type Merging } from '#modules/merging/merging.ts'
import {
  BACKDATE_SUSPENSE,
  BACKDATE_VERIFICATION,
  type BackdatedVerification,
  type Unapplied,
} from '#modules/payments/payments.ts'
import { actorLabel, type Ctx } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = 'Approvals'
const STATUSES = ['pending', 'approved', 'rejected', 'withdrawn'] as const

interface Shown {
  readonly step: AnyApprovable
  readonly schema: z.ZodType
  /** What is asked, as the office writes it. */
  show(asked: never, currency: string): Record<string, unknown>
}

const onLoan = {
  ...{ loan_id: field.id, amount: field.money, currency: field.currency, account: z.int() },
  ...{ day: field.day.nullable(), reference: z.string().nullable() },
}
const typed = z.strictObject({ ...onLoan, type: z.string() })
const contactChange = z.strictObject({ customer_id: field.id, value: z.string().nullable() })
const loanOnly = z.strictObject({ loan_id: field.id })

/** Every step that a second person decides. */
const STEPS: readonly Shown[] = [
  ...[CHANGE_PHONE, CHANGE_EMAIL].map((step) => ({
    step,
    schema: contactChange,
    show: ({ customerId, value }: ContactChange) => ({ customer_id: customerId, value }),
  })),
  {
    step: PAY_WITHOUT_MONEY,
    schema: typed,
    show: ({ loanId: loan_id, amount, type, day, account, reference }: PaidWithoutMoney, currency) => ({
      ...{ loan_id, amount: moneyText(amount, currency), currency, type, account },
      ...{ day: day ?? null, reference: reference ?? null },
    }),
  },
  {
    step: BACKDATE_REPAYMENT,
    schema: typed,
    show: ({ loanId: loan_id, amount, type, day, account, reference }: TakenIn, currency) => ({
      ...{ loan_id, amount: moneyText(amount, currency), currency, type: type ?? 'repayment', account },
      ...{ day: day ?? null, reference: reference ?? null },
    }),
  },
  {
    step: MERGE_CUSTOMERS,
    schema: z.strictObject({ kept_customer_id: field.id, merged_customer_id: field.id }),
    show: ({ keptId, goneId }: Merging) => ({ kept_customer_id: keptId, merged_customer_id: goneId }),
  },
  {
    step: BACKDATE_SUSPENSE,
    schema: z.strictObject(onLoan),
    show: ({ loanId: loan_id, amount, day, account, reference }: Unapplied, currency) => ({
      ...{ loan_id, amount: moneyText(amount, currency), currency, account, day, reference: reference ?? null },
    }),
  },
  {
    step: BACKDATE_VERIFICATION,
    schema: z.strictObject({ payment_id: field.id, day: field.day }),
    show: ({ paymentId: payment_id, paidOn: day }: BackdatedVerification) => ({ payment_id, day }),
  },
  ...[WRITE_OFF, CHARGE_OFF].map((step) => ({
    step,
    schema: loanOnly,
    show: ({ loanId: loan_id }: Loses) => ({ loan_id }),
  })),
  {
    step: WAIVE,
    schema: z.strictObject({ loan_id: field.id, component: z.string(), amount: field.money }),
    show: ({ loanId: loan_id, component, amount }: Waiver, currency) => ({
      ...{ loan_id, component, amount: moneyText(amount, currency) },
    }),
  },
  {
    step: ERASE_CUSTOMER,
    schema: z.strictObject({ customer_id: field.id }),
    show: ({ customerId }: Erasing) => ({ customer_id: customerId }),
  },
]

const steps = STEPS.map(({ step }) => step)

const approvalSchema = z
  .object({
    id: field.id,
    kind: z.enum(STEPS.map(({ step }) => step.kind)),
    about: z.string().meta({ example: 'loan:12' }),
    reason: z.string(),
    status: z.enum(STATUSES),
    asked: z
      .union([...new Set(STEPS.map(({ schema }) => schema)), z.literal(ERASED)])
      .meta({ description: 'What is asked for, by kind' }),
    requested_by: field.actor,
    requested_at: field.instant,
    decided_by: field.actor.nullable(),
    decided_at: field.instant.nullable(),
    note: z.string().nullable(),
    outcome: z.record(z.string(), z.unknown()).nullable().meta({ description: 'The ids of what came of it' }),
  })
  .meta({ id: 'Approval' })

const example: z.infer<typeof approvalSchema> = {
  ...{ id: 5, kind: 'loan.pay_without_money', about: 'loan:12', reason: 'Flood', status: 'pending' },
  asked: {
    loan_id: 12,
    amount: '500.00',
    currency: 'KES',
    type: 'goodwillCredit',
    account: 1000,
    day: null,
    reference: null,
  },
  ...{ requested_by: 'user:4', requested_at: '2026-02-15T09:00:00.000Z', decided_by: null, decided_at: null },
  ...{ note: null, outcome: null },
}
const approvalAnswer = { 200: { description: 'The request as it now stands', schema: approvalSchema, example } }

/** For operations that ask for a second person instead of doing what they say. */
export const waitingAnswer = {
  202: { description: 'It waits for a second person to approve it', schema: approvalSchema, example },
}

function approvalJson(row: ApprovalRow, currency: string): z.infer<typeof approvalSchema> {
  // What was asked may have been erased since.
  const shown = row.asked === ERASED ? undefined : STEPS.find(({ step }) => step.kind === row.kind)
  return {
    ...{ id: row.id, kind: row.kind, about: row.subject, reason: row.reason, status: row.status },
    asked: shown ? shown.show(shown.step.asked.parse(row.asked) as never, currency) : row.asked,
    requested_by: row.requestedBy,
    requested_at: row.requestedAt.toISOString(),
    decided_by: row.decidedBy,
    decided_at: row.decidedAt?.toISOString() ?? null,
    note: row.note,
    outcome: row.outcome,
  }
}

/** Everybody sees what they asked for themselves, and what they may decide. */
function scopeOf({ actor }: Ctx): ApprovalScope {
  const roles = 'roles' in actor ? actor.roles : []
  const kinds = steps.filter(({ permission }) => permits(roles, permission)).map(({ kind }) => kind)
  return { kinds, requestedBy: actorLabel(actor) }
}

async function answerWith(ctx: Ctx, id: number, status = 200): Promise<Answer> {
  const row = (await approvalById(ctx, id, scopeOf(ctx))) ?? refuse('approval_not_found')
  return { status, body: approvalJson(row, ctx.org.currency) }
}

/** The answer of an operation that made a request: 202 with it. */
export const answerWaiting = (ctx: Ctx, id: number): Promise<Answer> => answerWith(ctx, id, 202)

const listQuery = z.object({
  status: z.enum(STATUSES).optional(),
  about: z
    .string()
    .regex(/^[a-z_]+:\d{1,10}$/, 'Give what it is about, "loan:12".')
    .optional(),
  before: pathId.optional(),
  limit: page.limit,
})

export const listOfApprovals: Operation = {
  id: 'listApprovals',
  section,
  summary: 'List requests that wait for a second person, or were decided, latest first',
  description:
    'Those that you may decide and those that you made. `next` is the value of `before` for the page after it.',
  query: listQuery,
  answers: {
    200: {
      description: 'A page of requests',
      schema: z.object({ approvals: z.array(approvalSchema), next: field.next }),
      example: { approvals: [example], next: null },
    },
  },
  async handle(ctx: Ctx, { query }: { query: z.output<typeof listQuery> }): Promise<Answer> {
    const { about, ...filter } = query
    const rows = await listApprovals(ctx, { ...filter, ...scopeOf(ctx), subject: about })
    const approvals = rows.map((row) => approvalJson(row, ctx.org.currency))
    return { status: 200, body: { approvals, next: nextOf(rows, query.limit) } }
  },
}

type OfApproval<Body = unknown> = Request<z.output<typeof byId>, unknown, Body>

export const readApproval: Operation = {
  id: 'readApproval',
  section,
  summary: 'Read a request',
  params: byId,
  answers: approvalAnswer,
  handle: (ctx: Ctx, { params }: OfApproval) => answerWith(ctx, params.id),
}

const noteBody = z.object({ note: reason.optional() })

export const approveRequest: Operation = {
  id: 'approveRequest',
  section,
  summary: 'Approve a request: what it asks for happens now',
  description: 'Not by who made it. What can no longer be done is refused, and the request stays pending.',
  params: byId,
  body: noteBody,
  exampleBody: { note: 'Seen the shop' },
  answers: approvalAnswer,
  async handle(ctx: Ctx, { params, body }: OfApproval<z.output<typeof noteBody>>): Promise<Answer> {
    await approve(ctx, { id: params.id, steps, note: body.note })
    return answerWith(ctx, params.id)
  },
}

export const rejectRequest: Operation = {
  id: 'rejectRequest',
  section,
  summary: 'Reject a request: nothing happens',
  description: 'Not by who made it.',
  params: byId,
  body: reasonBody,
  exampleBody: { reason: 'Not agreed with the customer' },
  answers: approvalAnswer,
  async handle(ctx: Ctx, { params, body }: OfApproval<z.output<typeof reasonBody>>): Promise<Answer> {
    await reject(ctx, { id: params.id, steps, note: body.reason })
    return answerWith(ctx, params.id)
  },
}

export const withdrawRequest: Operation = {
  id: 'withdrawRequest',
  section,
  summary: 'Take your own request back',
  params: byId,
  answers: approvalAnswer,
  async handle(ctx: Ctx, { params }: OfApproval): Promise<Answer> {
    await withdraw(ctx, params.id)
    return answerWith(ctx, params.id)
  },
}
