/** 8 Logs: the requests of this contract, for the admin. */
import { z } from 'zod'
import { CONTRACT } from '#contracts/repaysync/auth.ts'
import { logJson, logSchema } from '#contracts/repaysync/present.ts'
import { idText, pageLimit, wholeText } from '#platform/http/asked-numbers.ts'
import { type Door, transact } from '#platform/context.ts'
import { flushRequestLog, loggedRequests } from '#platform/observability/request-log.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const query = z.object({
  limit: pageLimit(1_000, 1_000),
  before: idText.optional(),
  user: idText.optional(),
  status: wholeText(100, 599).optional(),
})

export const listLogs: Operation = {
  section: '8 Logs',
  summary: 'List API logs',
  description:
    'Latest first, at most a thousand; limit, before, user and status choose among them. Secrets and identity numbers are struck out, long payloads cut with a mark, entries kept for thirty days.',
  transaction: 'own',
  query,
  answers: { 200: { description: 'A bare array', schema: z.array(logSchema) } },
  async handle(door: Door, { query: { user, ...page } }: { query: z.output<typeof query> }): Promise<Answer> {
    await flushRequestLog(door.services)
    const found = await transact(
      door,
      (ctx) => loggedRequests(ctx, { contract: CONTRACT, userId: user, ...page }),
      true,
    )
    return { status: 200, body: found.map(logJson) }
  },
}
