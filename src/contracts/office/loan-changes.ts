/** What changes a running loan without money: charges, waivers, agreements made anew with a preview, losses. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { answerWaiting, waitingAnswer } from '#contracts/office/approvals.ts'
import { amount, byId, daySchema, minorOf, reason, reasonBody } from '#contracts/office/asked.ts'
import { answerWithLoan, loanAnswer, type OfLoan, section, visibleLoan } from '#contracts/office/loans.ts'
import { instalmentJson, instalmentSchema, loanSchema } from '#contracts/office/present-loans.ts'
import { parseRate } from '#domain/rate.ts'
import { requestApproval } from '#modules/approvals/approvals.ts'
import {
  type Agreement,
  previewRestructure,
  restructure,
  undoRestructure,
} from '#modules/loan-agreements/loan-agreements.ts'
import {
  CHARGE_OFF,
  charge,
  chargeOff,
  lossNeedsSecondPerson,
  WRITE_OFF,
  WAIVE,
  waive,
  writeOff,
} from '#modules/loan-adjustments/loan-adjustments.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const chargeBody = z.object({ component: z.enum(['fee', 'penalty']), amount, reason })

export const chargeLoan: Operation = {
  id: 'chargeLoan',
  section,
  summary: 'Charge a fee or a penalty: owed with the next instalment',
  params: byId,
  body: chargeBody,
  exampleBody: { component: 'fee', amount: '50.00', reason: 'Statement' },
  answers: loanAnswer,
  async handle(ctx: Ctx, { params, body }: OfLoan<z.output<typeof chargeBody>>): Promise<Answer> {
    await charge(ctx, { loanId: params.id, ...body, amount: minorOf(ctx, body.amount) })
    return answerWithLoan(ctx, params.id)
  },
}

const waiverBody = z.object({ component: z.enum(['penalty', 'fee', 'interest', 'principal']), amount, reason })

export const waiveLoan: Operation = {
  id: 'waiveLoan',
  section,
  summary: 'Waive a part of the debt, oldest instalment first',
  params: byId,
  body: waiverBody,
  description: 'Principal that is waived by who paid the loan out waits for a second person at /office/v1/approvals.',
  exampleBody: { component: 'penalty', amount: '50.00', reason: 'Flood' },
  answers: { ...loanAnswer, ...waitingAnswer },
  async handle(ctx: Ctx, { params, body }: OfLoan<z.output<typeof waiverBody>>): Promise<Answer> {
    const asked = { loanId: params.id, ...body, amount: minorOf(ctx, body.amount) }
    if (body.component === 'principal' && (await lossNeedsSecondPerson(ctx, params.id)))
      return answerWaiting(ctx, await requestApproval(ctx, WAIVE, { asked, reason: body.reason }))
    await waive(ctx, asked)
    return answerWithLoan(ctx, params.id)
  },
}

const preview = z.object({
  preview: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
})
const instalments = z.int().min(1).max(1_200)

interface Renewal<Body> {
  readonly id: string
  readonly summary: string
  readonly description: string
  readonly body: z.ZodType<Body>
  readonly exampleBody: unknown
  agreement(body: Body): Agreement
}

/** The schedule that an agreement would make. */
const previewSchema = z
  .object({
    ...{ loan_id: field.id, preview: z.literal(true), currency: field.currency },
    instalments: z.array(instalmentSchema),
  })
  .meta({ id: 'RestructurePreview' })

/** An agreement made anew: with `?preview=true` it only shows what it would make of the schedule. */
const renewal = <Body extends { reason: string }>(given: Renewal<Body>): Operation => ({
  id: given.id,
  section,
  summary: given.summary,
  description: `${given.description} With ?preview=true nothing is changed: the answer has the schedule that it would make.`,
  params: byId,
  query: preview,
  body: given.body,
  exampleBody: given.exampleBody,
  answers: { 200: { ...loanAnswer[200], schema: z.union([loanSchema, previewSchema]) } },
  async handle(ctx: Ctx, { params, query, body }: OfLoan<Body, z.output<typeof preview>>): Promise<Answer> {
    const asked = { loanId: params.id, agreement: given.agreement(body), reason: body.reason }
    if (query.preview) return { status: 200, body: await previewBody(ctx, asked) }
    await restructure(ctx, asked)
    return answerWithLoan(ctx, params.id)
  },
})

