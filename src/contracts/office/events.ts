/** The log of facts, read by cursor: audit, and anybody who wants to follow what happens. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { eventJson, eventSchema } from '#contracts/office/present.ts'
import { pageLimit, wholeText } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import { eventsAfter } from '#platform/events/events.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const query = z.object({
  after: wholeText(0, Number.MAX_SAFE_INTEGER).default(0),
  limit: pageLimit(1_000, 100),
})

export const listEvents: Operation = {
  id: 'listEvents',
  section: 'Events',
  summary: 'Events after a cursor, oldest first',
  query,
  answers: {
    200: {
      description: 'A page of events; `next` is the cursor for the page after it',
      schema: z.object({ events: z.array(eventSchema), next: field.count }),
    },
  },
  async handle(ctx: Ctx, request: { query: z.output<typeof query> }): Promise<Answer> {
    const events = await eventsAfter(ctx, BigInt(request.query.after), request.query.limit)
    const next = Number(events.at(-1)?.id ?? request.query.after)
    return { status: 200, body: { events: events.map(eventJson), next } }
  },
}
