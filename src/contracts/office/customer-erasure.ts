/** An erasure request by law, asked for by one of staff, approved by an administrator. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { answerWaiting, waitingAnswer } from '#contracts/office/approvals.ts'
import { byId, reasonBody } from '#contracts/office/asked.ts'
import { requestApproval } from '#modules/approvals/approvals.ts'
import { getCustomer } from '#modules/customers/customers.ts'
import { ERASE_CUSTOMER } from '#modules/erasure/erasure.ts'
import { erasedSince } from '#modules/erasure/views.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

export const askForErasure: Operation = {
  id: 'eraseCustomer',
  section: 'Customers',
  summary: 'Erase what is personal of a customer',
  description:
    'Names, phones, e-mail, identity numbers, documents, notes, messages and the login, for good, when an administrator approves it at ' +
    '/office/v1/approvals. Ids, loans, payments and the books stay. Refused while a loan runs, while money of theirs or a payment waits, ' +
    'and while they owe. Do not write names or numbers into the reason: it is kept.',
  params: byId,
  body: reasonBody,
  exampleBody: { reason: 'Asked for in writing on 14 February' },
  answers: {
    200: {
      description: 'They were erased before',
      schema: z.object({ customer_id: field.id, erased_at: field.instant }),
      example: { customer_id: 7, erased_at: '2026-02-15T09:00:00.000Z' },
    },
    ...waitingAnswer,
  },
  async handle(
    ctx: Ctx,
    { params, body }: Request<z.output<typeof byId>, unknown, { reason: string }>,
  ): Promise<Answer> {
    await getCustomer(ctx, params.id)
    const erasedAt = await erasedSince(ctx, params.id)
    if (erasedAt) return { status: 200, body: { customer_id: params.id, erased_at: erasedAt.toISOString() } }
    const asked = { customerId: params.id }
    return answerWaiting(ctx, await requestApproval(ctx, ERASE_CUSTOMER, { asked, reason: body.reason }))
  },
}
