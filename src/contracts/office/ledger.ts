/** The books: trial balance, statements of account, and the proof that nothing was changed. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { addDays, type Day } from '#domain/day.ts'
import { daySchema, reason } from '#contracts/office/asked.ts'
import {
  statementLineJson,
  statementLineSchema,
  trialBalanceJson,
  trialBalanceSchema,
  verificationJson,
  verificationSchema,
} from '#contracts/office/present.ts'
import { type Closing, closeBooks, reopenBooks, verify } from '#modules/ledger/ledger.ts'
import { reconcile } from '#modules/reconciliation/reconciliation.ts'
import { accountStatement, chartOf, headOf, trialBalance } from '#modules/ledger/views.ts'
import { refuse } from '#domain/refusal.ts'
import { idText, pageLimit, wholeText } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = 'Ledger'

export const readTrialBalance: Operation = {
  id: 'readTrialBalance',
  section,
  summary: 'Trial balance at the end of a day, by effective day',
  query: z.object({ as_of: daySchema.optional() }),
  answers: {
    200: {
      description: 'Every account that has moved; the totals are equal',
      schema: trialBalanceSchema,
      example: {
        as_of: '2026-02-15',
        currency: 'KES',
        accounts: [
          { code: '1010', name: 'Mobile money settlement', debit: '2000.00', credit: '0.00' },
          { code: '2000', name: 'Suspense: money not yet matched', debit: '0.00', credit: '2000.00' },
        ],
        totals: { debit: '2000.00', credit: '2000.00' },
      },
    },
  },
  async handle(ctx: Ctx, { query }: { query: { as_of?: Day } }): Promise<Answer> {
    const asOf = query.as_of ?? ctx.today
    return { status: 200, body: trialBalanceJson(await trialBalance(ctx, asOf), asOf, ctx.org) }
  },
}

export const verifyLedger: Operation = {
  id: 'verifyLedger',
  section,
  summary:
    'Prove the books: recompute chain, balances and trial balance, and compare them with what loans, savings and payments say',
  description:
    'What loans owe (by component), customers’ credit, savings and their holds, suspense, payouts, down payments, unearned interest and ' +
    'the loss allowance are compared with the books, all as of one moment. `sub_ledgers` counts the differences; `findings` are the first ' +
    'hundred of each, `kept` being what the sub-ledger says and `booked` what the books say.',
  answers: {
    200: {
      description: 'ok is true when nothing is wrong',
      schema: verificationSchema,
      example: {
        ...{ ok: false, entries: 12, blocks: 9, head: '5f1c…' },
        problems: ['loan 12: 900.00 owed by its schedule, 1000.00 in the books (1100 Loans: principal)'],
        sub_ledgers: { loans: 1, savings: 0, suspense: 0 },
        findings: [
          {
            ...{
              sub_ledger: 'loans',
              subject: 'loan:12',
              account: '1100',
              kept: '900.00',
              booked: '1000.00',
              difference: '-100.00',
            },
            text: 'loan 12: 900.00 owed by its schedule, 1000.00 in the books (1100 Loans: principal)',
          },
        ],
      },
    },
  },
  async handle(ctx: Ctx): Promise<Answer> {
    const proof = await verify(ctx)
    return { status: 200, body: verificationJson(proof, await reconcile(ctx), ctx.org.currency) }
  },
}

const closingSchema = z
  .object({ closed_until: field.day.nullable(), first_open_day: field.day.nullable() })
  .meta({ id: 'Closing' })
const closingExample = { closed_until: '2026-01-31', first_open_day: '2026-02-01' }
const closingAnswer = {
  200: { description: 'Up to which day the books are closed', schema: closingSchema, example: closingExample },
}

const closingJson = ({ closedUntil }: Closing): z.infer<typeof closingSchema> => ({
  closed_until: closedUntil,
  first_open_day: closedUntil && addDays(closedUntil, 1),
})

export const readClosing: Operation = {
  id: 'readClosing',
  section,
  summary: 'Read up to which day the books are closed',
  answers: closingAnswer,
  handle: async (ctx: Ctx): Promise<Answer> => ({
    status: 200,
    body: closingJson({ closedUntil: (await headOf(ctx))?.closedUntil ?? null }),
  }),
}

const closeBody = z.object({ until: daySchema, reason })

export const closePeriod: Operation = {
  id: 'closeBooks',
  section,
  summary: 'Close the books up to a day before today, that day included',
  description:
    'Nothing is booked on a closed day any more: staff who date something there are told 409 `period_closed`. Money that arrives all the same is kept: it is booked on the first open day and counts for its loan from its own day.',
  body: closeBody,
  exampleBody: { until: '2026-01-31', reason: 'January is reported' },
  answers: closingAnswer,
  handle: async (ctx: Ctx, { body }: { body: z.output<typeof closeBody> }): Promise<Answer> => ({
    status: 200,
    body: closingJson(await closeBooks(ctx, body.until, body.reason)),
  }),
}

const reopenBody = z.object({ from: daySchema, reason })

export const reopenPeriod: Operation = {
  id: 'reopenBooks',
  section,
  summary: 'Open the books again from a closed day on',
  body: reopenBody,
  exampleBody: { from: '2026-01-01', reason: 'The auditor found a missing invoice' },
  answers: closingAnswer,
  handle: async (ctx: Ctx, { body }: { body: z.output<typeof reopenBody> }): Promise<Answer> => ({
    status: 200,
    body: closingJson(await reopenBooks(ctx, body.from, body.reason)),
  }),
}

const statementQuery = z.object({
  from: daySchema.optional(),
  to: daySchema.optional(),
  owner: idText.optional(),
  after: wholeText(0, Number.MAX_SAFE_INTEGER).default(0),
  limit: pageLimit(1_000, 200),
})

export const readStatement: Operation = {
  id: 'readAccountStatement',
  section,
  summary: 'Statement of an account, or of one loan, customer or payment in it',
  params: z.object({ code: wholeText(1, 99_999) }),
  query: statementQuery,
  answers: {
    200: {
      description: 'Lines in order of posting; `next` is the value of `after` for the page after it',
      schema: z.object({
        ...{ code: z.string(), name: z.string(), currency: field.currency, from: field.day, to: field.day },
        ...{ lines: z.array(statementLineSchema), next: field.next },
      }),
    },
  },
  async handle(
    ctx: Ctx,
    { params, query }: { params: { code: number }; query: z.output<typeof statementQuery> },
  ): Promise<Answer> {
    const account = (await chartOf(ctx)).get(params.code) ?? refuse('account_unknown')
    const { from = '0001-01-01' as Day, to = ctx.today, owner, limit } = query
    const lines = await accountStatement(ctx, {
      account: account.code,
      owner,
      from,
      to,
      after: BigInt(query.after),
      limit,
    })
    const next = lines.length === limit ? Number(lines.at(-1)!.entryId) : null
    const body = { code: String(account.code), name: account.name, currency: ctx.org.currency, from, to }
    return {
      status: 200,
      body: { ...body, lines: lines.map((line) => statementLineJson(line, ctx.org.currency)), next },
    }
  },
}
