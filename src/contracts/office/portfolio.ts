/** The portfolio: how late it is, what is at risk and set aside, and which loans are behind. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { daySchema } from '#contracts/office/asked.ts'
import { lateLoanJson, lateLoanSchema, portfolioJson, portfolioSchema } from '#contracts/office/present.ts'
import type { Day } from '#domain/day.ts'
import { bucketsOf } from '#modules/delinquency/delinquency.ts'
import { businessDays, lateLoans, portfolioOn } from '#modules/delinquency/views.ts'
import { cursorText, pageLimit, wholeText } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = 'Portfolio'

export const readPortfolio: Operation = {
  id: 'readPortfolio',
  section,
  summary: 'The portfolio by bucket of days past due, with PAR ratios and provision',
  description:
    'As of the last close of business on or before the day. Ratios are percentages of the outstanding principal. Whoever does not see every loan (sells for one branch, collects for one team) gets the part that they see, as of the last close only.',
  query: z.object({ as_of: daySchema.optional() }),
  answers: {
    200: {
      description: 'day is null before the first close of business',
      schema: portfolioSchema,
      example: {
        day: '2026-02-15',
        currency: 'KES',
        buckets: [
          { name: '1–30', from_days: 1, loans: 4, principal: '41000.00', overdue: '8200.00', provision: '2050.00' },
        ],
        totals: { loans: 4, principal: '41000.00', overdue: '8200.00', provision: '2050.00' },
        par: { 1: '100.00', 30: '0.00', 60: '0.00', 90: '0.00' },
      },
    },
  },
  async handle(ctx: Ctx, { query }: { query: { as_of?: Day } }): Promise<Answer> {
    return { status: 200, body: portfolioJson(await portfolioOn(ctx, query.as_of ?? ctx.today), ctx.org) }
  },
}

const lateQuery = z.object({
  min_days: wholeText(1, 36_500).default(1),
  limit: pageLimit(200, 50),
  after: cursorText(0, 999_999).optional(),
})

export const listLateLoans: Operation = {
  id: 'listLateLoans',
  section,
  summary: 'Loans past due as of the last close of business, the latest first, as far as the caller sees them',
  query: lateQuery,
  answers: {
    200: {
      description: 'A page of loans; `next` is the value of `after` for the page after it',
      schema: z.object({ loans: z.array(lateLoanSchema), next: field.nextText }),
    },
  },
  async handle(ctx: Ctx, { query }: { query: z.output<typeof lateQuery> }): Promise<Answer> {
    const [days, loanId] = query.after ?? []
    const after = days === undefined || loanId === undefined ? undefined : { days, loanId }
    const filter = { minDays: query.min_days, limit: query.limit, after }
    const loans = await lateLoans(ctx, filter)
    const last = loans.at(-1)
    const next = last && loans.length === query.limit ? `${last.daysPastDue}:${last.loanId}` : null
    const buckets = bucketsOf(ctx.org)
    return { status: 200, body: { loans: loans.map((loan) => lateLoanJson(loan, buckets)), next } }
  },
}

export const listBusinessDays: Operation = {
  id: 'listBusinessDays',
  section,
  summary: 'How far the closing of each day has come, latest first',
  query: z.object({ limit: pageLimit(100, 30) }),
  answers: {
    200: {
      description: 'Days',
      schema: z.object({
        days: z.array(z.object({ day: field.day, loans: field.count, finished_at: field.instant.nullable() })),
      }),
      example: { days: [{ day: '2026-02-14', loans: 120, finished_at: '2026-02-14T21:10:02Z' }] },
    },
  },
  async handle(ctx: Ctx, { query }: { query: { limit: number } }): Promise<Answer> {
    const days = await businessDays(ctx, query.limit)
    return {
      status: 200,
      body: { days: days.map(({ day, loans, finishedAt }) => ({ day, loans, finished_at: finishedAt })) },
    }
  },
}