async function previewBody(
  ctx: Ctx,
  asked: Parameters<typeof previewRestructure>[1],
): Promise<z.infer<typeof previewSchema>> {
  const rows = await previewRestructure(ctx, asked)
  const { currency } = await visibleLoan(ctx, asked.loanId)
  return {
    loan_id: asked.loanId,
    preview: true,
    currency,
    instalments: rows.map((row) => instalmentJson(row, currency)),
  }
}

export const rescheduleLoan = renewal({
  id: 'rescheduleLoan',
  summary: 'Reschedule: the principal still owed by terms of its own from today',
  description:
    'Interest accrued, fees and penalties are owed with the first new instalment; flat interest stays what it was unless a rate is given.',
  body: z.object({
    instalments,
    rate_percent: z
      .string()
      .max(20)
      .trim()
      .refine((text) => !text.startsWith('-') && parseRate(text) !== null, 'Give a percentage as a decimal, "18.5".')
      .optional(),
    first_due_day: daySchema.optional(),
    grace_on_principal: z.int().min(0).max(1_199).optional(),
    reason,
  }),
  exampleBody: { instalments: 8, rate_percent: '18', first_due_day: '2026-04-01', reason: 'Shop burnt down' },
  agreement: (body) => ({
    kind: 'reschedule',
    instalments: body.instalments,
    ratePercent: body.rate_percent,
    firstDueDay: body.first_due_day,
    graceOnPrincipal: body.grace_on_principal,
  }),
})

export const reAgeLoan = renewal({
  id: 'reAgeLoan',
  summary: 'Re-age: all that is owed in equal parts over new instalments',
  description: 'It becomes neither more nor less.',
  body: z.object({ instalments, first_due_day: daySchema, reason }),
  exampleBody: { instalments: 6, first_due_day: '2026-04-01', reason: 'New agreement' },
  agreement: (body) => ({ kind: 're_age', instalments: body.instalments, firstDueDay: body.first_due_day }),
})

export const reAmortiseLoan = renewal({
  id: 'reAmortiseLoan',
  summary: 'Re-amortise: what is overdue in equal parts on top of the instalments to come',
  description: 'Due days stay.',
  body: reasonBody,
  exampleBody: { reason: 'Caught up in parts' },
  agreement: () => ({ kind: 're_amortise' }),
})

type Texts = Pick<Operation, 'id' | 'summary' | 'description'>

/** A step that takes a reason. */
const byReason = (texts: Texts, act: (ctx: Ctx, id: number, why: string) => Promise<unknown>): Operation => ({
  ...texts,
  section,
  params: byId,
  body: reasonBody,
  exampleBody: { reason: 'Moved away without trace' },
  answers: loanAnswer,
  async handle(ctx: Ctx, { params, body }: OfLoan<{ reason: string }>): Promise<Answer> {
    await act(ctx, params.id, body.reason)
    return answerWithLoan(ctx, params.id)
  },
})

export const undoLoanRestructure = byReason(
  {
    id: 'undoLoanRestructure',
    summary: 'Undo the last reschedule, re-age or re-amortisation',
    description: 'While nothing has been paid or charged since.',
  },
  undoRestructure,
)

/** A step that gives a loan up: for who paid it out themselves it waits for a second person. */
const byReasonOfTwo = (texts: Texts, act: typeof writeOff, step: typeof WRITE_OFF): Operation => ({
  ...byReason(texts, act),
  description: `${texts.description} Not by the borrower, nor by who applied for it; asked by who paid it out it waits for a second person at /office/v1/approvals.`,
  answers: { ...loanAnswer, ...waitingAnswer },
  async handle(ctx: Ctx, { params, body: { reason: why } }: OfLoan<{ reason: string }>): Promise<Answer> {
    if (await lossNeedsSecondPerson(ctx, params.id)) {
      const asked = { loanId: params.id, reason: why }
      return answerWaiting(ctx, await requestApproval(ctx, step, { asked, reason: why }))
    }
    await act(ctx, params.id, why)
    return answerWithLoan(ctx, params.id)
  },
})

export const writeOffLoan = byReasonOfTwo(
  {
    id: 'writeOffLoan',
    summary: 'Write a loan off',
    description: 'Everything owed leaves the books; what is still paid is a recovery.',
  },
  writeOff,
  WRITE_OFF,
)
export const chargeOffLoan = byReasonOfTwo(
  {
    id: 'chargeOffLoan',
    summary: 'Charge a loan off',
    description:
      'Everything owed leaves the books, the customer is still asked for it and what they pay is a recovery.',
  },
  chargeOff,
  CHARGE_OFF,
)
